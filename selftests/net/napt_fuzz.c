// SPDX-License-Identifier: GPL-2.0
/*
 * Random and mutated packets through a NAPT, each way, and an independent reader that judges what comes
 * out of the router.
 *
 *	napt_fuzz -x FIRST-LAST [-p PACKETS] [-s SEED] [option]...
 *	  -x    external addresses
 *	  -p    packets each way (1000)
 *	  -s    seed (the time); what is sent is drawn from it, and from what came out before
 *	  -o    the external addresses are the router's own
 *	  -d    a mapping for each remote endpoint
 *	  -f F  filtering: e endpoint-independent, a address-dependent, p address- and port-dependent
 *	  -H    no hairpin
 *	  -c    ports are scarce
 *	  -D N  timers are divided by that
 *	  -m PROTO:PORT:ADDRESS:PORT   a static mapping from the first external address
 *
 * It runs on the router and holds the other ends of its cables: lan and wan are tap devices, so that a
 * packet that is written goes through the router at once, and what comes out is read.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>
#include "napt_fuzz.h"

#define PATIENCE	12	/* seconds: 6 for which a SYN is held, 5 of fragments */

struct setup setup = { .hairpin = true, .filter = 'e', .divisor = 1 };

static const char * const names[SIDES] = { "lan", "wan" };
static int fds[SIDES];
static struct sent sents[KEPT];
static uint64_t num_sent, seed;

__attribute__((format(printf, 1, 2), noreturn))
void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\nseed %llu, after %llu packets\n", (unsigned long long)seed,
	       (unsigned long long)num_sent);
	exit(1);
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

bool is_inside(uint32_t addr)
{
	return addr >> 16 == (192 << 8 | 168);
}

bool is_external(uint32_t addr)
{
	return addr >= setup.first && addr <= setup.last;
}

bool is_router(uint32_t addr)
{
	return addr == ROUTER_IN || addr == ROUTER_OUT;
}

bool answers(uint32_t addr)
{
	return (addr > IP(192, 168, 7, 0) && addr <= IP(192, 168, 7, 8)) ||
	       addr >> 8 == IP(192, 168, 20, 0) >> 8 || addr >> 8 == IP(198, 51, 100, 0) >> 8 ||
	       (addr >= IP(203, 0, 113, 2) && addr <= IP(203, 0, 113, 5));
}

/* ---- the wire ---- */

static bool is_running(int ctl, struct ifreq *ifr)
{
	if (ioctl(ctl, SIOCGIFFLAGS, ifr))
		die("%s", ifr->ifr_name);
	return ifr->ifr_flags & IFF_RUNNING;
}

/*
 * The kernel takes note of a carrier up to a second later, and lets nothing out before. The flags of a device that is
 * new say that it runs until note is taken that it has none: that is waited for first. All is done when the kernel has
 * taken the flags again.
 */
static void wait_for_carrier(const char *name, bool carrier)
{
	int ctl = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = { };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	while (is_running(ctl, &ifr) != carrier)
		poll(NULL, 0, 10);
	if (ioctl(ctl, SIOCSIFFLAGS, &ifr))
		die("%s", name);
	close(ctl);
}

/* With room for what is sent: such packets have memory of their own, whose bounds a checker knows */
static int open_side(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK), room = 1 << 24;

	wait_for_carrier(name, false);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETSNDBUF, &room) ||
	    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4))
		die("%s", name);
	wait_for_carrier(name, true);
	return fd;
}

/* What is beside the bytes. The router's end of each cable has the address 02:00:00:00:00:0N */
static void describe(struct virtio_net_hdr *h, const struct packet *p)
{
	size_t head = p->b[0] % 16 * 4;

	memset(h, 0, sizeof(*h));
	if (!p->partial)
		return;
	h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->csum_start = ETH_HLEN + head;
	h->csum_offset = check_at(p->b[9]);
	if (!p->gso)
		return;
	h->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	h->gso_size = p->gso;
	h->hdr_len = ETH_HLEN + head + header_len(TCP);
}

static void transmit(enum side side, struct packet *p)
{
	uint8_t eth[ETH_HLEN] = { 2, 0, 0, 0, 0, side + 1, 2, 0, 0, 0, 1, side + 1, 8, 0 };
	struct virtio_net_hdr h;
	struct iovec iov[] = { { &h, sizeof(h) }, { eth, sizeof(eth) }, { p->b, p->len } };

	describe(&h, p);
	if (writev(fds[side], iov, ARRAY_SIZE(iov)) < 0)
		die("send %zu bytes on %s", p->len, names[side]);
}

/* False: there is none. @p: its length is 0 where it is of another protocol, such as ARP */
static bool take(enum side side, struct packet *p)
{
	uint8_t eth[ETH_HLEN];
	struct virtio_net_hdr h;
	struct iovec iov[] = { { &h, sizeof(h) }, { eth, sizeof(eth) }, { p->b, sizeof(p->b) } };
	ssize_t n = readv(fds[side], iov, ARRAY_SIZE(iov));

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < (ssize_t)(sizeof(h) + sizeof(eth)))
		die("receive on %s", names[side]);
	p->len = get16(eth + 12) == ETH_P_IP ? n - sizeof(h) - sizeof(eth) : 0;
	p->partial = h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	p->gso = h.gso_type ? h.gso_size : 0;
	return true;
}

static bool take_all(void)
{
	static struct packet p;
	bool any = false;

	for (enum side side = 0; side < SIDES; side++)
		while (take(side, &p)) {
			if (p.len)
				judge(side, &p);
			any = true;
		}
	return any;
}

static bool wait_for_more(int ms)
{
	struct pollfd pfd[SIDES] = { { fds[IN], POLLIN, 0 }, { fds[OUT], POLLIN, 0 } };

	poll(pfd, SIDES, ms);
	return take_all();
}

/* ---- what was sent ---- */

struct sent *sent_before(uint64_t back)
{
	if (back >= num_sent || back >= KEPT)
		return NULL;
	return &sents[(num_sent - 1 - back) % KEPT];
}

struct sent *sent_as(uint64_t number)
{
	return number < num_sent ? sent_before(num_sent - 1 - number) : NULL;
}

static void lost(const struct sent *s)
{
	dump("went in", s->p->b, s->p->len);
	fail("packet %llu, from %s, came out nowhere", (unsigned long long)s->number, names[s->side]);
}

/* An answer to it may come late: then there has to be something to explain it */
static void forget(struct sent *s)
{
	if (!s->p)
		return;
	while (now() - s->at < PATIENCE)
		wait_for_more(100);
	if (s->must && !s->seen)
		lost(s);
	free(s->p);
	s->p = NULL;
}

/* That an inside host sends there, or who pretends to be one */
static void note_session(const struct packet *p)
{
	struct view v;

	if (look(&v, p->b, p->len) && v.kind == FLOW && is_inside(v.src.addr))
		learn_session(v.proto, &v.src, &v.dst, now());
}

static void remember(enum side side, const struct shot *shot)
{
	struct sent *s = &sents[num_sent % KEPT];
	size_t size = offsetof(struct packet, b) + shot->whole.len;

	forget(s);
	*s = (struct sent){ .number = num_sent, .at = now(), .side = side, .must = shot->must,
			    .loose = shot->loose, .pieces = shot->num != 1, .p = malloc(size) };
	if (!s->p)
		die("malloc");
	memcpy(s->p, &shot->whole, size);
	num_sent++;
	expect(s);
	note_session(&shot->whole);
}

static bool all_seen(void)
{
	const struct sent *s;

	for (uint64_t back = 0; (s = sent_before(back)); back++)
		if (s->must && !s->seen)
			return false;
	return true;
}

/* What has to come out does, and nothing more comes */
static void settle(void)
{
	double end = now() + PATIENCE, quiet = now() + 0.3;

	while (now() < end && (now() < quiet || !all_seen()))
		if (wait_for_more(100))
			quiet = now() + 0.3;
	for (uint64_t back = 0; sent_before(back); back++)
		if (sent_before(back)->must && !sent_before(back)->seen)
			lost(sent_before(back));
}

static void shoot(enum side side)
{
	static struct shot shot;

	make_shot(side, &shot);
	remember(side, &shot);
	for (int i = 0; i < shot.num; i++)
		transmit(side, &shot.piece[i]);
	take_all();
}

/* ---- */

/* What is sent on one CPU goes through the router in order */
static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static int misused(void)
{
	fprintf(stderr, "usage: napt_fuzz -x FIRST-LAST [-p PACKETS] [-s SEED] [-d] [-o] [-H] [-c] [-f e|a|p] [-D DIVISOR] [-m PROTO:PORT:ADDRESS:PORT]...\n");
	return 2;
}

static bool read_addr(const char *text, uint32_t *addr)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	*addr = ntohl(in.s_addr);
	return true;
}

static bool read_range(const char *text)
{
	char first[16], last[16];

	return sscanf(text, "%15[0-9.]-%15[0-9.]", first, last) == 2 &&
	       read_addr(first, &setup.first) && read_addr(last, &setup.last);
}

static bool read_static(const char *text)
{
	struct endpoint in, out = { .addr = setup.first };
	unsigned int proto;
	char addr[16];

	if (sscanf(text, "%u:%hu:%15[0-9.]:%hu", &proto, &out.port, addr, &in.port) != 4 ||
	    !read_addr(addr, &in.addr))
		return false;
	learn_fixed(proto, &in, &out);
	return true;
}

static bool read_option(int c, const char *arg)
{
	switch (c) {
	case 'x':
		return read_range(arg);
	case 'm':
		return setup.first && read_static(arg);
	case 's':
		seed = strtoull(arg, NULL, 0);
		return true;
	case 'D':
		setup.divisor = atoi(arg);
		return setup.divisor > 0;
	case 'f':
		setup.filter = *arg;
		return true;
	case 'o':
		return setup.own = true;
	case 'd':
		return setup.dependent = true;
	case 'H':
		setup.hairpin = false;
		return true;
	case 'c':
		return setup.scarce = true;
	}
	return false;
}

int main(int argc, char **argv)
{
	uint64_t packets = 1000, left[SIDES];
	int c;

	seed = time(NULL);
	while ((c = getopt(argc, argv, "x:m:s:D:f:odHcp:")) != -1) {
		if (c == 'p')
			packets = strtoull(optarg, NULL, 0);
		else if (!read_option(c, optarg))
			return misused();
	}
	if (argc != optind || !setup.first || setup.last < setup.first)
		return misused();
	stay_here();
	for (enum side side = 0; side < SIDES; side++)
		fds[side] = open_side(names[side]);
	seed_shots(seed);
	left[IN] = left[OUT] = packets;
	for (uint64_t i = 0; left[IN] || left[OUT]; i++) {
		enum side side = left[IN] && (!left[OUT] || tool_mix(seed ^ i << 32) % 2) ? IN : OUT;

		left[side]--;
		shoot(side);
	}
	settle();
	printf("# seed %llu\n", (unsigned long long)seed);
	tell_what_came();
	return 0;
}
