// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors through a NAPT: plays every host around a router, and judges each byte that comes out.
 *
 *	napt_error -l GROUP                       prints the cases of a group: NAME COUNTER
 *	napt_error -r ROUTER -p PORT [-e] NAME    runs a case. ROUTER: its namespace; PORT: the first of
 *						  50 that the case may use; -e: the external address
 *						  is the router's own. Prints how many packets should
 *						  have been dropped
 *
 *	A, D, Y  lan  ──  R  ──  wan  S, X
 *	      C  dmz  ──
 *
 * It runs in the namespace that has the other ends of the router's cables, lan, dmz and wan, and no
 * addresses: hosts are what it says. COUNTER: the drop reason that counts what the case has dropped.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include "napt_error.h"

static const char * const names[NETS] = { "lan", "dmz", "wan" };
static int fds[NETS];
static unsigned int serial;

struct got got[NETS];
uint32_t external;
bool external_is_own;
int router_ns, dropped;
uint16_t next_port;

__attribute__((format(printf, 1, 2), noreturn))
void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	exit(1);
}

void dump(const char *what, const struct packet *p)
{
	printf("%s, %zu bytes:", what, p->len);
	for (size_t i = 0; i < p->len; i++)
		printf("%s%02x", i % 16 ? " " : "\n  ", p->b[i]);
	printf("\n");
}

/* ---- the wire ---- */

static int open_net(const char *name)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

	if (fd < 0 || !ll.sll_ifindex || bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		die("%s", name);
	return fd;
}

/* The router's end of each cable has the address 02:00:00:00:00:0N */
void transmit(enum net net, const struct packet *p)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = if_nametoindex(names[net]), .sll_halen = 6,
				  .sll_addr = { 2, 0, 0, 0, 0, net + 1 } };

	if (sendto(fds[net], p->b, p->len, 0, (struct sockaddr *)&to, sizeof(to)) != (ssize_t)p->len)
		die("send on %s", names[net]);
}

static bool take(enum net net, struct packet *p, int ms)
{
	struct pollfd fd = { .fd = fds[net], .events = POLLIN };
	ssize_t n;

	if (poll(&fd, 1, ms) != 1)
		return false;
	n = recv(fds[net], p->b, sizeof(p->b), 0);
	if (n < 0)
		die("receive on %s", names[net]);
	p->len = n;
	return true;
}

/* ---- what is waited for ---- */

#define MARK	"napt_error sentinel"

static void sentinel(struct packet *p, uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport)
{
	struct flow f = { .proto = UDP, .src = src, .dst = dst, .sport = sport, .dport = dport,
			  .payload = sizeof(MARK) + 4 };
	uint8_t *data;

	make_packet(p, &f);
	data = p->b + p->len - f.payload;
	memcpy(data, MARK, sizeof(MARK));
	put32(data + sizeof(MARK), serial);
	finish_packet(p);
}

static bool is_sentinel(const struct packet *p)
{
	return p->len > 28 + sizeof(MARK) && p->b[9] == UDP &&
	       !memcmp(p->b + p->len - sizeof(MARK) - 4, MARK, sizeof(MARK));
}

static bool is_present(const struct packet *p)
{
	return get32(p->b + p->len - 4) == serial;
}

/* Takes what has come to @net, up to and with the present sentinel */
static void until_sentinel(enum net net, struct packet *p)
{
	for (;;) {
		if (!take(net, p, 10000))
			fail("nothing more comes by %s: the sentinel is lost", names[net]);
		if (!is_sentinel(p)) {
			if (got[net].num == MAX_GOT)
				fail("too much comes by %s", names[net]);
			got[net].p[got[net].num++] = *p;
		} else if (is_present(p)) {
			return;
		}
	}
}

/*
 * All that was sent has gone through the router when this returns, and what came out is in @got: a
 * datagram that is sent after it, on this CPU, overtakes nothing.
 */
void settle(void)
{
	static const uint32_t inside[] = { [LAN] = IP(192, 168, 7, 250), [DMZ] = IP(192, 168, 8, 250) };
	struct packet p, back;

	for (enum net net = LAN; net <= DMZ; net++) {
		serial++;
		sentinel(&p, inside[net], 9, S.addr, 9);
		transmit(net, &p);
		until_sentinel(WAN, &p);
		sentinel(&back, S.addr, 9, get32(p.b + 12), get16(p.b + 20));
		transmit(WAN, &back);
		until_sentinel(net, &p);
	}
}

/* What comes without being sent for: up to ten seconds */
void await(enum net net)
{
	struct packet p;

	while (take(net, &p, 10000)) {
		if (is_sentinel(&p))
			continue;
		got[net].p[got[net].num++] = p;
		return;
	}
	fail("nothing came by %s", names[net]);
}

void nothing(const char *what)
{
	for (enum net net = 0; net < NETS; net++) {
		if (!got[net].num)
			continue;
		dump(names[net], &got[net].p[0]);
		fail("%s: %d came by %s that should not have", what, got[net].num, names[net]);
	}
}

/* The one packet that came, by @net */
void one(const char *what, enum net net, struct packet *p)
{
	if (got[net].num < 1)
		fail("%s: nothing came by %s", what, names[net]);
	*p = got[net].p[0];
	got[net].num--;
	memmove(got[net].p, got[net].p + 1, got[net].num * sizeof(*p));
	nothing(what);
}

/* @any_id: what the router made, or what may be fragmented, has an IP ID of the router's choice */
void same(const char *what, const struct packet *is, struct packet *should, bool any_id)
{
	if (any_id && is->len > 6) {
		memcpy(should->b + 4, is->b + 4, 2);
		finish_ip(should->b);
	}
	if (is->len == should->len && !memcmp(is->b, should->b, is->len))
		return;
	dump("is", is);
	dump("should be", should);
	fail("%s: it is not what it should be", what);
}

/* Sends @sent by @from; @want comes by @to, and nothing else anywhere */
void expect(const char *what, enum net from, const struct packet *sent, enum net to,
	    struct packet *want, bool any_id)
{
	struct packet p;

	transmit(from, sent);
	settle();
	one(what, to, &p);
	same(what, &p, want, any_id);
}

void expect_nothing(const char *what, enum net from, const struct packet *sent)
{
	transmit(from, sent);
	dropped++;
	settle();
	nothing(what);
}

/* A piece of @p, which has no options: bytes from @from up to @to of what is behind its IP header */
static void cut(struct packet *piece, const struct packet *p, size_t from, size_t to)
{
	*piece = *p;
	memmove(piece->b + 20, p->b + 20 + from, to - from);
	piece->len = 20 + to - from;
	put16(piece->b + 2, piece->len);
	put16(piece->b + 6, from / 8 | (20 + to < p->len ? 0x2000 : 0));
	finish_ip(piece->b);
}

/* What came by @net in pieces, in order */
static void join(const char *what, enum net net, struct packet *p)
{
	size_t end = 0;

	for (int i = 0; i < got[net].num; i++) {
		const struct packet *piece = &got[net].p[i];

		if ((get16(piece->b + 6) & 0x1fff) * 8 != end)
			fail("%s: a piece is missing", what);
		if (!i)
			memcpy(p->b, piece->b, 20);
		memcpy(p->b + 20 + end, piece->b + 20, piece->len - 20);
		end += piece->len - 20;
	}
	p->len = 20 + end;
	put16(p->b + 2, p->len);
	put16(p->b + 6, 0);
	finish_ip(p->b);
	got[net].num = 0;
}

/* Sends @sent in two pieces, the first with @first bytes; @want comes by @to in some */
void expect_whole(const char *what, enum net from, const struct packet *sent, size_t first,
		  enum net to, struct packet *want)
{
	struct packet piece, whole;

	cut(&piece, sent, 0, first);
	transmit(from, &piece);
	cut(&piece, sent, first, sent->len - 20);
	transmit(from, &piece);
	settle();
	join(what, to, &whole);
	nothing(what);
	put16(want->b + 6, 0);
	same(what, &whole, want, true);
}

/* ---- connections ---- */

static const char * const proto_names[256] = {
	[ICMP] = "echo", [TCP] = "TCP", [UDP] = "UDP", [STREAM] = "253", [DGRAM] = "254",
};

const char *say(uint8_t proto, const char *what, int number)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s, %s %d", proto_names[proto], what, number);
	return text;
}

/* A host's first packet to S goes out: @c->f says what it is like but for its ends */
void begin(struct conn *c, const struct host *h, uint8_t proto)
{
	c->host = h;
	c->f.proto = proto;
	c->f.src = h->addr;
	c->f.dst = S.addr;
	c->f.sport = next_port++;
	c->f.dport = proto == ICMP ? c->f.sport : 7;
	c->f.flags = SYN;
	make_packet(&c->sent, &c->f);
	if (c->f.spoil)
		c->sent.b[c->sent.b[0] % 16 * 4 + 7] ^= 0x55;
	transmit(h->net, &c->sent);
	settle();
	one(say(proto, "the first packet", 0), WAN, &c->out);
	if (get32(c->out.b + 12) != external || get32(c->out.b + 16) != S.addr)
		fail("%s goes out with other addresses", proto_names[proto]);
	c->port = get16(c->out.b + c->out.b[0] % 16 * 4 + (proto == ICMP ? 4 : 0));
}

/* The answer comes in: @c->in as S sends it, @c->taken as the host gets it */
void answered(struct conn *c, const struct flow *like)
{
	struct flow f = *like;

	f.proto = c->f.proto;
	f.src = S.addr;
	f.dst = external;
	f.sport = c->f.proto == ICMP ? c->port : c->f.dport;
	f.dport = c->port;
	f.flags = SYN | ACK;
	f.reply = true;
	make_packet(&c->in, &f);
	transmit(WAN, &c->in);
	settle();
	one(say(f.proto, "the answer", 0), c->host->net, &c->taken);
	if (get32(c->taken.b + 16) != c->host->addr)
		fail("%s: the answer goes to another host", proto_names[f.proto]);
}

/* @p as its sender knows it, some hops on: what the error of someone there should quote */
void hops_on(struct packet *to, const struct packet *p, int hops)
{
	*to = *p;
	to->b[8] -= hops;
	finish_ip(to->b);
}

/* ---- cases ---- */

static const struct group {
	const char *name;
	const struct test *tests;
} groups[] = {
	{ "in", tests_in },
	{ "out", tests_out },
	{ "hairpin", tests_hairpin },
	{ "router", tests_router },
	{ "except", tests_except },
	{ "full", tests_full },
	{ "mutate", tests_mutate },
};

static int list(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const struct test *t = groups[i].tests;

		if (strcmp(groups[i].name, name))
			continue;
		for (; t->name; t++)
			printf("%s %s\n", t->name, t->counter ? t->counter : "-");
		return 0;
	}
	fprintf(stderr, "napt_error: no group %s\n", name);
	return 2;
}

static const struct test *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		for (const struct test *t = groups[i].tests; t->name; t++)
			if (!strcmp(t->name, name))
				return t;
	return NULL;
}

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
	fprintf(stderr, "usage: napt_error -l GROUP | -r ROUTER -p PORT [-e] CASE\n");
	return 2;
}

static void open_router(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	router_ns = open(path, O_RDONLY);
	if (router_ns < 0)
		die("%s", path);
}

int main(int argc, char **argv)
{
	const struct test *t;
	int c;

	external = POOL;
	while ((c = getopt(argc, argv, "l:r:p:e")) != -1) {
		switch (c) {
		case 'l':
			return list(optarg);
		case 'r':
			open_router(optarg);
			break;
		case 'p':
			next_port = atoi(optarg);
			break;
		case 'e':
			external_is_own = true;
			external = ROUTER_WAN;
			break;
		default:
			return misused();
		}
	}
	if (argc - optind != 1 || !router_ns || !next_port)
		return misused();
	t = find(argv[optind]);
	if (!t)
		return misused();
	stay_here();
	for (enum net net = 0; net < NETS; net++)
		fds[net] = open_net(names[net]);
	t->run();
	printf("%d\n", dropped);
	return 0;
}
