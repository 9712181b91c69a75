/* SPDX-License-Identifier: GPL-2.0 */
/*
 * `naru napt check`: a NAT is set up between two links, packets are sent on both and judged by what
 * comes out, row by row of the RFCs' requirements.
 *
 * A net is a router's namespace and another with the far ends of its links, where no IP stack
 * answers: inside and outside hosts are packets alone. Each row has rules of its own there, in
 * slots, whose addresses no other row has:
 *
 *	inside hosts 10.S.S.1 ... lan0 (10.255.255.254) ROUTER wan0 (198.19.255.254) ... servers 198.18.S.1
 *	                                                as 100.64.S.1 ... of slot S
 *
 * Rows are coroutines of one thread. One that waits lets others go on, and where its step came too
 * late, because the machine was busy, it is run again in another net instead of being judged.
 */
#ifndef NARU_CHECK_H
#define NARU_CHECK_H

#include <stdio.h>
#include <time.h>
#include <ucontext.h>
#include "../cmd.h"
#include "packet.h"

#define LAN_ADDR	0x0afffffe
#define WAN_ADDR	0xc613fffe
#define HOSTS		0x0a000000	/* inside hosts of slot 0 */
#define EXTERNALS	0x64400000	/* external addresses of slot 0 */
#define SERVERS		0xc6120000	/* servers of slot 0 */
#define SLOTS_MAX	500
#define RULES_MAX	8	/* slots of a row */
#define SEEN_MAX	400

enum realm { INSIDE, OUTSIDE };

enum level { MUST, MUST_NOT, SHOULD, SHOULD_NOT, MAY };

enum met { MET, NOT_MET, CANNOT, TOO_LATE };

struct run;

/**
 * struct row - a row of the requirements
 * @id: its number
 * @level: enum level
 * @title: what it asks for, short
 * @run: shows it; NULL: it cannot be shown, and @why says why
 * @why: why it cannot
 * @flags: ROW_*
 */
struct row {
	const char *id;
	enum level level;
	const char *title;
	void (*run)(struct run *r);
	const char *why;
	unsigned int flags;
};

#define ROW_SHORT	0x1	/* waits for seconds: in a net whose time runs faster */
#define ROW_TIMED	0x2	/* minutes: faster still */
#define ROW_LONG	0x4	/* hours: fastest */
#define ROW_ALONE	0x8	/* in a net of its own, after all others */
#define ROW_SUM		0x10	/* judges by other rows */

/**
 * struct check - what the command line asks for
 * @quick: timers are scaled down
 * @nft: against Linux's own NAT
 * @json: JSON
 * @self: path of this program
 * @home: namespace that it was started in
 */
struct check {
	bool quick, nft, json;
	char self[256];
	int home;
};

extern const struct cmd cmd_check;

extern struct check check;

/**
 * struct net - a router and the far ends of its links
 * @router: namespace
 * @hosts: namespace of the far ends
 * @sock: packet sockets there, by enum realm
 * @ifindex: of the far ends
 * @divisor: how many times faster its timers run
 * @slots: how many slots are given out
 * @text: writes @rules
 * @rules: text of their rules
 * @rules_size: its length
 * @links: writes @batch
 * @batch: commands for ip(8): addresses of slots; the first external one of each is the router's own
 * @batch_size: its length
 * @runs: rows that have slots in it, by slot
 * @watcher: program that goes on printing, see net_watch()
 * @watched: what it prints
 */
struct net {
	int router, hosts;
	int sock[2];
	int ifindex[2];
	unsigned int divisor;
	unsigned int slots;
	FILE *text;
	char *rules;
	size_t rules_size;
	FILE *links;
	char *batch;
	size_t batch_size;
	struct run *runs[SLOTS_MAX];
	pid_t watcher;
	FILE *watched;
};

enum run_state { RUN_NEW, RUN_READY, RUN_GOING, RUN_WAITING, RUN_DONE };

/**
 * struct slot - a rule of a row, and the addresses that go with it
 * @net: net
 * @nr: number in the net
 */
struct slot {
	struct net *net;
	unsigned int nr;
};

/**
 * struct run - a row that is being run
 * @row: row
 * @net: net
 * @ctx: where it stands
 * @stack: its stack
 * @state: enum run_state
 * @wake: when it goes on: CLOCK_MONOTONIC, nanoseconds
 * @epoch: what it reckons time from
 * @met: enum met
 * @seen: what was seen
 * @slot: its slots
 * @num_slots: how many
 * @queue: packets captured, by enum realm, oldest first
 * @kept: packets taken from there, and those sent
 */
struct run {
	const struct row *row;
	struct net *net;
	ucontext_t ctx;
	void *stack;
	enum run_state state;
	uint64_t wake;
	uint64_t epoch;
	enum met met;
	char seen[SEEN_MAX];
	struct slot slot[RULES_MAX];
	unsigned int num_slots;
	struct packet *queue[2];
	struct packet *kept;
};

/* stage.c */
int net_open(struct net *net, unsigned int divisor);
int net_rules(struct net *net);
void net_close(struct net *net);
void net_slot(struct net *net, struct run *r, struct slot *s, const char *options);
int net_run(struct net *net, const char *input, char **output, const char *const *argv);
int net_watch(struct net *net, const char *const *argv);
char *net_watched(struct net *net);
char *net_unwatch(struct net *net);
int net_sysctl(struct net *net, const char *name, const char *value);

/* wire.c */
int wire_open(struct net *net);
void wire_post(struct net *net, enum realm side, const struct packet *p);
int wire_settle(struct net *net);
void wire_free(struct run *r);

/* sched.c */
uint64_t clock_now(clockid_t clock);
int sched_rows(const struct row *const *rows, struct run *runs, size_t num);
void sched_breathe(struct run *r);
void sched_start(struct run *r);
void sched_sleep(struct run *r, uint64_t until);
void sched_end(struct run *r) __attribute__((__noreturn__));

/* table.c */
extern const struct row check_rows[];
extern const size_t check_num_rows;

/* check.c */
int check_main(struct ctx *ctx, int argc, char **argv);

#endif
