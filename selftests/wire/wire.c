// SPDX-License-Identifier: GPL-2.0
/* The tun device, packets made and read */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <linux/naru.h>
#include "wire.h"

#define EXP_FASTOPEN	0xf989	/* RFC 6994: which experiment */
#define PROTO_TCP	6
#define PROTO_ICMP	1
#define PROTO_ICMPV6	58
#define PROTO_DSTOPTS	60
#define OPT_SOURCE_ROUTE	131
#define ECHO_V4		8
#define ECHO_V6		128
#define REPLY_V4	0
#define REPLY_V6	129
#define PACKET_MAX	2048
#define ICMP_HDR	8
#define PONG_MS		100

struct in6_ifreq {
	struct in6_addr addr;
	uint32_t prefixlen;
	int ifindex;
};

static const uint8_t host_v4[4] = { 10, 0, 0, 1 };
static const uint8_t host_v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
static int tun = -1;
static bool opened;	/* the test is not over yet */

/**
 * wire_close - a test ends: what is left goes, or it would hold the module until it gives up
 */
void wire_close(void)
{
	if (opened)
		wire_kill();
	opened = false;
}

void wire_die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "# ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(err));
	va_end(ap);
	if (opened) {
		opened = false;
		wire_show_counts();
		wire_kill();
	}
	_exit(1);
}

int64_t wire_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

long wire_now_ms(void)
{
	return wire_now_ns() / 1000000;
}

/* ---- the device ---- */

static struct ifreq ifreq_of(const char *name)
{
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ifr;
}

static int open_device(void)
{
	return open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static int open_tun(const char *name)
{
	struct ifreq ifr = ifreq_of(name);
	int fd = open_device();

	if (fd < 0 && !system("modprobe -q tun"))
		fd = open_device();
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		wire_die("/dev/net/tun");
	return fd;
}

static void set_up(int fd, const char *name)
{
	struct ifreq ifr = ifreq_of(name);

	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		wire_die("%s does not come up", name);
}

static void set_v4(int fd, int request, const char *name, const void *addr)
{
	struct ifreq ifr = ifreq_of(name);
	struct sockaddr_in *sin = (void *)&ifr.ifr_addr;

	sin->sin_family = AF_INET;
	memcpy(&sin->sin_addr, addr, 4);
	if (ioctl(fd, request, &ifr))
		wire_die("address of %s", name);
}

static void add_v6(const char *name, const void *addr)
{
	struct in6_ifreq ifr = { .prefixlen = 64, .ifindex = if_nametoindex(name) };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	memcpy(&ifr.addr, addr, 16);
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &ifr))
		wire_die("address of %s", name);
	close(fd);
}

/**
 * wire_addr - an address of the wire's family
 * @w: wire
 * @ss: is filled
 * @addr: of the host or the peer
 * @port: port
 *
 * Return: its length.
 */
socklen_t wire_addr(const struct wire *w, struct sockaddr_storage *ss, const uint8_t *addr,
		    int port)
{
	struct sockaddr_in6 *sin6 = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = w->family;
	sin->sin_port = htons(port);
	if (w->family == AF_INET) {
		memcpy(&sin->sin_addr, addr, 4);
		return sizeof(*sin);
	}
	memcpy(&sin6->sin6_addr, addr, 16);
	return sizeof(*sin6);
}

/**
 * wire_prepare - the namespace and the tun device that the tests of a program share, one by one
 *
 * A namespace for each test would be the better half of the tests' time on a kernel that debugs.
 */
void wire_prepare(void)
{
	static const uint8_t mask[4] = { 255, 0, 0, 0 };
	int fd;

	if (unshare(CLONE_NEWNET))
		wire_die("a network namespace of one's own");
	tun = open_tun("wire");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	set_v4(fd, SIOCSIFADDR, "wire", host_v4);
	set_v4(fd, SIOCSIFNETMASK, "wire", mask);
	set_up(fd, "lo");
	set_up(fd, "wire");
	add_v6("wire", host_v6);
	close(fd);
}

/* ---- sockets ---- */

void wire_setopt(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		wire_die("setsockopt(%d, %d)", level, name);
}

int wire_socket(struct wire *w)
{
	int fd = socket(AF_NARU, SOCK_STREAM | SOCK_NONBLOCK, w->proto == PROTO_TCP ? PROTO_TCP : 0);

	if (fd < 0)
		wire_die("socket(AF_NARU)");
	wire_setopt(fd, SOL_NARU, NARU_DOMAIN, w->family);
	return fd;
}

void wire_bind(struct wire *w, int fd, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = wire_addr(w, &ss, w->host, port);

	if (bind(fd, (void *)&ss, len))
		wire_die("bind to port %d", port);
}

int wire_listen(struct wire *w, int port, int backlog)
{
	int fd = wire_socket(w);

	wire_bind(w, fd, port);
	if (listen(fd, backlog))
		wire_die("listen on port %d", port);
	return fd;
}

void wire_connect(struct wire *w, int fd, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = wire_addr(w, &ss, w->peer, port);

	if (!connect(fd, (void *)&ss, len) || errno != EINPROGRESS)
		wire_die("connect");
}

int wire_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (void *)&ss, &len))
		wire_die("getsockname");
	return ntohs(((struct sockaddr_in *)&ss)->sin_port);	/* the same place in both */
}

int wire_error(int fd)
{
	struct pollfd p = { .fd = fd };		/* POLLERR and POLLHUP come unasked */
	socklen_t len = sizeof(int);
	int err = 0;

	if (poll(&p, 1, WIRE_PATIENCE_MS) != 1)
		wire_die("the error does not come");
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		wire_die("SO_ERROR");
	return err;
}

/* ---- packets made ---- */

static uint8_t *put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v);
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint32_t sum(const uint8_t *p, int len, uint32_t start)
{
	for (; len > 1; p += 2, len -= 2)
		start += get16(p);
	return len ? start + (p[0] << 8) : start;
}

static uint16_t fold(uint32_t v)
{
	while (v >> 16)
		v = (v & 0xffff) + (v >> 16);
	return ~v;
}

/* The pseudo-header's protocol is 6 for segments in both wire modes */
static uint16_t checksum(const struct wire *w, const uint8_t *src, const uint8_t *dst, int proto,
			 const uint8_t *p, int len)
{
	uint32_t start = sum(src, w->alen, sum(dst, w->alen, proto + len));

	return fold(sum(p, len, start));
}

/* RFC 7413 4.1.1, or as the first implementations had it */
static uint8_t *put_cookie(uint8_t *p, const struct seg *s)
{
	p = put16(p, s->exp ? 0xfe00 | (4 + s->cookie_len) : 0x2200 | (2 + s->cookie_len));
	if (s->exp)
		p = put16(p, EXP_FASTOPEN);
	memcpy(p, s->cookie, s->cookie_len);
	return p + s->cookie_len;
}

static uint8_t *put_options(uint8_t *p, const struct seg *s)
{
	uint8_t *start = p;

	if (s->opt_len) {
		memcpy(p, s->opt, s->opt_len);
		return p + s->opt_len;
	}
	if (s->has_mss)
		p = put16(put16(p, 0x0204), s->mss);
	if (s->has_sackok)
		p = put16(p, 0x0402);
	if (s->has_ts)
		p = put32(put32(put16(p, 0x080a), s->tsval), s->tsecr);
	if (s->has_wscale) {
		p = put16(p, 0x0303);
		*p++ = s->wscale;
	}
	if (s->sacks)
		p = put16(p, 0x0500 | (2 + 8 * s->sacks));
	for (int i = 0; i < s->sacks; i++)
		p = put32(put32(p, s->sack[i].start), s->sack[i].end);
	if (s->has_cookie)
		p = put_cookie(p, s);
	while ((p - start) % 4)
		*p++ = 1;
	return p;
}

/* Returns the length */
static int build_segment(const struct wire *w, uint8_t *hdr, const uint8_t *src, const uint8_t *dst,
			 const struct seg *s)
{
	uint8_t *data = put_options(hdr + 20, s);
	int doff = (data - hdr) / 4;
	int len = data - hdr + s->len;
	uint8_t *p = hdr;

	p = put32(put32(put16(put16(p, s->sport), s->dport), s->seq), s->ack);
	*p++ = (s->doff ? s->doff : doff) << 4;
	*p++ = s->flags;
	put16(put16(put16(p, s->wnd), 0), s->urg);
	if (s->data)
		memcpy(data, s->data, s->len);
	else
		memset(data, 0, s->len);
	len -= s->cut;
	if (len >= 18)
		put16(hdr + 16, checksum(w, src, dst, PROTO_TCP, hdr, len) ^ (s->bad_csum ? 1 : 0));
	return len;
}

/* @packet is filled in front of @len bytes, @opt of which are IPv4's options. Returns the packet's length. */
static int build_ip(const struct wire *w, uint8_t *packet, const uint8_t *src, const uint8_t *dst,
		    int tos, int proto, int opt, int len)
{
	uint8_t *p = packet;

	if (w->family == AF_INET) {
		p = put16(put16(put16(put16(p, 0x4500 + (opt / 4 << 8) + tos), 20 + len), 0),
			  0x4000);
		p = put16(put16(p, 64 << 8 | proto), 0);
		memcpy(p, src, 4);
		memcpy(p + 4, dst, 4);
		put16(packet + 10, fold(sum(packet, 20 + opt, 0)));
		return 20 + len;
	}
	p = put16(put16(put32(p, 0x60000000 | tos << 20), len), proto << 8 | 64);
	memcpy(p, src, 16);
	memcpy(p + 16, dst, 16);
	return 40 + len;
}

static int ip_hdr_len(const struct wire *w)
{
	return w->family == AF_INET ? 20 : 40;
}

static int build_packet(const struct wire *w, uint8_t *packet, const uint8_t *src,
			const uint8_t *dst, const struct seg *s)
{
	int opt = s->ip_opt_len, proto = w->proto;
	uint8_t *p = packet + ip_hdr_len(w);
	int len = opt + build_segment(w, p + opt, src, dst, s);

	memcpy(p, s->ip_opt, opt);
	if (opt && w->family == AF_INET6) {
		*p = proto;
		proto = PROTO_DSTOPTS;
	}
	return build_ip(w, packet, src, dst, s->tos, proto, opt, len);
}

static void inject(struct wire *w, const uint8_t *packet, int len)
{
	if (write(w->tun, packet, len) != len)
		wire_die("write to tun");
}

void wire_put_from(struct wire *w, const uint8_t *src, const uint8_t *dst, const struct seg *s)
{
	uint8_t packet[PACKET_MAX];

	inject(w, packet, build_packet(w, packet, src, dst, s));
}

void wire_put(struct wire *w, const struct seg *s)
{
	wire_put_from(w, w->peer, w->host, s);
}

/* @icmp has @len bytes, header included, and no checksum yet */
static void put_icmp(struct wire *w, uint8_t *packet, int len, bool bad_csum)
{
	uint8_t *icmp = packet + ip_hdr_len(w);
	uint16_t csum;

	if (w->family == AF_INET)
		csum = fold(sum(icmp, len, 0));
	else
		csum = checksum(w, w->peer, w->host, PROTO_ICMPV6, icmp, len);
	put16(icmp + 2, csum ^ (bad_csum ? 1 : 0));
	inject(w, packet, build_ip(w, packet, w->peer, w->host, 0,
				   w->family == AF_INET ? PROTO_ICMP : PROTO_ICMPV6, 0, len));
}

/**
 * wire_put_icmp - the peer, or a router on the way, reports an error about a segment of naru's
 * @w: wire
 * @i: the message
 * @quoted: the segment that naru sent, or is said to have sent
 */
void wire_put_icmp(struct wire *w, const struct icmp *i, const struct seg *quoted)
{
	uint8_t packet[PACKET_MAX] = {};
	uint8_t *icmp = packet + ip_hdr_len(w);
	struct seg s = *quoted;

	s.len = 0;
	icmp[0] = i->type;
	icmp[1] = i->code;
	put32(icmp + 4, i->info);
	build_packet(w, icmp + ICMP_HDR, w->host, w->peer, &s);
	put_icmp(w, packet, ICMP_HDR + ip_hdr_len(w) + (i->quote ? i->quote : 8), i->bad_csum);
}

void wire_ping(struct wire *w)
{
	uint8_t packet[PACKET_MAX] = {};
	uint8_t *icmp = packet + ip_hdr_len(w);

	icmp[0] = w->family == AF_INET ? ECHO_V4 : ECHO_V6;
	put16(put16(icmp + 4, getpid()), ++w->pings);
	put_icmp(w, packet, ICMP_HDR, false);
}

/* ---- packets read ---- */

/* Any options; naru's own have to make sense */
static void parse_cookie(const uint8_t *cookie, int len, bool exp, struct seg *s)
{
	if (len < 0 || len > (int)sizeof(s->cookie))
		wire_die("naru sent a cookie of %d bytes", len);
	s->has_cookie = true;
	s->exp = exp;
	s->cookie_len = len;
	memcpy(s->cookie, cookie, len);
}

static void parse_options(const uint8_t *o, int room, struct seg *s)
{
	while (room > 0 && *o) {
		int len = *o == 1 ? 1 : o[1];

		if (len < 1 || len > room || (*o != 1 && len < 2))
			wire_die("naru sent an option of length %d", len);
		switch (*o) {
		case 2:
			s->has_mss = true;
			s->mss = get16(o + 2);
			break;
		case 3:
			s->has_wscale = true;
			s->wscale = o[2];
			break;
		case 4:
			s->has_sackok = true;
			break;
		case 5:
			s->sacks = (len - 2) / 8;
			for (int i = 0; i < s->sacks && i < 4; i++) {
				s->sack[i].start = get32(o + 2 + 8 * i);
				s->sack[i].end = get32(o + 6 + 8 * i);
			}
			break;
		case 8:
			s->has_ts = true;
			s->tsval = get32(o + 2);
			s->tsecr = get32(o + 6);
			break;
		case 34:
			parse_cookie(o + 2, len - 2, false, s);
			break;
		case 254:
			if (len >= 4 && get16(o + 2) == EXP_FASTOPEN)
				parse_cookie(o + 4, len - 4, true, s);
			break;
		}
		o += len;
		room -= len;
	}
}

static void parse_segment(struct wire *w, const uint8_t *addrs, const uint8_t *p, int len,
			  struct seg *s)
{
	int hdr = len >= 20 ? (p[12] >> 4) * 4 : 0;

	if (hdr < 20 || hdr > len)
		wire_die("naru sent a header of %d bytes in a segment of %d", hdr, len);
	if (checksum(w, addrs, addrs + w->alen, PROTO_TCP, p, len))
		wire_die("naru sent a wrong checksum");
	s->sport = get16(p);
	s->dport = get16(p + 2);
	s->seq = get32(p + 4);
	s->ack = get32(p + 8);
	s->flags = p[13];
	s->wnd = get16(p + 14);
	s->urg = get16(p + 18);
	parse_options(p + 20, hdr - 20, s);
	if (s->has_mss && !(s->flags & SYN))
		wire_die("naru sent an MSS on a segment that is no SYN");
	s->len = len - hdr;
	memcpy(s->buf, p + hdr, s->len);
	s->data = s->buf;
}

static bool is_pong(const struct wire *w, const uint8_t *icmp, int proto)
{
	if (get16(icmp + 4) != (uint16_t)getpid() || get16(icmp + 6) != w->pings)
		return false;
	if (w->family == AF_INET)
		return proto == PROTO_ICMP && *icmp == REPLY_V4;
	return proto == PROTO_ICMPV6 && *icmp == REPLY_V6;
}

/* Source and destination */
static const uint8_t *addresses(const struct wire *w, const uint8_t *packet)
{
	return packet + (w->family == AF_INET ? 12 : 8);
}

static bool is_from_host(const struct wire *w, const uint8_t *packet)
{
	return packet[0] >> 4 == (w->family == AF_INET ? 4 : 6) &&
	       !memcmp(addresses(w, packet), w->host, w->alen);
}

enum { WIRE_NOTHING, WIRE_SEGMENT, WIRE_PONG };

/* What the IP header says, and what stands behind it. Returns the protocol of what follows. */
static int parse_ip(const struct wire *w, const uint8_t *packet, struct seg *s)
{
	bool v4 = w->family == AF_INET;
	const uint8_t *behind = packet + ip_hdr_len(w);
	int proto = packet[v4 ? 9 : 6];

	s->tos = v4 ? packet[1] : get16(packet) >> 4;
	s->ttl = packet[v4 ? 8 : 7];
	memcpy(s->to, addresses(w, packet) + w->alen, w->alen);
	if (v4)
		s->ip_opt_len = (packet[0] & 15) * 4 - 20;
	else if (proto == PROTO_DSTOPTS)
		s->ip_opt_len = 8 + behind[1] * 8;
	if (s->ip_opt_len < 0 || s->ip_opt_len > (int)sizeof(s->ip_opt))
		wire_die("naru sent %d bytes of IP options", s->ip_opt_len);
	memcpy(s->ip_opt, behind, s->ip_opt_len);
	return !v4 && proto == PROTO_DSTOPTS ? behind[0] : proto;
}

/* Source and destination as the checksum has them: a source route ends at the destination */
static void ends(const struct wire *w, const uint8_t *packet, const struct seg *s, uint8_t *addrs)
{
	memcpy(addrs, addresses(w, packet), 2 * w->alen);
	if (s->ip_opt_len && s->ip_opt[0] == OPT_SOURCE_ROUTE)
		memcpy(addrs + 4, s->ip_opt + s->ip_opt[1] - 4, 4);
}

/* The packet that is there, if it is one that matters */
static int read_one(struct wire *w, struct seg *s)
{
	uint8_t packet[PACKET_MAX], addrs[32];
	int hdr = ip_hdr_len(w);
	int len, proto;

	memset(s, 0, offsetof(struct seg, buf));
	len = read(w->tun, packet, sizeof(packet));
	if (len < hdr || !is_from_host(w, packet))
		return WIRE_NOTHING;
	proto = parse_ip(w, packet, s);
	hdr += s->ip_opt_len;
	if (proto == w->proto) {
		ends(w, packet, s, addrs);
		parse_segment(w, addrs, packet + hdr, len - hdr, s);
		return WIRE_SEGMENT;
	}
	return is_pong(w, packet + hdr, proto) ? WIRE_PONG : WIRE_NOTHING;
}

/**
 * wire_next - what comes next on the wire
 * @w: wire
 * @s: is filled
 *
 * Return: true: a segment. False: the answer to the last echo request.
 */
bool wire_next(struct wire *w, struct seg *s)
{
	struct pollfd p = { .fd = w->tun, .events = POLLIN };
	int what;

	do {
		errno = ETIMEDOUT;
		if (poll(&p, 1, WIRE_PATIENCE_MS) != 1)
			wire_die("naru sends nothing");
		what = read_one(w, s);
	} while (what == WIRE_NOTHING);
	return what == WIRE_SEGMENT;
}

/**
 * wire_next_by - the next segment, if it comes in time
 * @w: wire
 * @s: is filled
 * @end: wire_now_ns() when it is too late
 *
 * Return: false: none has come by then.
 */
bool wire_next_by(struct wire *w, struct seg *s, int64_t end)
{
	struct pollfd p = { .fd = w->tun, .events = POLLIN };

	while (true) {
		int64_t left = end - wire_now_ns();
		struct timespec ts = { .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };

		if (left < 0)
			ts = (struct timespec){};
		if (ppoll(&p, 1, &ts, NULL) != 1)
			return false;
		if (read_one(w, s) == WIRE_SEGMENT)
			return true;
	}
}

struct seg wire_get(struct wire *w)
{
	struct seg s;

	while (!wire_next(w, &s))
		;
	return s;
}

/**
 * wire_quiet - naru has sent nothing
 * @w: wire
 *
 * Return: true when nothing came before the answer to an echo request.
 */
bool wire_quiet(struct wire *w)
{
	bool quiet = true;
	struct seg s;

	wire_ping(w);
	while (wire_next(w, &s)) {
		fprintf(stderr, "# not quiet: %s\n", wire_text(&s));
		quiet = false;
	}
	return quiet;
}

/* For messages; the text lasts until the second call after this one */
const char *wire_text(const struct seg *s)
{
	static char text[2][256];
	static int turn;
	char *t = text[turn ^= 1];
	int n;

	n = snprintf(t, sizeof(text[0]), "%u > %u %s%s%s%s%s%s%s seq %u ack %u wnd %u len %d", s->sport,
		     s->dport, s->flags & SYN ? "S" : "", s->flags & FIN ? "F" : "",
		     s->flags & RST ? "R" : "", s->flags & PSH ? "P" : "", s->flags & ACK ? "." : "",
		     s->flags & ECE ? "E" : "", s->flags & CWR ? "W" : "",
		     s->seq, s->ack, s->wnd, s->len);
	for (int i = 0; i < s->sacks && i < 4; i++)
		n += snprintf(t + n, sizeof(text[0]) - n, " sack %u:%u", s->sack[i].start,
			      s->sack[i].end);
	return t;
}

/* ---- a test ---- */

/* Every test speaks from another address, so that no route remembers what another has learnt */
static void choose_peer(struct wire *w)
{
	uint32_t id = getpid();

	memcpy(w->peer, w->host, w->alen);
	if (w->family == AF_INET)
		w->peer[1] = 1 + (id >> 16 & 0x7f);
	else
		w->peer[13] = id >> 16;
	w->peer[w->alen - 2] = id >> 8;
	w->peer[w->alen - 1] = id;
	if (w->family == AF_INET6)
		w->peer[9] = 1;
}

/* What was on its way is read, and IPv6 lets nobody use an address before it has looked at it */
static void await_pong(struct wire *w)
{
	long end = wire_now_ms() + WIRE_PATIENCE_MS;
	struct pollfd p = { .fd = w->tun, .events = POLLIN };
	struct seg s;

	do {
		if (wire_now_ms() > end)
			wire_die("no answer to an echo request");
		wire_ping(w);
		while (poll(&p, 1, PONG_MS) == 1)
			if (read_one(w, &s) == WIRE_PONG)
				return;
	} while (true);
}

static void attach(struct wire *w, int family, int proto)
{
	memset(w, 0, sizeof(*w));
	w->tun = tun;
	w->family = family;
	w->proto = proto;
	w->alen = family == AF_INET ? 4 : 16;
	memcpy(w->host, family == AF_INET ? host_v4 : host_v6, w->alen);
	choose_peer(w);
}

/**
 * wire_open - a test begins
 * @w: is filled
 * @family: AF_INET or AF_INET6
 * @proto: IP protocol of segments, 6 or 253
 *
 * Nothing is left of the test before: no socket, no setting, and the counters start at 0.
 */
void wire_open(struct wire *w, int family, int proto)
{
	attach(w, family, proto);
	opened = true;
	wire_kill();
	wire_default_settings();
	wire_set_name("congestion_control", "reno");	/* whose windows RFC 5681 tells to the byte */
	await_pong(w);
	wire_start_counts();
}

/**
 * wire_open_kernel - a test of the kernel's own TCP begins; naru need not be there
 * @w: is filled
 * @family: AF_INET or AF_INET6
 */
void wire_open_kernel(struct wire *w, int family)
{
	attach(w, family, PROTO_TCP);
	await_pong(w);
}
