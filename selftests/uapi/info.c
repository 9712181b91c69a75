// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_INFO, field by field, against what the program did. On the kernel's TCP as well, where it has the field.
 */
#include <stddef.h>
#include <sys/utsname.h>
#include "naru_test.h"

/* What the kernel's struct tcp_info ends with since 6.12, or before */
struct late {
	uint8_t before[offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof(uint32_t)];
	uint32_t rcv_wnd;
	uint32_t rehash;
	uint16_t total_rto;
	uint16_t total_rto_recoveries;
	uint32_t total_rto_time;
};

union info {
	struct tcp_info now;
	struct late late;
};

/* Bytes of it that there are; the kernel may not have the last fields */
static socklen_t info_of(int fd, union info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	if (getsockopt(fd, SOL_TCP, TCP_INFO, info, &len))
		t_die("TCP_INFO");
	return len;
}

static struct tcp_info settled(int fd)
{
	T_UNTIL(!t_info(fd).tcpi_unacked && !t_info(fd).tcpi_notsent_bytes);
	return t_info(fd);
}

/* Sends @n times @size bytes, each taken by the peer before the next is sent */
static void ping(int from, int to, int n, int size)
{
	t_set(from, SOL_TCP, TCP_NODELAY, 1);
	for (int i = 0; i < n; i++) {
		t_send_all(from, i * size, size);
		t_recv_all(to, i * size, size);
		settled(from);
	}
}

TEST_F(naru, fresh)
{
	struct tcp_info a, b;
	int sv[2];

	t_pair(variant, sv);
	a = settled(sv[0]);
	T_UNTIL(t_info(sv[1]).tcpi_state == TCP_ESTABLISHED);
	b = t_info(sv[1]);
	EXPECT_EQ(0, a.tcpi_ca_state);
	EXPECT_EQ(0, a.tcpi_retransmits);
	EXPECT_EQ(0, a.tcpi_probes);
	EXPECT_EQ(0, a.tcpi_backoff);
	EXPECT_EQ(TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE, a.tcpi_options & 7);
	EXPECT_TRUE(a.tcpi_snd_wscale == b.tcpi_rcv_wscale);
	EXPECT_TRUE(a.tcpi_rcv_wscale == b.tcpi_snd_wscale);
	EXPECT_EQ(1, !!a.tcpi_delivery_rate_app_limited);	/* nothing was sent yet */
	EXPECT_EQ(0, a.tcpi_sacked + a.tcpi_lost + a.tcpi_retrans + a.tcpi_fackets);
	EXPECT_EQ(0, a.tcpi_last_ack_sent);
	EXPECT_EQ(variant->family == AF_INET ? 65535 : 65536, a.tcpi_pmtu);
	EXPECT_EQ(3, a.tcpi_reordering);
	/* RFC 6928 2: ten segments, or two where they are as large as these; the kernel does not look at that */
	EXPECT_EQ(t_is_naru(variant) ? 2 : 10, a.tcpi_snd_cwnd);
	EXPECT_EQ(0x7fffffff, a.tcpi_snd_ssthresh);
	EXPECT_EQ(0, a.tcpi_rcv_rtt);
	EXPECT_EQ(0, a.tcpi_total_retrans);
	/* both have sent a SYN, and the connecting side an ACK */
	EXPECT_EQ(2, a.tcpi_segs_out);
	EXPECT_EQ(1, a.tcpi_segs_in);
	EXPECT_EQ(0, a.tcpi_data_segs_in + a.tcpi_data_segs_out);
	EXPECT_EQ(1, a.tcpi_delivered);
	EXPECT_EQ(1, b.tcpi_delivered);
	EXPECT_EQ(0, a.tcpi_delivered_ce);
	EXPECT_EQ(0, a.tcpi_bytes_received + a.tcpi_bytes_sent + a.tcpi_bytes_retrans);
	EXPECT_EQ(0, a.tcpi_busy_time + a.tcpi_rwnd_limited + a.tcpi_sndbuf_limited);
	EXPECT_EQ(0, a.tcpi_dsack_dups + a.tcpi_reord_seen + a.tcpi_rcv_ooopack);
	EXPECT_NE(0, a.tcpi_snd_wnd);
	EXPECT_NE(0, a.tcpi_min_rtt);
	EXPECT_LE(a.tcpi_min_rtt, a.tcpi_rtt);
	EXPECT_EQ(0, a.tcpi_delivery_rate);
}

/* Ten writes of ten segments: every count of them on both sides */
TEST_F(naru, counts)
{
	struct tcp_info a, b;
	int sv[2];

	t_pair(variant, sv);
	ping(sv[0], sv[1], 10, 100);
	a = settled(sv[0]);
	b = t_info(sv[1]);
	EXPECT_EQ(1000, a.tcpi_bytes_sent - a.tcpi_bytes_retrans);
	EXPECT_EQ(1001, a.tcpi_bytes_acked);		/* and the SYN, RFC 4898 */
	EXPECT_EQ(1000, b.tcpi_bytes_received);
	EXPECT_EQ(0, b.tcpi_bytes_sent);
	EXPECT_EQ(10, a.tcpi_data_segs_out - a.tcpi_total_retrans);
	EXPECT_EQ(0, a.tcpi_data_segs_in);
	EXPECT_GE(b.tcpi_data_segs_in, 10);
	EXPECT_EQ(0, b.tcpi_data_segs_out);
	EXPECT_EQ(11, a.tcpi_delivered);
	EXPECT_GE(a.tcpi_segs_out, 12);
	EXPECT_GE(b.tcpi_segs_in, 12 - 1);
	EXPECT_EQ(0, a.tcpi_notsent_bytes);
	EXPECT_EQ(0, a.tcpi_rwnd_limited);
	EXPECT_EQ(0, a.tcpi_sndbuf_limited);
}

/* Busy while something is not acknowledged; the kernel counts in jiffies */
TEST_F(naru, busy)
{
	int sv[2];

	t_pair(variant, sv);
	do
		ping(sv[0], sv[1], 10, 100);
	while (!t_info(sv[0]).tcpi_busy_time);
	EXPECT_EQ(0, t_info(sv[1]).tcpi_busy_time);
}

/* A FIN is delivered, too, but is no byte of data */
TEST_F(naru, fin)
{
	struct tcp_info a;
	int sv[2];

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 100);
	t_recv_all(sv[1], 0, 100);
	settled(sv[0]);
	if (shutdown(sv[0], SHUT_WR))
		t_die("shutdown");
	T_UNTIL(t_info(sv[0]).tcpi_state == TCP_FIN_WAIT2);
	a = t_info(sv[0]);
	EXPECT_EQ(3, a.tcpi_delivered);
	EXPECT_EQ(100, a.tcpi_bytes_sent - a.tcpi_bytes_retrans);
	EXPECT_EQ(102, a.tcpi_bytes_acked);
}

/* The rate is that of what was sent, and marked: the program had no more to send */
TEST_F(naru, delivery_rate_of_a_program_that_waits)
{
	struct tcp_info a;
	int sv[2];

	t_pair(variant, sv);
	ping(sv[0], sv[1], 20, 1000);
	a = settled(sv[0]);
	EXPECT_GT(a.tcpi_delivery_rate, 0);
	EXPECT_EQ(1, !!a.tcpi_delivery_rate_app_limited);
}

TEST_F(naru, delivery_rate_is_bounded_by_what_was_sent_in_the_time)
{
	long start = t_now_ms(), ms;
	struct tcp_info a;
	int sv[2];

	t_pair(variant, sv);
	t_send_all(sv[0], 0, 60000);
	t_recv_all(sv[1], 0, 60000);
	a = settled(sv[0]);
	ms = t_now_ms() - start + 1;
	EXPECT_GE(a.tcpi_delivery_rate, 1000 / ms);
	EXPECT_LE(a.tcpi_delivery_rate, 60001ull * 1000000 / a.tcpi_min_rtt);
}

/* Nobody reads: the peer's window is the limit, and the time in it is told */
TEST_F(naru, limited_by_the_window)
{
	struct tcp_info a;
	int sv[2];

	t_pair(variant, sv);
	t_nonblock(sv[0], true);
	t_stuff(sv[0], 0);
	T_UNTIL(t_info(sv[0]).tcpi_rwnd_limited >= 2000);
	a = t_info(sv[0]);
	EXPECT_GE(a.tcpi_busy_time, a.tcpi_rwnd_limited);
	EXPECT_GT(a.tcpi_notsent_bytes, 0);
}

/* An idle connection is not busy */
TEST_F(naru, idle_is_not_busy)
{
	unsigned long long busy;
	int sv[2];

	t_pair(variant, sv);
	ping(sv[0], sv[1], 1, 100);
	busy = settled(sv[0]).tcpi_busy_time;
	T_UNTIL(t_info(sv[0]).tcpi_last_data_sent >= 50);
	EXPECT_EQ(busy, t_info(sv[0]).tcpi_busy_time);
}

/* Times since: each counts from its own event */
TEST_F(naru, last)
{
	struct tcp_info a, b;
	int sv[2];

	t_pair(variant, sv);
	ping(sv[0], sv[1], 1, 100);
	T_UNTIL(t_info(sv[0]).tcpi_last_data_sent >= 100);
	ping(sv[1], sv[0], 1, 100);
	T_UNTIL(t_info(sv[1]).tcpi_last_data_recv >= t_info(sv[1]).tcpi_last_data_sent + 50);
	a = t_info(sv[0]);
	b = t_info(sv[1]);
	EXPECT_LE(a.tcpi_last_data_recv + 50, a.tcpi_last_data_sent);
	EXPECT_LE(b.tcpi_last_ack_recv + 50, b.tcpi_last_data_recv);
}

/* Timeouts, counted from the first on, and how long they lasted */
TEST_F(naru, timeouts)
{
	union info a;
	socklen_t len;
	int sv[2];

	t_pair(variant, sv);
	t_cut(true);
	t_send_all(sv[0], 0, 1000);
	T_UNTIL(t_info(sv[0]).tcpi_retransmits >= 2);
	len = info_of(sv[0], &a);
	EXPECT_EQ(4, a.now.tcpi_ca_state);
	EXPECT_GE(a.now.tcpi_backoff, 2);
	EXPECT_GE(a.now.tcpi_bytes_retrans, 1000);
	EXPECT_EQ(1, a.now.tcpi_lost);
	EXPECT_EQ(1, a.now.tcpi_unacked);
	EXPECT_EQ(1, a.now.tcpi_snd_cwnd);
	t_cut(false);
	t_recv_all(sv[1], 0, 1000);
	settled(sv[0]);
	if (t_is_naru(variant))
		ASSERT_EQ(sizeof(a.late), len);
	if (len < sizeof(a.late))
		return;
	info_of(sv[0], &a);
	EXPECT_GE(a.late.total_rto, 2);
	EXPECT_EQ(1, a.late.total_rto_recoveries);
	EXPECT_GT(a.late.total_rto_time, 0);
}

TEST_F(naru, windows)
{
	union info a;
	int sv[2];

	t_pair(variant, sv);
	ping(sv[0], sv[1], 10, 1000);
	ping(sv[1], sv[0], 10, 1000);
	EXPECT_LE(t_info(sv[0]).tcpi_snd_wnd, t_get(sv[1], SOL_SOCKET, SO_RCVBUF));
	EXPECT_NE(0, t_info(sv[0]).tcpi_rcv_space);
	EXPECT_NE(0, t_info(sv[0]).tcpi_rcv_ssthresh);
	if (info_of(sv[1], &a) < sizeof(a.late))
		return;
	EXPECT_EQ(a.late.rcv_wnd >> a.now.tcpi_rcv_wscale << a.now.tcpi_rcv_wscale,
		  t_info(sv[0]).tcpi_snd_wnd);
}

/* A receiver knows the round trip when enough has come */
TEST_F(naru, rcv_rtt)
{
	int sv[2];

	t_pair(variant, sv);
	for (int i = 0; !t_info(sv[1]).tcpi_rcv_rtt; i++) {
		t_send_all(sv[0], i * 100000, 100000);
		t_recv_all(sv[1], i * 100000, 100000);
		t_send_all(sv[1], i, 1);	/* and timestamps to echo */
		t_recv_all(sv[0], i, 1);
	}
	EXPECT_LT(t_info(sv[1]).tcpi_rcv_rtt, 60000000);
}

static int set_errno(int fd, int level, int name, int val)
{
	return setsockopt(fd, level, name, &val, sizeof(val)) ? errno : 0;
}

/* ---- options ---- */

/* tcp(7): writable only while less than so much has not been sent */
TEST_F(naru, notsent_lowat)
{
	int lfd = t_listen(variant), sv[2];

	t_set(lfd, SOL_SOCKET, SO_RCVBUF, 16384);
	t_pair_on(variant, lfd, sv);
	EXPECT_EQ(0, t_get(sv[0], SOL_TCP, TCP_NOTSENT_LOWAT));
	t_set(sv[0], SOL_SOCKET, SO_SNDBUF, 4000000);
	t_set(sv[0], SOL_TCP, TCP_NOTSENT_LOWAT, 20000);
	EXPECT_EQ(20000, t_get(sv[0], SOL_TCP, TCP_NOTSENT_LOWAT));
	t_nonblock(sv[0], true);
	EXPECT_LT(t_stuff(sv[0], 0), 400000);
	EXPECT_EQ(0, t_events(sv[0]) & POLLOUT);
	EXPECT_GE(t_info(sv[0]).tcpi_notsent_bytes, 20000);
	/* room for who asks for more; poll wants half of it free */
	t_set(sv[0], SOL_TCP, TCP_NOTSENT_LOWAT, 3000000);
	EXPECT_NE(0, t_events(sv[0]) & POLLOUT);
	t_set(sv[0], SOL_TCP, TCP_NOTSENT_LOWAT, 20000);
	EXPECT_EQ(0, t_events(sv[0]) & POLLOUT);
}

/* Who waits for it is woken when data goes, not only when it is acknowledged */
TEST_F(naru, notsent_lowat_wakes)
{
	int lfd = t_listen(variant), sv[2], sent;

	t_set(lfd, SOL_SOCKET, SO_RCVBUF, 16384);
	t_pair_on(variant, lfd, sv);
	t_set(sv[0], SOL_TCP, TCP_NOTSENT_LOWAT, 20000);
	t_nonblock(sv[0], true);
	sent = t_stuff(sv[0], 0);
	t_recv_all(sv[1], 0, sent);
	EXPECT_NE(0, t_wait(sv[0], POLLOUT) & POLLOUT);
	EXPECT_LT(t_info(sv[0]).tcpi_notsent_bytes, 10000);
}

/* socket(7): poll() and a recv() that waits want so much */
TEST_F(naru, rcvlowat)
{
	int lfd = t_listen(variant), sv[2];

	t_pair_on(variant, lfd, sv);
	EXPECT_EQ(1, t_get(sv[1], SOL_SOCKET, SO_RCVLOWAT));
	t_set(sv[1], SOL_SOCKET, SO_RCVLOWAT, 0);
	EXPECT_EQ(1, t_get(sv[1], SOL_SOCKET, SO_RCVLOWAT));
	t_set(sv[1], SOL_SOCKET, SO_RCVLOWAT, 1000);
	t_send_all(sv[0], 0, 999);
	T_UNTIL(t_info(sv[1]).tcpi_bytes_received == 999);
	EXPECT_EQ(0, t_events(sv[1]) & POLLIN);
	t_send_all(sv[0], 999, 1);
	EXPECT_NE(0, t_wait(sv[1], POLLIN) & POLLIN);
	t_recv_all(sv[1], 0, 1000);
	/* lowered: what is there is enough */
	t_send_all(sv[0], 1000, 10);
	T_UNTIL(t_info(sv[1]).tcpi_bytes_received == 1010);
	EXPECT_EQ(0, t_events(sv[1]) & POLLIN);
	t_set(sv[1], SOL_SOCKET, SO_RCVLOWAT, 10);
	EXPECT_NE(0, t_events(sv[1]) & POLLIN);
}

/* The buffer grows so that it comes to so much, as far as it may */
TEST_F(naru, rcvlowat_and_the_buffer)
{
	int sv[2], most;

	t_pair(variant, sv);
	t_set(sv[1], SOL_SOCKET, SO_RCVLOWAT, 1000000);
	EXPECT_EQ(1000000, t_get(sv[1], SOL_SOCKET, SO_RCVLOWAT));
	EXPECT_GE(t_get(sv[1], SOL_SOCKET, SO_RCVBUF), 1000000);
	t_set(sv[1], SOL_SOCKET, SO_RCVLOWAT, 0x7fffffff);
	most = t_get(sv[1], SOL_SOCKET, SO_RCVLOWAT);
	EXPECT_LT(most, 0x7fffffff);
	t_set(sv[0], SOL_SOCKET, SO_RCVBUF, 20000);
	t_set(sv[0], SOL_SOCKET, SO_RCVLOWAT, 1000000);
	EXPECT_EQ(20000, t_get(sv[0], SOL_SOCKET, SO_RCVLOWAT));
}

TEST_F(naru, thin)
{
	int sv[2];

	t_pair(variant, sv);
	for (int name = TCP_THIN_LINEAR_TIMEOUTS; name <= TCP_THIN_DUPACK; name++) {
		EXPECT_EQ(0, t_get(sv[0], SOL_TCP, name));
		EXPECT_EQ(EINVAL, set_errno(sv[0], SOL_TCP, name, 2));
		EXPECT_EQ(EINVAL, set_errno(sv[0], SOL_TCP, name, -1));
		EXPECT_EQ(0, set_errno(sv[0], SOL_TCP, name, 1));
	}
	EXPECT_EQ(1, t_get(sv[0], SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS));
	EXPECT_EQ(0, t_get(sv[0], SOL_TCP, TCP_THIN_DUPACK));
	t_cut(true);
	t_send_all(sv[0], 0, 10);
	T_UNTIL(t_info(sv[0]).tcpi_retransmits >= 3);
	EXPECT_EQ(0, t_info(sv[0]).tcpi_backoff);
	t_cut(false);
	t_recv_all(sv[1], 0, 10);
}

/* The clock of the timestamps, which nobody sets */
TEST_F(naru, timestamp)
{
	unsigned int was;
	int sv[2];

	t_pair(variant, sv);
	EXPECT_EQ(EPERM, set_errno(sv[0], SOL_TCP, TCP_TIMESTAMP, 1));
	was = t_get(sv[0], SOL_TCP, TCP_TIMESTAMP);
	T_UNTIL((unsigned int)t_get(sv[0], SOL_TCP, TCP_TIMESTAMP) - was >= 20);
	EXPECT_LT((unsigned int)t_get(sv[0], SOL_TCP, TCP_TIMESTAMP) - was, 60000);
}

TEST_HARNESS_MAIN
