// SPDX-License-Identifier: GPL-2.0
/*
 * Sends segments from sources that do not exist, as fast as it can.
 *
 *	flood DST DPORT PROTOCOL FLAGS COUNT
 *
 * To an IPv4 address. PROTOCOL is 6 or 253; FLAGS are TCP's, as a number. Sources are drawn from
 * 198.18.0.0/15 (RFC 2544), ports and sequence numbers too.
 */
#include "tool.h"

struct segment {
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t doff, flags;
	uint16_t wnd, check, urg;
};

struct packet {
	uint8_t version, tos;
	uint16_t len, id, frag;
	uint8_t ttl, protocol;
	uint16_t check;
	uint32_t src, dst;
	struct segment seg;
} __attribute__((packed));

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

static void draw(struct packet *p, uint64_t number)
{
	uint64_t x = tool_mix(number);

	p->src = htonl(0xc6120000 | (x & 0x1ffff));
	p->seg.sport = htons(1024 + (x >> 20) % 64000);
	p->seg.seq = x >> 32;
	p->seg.check = 0;
	/* the pseudo-header says 6 in both wire modes */
	p->seg.check = fold(sum(&p->src, 8, sum(&p->seg, sizeof(p->seg), 6 + sizeof(p->seg))));
}

int main(int argc, char **argv)
{
	struct packet p = { .version = 0x45, .ttl = 64, .seg = { .doff = 0x50, .wnd = htons(8192) } };
	struct sockaddr_storage dst;
	socklen_t len;
	int fd;

	if (argc != 6) {
		fprintf(stderr, "usage: flood DST DPORT PROTOCOL FLAGS COUNT\n");
		return 2;
	}
	len = tool_addr(&dst, argv[1], 0);
	p.dst = ((struct sockaddr_in *)&dst)->sin_addr.s_addr;
	p.seg.dport = htons(atoi(argv[2]));
	p.protocol = atoi(argv[3]);
	p.seg.flags = strtoul(argv[4], NULL, 0);
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		die("raw socket");
	for (int i = 0; i < atoi(argv[5]); i++) {
		draw(&p, i);
		if (sendto(fd, &p, sizeof(p), 0, (struct sockaddr *)&dst, len) != sizeof(p))
			die("segment %d", i);
	}
	return 0;
}
