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
	EXPECT_LE(90, self->c->rows - 1);
	EXPECT_GE(100, self->c->rows - 1);
	EXPECT_EQ(0, count(self->c, NARU_WHAT_STATE));
	for (int n = 1; n < self->c->rows - 1; n++)
		EXPECT_LE(time_at(self->c, n - 1), time_at(self->c, n));
	shutdown(sv[0], SHUT_WR);
	read_history(self->c, g_id_of(sv[0]));
	EXPECT_TRUE(count(self->c, NARU_WHAT_STATE) >= 1);
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
