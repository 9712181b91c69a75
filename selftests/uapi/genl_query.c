// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets asked for by programs, sorted, cut, and grouped; and what others may see of them.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "genl_query_test.h"

#define MANY	40			/* connections that are sorted */
#define LASTING	300			/* sockets that live through dumps, and as many that come and go */

static t_kind native6 = { AF_INET6, 0 };

FIXTURE(query)
{
	struct g_client *c;
};

FIXTURE_SETUP(query)
{
	t_enter_netns();
	self->c = g_open();
}

FIXTURE_TEARDOWN(query)
{
	g_close(self->c);
}

/* ---- programs ---- */

TEST_F(query, numbers)
{
	int lfd = t_listen(&native), port = t_port(lfd), sv[2];

	t_pair_on(&native, lfd, sv);
	EXPECT_EQ(2, PROGRAM(IN(NARU_FIELD_LPORT, port, port)));
	EXPECT_EQ(1, PROGRAM(IN(NARU_FIELD_RPORT, port, port)));
	EXPECT_EQ(g_id_of(sv[0]), g_row_id(self->c, 0));
	EXPECT_EQ(3, PROGRAM(TEST_OF(G_U8(NARU_TEST_FIELD, NARU_FIELD_LPORT), G_U64(NARU_TEST_MIN, 1))));
	EXPECT_EQ(0, PROGRAM(TEST_OF(G_U8(NARU_TEST_FIELD, NARU_FIELD_LPORT), G_U64(NARU_TEST_MAX, 0))));
	EXPECT_EQ(0, PROGRAM(IN(NARU_FIELD_LPORT, 2, 1)));
	EXPECT_EQ(3, PROGRAM(IN(NARU_FIELD_UID, 0, 0)));
	EXPECT_EQ(3, PROGRAM(IN(NARU_FIELD_WIRE, 253, 253)));
	EXPECT_EQ(0, PROGRAM(IN(NARU_FIELD_DEV, 0, ~0ULL)));
	EXPECT_EQ(3, PROGRAM(IN(NARU_FIELD_DEV, 0, ~0ULL, YES(NARU_TEST_LEAVE), NO(NARU_TEST_TAKE))));
}

/* lport > 1 and not listening, or the listener's id */
TEST_F(query, joined)
{
	int lfd = t_listen(&native), sv[2];

	t_pair_on(&native, lfd, sv);
	t_listen(&native);
	EXPECT_EQ(3, PROGRAM(IN(NARU_FIELD_LPORT, 1, 65535, YES(1), NO(2)),
			     TEST_OF(G_U8(NARU_TEST_FIELD, NARU_FIELD_STATE),
				     G_U32(NARU_TEST_STATES, 1 << TCP_LISTEN), YES(2), NO(NARU_TEST_TAKE)),
			     IN(NARU_FIELD_ID, g_id_of(lfd), g_id_of(lfd))));
}

/* Both hold, the filter and the program */
TEST_F(query, filter_and_program)
{
	int lfd = t_listen(&native), sv[2];

	t_pair_on(&native, lfd, sv);
	EXPECT_EQ(1, ASK(G_NEST(NARU_QUERY_FILTER, G_U32(NARU_FILTER_STATES, 1 << TCP_ESTABLISHED)),
			 G_NEST(NARU_QUERY_PROGRAM, IN(NARU_FIELD_LPORT, t_port(lfd), t_port(lfd)))));
	EXPECT_EQ(g_id_of(sv[1]), g_row_id(self->c, 0));
}

TEST_F(query, addresses)
{
	int v4 = t_listen(&native), v6 = t_listen(&native6);

	ASSERT_EQ(1, PROGRAM(TEST_OF(G_U8(NARU_TEST_FIELD, NARU_FIELD_LADDR), G_ADDR(NARU_TEST_ADDR, "127.0.0.1"))));
	EXPECT_EQ(g_id_of(v4), g_row_id(self->c, 0));
	ASSERT_EQ(1, PROGRAM(TEST_OF(G_U8(NARU_TEST_FIELD, NARU_FIELD_LADDR), G_ADDR(NARU_TEST_ADDR, "127.9.9.9"),
				     G_U8(NARU_TEST_PREFIX, 104))));
	EXPECT_EQ(g_id_of(v4), g_row_id(self->c, 0));
	EXPECT_EQ(0, PROGRAM(TEST_OF(G_U8(NARU_TEST_FIELD, NARU_FIELD_LADDR), G_ADDR(NARU_TEST_ADDR, "127.9.9.9"),
				     G_U8(NARU_TEST_PREFIX, 109))));
	ASSERT_EQ(1, PROGRAM(TEST_OF(G_U8(NARU_TEST_FIELD, NARU_FIELD_LADDR), G_ADDR(NARU_TEST_ADDR, "::1"))));
	EXPECT_EQ(g_id_of(v6), g_row_id(self->c, 0));
	EXPECT_EQ(2, PROGRAM(TEST_OF(G_U8(NARU_TEST_FIELD, NARU_FIELD_LADDR), G_ADDR(NARU_TEST_ADDR, "::"),
				     G_U8(NARU_TEST_PREFIX, 0))));
}

TEST_F(query, texts)
{
	int fd = t_listen(&native);

	t_listen(&native);
	ASSERT_EQ(0, setsockopt(fd, SOL_TCP, TCP_CONGESTION, "reno", 4));
	ASSERT_EQ(1, PROGRAM(TEXT_IS(NARU_FIELD_CONG, "reno")));
	EXPECT_EQ(g_id_of(fd), g_row_id(self->c, 0));
	EXPECT_EQ(0, PROGRAM(TEXT_IS(NARU_FIELD_CONG, "ren")));
	ASSERT_EQ(0, prctl(PR_SET_NAME, "naru-query"));
	EXPECT_EQ(2, PROGRAM(TEXT_IS(NARU_FIELD_COMM, "naru-query")));
	EXPECT_EQ(0, PROGRAM(TEXT_IS(NARU_FIELD_COMM, "another")));
}

TEST_F(query, figures)
{
	int sv[2];

	t_pair(&native, sv);
	t_send_all(sv[0], 0, 10000);
	t_recv_all(sv[1], 0, 5000);
	EXPECT_EQ(1, PROGRAM(IN(NARU_FIELD_RECVQ, 5000, 5000)));
	EXPECT_EQ(g_id_of(sv[1]), g_row_id(self->c, 0));
	T_UNTIL(PROGRAM(IN(NARU_FIELD_BYTES_ACKED, 10000, 10001)) == 1);
	EXPECT_EQ(g_id_of(sv[0]), g_row_id(self->c, 0));
	EXPECT_EQ(1, PROGRAM(IN(NARU_FIELD_BYTES_RECEIVED, 10000, 10000)));
	EXPECT_EQ(2, PROGRAM(IN(NARU_FIELD_RTO, 1, ~0ULL)));
	EXPECT_EQ(2, PROGRAM(IN(NARU_FIELD_MSS, t_info(sv[0]).tcpi_snd_mss, t_info(sv[0]).tcpi_snd_mss)));
	EXPECT_EQ(2, PROGRAM(IN(NARU_FIELD_PMTU, t_info(sv[0]).tcpi_pmtu, t_info(sv[0]).tcpi_pmtu)));
	EXPECT_EQ(1, PROGRAM(IN(NARU_FIELD_CWND, t_info(sv[1]).tcpi_snd_cwnd,
					   t_info(sv[1]).tcpi_snd_cwnd, YES(1)),
			     IN(NARU_FIELD_ID, g_id_of(sv[1]), g_id_of(sv[1]))));
}

/* A program says whom to kill as well */
TEST_F(query, kill)
{
	struct nl_msg *msg = g_new(self->c, NARU_CMD_SOCK_KILL, 0);
	int keep = t_listen(&native), lfd = t_listen(&native);

	g_put_nest(msg, NARU_QUERY_PROGRAM, G_ATTRS(IN(NARU_FIELD_LPORT, t_port(lfd), t_port(lfd))));
	ASSERT_EQ(0, g_call(self->c, msg));
	EXPECT_EQ(1, g_killed(self->c));
	ASSERT_EQ(1, g_list(self->c, 0, G_ATTRS(G_U32(NARU_FILTER_STATES, 1 << TCP_LISTEN))));
	EXPECT_EQ(g_id_of(keep), g_row_id(self->c, 0));
}

/* ---- order ---- */

static int to_read(int fd)
{
	int n;

	if (ioctl(fd, FIONREAD, &n))
		t_die("FIONREAD");
	return n;
}

/* @fd[i] has i times 100 bytes to be read */
static void make_queues(int fd[MANY])
{
	int lfd = t_listen_on(&native, 0, MANY), sv[2];

	for (int i = 0; i < MANY; i++) {
		t_pair_on(&native, lfd, sv);
		fd[i] = sv[1];
		t_send_all(sv[0], 0, i * 100);
	}
	for (int i = 1; i < MANY; i++)
		while (to_read(fd[i]) < i * 100)
			t_wait(fd[i], POLLIN);
}

TEST_F(query, sorted)
{
	int fd[MANY];

	make_queues(fd);
	ASSERT_EQ(2 * MANY + 1, ASK(G_U8(NARU_QUERY_SORT, NARU_FIELD_RECVQ)));
	for (int i = 0; i < MANY - 1; i++)
		EXPECT_EQ(g_id_of(fd[MANY - 1 - i]), g_row_id(self->c, i));
	ASSERT_EQ(3, ASK(G_U8(NARU_QUERY_SORT, NARU_FIELD_RECVQ), G_U32(NARU_QUERY_TOP, 3)));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(g_id_of(fd[MANY - 1 - i]), g_row_id(self->c, i));
	EXPECT_FALSE(self->c->intr);
}

/* The least first, and what does not have it last in either order */
TEST_F(query, sorted_ascending)
{
	int fd[MANY], lfd = t_listen(&native);

	make_queues(fd);
	ASSERT_EQ(5, ASK(G_U8(NARU_QUERY_SORT, NARU_FIELD_RECVQ), G_FLAG(NARU_QUERY_ASCENDING),
			 G_U32(NARU_QUERY_TOP, 5),
			 G_NEST(NARU_QUERY_PROGRAM, IN(NARU_FIELD_RECVQ, 100, ~0ULL))));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(g_id_of(fd[i + 1]), g_row_id(self->c, i));
	for (int up = 0; up < 2; up++) {
		/* a listener has no round-trip time */
		ASSERT_EQ(2 * MANY + 2, ASK(G_U8(NARU_QUERY_SORT, NARU_FIELD_RTT),
					    up ? G_FLAG(NARU_QUERY_ASCENDING) : (struct g_attr){}));
		for (int i = 0; i < 2 * MANY; i++)
			EXPECT_NE(g_id_of(lfd), g_row_id(self->c, i));
	}
}

TEST_F(query, sorted_by_text)
{
	int reno = t_listen(&native), cubic = t_listen(&native);

	ASSERT_EQ(0, setsockopt(reno, SOL_TCP, TCP_CONGESTION, "reno", 4));
	ASSERT_EQ(2, ASK(G_U8(NARU_QUERY_SORT, NARU_FIELD_CONG), G_FLAG(NARU_QUERY_ASCENDING)));
	EXPECT_EQ(g_id_of(cubic), g_row_id(self->c, 0));
	EXPECT_EQ(g_id_of(reno), g_row_id(self->c, 1));
}

/* More than a message has room for, in order, each once */
TEST_F(query, sorted_many)
{
	static int fd[LASTING];

	for (int i = 0; i < LASTING; i++)
		fd[i] = t_socket(&native, 0);
	ASSERT_EQ(LASTING, ASK(G_U32(NARU_QUERY_SHOW, NARU_SHOW_ALL), G_U8(NARU_QUERY_SORT, NARU_FIELD_ID)));
	for (int i = 0; i < LASTING; i++)
		EXPECT_EQ(g_id_of(fd[LASTING - 1 - i]), g_row_id(self->c, i));
	for (int i = 0; i < LASTING; i++)
		close(fd[i]);
}

/* ---- groups ---- */

static void group_at(struct g_client *c, int i, struct nlattr **tb)
{
	struct nlattr *rows[NARU_SOCK_MAX + 1];

	q_row(c, i, rows);
	if (!rows[NARU_SOCK_GROUP] || nla_parse_nested(tb, NARU_GROUP_MAX, rows[NARU_SOCK_GROUP], NULL))
		t_die("no group");
}

static __u64 u64_of(struct nlattr **tb, int attr)
{
	return nla_get_u64(g_need(tb, attr, 8));
}

TEST_F(query, groups)
{
	struct nlattr *tb[NARU_GROUP_MAX + 1];
	__u64 sum = 0;
	int fd[MANY];

	make_queues(fd);
	for (int i = 0; i < MANY; i++)
		sum += i * 100;
	ASSERT_EQ(2, ASK(G_U8(NARU_QUERY_GROUP, NARU_FIELD_STATE)));
	group_at(self->c, 0, tb);
	EXPECT_EQ(NARU_FIELD_STATE, g_get_u8(tb, NARU_GROUP_FIELD));
	EXPECT_EQ(TCP_ESTABLISHED, u64_of(tb, NARU_GROUP_NUMBER));
	EXPECT_EQ(2 * MANY, u64_of(tb, NARU_GROUP_COUNT));
	EXPECT_EQ(sum, u64_of(tb, NARU_GROUP_RECVQ));
	EXPECT_EQ(sum, u64_of(tb, NARU_GROUP_BYTES_SENT));
	EXPECT_EQ(sum, u64_of(tb, NARU_GROUP_BYTES_RECEIVED));
	EXPECT_EQ(0, u64_of(tb, NARU_GROUP_RETRANS));
	group_at(self->c, 1, tb);
	EXPECT_EQ(TCP_LISTEN, u64_of(tb, NARU_GROUP_NUMBER));
	EXPECT_EQ(1, u64_of(tb, NARU_GROUP_COUNT));
	ASSERT_EQ(1, ASK(G_U8(NARU_QUERY_GROUP, NARU_FIELD_STATE), G_FLAG(NARU_QUERY_ASCENDING),
			 G_U32(NARU_QUERY_TOP, 1)));
	group_at(self->c, 0, tb);
	EXPECT_EQ(TCP_LISTEN, u64_of(tb, NARU_GROUP_NUMBER));
}

/* More groups than are thought of at first; told in the order of their field */
TEST_F(query, groups_many)
{
	struct nlattr *tb[NARU_GROUP_MAX + 1];
	static int fd[LASTING];

	for (int i = 0; i < LASTING; i++)
		fd[i] = t_socket(&native, 0);
	ASSERT_EQ(LASTING, ASK(G_U8(NARU_QUERY_GROUP, NARU_FIELD_ID), G_U8(NARU_QUERY_SORT, NARU_FIELD_ID)));
	for (int i = 0; i < LASTING; i++) {
		group_at(self->c, i, tb);
		EXPECT_EQ(g_id_of(fd[LASTING - 1 - i]), u64_of(tb, NARU_GROUP_NUMBER));
		EXPECT_EQ(1, u64_of(tb, NARU_GROUP_COUNT));
	}
	for (int i = 0; i < LASTING; i++)
		close(fd[i]);
}

/* Addresses, texts, and what has neither */
TEST_F(query, groups_by_what)
{
	struct nlattr *tb[NARU_GROUP_MAX + 1];
	char addr[16];

	t_listen(&native);
	ASSERT_EQ(1, ASK(G_U8(NARU_QUERY_GROUP, NARU_FIELD_LADDR)));
	group_at(self->c, 0, tb);
	EXPECT_EQ(0, memcmp(g_addr(addr, "127.0.0.1"), nla_data(g_need(tb, NARU_GROUP_ADDR, 16)), 16));
	ASSERT_EQ(1, ASK(G_U8(NARU_QUERY_GROUP, NARU_FIELD_CONG)));
	group_at(self->c, 0, tb);
	EXPECT_STREQ("cubic", g_get_text(tb, NARU_GROUP_TEXT));
	ASSERT_EQ(1, ASK(G_U8(NARU_QUERY_GROUP, NARU_FIELD_RTT)));
	group_at(self->c, 0, tb);
	EXPECT_EQ(NULL, tb[NARU_GROUP_NUMBER]);
	EXPECT_EQ(NULL, tb[NARU_GROUP_TEXT]);
	EXPECT_EQ(1, u64_of(tb, NARU_GROUP_COUNT));
	ASSERT_EQ(0, ASK(G_U8(NARU_QUERY_GROUP, NARU_FIELD_CONG),
			 G_NEST(NARU_QUERY_PROGRAM, IN(NARU_FIELD_ID, 0, 0))));
}

/* ---- what others may see ---- */

/* Sockets of root's: what /proc/net/tcp shows, and nothing that tells of the rest */
static void as_other(struct __test_metadata *_metadata, __u32 id)
{
	struct nlattr *tb[NARU_SOCK_MAX + 1], *group[NARU_GROUP_MAX + 1];
	struct { struct g_client *c; } client, *self = &client;
	int own;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		t_die("setresuid");
	self->c = g_open();
	ASSERT_EQ(1, g_list(self->c, NARU_SHOW_ALL, G_ATTRS(G_U32(NARU_FILTER_ID, id))));
	q_row(self->c, 0, tb);
	EXPECT_EQ(0, g_get_u32(tb, NARU_SOCK_UID));
	g_get_u32(tb, NARU_SOCK_INODE);
	g_get_u32(tb, NARU_SOCK_RECVQ);
	for (int attr = 0; attr <= NARU_SOCK_MAX; attr++)
		if (attr == NARU_SOCK_MEM || attr == NARU_SOCK_TCP_INFO || attr == NARU_SOCK_CONG ||
		    (attr >= NARU_SOCK_OWNER && attr <= NARU_SOCK_CGROUP))
			EXPECT_EQ(NULL, tb[attr]);
	for (int field = NARU_FIELD_PID; field < NARU_FIELD_COUNT; field++) {
		if (field == NARU_FIELD_COMM || field == NARU_FIELD_CONG)
			continue;
		EXPECT_EQ(0, PROGRAM(IN(field, 0, ~0ULL))) {
			TH_LOG("field %d", field);
		}
		ASSERT_EQ(1, ASK(G_U8(NARU_QUERY_GROUP, field)));
		group_at(self->c, 0, group);
		EXPECT_EQ(NULL, group[NARU_GROUP_NUMBER]);
		EXPECT_EQ(0, u64_of(group, NARU_GROUP_BYTES_RECEIVED));
	}
	EXPECT_EQ(0, PROGRAM(TEXT_IS(NARU_FIELD_CONG, "cubic")));
	EXPECT_EQ(0, PROGRAM(TEXT_IS(NARU_FIELD_COMM, "genl_query")));
	/* and all of what is theirs */
	own = t_listen(&native);
	ASSERT_EQ(1, g_list(self->c, NARU_SHOW_ALL, G_ATTRS(G_U32(NARU_FILTER_ID, g_id_of(own)))));
	q_row(self->c, 0, tb);
	EXPECT_NE(NULL, tb[NARU_SOCK_MEM]);
	EXPECT_NE(NULL, tb[NARU_SOCK_TCP_INFO]);
	EXPECT_NE(NULL, tb[NARU_SOCK_OWNER]);
	EXPECT_EQ(1, PROGRAM(IN(NARU_FIELD_PID, getpid(), getpid())));
	EXPECT_EQ(1, PROGRAM(TEXT_IS(NARU_FIELD_CONG, "cubic")));
	g_close(self->c);
}

TEST_F(query, of_others)
{
	int lfd = t_listen(&native), sv[2];

	t_pair_on(&native, lfd, sv);
	t_send_all(sv[0], 0, 100);
	t_recv_all(sv[1], 0, 100);
	g_in_child(_metadata, as_other, g_id_of(sv[1]));
}

/* ---- what is refused ---- */

static void expect_bad_test(struct __test_metadata *_metadata, struct g_client *c, int err, const struct g_attr *attrs)
{
	static const struct { int cmd, flags; } commands[] = {
		{ NARU_CMD_SOCK_GET, NLM_F_DUMP }, { NARU_CMD_SOCK_KILL, 0 },
	};

	for (int i = 0; i < 2; i++) {
		struct nl_msg *msg = g_new(c, commands[i].cmd, commands[i].flags);

		g_put_nest(msg, NARU_QUERY_PROGRAM, G_ATTRS(IN(NARU_FIELD_ID, 0, ~0ULL),
							    { NARU_PROGRAM_TEST, G_DEEPER, attrs }));
		EXPECT_EQ(err, g_call(c, msg));
		EXPECT_NE('\0', c->text[0]);
		EXPECT_EQ(0, c->rows);
	}
}

#define BAD_TEST(err, ...) expect_bad_test(_metadata, self->c, err, G_ATTRS(__VA_ARGS__))
#define BAD_RANGE(err, field, min, max, ...)						\
	BAD_TEST(err, G_U8(NARU_TEST_FIELD, field), G_U64(NARU_TEST_MIN, min), G_U64(NARU_TEST_MAX, max), ##__VA_ARGS__)

TEST_F(query, bad_tests)
{
	t_listen(&native);
	BAD_TEST(EINVAL, {});
	BAD_TEST(EINVAL, G_U8(NARU_TEST_FIELD, NARU_FIELD_LPORT));
	BAD_TEST(EINVAL, G_U64(NARU_TEST_MIN, 1));
	BAD_RANGE(ERANGE, NARU_FIELD_UNSPEC, 0, 1);
	BAD_RANGE(ERANGE, NARU_FIELD_COUNT, 0, 1);
	BAD_RANGE(ERANGE, 255, 0, 1);
	BAD_RANGE(EINVAL, NARU_FIELD_LADDR, 0, 1);
	BAD_RANGE(EINVAL, NARU_FIELD_STATE, 0, 1);
	BAD_RANGE(EINVAL, NARU_FIELD_COMM, 0, 1);
	BAD_RANGE(EINVAL, NARU_FIELD_LPORT, 0, 1, G_U32(NARU_TEST_STATES, 2));
	BAD_RANGE(EINVAL, NARU_FIELD_LPORT, 0, 1, YES(0));
	BAD_RANGE(EINVAL, NARU_FIELD_LPORT, 0, 1, YES(1));
	BAD_RANGE(EINVAL, NARU_FIELD_LPORT, 0, 1, NO(2));
	BAD_RANGE(EINVAL, NARU_FIELD_LPORT, 0, 1, NO(0xfffd));
	BAD_TEST(EINVAL, G_U8(NARU_TEST_FIELD, NARU_FIELD_LPORT), G_U16(NARU_TEST_MIN, 1));
	BAD_TEST(EINVAL, G_U8(NARU_TEST_FIELD, NARU_FIELD_STATE), G_U32(NARU_TEST_STATES, 1));
	BAD_TEST(ERANGE, G_U8(NARU_TEST_FIELD, NARU_FIELD_LADDR), G_RAW(NARU_TEST_ADDR, 4));
	BAD_TEST(EINVAL, G_U8(NARU_TEST_FIELD, NARU_FIELD_LADDR), G_U8(NARU_TEST_PREFIX, 8));
	BAD_TEST(ERANGE, G_U8(NARU_TEST_FIELD, NARU_FIELD_LADDR), G_ADDR(NARU_TEST_ADDR, "::1"),
		 G_U8(NARU_TEST_PREFIX, 129));
	BAD_TEST(EINVAL, G_U8(NARU_TEST_FIELD, NARU_FIELD_COMM), ((struct g_attr){ NARU_TEST_TEXT, 4, "naru" }));
	BAD_TEST(EINVAL, G_U8(NARU_TEST_FIELD, NARU_FIELD_COMM), G_STR(NARU_TEST_TEXT, "sixteen_letters_"));
	BAD_RANGE(EINVAL, NARU_FIELD_LPORT, 0, 1, G_U32(NARU_TEST_ATTR_MAX + 1, 0));
	EXPECT_EQ(1, g_list(self->c, 0, NULL));
}

static struct nl_msg *many_tests(struct g_client *c, int num)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);
	struct nlattr *nest;

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, c->family, 0, NLM_F_DUMP, NARU_CMD_SOCK_GET,
				 NARU_GENL_VERSION))
		t_die("nlmsg_alloc");
	nest = nla_nest_start(msg, NARU_QUERY_PROGRAM);
	for (int i = 0; i < num; i++)
		g_put(msg, G_ATTRS(IN(NARU_FIELD_ID, 0, 0, NO(i + 1 < num ? i + 1 : NARU_TEST_LEAVE))));
	nla_nest_end_keep_empty(msg, nest);
	return msg;
}

TEST_F(query, bad_programs)
{
	t_listen(&native);
	EXPECT_EQ(EINVAL, g_call(self->c, many_tests(self->c, 0)));
	EXPECT_EQ(0, g_call(self->c, many_tests(self->c, NARU_PROGRAM_TESTS)));
	EXPECT_EQ(0, self->c->rows);
	EXPECT_EQ(EINVAL, g_call(self->c, many_tests(self->c, NARU_PROGRAM_TESTS + 1)));
	EXPECT_NE('\0', self->c->text[0]);
	EXPECT_EQ(EINVAL, g_call(self->c, q_request(self->c, G_ATTRS(G_NEST(NARU_QUERY_PROGRAM, G_U32(2, 0))))));
	EXPECT_NE('\0', self->c->text[0]);
}

#define BAD_ORDER(err, ...)								\
	do {										\
		EXPECT_EQ(err, g_call(self->c, q_request(self->c, G_ATTRS(__VA_ARGS__))));	\
		EXPECT_NE('\0', self->c->text[0]);					\
		EXPECT_EQ(0, self->c->rows);						\
	} while (0)

TEST_F(query, bad_orders)
{
	t_listen(&native);
	BAD_ORDER(ERANGE, G_U8(NARU_QUERY_SORT, 0));
	BAD_ORDER(ERANGE, G_U8(NARU_QUERY_SORT, NARU_FIELD_MAX + 1));
	BAD_ORDER(EINVAL, G_U8(NARU_QUERY_SORT, NARU_FIELD_COUNT));
	BAD_ORDER(EINVAL, G_U32(NARU_QUERY_TOP, 5));
	BAD_ORDER(ERANGE, G_U8(NARU_QUERY_SORT, NARU_FIELD_ID), G_U32(NARU_QUERY_TOP, 0));
	BAD_ORDER(EINVAL, G_FLAG(NARU_QUERY_ASCENDING));
	BAD_ORDER(ERANGE, G_U8(NARU_QUERY_GROUP, NARU_FIELD_COUNT));
	BAD_ORDER(EINVAL, G_U8(NARU_QUERY_GROUP, NARU_FIELD_LPORT), G_U8(NARU_QUERY_SORT, NARU_FIELD_RPORT));
	BAD_ORDER(EINVAL, G_U8(NARU_QUERY_GROUP, NARU_FIELD_LPORT), G_U32(NARU_QUERY_SHOW, NARU_SHOW_MEM));
	EXPECT_EQ(1, g_list(self->c, 0, NULL));
}

/* Whatever is in the program: an answer or a refusal, and nothing is killed */
TEST_F(query, random_programs)
{
	unsigned int seed = 20, refused = 0;
	unsigned char bytes[120];

	t_listen(&native);
	for (int i = 0; i < 3000; i++) {
		struct nl_msg *msg = g_new(self->c, i % 2 ? NARU_CMD_SOCK_GET : NARU_CMD_SOCK_KILL,
					   i % 2 ? NLM_F_DUMP : 0);
		struct nlattr *program = nla_nest_start(msg, NARU_QUERY_PROGRAM);
		struct nlattr *nest = nla_nest_start(msg, NARU_PROGRAM_TEST);

		/* which nothing passes, should all else be right */
		g_put(msg, G_ATTRS(G_U8(NARU_TEST_FIELD, NARU_FIELD_ID), G_U64(NARU_TEST_MAX, 0)));
		nla_nest_end(msg, nest);
		for (size_t at = 0; at < sizeof(bytes); at++)
			bytes[at] = rand_r(&seed) % 3 ? rand_r(&seed) % 12 : rand_r(&seed);
		if (nla_put(msg, NARU_PROGRAM_TEST | NLA_F_NESTED, rand_r(&seed) % sizeof(bytes), bytes))
			t_die("nla_put");
		nla_nest_end(msg, program);
		refused += !!g_call(self->c, msg);
	}
	EXPECT_LT(2000, refused);
	EXPECT_EQ(1, g_list(self->c, 0, G_ATTRS(G_U32(NARU_FILTER_STATES, 1 << TCP_LISTEN))));
}

/* ---- dumps of what changes ---- */

/* Until the other end of the pipe is closed */
static void come_and_go(int stop)
{
	const struct linger at_once = { .l_onoff = 1 };
	int sv[2];

	while (!t_events(stop)) {
		close(t_socket(&native, 0));
		t_pair(&native, sv);
		for (int i = 0; i < 2; i++) {
			setsockopt(sv[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
			close(sv[i]);
		}
	}
	_exit(0);
}

/* Sockets that live are in each dump, and nothing is in it twice, whatever happens to others, and in any order */
TEST_F(query, lasting)
{
	static int fd[LASTING], seen[LASTING];
	int stop[2], dumps = 0, intr = 0;
	__u32 first;
	pid_t pid;

	for (int i = 0; i < 2 * LASTING; i++) {
		int new = t_socket(&native, 0);

		if (i % 2)
			close(new);
		else
			fd[i / 2] = new;
	}
	first = g_id_of(fd[0]);
	ASSERT_EQ(0, pipe(stop));
	pid = fork();
	if (!pid) {
		close(stop[1]);
		come_and_go(stop[0]);
	}
	for (; dumps < 20 || (!intr && dumps < 2000); dumps++) {
		q_ask(self->c, G_ATTRS(G_U32(NARU_QUERY_SHOW, NARU_SHOW_MEM),
					   dumps % 2 ? G_U8(NARU_QUERY_SORT, NARU_FIELD_UID) : (struct g_attr){}));
		intr += self->c->intr;
		ASSERT_EQ(0, g_rows_twice(self->c));
		memset(seen, 0, sizeof(seen));
		for (int i = 0; i < self->c->rows; i++) {
			__u32 at = (g_row_id(self->c, i) - first) / 2;

			if (at < LASTING && g_row_id(self->c, i) == first + 2 * at)
				seen[at]++;
		}
		for (int i = 0; i < LASTING; i++)
			ASSERT_EQ(1, seen[i]);
	}
	EXPECT_LT(0, intr);
	close(stop[1]);
	t_reap(pid);
	for (int i = 0; i < LASTING; i++)
		close(fd[i]);
}

TEST_HARNESS_MAIN
