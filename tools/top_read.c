// SPDX-License-Identifier: GPL-2.0
/*
 * What naru top shows, read.
 */
#include "top_screen.h"
#include "napt_nl.h"
#include "top_row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

static bool fill_socks(const struct rows *rows, struct top_socks *socks)
{
	size_t i;

	socks->num = 0;
	socks->sock = calloc(rows->num + 1, sizeof(*socks->sock));
	for (i = 0; i < rows->num && socks->sock; i++)
		if (top_row_is_shown(&rows->row[i]))
			top_row_fill(&rows->row[i], &socks->sock[socks->num++]);
	return socks->sock;
}

static bool no_memory(struct top *t)
{
	snprintf(t->ctx->nl.error, sizeof(t->ctx->nl.error), "no memory");
	return false;
}

static bool read_socks(struct top *t)
{
	struct top_socks now = { NULL, 0 };
	uint64_t us = now_us();
	struct rows rows;
	bool ok;

	if (row_read(&t->ctx->nl, &t->filter, NARU_SHOW_INFO | NARU_SHOW_OWNERS, &rows))
		return false;
	t->v.interrupted = t->ctx->nl.interrupted;
	ok = fill_socks(&rows, &now);
	row_free(&rows);
	if (!ok)
		return no_memory(t);
	top_rates(&t->socks, &now, t->read_us ? us - t->read_us : 0);
	free(t->socks.sock);
	t->socks = now;
	t->read_us = us;
	return true;
}

static void napt_endpoint(uint32_t addr, uint16_t port, char *text, size_t size)
{
	char name[NAPT_ADDR_LEN];

	napt_addr_text(addr, name);
	snprintf(text, size, "%s:%u", name, port);
}

static bool take_map(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	struct top_maps *maps = arg;
	struct top_map *more = realloc(maps->map, (maps->num + 1) * sizeof(*more));
	struct napt_map map;

	if (!more) {
		snprintf(nl->error, sizeof(nl->error), "no memory");
		return false;
	}
	maps->map = more;
	more += maps->num++;
	napt_decode_map_message(nlh, &map);
	memset(more, 0, sizeof(*more));
	more->id = map.id;
	more->proto = napt_proto_name(map.proto);
	snprintf(more->dev, sizeof(more->dev), "%s", map.dev);
	napt_endpoint(map.inside, map.inside_port, more->inside, sizeof(more->inside));
	napt_endpoint(map.outside, map.outside_port, more->outside, sizeof(more->outside));
	more->sessions = map.sessions;
	more->expires = map.expires;
	return true;
}

/* Who may not see them is told so, and goes on */
static bool read_maps(struct top *t)
{
	struct nl *nl = &t->ctx->nl;
	struct top_maps now = { NULL, 0 };
	int err = nl_talk(nl, nl_request(nl, NARU_CMD_NAPT_MAP_GET, NLM_F_DUMP), take_map, &now);

	free(t->maps.map);
	t->maps = now;
	top_sort_maps(&t->maps);
	t->v.num = now.num;
	t->v.interrupted = nl->interrupted;
	if (err == -EPERM)
		snprintf(t->v.message, sizeof(t->v.message), "%s", nl->error);
	return !err || err == -EPERM;
}

/* What naru history prints for a terminal as wide as ours */
static void become_history(uint32_t id)
{
	char number[16], width[16];

	snprintf(number, sizeof(number), "%u", id);
	snprintf(width, sizeof(width), "%u", top_screen_width());
	setenv("COLUMNS", width, 1);
	execl("/proc/self/exe", "naru", "history", number, (char *)NULL);
	_exit(127);
}

static char *run_history(uint32_t id)
{
	char *text = NULL, part[4096];
	size_t size;
	FILE *memory;
	ssize_t n;
	pid_t pid;
	int fd[2];

	if (pipe(fd))
		return NULL;
	pid = fork();
	if (!pid) {
		dup2(fd[1], STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		become_history(id);
	}
	close(fd[1]);
	memory = open_memstream(&text, &size);
	while (memory && (n = read(fd[0], part, sizeof(part))) > 0)
		fwrite(part, 1, n, memory);
	close(fd[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (memory)
		fclose(memory);
	return text;
}

static bool read_history(struct top *t)
{
	char *text = run_history(t->v.id), *at;

	if (!text)
		return no_memory(t);
	free(t->history);
	t->history = text;
	t->v.num = 0;
	for (at = text; *at; at++)
		t->v.num += *at == '\n';
	return true;
}

/**
 * top_read() - read what the page shows
 * @t: top
 *
 * Return: false when nothing more can be read.
 */
bool top_read(struct top *t)
{
	if (t->v.page == TOP_HISTORY)
		return read_history(t);
	return t->v.page == TOP_NAPT ? read_maps(t) : read_socks(t);
}

/**
 * top_set_filter() - another filter
 * @t: top; where it does not parse, the one before stays
 * @argc: how many words
 * @argv: words, of any length
 * @error: filled where it does not parse
 * @size: bytes of @error
 *
 * Return: whether it parses.
 */
bool top_set_filter(struct top *t, int argc, char **argv, char *error, size_t size)
{
	struct filter f = { .present = 0 };

	if (!filter_parse(&f, argc, argv, error, size)) {
		filter_free(&f);
		return false;
	}
	filter_free(&t->filter);
	t->filter = f;
	return true;
}

/**
 * top_take_filter() - a filter was typed
 * @t: top; where it does not parse, the one before stays, and that is said
 */
void top_take_filter(struct top *t)
{
	char *line = t->v.typed;

	if (!top_set_filter(t, 1, &line, t->v.message, sizeof(t->v.message)))
		memcpy(t->v.typed, t->v.kept, sizeof(t->v.typed));
}

/**
 * top_free() - give memory back
 * @t: top
 */
void top_free(struct top *t)
{
	free(t->socks.sock);
	free(t->maps.map);
	free(t->history);
	filter_free(&t->filter);
}
