// SPDX-License-Identifier: GPL-2.0
/* Many datagrams in one call: UDP_SEGMENT and UDP_GRO */
#include "dgram_test.h"

#define MAX_SEGS	64	/* what every kernel takes */

static unsigned char out[65536], in[65536];

static void pair_filled(d_kind *k, int fd[2])
{
	d_pair(k, fd);
	t_fill(out, 0, sizeof(out));
}

/* One call that says how large each is: 0 or the errno */
static int send_segments(int fd, size_t len, int size)
{
	unsigned short gso = size;
	struct d_out o = {};
	struct iovec iov = { out, len };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };

	d_add(&o, SOL_UDP, UDP_SEGMENT, &gso, sizeof(gso));
	h.msg_control = o.control;
	h.msg_controllen = o.len;
	return sendmsg(fd, &h, 0) < 0 ? errno : 0;
}

/* What comes are datagrams of @size bytes, the last one of what is left of @len */
static void expect_datagrams(struct __test_metadata *_metadata, int fd, size_t len, size_t size)
{
	for (size_t at = 0; at < len; at += size) {
		size_t want = len - at < size ? len - at : size;

		ASSERT_EQ(want, recv(fd, in, sizeof(in), 0));
		EXPECT_TRUE(t_good(in, at, want));
	}
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

TEST_F(dgram, by_option)
{
	int fd[2];

	pair_filled(&variant->k, fd);
	EXPECT_EQ(0, t_get(fd[0], SOL_UDP, UDP_SEGMENT));
	t_set(fd[0], SOL_UDP, UDP_SEGMENT, 1000);
	EXPECT_EQ(1000, t_get(fd[0], SOL_UDP, UDP_SEGMENT));
	ASSERT_EQ(4500, send(fd[0], out, 4500, 0));
	expect_datagrams(_metadata, fd[1], 4500, 1000);
	ASSERT_EQ(900, send(fd[0], out, 900, 0));
	expect_datagrams(_metadata, fd[1], 900, 1000);
	t_set(fd[0], SOL_UDP, UDP_SEGMENT, 0);
	ASSERT_EQ(4500, send(fd[0], out, 4500, 0));
	expect_datagrams(_metadata, fd[1], 4500, 4500);
}

TEST_F(dgram, by_message)
{
	static const struct {
		int len;
		int size;
	} cases[] = { { 2000, 1000 }, { 2001, 1000 }, { 999, 1000 }, { 1000, 1000 }, { 3, 1 }, { 60000, 1400 } };
	int fd[2];

	pair_filled(&variant->k, fd);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(0, send_segments(fd[0], cases[i].len, cases[i].size));
		expect_datagrams(_metadata, fd[1], cases[i].len, cases[i].size);
	}
	ASSERT_EQ(2500, send(fd[0], out, 2500, 0));	/* that was for those datagrams only */
	expect_datagrams(_metadata, fd[1], 2500, 2500);
}

/* What a message says goes before the option */
TEST_F(dgram, message_over_option)
{
	int fd[2];

	pair_filled(&variant->k, fd);
	t_set(fd[0], SOL_UDP, UDP_SEGMENT, 1000);
	ASSERT_EQ(0, send_segments(fd[0], 1500, 500));
	expect_datagrams(_metadata, fd[1], 1500, 500);
	ASSERT_EQ(0, send_segments(fd[0], 1500, 0));
	expect_datagrams(_metadata, fd[1], 1500, 1500);
}

TEST_F(dgram, unconnected)
{
	d_kind *k = &variant->k;
	int fd[2];

	d_two(k, fd);
	t_fill(out, 0, sizeof(out));
	t_set(fd[0], SOL_UDP, UDP_SEGMENT, 700);
	ASSERT_EQ(0, d_try_sendto(k->family, fd[0], d_lo(k), t_port(fd[1]), out, 2000, 0));
	expect_datagrams(_metadata, fd[1], 2000, 700);
}

TEST_F(dgram, corked)
{
	int fd[2];

	pair_filled(&variant->k, fd);
	t_set(fd[0], SOL_UDP, UDP_SEGMENT, 1000);
	ASSERT_EQ(1500, send(fd[0], out, 1500, MSG_MORE));
	ASSERT_EQ(1000, send(fd[0], out + 1500, 1000, 0));
	expect_datagrams(_metadata, fd[1], 2500, 1000);
}

/* A device that does not do it itself, and one that does not take pieces either */
TEST_F(dgram, in_software)
{
	d_kind *k = &variant->k;
	int fd[2];

	for (int sg = 1; sg >= 0; sg--) {
		t_enter_netns();
		t_sh(sg ? "ethtool -K lo tx-udp-segmentation off gso off" :
			    "ethtool -K lo tx-udp-segmentation off gso off sg off");
		pair_filled(k, fd);
		ASSERT_EQ(0, send_segments(fd[0], 30000, 1200));
		expect_datagrams(_metadata, fd[1], 30000, 1200);
	}
}

/* ---- what is refused ---- */

TEST_F(dgram, limits)
{
	int fd[2];

	pair_filled(&variant->k, fd);
	ASSERT_EQ(0, send_segments(fd[0], MAX_SEGS * 10, 10));
	expect_datagrams(_metadata, fd[1], MAX_SEGS * 10, 10);
	EXPECT_EQ(EINVAL, send_segments(fd[0], 1000, 1));	/* more than any kernel's number of segments */
	EXPECT_EQ(EMSGSIZE, send_segments(fd[0], sizeof(out), 1000));
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
	EXPECT_EQ(-1, setsockopt(fd[0], SOL_UDP, UDP_SEGMENT, &(int){ -1 }, sizeof(int)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(fd[0], SOL_UDP, UDP_SEGMENT, &(int){ 65536 }, sizeof(int)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, t_get(fd[0], SOL_UDP, UDP_SEGMENT));
}

/* A segment is a packet: no fragments */
TEST_F(dgram, larger_than_mtu)
{
	d_kind *k = &variant->k;
	int fd[2], most = 1500 - d_of(k, 28, 48);

	t_enter_netns();
	d_lo_mtu(1500);
	pair_filled(k, fd);
	ASSERT_EQ(0, send_segments(fd[0], 5000, most));
	expect_datagrams(_metadata, fd[1], 5000, most);
	EXPECT_NE(0, send_segments(fd[0], 5000, most + 1));
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

/* Without a checksum there is none to make for each */
TEST_F(v4, no_check)
{
	int fd[2];

	pair_filled(&variant->k, fd);
	t_set(fd[0], SOL_SOCKET, SO_NO_CHECK, 1);
	EXPECT_EQ(EINVAL, send_segments(fd[0], 5000, 1000));
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

/* ---- receiving ---- */

static void expect_gro(struct __test_metadata *_metadata, int fd, ssize_t len, int size)
{
	static struct d_msg m;
	int n;

	T_UNTIL(!ioctl(fd, FIONREAD, &n) && n == len);
	ASSERT_EQ(len, d_recvmsg(fd, &m, 0));
	EXPECT_TRUE(t_good((void *)m.data, 0, len));
	EXPECT_EQ(size, d_cmsg_int(&m, SOL_UDP, UDP_GRO));
}

TEST_F(dgram, gro)
{
	int fd[2];

	pair_filled(&variant->k, fd);
	EXPECT_EQ(0, t_get(fd[1], SOL_UDP, UDP_GRO));
	t_set(fd[1], SOL_UDP, UDP_GRO, 1);
	EXPECT_EQ(1, t_get(fd[1], SOL_UDP, UDP_GRO));
	ASSERT_EQ(0, send_segments(fd[0], 4500, 1000));
	expect_gro(_metadata, fd[1], 4500, 1000);
	ASSERT_EQ(0, send_segments(fd[0], 60000, 1400));
	expect_gro(_metadata, fd[1], 60000, 1400);
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

/* One that is alone comes without a size */
TEST_F(dgram, gro_single)
{
	int fd[2];

	pair_filled(&variant->k, fd);
	t_set(fd[1], SOL_UDP, UDP_GRO, 1);
	ASSERT_EQ(800, send(fd[0], out, 800, 0));
	expect_gro(_metadata, fd[1], 800, INT_MIN);
}

/* A buffer that is too small loses the rest of all of them */
TEST_F(dgram, gro_trunc)
{
	int fd[2], n;

	pair_filled(&variant->k, fd);
	t_set(fd[1], SOL_UDP, UDP_GRO, 1);
	ASSERT_EQ(0, send_segments(fd[0], 4500, 1000));
	T_UNTIL(!ioctl(fd[1], FIONREAD, &n) && n == 4500);
	EXPECT_EQ(4500, recv(fd[1], in, 10, MSG_TRUNC));
	EXPECT_EQ(EAGAIN, d_try_recv(fd[1]));
}

TEST_HARNESS_MAIN
