// SPDX-License-Identifier: GPL-2.0
/* Timestamps that tick in µs: where the program asks for them (NARU_TS_USEC), and where the route has them */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include "naru_test.h"

#ifndef RTAX_FEATURE_TCP_USEC_TS
#define RTAX_FEATURE_TCP_USEC_TS	(1 << 4)	/* Linux 6.7 */
#endif
#ifndef TCPI_OPT_USEC_TS
#define TCPI_OPT_USEC_TS		64
#endif

static int usec_of(int fd)
{
	return t_info(fd).tcpi_options & TCPI_OPT_USEC_TS;
}

static int try_set(int fd, int val)
{
	return setsockopt(fd, SOL_NARU, NARU_TS_USEC, &val, sizeof(val)) ? errno : 0;
}

static unsigned long long monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* The clock of @fd's timestamps, and when it was read */
struct reading {
	unsigned long long before_us, after_us;
	unsigned int ts;
};

static struct reading read_clock(int fd)
{
	struct reading r;

	r.before_us = monotonic_us();
	r.ts = t_get(fd, SOL_TCP, TCP_TIMESTAMP);
	r.after_us = monotonic_us();
	return r;
}

/* Its lowest bit says what it ticks in, and is no part of it */
static bool ticks_in_usec(int fd)
{
	struct reading a = read_clock(fd), b;
	unsigned int ticks;

	do
		b = read_clock(fd);
	while (b.after_us - a.before_us < 20000);
	ticks = b.ts - a.ts;
	return (a.ts & 1) && (b.ts & 1) && ticks + 2 >= b.before_us - a.after_us &&
	       ticks <= b.after_us - a.before_us + 2;
}

TEST_F(naru, asked_for_by_both)
{
	int lfd = t_socket(variant, 0), sv[2] = { t_socket(variant, 0) };

	if (!t_is_naru(variant))
		return;
	t_set(lfd, SOL_NARU, NARU_TS_USEC, 1);
	t_bind(variant, lfd, 0);
	ASSERT_EQ(0, listen(lfd, 8));
	t_set(sv[0], SOL_NARU, NARU_TS_USEC, 1);
	t_connect(variant, sv[0], t_port(lfd));
	sv[1] = t_accept(lfd);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(TCPI_OPT_USEC_TS, usec_of(sv[i]));
		EXPECT_TRUE(ticks_in_usec(sv[i]));
		EXPECT_EQ(1, t_get(sv[i], SOL_NARU, NARU_TS_USEC));
		t_send_all(sv[i], 0, 20000);
		t_recv_all(sv[!i], 0, 20000);
	}
}

TEST_F(naru, not_asked_for)
{
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(0, usec_of(sv[0]) | usec_of(sv[1]));
	EXPECT_FALSE(ticks_in_usec(sv[0]));
	if (t_is_naru(variant))
		EXPECT_EQ(0, t_get(sv[0], SOL_NARU, NARU_TS_USEC));
}

TEST_F(naru, values)
{
	int fd = t_socket(variant, 0), one = 1;

	if (!t_is_naru(variant))
		return;
	EXPECT_EQ(0, t_get(fd, SOL_NARU, NARU_TS_USEC));
	EXPECT_EQ(EINVAL, try_set(fd, 2));
	EXPECT_EQ(EINVAL, try_set(fd, -1));
	EXPECT_EQ(-1, setsockopt(fd, SOL_NARU, NARU_TS_USEC, &one, 3));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, t_get(fd, SOL_NARU, NARU_TS_USEC));
	EXPECT_EQ(0, try_set(fd, 1));
	EXPECT_EQ(1, t_get(fd, SOL_NARU, NARU_TS_USEC));
	EXPECT_EQ(0, try_set(fd, 0));
	EXPECT_EQ(0, t_get(fd, SOL_NARU, NARU_TS_USEC));
}

/* A connection's clock keeps its pace (RFC 7323 5.4); the next one's may be another */
TEST_F(naru, too_late)
{
	int lfd = t_listen(variant), sv[2];

	if (!t_is_naru(variant))
		return;
	t_pair_on(variant, lfd, sv);
	EXPECT_EQ(EINVAL, try_set(lfd, 1));
	EXPECT_EQ(EISCONN, try_set(sv[0], 1));
	EXPECT_EQ(EISCONN, try_set(sv[1], 1));
	EXPECT_EQ(0, usec_of(sv[0]));
	ASSERT_EQ(0, connect(sv[0], &(struct sockaddr){ .sa_family = AF_UNSPEC }, sizeof(struct sockaddr)));
	EXPECT_EQ(0, try_set(sv[0], 1));
	t_connect(variant, sv[0], t_port(lfd));
	EXPECT_EQ(TCPI_OPT_USEC_TS, usec_of(sv[0]));
}

/* ---- by the route, which ip(8) of Debian 12 cannot make ---- */

struct request {
	struct nlmsghdr n;
	struct rtmsg rt;
	char attrs[256];
};

static struct rtattr *put(struct request *r, int type, const void *data, int len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->n.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->n.nlmsg_len = NLMSG_ALIGN(r->n.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

/* A local route to @prefix on lo, whose ends have agreed on µs. 0 or the errno */
static int add_route(int family, const char *prefix, int bits)
{
	struct request r = {
		.n = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)), .nlmsg_type = RTM_NEWROUTE,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE },
		.rt = { .rtm_family = family, .rtm_dst_len = bits, .rtm_table = RT_TABLE_LOCAL,
			.rtm_protocol = RTPROT_STATIC, .rtm_scope = RT_SCOPE_HOST, .rtm_type = RTN_LOCAL },
	};
	unsigned int lo = if_nametoindex("lo"), features = RTAX_FEATURE_TCP_USEC_TS;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), len = family == AF_INET ? 4 : 16;
	struct {
		struct nlmsghdr n;
		struct nlmsgerr err;
		char more[512];
	} answer;
	struct rtattr *metrics;
	char dst[16];

	inet_pton(family, prefix, dst);
	put(&r, RTA_DST, dst, len);
	put(&r, RTA_OIF, &lo, sizeof(lo));
	metrics = put(&r, RTA_METRICS, NULL, 0);
	put(&r, RTAX_FEATURES, &features, sizeof(features));
	metrics->rta_len = (char *)&r + r.n.nlmsg_len - (char *)metrics;
	if (fd < 0 || send(fd, &r, r.n.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		t_die("rtnetlink");
	close(fd);
	return -answer.err.error;
}

/* The kernels before 6.7 know nothing of it, and refuse the route */
TEST_F(naru, by_the_route)
{
	bool v4 = variant->family == AF_INET;
	int err = add_route(variant->family, v4 ? "10.77.0.0" : "fd77::", v4 ? 24 : 64);
	int lfd = t_socket(variant, 0), fd = t_socket(variant, 0), child;

	if (err && err != EEXIST) {
		EXPECT_EQ(EINVAL, err);
		return;
	}
	ASSERT_EQ(0, t_try_bind(variant, lfd, t_any(variant), 0));
	ASSERT_EQ(0, listen(lfd, 8));
	ASSERT_EQ(0, t_try_connect(variant, fd, v4 ? "10.77.0.1" : "fd77::1", t_port(lfd)));
	child = t_accept(lfd);
	EXPECT_EQ(TCPI_OPT_USEC_TS, usec_of(fd));
	EXPECT_TRUE(ticks_in_usec(fd));
	/* the way back is by the same route in IPv4, where an address of it is the source too */
	EXPECT_EQ(v4 ? TCPI_OPT_USEC_TS : 0, usec_of(child));
	if (t_is_naru(variant))
		EXPECT_EQ(0, t_get(fd, SOL_NARU, NARU_TS_USEC));
	t_send_all(fd, 0, 20000);
	t_recv_all(child, 0, 20000);
}

TEST_HARNESS_MAIN
