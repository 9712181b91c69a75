// SPDX-License-Identifier: GPL-2.0
/*
 * naru top: sockets and mappings, live.
 */
#include "cmd.h"
#include "parse.h"
#include "top_screen.h"

#include <getopt.h>
#include <stdio.h>
#include <time.h>

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* A key, or none until what is shown is to be read again. False: that is the end */
static bool step(struct top *t, uint64_t *due, uint32_t interval_ms, bool *ok)
{
	uint64_t now = now_ms();
	enum top_action action;
	int key;

	key = top_screen_key(now < *due ? *due - now : 0);
	action = key < 0 ? TOP_NOTHING : key ? top_key(&t->v, key) : top_resized(&t->v);
	if (action == TOP_QUIT)
		return false;
	if (action == TOP_TAKE_FILTER)
		top_take_filter(t);
	now = now_ms();
	if (now >= *due || action == TOP_READ || action == TOP_TAKE_FILTER) {
		if (!t->v.paused || action != TOP_NOTHING)
			*ok = top_read(t);
		*due = now + interval_ms;
	}
	return *ok;
}

static int watch(struct top *t, uint32_t interval_ms)
{
	uint64_t due = now_ms() + interval_ms;
	bool ok = true;

	if (cmd_connect(t->ctx))
		return CMD_FAILED;
	if (!top_read(t))
		return cmd_fail("%s", t->ctx->nl.error);
	if (!top_screen_begin())
		return cmd_fail("top wants a terminal: there is naru sock -i, and naru monitor");
	do
		top_screen_draw(t);
	while (step(t, &due, interval_ms, &ok));
	top_screen_end();
	return ok ? CMD_OK : cmd_fail("%s", t->ctx->nl.error);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "delay", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct top t = { .ctx = ctx };
	char error[FILTER_ERROR];
	uint32_t seconds = 2;
	int c, status;

	while ((c = getopt_long(argc, argv, ":d:h", options, NULL)) != -1) {
		if (c != 'd')
			return cmd_other_option(&cmd_top, c, argv);
		if (!parse_u32(optarg, 3600, &seconds) || !seconds)
			return cmd_usage(&cmd_top, "not a number of seconds: %s", optarg);
	}
	if (ctx->json)
		return cmd_usage(&cmd_top, "there is no JSON of a screen");
	if (!top_set_filter(&t, argc - optind, argv + optind, error, sizeof(error)))
		return cmd_usage(&cmd_top, "%s", error);
	top_name_filter(&t.v, argc - optind, argv + optind);
	status = watch(&t, seconds * 1000);
	top_free(&t);
	return status;
}

const struct cmd cmd_top = {
	.name = "top",
	.summary = "sockets and the NAPT's mappings, live",
	.usage = "[-d SECONDS] [FILTER]",
	.help =
"  -d, --delay SECONDS  between two looks, 2\n"
"\n"
"Sockets (those of FILTER, as in naru sock), with what they send and receive a second, round-trip\n"
"time, retransmissions and owners; the largest first of what is chosen by a key.\n"
"  t r l x o a          by Tx/s, Rx/s, Rtt, Retrans, Owner, Remote;  i  the other way round\n"
"  /                    another filter; an empty one is all;  Esc  the one before\n"
"  arrows, Enter        into the history of a connection;  Esc  and back\n"
"  n                    the NAPT's mappings, and back\n"
"  space                pause;  q  quit\n",
	.run = run,
};
