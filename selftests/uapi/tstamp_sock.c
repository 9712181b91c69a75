// SPDX-License-Identifier: GPL-2.0
/* SO_TIMESTAMPING and its kin: when what was written was sent and acknowledged, when what is read came */
#include <linux/net_tstamp.h>
#include "naru_test.h"
#include <linux/errqueue.h>

#define SENT (SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK)
#define NUMBERS (SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY)

#ifndef SCM_TIMESTAMPING
#define SCM_TIMESTAMPING SO_TIMESTAMPING
#endif
#define T_OPT_ID_TCP (1 << 16)	/* Linux 6.2 */

struct stamp {
	unsigned int what, id;
	ssize_t bytes;	/* of the packet that came with it */
	struct timespec ts;
};

static int stamp(int fd, struct stamp *s)
{
	struct sock_extended_err *ee = NULL;
	char control[512], data[2048];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	bool timed = false;

	s->bytes = recvmsg(fd, &msg, MSG_ERRQUEUE);
	if (s->bytes < 0)
		return errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
			memcpy(&s->ts, CMSG_DATA(c), sizeof(s->ts));
			timed = true;
		} else if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
			   (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
			ee = (void *)CMSG_DATA(c);
		}
	}
	if (!timed || !ee || ee->ee_errno != ENOMSG || ee->ee_origin != SO_EE_ORIGIN_TIMESTAMPING)
		t_die("no timestamp");
	s->what = ee->ee_info;
	s->id = ee->ee_data;
	return 0;
}

/* Waits for one */
static struct stamp next_stamp(int fd)
{
	struct stamp s;

	while (stamp(fd, &s))
		t_wait(fd, 0);
	return s;
}

/* The three of a call whose last byte has this number, in the order of what they tell */
static void expect_three(int fd, unsigned int id)
{
	unsigned int seen = 0;

	for (int i = 0; i < 3; i++) {
		struct stamp s = next_stamp(fd);

		if (s.id != id || s.what > SCM_TSTAMP_ACK || !s.ts.tv_sec)
			t_die("stamp %u of %u instead of %u", s.what, s.id, id);
		seen |= 1 << s.what;
	}
	if (seen != (1 << SCM_TSTAMP_SCHED | 1 << SCM_TSTAMP_SND | 1 << SCM_TSTAMP_ACK))
		t_die("stamps %#x", seen);
}

/* Calls are numbered by their last byte, from where the option was set */
TEST_F(naru, sent)
{
	int sv[2];

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 77);
	t_recv_all(sv[1], 0, 77);
	T_UNTIL(!t_info(sv[0]).tcpi_unacked);
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, SENT | NUMBERS | SOF_TIMESTAMPING_SOFTWARE);
	t_send_all(sv[0], 0, 10);
	expect_three(sv[0], 9);
	t_send_all(sv[0], 10, 1);
	expect_three(sv[0], 10);
	t_send_all(sv[0], 11, 5000);
	expect_three(sv[0], 5010);
	t_recv_all(sv[1], 0, 5011);
	/* set again, it counts anew */
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, 0);
	t_send_all(sv[0], 0, 10);
	T_UNTIL(!t_info(sv[0]).tcpi_unacked);
	EXPECT_EQ(0, t_events(sv[0]) & POLLERR);
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, SENT | NUMBERS | SOF_TIMESTAMPING_SOFTWARE);
	t_send_all(sv[0], 10, 3);
	expect_three(sv[0], 2);
}

/* A socket that connects again counts from its first byte. The kernel's own TCP goes on with numbers of the last one */
TEST_F(naru, connected_again)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	int lfd = t_listen(variant), sv[2];

	if (!t_is_naru(variant))
		return;
	t_pair_on(variant, lfd, sv);
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, SENT | NUMBERS | SOF_TIMESTAMPING_SOFTWARE);
	t_send_all(sv[0], 0, 10);
	expect_three(sv[0], 9);
	ASSERT_EQ(0, connect(sv[0], &none, sizeof(none)));
	close(sv[1]);
	t_connect(variant, sv[0], t_port(lfd));
	sv[1] = t_accept(lfd);
	t_send_all(sv[0], 0, 10);
	expect_three(sv[0], 9);
}

/* SOF_TIMESTAMPING_OPT_ID_TCP: from what is written next, whatever is on its way */
TEST_F(naru, sent_behind_others)
{
	int sv[2], flags = SENT | NUMBERS | SOF_TIMESTAMPING_SOFTWARE | T_OPT_ID_TCP;

	if (unshare(CLONE_NEWNET))
		t_die("unshare");
	t_sh("ip link set lo up");
	t_pair(variant, sv);
	t_cut(true);
	t_send_all(sv[0], 0, 1000);
	if (setsockopt(sv[0], SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags))) {
		/* Linux 6.1 does not know it */
		EXPECT_EQ(EINVAL, errno);
		return;
	}
	t_send_all(sv[0], 1000, 10);
	t_cut(false);
	t_recv_all(sv[1], 0, 1010);
	for (;;) {
		struct stamp s = next_stamp(sv[0]);

		EXPECT_EQ(9, s.id);
		if (s.what == SCM_TSTAMP_ACK)
			break;
	}
}

/* Set again, it counts anew, and what is on its way is told by the new numbers */
TEST_F(naru, counted_anew)
{
	unsigned char buf[1000];
	int sv[2];

	if (unshare(CLONE_NEWNET))
		t_die("unshare");
	t_sh("ip link set lo up");
	t_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_ACK | NUMBERS | SOF_TIMESTAMPING_SOFTWARE);
	t_send_all(sv[0], 0, 10);
	EXPECT_EQ(9, next_stamp(sv[0]).id);
	t_cut(true);
	t_fill(buf, 10, sizeof(buf));
	/* nothing joins it when it is sent again */
	ASSERT_EQ(sizeof(buf), send(sv[0], buf, sizeof(buf), MSG_EOR));
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, 0);
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_ACK | NUMBERS | SOF_TIMESTAMPING_SOFTWARE);
	t_send_all(sv[0], 1010, 10);
	t_cut(false);
	EXPECT_EQ(999, next_stamp(sv[0]).id);
	EXPECT_EQ(1009, next_stamp(sv[0]).id);
	t_recv_all(sv[1], 0, 1020);
}

/* A call of its own may ask, where the socket only reports */
TEST_F(naru, one_call)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { "0123456789", 10 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	struct stamp s;
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, NUMBERS | SOF_TIMESTAMPING_SOFTWARE);
	t_send_all(sv[0], 0, 10);
	t_recv_all(sv[1], 0, 10);
	T_UNTIL(!t_info(sv[0]).tcpi_unacked);
	EXPECT_EQ(EAGAIN, stamp(sv[0], &s));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SO_TIMESTAMPING;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(c) = SOF_TIMESTAMPING_TX_ACK;
	ASSERT_EQ(10, sendmsg(sv[0], &msg, 0));
	s = next_stamp(sv[0]);
	EXPECT_EQ(SCM_TSTAMP_ACK, s.what);
	EXPECT_EQ(19, s.id);
	/* flags that are none of a call's */
	*(int *)CMSG_DATA(c) = SOF_TIMESTAMPING_OPT_ID;
	EXPECT_EQ(-1, sendmsg(sv[0], &msg, 0));
	EXPECT_EQ(EINVAL, errno);
}

/* The last byte of a large call, however it was cut; it comes when all of it has arrived */
TEST_F(naru, large)
{
	const size_t total = 3000000;
	unsigned char *buf = malloc(total);
	struct stamp s;
	int sv[2];
	pid_t pid;

	t_fill(buf, 0, total);
	t_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_ACK | NUMBERS | SOF_TIMESTAMPING_SOFTWARE);
	pid = fork();
	if (!pid) {
		t_recv_all(sv[1], 0, total);
		_exit(0);
	}
	ASSERT_EQ(total, send(sv[0], buf, total, 0));
	s = next_stamp(sv[0]);
	EXPECT_EQ(total - 1, s.id);
	EXPECT_EQ(0, t_info(sv[0]).tcpi_unacked);
	t_reap(pid);
}

/* Without SOF_TIMESTAMPING_OPT_TSONLY the packet comes, too */
TEST_F(naru, with_data)
{
	struct stamp s;
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE);
	t_send_all(sv[0], 0, 100);
	s = next_stamp(sv[0]);
	EXPECT_EQ(SCM_TSTAMP_SCHED, s.what);
	EXPECT_GT(s.bytes, 100);
}

/* ---- received ---- */

/* Reads 4 bytes; how many control messages of a type of SOL_SOCKET came, with the last one's first word */
static int read_stamp(int fd, int type, long *first)
{
	char control[512], data[4];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int n = 0;

	if (recvmsg(fd, &msg, 0) != 4)
		t_die("recvmsg");
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != type)
			t_die("control message %d/%d", c->cmsg_level, c->cmsg_type);
		memcpy(first, CMSG_DATA(c), sizeof(*first));
		n++;
	}
	return n;
}

static void expect_stamps(t_kind *v, int option, int val, int type)
{
	long first = 0;
	int sv[2];

	t_pair(v, sv);
	t_set(sv[1], SOL_SOCKET, option, val);
	/* stamps begin a moment later */
	T_UNTIL((t_send_all(sv[0], 0, 4), read_stamp(sv[1], type, &first)));
	if (labs(first - time(NULL)) > 3600)
		t_die("option %d: %ld", option, first);
	t_set(sv[1], SOL_SOCKET, option, 0);
	t_send_all(sv[0], 0, 4);
	if (read_stamp(sv[1], type, &first))
		t_die("option %d is off", option);
	t_close_pair(sv);
}

TEST_F(naru, received)
{
	expect_stamps(variant, SO_TIMESTAMP, 1, SO_TIMESTAMP);
	expect_stamps(variant, SO_TIMESTAMPNS, 1, SO_TIMESTAMPNS);
	expect_stamps(variant, SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE,
		      SO_TIMESTAMPING);
}

/* The widths of the kernel's own making */
TEST_F(naru, received_new)
{
	expect_stamps(variant, 63, 1, 63);	/* SO_TIMESTAMP_NEW */
	expect_stamps(variant, 64, 1, 64);	/* SO_TIMESTAMPNS_NEW */
	expect_stamps(variant, 65, SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE, 65);
}

/* A room too small for the message says so */
TEST_F(naru, little_room)
{
	char control[1], data[4];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	long first;
	int sv[2];

	t_pair(variant, sv);
	t_set(sv[1], SOL_SOCKET, SO_TIMESTAMP, 1);
	T_UNTIL((t_send_all(sv[0], 0, 4), read_stamp(sv[1], SO_TIMESTAMP, &first)));
	t_send_all(sv[0], 0, 4);
	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	EXPECT_EQ(4, recvmsg(sv[1], &msg, 0));
	EXPECT_NE(0, msg.msg_flags & MSG_CTRUNC);
}

TEST_HARNESS_MAIN
