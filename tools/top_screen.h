/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What naru top has read, and its screen.
 */
#ifndef NARU_TOOLS_TOP_SCREEN_H
#define NARU_TOOLS_TOP_SCREEN_H

#include "cmd.h"
#include "top.h"

/**
 * struct top - all of it
 * @ctx: context, connected
 * @v: what is shown
 * @filter: of sockets
 * @socks: as they were read last
 * @maps: as they were read last
 * @history: lines of the history
 * @read_us: when sockets were read, by a clock that runs on; 0: never
 */
struct top {
	struct ctx *ctx;
	struct top_view v;
	struct filter filter;
	struct top_socks socks;
	struct top_maps maps;
	char *history;
	uint64_t read_us;
};

/* top_read.c: false, with what is wrong in ctx->nl.error */
bool top_read(struct top *t);
bool top_set_filter(struct top *t, int argc, char **argv, char *error, size_t size);
void top_take_filter(struct top *t);
void top_free(struct top *t);

/* top_screen.c */
bool top_screen_begin(void);
void top_screen_end(void);
void top_screen_draw(struct top *t);
unsigned int top_screen_width(void);
int top_screen_key(int ms);	/* -1: none came for so long */

#endif
