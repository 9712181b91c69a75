/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The NAPT's part of the generic netlink family, for a client on libnl. A namespace is a router with
 * an interface wan, 203.0.113.1, and has an inside host's address, 10.0.0.1, itself.
 */
#ifndef GENL_NAPT_TEST_H
#define GENL_NAPT_TEST_H

#include "genl_test.h"

#define N_WAN	"203.0.113.1"
#define N_IN	"10.0.0.1"
#define N_OUT	"203.0.113.9"

/* What a rule must have */
#define N_DEV	G_STR(NARU_RULE_DEV, "wan")
#define N_TO	G_FLAG(NARU_RULE_TO_DEV)
#define N_SRC	G_ADDR(NARU_RULE_SRC, "10.0.0.0")
#define N_BITS	G_U8(NARU_RULE_SRC_PREFIX, 96 + 8)

static inline void n_enter_netns(void)
{
	t_enter_netns();
	t_sh("ip link add wan type veth peer name far");
	t_sh("ip addr add " N_WAN "/24 dev wan");
	t_sh("ip addr add " N_IN "/32 dev lo");
	t_sh("ip link set far up");
	t_sh("ip link set wan up");
	t_sh("ip neigh add " N_OUT " lladdr 02:00:00:00:00:09 dev wan");
}

/* A request with these attributes: the errno, 0 for success */
static inline int n_call(struct g_client *c, int cmd, const struct g_attr *attrs)
{
	struct nl_msg *msg = g_new(c, cmd, 0);

	g_put(msg, attrs);
	return g_call(c, msg);
}

/* One that must succeed */
static inline void n_must(struct g_client *c, int cmd, const struct g_attr *attrs)
{
	errno = n_call(c, cmd, attrs);
	if (errno)
		t_die("command %d: %s", cmd, c->text);
}

/* Returns the number of the new rule */
static inline __u32 n_add_rule(struct g_client *c, const struct g_attr *attrs)
{
	struct nlattr *tb[NARU_RULE_ATTR_MAX + 1];

	n_must(c, NARU_CMD_NAPT_RULE_ADD, attrs);
	if (c->rows != 1)
		t_die("%d replies to RULE_ADD", c->rows);
	g_parse(c, 0, tb, NARU_RULE_ATTR_MAX);
	return g_get_u32(tb, NARU_RULE_ID);
}

#define N_ADD(c, ...)	n_add_rule(c, G_ATTRS(G_NEST(NARU_NAPT_REQ_RULE, __VA_ARGS__)))

/* A dump with a filter, or NULL for all. Returns the number of rows. */
static inline int n_list(struct g_client *c, int cmd, const struct g_attr *filter)
{
	struct nl_msg *msg = g_new(c, cmd, NLM_F_DUMP);

	if (filter)
		g_put_nest(msg, NARU_NAPT_REQ_FILTER, filter);
	errno = g_call(c, msg);
	if (errno)
		t_die("dump %d: %s", cmd, c->text);
	return c->rows;
}

/* A datagram from @from, of this machine, to the outside */
static inline void n_send(const char *from, int port, const char *to, int to_port)
{
	struct sockaddr_storage a, b;
	socklen_t alen = t_addr(&a, AF_INET, from, port), blen = t_addr(&b, AF_INET, to, to_port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, alen) ||
	    sendto(fd, "x", 1, 0, (struct sockaddr *)&b, blen) != 1)
		t_die("a datagram from %s:%d to %s:%d", from, port, to, to_port);
	close(fd);
}

static inline bool n_addr_is(struct nlattr **tb, int type, const char *want)
{
	char buf[16];

	return !memcmp(g_addr(buf, want), nla_data(g_need(tb, type, 16)), 16);
}

#endif
