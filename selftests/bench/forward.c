// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs a router to forward a packet: sends frames to one side of it, and counts what comes
 * out of the other, where they are for nobody. Both ways, and all in one process, so that two routers
 * that are compared differ in nothing else.
 *
 *	forward -i NETNS:DEV -o NETNS:DEV -r MAC -R MAC [-p udp|tcp] [-f FLOWS] [-n PACKETS] [-x] [-1]
 *
 * -i, -o: what is connected to the router inside and outside; -r, -R: the router's end of each.
 * Prints nanoseconds per packet in one line:
 *
 *	the first packet of each flow; with -1 that is all
 *	a small packet (60 bytes, a header of Ethernet included) outwards, and inwards
 *	TCP: a packet that stands for 41 segments outwards, and inwards
 *
 * Flow i is 10.G.0.H:P with G = i / 50000, H = i / 1000 % 50 + 1 and P = 10000 + i % 50000, to
 * 198.51.100.(G + 1):443. -x: it must come out as 203.0.113.(16 * G + 1):P, else unchanged.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
#include "../net/tool.h"

#define GROUP		50000	/* flows that share an external address */
#define HOST		1000	/* flows of an inside host */
#define SERVICE		443
#define WARM_UP		8	/* a fraction of the work is done before */
#define SMALL		60	/* bytes, and 4 of a check sequence make 64 */
#define MSS		1448
#define SEGMENTS	41
#define SLOTS		64	/* frames that are sent at once */
#define SLOT		65536	/* bytes of each */
#define SLOT_DATA	(TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))
#define PATIENCE	1000000000ull

enum way { OUT, IN };

/* What an end of the router is connected to */
struct side {
	const char *netns, *dev;
	struct ether_addr router;
	int ring;		/* where frames are sent */
	char *slots;
	unsigned int slot;	/* the next */
};

struct flow {
	uint32_t addr;		/* as seen outside */
	uint16_t port;
	uint32_t seq[2];
};

struct bench {
	struct side side[2];	/* by the way that their packets go */
	struct flow *flow;
	long flows, packets;
	int proto;
	bool translated;
};

struct transport {
	union {
		struct udphdr udp;
		struct tcphdr tcp;
	};
	uint8_t options[4];
};

/* 24 bytes, no holes, before the IP header */
struct frame {
	struct virtio_net_hdr vnet;
	struct ether_header eth;
	struct iphdr ip;
	struct transport l4;
};

static_assert(offsetof(struct frame, ip) == 24, "no holes");
static_assert(offsetof(struct frame, l4) == 44, "no holes");

/* Packets that are alike */
struct kind {
	enum way way;
	bool syn, ack, gso;
};

static void enter(const char *netns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s", path);
	close(fd);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static __attribute__((noreturn)) void broken(const char *what)
{
	errno = EPROTO;
	die("%s", what);
}

/* ---- flows ---- */

static uint32_t inside_addr(long i)
{
	return 10 << 24 | (i / GROUP) << 16 | (i / HOST % (GROUP / HOST) + 1);
}

static uint16_t inside_port(long i)
{
	return 10000 + i % GROUP;
}

static uint32_t remote_addr(long i)
{
	return 198 << 24 | 51 << 16 | 100 << 8 | (i / GROUP + 1);
}

static uint32_t outside_addr(long i)
{
	return 203u << 24 | 113 << 8 | (i / GROUP * 16 + 1);
}

static void begin_flows(struct bench *b)
{
	long i;

	b->flow = calloc(b->flows, sizeof(*b->flow));
	if (!b->flow)
		die("%ld flows", b->flows);
	for (i = 0; i < b->flows; i++) {
		b->flow[i].seq[OUT] = i + 1;
		b->flow[i].seq[IN] = i + 1;
	}
}

/* ---- frames ---- */

static uint32_t sum(const void *data, size_t len)
{
	const uint16_t *p = data;
	uint32_t n = 0;

	for (; len > 1; len -= 2)
		n += *p++;
	return n;
}

static uint16_t fold(uint32_t n)
{
	n = (n & 0xffff) + (n >> 16);
	return (n & 0xffff) + (n >> 16);
}

static size_t header_len(const struct bench *b, const struct kind *k)
{
	if (b->proto == IPPROTO_UDP)
		return sizeof(struct udphdr);
	return sizeof(struct tcphdr) + (k->syn ? sizeof(((struct transport *)0)->options) : 0);
}

static size_t payload_len(const struct bench *b, const struct kind *k)
{
	if (k->gso)
		return MSS * SEGMENTS;
	return SMALL - sizeof(struct ether_header) - sizeof(struct iphdr) - header_len(b, k);
}

/* What is the same in all packets of a kind. Checksums are left to whoever has hardware for them */
static void fill_constant(const struct bench *b, const struct kind *k, struct frame *f)
{
	size_t headers = sizeof(f->eth) + sizeof(f->ip) + header_len(b, k);
	size_t len = headers + payload_len(b, k);
	bool tcp = b->proto == IPPROTO_TCP;

	memset(f, 0, sizeof(f->vnet) + (k->gso ? headers : len));
	f->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	f->vnet.csum_start = sizeof(f->eth) + sizeof(f->ip);
	f->vnet.csum_offset = tcp ? offsetof(struct tcphdr, check) : offsetof(struct udphdr, check);
	f->vnet.hdr_len = k->gso ? headers : len;
	f->vnet.gso_type = k->gso ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_NONE;
	f->vnet.gso_size = k->gso ? MSS : 0;
	memcpy(f->eth.ether_dhost, &b->side[k->way].router, ETH_ALEN);
	f->eth.ether_type = htons(ETHERTYPE_IP);
	f->ip.version = 4;
	f->ip.ihl = sizeof(f->ip) / 4;
	f->ip.tot_len = htons(len - sizeof(f->eth));
	f->ip.frag_off = htons(IP_DF);
	f->ip.ttl = 64;
	f->ip.protocol = b->proto;
	if (!tcp) {
		f->l4.udp.len = htons(len - sizeof(f->eth) - sizeof(f->ip));
		return;
	}
	f->l4.tcp.doff = header_len(b, k) / 4;
	f->l4.tcp.syn = k->syn;
	f->l4.tcp.ack = k->ack;
	f->l4.tcp.window = htons(65535);
	memcpy(f->l4.options, "\3\3\16\1", k->syn ? 4 : 0);	/* window scale 14 */
}

static void fill_tcp(struct tcphdr *th, struct flow *flow, const struct kind *k, size_t payload)
{
	th->seq = htonl(flow->seq[k->way] - k->syn);
	th->ack_seq = k->ack ? htonl(flow->seq[!k->way]) : 0;
	if (!k->syn)
		flow->seq[k->way] += payload;
}

static void fill(struct bench *b, const struct kind *k, struct frame *f, long i)
{
	size_t payload = payload_len(b, k), len = header_len(b, k) + payload;
	struct flow *flow = &b->flow[i];
	uint32_t pseudo;

	f->ip.saddr = htonl(k->way == OUT ? inside_addr(i) : remote_addr(i));
	f->ip.daddr = k->way == OUT ? htonl(remote_addr(i)) : flow->addr;
	f->l4.udp.source = htons(k->way == OUT ? inside_port(i) : SERVICE);
	f->l4.udp.dest = k->way == OUT ? htons(SERVICE) : flow->port;
	f->ip.check = 0;
	f->ip.check = ~fold(sum(&f->ip, sizeof(f->ip)));
	pseudo = fold(sum(&f->ip.saddr, 8) + htons(b->proto) + htons(len));
	if (b->proto == IPPROTO_UDP) {
		f->l4.udp.check = pseudo;
		memcpy(&f->l4.udp + 1, &i, sizeof(uint32_t));
		return;
	}
	f->l4.tcp.check = pseudo;
	fill_tcp(&f->l4.tcp, flow, k, payload);
}

/* ---- sending ---- */

static int packet_socket(const struct side *s, int proto)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_protocol = htons(proto) };
	int fd;

	enter(s->netns);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	sll.sll_ifindex = if_nametoindex(s->dev);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die("%s:%s", s->netns, s->dev);
	return fd;
}

static void want(int err, const char *what)
{
	if (err)
		die("%s", what);
}

static void open_ring(struct side *s)
{
	struct tpacket_req req = { SLOT * 4, SLOTS / 4, SLOT, SLOTS };
	int fd = packet_socket(s, 0), on = 1, version = TPACKET_V2, space = 1 << 28;

	want(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)), "PACKET_VERSION");
	want(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)), "PACKET_VNET_HDR");
	want(setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)), "PACKET_QDISC_BYPASS");
	want(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &space, sizeof(space)), "SO_SNDBUFFORCE");
	want(setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)), "PACKET_TX_RING");
	s->slots = mmap(NULL, SLOT * SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s->slots == MAP_FAILED)
		die("mmap");
	s->ring = fd;
}

static struct tpacket2_hdr *slot_of(const struct side *s, unsigned int i)
{
	return (struct tpacket2_hdr *)(s->slots + (size_t)i * SLOT);
}

static void fill_slots(struct bench *b, const struct kind *k)
{
	struct side *s = &b->side[k->way];
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		struct tpacket2_hdr *h = slot_of(s, i);
		struct frame *f = (void *)((char *)h + SLOT_DATA);

		fill_constant(b, k, f);
		h->tp_len = sizeof(f->vnet) + sizeof(f->eth) + ntohs(f->ip.tot_len);
	}
}

/* Packets of the flows @first and so on, round and round */
static void send_some(struct bench *b, const struct kind *k, long first, long count)
{
	struct side *s = &b->side[k->way];
	long i, flow = first % b->flows;

	for (i = 0; i < count; i++) {
		struct tpacket2_hdr *h = slot_of(s, s->slot);

		if (h->tp_status != TP_STATUS_AVAILABLE)
			broken("a frame was not sent");
		fill(b, k, (void *)((char *)h + SLOT_DATA), flow);
		h->tp_status = TP_STATUS_SEND_REQUEST;
		s->slot = (s->slot + 1) % SLOTS;
		flow = flow + 1 == b->flows ? 0 : flow + 1;
	}
	if (send(s->ring, NULL, 0, 0) < 0)
		die("send");
}

/* ---- counting ---- */

/* Packets that have come out of the other end */
static long arrived(const struct bench *b, enum way dir)
{
	const struct side *s = &b->side[!dir];
	char line[512], name[64];
	long packets, all = -1;
	FILE *f;

	enter(s->netns);
	f = fopen("/proc/self/net/dev", "r");
	if (!f)
		die("/proc/self/net/dev");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " %63[^:]: %*d %ld", name, &packets) == 2 && !strcmp(name, s->dev))
			all = packets;
	fclose(f);
	if (all < 0)
		die("%s:%s", s->netns, s->dev);
	return all;
}

/* Nanoseconds from @start until @count packets are there */
static uint64_t time_until(const struct bench *b, enum way dir, long count, uint64_t start)
{
	uint64_t limit = now() + PATIENCE, end;
	long got;

	do {
		end = now();
		got = arrived(b, dir);
	} while (got < count && end < limit && !sched_yield());
	if (got != count) {
		fprintf(stderr, "forward: %ld packets are missing\n", count - got);
		exit(1);
	}
	return end - start;
}

static double pass(struct bench *b, const struct kind *k, long first, long count)
{
	long before = arrived(b, k->way), i;
	uint64_t start;

	fill_slots(b, k);
	start = now();
	for (i = 0; i < count; i += SLOTS)
		send_some(b, k, first + i, count - i < SLOTS ? count - i : SLOTS);
	return (double)time_until(b, k->way, before + count, start) / count;
}

/* ---- learning ---- */

static void learn_one(struct bench *b, const struct frame *f)
{
	uint32_t i;

	if (b->proto == IPPROTO_UDP)
		memcpy(&i, &f->l4.udp + 1, sizeof(i));
	else
		i = ntohl(f->l4.tcp.seq);
	if (i >= b->flows || f->ip.protocol != b->proto)
		broken("a packet of no flow");
	b->flow[i].addr = f->ip.saddr;
	b->flow[i].port = f->l4.udp.source;
	if (b->flow[i].addr != htonl(b->translated ? outside_addr(i) : inside_addr(i)) ||
	    b->flow[i].port != htons(inside_port(i)))
		broken("not translated as was said");
}

static void learn_some(struct bench *b, int fd, long count)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct frame f;

	for (; count; count--) {
		if (poll(&p, 1, 1000) != 1)
			broken("a packet is missing");
		if (recv(fd, &f.eth, sizeof(f) - sizeof(f.vnet), 0) < 0)
			die("recv");
		learn_one(b, &f);
	}
}

/* Which addresses and ports the router gives to the flows */
static void learn(struct bench *b, const struct kind *k)
{
	int fd = packet_socket(&b->side[IN], ETH_P_IP);
	long i, count;

	fill_slots(b, k);
	for (i = 0; i < b->flows; i += count) {
		count = b->flows - i < SLOTS ? b->flows - i : SLOTS;
		send_some(b, k, i, count);
		learn_some(b, fd, count);
	}
	close(fd);
}

/* ---- all of it ---- */

static void measure(struct bench *b, bool gso)
{
	long count = gso ? b->packets / 4 : b->packets;
	enum way dir;

	for (dir = OUT; dir <= IN; dir++) {
		const struct kind k = { .way = dir, .ack = true, .gso = gso };

		pass(b, &k, 0, count / WARM_UP);
		printf(" %.2f", pass(b, &k, count / WARM_UP, count));
	}
}

/* Windows of SYNs are not scaled, so that a packet each way has to follow */
static void open_connections(struct bench *b)
{
	const struct kind answer = { .way = IN, .ack = true, .syn = true };
	const struct kind out = { .way = OUT, .ack = true };
	const struct kind back = { .way = IN, .ack = true };

	pass(b, &answer, 0, b->flows);
	pass(b, &out, 0, b->flows);
	pass(b, &back, 0, b->flows);
}

static void work(struct bench *b, bool only_first)
{
	const struct kind first = { .way = OUT, .syn = b->proto == IPPROTO_TCP };

	printf("%.2f", pass(b, &first, 0, b->flows));
	if (!only_first) {
		learn(b, &first);
		if (first.syn)
			open_connections(b);
		measure(b, false);
		if (b->proto == IPPROTO_TCP)
			measure(b, true);
	}
	printf("\n");
}

static void parse_side(struct side *s, char *text)
{
	s->netns = strsep(&text, ":");
	s->dev = text;
}

static void parse_mac(struct side *s, const char *text)
{
	if (!ether_aton_r(text, &s->router))
		broken(text);
}

static bool parse(struct bench *b, int argc, char **argv)
{
	bool only_first = false;
	int opt;

	while ((opt = getopt(argc, argv, "i:o:r:R:p:f:n:x1")) != -1) {
		if (opt == 'i')
			parse_side(&b->side[OUT], optarg);
		else if (opt == 'o')
			parse_side(&b->side[IN], optarg);
		else if (opt == 'r')
			parse_mac(&b->side[OUT], optarg);
		else if (opt == 'R')
			parse_mac(&b->side[IN], optarg);
		else if (opt == 'p')
			b->proto = strcmp(optarg, "tcp") ? IPPROTO_UDP : IPPROTO_TCP;
		else if (opt == 'f')
			b->flows = atol(optarg);
		else if (opt == 'n')
			b->packets = atol(optarg);
		else if (opt == 'x')
			b->translated = true;
		else if (opt == '1')
			only_first = true;
		else
			exit(2);
	}
	if (!b->side[OUT].dev || !b->side[IN].dev || b->flows < 1 || b->packets < 4 * WARM_UP) {
		fputs("usage: forward -i NETNS:DEV -o NETNS:DEV -r MAC -R MAC [-p udp|tcp] [-f FLOWS] [-n PACKETS] [-x] [-1]\n",
		      stderr);
		exit(2);
	}
	return only_first;
}

int main(int argc, char **argv)
{
	struct bench b = { .proto = IPPROTO_UDP, .flows = 1, .packets = 20000 };
	bool only_first = parse(&b, argc, argv);

	begin_flows(&b);
	open_ring(&b.side[OUT]);
	open_ring(&b.side[IN]);
	work(&b, only_first);
	return 0;
}
