// SPDX-License-Identifier: GPL-2.0
/*
 * libnaru: what is put has room, wherever the request is; what is received may be anything.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include "unit.h"
#include "../../lib/conn.h"

#define SMALL	64

/* Not connected: nothing is sent */
static struct naru *new_connection(void)
{
	struct naru *n = calloc(1, sizeof(*n));

	ASSERT_TRUE(n);
	return n;
}

/* The caller's memory is as long as the caller says: ASAN sees who writes behind it */
TEST(libnaru__room_of_the_callers)
{
	struct naru *n = new_connection();
	char *buf = malloc(SMALL), big[SMALL] = "";
	struct nlmsghdr *nlh = naru_request_in(n, buf, SMALL, NARU_CMD_SOCK_GET, 0);

	ASSERT_TRUE((char *)nlh == buf);
	ASSERT_EQ(naru_put(n, nlh, 1, big, SMALL - 20 - 4 + 1), -EMSGSIZE);
	ASSERT_EQ(nlh->nlmsg_len, 20);
	ASSERT_EQ(naru_put(n, nlh, 1, big, 24), 0);
	ASSERT_EQ(naru_put_u64(n, nlh, 1, 1), 0);
	ASSERT_EQ(naru_put_u8(n, nlh, 1, 1), -EMSGSIZE);
	ASSERT_TRUE(naru_put_nest(n, nlh, 1));
	ASSERT_TRUE(!naru_put_nest(n, nlh, 1));
	ASSERT_EQ(naru_put_str(n, nlh, 1, "text"), -EMSGSIZE);
	ASSERT_EQ(naru_put_nest_end(n, nlh, NULL), -EMSGSIZE);
	ASSERT_EQ(nlh->nlmsg_len, SMALL);
	free(buf);
	free(n);
}

TEST(libnaru__no_room_for_a_request)
{
	struct naru *n = new_connection();
	char *buf = malloc(SMALL);

	ASSERT_TRUE(!naru_request_in(n, buf, 19, NARU_CMD_SOCK_GET, 0));
	ASSERT_STREQ(naru_error(n), "no room for a request: Message too long");
	ASSERT_TRUE(naru_request_in(n, buf, 20, NARU_CMD_SOCK_GET, 0));
	free(buf);
	free(n);
}

/* More than NARU_REQUEST_SIZE may be put where there is room for it */
TEST(libnaru__room_for_more)
{
	struct naru *n = new_connection();
	size_t size = 3 * NARU_REQUEST_SIZE;
	char *buf = malloc(size), big[30000] = "";
	struct nlmsghdr *nlh = naru_request_in(n, buf, size, NARU_CMD_NAPT_SET, 0);
	unsigned int i;

	for (i = 0; i < 6; i++)
		ASSERT_EQ(naru_put(n, nlh, 1, big, sizeof(big)), 0);
	ASSERT_EQ(naru_put(n, nlh, 1, big, sizeof(big)), -EMSGSIZE);
	free(buf);
	free(n);
}

/* An attribute's length has 16 bits */
TEST(libnaru__longest_attribute)
{
	struct naru *n = new_connection();
	size_t size = 4 * NARU_REQUEST_SIZE;
	char *buf = malloc(size), *big = calloc(1, 65536);
	struct nlmsghdr *nlh = naru_request_in(n, buf, size, NARU_CMD_NAPT_SET, 0);
	struct nlattr *nest;

	ASSERT_EQ(naru_put(n, nlh, 1, big, 65532), -EMSGSIZE);
	ASSERT_EQ(naru_put(n, nlh, 1, big, SIZE_MAX), -EMSGSIZE);
	ASSERT_EQ(naru_put(n, nlh, 1, big, 65531), 0);
	ASSERT_EQ(nlh->nlmsg_len, 20 + 65536);
	nest = naru_put_nest(n, nlh, 1);
	ASSERT_EQ(naru_put(n, nlh, 1, big, 65527), 0);
	ASSERT_EQ(naru_put_nest_end(n, nlh, nest), -EMSGSIZE);
	ASSERT_EQ(nlh->nlmsg_len, 20 + 65536);
	nest = naru_put_nest(n, nlh, 1);
	ASSERT_EQ(naru_put(n, nlh, 1, big, 65520), 0);
	ASSERT_EQ(naru_put_nest_end(n, nlh, nest), 0);
	ASSERT_EQ(nlh->nlmsg_len, 20 + 65536 + 4 + 65524);
	free(big);
	free(buf);
	free(n);
}

/* Only what is in the making: of another message the room is not known */
TEST(libnaru__the_request_in_the_making)
{
	struct naru *n = new_connection();
	struct nlmsghdr *first = naru_request(n, NARU_CMD_SOCK_GET, 0), *second;
	char buf[SMALL] __attribute__((aligned(4)));
	struct nlattr *nest;

	ASSERT_EQ(naru_put_u32(n, first, 1, 1), 0);
	nest = naru_put_nest(n, first, 1);
	ASSERT_TRUE(nest);
	second = naru_request_in(n, buf, sizeof(buf), NARU_CMD_SOCK_GET, 0);
	ASSERT_EQ(naru_put_u32(n, first, 1, 1), -EMSGSIZE);
	ASSERT_TRUE(!naru_put_nest(n, first, 1));
	ASSERT_EQ(naru_put_nest_end(n, first, nest), -EMSGSIZE);
	ASSERT_EQ(first->nlmsg_len, 20 + 8 + 4);
	ASSERT_EQ(naru_put_u32(n, second, 1, 1), 0);
	free(n);
}

/* A dump's request may be longer than the connection's own. In NETLINK_USERSOCK nobody listens: it is refused */
TEST(libnaru__long_request_of_a_dump)
{
	struct naru *n = new_connection();
	size_t size = 2 * NARU_REQUEST_SIZE;
	char *buf = malloc(size), big[30000] = "";
	struct nlmsghdr *nlh = naru_request_in(n, buf, size, NARU_CMD_SOCK_GET, NLM_F_DUMP);
	struct naru_list *list;
	unsigned int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(naru_put(n, nlh, 1, big, sizeof(big)), 0);
	n->sock = mnl_socket_open(NETLINK_USERSOCK);
	ASSERT_TRUE(n->sock);
	ASSERT_EQ(naru_read(n, nlh, &list), -ECONNREFUSED);
	ASSERT_TRUE(!list);
	ASSERT_STREQ(naru_error(n), "netlink: Connection refused");
	ASSERT_EQ(naru_put_u8(n, nlh, 1, 1), -EMSGSIZE);
	free(buf);
	naru_close(n);
}

/* A connection to which anybody may send, and one that does */
static struct naru *new_receiver(struct mnl_socket **from)
{
	struct naru *n = new_connection();

	n->sock = mnl_socket_open(NETLINK_USERSOCK);
	*from = mnl_socket_open(NETLINK_USERSOCK);
	ASSERT_TRUE(n->sock && *from);
	ASSERT_EQ(mnl_socket_bind(n->sock, 0, MNL_SOCKET_AUTOPID), 0);
	return n;
}

static void send_to(struct naru *n, struct mnl_socket *from, const void *data, size_t size)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_pid = mnl_socket_get_portid(n->sock) };
	int fd = mnl_socket_get_fd(from);

	ASSERT_EQ(sendto(fd, data, size, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)size);
}

/* One that says to be longer than it is, however much, is left alone: also where an int has no room for that */
TEST(libnaru__received_message_that_is_cut)
{
	static const u32 longer[] = { 21, 65536, INT_MAX, 0x80000000, 0xfffffff0, 0xffffffff };
	struct { struct nlmsghdr nlh; int error; } message = { .nlh = { .nlmsg_type = NLMSG_DONE }, .error = -EIO };
	struct mnl_socket *from;
	struct naru *n = new_receiver(&from);
	unsigned int i;

	for (i = 0; i < sizeof(longer) / sizeof(*longer); i++) {
		message.nlh.nlmsg_len = longer[i];
		send_to(n, from, &message, sizeof(message));
		ASSERT_EQ(naru_conn_receive(n, NULL, NULL), 1);
	}
	message.nlh.nlmsg_len = sizeof(message);
	send_to(n, from, &message, sizeof(message));
	ASSERT_EQ(naru_conn_receive(n, NULL, NULL), -EIO);
	mnl_socket_close(from);
	naru_close(n);
}

/* The kernel's words stand behind what it quotes of the request, which is within what has come */
TEST(libnaru__words_behind_a_quote)
{
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		struct nlattr attr;
		char text[8];
	} message = {
		.nlh = { .nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_ERROR, .nlmsg_flags = NLM_F_ACK_TLVS },
		.err = { .error = -EINVAL, .msg = { .nlmsg_len = sizeof(struct nlmsghdr) } },
		.attr = { .nla_len = 12, .nla_type = NLMSGERR_ATTR_MSG }, .text = "not so",
	};
	struct mnl_socket *from;
	struct naru *n = new_receiver(&from);

	send_to(n, from, &message, sizeof(message));
	ASSERT_EQ(naru_conn_receive(n, NULL, NULL), -EINVAL);
	ASSERT_STREQ(naru_error(n), "not so");
	message.err.msg.nlmsg_len = 0xfffffff0;
	send_to(n, from, &message, sizeof(message));
	ASSERT_EQ(naru_conn_receive(n, NULL, NULL), -EINVAL);
	ASSERT_STREQ(naru_error(n), "Invalid argument");
	mnl_socket_close(from);
	naru_close(n);
}

/* Errors are negative, and those of errno(3): nobody's function has an answer for others */
TEST(libnaru__error_that_is_none)
{
	static const struct { int said, taken; } errors[] = {
		{ 0, 0 }, { 1, 0 }, { INT_MAX, 0 }, { -EPERM, -EPERM }, { -4095, -4095 }, { -4096, -EPROTO },
		{ INT_MIN, -EPROTO },
	};
	struct { struct nlmsghdr nlh; struct nlmsgerr err; } message = { .nlh = { .nlmsg_len = sizeof(message) } };
	struct mnl_socket *from;
	struct naru *n = new_receiver(&from);
	unsigned int i;

	for (i = 0; i < 2 * sizeof(errors) / sizeof(*errors); i++) {
		message.nlh.nlmsg_type = i & 1 ? NLMSG_ERROR : NLMSG_DONE;
		message.err.error = errors[i / 2].said;
		send_to(n, from, &message, sizeof(message));
		ASSERT_EQ(naru_conn_receive(n, NULL, NULL), errors[i / 2].taken);
	}
	mnl_socket_close(from);
	naru_close(n);
}
