// SPDX-License-Identifier: GPL-2.0
/*
 * The far ends of a net's links: packets go in and come out here.
 */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SENTINEL	250	/* a protocol that no rule is about */
#define SENTINEL_IN	0x0afffff0
#define SENTINEL_OUT	0xc613fff0
#define PATIENCE	20000	/* milliseconds for a packet to cross the router */

static int far_end(struct net *net, enum realm side)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	int room = 64 << 20, on = 1, fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	if (fd < 0)
		return -1;
	net->sock[side] = fd;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "far%d", side);
	if (ioctl(fd, SIOCGIFINDEX, &ifr))
		return -1;
	net->ifindex[side] = ifr.ifr_ifindex;
	addr.sll_ifindex = ifr.ifr_ifindex;
	return setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	       setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	       bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ? -1 : 0;
}

/**
 * wire_open() - take the far ends of a net's links
 * @net: net
 *
 * Return: 0, or -1; it has been said why.
 */
int wire_open(struct net *net)
{
	int err;

	if (setns(net->hosts, CLONE_NEWNET))
		return cmd_fail("setns: %s", strerror(errno)), -1;
	err = far_end(net, INSIDE) || far_end(net, OUTSIDE);
	if (err)
		cmd_fail("packet sockets: %s", strerror(errno));
	if (setns(check.home, CLONE_NEWNET))
		return cmd_fail("setns: %s", strerror(errno)), -1;
	return err ? -1 : 0;
}

/**
 * wire_post() - send a packet towards the router
 * @net: net
 * @side: from where
 * @p: packet
 */
void wire_post(struct net *net, enum realm side, const struct packet *p)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				    .sll_ifindex = net->ifindex[side], .sll_halen = 6,
				    .sll_addr = { 2, 0, 0, 0, 0, 1 } };

	while (sendto(net->sock[side], p->bytes, p->size, 0, (struct sockaddr *)&addr,
		      sizeof(addr)) < 0)
		if (errno != ENOBUFS && errno != EINTR) {
			cmd_fail("cannot send a packet of %zu bytes: %s", p->size,
				 strerror(errno));
			abort();
		}
}

/* The row that has an address; NULL: none */
static struct run *owner(struct net *net, uint32_t addr)
{
	static const uint32_t bases[] = { HOSTS, EXTERNALS, SERVERS };
	uint32_t nr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		nr = (addr - bases[i]) / 256;
		if (addr >= bases[i] && nr < net->slots)
			return net->runs[nr];
	}
	return NULL;
}

static struct run *owner_of(struct net *net, const struct packet *p)
{
	struct run *r = owner(net, p->dst.addr);
	struct packet inner;

	if (!r)
		r = owner(net, p->src.addr);
	if (r || !packet_is_error(p))
		return r;
	packet_read(&inner, p->data, p->len);
	r = owner(net, inner.src.addr);
	return r ? r : owner(net, inner.dst.addr);
}

static void enqueue(struct net *net, enum realm side, const struct packet *p)
{
	struct run *r = owner_of(net, p);
	struct packet **end, *copy;
	uint8_t *bytes;

	if (!r || r->state == RUN_DONE)
		return;
	copy = malloc(sizeof(*copy));
	bytes = malloc(p->size);
	if (!copy || !bytes) {
		cmd_fail("no memory");
		abort();
	}
	memcpy(bytes, p->bytes, p->size);
	packet_read(copy, bytes, p->size);
	copy->time = p->time;
	for (end = &r->queue[side]; *end;)
		end = &(*end)->next;
	*end = copy;
}

/* 1: a packet, 0: none, -1: an error */
static int capture(struct net *net, enum realm side, struct packet *p)
{
	static uint8_t bytes[PACKET_MAX + 1];
	struct iovec iov = { bytes, sizeof(bytes) };
	union {
		struct cmsghdr align;
		char room[256];
	} control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct timespec t = { 0, 0 };
	ssize_t size = recvmsg(net->sock[side], &msg, MSG_DONTWAIT);

	if (size < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENETDOWN ? 0 : -1;
	packet_read(p, bytes, size);
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS)
			memcpy(&t, CMSG_DATA(c), sizeof(t));
	p->time = t.tv_sec * 1000000000ull + t.tv_nsec;
	return 1;
}

static bool is_sentinel(const struct packet *p, uint32_t nr)
{
	return p->proto == SENTINEL && p->len == 4 && get32(p->data) == nr;
}

/* Everything that came before the sentinel */
static int collect(struct net *net, enum realm side, uint32_t nr)
{
	struct pollfd pfd = { .fd = net->sock[side], .events = POLLIN };
	struct packet p;
	int got;

	for (;;) {
		got = capture(net, side, &p);
		if (got < 0)
			return cmd_fail("cannot capture: %s", strerror(errno)), -1;
		if (got && is_sentinel(&p, nr))
			return 0;
		if (got && p.proto != SENTINEL)
			enqueue(net, side, &p);
		if (!got && poll(&pfd, 1, PATIENCE) <= 0)
			return cmd_fail("the router passes no packets any more"), -1;
	}
}

static void post_sentinel(struct net *net, enum realm side, uint32_t nr)
{
	uint8_t data[4];
	struct packet p = { .proto = SENTINEL, .ttl = 64, .len = 4, .data = data,
			    .src.addr = side == INSIDE ? SENTINEL_IN : SENTINEL_OUT,
			    .dst.addr = side == INSIDE ? SENTINEL_OUT : SENTINEL_IN };

	put32(data, nr);
	if (!packet_build(&p)) {
		cmd_fail("no memory");
		abort();
	}
	wire_post(net, side, &p);
	free(p.bytes);
}

/**
 * wire_settle() - wait until all that was sent has come out, or never will
 * @net: net
 *
 * A sentinel follows each way; what was captured before it is in the queues of the rows.
 *
 * Return: 0, or -1; it has been said why.
 */
int wire_settle(struct net *net)
{
	static uint32_t nr;

	nr++;
	post_sentinel(net, INSIDE, nr);
	post_sentinel(net, OUTSIDE, nr);
	return collect(net, OUTSIDE, nr) || collect(net, INSIDE, nr) ? -1 : 0;
}

static void free_list(struct packet **list)
{
	struct packet *p;

	while (*list) {
		p = *list;
		*list = p->next;
		free(p->bytes);
		free(p);
	}
}

/**
 * wire_free() - forget all packets of a row
 * @r: row
 */
void wire_free(struct run *r)
{
	free_list(&r->queue[INSIDE]);
	free_list(&r->queue[OUTSIDE]);
	free_list(&r->kept);
}
