/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other end of the wire: a tun device in a network namespace of its own, with naru's socket on
 * this side and the test as the whole IP stack of the peer on the other.
 *
 * What is written into a tun device has been processed by naru when write(2) returns, but for what
 * its timers do later. So "naru does not answer" is shown without waiting: the answer to an echo
 * request that is sent after it comes first (wire_quiet(), conn_quiet()).
 *
 * Helpers end the test when they fail.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#define WIRE_PATIENCE_MS 60000	/* what has not come by then never comes */

/* Flags of a segment */
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128 };

/* The ECN field of an IP header */
enum { NOT_ECT, ECT_1, ECT_0, CE, ECN_FIELD = 3 };

/**
 * struct wire - a peer
 * @tun: its device
 * @family: AF_INET or AF_INET6
 * @proto: IP protocol of segments, 6 or 253
 * @host: address of naru's side, @alen bytes
 * @peer: address of the test's side
 * @alen: bytes of an address
 * @pings: echo requests sent
 */
struct wire {
	int tun;
	int family;
	int proto;
	uint8_t host[16];
	uint8_t peer[16];
	int alen;
	uint16_t pings;
};

struct seg_sack {
	uint32_t start, end;
};

/**
 * struct seg - a segment, to be sent or received
 *
 * To be sent: options are those whose has_ is set, in the order of the fields, or @opt as it is if
 * @opt_len is not 0; @data may be NULL: zeros. @doff, @cut and @bad_csum spoil it. @ip_opt is what
 * stands between the IP header and the segment: options of IPv4, in IPv6 a destination options header.
 */
struct seg {
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint16_t wnd, urg;
	uint8_t flags;
	bool has_ts, has_mss, has_wscale, has_sackok, has_cookie;
	uint8_t wscale;
	uint16_t mss;
	uint32_t tsval, tsecr;
	int sacks;
	struct seg_sack sack[4];
	bool exp;		/* the Fast Open option is that of experiments */
	int cookie_len;
	uint8_t cookie[16];
	uint8_t opt[40];
	int opt_len;
	int len;		/* payload */
	const uint8_t *data;
	int doff;		/* instead of the right one, in words; 0: right */
	int cut;		/* bytes left out at the end */
	bool bad_csum;
	uint8_t ip_opt[40];
	int ip_opt_len;
	uint8_t tos;		/* of the IP header: class and ECN field */
	uint8_t ttl;		/* of a received one */
	uint8_t to[16];		/* the IP header's destination, of a received one */
	uint8_t buf[2048];	/* of a received one */
};

struct icmp {
	int type, code;
	uint32_t info;		/* second word of the header */
	int quote;		/* bytes of the segment that are quoted; 0: 8 */
	bool bad_csum;
};

__attribute__((format(printf, 1, 2), noreturn))
void wire_die(const char *fmt, ...);
int64_t wire_now_ns(void);
long wire_now_ms(void);

void wire_prepare(void);
void wire_open(struct wire *w, int family, int proto);
void wire_open_kernel(struct wire *w, int family);
void wire_close(void);
socklen_t wire_addr(const struct wire *w, struct sockaddr_storage *ss, const uint8_t *addr,
		    int port);
int wire_socket(struct wire *w);			/* non-blocking */
void wire_bind(struct wire *w, int fd, int port);
int wire_listen(struct wire *w, int port, int backlog);
void wire_connect(struct wire *w, int fd, int port);	/* begins */
int wire_port(int fd);
int wire_error(int fd);					/* SO_ERROR, waited for */
void wire_setopt(int fd, int level, int name, int value);

void wire_put(struct wire *w, const struct seg *s);
void wire_put_from(struct wire *w, const uint8_t *src, const uint8_t *dst, const struct seg *s);
void wire_put_icmp(struct wire *w, const struct icmp *i, const struct seg *quoted);
struct seg wire_get(struct wire *w);
bool wire_quiet(struct wire *w);
void wire_ping(struct wire *w);
bool wire_next(struct wire *w, struct seg *s);		/* false: the last ping's answer */
bool wire_next_by(struct wire *w, struct seg *s, int64_t end);
const char *wire_text(const struct seg *s);

/* genl.c */
void wire_start_counts(void);
void wire_show_counts(void);
uint64_t wire_count(const char *name);			/* since then */
void wire_await_count(const char *name, uint64_t least);
void wire_set(const char *name, int32_t value);		/* a setting */
void wire_set_name(const char *name, const char *text);

/* What the flight recorder tells of an event, enum naru_genl_record */
struct wire_event {
	uint8_t what, by, state, recovery;
	uint32_t value, cwnd, in_flight, snd_wnd;
};

int wire_history(int fd, struct wire_event *events, int most);	/* how many there are */
void wire_default_settings(void);
uint32_t wire_info(int attr);				/* NARU_INFO_* */
void wire_kill(void);					/* all of naru's sockets */

int wire_run_variants(void);

/* What a peer offers in its SYN, struct seg's fields; @wnd 0: 65535 */
struct offer {
	uint16_t mss;		/* 0: none */
	bool sackok, ts;
	bool has_wscale;
	uint8_t wscale;
	uint16_t wnd;
	bool ecn;
};

/**
 * struct conn - a connection between a naru socket and the peer
 * @w: the wire
 * @lfd: listener, or -1
 * @fd: naru's socket
 * @hport: its port
 * @pport: the peer's
 * @iss: the peer's first sequence number
 * @irs: naru's
 * @seq: next that the peer sends
 * @ack: next that the peer expects
 * @top: highest that naru has sent
 * @wnd: window in the peer's segments
 * @ts: timestamps are agreed on
 * @tsval: for the peer's next segment
 * @ts_recent: naru's last
 * @syn: naru's SYN or <SYN,ACK>
 * @written: bytes that naru's program has written
 * @taken: bytes that it has read
 */
struct conn {
	struct wire *w;
	int lfd, fd;
	uint16_t hport, pport;
	uint32_t iss, irs;
	uint32_t seq, ack, top;
	uint16_t wnd;
	bool ts;
	uint32_t tsval, ts_recent;
	struct seg syn;
	uint32_t written;
	uint32_t taken;
};

extern const struct offer offer_none;	/* MSS 1000, no other option */
extern const struct offer offer_all;	/* MSS 1000, window scale 2, SACK, timestamps */

void conn_listen(struct conn *c, struct wire *w, int backlog);
void conn_begin(struct conn *c, const struct offer *o);	/* SYN; <SYN,ACK> is taken */
void conn_accepted(struct conn *c);			/* by naru's program */
void conn_accept(struct conn *c, struct wire *w, const struct offer *o);
void conn_start(struct conn *c, struct wire *w);	/* naru's SYN is taken */
void conn_start_fd(struct conn *c, struct wire *w, int fd);
void conn_answer(struct conn *c, const struct offer *o);
void conn_connect(struct conn *c, struct wire *w, const struct offer *o);

struct seg conn_seg(struct conn *c, int flags, uint32_t seq, uint32_t ack, int len);
void conn_put(struct conn *c, int flags, uint32_t seq, uint32_t ack, int len);
void conn_send(struct conn *c, int flags, int len);	/* the peer's next; moves @seq */
void conn_ack(struct conn *c);
struct seg conn_get(struct conn *c);			/* retransmissions are passed over */
struct seg conn_get_again(struct conn *c, uint32_t seq);	/* a retransmission from there */
bool conn_quiet(struct conn *c);
void conn_take(struct conn *c, int len);		/* a segment with the next data; moves @ack */
int conn_take_now(struct conn *c, int seg_len);		/* those that are there; returns the bytes */
bool conn_acked(struct conn *c);			/* by what is there all of the peer's is */
void conn_alive(struct conn *c);			/* data goes both ways */
void conn_calm(struct conn *c);

/* The next segment must be this one; PSH does not count */
#define conn_expect(c, flags, seq, ack, len) \
	conn_expect_at(__FILE__, __LINE__, c, flags, seq, ack, len)
struct seg conn_expect_at(const char *file, int line, struct conn *c, int flags, uint32_t seq,
			  uint32_t ack, int len);

/* A program's side: the bytes are those that the peer sends and expects */
void conn_write(struct conn *c, int len);
void conn_write_flags(struct conn *c, int len, int flags);
void conn_read(struct conn *c, int len);
void conn_read_end(struct conn *c);
void conn_wait(int fd, int events);

#endif
