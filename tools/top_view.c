// SPDX-License-Identifier: GPL-2.0
/*
 * What of it naru top shows, and what keys do.
 */
#include "top.h"

#include <stdio.h>
#include <string.h>

/**
 * top_name_filter() - the filter that holds is this one, and was not typed
 * @v: what is shown; @v->typed is filled, where there is no room for all of it with a + at the end
 * @argc: how many words
 * @argv: words
 */
void top_name_filter(struct top_view *v, int argc, char **argv)
{
	size_t len = 0;
	char *at;
	int i;

	*v->typed = '\0';
	for (i = 0; i < argc && len < sizeof(v->typed); i++)
		len += snprintf(v->typed + len, sizeof(v->typed) - len, "%s%s", i ? " " : "", argv[i]);
	for (at = v->typed; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	if (len >= sizeof(v->typed))
		v->typed[sizeof(v->typed) - 2] = '+';
}

static void go_to(struct top_view *v, enum top_page page)
{
	v->page = page;
	v->place = 0;
	v->num = 0;
	v->follows = page == TOP_HISTORY;
	*v->message = '\0';
}

/* The last line that may be chosen, or of a history be the first on the screen */
static size_t last_place(const struct top_view *v)
{
	if (v->page == TOP_HISTORY)
		return v->num > v->room ? v->num - v->room : 0;
	return v->num ? v->num - 1 : 0;
}

static bool move(struct top_view *v, int key)
{
	size_t last = last_place(v), step = v->room > 1 ? v->room - 1 : 1;

	if (v->follows || v->place > last)
		v->place = last;
	if (key == TOP_KEY_UP)
		v->place -= v->place > 0;
	else if (key == TOP_KEY_DOWN)
		v->place += v->place < last;
	else if (key == TOP_KEY_PAGE_UP)
		v->place = v->place > step ? v->place - step : 0;
	else if (key == TOP_KEY_PAGE_DOWN)
		v->place = last - v->place > step ? v->place + step : last;
	else if (key == TOP_KEY_HOME)
		v->place = 0;
	else if (key == TOP_KEY_END)
		v->place = last;
	else
		return false;
	v->follows = v->page == TOP_HISTORY && v->place == last;
	v->chosen = 0;	/* another is */
	return true;
}

static void type(struct top_view *v, int key)
{
	size_t len = strlen(v->typed);

	if ((key == 127 || key == '\b') && len) {
		v->typed[len - 1] = '\0';
	} else if (key >= ' ' && key <= '~' && len < sizeof(v->typed) - 1) {
		v->typed[len] = key;
		v->typed[len + 1] = '\0';
	}
}

static enum top_action key_while_typing(struct top_view *v, int key)
{
	v->typing = key != TOP_KEY_ESCAPE && key != '\n';
	if (key == TOP_KEY_ESCAPE)
		memcpy(v->typed, v->kept, sizeof(v->typed));
	else if (v->typing)
		type(v, key);
	return key == '\n' ? TOP_TAKE_FILTER : TOP_NOTHING;
}

static enum top_action key_on_socks(struct top_view *v, int key)
{
	static const char orders[TOP_ORDERS + 1] = "trlxoa";
	const char *order = key > ' ' && key <= '~' ? strchr(orders, key) : NULL;

	if (order) {
		v->order = order - orders;
	} else if (key == 'i') {
		v->turned = !v->turned;
	} else if (key == '/') {
		memcpy(v->kept, v->typed, sizeof(v->kept));
		v->typing = true;
		*v->typed = '\0';
	} else if (key == '\n' && v->chosen) {
		v->id = v->chosen;
		go_to(v, TOP_HISTORY);
		return TOP_READ;
	} else if (key == 'n') {
		go_to(v, TOP_NAPT);
		return TOP_READ;
	}
	return TOP_NOTHING;
}

/**
 * top_key() - a key was pressed
 * @v: what is shown
 * @key: character, TOP_KEY_*; Enter is a newline
 *
 * Return: what has to be done.
 */
enum top_action top_key(struct top_view *v, int key)
{
	if (v->typing)
		return key_while_typing(v, key);
	*v->message = '\0';
	if (key == 'q')
		return TOP_QUIT;
	if (key == ' ') {
		v->paused = !v->paused;
		return v->paused ? TOP_NOTHING : TOP_READ;
	}
	if (move(v, key))
		return TOP_NOTHING;
	if (v->page == TOP_SOCKS)
		return key_on_socks(v, key);
	if (key == TOP_KEY_ESCAPE || key == 127 || key == '\b' || (v->page == TOP_NAPT && key == 'n')) {
		go_to(v, TOP_SOCKS);
		return TOP_READ;
	}
	return TOP_NOTHING;
}

/**
 * top_resized() - the terminal has another size
 * @v: what is shown
 *
 * Return: what has to be done. Lines of a history come as long as there was room for.
 */
enum top_action top_resized(const struct top_view *v)
{
	return v->page == TOP_HISTORY && !v->paused ? TOP_READ : TOP_NOTHING;
}

/**
 * top_choose() - the choice stays with its socket, whatever the order becomes
 * @v: what is shown; @v->num is set
 * @socks: sockets in order
 */
void top_choose(struct top_view *v, const struct top_socks *socks)
{
	size_t i;

	v->num = socks->num;
	for (i = 0; i < socks->num && v->chosen; i++) {
		if (socks->sock[i].id != v->chosen)
			continue;
		v->place = i;
		return;
	}
	if (v->place > last_place(v))
		v->place = last_place(v);
	v->chosen = socks->num ? socks->sock[v->place].id : 0;
}

/**
 * top_first() - the first line that is shown
 * @v: what is shown
 *
 * Return: its place, from 0.
 */
size_t top_first(const struct top_view *v)
{
	size_t last = last_place(v);

	if (v->page == TOP_HISTORY)
		return v->follows || v->place > last ? last : v->place;
	return v->place >= v->room ? v->place - v->room + 1 : 0;
}
