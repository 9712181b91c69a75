// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold when a round is over and its processes are gone.
 */
#define _GNU_SOURCE
#include <err.h>
#include <linux/naru_genl.h>
#include "fuzz.h"
#include "fuzz_genl.h"

#define STATS		512
#define STATES_OF_ORPHANS	(1 << 4 | 1 << 5 | 1 << 6 | 1 << 9 | 1 << 11)	/* FIN-WAIT-1 and so on */

/* Seconds that anything may take */
#define PATIENCE	60

/* Sockets that are left and should not be */
struct left {
	unsigned int number;
	char text[1024];
};

struct info {
	uint32_t socks, orphans, reqs, time_wait;
};

/* Counters, by their place in the list: they only grow */
static uint64_t stats[STATS];

/* Full sockets that a program has, or that no file refers to although they do not close */
static void seen_sock(const struct nlattr *attrs, int len, void *data)
{
	uint32_t state = fz_genl_u32(attrs, len, NARU_SOCK_STATE), kind = fz_genl_u32(attrs, len, NARU_SOCK_KIND);
	uint32_t inode = fz_genl_u32(attrs, len, NARU_SOCK_INODE);
	struct left *left = data;
	size_t used = strlen(left->text);

	if (kind == NARU_KIND_TIME_WAIT)
		return;
	if (kind == NARU_KIND_SOCK && !inode && 1 << state & STATES_OF_ORPHANS)
		return;
	left->number++;
	snprintf(left->text + used, sizeof(left->text) - used, " id %u kind %u state %u inode %u;",
		 fz_genl_u32(attrs, len, NARU_SOCK_ID), kind, state, inode);
}

static void seen_info(const struct nlattr *attrs, int len, void *data)
{
	struct info *info = data;

	info->socks = fz_genl_u32(attrs, len, NARU_INFO_SOCKS);
	info->orphans = fz_genl_u32(attrs, len, NARU_INFO_ORPHANS);
	info->reqs = fz_genl_u32(attrs, len, NARU_INFO_REQS);
	info->time_wait = fz_genl_u32(attrs, len, NARU_INFO_TIME_WAIT);
}

struct reading {
	unsigned int at;
};

static void seen_stat(const struct nlattr *attrs, int len, void *data)
{
	const struct nlattr *value = fz_genl_attr(attrs, len, NARU_STAT_VALUE);
	const struct nlattr *name = fz_genl_attr(attrs, len, NARU_STAT_NAME);
	struct reading *r = data;
	uint64_t now;

	if (!value || !name || r->at == STATS) {
		fz_broken("a counter without a name or a value, or more than %u", STATS);
		return;
	}
	memcpy(&now, value + 1, sizeof(now));
	if (now < stats[r->at] || now >> 60)
		fz_broken("counter %s was %lu, is %lu", (char *)(name + 1), stats[r->at], now);
	stats[r->at++] = now;
}

/* A request of ours may meet one that has made the machine's memory small, but not fail */
static bool must(unsigned char cmd, bool dump, const struct nlattr *attr, fz_genl_seen *seen, void *data)
{
	int error = fz_genl_ask(cmd, dump, attr, seen, data);

	if (error)
		fz_broken("request %u: %s", cmd, strerror(error));
	return !error;
}

/* What is in flight in cycles of AF_UNIX goes when one of its sockets does */
static void collect_garbage(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		err(2, "socketpair");
	close(pair[0]);
	close(pair[1]);
}

static bool wait_for_sockets(void)
{
	long end = fz_now() + PATIENCE * 1000;
	struct left left;

	do {
		memset(&left, 0, sizeof(left));
		if (!must(NARU_CMD_SOCK_GET, true, NULL, seen_sock, &left))
			return false;
		if (!left.number)
			return true;
		collect_garbage();
		usleep(20000);
	} while (fz_now() < end);
	fz_broken("%u sockets that nobody has are left:%s", left.number, left.text);
	return false;
}

/* The orphans' turn: they are reset, and then nothing is held */
static bool kill_orphans(void)
{
	const struct nlattr all = { NLA_HDRLEN, NARU_QUERY_ALL };
	long end = fz_now() + PATIENCE * 1000;
	struct info info;

	do {
		memset(&info, 0, sizeof(info));
		if (!must(NARU_CMD_SOCK_KILL, false, &all, NULL, NULL) ||
		    !must(NARU_CMD_INFO_GET, false, NULL, seen_info, &info))
			return false;
		if (!info.socks && !info.orphans && !info.reqs && info.time_wait < 1000000)
			return true;
		usleep(20000);
	} while (fz_now() < end);
	fz_broken("sockets %u, orphans %u, half-open ones %u, in TIME-WAIT %u", info.socks, info.orphans, info.reqs,
		  info.time_wait);
	return false;
}

static bool flush_napt(void)
{
	const struct nlattr flush = { NLA_HDRLEN, NARU_NAPT_REQ_FLUSH };

	return must(NARU_CMD_NAPT_SET, false, &flush, NULL, NULL);
}

/* A namespace that is new has its counters at 0 */
void fz_check_init(void)
{
	memset(stats, 0, sizeof(stats));
}

/* All is closed, counted right, and nothing is held. Says what is not so; false then */
bool fz_check(const struct fz_round *r)
{
	struct reading reading = {};

	if (wait_for_sockets() && kill_orphans() && flush_napt() &&
	    must(NARU_CMD_STAT_GET, true, NULL, seen_stat, &reading) && !atomic_load(&fz_shared->broken))
		return true;
	printf("# in round %u; again by -s %lu -f %u -n 1%s\n", r->number, fz_opt.seed, r->number,
	       fz_opt.dgram ? " -d" : "");
	return false;
}
