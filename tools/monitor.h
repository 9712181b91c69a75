/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What naru monitor keeps in mind.
 */
#ifndef NARU_TOOLS_MONITOR_H
#define NARU_TOOLS_MONITOR_H

#include "cmd.h"
#include "sequence.h"

/**
 * struct monitor - what is watched
 * @filter: of sockets
 * @watched: groups that are
 * @sync: what there is, is told first
 * @o: printing
 * @ask: the connection for questions; events come by another
 * @seq: by enum nl_group
 * @gap: events were lost, and nothing is told yet of what there is
 * @left: events until we end, 0: never
 * @done: they have come
 */
struct monitor {
	struct filter filter;
	bool watched[NL_GROUPS];
	bool sync;
	struct out o;
	struct nl *ask;
	struct sequence seq[NL_GROUPS];
	bool gap;
	uint32_t left;
	bool done;
};

/* monitor_sync.c */
void monitor_count(struct monitor *m, enum nl_group group, uint32_t seq);
int monitor_start(struct monitor *m);
int monitor_sync(struct monitor *m, struct nl *events, nl_reply take);

#endif
