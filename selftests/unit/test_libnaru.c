// SPDX-License-Identifier: GPL-2.0
/*
 * libnaru's requests: what is put has room, wherever the request is.
 */
#include <errno.h>
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
	ASSERT_EQ(naru_put_nest_end(nlh, nest), -EMSGSIZE);
	ASSERT_EQ(nlh->nlmsg_len, 20 + 65536);
	nest = naru_put_nest(n, nlh, 1);
	ASSERT_EQ(naru_put(n, nlh, 1, big, 65520), 0);
	ASSERT_EQ(naru_put_nest_end(nlh, nest), 0);
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

	ASSERT_EQ(naru_put_u32(n, first, 1, 1), 0);
	second = naru_request_in(n, buf, sizeof(buf), NARU_CMD_SOCK_GET, 0);
	ASSERT_EQ(naru_put_u32(n, first, 1, 1), -EMSGSIZE);
	ASSERT_TRUE(!naru_put_nest(n, first, 1));
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
