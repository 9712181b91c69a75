// SPDX-License-Identifier: GPL-2.0
/*
 * The screen of naru top.
 */
#include "top_screen.h"

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define LINES_AROUND	3	/* status, heading, keys */

/* The signal of another size ends system calls: it waits until a key is waited for */
static void hold_resizes(bool hold)
{
	sigset_t resized;

	sigemptyset(&resized);
	sigaddset(&resized, SIGWINCH);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &resized, NULL);
}

static bool is_resized(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGWINCH);
}

/**
 * top_screen_begin() - take the terminal
 *
 * Return: false where there is none that can do it.
 */
bool top_screen_begin(void)
{
	setlocale(LC_ALL, "");
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !newterm(NULL, stdout, stdin))
		return false;
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	hold_resizes(true);
	return true;
}

/**
 * top_screen_end() - give it back
 */
void top_screen_end(void)
{
	endwin();
}

/**
 * top_screen_width() - how much there is room for
 *
 * Return: characters of a line.
 */
unsigned int top_screen_width(void)
{
	return COLS;
}

/* Of what the terminal's character set has, as much as fits; else bytes */
static void put_text(const char *text)
{
	wchar_t wide[TOP_LINE];
	size_t n = mbstowcs(wide, text, TOP_LINE);

	if (n == (size_t)-1)
		addnstr(text, COLS);
	else
		addnwstr(wide, n < (size_t)COLS ? (int)n : COLS);
}

static void put(int y, const char *text, attr_t attr)
{
	move(y, 0);
	clrtoeol();
	attrset(attr);
	put_text(text);
	if (attr != A_NORMAL)
		mvchgat(y, 0, -1, attr, 0, NULL);
	attrset(A_NORMAL);
}

static void draw_socks(struct top *t)
{
	char line[TOP_LINE];
	size_t first, i;

	top_sort(&t->socks, t->v.order, t->v.turned);
	top_choose(&t->v, &t->socks);
	top_sock_heading(line, sizeof(line), COLS);
	put(1, line, A_REVERSE);
	first = top_first(&t->v);
	for (i = 0; i < t->v.room && first + i < t->socks.num; i++) {
		top_sock_line(&t->socks.sock[first + i], line, sizeof(line), COLS);
		put(2 + i, line, first + i == t->v.place ? A_BOLD | A_UNDERLINE : A_NORMAL);
	}
}

static void draw_maps(struct top *t)
{
	char line[TOP_LINE];
	size_t first, i;

	top_map_heading(line, sizeof(line), COLS);
	put(1, line, A_REVERSE);
	first = top_first(&t->v);
	for (i = 0; i < t->v.room && first + i < t->maps.num; i++) {
		top_map_line(&t->maps.map[first + i], line, sizeof(line), COLS);
		put(2 + i, line, first + i == t->v.place ? A_BOLD | A_UNDERLINE : A_NORMAL);
	}
}

static void draw_history(struct top *t)
{
	const char *at = t->history ? t->history : "", *end;
	size_t first = top_first(&t->v), i;
	char line[TOP_LINE];

	put(1, "", A_REVERSE);
	for (i = 0; *at && i < first + t->v.room; i++, at = *end ? end + 1 : end) {
		end = at + strcspn(at, "\n");
		if (i < first)
			continue;
		snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
		put(2 + i - first, line, A_NORMAL);
	}
}

/**
 * top_screen_draw() - show it
 * @t: top; @t->v learns how much room there is
 */
void top_screen_draw(struct top *t)
{
	char line[TOP_LINE + TOP_FILTER];
	int rows, cols;

	getmaxyx(stdscr, rows, cols);
	(void)cols;
	t->v.room = rows > LINES_AROUND ? rows - LINES_AROUND : 1;
	erase();
	if (t->v.page == TOP_SOCKS)
		draw_socks(t);
	else if (t->v.page == TOP_NAPT)
		draw_maps(t);
	else
		draw_history(t);
	top_status(&t->v, &t->socks, line, sizeof(line));
	put(0, line, A_BOLD);
	if (t->v.typing)
		snprintf(line, sizeof(line), "filter: %s_", t->v.typed);
	else
		snprintf(line, sizeof(line), "%s", *t->v.message ? t->v.message : top_help(&t->v));
	put(rows - 1, line, A_NORMAL);
	refresh();
}

/**
 * top_screen_key() - wait for a key
 * @ms: for so long
 *
 * Return: the key as top_key() wants it, 0 where the screen's size is another; -1: none came.
 */
int top_screen_key(int ms)
{
	int key;

	timeout(is_resized() ? 0 : ms);
	hold_resizes(false);
	key = getch();
	hold_resizes(true);
	switch (key) {
	case ERR:
		return -1;
	case KEY_RESIZE:
		return 0;
	case KEY_UP:
		return TOP_KEY_UP;
	case KEY_DOWN:
		return TOP_KEY_DOWN;
	case KEY_PPAGE:
		return TOP_KEY_PAGE_UP;
	case KEY_NPAGE:
		return TOP_KEY_PAGE_DOWN;
	case KEY_HOME:
		return TOP_KEY_HOME;
	case KEY_END:
		return TOP_KEY_END;
	case KEY_BACKSPACE:
		return '\b';
	case KEY_ENTER:
	case '\r':
		return '\n';
	default:
		return key;
	}
}
