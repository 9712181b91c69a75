// SPDX-License-Identifier: GPL-2.0
/* Datagrams: the checksum on the wire, datagrams without one, and what is damaged */
#include <net/ethernet.h>
#include <linux/if_packet.h>
#include "dgram_test.h"

#define SOURCE_PORT	7777

struct wire {
	struct udphdr udp;
	unsigned char data[64];
};

static unsigned int sum16(const void *data, size_t len, unsigned int sum)
{
	const unsigned char *p = data;

	for (; len > 1; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	if (len)
		sum += *p << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Of header and data, with the pseudo-header, whose protocol is UDP's on both wires; 0xffff: it is right */
static unsigned int sum_of(d_kind *k, const char *src, const char *dst, const struct wire *w, size_t len)
{
	unsigned char addr[32];
	size_t n = d_of(k, 4, 16);

	if (inet_pton(k->family, src, addr) != 1 || inet_pton(k->family, dst, addr + n) != 1)
		t_die("addresses");
	return sum16(w, len, sum16(addr, 2 * n, IPPROTO_UDP + len));
}

/* ---- what is sent ---- */

/* v0 makes no checksums for others; what it sends to 10.7.0.5 and fd07::5 comes out of v1 */
__attribute__((constructor))
static void make_wire(void)
{
	t_sh("ip link add v0 type veth peer name v1; ethtool -K v0 tx off >/dev/null; ip link set v0 up; ip link set v1 up; "
	     "ip addr add 10.7.0.1/24 dev v0; ip addr add fd07::1/64 dev v0 nodad; "
	     "ip neigh add 10.7.0.5 lladdr 02:00:00:00:00:05 dev v0; ip neigh add fd07::5 lladdr 02:00:00:00:00:05 dev v0");
}

/* A socket that sees that */
static int wire_open(d_kind *k)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET };
	int fd;

	fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	sll.sll_protocol = htons(d_of(k, ETH_P_IP, ETH_P_IPV6));
	sll.sll_ifindex = if_nametoindex("v1");
	if (fd < 0 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		t_die("packet socket");
	t_timeout(fd, SO_RCVTIMEO, 20000);
	return fd;
}

/* The next datagram on the wire: header and data; returns its length */
static size_t wire_next(d_kind *k, int fd, struct wire *w)
{
	size_t head = d_of(k, 20, 40);
	unsigned char buf[256];

	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n < 0)
			t_die("nothing on the wire");
		if (n < (ssize_t)(head + 8) || buf[d_of(k, 9, 6)] != d_ip_proto(k->wire))
			continue;
		memcpy(w, buf + head, n - head);
		return ntohs(w->udp.len);
	}
}

static const char *local(d_kind *k)
{
	return k->family == AF_INET ? "10.7.0.1" : "fd07::1";
}

static const char *far(d_kind *k)
{
	return k->family == AF_INET ? "10.7.0.5" : "fd07::5";
}

TEST_F(dgram, sent)
{
	d_kind *k = &variant->k;
	int wire = wire_open(k), fd = d_socket(k);
	struct wire w;

	d_bind_to(k->family, fd, d_any(k), 5555);
	for (size_t len = 0; len < 9; len++) {
		ASSERT_EQ(0, d_try_sendto(k->family, fd, far(k), 6666, "12345678", len, 0));
		ASSERT_EQ(8 + len, wire_next(k, wire, &w));
		EXPECT_EQ(htons(5555), w.udp.source);
		EXPECT_EQ(htons(6666), w.udp.dest);
		EXPECT_EQ(0, memcmp(w.data, "12345678", len));
		EXPECT_NE(0, w.udp.check);
		EXPECT_EQ(0xffff, sum_of(k, local(k), far(k), &w, 8 + len));
	}
}

/* One that comes to zero is sent as 0xffff: zero means none (RFC 768) */
TEST_F(dgram, sent_zero)
{
	d_kind *k = &variant->k;
	int wire = wire_open(k), fd = d_socket(k);
	unsigned short data = 0;
	struct wire w;

	d_connect_to(k->family, fd, far(k), 6666);
	ASSERT_EQ(2, send(fd, &data, 2, 0));
	ASSERT_EQ(10, wire_next(k, wire, &w));
	data = w.udp.check;
	ASSERT_EQ(2, send(fd, &data, 2, 0));
	ASSERT_EQ(10, wire_next(k, wire, &w));
	EXPECT_EQ(0xffff, w.udp.check);
}

static void expect_none_sent(struct __test_metadata *_metadata, d_kind *k, int level, int name)
{
	int wire = wire_open(k), fd = d_socket(k);
	struct wire w;

	d_connect_to(k->family, fd, far(k), 6666);
	EXPECT_EQ(0, t_get(fd, level, name));
	t_set(fd, level, name, 1);
	EXPECT_EQ(1, t_get(fd, level, name));
	d_send(fd, "without");
	ASSERT_EQ(15, wire_next(k, wire, &w));
	EXPECT_EQ(0, w.udp.check);
	t_set(fd, level, name, 0);
	d_send(fd, "with");
	ASSERT_EQ(12, wire_next(k, wire, &w));
	EXPECT_EQ(0xffff, sum_of(k, local(k), far(k), &w, 12));
}

TEST_F(v4, send_none)
{
	expect_none_sent(_metadata, &variant->k, SOL_SOCKET, SO_NO_CHECK);
}

TEST_F(v6, send_none)
{
	expect_none_sent(_metadata, &variant->k, SOL_UDP, UDP_NO_CHECK6_TX);
}

/* Large ones, in fragments, have one too: the receiver sees to it */
TEST_F(dgram, fragments)
{
	d_kind *k = &variant->k;
	static unsigned char out[20000], in[20000];
	int fd[2];

	t_enter_netns();
	d_lo_mtu(1500);
	d_pair(k, fd);
	for (int i = 0; i < 4; i++) {
		t_fill(out, i, sizeof(out));
		ASSERT_EQ(sizeof(out) - i, send(fd[0], out, sizeof(out) - i, 0));
		ASSERT_EQ(sizeof(in) - i, recv(fd[1], in, sizeof(in), 0));
		EXPECT_TRUE(t_good(in, i, sizeof(in) - i));
	}
}

/* ---- what arrives ---- */

/* To a port of loopback: @len bytes, header included, of which the header says that they are @says; @check -1: the right one */
static void inject(d_kind *k, int port, const char *data, size_t len, int says, int check)
{
	int fd = socket(k->family, SOCK_RAW, d_ip_proto(k->wire));
	struct sockaddr_storage ss;
	socklen_t slen = t_addr(&ss, k->family, d_lo(k), 0);
	struct wire w = {
		.udp.source = htons(SOURCE_PORT), .udp.dest = htons(port), .udp.len = htons(says),
	};

	memcpy(w.data, data, len - 8);
	w.udp.check = check < 0 ? htons(0xffff - sum_of(k, d_lo(k), d_lo(k), &w, says)) : check;
	if (fd < 0 || sendto(fd, &w, len, 0, (struct sockaddr *)&ss, slen) != (ssize_t)len)
		t_die("raw socket");
	close(fd);
}

/* A receiver on loopback */
static int receiver(d_kind *k)
{
	int fd = d_socket(k);

	d_bind(k, fd, 0);
	return fd;
}

TEST_F(dgram, right)
{
	d_kind *k = &variant->k;
	int fd = receiver(k);
	struct d_msg m;

	inject(k, t_port(fd), "right", 13, 13, -1);
	ASSERT_EQ(5, d_recvmsg(fd, &m, 0));
	EXPECT_EQ(0, memcmp(m.data, "right", 5));
	EXPECT_EQ(SOURCE_PORT, t_port_of(&m.name));
}

TEST_F(dgram, wrong)
{
	d_kind *k = &variant->k;
	int fd = receiver(k), n = 0;

	inject(k, t_port(fd), "wrong", 13, 13, 0x1234);
	EXPECT_EQ(POLLOUT, t_events(fd));
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
	inject(k, t_port(fd), "wrong again", 19, 19, 0x1234);
	ASSERT_EQ(0, ioctl(fd, FIONREAD, &n));
	EXPECT_EQ(0, n);
	inject(k, t_port(fd), "third", 13, 13, 0x1234);
	inject(k, t_port(fd), "right", 13, 13, -1);
	d_expect(fd, "right");
}

/* None at all: IPv4 takes it, IPv6 if the program says so (RFC 6936) */
TEST_F(v4, none)
{
	int fd = receiver(&variant->k);

	inject(&variant->k, t_port(fd), "none", 12, 12, 0);
	d_expect(fd, "none");
}

TEST_F(v6, none)
{
	d_kind *k = &variant->k;
	int fd = receiver(k);

	EXPECT_EQ(0, t_get(fd, SOL_UDP, UDP_NO_CHECK6_RX));
	inject(k, t_port(fd), "none", 12, 12, 0);
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
	t_set(fd, SOL_UDP, UDP_NO_CHECK6_RX, 1);
	EXPECT_EQ(1, t_get(fd, SOL_UDP, UDP_NO_CHECK6_RX));
	inject(k, t_port(fd), "allowed", 15, 15, 0);
	d_expect(fd, "allowed");
	inject(k, t_port(fd), "wrong", 13, 13, 0x1234);
	inject(k, t_port(fd), "right", 13, 13, -1);
	d_expect(fd, "right");
	t_set(fd, SOL_UDP, UDP_NO_CHECK6_RX, 0);
	inject(k, t_port(fd), "none", 12, 12, 0);
	inject(k, t_port(fd), "right", 13, 13, -1);
	d_expect(fd, "right");
}

/* Bytes behind the datagram are none of it */
TEST_F(dgram, padded)
{
	d_kind *k = &variant->k;
	int fd = receiver(k);

	inject(k, t_port(fd), "datagrampadding", 23, 16, -1);
	d_expect(fd, "datagram");
}

/* A length that is more than there is, or less than a header; a header that is cut off */
TEST_F(dgram, lengths)
{
	d_kind *k = &variant->k;
	int fd = receiver(k);

	for (int says = 1; says < 8; says++)
		inject(k, t_port(fd), "short", 13, says, -1);
	inject(k, t_port(fd), "long", 12, 13, -1);
	inject(k, t_port(fd), "long", 12, 65535, 0x1234);
	inject(k, t_port(fd), "right", 13, 13, -1);
	d_expect(fd, "right");
	EXPECT_EQ(EAGAIN, d_try_recv(fd));
}

/* IPv4 has no use for a length of zero; for IPv6 it is that of the packet (RFC 2675) */
TEST_F(dgram, length_zero)
{
	d_kind *k = &variant->k;
	int fd = receiver(k);
	struct d_msg m;

	inject(k, t_port(fd), "", 8, 0, k->family == AF_INET ? 0 : 0x1234);
	inject(k, t_port(fd), "right", 13, 13, -1);
	ASSERT_EQ(5, d_recvmsg(fd, &m, 0));
}

TEST_HARNESS_MAIN
