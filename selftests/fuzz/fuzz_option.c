// SPDX-License-Identifier: GPL-2.0
/*
 * Socket options: all levels, all numbers, values of the shapes that options have.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <linux/filter.h>
#include "fuzz.h"

#define VALUE_MAX	256

/* Levels, and the numbers in use there with some above */
static const struct {
	int level, max;
} levels[] = {
	{ SOL_SOCKET, 90 },
	{ SOL_IP, 70 },
	{ SOL_IPV6, 90 },
	{ SOL_TCP, 56 },
	{ IPPROTO_UDP, 8 },
	{ IPPROTO_UDP, 110 },		/* from UDP_CORK to UDP_GRO */
	{ SOL_NARU, 32 },
	{ SOL_RAW, 4 },
	{ 58, 4 },			/* SOL_ICMPV6 */
	{ 136, 12 },			/* SOL_UDPLITE */
	{ 263, 20 },			/* SOL_PACKET */
	{ 282, 4 },			/* SOL_TLS */
	{ 284, 4 },			/* SOL_MPTCP */
	{ -1, 4 },
};

static unsigned int value_ints(struct fz *f, void *value)
{
	int *n = value;

	n[0] = fz_int(f);
	n[1] = fz_int(f);
	return fz_one_in(f, 8) ? 8 : 4;
}

static unsigned int value_small(struct fz *f, void *value)
{
	*(int *)value = fz_pick(f, 3);
	return 4;
}

static unsigned int value_time(struct fz *f, void *value)
{
	long *time = value;

	time[0] = fz_one_in(f, 4) ? fz_int(f) : 0;
	time[1] = fz_pick(f, 2000000);
	return 16;
}

static unsigned int value_name(struct fz *f, void *value)
{
	static const char *const names[] = { "cubic", "reno", "lo", "fz0", "bbr", "tls", "mptcp", "", "nothere",
		"0123456789abcdef0123456789abcdef" };
	const char *name = names[fz_pick(f, ARRAY_SIZE(names))];

	return sprintf(value, "%s", name) + fz_pick(f, 2);
}

/* struct ip_mreqn, ipv6_mreq, group_req, group_source_req and struct group_filter begin in these ways */
static unsigned int value_group(struct fz *f, void *value)
{
	unsigned char *p = value;
	socklen_t len;
	int ifindex = fz_one_in(f, 4) ? fz_int(f) : (int)fz_pick(f, 3);
	bool v6 = fz_one_in(f, 2);

	switch (fz_pick(f, 3)) {
	case 0:
		memcpy(p, "\xe0\x01\x02\x03", 4);
		memcpy(p + 8, &ifindex, 4);
		return 12;
	case 1:
		memcpy(p, "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\x12\x34", 16);
		memcpy(p + 16, &ifindex, 4);
		return 20;
	default:
		memcpy(p, &ifindex, 4);
		len = fz_loopback(f, v6 ? AF_INET6 : AF_INET, 0, p + 8);
		memcpy(p + 136, p + 8, len);
		memcpy(p + (v6 ? 16 : 12), v6 ? "\xff\x02" : "\xe0\x01", 2);
		return fz_one_in(f, 2) ? 136 : 264 - 8;
	}
}

/* Classic BPF: programs that are taken, and some that are not */
static unsigned int value_filter(struct fz *f, void *value)
{
	struct sock_filter *code = fz_take(f, 4 * sizeof(*code));
	struct sock_fprog *prog = value;

	code[0] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, fz_one_in(f, 3) ? fz_int(f) : 0xffff);
	if (fz_one_in(f, 8))
		fz_fill(f, code, 4 * sizeof(*code));
	prog->len = fz_one_in(f, 8) ? fz_int(f) : 1;
	prog->filter = fz_lie(f, code, sizeof(*code));
	return sizeof(*prog);
}

/* IP options and IPv6 extension headers, right and nearly */
static unsigned int value_route(struct fz *f, void *value)
{
	static const unsigned char shapes[][24] = {
		{ 131, 7, 4, 127, 0, 0, 1, 0 },		/* loose source route */
		{ 137, 7, 4, 10, 99, 0, 2, 0 },
		{ 7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0 },	/* record route */
		{ 68, 12, 5, 0 },			/* time stamp */
		{ 0, 0, 1, 4, 0, 0, 0, 0 },		/* hop by hop, padding */
		{ 0, 0, 5, 2, 0, 0, 0, 0 },		/* router alert */
		{ 0, 2, 2, 1, 0, 0, 0, 0, 0xfd, 0x99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 },
	};
	static const unsigned char sizes[] = { 8, 8, 12, 12, 8, 8, 24 };
	unsigned int i = fz_pick(f, ARRAY_SIZE(shapes));

	memcpy(value, shapes[i], sizes[i]);
	if (fz_one_in(f, 4))
		((unsigned char *)value)[fz_pick(f, sizes[i])] = fz_int(f);
	return sizes[i];
}

static unsigned int value_bytes(struct fz *f, void *value)
{
	unsigned int size = fz_pick(f, VALUE_MAX);

	fz_fill(f, value, size);
	return size;
}

static unsigned int put_value(struct fz *f, void *value)
{
	unsigned int (*const shapes[])(struct fz *f, void *value) = { value_ints, value_ints, value_small, value_small,
		value_small, value_time, value_name, value_group, value_filter, value_route, value_bytes };

	return shapes[fz_pick(f, ARRAY_SIZE(shapes))](f, value);
}

static long some_length(struct fz *f, unsigned int right)
{
	static const int odd[] = { 0, 1, 2, 3, 5, 40, 65536, INT_MAX, -1, INT_MIN };

	return fz_one_in(f, 10) ? odd[fz_pick(f, ARRAY_SIZE(odd))] : (long)right;
}

static void set_option(struct fz *f, int fd, int level, int name)
{
	void *value = fz_take(f, 2 * VALUE_MAX);
	unsigned int size = put_value(f, value);

	FZ_CALL(f, setsockopt, fd, level, name, (long)fz_lie(f, value, size), some_length(f, size));
}

/* Nothing may be written beyond the length that was given, nor may a longer one come back */
static void check_got(const struct fz *f, const unsigned char *value, socklen_t len, socklen_t got, int level, int name)
{
	unsigned int i;

	if (fz_opt.list)
		return;
	if (got > len && got < INT_MAX)
		fz_broken("getsockopt(%d, %d): length %u became %u", level, name, len, got);
	for (i = len; i < 2 * VALUE_MAX; i++)
		if (value[i] != 0xa5)
			break;
	if (i < 2 * VALUE_MAX)
		fz_broken("getsockopt(%d, %d): byte %u of %u was written", level, name, i, len);
}

/* With memory of its own around what is read, which nothing else writes */
static void get_guarded(struct fz *f, int fd, int level, int name)
{
	socklen_t *len = (void *)(f->guard + 4096), given = fz_pick(f, 2) ? 4 : fz_pick(f, VALUE_MAX);
	unsigned char *value = (unsigned char *)f->guard;

	memset(value, 0xa5, 2 * VALUE_MAX);
	*len = given;
	/* its length counts instructions */
	if (level == SOL_SOCKET && name == SO_GET_FILTER)
		return;
	if (!FZ_CALL(f, getsockopt, fd, level, name, (long)value, (long)len))
		check_got(f, value, given, *len, level, name);
}

static void get_option(struct fz *f, int fd, int level, int name)
{
	socklen_t *len;
	void *value;

	if (fz_one_in(f, 2)) {
		get_guarded(f, fd, level, name);
		return;
	}
	len = fz_take(f, sizeof(*len));
	value = fz_take(f, 2 * VALUE_MAX);
	*len = some_length(f, put_value(f, value));
	FZ_CALL(f, getsockopt, fd, level, name, (long)fz_lie(f, value, VALUE_MAX),
		(long)fz_lie(f, len, sizeof(*len)));
}

static void draw_option(struct fz *f, int *level, int *name)
{
	unsigned int i = fz_pick(f, ARRAY_SIZE(levels));

	*level = levels[i].level;
	*name = fz_one_in(f, 20) ? fz_int(f) : (int)fz_pick(f, levels[i].max);
}

void fz_op_setsockopt(struct fz *f)
{
	int fd = fz_any(f), level, name;

	draw_option(f, &level, &name);
	set_option(f, fd, level, name);
}

void fz_op_getsockopt(struct fz *f)
{
	int fd = fz_any(f), level, name;

	draw_option(f, &level, &name);
	get_option(f, fd, level, name);
}

/* Every option, of a socket in that state; after some of them it is made anew */
void fz_sweep(struct fz *f, enum fz_state state)
{
	unsigned int i, slot = 0;
	int name, fd;

	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		for (name = 0; name < levels[i].max; name++) {
			if (atomic_load(&fz_shared->stop))
				return;
			fz_seed(f, i << 8 | name);
			if (name % 12 == 0)
				fz_make(f, slot, state);
			fd = fz_fd(f, slot);
			set_option(f, fd, levels[i].level, name);
			get_option(f, fd, levels[i].level, name);
			atomic_fetch_add(&fz_shared->pairs, 1);
		}
	}
}
