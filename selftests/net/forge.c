// SPDX-License-Identifier: GPL-2.0
/*
 * Sends ICMP errors that claim to be about segments from SRC:SPORT to DST:DPORT.
 *
 *	forge SRC SPORT DST DPORT PROTOCOL SEQ:TYPE:CODE[:MTU]...
 *
 * They go to SRC. PROTOCOL is 6 or 253. Addresses are both IPv4 or both IPv6; so are TYPE and CODE.
 */
#include "tool.h"

static unsigned char packet[256];

static void put16(unsigned char *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(unsigned char *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static unsigned int checksum(const unsigned char *p, size_t len)
{
	uint32_t s = 0;

	for (size_t i = 0; i < len; i += 2)
		s += p[i] << 8 | p[i + 1];
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s ^ 0xffff;
}

static size_t put_ip(unsigned char *p, const struct sockaddr_storage *src,
		     const struct sockaddr_storage *dst, int proto)
{
	if (src->ss_family == AF_INET) {
		p[0] = 0x45;
		put16(p + 2, 1500);
		put16(p + 6, 0x4000);
		p[8] = 64;
		p[9] = proto;
		memcpy(p + 12, &((const struct sockaddr_in *)src)->sin_addr, 4);
		memcpy(p + 16, &((const struct sockaddr_in *)dst)->sin_addr, 4);
		put16(p + 10, checksum(p, 20));
		return 20;
	}
	p[0] = 0x60;
	put16(p + 4, 1460);
	p[6] = proto;
	p[7] = 64;
	memcpy(p + 8, &((const struct sockaddr_in6 *)src)->sin6_addr, 16);
	memcpy(p + 24, &((const struct sockaddr_in6 *)dst)->sin6_addr, 16);
	return 40;
}

static void put_tcp(unsigned char *p, int sport, int dport, uint32_t seq)
{
	put16(p, sport);
	put16(p + 2, dport);
	put32(p + 4, seq);
	p[12] = 0x50;
	p[13] = 0x10;
	put16(p + 14, 1000);
}

/* Fills @packet; returns its length */
static size_t forge(char **argv, const struct sockaddr_storage *src,
		    const struct sockaddr_storage *dst, const char *what)
{
	unsigned int seq, type, code, mtu = 0;
	size_t n;

	if (sscanf(what, "%u:%u:%u:%u", &seq, &type, &code, &mtu) < 3) {
		errno = EINVAL;
		die("%s", what);
	}
	memset(packet, 0, sizeof(packet));
	packet[0] = type;
	packet[1] = code;
	put32(packet + 4, mtu);
	n = 8 + put_ip(packet + 8, src, dst, atoi(argv[5]));
	put_tcp(packet + n, atoi(argv[2]), atoi(argv[4]), seq);
	n += 20;
	if (src->ss_family == AF_INET)
		put16(packet + 2, checksum(packet, n));		/* of ICMPv6 the kernel makes it */
	return n;
}

int main(int argc, char **argv)
{
	struct sockaddr_storage src, dst;
	socklen_t len;
	int fd;

	if (argc < 7) {
		fprintf(stderr, "usage: forge SRC SPORT DST DPORT PROTOCOL SEQ:TYPE:CODE[:MTU]...\n");
		return 2;
	}
	len = tool_addr(&src, argv[1], 0);
	tool_addr(&dst, argv[3], 0);
	fd = socket(src.ss_family, SOCK_RAW,
		    src.ss_family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (fd < 0)
		die("raw socket");
	for (int i = 6; i < argc; i++) {
		size_t n = forge(argv, &src, &dst, argv[i]);

		if (sendto(fd, packet, n, 0, (struct sockaddr *)&src, len) != (ssize_t)n)
			die("forge %s", argv[i]);
	}
	return 0;
}
