// SPDX-License-Identifier: GPL-2.0
/*
 * The flight recorder, read by a client on libnl: what it tells of a connection against what the connection did.
 */
#include "genl_test.h"

static t_kind native = { AF_INET, 0 };
static t_kind inet = { AF_INET6, IPPROTO_TCP };

FIXTURE(history)
{
	struct g_client *c;
};

/* A namespace for each test, with its own recordings */
FIXTURE_SETUP(history)
{
	t_enter_netns();
	self->c = g_open();
}

FIXTURE_TEARDOWN(history)
{
	g_close(self->c);
}

static struct nl_msg *request(struct g_client *c, __u32 id)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_HISTORY_GET, NLM_F_DUMP);

	nla_put_u32(msg, NARU_HISTORY_ID, id);
	return msg;
}

/* Events of a recording, 0: there is none. The first row is no event. */
static int read_history(struct g_client *c, __u32 id)
{
	errno = g_call(c, request(c, id));
	if (errno == ENOENT)
		return 0;
	if (errno)
		t_die("HISTORY_GET: %s", c->text);
	return c->rows - 1;
}

static void head_of(struct g_client *c, struct nlattr **tb)
{
	g_parse(c, 0, tb, NARU_HISTORY_MAX);
}

static void event_at(struct g_client *c, int n, struct nlattr **tb)
{
	struct nlattr *reply[NARU_HISTORY_MAX + 1];

	g_parse(c, n + 1, reply, NARU_HISTORY_MAX);
	if (!reply[NARU_HISTORY_EVENT] || nla_parse_nested(tb, NARU_RECORD_MAX, reply[NARU_HISTORY_EVENT], NULL))
		t_die("row %d is no event", n + 1);
}

static __u64 time_at(struct g_client *c, int n)
{
	struct nlattr *tb[NARU_RECORD_MAX + 1];

	event_at(c, n, tb);
	return nla_get_u64(g_need(tb, NARU_RECORD_TIME, 8));
}

static __u32 at(struct g_client *c, int n, int attr)
{
	struct nlattr *tb[NARU_RECORD_MAX + 1];

	event_at(c, n, tb);
	return nla_len(tb[attr]) == 1 ? g_get_u8(tb, attr) : g_get_u32(tb, attr);
}

static int is(struct g_client *c, int n, int what)
{
	return n < c->rows - 1 && at(c, n, NARU_RECORD_WHAT) == (__u32)what;
}

/* How many events of this kind there are in what was read last */
static int count(struct g_client *c, int what)
{
	int num = 0;

	for (int n = 0; n < c->rows - 1; n++)
		num += is(c, n, what);
	return num;
}

static int count_of(struct g_client *c, int fd, int what)
{
	read_history(c, g_id_of(fd));
	return count(c, what);
}

static void set(struct g_client *c, const char *name, int value)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_SETTING_SET, 0);
	struct nlattr *nest = nla_nest_start(msg, NARU_CHANGE_SETTING);

	nla_put_string(msg, NARU_SETTING_NAME, name);
	nla_put_s32(msg, NARU_SETTING_VALUES, value);
	nla_nest_end(msg, nest);
	errno = g_call(c, msg);
	if (errno)
		t_die("SETTING_SET %s: %s", name, c->text);
}

/* ---- what is told ---- */

static void expect_head(struct __test_metadata *_metadata, struct g_client *c, t_kind *v, int fd)
{
	struct nlattr *tb[NARU_HISTORY_MAX + 1];
	char buf[16];

	head_of(c, tb);
	EXPECT_EQ(g_id_of(fd), g_get_u32(tb, NARU_HISTORY_ID));
	EXPECT_EQ(v->wire ?: 253, g_get_u8(tb, NARU_HISTORY_WIRE));
	EXPECT_EQ(v->family, g_get_u8(tb, NARU_HISTORY_FAMILY));
	EXPECT_EQ(t_port(fd), g_get_u16(tb, NARU_HISTORY_LPORT));
	EXPECT_EQ(0, memcmp(g_addr(buf, t_lo(v)), nla_data(g_need(tb, NARU_HISTORY_LADDR, 16)), 16));
	EXPECT_EQ(0, memcmp(g_addr(buf, t_lo(v)), nla_data(g_need(tb, NARU_HISTORY_RADDR, 16)), 16));
	EXPECT_NE(0, nla_get_u64(g_need(tb, NARU_HISTORY_OPENED, 8)));
	EXPECT_EQ(0, g_get_u32(tb, NARU_HISTORY_LOST));
	EXPECT_EQ(NULL, tb[NARU_HISTORY_ENDED]);
}

static void expect_opened(struct __test_metadata *_metadata, t_kind *v, struct g_client *c)
{
	struct tcp_info info;
	int sv[2];

	t_pair(v, sv);
	ASSERT_LE(1, read_history(c, g_id_of(sv[0])));
	expect_head(_metadata, c, v, sv[0]);
	info = t_info(sv[0]);
	EXPECT_EQ(NARU_WHAT_STATE, at(c, 0, NARU_RECORD_WHAT));
	EXPECT_EQ(NARU_BY_NONE, at(c, 0, NARU_RECORD_BY));
	EXPECT_EQ(TCP_SYN_SENT, at(c, 0, NARU_RECORD_VALUE));
	EXPECT_EQ(TCP_ESTABLISHED, at(c, 0, NARU_RECORD_STATE));
	EXPECT_EQ(0, at(c, 0, NARU_RECORD_RECOVERY));
	EXPECT_EQ(0x7fffffff, at(c, 0, NARU_RECORD_SSTHRESH));
	EXPECT_EQ(0, at(c, 0, NARU_RECORD_IN_FLIGHT));
	EXPECT_LT(0, at(c, 0, NARU_RECORD_SND_WND));
	EXPECT_LT(0, at(c, 0, NARU_RECORD_RCV_WND));
	EXPECT_LE(at(c, 0, NARU_RECORD_SRTT), info.tcpi_rtt + 1);
	ASSERT_LE(1, read_history(c, g_id_of(sv[1])));
	EXPECT_EQ(TCP_ESTABLISHED, at(c, 0, NARU_RECORD_STATE));
	t_close_pair(sv);
}

TEST_F(history, opened)
{
	expect_opened(_metadata, &native, self->c);
	expect_opened(_metadata, &inet, self->c);
}

/* Every state that it went through, in order, and when it was gone */
TEST_F(history, readable_when_it_is_gone)
{
	struct nlattr *tb[NARU_HISTORY_MAX + 1];
	__u32 id[2];
	int sv[2];

	t_pair(&native, sv);
	for (int i = 0; i < 2; i++)
		id[i] = g_id_of(sv[i]);
	t_close_pair(sv);
	T_UNTIL(!g_list(self->c, 0, G_ATTRS(G_U8(NARU_FILTER_KIND, NARU_KIND_SOCK))));
	ASSERT_EQ(4, read_history(self->c, id[0]));
	EXPECT_EQ(TCP_ESTABLISHED, at(self->c, 0, NARU_RECORD_STATE));
	EXPECT_EQ(TCP_FIN_WAIT1, at(self->c, 1, NARU_RECORD_STATE));
	EXPECT_EQ(TCP_FIN_WAIT2, at(self->c, 2, NARU_RECORD_STATE));
	EXPECT_EQ(TCP_FIN_WAIT2, at(self->c, 3, NARU_RECORD_VALUE));
	EXPECT_EQ(TCP_TIME_WAIT, at(self->c, 3, NARU_RECORD_STATE));
	head_of(self->c, tb);
	EXPECT_LE(time_at(self->c, 3), nla_get_u64(g_need(tb, NARU_HISTORY_ENDED, 8)));
	ASSERT_EQ(4, read_history(self->c, id[1]));
	EXPECT_EQ(TCP_CLOSE_WAIT, at(self->c, 1, NARU_RECORD_STATE));
	EXPECT_EQ(TCP_LAST_ACK, at(self->c, 2, NARU_RECORD_STATE));
	EXPECT_EQ(TCP_CLOSE, at(self->c, 3, NARU_RECORD_STATE));
}

/* A reset, and what the program was told */
TEST_F(history, failed)
{
	int sv[2];

	t_pair(&native, sv);
	t_reset(sv[1]);
	T_UNTIL(t_info(sv[0]).tcpi_state == TCP_CLOSE);
	ASSERT_EQ(3, read_history(self->c, g_id_of(sv[0])));
	EXPECT_EQ(NARU_WHAT_ERROR, at(self->c, 1, NARU_RECORD_WHAT));
	EXPECT_EQ(ECONNRESET, at(self->c, 1, NARU_RECORD_VALUE));
	EXPECT_EQ(TCP_CLOSE, at(self->c, 2, NARU_RECORD_STATE));
}

/* A socket that connects again: its last connection */
TEST_F(history, connected_again)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int lfd = t_listen(&native), sv[2];

	t_pair_on(&native, lfd, sv);
	t_reset(sv[1]);
	T_UNTIL(t_info(sv[0]).tcpi_state == TCP_CLOSE);
	ASSERT_EQ(3, read_history(self->c, g_id_of(sv[0])));
	if (connect(sv[0], &none, sizeof(none)))
		t_die("disconnect");
	EXPECT_EQ(3, read_history(self->c, g_id_of(sv[0])));
	t_connect(&native, sv[0], t_port(lfd));
	ASSERT_EQ(1, read_history(self->c, g_id_of(sv[0])));
	EXPECT_EQ(TCP_ESTABLISHED, at(self->c, 0, NARU_RECORD_STATE));
}

/* Timeouts are numbered, one segment goes, and it is over with the ACK */
TEST_F(history, timeouts)
{
	struct g_client *c = self->c;
	int sv[2], n, rtos;

	t_pair(&native, sv);
	t_cut(true);
	t_send_all(sv[0], 0, 1000);
	T_UNTIL(count_of(c, sv[0], NARU_WHAT_RTO) >= 2);
	t_cut(false);
	t_recv_all(sv[1], 0, 1000);
	T_UNTIL(count_of(c, sv[0], NARU_WHAT_RECOVERED));
	for (n = 0; !is(c, n, NARU_WHAT_RTO); n++)
		;
	for (rtos = 0; is(c, n, NARU_WHAT_RTO); n++) {
		EXPECT_EQ(++rtos, at(c, n, NARU_RECORD_VALUE));
		EXPECT_EQ(4, at(c, n, NARU_RECORD_RECOVERY));
		EXPECT_EQ(t_info(sv[0]).tcpi_snd_mss, at(c, n, NARU_RECORD_CWND));
		EXPECT_EQ(2 * t_info(sv[0]).tcpi_snd_mss, at(c, n, NARU_RECORD_SSTHRESH));
		if (rtos > 1)
			EXPECT_LT(time_at(c, n - 1), time_at(c, n));
	}
	EXPECT_LE(rtos, t_info(sv[0]).tcpi_total_retrans);
	EXPECT_TRUE(is(c, n, NARU_WHAT_RECOVERED));
	EXPECT_EQ(1000, at(c, n, NARU_RECORD_VALUE));
	EXPECT_NE(4, at(c, n, NARU_RECORD_RECOVERY));
}

/* Nobody reads: one closes its window, the other sees it, and both when there is room */
TEST_F(history, windows)
{
	size_t sent;
	int sv[2];

	t_pair(&native, sv);
	sent = t_stuff(sv[0], 0);
	T_UNTIL(count_of(self->c, sv[0], NARU_WHAT_SND_CLOSED) == 1);
	EXPECT_EQ(1, count_of(self->c, sv[1], NARU_WHAT_RCV_CLOSED));
	EXPECT_EQ(0, count_of(self->c, sv[1], NARU_WHAT_RCV_OPENED));
	T_UNTIL(count_of(self->c, sv[0], NARU_WHAT_PROBE) >= 1);
	t_recv_all(sv[1], 0, sent);
	EXPECT_LE(1, count_of(self->c, sv[0], NARU_WHAT_SND_OPENED));
	EXPECT_LE(1, count_of(self->c, sv[1], NARU_WHAT_RCV_OPENED));
	EXPECT_LE(1, count(self->c, NARU_WHAT_CWND) + count_of(self->c, sv[0], NARU_WHAT_CWND));
}

/* The newest stay, and how many were lost is told */
TEST_F(history, ring)
{
	struct nlattr *tb[NARU_HISTORY_MAX + 1];
	__u32 lost = 0;
	int sv[2];

	t_pair(&native, sv);
	for (int n = 0; !lost; n++) {
		t_cut(true);
		t_send_all(sv[0], 0, 1000);
		T_UNTIL(t_info(sv[0]).tcpi_retransmits);
		t_cut(false);
		t_recv_all(sv[1], 0, 1000);
		read_history(self->c, g_id_of(sv[0]));
		head_of(self->c, tb);
		lost = g_get_u32(tb, NARU_HISTORY_LOST);
		ASSERT_LT(n, 64);
	}
	EXPECT_EQ(64, self->c->rows - 1);
	EXPECT_EQ(0, count(self->c, NARU_WHAT_STATE));
	for (int n = 1; n < self->c->rows - 1; n++)
		EXPECT_LE(time_at(self->c, n - 1), time_at(self->c, n));
	shutdown(sv[0], SHUT_WR);
	read_history(self->c, g_id_of(sv[0]));
	EXPECT_TRUE(count(self->c, NARU_WHAT_STATE) >= 1);
}

/* ---- segments, and what was not taken ---- */

/* One reply of that kind after the other, from row *@row on. False: there is no more */
static bool next_of(struct g_client *c, int *row, int attr, int max, struct nlattr **tb)
{
	struct nlattr *reply[NARU_HISTORY_MAX + 1];

	for (; *row < c->rows; (*row)++) {
		g_parse(c, *row, reply, NARU_HISTORY_MAX);
		if (!reply[attr])
			continue;
		if (nla_parse_nested(tb, max, reply[attr], NULL))
			t_die("row %d", *row);
		(*row)++;
		return true;
	}
	return false;
}

static bool next_segment(struct g_client *c, int *row, struct nlattr **tb)
{
	return next_of(c, row, NARU_HISTORY_SEGMENT, NARU_SEGMENT_MAX, tb);
}

static void read_all(struct g_client *c, __u32 id, __u32 show)
{
	struct nl_msg *msg = request(c, id);

	nla_put_u32(msg, NARU_HISTORY_SHOW, show);
	errno = g_call(c, msg);
	if (errno)
		t_die("HISTORY_GET: %s", c->text);
}

/* Numbers are counted from each one's initial one, so that both ends tell the same of a segment */
struct told {
	__u32 how, seq, ack, len;
	__u8 flags;
};

static int segments(struct __test_metadata *_metadata, struct g_client *c, struct told *told, int most)
{
	struct nlattr *tb[NARU_SEGMENT_MAX + 1];
	__s64 last = -1000000000, us;
	int num = 0, row = 0;

	while (num < most && next_segment(c, &row, tb)) {
		us = *(__s64 *)nla_data(g_need(tb, NARU_SEGMENT_TIME, 8));
		EXPECT_LE(last, us);
		last = us;
		told[num++] = (struct told) {
			.how = g_get_u32(tb, NARU_SEGMENT_HOW), .flags = g_get_u8(tb, NARU_SEGMENT_FLAGS),
			.seq = g_get_u32(tb, NARU_SEGMENT_SEQ), .ack = g_get_u32(tb, NARU_SEGMENT_ACK),
			.len = g_get_u32(tb, NARU_SEGMENT_LEN),
		};
	}
	return num;
}

#define EXPECT_TOLD(t, _how, _flags, _seq, _ack, _len)		\
	do {							\
		EXPECT_EQ((_how), (t).how);			\
		EXPECT_EQ((_flags), (t).flags & 0x17);		\
		EXPECT_EQ((_seq), (t).seq);			\
		EXPECT_EQ((_ack), (t).ack);			\
		EXPECT_EQ((_len), (t).len);			\
	} while (0)

enum { IN = NARU_SEGMENT_HOW_IN, FIN = 1, SYN = 2, RST = 4, ACK = 16 };

/* The handshake, data and its ACK, as the two ends tell of them */
TEST_F(history, segments)
{
	struct told told[8];
	int sv[2];

	t_pair(&inet, sv);
	t_send_all(sv[0], 0, 100);
	t_recv_all(sv[1], 0, 100);
	T_UNTIL(t_info(sv[0]).tcpi_unacked == 0);
	EXPECT_EQ(1, read_history(self->c, g_id_of(sv[0])));
	read_all(self->c, g_id_of(sv[0]), NARU_HISTORY_SHOW_SEGMENTS);
	ASSERT_EQ(5, segments(_metadata, self->c, told, 8));
	EXPECT_TOLD(told[0], 0, SYN, 0, 0, 0);
	EXPECT_TOLD(told[1], IN, SYN | ACK, 0, 1, 0);
	EXPECT_TOLD(told[2], 0, ACK, 1, 1, 0);
	EXPECT_TOLD(told[3], 0, ACK, 1, 1, 100);
	EXPECT_TOLD(told[4], IN, ACK, 1, 101, 0);
	read_all(self->c, g_id_of(sv[1]), NARU_HISTORY_SHOW_ALL);
	ASSERT_EQ(5, segments(_metadata, self->c, told, 8));
	EXPECT_TOLD(told[0], IN, SYN, 0, 0, 0);
	EXPECT_TOLD(told[1], 0, SYN | ACK, 0, 1, 0);
	EXPECT_TOLD(told[2], IN, ACK, 1, 1, 0);
	EXPECT_TOLD(told[3], IN, ACK, 1, 1, 100);
	EXPECT_TOLD(told[4], 0, ACK, 1, 101, 0);
}

/* A socket that is its own peer opens simultaneously (RFC 9293 3.5): its SYN comes before it has any ACK */
static void opens_itself(struct __test_metadata *_metadata, struct g_client *c, t_kind *v)
{
	int fd = t_socket(v, 0);
	struct told told[8];

	t_bind(v, fd, 0);
	t_connect(v, fd, t_port(fd));
	ASSERT_EQ(2, read_history(c, g_id_of(fd)));
	EXPECT_EQ(TCP_SYN_RECV, at(c, 0, NARU_RECORD_STATE));
	EXPECT_EQ(TCP_SYN_SENT, at(c, 0, NARU_RECORD_VALUE));
	EXPECT_EQ(TCP_ESTABLISHED, at(c, 1, NARU_RECORD_STATE));
	read_all(c, g_id_of(fd), NARU_HISTORY_SHOW_SEGMENTS);
	ASSERT_LE(4, segments(_metadata, c, told, 8));
	EXPECT_TOLD(told[0], 0, SYN, 0, 0, 0);
	EXPECT_TOLD(told[1], IN, SYN, 0, 0, 0);
	EXPECT_TOLD(told[2], NARU_SEGMENT_HOW_AGAIN, SYN | ACK, 0, 1, 0);
	EXPECT_TOLD(told[3], IN, SYN | ACK, 0, 1, 0);
	close(fd);
}

TEST_F(history, simultaneous_open)
{
	opens_itself(_metadata, self->c, &native);
	opens_itself(_metadata, self->c, &inet);
}

/* All segments that TCP_INFO counts are told, one by one or in runs */
TEST_F(history, segments_of_a_transfer)
{
	struct nlattr *tb[NARU_SEGMENT_MAX + 1];
	int sv[2], row = 0, runs = 0, notes = 0;
	__u64 bytes = 0;
	__u32 how;

	t_pair(&native, sv);
	for (int i = 0; i < 200; i++) {
		t_send_all(sv[0], 0, 1000);
		t_recv_all(sv[1], 0, 1000);
	}
	read_all(self->c, g_id_of(sv[1]), NARU_HISTORY_SHOW_SEGMENTS);
	while (next_segment(self->c, &row, tb)) {
		how = g_get_u32(tb, NARU_SEGMENT_HOW);
		runs += how & NARU_SEGMENT_HOW_RUN ? 1 : 0;
		notes += how & NARU_SEGMENT_HOW_RUN ? 0 : 1;
		if (how & NARU_SEGMENT_HOW_RUN)
			bytes += nla_get_u64(g_need(tb, NARU_SEGMENT_IN_BYTES, 8));
		else if (how & IN)
			bytes += g_get_u32(tb, NARU_SEGMENT_LEN);
	}
	EXPECT_EQ(200 * 1000, bytes);
	EXPECT_EQ(1, runs);
	EXPECT_EQ(3 + 16, notes);
}

/* What had been sent before is told apart */
TEST_F(history, sent_again)
{
	struct told told[8];
	int sv[2], num;

	t_pair(&native, sv);
	t_cut(true);
	t_send_all(sv[0], 0, 1000);
	T_UNTIL(count_of(self->c, sv[0], NARU_WHAT_RTO) >= 1);
	read_all(self->c, g_id_of(sv[0]), NARU_HISTORY_SHOW_SEGMENTS);
	num = segments(_metadata, self->c, told, 8);
	ASSERT_LE(5, num);
	EXPECT_TOLD(told[3], 0, ACK, 1, 1, 1000);
	EXPECT_TOLD(told[num - 1], NARU_SEGMENT_HOW_AGAIN, ACK, 1, 1, 1000);
	t_cut(false);
}

/* A reset is not taken as a segment, and is why the connection ended */
TEST_F(history, not_taken)
{
	struct nlattr *tb[NARU_DROPPED_MAX + 1];
	int sv[2], row = 0;

	t_pair(&native, sv);
	t_reset(sv[1]);
	T_UNTIL(t_info(sv[0]).tcpi_state == TCP_CLOSE);
	read_all(self->c, g_id_of(sv[0]), NARU_HISTORY_SHOW_DROPS);
	ASSERT_TRUE(next_of(self->c, &row, NARU_HISTORY_DROP, NARU_DROPPED_MAX, tb));
	EXPECT_STREQ("RST", nla_get_string(tb[NARU_DROPPED_REASON]));
	EXPECT_EQ(1, g_get_u32(tb, NARU_DROPPED_TIMES));
	EXPECT_EQ(RST, g_get_u8(tb, NARU_DROPPED_FLAGS) & 0x7);
	EXPECT_EQ(1, g_get_u32(tb, NARU_DROPPED_SEQ));
	EXPECT_EQ(0, g_get_u32(tb, NARU_DROPPED_LEN));
	EXPECT_LE(0, *(__s64 *)nla_data(g_need(tb, NARU_DROPPED_TIME, 8)));
	EXPECT_FALSE(next_of(self->c, &row, NARU_HISTORY_DROP, NARU_DROPPED_MAX, tb));
}

/* In TIME-WAIT a connection has another number, and is found by both, also while the program has the socket open */
TEST_F(history, time_wait)
{
	struct nlattr *tb[NARU_HISTORY_MAX + 1];
	__u32 id, tw_id;
	int sv[2];
	char c;

	t_pair(&native, sv);
	id = g_id_of(sv[0]);
	shutdown(sv[0], SHUT_WR);
	T_UNTIL(recv(sv[1], &c, 1, MSG_DONTWAIT) == 0);
	close(sv[1]);
	T_UNTIL(g_list(self->c, 0, G_ATTRS(G_U8(NARU_FILTER_KIND, NARU_KIND_TIME_WAIT))) == 1);
	ASSERT_EQ(4, read_history(self->c, id));
	head_of(self->c, tb);
	tw_id = g_get_u32(tb, NARU_HISTORY_TW_ID);
	EXPECT_NE(id, tw_id);
	EXPECT_EQ(1, g_list(self->c, 0, G_ATTRS(G_U32(NARU_FILTER_ID, tw_id))));
	ASSERT_EQ(4, read_history(self->c, tw_id));
	head_of(self->c, tb);
	EXPECT_EQ(id, g_get_u32(tb, NARU_HISTORY_ID));
	close(sv[0]);
	EXPECT_EQ(4, read_history(self->c, tw_id));
}

/* ---- settings ---- */

TEST_F(history, off)
{
	int sv[2], again[2];

	set(self->c, "recorder", 0);
	t_pair(&native, sv);
	EXPECT_EQ(0, read_history(self->c, g_id_of(sv[0])));
	set(self->c, "recorder", 1);
	EXPECT_EQ(0, read_history(self->c, g_id_of(sv[0])));
	t_pair(&native, again);
	EXPECT_EQ(1, read_history(self->c, g_id_of(again[0])));
	set(self->c, "recorder", 0);
	EXPECT_EQ(1, read_history(self->c, g_id_of(again[0])));
	t_close_pair(again);
	t_close_pair(sv);
}

/* Of those that are gone so many, the last ones; none at all */
TEST_F(history, kept)
{
	__u32 id[3];
	int sv[2];

	set(self->c, "recorder_kept", 3);
	for (int i = 0; i < 3; i++) {
		t_pair(&native, sv);
		id[i] = g_id_of(sv[0]);
		t_close_pair(sv);
		T_UNTIL(!g_list(self->c, 0, G_ATTRS(G_U8(NARU_FILTER_KIND, NARU_KIND_SOCK))));
	}
	EXPECT_EQ(0, read_history(self->c, id[0]));
	EXPECT_EQ(4, read_history(self->c, id[2]));
	set(self->c, "recorder_kept", 0);
	t_pair(&native, sv);
	id[0] = g_id_of(sv[0]);
	EXPECT_EQ(1, read_history(self->c, id[0]));
	t_close_pair(sv);
	T_UNTIL(!g_list(self->c, 0, G_ATTRS(G_U8(NARU_FILTER_KIND, NARU_KIND_SOCK))));
	EXPECT_EQ(0, read_history(self->c, id[0]));
	EXPECT_EQ(0, read_history(self->c, id[2]));
}

TEST_F(history, not_for_ever)
{
	__u32 id;
	int sv[2];

	set(self->c, "recorder_time", 1);
	t_pair(&native, sv);
	id = g_id_of(sv[0]);
	t_close_pair(sv);
	T_UNTIL(!read_history(self->c, id));
}

/* ---- who may read, and what is refused ---- */

TEST_F(history, refused)
{
	struct g_client *c = self->c;
	int lfd = t_listen(&native);
	struct nl_msg *msg;
	int place;

	G_REFUSED(EINVAL, c, g_new(c, NARU_CMD_HISTORY_GET, NLM_F_DUMP), G_NOWHERE);
	EXPECT_EQ(EOPNOTSUPP, g_call(c, g_new(c, NARU_CMD_HISTORY_GET, 0)));
	msg = g_new(c, NARU_CMD_HISTORY_GET, NLM_F_DUMP);
	place = g_at(msg);
	nla_put_u32(msg, NARU_HISTORY_ID, 4000000000u);
	G_REFUSED(ENOENT, c, msg, place);
	msg = g_new(c, NARU_CMD_HISTORY_GET, NLM_F_DUMP);
	place = g_at(msg);
	nla_put_u32(msg, NARU_HISTORY_ID, g_id_of(lfd));
	G_REFUSED(ENOENT, c, msg, place);
	msg = request(c, 1);
	place = g_at(msg);
	nla_put_u32(msg, NARU_HISTORY_SHOW, NARU_HISTORY_SHOW_ALL + 1);
	G_REFUSED(EINVAL, c, msg, place);
	for (int attr = 1; attr <= NARU_HISTORY_MAX + 1; attr++) {
		msg = g_new(c, NARU_CMD_HISTORY_GET, NLM_F_DUMP);
		place = g_at(msg);
		nla_put_u16(msg, attr, 1);
		G_REFUSED(EINVAL, c, msg, place);
	}
}

static void owner(struct __test_metadata *_metadata, __u32 id)
{
	struct g_client *c;

	g_drop_net_admin();
	c = g_open();
	EXPECT_EQ(0, g_call(c, request(c, id)));
	EXPECT_LE(2, c->rows);
}

static void stranger(struct __test_metadata *_metadata, __u32 id)
{
	struct g_client *c;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		t_die("setresuid");
	c = g_open();
	G_REFUSED(EPERM, c, request(c, id), G_NOWHERE);
}

TEST_F(history, rights)
{
	__u32 id;
	int sv[2];

	t_pair(&native, sv);
	id = g_id_of(sv[0]);
	g_in_child(_metadata, owner, id);
	g_in_child(_metadata, stranger, id);
	t_close_pair(sv);
	T_UNTIL(!g_list(self->c, 0, G_ATTRS(G_U8(NARU_FILTER_KIND, NARU_KIND_SOCK))));
	g_in_child(_metadata, owner, id);
	g_in_child(_metadata, stranger, id);
}

/* Nothing of another namespace's, and it goes with what it has recorded */
TEST_F(history, namespaces)
{
	__u32 id;
	int sv[2];

	t_pair(&native, sv);
	id = g_id_of(sv[0]);
	t_close_pair(sv);
	T_UNTIL(!g_list(self->c, 0, G_ATTRS(G_U8(NARU_FILTER_KIND, NARU_KIND_SOCK))));
	EXPECT_EQ(4, read_history(self->c, id));
	g_close(self->c);
	t_enter_netns();
	self->c = g_open();
	EXPECT_EQ(0, read_history(self->c, id));
}

TEST_HARNESS_MAIN
