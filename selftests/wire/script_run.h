/* SPDX-License-Identifier: GPL-2.0 */
/* A script that runs: what script_net.c (the peer) and script_prog.c (the program) share */
#ifndef SCRIPT_RUN_H
#define SCRIPT_RUN_H

#include "script.h"
#include "wire.h"

#define SCRIPT_SOCKETS	8

/**
 * struct flow - what goes between the host and one of the peer's ports
 * @hport: the host's port
 * @pport: the peer's
 * @irs: the host's first sequence number, once @seen
 * @seen: the host's SYN has come
 * @next: what the peer sends next, where its data starts at 0
 * @sent: the end of what the host has sent
 * @acked: what the host must acknowledge
 * @wnd: in the peer's segments
 * @asked: the peer's SYN has timestamps
 * @offered: the host's has
 * @tsval: the peer's last
 * @recent: the host's last
 * @last: the last segment that the host sent, for ICMP
 * @cookie: the Fast Open cookie that the host sent last, @cookie_len bytes
 */
struct flow {
	uint16_t hport, pport;
	uint32_t irs;
	bool seen;
	int next, sent, acked;
	uint16_t wnd;
	bool asked, offered;
	uint32_t tsval, recent;
	struct seg last;
	uint8_t cookie[SCRIPT_COOKIE];
	int cookie_len;
};

/* A socket of the program, and how far it has written and read */
struct script_socket {
	char name[SCRIPT_WORD];
	int fd;
	uint32_t written, taken;
};

/**
 * struct script_run - a script in one place
 * @w: the wire
 * @script: the script
 * @on: ON_* of the place
 * @last: wire_now_ns() of the last event
 * @flow: by the peer's port
 * @socket: those with a name
 */
struct script_run {
	struct wire w;
	const struct script *script;
	unsigned int on;
	int64_t last;
	struct flow flow[SCRIPT_FLOWS];
	struct script_socket socket[SCRIPT_SOCKETS];
};

__attribute__((format(printf, 3, 4), noreturn))
void script_fail(const struct script_run *r, const struct script_line *l, const char *fmt, ...);
uint8_t script_byte(uint32_t at);
int64_t script_latest(const struct script_time *t);
void script_check_time(const struct script_run *r, const struct script_line *l, int64_t now);

void script_net_start(struct script_run *r);
void script_net(struct script_run *r, const struct script_line *l);
void script_net_end(struct script_run *r, const struct script_line *l);
void script_program_start(struct script_run *r);
void script_program(struct script_run *r, const struct script_line *l);
void script_program_end(struct script_run *r);

#endif
