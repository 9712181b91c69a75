/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What rows are written with. A row that returns is met; fail(), cannot() and a step that came too
 * late end it at once.
 */
#ifndef NARU_CHECK_ROWS_H
#define NARU_CHECK_ROWS_H

#include "check.h"

/* flow.c: rules, hosts, packets */
struct slot *rule(struct run *r, const char *options);
struct ep host(const struct slot *s, unsigned int nr, uint16_t port);
struct ep server(const struct slot *s, unsigned int nr, uint16_t port);
struct ep external(const struct slot *s, unsigned int nr, uint16_t port);

void fail(struct run *r, const char *format, ...) __printf(2, 3)
	__attribute__((__noreturn__));
void cannot(struct run *r, const char *format, ...) __printf(2, 3)
	__attribute__((__noreturn__));
void seen(struct run *r, const char *format, ...) __printf(2, 3);
void report(struct run *r, bool met, const char *format, ...) __printf(3, 4)
	__attribute__((__noreturn__));

uint8_t dgram(unsigned int i);	/* UDP, 254; 0 behind the last */
uint8_t stream(unsigned int i);	/* TCP, 253 */
uint8_t ported(unsigned int i);	/* TCP, UDP, 253, 254 */
uint8_t every(unsigned int i);	/* and echo */
const char *proto_name(uint8_t proto);
const char *addr_text(uint32_t addr);
const char *ep_text(struct ep ep);
const char *packet_text(const struct packet *p);

struct packet *post(struct run *r, enum realm side, struct packet p);
struct packet *emit(struct run *r, enum realm side, struct packet p);
void settle(struct run *r);
struct packet *arrived(struct run *r, enum realm side, const struct packet *sent);
struct packet *error_at(struct run *r, enum realm side, int type, int code);
struct packet *any_at(struct run *r, enum realm side);
void forget(struct run *r);
bool sound(const struct packet *p);

/* A packet as it was sent, and as it came out */
struct crossing {
	struct packet *sent, *got;
};

/* flow.c: the first packet of a flow, an answer, a stranger's packet */
struct packet first_packet(uint8_t proto, struct ep from, struct ep to);
struct packet answer(uint8_t proto, struct ep from, struct ep ext);
bool cross_out(struct run *r, struct packet p, struct crossing *c);
bool cross_in(struct run *r, struct packet p, struct ep inside, struct crossing *c);
bool try_out(struct run *r, uint8_t proto, struct ep from, struct ep to, struct ep *ext);
struct ep go_out(struct run *r, uint8_t proto, struct ep from, struct ep to);
bool get_in(struct run *r, uint8_t proto, struct ep from, struct ep ext, struct ep inside);
bool answer_in(struct run *r, uint8_t proto, struct ep from, struct ep ext, struct ep inside);
struct packet error_about(const struct packet *about, uint32_t from, int type, int code,
			  uint32_t rest);

/* error.c: ICMP errors, and flows to make them about */
/**
 * struct flow - a flow with a packet each way
 * @r: row
 * @proto: protocol
 * @in: inside endpoint
 * @ext: external endpoint
 * @to: outside endpoint
 * @out: its first packet
 * @back: the answer
 */
struct flow {
	struct run *r;
	uint8_t proto;
	struct ep in, ext, to;
	struct crossing out, back;
};

void flow_make(struct flow *f, struct run *r, uint8_t proto, struct ep in, struct ep to);
bool flow_alive(struct flow *f);
struct packet *error_across(struct flow *f, enum realm from, struct packet error);
void error_crosses(struct flow *f, enum realm from, uint32_t addr, int type, int code,
		   uint32_t rest);
void error_is_dropped(struct flow *f, enum realm from, struct packet error, const char *what);
struct packet error_of(const struct flow *f, enum realm from, int type, int code, uint32_t rest);
struct packet *own_error(struct run *r, enum realm side, const struct packet *sent, int type,
			 int code);

/* frag.c */
struct packet *whole_packet(struct run *r, struct packet p);
void post_piece(struct run *r, enum realm side, const struct packet *whole, size_t from, size_t to);
struct packet *joined(struct run *r, enum realm side, size_t most, unsigned int *pieces);

/* timed.c: waiting */
uint64_t mark(struct run *r);
void mark_at(struct run *r, uint64_t when);
void wait_until(struct run *r, double seconds);
void wait_before(struct run *r, double limit);
void wait_after(struct run *r, double limit);
void in_time(struct run *r, double limit);
double elapsed(const struct run *r);

/* conn.c: TCP and 253 */
/**
 * struct conn - a connection across the NAT
 * @r: row
 * @proto: TCP or STREAM
 * @in: inside endpoint
 * @ext: external endpoint, once the NAT has chosen it
 * @out: server
 * @seq: next sequence number of each side
 */
struct conn {
	struct run *r;
	uint8_t proto;
	struct ep in, ext, out;
	uint32_t seq[2];
};

void conn_init(struct conn *c, struct run *r, uint8_t proto, struct ep in, struct ep out);
bool conn_segment(struct conn *c, enum realm from, uint8_t flags, size_t len);
struct packet conn_packet(struct conn *c, enum realm from, uint8_t flags, size_t len);
bool conn_carry(struct conn *c, enum realm from, const struct packet *p);
void conn_open(struct conn *c);
bool conn_data(struct conn *c);
void conn_close(struct conn *c);

/* rows_map.c */
void row_4787_1(struct run *r);
void row_5508_1a(struct run *r);
void row_4787_2(struct run *r);
void row_4787_3(struct run *r);
void row_5508_1(struct run *r);
void row_5382_7(struct run *r);
void row_4787_3a(struct run *r);
void row_4787_3a_2(struct run *r);
void row_4787_4(struct run *r);
void row_7857_8a(struct run *r);
void row_7857_8b(struct run *r);
void row_4787_8(struct run *r);
void row_5382_3(struct run *r);
void row_4787_8_2(struct run *r);
void row_5382_3_2(struct run *r);
void row_4787_8a(struct run *r);
void row_5382_3a(struct run *r);
void row_5382_3b(struct run *r);
void row_4787_9(struct run *r);
void row_4787_9a(struct run *r);
void row_5382_8a(struct run *r);
void row_5382_8(struct run *r);
void row_4787_10(struct run *r);
void row_4787_10a(struct run *r);
void row_5382_6(struct run *r);
void row_4787_11(struct run *r);
void row_4787_11_2(struct run *r);

/* rows_timer.c */
void row_4787_5(struct run *r);
void row_4787_5a(struct run *r);
void row_4787_5b(struct run *r);
void row_4787_5c(struct run *r);
void row_5508_2(struct run *r);
void row_5508_2a(struct run *r);
void row_4787_6(struct run *r);
void row_4787_6a(struct run *r);
void row_5508_6(struct run *r);
void row_7857_7a(struct run *r);
void row_7857_7b(struct run *r);
void row_7857_7_1a(struct run *r);
void row_7857_7_1b(struct run *r);
void row_7857_11(struct run *r);
void row_4787_s9(struct run *r);

/* rows_tcp.c */
void row_5382_1(struct run *r);
void row_5382_2(struct run *r);
void row_5382_2a(struct run *r);
void row_5382_4(struct run *r);
void row_5382_4_2(struct run *r);
void row_5382_4_3(struct run *r);
void row_5382_4a(struct run *r);
void row_5382_9(struct run *r);
void row_5382_10(struct run *r);
void row_4787_12(struct run *r);
void row_5382_s9(struct run *r);
void row_7857_2_2c(struct run *r);

/* rows_state.c */
void row_5382_5(struct run *r);
void row_5382_5_2(struct run *r);
void row_5382_5a(struct run *r);
void row_5382_s5b(struct run *r);
void row_5382_5_3(struct run *r);
void row_7857_2_1c(struct run *r);
void row_5382_s5a(struct run *r);
void row_7857_2_1a(struct run *r);
void row_7857_2_1b(struct run *r);
void row_7857_2_2a(struct run *r);
void row_7857_2_2b(struct run *r);
void row_7857_2(struct run *r);

/* rows_icmp.c */
void row_4787_12a(struct run *r);
void row_4787_12b(struct run *r);
void row_5508_3(struct run *r);
void row_5508_3a(struct run *r);
void row_5508_4(struct run *r);
void row_5508_5(struct run *r);
void row_5508_3b(struct run *r);
void row_5508_3c(struct run *r);
void row_5508_3d(struct run *r);
void row_5508_4a(struct run *r);
void row_5508_4b(struct run *r);
void row_5508_4c(struct run *r);
void row_5508_5a(struct run *r);
void row_5508_5b(struct run *r);
void row_5508_5c_2(struct run *r);
void row_5508_s4_2_2(struct run *r);
void row_5508_7_2(struct run *r);
void row_5508_7a(struct run *r);
void row_7857_12b(struct run *r);
void row_5508_s7_1_2(struct run *r);

/* rows_own.c */
void row_5508_s7_2a(struct run *r);
void row_5508_s7_2b(struct run *r);
void row_5508_9(struct run *r);
void row_5508_s7_7(struct run *r);
void row_5508_s7_2c(struct run *r);
void row_5508_10a_2(struct run *r);
void row_5508_10a(struct run *r);
void row_5508_s10(struct run *r);
void row_5508_10a_1(struct run *r);
void row_5508_10a_3(struct run *r);
void row_5508_10d(struct run *r);
void row_5508_10e(struct run *r);
void row_5508_10f(struct run *r);
void row_5508_10b_1(struct run *r);
void row_5508_10b_2(struct run *r);
void row_5508_10b_4(struct run *r);
void row_5508_10b_3(struct run *r);
void row_5508_s7_3(struct run *r);
void row_5508_10b_5(struct run *r);
void row_5508_10b_6(struct run *r);
void row_5508_10c_2(struct run *r);
void row_5508_10c_1(struct run *r);
void row_5508_11(struct run *r);

/* rows_frag.c */
void row_4787_13(struct run *r);
void row_4787_13a(struct run *r);
void row_4787_13a_2(struct run *r);
void row_5508_s7_1_1b(struct run *r);
void row_5508_s7_1_1c(struct run *r);
void row_5508_s7_1_1a(struct run *r);
void row_4787_14(struct run *r);
void row_4787_14a(struct run *r);
void row_6864_5_3_1(struct run *r);
void row_7857_10(struct run *r);
void row_6864_4_1a(struct run *r);
void row_6864_4_1b(struct run *r);
void row_6864_4_1c(struct run *r);
void row_6864_4_2(struct run *r);
void row_6864_4_3a(struct run *r);
void row_6864_5_2a(struct run *r);
void row_6864_4_3b(struct run *r);
void row_6864_4_3c(struct run *r);
void row_6864_5_2c(struct run *r);

/* rows_7857.c */
void row_7857_3a(struct run *r);
void row_7857_3b(struct run *r);
void row_7857_13(struct run *r);
void row_7857_4a(struct run *r);
void row_7857_4c(struct run *r);
void row_7857_4b(struct run *r);
void row_7857_5a(struct run *r);
void row_7857_5b(struct run *r);
void row_7857_5c(struct run *r);
void row_7857_6a(struct run *r);
void row_7857_6b(struct run *r);
void row_7857_6c(struct run *r);
void row_7857_9a(struct run *r);
void row_6888_15(struct run *r);
void row_7857_9b(struct run *r);
void row_7857_9c(struct run *r);
void row_7857_9(struct run *r);

/* rows_6888.c */
void row_6888_1d(struct run *r);
void row_6888_2(struct run *r);
void row_6888_2_2(struct run *r);
void row_6888_3(struct run *r);
void row_6888_3_2(struct run *r);
void row_6888_6(struct run *r);
void row_6888_7(struct run *r);
void row_6888_7_2(struct run *r);
void row_6888_8(struct run *r);
void row_6888_8a(struct run *r);
void row_5508_8(struct run *r);
void row_6888_11a(struct run *r);
void row_6888_11b(struct run *r);
void row_6888_11d(struct run *r);
void row_6888_13(struct run *r);
void row_6888_10(struct run *r);
void row_6888_11c(struct run *r);
void row_4787_7(struct run *r);

#endif
