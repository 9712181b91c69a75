// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: sockets listed, ended and watched, by a client on libnl.
 */
#include <sys/stat.h>
#include <sys/wait.h>
#include "genl_test.h"

#define MANY	300			/* sockets that fill more than a few messages */

/* All that make_all() makes */
struct all {
	int lfd[4], sv[4][2];
};

static t_kind kinds[4] = {
	{ AF_INET, 0 }, { AF_INET6, 0 }, { AF_INET, IPPROTO_TCP }, { AF_INET6, IPPROTO_TCP },
};

static int wire_of(t_kind *v)
{
	return v->wire ?: 253;
}

FIXTURE(genl)
{
	struct g_client *c;
};

/* A namespace for each test, so that it sees no sockets but its own */
FIXTURE_SETUP(genl)
{
	t_enter_netns();
	self->c = g_open();
}

FIXTURE_TEARDOWN(genl)
{
	g_close(self->c);
}

static void make_all(struct all *a)
{
	for (int i = 0; i < 4; i++) {
		a->lfd[i] = t_listen(&kinds[i]);
		t_pair_on(&kinds[i], a->lfd[i], a->sv[i]);
	}
}

/* The one socket with this id, with everything: its attributes in tb */
static void row_of(struct g_client *c, int fd, struct nlattr **tb)
{
	int n = g_list(c, NARU_SHOW_ALL, G_ATTRS(G_U32(NARU_FILTER_ID, g_id_of(fd))));

	if (n != 1)
		t_die("%d rows for one id", n);
	g_parse(c, 0, tb, NARU_SOCK_MAX);
}

static bool state_is(struct g_client *c, int fd, int state)
{
	return g_list(c, 0, G_ATTRS(G_U32(NARU_FILTER_ID, g_id_of(fd)),
				    G_U32(NARU_FILTER_STATES, 1 << state)));
}

/* Handshake segments with these flags do not arrive any more */
static void cut_handshake(const char *flags)
{
	char cmd[300];

	snprintf(cmd, sizeof(cmd),
		 "nft 'add table inet hs; add chain inet hs in { type filter hook input priority 0; }; "
		 "add rule inet hs in tcp flags & (syn | ack) == %s drop'", flags);
	t_sh(cmd);
}

static __u32 netns_inode(void)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		t_die("stat of the network namespace");
	return st.st_ino;
}

/* ---- what is loaded ---- */

TEST_F(genl, info)
{
	struct nlattr *tb[NARU_INFO_MAX + 1];
	int lfd, sv[2];

	ASSERT_EQ(0, g_call(self->c, g_new(self->c, NARU_CMD_INFO_GET, 0)));
	ASSERT_EQ(1, self->c->rows);
	g_parse(self->c, 0, tb, NARU_INFO_MAX);
	EXPECT_NE('\0', *g_get_text(tb, NARU_INFO_VERSION));
	EXPECT_EQ(AF_NARU, g_get_u32(tb, NARU_INFO_AF));
	for (int i = NARU_INFO_SOCKS; i <= NARU_INFO_MAX; i++)
		EXPECT_EQ(0, g_get_u32(tb, i));
	lfd = t_listen(&kinds[0]);
	t_pair_on(&kinds[0], lfd, sv);
	EXPECT_EQ(3, g_info(self->c, NARU_INFO_SOCKS));
	close(sv[0]);
	EXPECT_EQ(1, g_info(self->c, NARU_INFO_ORPHANS));
	close(sv[1]);
	T_UNTIL(g_info(self->c, NARU_INFO_TIME_WAIT) == 1);
	T_UNTIL(g_info(self->c, NARU_INFO_SOCKS) == 1);
	EXPECT_EQ(0, g_info(self->c, NARU_INFO_ORPHANS));
}

/* ---- rows ---- */

static void expect_address(struct __test_metadata *_metadata, struct nlattr **tb, int attr,
			   const char *want)
{
	char buf[16];

	EXPECT_EQ(0, memcmp(g_addr(buf, want), nla_data(g_need(tb, attr, 16)), 16));
}

static void expect_row(struct __test_metadata *_metadata, t_kind *v, int fd, struct nlattr **tb,
		       int state)
{
	struct stat st;

	EXPECT_EQ(NARU_KIND_SOCK, g_get_u8(tb, NARU_SOCK_KIND));
	EXPECT_EQ(state, g_get_u8(tb, NARU_SOCK_STATE));
	EXPECT_EQ(wire_of(v), g_get_u8(tb, NARU_SOCK_WIRE));
	EXPECT_EQ(v->family, g_get_u8(tb, NARU_SOCK_FAMILY));
	EXPECT_EQ(v->family, g_get_u8(tb, NARU_SOCK_DOMAIN));
	EXPECT_EQ(g_id_of(fd), g_get_u32(tb, NARU_SOCK_ID));
	EXPECT_EQ(t_port(fd), g_get_u16(tb, NARU_SOCK_LPORT));
	expect_address(_metadata, tb, NARU_SOCK_LADDR, t_lo(v));
	EXPECT_EQ(0, g_get_u32(tb, NARU_SOCK_UID));
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(st.st_ino, g_get_u32(tb, NARU_SOCK_INODE));
	EXPECT_EQ(NULL, tb[NARU_SOCK_DEV]);
	EXPECT_EQ(NULL, tb[NARU_SOCK_SEQ]);
}

static void expect_details(struct __test_metadata *_metadata, int fd, struct nlattr **tb)
{
	struct nlattr *mem[NARU_MEM_MAX + 1];
	struct tcp_info info = t_info(fd), *row;

	ASSERT_NE(NULL, tb[NARU_SOCK_MEM]);
	ASSERT_EQ(0, nla_parse_nested(mem, NARU_MEM_MAX, tb[NARU_SOCK_MEM], NULL));
	for (int i = 1; i <= NARU_MEM_MAX; i++)
		g_get_u32(mem, i);
	EXPECT_EQ(t_get(fd, SOL_SOCKET, SO_RCVBUF), g_get_u32(mem, NARU_MEM_RCVBUF));
	EXPECT_EQ(t_get(fd, SOL_SOCKET, SO_SNDBUF), g_get_u32(mem, NARU_MEM_SNDBUF));
	EXPECT_NE('\0', *g_get_text(tb, NARU_SOCK_CONG));
	ASSERT_NE(NULL, tb[NARU_SOCK_TCP_INFO]);
	row = nla_data(tb[NARU_SOCK_TCP_INFO]);
	EXPECT_EQ(info.tcpi_state, row->tcpi_state);
	EXPECT_EQ(info.tcpi_snd_mss, row->tcpi_snd_mss);
	EXPECT_EQ(info.tcpi_options, row->tcpi_options);
}

/* What has been a connection has had something to limit it, or nothing to send, for all of its time */
static void expect_limits(struct __test_metadata *_metadata, struct nlattr **tb)
{
	static const int parts[] = {
		NARU_LIMITS_RWND, NARU_LIMITS_SNDBUF, NARU_LIMITS_CWND, NARU_LIMITS_PACING, NARU_LIMITS_APP,
	};
	struct nlattr *in[NARU_LIMITS_MAX + 1];
	__u64 sum = 0;

	ASSERT_NE(NULL, tb[NARU_SOCK_LIMITS]);
	ASSERT_EQ(0, nla_parse_nested(in, NARU_LIMITS_MAX, tb[NARU_SOCK_LIMITS], NULL));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		sum += nla_get_u64(g_need(in, parts[i], 8));
	EXPECT_EQ(nla_get_u64(g_need(in, NARU_LIMITS_AGE, 8)), sum);
	EXPECT_NE(0, sum);
}

TEST_F(naru, rows)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	struct g_client *c;
	int lfd, sv[2];

	t_enter_netns();
	c = g_open();
	lfd = t_listen_on(variant, 0, 7);
	t_pair_on(variant, lfd, sv);
	row_of(c, lfd, tb);
	expect_row(_metadata, variant, lfd, tb, TCP_LISTEN);
	expect_details(_metadata, lfd, tb);
	EXPECT_EQ(NULL, tb[NARU_SOCK_LIMITS]);
	expect_address(_metadata, tb, NARU_SOCK_RADDR, t_any(variant));
	EXPECT_EQ(0, g_get_u16(tb, NARU_SOCK_RPORT));
	EXPECT_EQ(0, g_get_u32(tb, NARU_SOCK_RECVQ));
	EXPECT_EQ(7, g_get_u32(tb, NARU_SOCK_SENDQ));
	for (int i = 0; i < 2; i++) {
		row_of(c, sv[i], tb);
		expect_row(_metadata, variant, sv[i], tb, TCP_ESTABLISHED);
		expect_details(_metadata, sv[i], tb);
		expect_limits(_metadata, tb);
		expect_address(_metadata, tb, NARU_SOCK_RADDR, t_lo(variant));
		EXPECT_EQ(t_port(sv[!i]), g_get_u16(tb, NARU_SOCK_RPORT));
	}
	t_send_all(sv[0], 0, 1000);
	t_wait(sv[1], POLLIN);
	row_of(c, sv[1], tb);
	EXPECT_EQ(1000, g_get_u32(tb, NARU_SOCK_RECVQ));
	g_close(c);
}

/* What was not asked for is not there */
TEST_F(genl, show)
{
	static const struct { __u32 show; bool mem, info; } wanted[] = {
		{ 0, false, false }, { NARU_SHOW_MEM, true, false },
		{ NARU_SHOW_INFO, false, true }, { NARU_SHOW_ALL, true, true },
	};
	struct nlattr *tb[NARU_SOCK_MAX + 1];

	t_listen(&kinds[0]);
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(1, g_list(self->c, wanted[i].show, NULL));
		g_parse(self->c, 0, tb, NARU_SOCK_MAX);
		EXPECT_EQ(wanted[i].mem, !!tb[NARU_SOCK_MEM]);
		EXPECT_EQ(wanted[i].info, !!tb[NARU_SOCK_TCP_INFO]);
		EXPECT_EQ(wanted[i].info, !!tb[NARU_SOCK_CONG]);
	}
}

/* More than fits in a message: each is there once */
TEST_F(genl, many_rows)
{
	static int fd[MANY];
	static bool seen[MANY];
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	__u32 first;

	for (int i = 0; i < MANY; i++)
		fd[i] = t_socket(&kinds[i % 4], 0);
	first = g_id_of(fd[0]);
	ASSERT_EQ(MANY, g_list(self->c, NARU_SHOW_ALL, NULL));
	EXPECT_FALSE(self->c->intr);
	for (int i = 0; i < MANY; i++) {
		__u32 at;

		g_parse(self->c, i, tb, NARU_SOCK_MAX);
		EXPECT_EQ(TCP_CLOSE, g_get_u8(tb, NARU_SOCK_STATE));
		at = g_get_u32(tb, NARU_SOCK_ID) - first;
		ASSERT_GT(MANY, at);
		EXPECT_FALSE(seen[at]);
		seen[at] = true;
	}
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
}

/* A table that changes under a dump: the dump says so, and what stayed is in it */
TEST_F(genl, interrupted)
{
	struct nl_msg *msg = g_new(self->c, NARU_CMD_SOCK_GET, NLM_F_DUMP);
	static int fd[MANY];

	for (int i = 0; i < MANY; i++)
		fd[i] = t_socket(&kinds[0], 0);
	ASSERT_LT(0, nl_send_auto(self->c->sk, msg));
	nlmsg_free(msg);
	close(t_socket(&kinds[0], 0));
	g_reset(self->c);
	while (!self->c->done)
		nl_recvmsgs(self->c->sk, self->c->cb);
	EXPECT_EQ(0, self->c->err);
	EXPECT_TRUE(self->c->intr);
	EXPECT_EQ(MANY, self->c->rows);
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
}

/* ---- filters ---- */

#define COUNT(want, ...)	EXPECT_EQ(want, g_list(self->c, 0, G_ATTRS(__VA_ARGS__)))

TEST_F(genl, filters)
{
	struct all a;

	make_all(&a);
	EXPECT_EQ(12, g_list(self->c, 0, NULL));
	COUNT(12, {});
	COUNT(4, G_U32(NARU_FILTER_STATES, 1 << TCP_LISTEN));
	COUNT(8, G_U32(NARU_FILTER_STATES, 1 << TCP_ESTABLISHED));
	COUNT(12, G_U32(NARU_FILTER_STATES, NARU_STATES_ALL));
	COUNT(0, G_U32(NARU_FILTER_STATES, 0));
	COUNT(6, G_U8(NARU_FILTER_WIRE, IPPROTO_TCP));
	COUNT(6, G_U8(NARU_FILTER_WIRE, 253));
	COUNT(6, G_U8(NARU_FILTER_FAMILY, AF_INET));
	COUNT(6, G_U8(NARU_FILTER_FAMILY, AF_INET6));
	COUNT(12, G_U8(NARU_FILTER_KIND, NARU_KIND_SOCK));
	COUNT(0, G_U8(NARU_FILTER_KIND, NARU_KIND_REQ));
	COUNT(0, G_U8(NARU_FILTER_KIND, NARU_KIND_TIME_WAIT));
	COUNT(1, G_U32(NARU_FILTER_ID, g_id_of(a.sv[2][0])));
	COUNT(0, G_U32(NARU_FILTER_ID, g_id_of(a.sv[2][0]) + 100));
	COUNT(1, G_U8(NARU_FILTER_WIRE, 253), G_U8(NARU_FILTER_FAMILY, AF_INET6),
	      G_U32(NARU_FILTER_STATES, 1 << TCP_LISTEN));
	COUNT(0, G_U32(NARU_FILTER_ID, g_id_of(a.sv[2][0])), G_U8(NARU_FILTER_WIRE, 253));
}

TEST_F(genl, filters_of_ports)
{
	struct all a;
	int port;

	make_all(&a);
	port = t_port(a.lfd[3]);
	COUNT(2, G_U16(NARU_FILTER_LPORT, port), G_U8(NARU_FILTER_WIRE, IPPROTO_TCP));
	COUNT(1, G_U16(NARU_FILTER_RPORT, port), G_U8(NARU_FILTER_WIRE, IPPROTO_TCP));
	COUNT(1, G_U16(NARU_FILTER_RPORT, port), G_U16(NARU_FILTER_LPORT, t_port(a.sv[3][0])));
	COUNT(0, G_U16(NARU_FILTER_RPORT, port), G_U16(NARU_FILTER_LPORT, port));
	COUNT(4, G_U16(NARU_FILTER_RPORT, 0));
}

TEST_F(genl, filters_of_addresses)
{
	struct all a;

	make_all(&a);
	COUNT(6, G_ADDR(NARU_FILTER_LADDR, "127.0.0.1"));
	COUNT(6, G_ADDR(NARU_FILTER_LADDR, "::1"));
	COUNT(4, G_ADDR(NARU_FILTER_RADDR, "127.0.0.1"));
	COUNT(4, G_ADDR(NARU_FILTER_RADDR, "::1"));
	COUNT(0, G_ADDR(NARU_FILTER_LADDR, "127.0.0.2"));
	COUNT(6, G_ADDR(NARU_FILTER_LADDR, "127.9.9.9"), G_U8(NARU_FILTER_LPREFIX, 96 + 8));
	COUNT(0, G_ADDR(NARU_FILTER_LADDR, "127.9.9.9"), G_U8(NARU_FILTER_LPREFIX, 96 + 16));
	COUNT(4, G_ADDR(NARU_FILTER_RADDR, "127.0.0.3"), G_U8(NARU_FILTER_RPREFIX, 96 + 30));
	COUNT(0, G_ADDR(NARU_FILTER_RADDR, "127.0.0.3"), G_U8(NARU_FILTER_RPREFIX, 96 + 31));
	COUNT(6, G_ADDR(NARU_FILTER_LADDR, "0.0.0.0"), G_U8(NARU_FILTER_LPREFIX, 96));
	COUNT(12, G_ADDR(NARU_FILTER_LADDR, "2001:db8::1"), G_U8(NARU_FILTER_LPREFIX, 0));
	COUNT(0, G_ADDR(NARU_FILTER_LADDR, "8000::"), G_U8(NARU_FILTER_LPREFIX, 1));
	COUNT(6, G_ADDR(NARU_FILTER_RADDR, "::"), G_U8(NARU_FILTER_RPREFIX, 127));
	COUNT(2, G_ADDR(NARU_FILTER_RADDR, "::"), G_U8(NARU_FILTER_RPREFIX, 127),
	      G_ADDR(NARU_FILTER_LADDR, "::1"), G_U16(NARU_FILTER_RPORT, 0));
	COUNT(4, G_ADDR(NARU_FILTER_RADDR, "::1"), G_U8(NARU_FILTER_RPREFIX, 128));
}

/* ---- entries that are no full sockets, and timers ---- */

static int timer_of(struct nlattr **tb, __u32 *ms)
{
	struct nlattr *timer[NARU_TIMER_MAX + 1];

	if (!tb[NARU_SOCK_TIMER])
		return NARU_TIMER_KIND_NONE;
	if (nla_parse_nested(timer, NARU_TIMER_MAX, tb[NARU_SOCK_TIMER], NULL))
		t_die("a timer that cannot be parsed");
	g_get_u8(timer, NARU_TIMER_RETRANS);
	*ms = g_get_u32(timer, NARU_TIMER_MS);
	return g_get_u8(timer, NARU_TIMER_KIND);
}

static int timer_of_sock(struct g_client *c, int fd)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	__u32 ms;

	row_of(c, fd, tb);
	return timer_of(tb, &ms);
}

/* The only row of a kind: what it has not, and its timer */
static void expect_entry(struct __test_metadata *_metadata, struct g_client *c, int kind,
			 int state, int timer)
{
	static const int none[] = {
		NARU_SOCK_DOMAIN, NARU_SOCK_RECVQ, NARU_SOCK_SENDQ, NARU_SOCK_UID, NARU_SOCK_INODE,
		NARU_SOCK_MEM, NARU_SOCK_TCP_INFO, NARU_SOCK_CONG,
	};
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	__u32 ms = 0;

	ASSERT_EQ(1, g_list(c, NARU_SHOW_ALL, G_ATTRS(G_U8(NARU_FILTER_KIND, kind))));
	g_parse(c, 0, tb, NARU_SOCK_MAX);
	EXPECT_EQ(kind, g_get_u8(tb, NARU_SOCK_KIND));
	EXPECT_EQ(state, g_get_u8(tb, NARU_SOCK_STATE));
	EXPECT_EQ(IPPROTO_TCP, g_get_u8(tb, NARU_SOCK_WIRE));
	EXPECT_EQ(AF_INET, g_get_u8(tb, NARU_SOCK_FAMILY));
	expect_address(_metadata, tb, NARU_SOCK_LADDR, "127.0.0.1");
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		EXPECT_EQ(NULL, tb[none[i]]);
	EXPECT_EQ(timer, timer_of(tb, &ms));
	EXPECT_NE(0, ms);
	EXPECT_GE(60000, ms);
}

TEST_F(genl, time_wait)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	int sv[2];

	t_pair(&kinds[2], sv);
	t_close_pair(sv);
	T_UNTIL(g_list(self->c, 0, G_ATTRS(G_U8(NARU_FILTER_KIND, NARU_KIND_TIME_WAIT))));
	expect_entry(_metadata, self->c, NARU_KIND_TIME_WAIT, TCP_TIME_WAIT,
		     NARU_TIMER_KIND_TIME_WAIT);
	g_parse(self->c, 0, tb, NARU_SOCK_MAX);
	EXPECT_EQ(0, g_kill(self->c, G_ATTRS(G_U32(NARU_FILTER_ID, g_get_u32(tb, NARU_SOCK_ID)))));
	EXPECT_EQ(1, g_killed(self->c));
	EXPECT_EQ(0, g_info(self->c, NARU_INFO_TIME_WAIT));
}

TEST_F(genl, syn_received)
{
	int lfd = t_listen(&kinds[2]), fd = t_socket(&kinds[2], SOCK_NONBLOCK);

	cut_handshake("(syn | ack)");
	EXPECT_EQ(EINPROGRESS, t_try_connect(&kinds[2], fd, "127.0.0.1", t_port(lfd)));
	T_UNTIL(g_info(self->c, NARU_INFO_REQS) == 1);
	EXPECT_TRUE(state_is(self->c, fd, TCP_SYN_SENT));
	EXPECT_EQ(NARU_TIMER_KIND_RETRANSMIT, timer_of_sock(self->c, fd));
	expect_entry(_metadata, self->c, NARU_KIND_REQ, TCP_SYN_RECV, NARU_TIMER_KIND_SYNACK);
	EXPECT_EQ(0, g_kill(self->c, G_ATTRS(G_U8(NARU_FILTER_KIND, NARU_KIND_REQ))));
	EXPECT_EQ(0, g_killed(self->c));
	EXPECT_EQ(0, g_kill(self->c, G_ATTRS(G_U32(NARU_FILTER_STATES, 1 << TCP_LISTEN))));
	EXPECT_EQ(1, g_killed(self->c));
	EXPECT_EQ(0, g_info(self->c, NARU_INFO_REQS));
	EXPECT_TRUE(state_is(self->c, lfd, TCP_CLOSE));
}

TEST_F(genl, timers)
{
	int sv[2], half[2];

	t_pair(&kinds[0], sv);
	t_pair(&kinds[0], half);
	EXPECT_EQ(NARU_TIMER_KIND_NONE, timer_of_sock(self->c, sv[0]));
	t_set(sv[0], SOL_SOCKET, SO_KEEPALIVE, 1);
	EXPECT_EQ(NARU_TIMER_KIND_KEEPALIVE, timer_of_sock(self->c, sv[0]));
	t_stuff(sv[0], 0);
	T_UNTIL(timer_of_sock(self->c, sv[0]) == NARU_TIMER_KIND_PROBE);
	close(half[0]);
	T_UNTIL(g_list(self->c, 0, G_ATTRS(G_U32(NARU_FILTER_STATES, 1 << TCP_FIN_WAIT2))));
	{
		struct nlattr *tb[NARU_SOCK_MAX + 1];
		__u32 ms = 0;

		g_parse(self->c, 0, tb, NARU_SOCK_MAX);
		EXPECT_EQ(NARU_TIMER_KIND_FIN_WAIT_2, timer_of(tb, &ms));
		EXPECT_EQ(0, g_get_u32(tb, NARU_SOCK_INODE));
	}
	t_cut(true);
	t_send_all(half[1], 0, 10);
	EXPECT_EQ(NARU_TIMER_KIND_RETRANSMIT, timer_of_sock(self->c, half[1]));
	t_cut(false);
	EXPECT_EQ(0, g_kill(self->c, NULL));
}

/* ---- what is known of paths ---- */

static __u32 forget(struct g_client *c, const void *raddr)
{
	struct nlattr *tb[NARU_METRIC_MAX + 1];
	struct nl_msg *msg = g_new(c, NARU_CMD_METRIC_DEL, 0);

	if (raddr)
		nla_put(msg, NARU_METRIC_RADDR, 16, raddr);
	else
		nla_put_flag(msg, NARU_METRIC_ALL);
	errno = g_call(c, msg);
	if (errno)
		return 0;
	g_parse(c, 0, tb, NARU_METRIC_MAX);
	return g_get_u32(tb, NARU_METRIC_COUNT);
}

TEST_F(genl, metrics)
{
	struct nlattr *tb[NARU_METRIC_MAX + 1];
	char local[16], other[16];
	int sv[2];

	g_addr(local, "127.0.0.1");
	g_addr(other, "192.0.2.1");
	ASSERT_EQ(0, g_call(self->c, g_new(self->c, NARU_CMD_METRIC_GET, NLM_F_DUMP)));
	EXPECT_EQ(0, self->c->rows);
	EXPECT_EQ(0, forget(self->c, NULL));
	t_pair(&kinds[0], sv);
	t_close_pair(sv);
	T_UNTIL(!g_call(self->c, g_new(self->c, NARU_CMD_METRIC_GET, NLM_F_DUMP)) && self->c->rows);
	ASSERT_EQ(1, self->c->rows);
	g_parse(self->c, 0, tb, NARU_METRIC_MAX);
	EXPECT_EQ(0, memcmp(nla_data(g_need(tb, NARU_METRIC_RADDR, 16)), local, 16));
	EXPECT_EQ(0, memcmp(nla_data(g_need(tb, NARU_METRIC_LADDR, 16)), local, 16));
	EXPECT_LT(0, g_get_u32(tb, NARU_METRIC_CWND));
	EXPECT_EQ(NULL, tb[NARU_METRIC_SSTHRESH]);
	EXPECT_EQ(0, forget(self->c, other));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(1, forget(self->c, local));
	EXPECT_EQ(0, forget(self->c, NULL));
	EXPECT_EQ(0, errno);
}

/* ---- ending them ---- */

static void expect_aborted(struct __test_metadata *_metadata, int fd)
{
	char c;

	EXPECT_EQ(-1, recv(fd, &c, 1, 0));
	EXPECT_EQ(ECONNABORTED, errno);
}

TEST_F(naru, kill_one)
{
	struct g_client *c;
	int sv[2];
	char byte;

	t_enter_netns();
	c = g_open();
	t_pair(variant, sv);
	EXPECT_EQ(0, g_kill(c, G_ATTRS(G_U32(NARU_FILTER_ID, g_id_of(sv[0])))));
	EXPECT_EQ(1, g_killed(c));
	expect_aborted(_metadata, sv[0]);
	EXPECT_EQ(-1, recv(sv[1], &byte, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, g_kill(c, G_ATTRS(G_U32(NARU_FILTER_ID, g_id_of(sv[0])))));
	EXPECT_EQ(0, g_killed(c));
	g_close(c);
}

TEST_F(genl, kill_all)
{
	struct all a;
	int unused = t_socket(&kinds[0], 0);

	make_all(&a);
	EXPECT_EQ(0, g_kill(self->c, NULL));
	EXPECT_LE(8, g_killed(self->c));	/* a peer is gone when the reset came first */
	EXPECT_GE(12, g_killed(self->c));
	EXPECT_EQ(13, g_list(self->c, 0, G_ATTRS(G_U32(NARU_FILTER_STATES, 1 << TCP_CLOSE))));
	EXPECT_EQ(-1, accept(a.lfd[0], NULL, NULL));
	EXPECT_EQ(0, g_kill(self->c, NULL));
	EXPECT_EQ(0, g_killed(self->c));
	close(unused);
}

TEST_F(genl, kill_filtered)
{
	struct all a;

	make_all(&a);
	EXPECT_EQ(0, g_kill(self->c, G_ATTRS(G_U16(NARU_FILTER_RPORT, t_port(a.lfd[1])),
					     G_U8(NARU_FILTER_WIRE, 253),
					     G_U8(NARU_FILTER_FAMILY, AF_INET6))));
	EXPECT_EQ(1, g_killed(self->c));
	expect_aborted(_metadata, a.sv[1][0]);
	for (int i = 0; i < 4; i++) {
		EXPECT_TRUE(state_is(self->c, a.lfd[i], TCP_LISTEN));
		EXPECT_EQ(i != 1, state_is(self->c, a.sv[i][0], TCP_ESTABLISHED));
	}
	EXPECT_EQ(0, g_kill(self->c, G_ATTRS(G_ADDR(NARU_FILTER_LADDR, "192.0.2.1"))));
	EXPECT_EQ(0, g_killed(self->c));
}

TEST_F(genl, kill_refused)
{
	struct g_client *c = self->c;
	struct nl_msg *msg;
	int at;

	t_listen(&kinds[0]);
	msg = g_new(c, NARU_CMD_SOCK_KILL, 0);
	at = g_put_nest(msg, NARU_QUERY_FILTER, G_ATTRS(G_U32(NARU_FILTER_ID, 12345678)));
	G_REFUSED(ENOENT, c, msg, at);
	G_REFUSED(EINVAL, c, g_new(c, NARU_CMD_SOCK_KILL, 0), G_NOWHERE);
	msg = g_new(c, NARU_CMD_SOCK_KILL, 0);
	g_put_nest(msg, NARU_QUERY_FILTER, G_ATTRS(G_U8(NARU_FILTER_WIRE, 253)));
	at = g_at(msg);
	nla_put_flag(msg, NARU_QUERY_ALL);
	G_REFUSED(EINVAL, c, msg, at);
	msg = g_new(c, NARU_CMD_SOCK_KILL, 0);
	at = g_put_nest(msg, NARU_QUERY_FILTER, G_ATTRS({}));
	G_REFUSED(EINVAL, c, msg, at);
	EXPECT_EQ(1, g_list(c, 0, G_ATTRS(G_U32(NARU_FILTER_STATES, 1 << TCP_LISTEN))));
}

/* ---- other namespaces ---- */

/* How many sockets NETNS_GET says that namespace @inode has; 0: it is not in the list */
static __u32 socks_in(struct g_client *c, __u32 inode)
{
	struct nlattr *tb[NARU_NETNS_MAX + 1];

	errno = g_call(c, g_new(c, NARU_CMD_NETNS_GET, NLM_F_DUMP));
	if (errno)
		t_die("NETNS_GET: %s", c->text);
	for (int i = 0; i < c->rows; i++) {
		g_parse(c, i, tb, NARU_NETNS_MAX);
		if (g_get_u32(tb, NARU_NETNS_INODE) == inode)
			return g_get_u32(tb, NARU_NETNS_SOCKS);
	}
	return 0;
}

static int list_in(struct g_client *c, __u32 inode)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_SOCK_GET, NLM_F_DUMP);

	nla_put_u32(msg, NARU_QUERY_NETNS, inode);
	errno = g_call(c, msg);
	if (errno)
		t_die("SOCK_GET in a namespace: %s", c->text);
	return c->rows;
}

static int kill_in(struct g_client *c, __u32 inode)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_SOCK_KILL, 0);

	nla_put_u32(msg, NARU_QUERY_NETNS, inode);
	nla_put_flag(msg, NARU_QUERY_ALL);
	return g_call(c, msg);
}

/* A connection in a namespace that has neither a name nor a process; its inode and sv[] come back */
static __u32 lost_netns(int sv[2])
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	__u32 inode;

	t_enter_netns();
	inode = netns_inode();
	t_pair(&kinds[0], sv);
	t_cut(true);
	if (home < 0 || setns(home, CLONE_NEWNET))
		t_die("back to the first namespace");
	close(home);
	return inode;
}

TEST_F(genl, netns_kept_by_fd)
{
	int sv[2], here = t_listen(&kinds[0]);
	__u32 inode = lost_netns(sv);

	EXPECT_EQ(1, socks_in(self->c, netns_inode()));
	EXPECT_EQ(2, socks_in(self->c, inode));
	EXPECT_EQ(2, list_in(self->c, inode));
	EXPECT_EQ(1, g_list(self->c, 0, NULL));
	EXPECT_EQ(0, kill_in(self->c, inode));
	EXPECT_EQ(2, g_killed(self->c));
	expect_aborted(_metadata, sv[0]);
	expect_aborted(_metadata, sv[1]);
	EXPECT_TRUE(state_is(self->c, here, TCP_LISTEN));
	t_close_pair(sv);
	T_UNTIL(socks_in(self->c, inode) == 0);
}

TEST_F(genl, netns_kept_by_orphan)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	int sv[2];
	__u32 inode = lost_netns(sv);

	t_send_all(sv[0], 0, 1000);
	close(sv[0]);
	t_reset(sv[1]);
	T_UNTIL(socks_in(self->c, inode) == 1);
	ASSERT_EQ(1, list_in(self->c, inode));
	g_parse(self->c, 0, tb, NARU_SOCK_MAX);
	EXPECT_EQ(TCP_FIN_WAIT1, g_get_u8(tb, NARU_SOCK_STATE));
	EXPECT_EQ(0, g_get_u32(tb, NARU_SOCK_INODE));
	EXPECT_LE(1000, g_get_u32(tb, NARU_SOCK_SENDQ));
	EXPECT_EQ(0, kill_in(self->c, inode));
	EXPECT_EQ(1, g_killed(self->c));
	T_UNTIL(socks_in(self->c, inode) == 0);
}

TEST_F(genl, netns_unknown)
{
	static const int cmds[][2] = {
		{ NARU_CMD_SOCK_GET, NLM_F_DUMP }, { NARU_CMD_SOCK_KILL, 0 },
	};

	for (int i = 0; i < 2; i++) {
		struct nl_msg *msg = g_new(self->c, cmds[i][0], cmds[i][1]);
		int at;

		if (cmds[i][0] == NARU_CMD_SOCK_KILL)
			nla_put_flag(msg, NARU_QUERY_ALL);
		at = g_at(msg);
		nla_put_u32(msg, NARU_QUERY_NETNS, 1);
		G_REFUSED(ENOENT, self->c, msg, at);
	}
}

/* ---- events ---- */

struct watch {
	struct nl_sock *sk;
	struct nl_cb *cb;
	int port;			/* the local port whose states are looked at */
	__u32 seq;			/* of the last event */
	int events;
	int states;			/* @port's, one hexadecimal digit each, the last one lowest */
	bool broken;			/* a gap, or a state that does not follow the last one */
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1];
	struct watch *w = arg;
	__u32 seq;

	if (((struct genlmsghdr *)nlmsg_data(nlmsg_hdr(msg)))->cmd != NARU_CMD_SOCK_EVENT ||
	    genlmsg_parse(nlmsg_hdr(msg), 0, tb, NARU_SOCK_MAX, NULL))
		t_die("not an event");
	seq = g_get_u32(tb, NARU_SOCK_SEQ);
	if (w->events++ && seq != w->seq + 1)
		w->broken = true;
	w->seq = seq;
	g_need(tb, NARU_SOCK_TIME, 8);
	g_need(tb, NARU_SOCK_LADDR, 16);
	g_need(tb, NARU_SOCK_RADDR, 16);
	g_get_u8(tb, NARU_SOCK_KIND);
	g_get_u8(tb, NARU_SOCK_WIRE);
	g_get_u8(tb, NARU_SOCK_FAMILY);
	g_get_u16(tb, NARU_SOCK_RPORT);
	g_get_u32(tb, NARU_SOCK_ID);
	if (g_get_u16(tb, NARU_SOCK_LPORT) != w->port)
		return NL_OK;
	if (w->states && g_get_u8(tb, NARU_SOCK_OLD_STATE) != (w->states & 15))
		w->broken = true;
	w->states = w->states << 4 | g_get_u8(tb, NARU_SOCK_STATE);
	return NL_OK;
}

static int any_number(struct nl_msg *msg __maybe_unused, void *arg __maybe_unused)
{
	return NL_OK;
}

static void watch_begin(struct watch *w, int port)
{
	memset(w, 0, sizeof(*w));
	w->port = port;
	w->sk = nl_socket_alloc();
	w->cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!w->sk || !w->cb || genl_connect(w->sk) ||
	    nl_socket_add_membership(w->sk, genl_ctrl_resolve_grp(w->sk, NARU_GENL_NAME,
								  NARU_GENL_GROUP_SOCK)))
		t_die("group %s", NARU_GENL_GROUP_SOCK);
	t_set(nl_socket_get_fd(w->sk), SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20);
	nl_socket_set_nonblocking(w->sk);
	nl_cb_set(w->cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_number, NULL);
	nl_cb_set(w->cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, w);
}

/* Takes what has come: whether @port's state is @last */
static bool watch_until(struct watch *w, int last)
{
	int err;

	do
		err = nl_recvmsgs(w->sk, w->cb);
	while (err >= 0);
	if (err != -NLE_AGAIN)
		t_die("events: %s", nl_geterror(err));
	return (w->states & 15) == last;
}

TEST_F(naru, events)
{
	int lfd, fd, peer;
	struct watch w;

	t_enter_netns();
	lfd = t_listen(variant);
	fd = t_socket(variant, 0);
	t_bind(variant, fd, 0);
	watch_begin(&w, t_port(fd));
	t_connect(variant, fd, t_port(lfd));
	peer = t_accept(lfd);
	shutdown(fd, SHUT_WR);
	t_expect_eof(peer);
	T_UNTIL(watch_until(&w, TCP_FIN_WAIT2));
	close(peer);
	T_UNTIL(watch_until(&w, TCP_TIME_WAIT));
	EXPECT_FALSE(w.broken);
	EXPECT_EQ(0x21456, w.states);
	close(fd);
}

/* Two processors send them: no number is missing, none comes twice, none too early */
TEST_F(genl, events_in_order)
{
	struct watch w;
	pid_t pid[2];
	__u32 last;

	watch_begin(&w, 0);
	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		for (int n = 0; n < 40; n++) {
			int sv[2];

			t_pair(&kinds[i * 3], sv);
			t_close_pair(sv);
		}
		_exit(0);
	}
	t_reap(pid[0]);
	t_reap(pid[1]);
	/* what the kernel has numbered by then waits to be read */
	last = g_info(self->c, NARU_INFO_SOCK_SEQ);
	watch_until(&w, 0);
	EXPECT_FALSE(w.broken);
	EXPECT_LE(2 * 40 * 5, w.events);
	EXPECT_LE(2 * 40 * 5, last);
	EXPECT_LE(0, (int)(w.seq - last));
}

TEST_HARNESS_MAIN
