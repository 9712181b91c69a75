// SPDX-License-Identifier: GPL-2.0
/*
 * Sends segments from sources that do not exist, as fast as it can.
 *
 *	flood DST DPORT PROTOCOL FLAGS COUNT
 *
 * PROTOCOL is 6 or 253; FLAGS are TCP's, as a number. Sources are drawn from 198.18.0.0/15 (RFC 2544) and
 * 2001:2::/48 (RFC 5180), ports and sequence numbers too.
 */
#define _GNU_SOURCE
#include "tool.h"

#define BATCH	64

struct segment {
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t doff, flags;
	uint16_t wnd, check, urg;
};

struct packet4 {
	uint8_t version, tos;
	uint16_t len, id, frag;
	uint8_t ttl, protocol;
	uint16_t check;
	uint32_t src, dst;
	struct segment seg;
};

struct packet6 {
	uint32_t version;
	uint16_t len;
	uint8_t protocol, ttl;
	uint32_t src[4], dst[4];
	struct segment seg;
};

union packet {
	struct packet4 v4;
	struct packet6 v6;
};

static bool v6;

static uint32_t sum(const void *data, size_t len, uint32_t s)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i += 2)
		s += p[i] << 8 | p[i + 1];
	return s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons(~s);
}

/* @addrs: of @len bytes together. The pseudo-header says 6 in both wire modes */
static void draw_segment(struct segment *seg, uint64_t x, const void *addrs, size_t len)
{
	seg->sport = htons(1024 + (x >> 20) % 64000);
	seg->seq = x >> 32;
	seg->check = 0;
	seg->check = fold(sum(addrs, len, sum(seg, sizeof(*seg), 6 + sizeof(*seg))));
}

static void draw(union packet *p, uint64_t number)
{
	uint64_t x = tool_mix(number);

	if (v6) {
		p->v6.src[3] = x & 0xfffff;
		draw_segment(&p->v6.seg, x, p->v6.src, 32);
	} else {
		p->v4.src = htonl(0xc6120000 | (x & 0x1ffff));
		draw_segment(&p->v4.seg, x, &p->v4.src, 8);
	}
}

static void prepare(union packet *p, const struct sockaddr_storage *dst, char **argv)
{
	struct segment seg = { .dport = htons(atoi(argv[2])), .doff = 0x50, .wnd = htons(8192),
			       .flags = strtoul(argv[4], NULL, 0) };

	if (v6) {
		p->v6 = (struct packet6){ .version = htonl(6U << 28), .len = htons(sizeof(seg)),
					  .protocol = atoi(argv[3]), .ttl = 64,
					  .src = { htonl(0x20010002) }, .seg = seg };
		memcpy(p->v6.dst, &((struct sockaddr_in6 *)dst)->sin6_addr, 16);
	} else {
		p->v4 = (struct packet4){ .version = 0x45, .ttl = 64, .protocol = atoi(argv[3]),
					  .dst = ((struct sockaddr_in *)dst)->sin_addr.s_addr, .seg = seg };
	}
}

static void send_batch(int fd, struct mmsghdr *batch, int n)
{
	for (int done = 0, sent; done < n; done += sent) {
		sent = sendmmsg(fd, batch + done, n - done, 0);
		if (sent < 1)
			die("segments");
	}
}

int main(int argc, char **argv)
{
	struct mmsghdr batch[BATCH] = {};
	struct sockaddr_storage dst;
	struct iovec iov[BATCH];
	union packet p[BATCH];
	socklen_t len;
	int fd, n;

	if (argc != 6) {
		fprintf(stderr, "usage: flood DST DPORT PROTOCOL FLAGS COUNT\n");
		return 2;
	}
	len = tool_addr(&dst, argv[1], 0);
	v6 = dst.ss_family == AF_INET6;
	fd = socket(dst.ss_family, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		die("raw socket");
	for (int i = 0; i < BATCH; i++) {
		prepare(&p[i], &dst, argv);
		iov[i] = (struct iovec){ &p[i], v6 ? sizeof(p->v6) : sizeof(p->v4) };
		batch[i].msg_hdr = (struct msghdr){ .msg_name = &dst, .msg_namelen = len,
						    .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	for (int i = 0; i < atoi(argv[5]); i += n) {
		for (n = 0; n < BATCH && i + n < atoi(argv[5]); n++)
			draw(&p[n], i + n);
		send_batch(fd, batch, n);
	}
	return 0;
}
