// SPDX-License-Identifier: GPL-2.0
/*
 * Draws: numbers, memory that is not what it seems, addresses, flags.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <limits.h>
#include <net/if.h>
#include <sys/mman.h>
#include "fuzz.h"

/* An arena lies at the same address in each run: memory, then two pages, one that cannot be touched, one that is read only */
#define ARENA_BASE	0x200000000UL
#define ARENA_STEP	0x1000000UL
#define ARENA_SIZE	(512 * 1024UL)
#define PAGE		4096UL
#define EDGE		(ARENA_SIZE + 2 * PAGE)
#define READ_ONLY	(EDGE + PAGE)
#define UNMAPPED	(READ_ONLY + 4 * PAGE)

/* splitmix64 */
uint64_t fz_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* Begins a worker's @n-th operation */
void fz_seed(struct fz *f, unsigned int n)
{
	f->rng = fz_mix(f->seed + n);
	f->used = 0;
}

uint64_t fz_u64(struct fz *f)
{
	return fz_mix(f->rng++);
}

/* 0 to @n - 1 */
unsigned int fz_pick(struct fz *f, unsigned int n)
{
	return fz_u64(f) % n;
}

bool fz_one_in(struct fz *f, unsigned int n)
{
	return !fz_pick(f, n);
}

/* An int as programs have them, or as they should not */
int fz_int(struct fz *f)
{
	static const int edges[] = { 0, 1, -1, 2, 3, 4, 7, 8, 16, 64, 127, 128, 255, 256, 536, 1460, 4096, 32767, 65535,
		65536, 1 << 20, INT_MAX, INT_MIN, INT_MAX - 1 };

	switch (fz_pick(f, 4)) {
	case 0:
		return fz_u64(f);
	case 1:
		return fz_pick(f, 16);
	default:
		return edges[fz_pick(f, ARRAY_SIZE(edges))];
	}
}

static char *map(unsigned long at, size_t size, int prot)
{
	char *p = mmap((void *)at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		err(2, "mmap");
	return p;
}

/* Memory of a worker; one that was forked has it from its parent */
void fz_arena(struct fz *f)
{
	unsigned long base = ARENA_BASE + f->index * ARENA_STEP;

	f->arena = map(base, EDGE, PROT_READ | PROT_WRITE);
	map(base + EDGE, PAGE, PROT_NONE);
	map(base + READ_ONLY, 4 * PAGE, PROT_READ);
	f->guard = map(base + ARENA_STEP / 2, 4 * PAGE, PROT_READ | PROT_WRITE);
}

/* Memory for one call */
void *fz_take(struct fz *f, size_t size)
{
	char *p;

	if (f->used + size > ARENA_SIZE)
		f->used = 0;
	p = f->arena + f->used;
	f->used += (size + 63) & ~63UL;
	memset(p, 0, size);
	return p;
}

/* @p, mostly; else a pointer that lies */
void *fz_lie(struct fz *f, void *p, size_t size)
{
	size_t half = size / 2 > PAGE ? PAGE : size / 2;

	switch (fz_pick(f, 60)) {
	case 0:
		return NULL;
	case 1:
		return f->arena + UNMAPPED;
	case 2:
		memcpy(f->arena + EDGE - half, p, half);
		return f->arena + EDGE - half;
	case 3:
		return f->arena + READ_ONLY;
	case 4:
		memmove((char *)p + 1, p, size);
		return (char *)p + 1;
	case 5:
		return (void *)0xffff888000001000;
	case 6:
		return (void *)0x8000000000000000;
	default:
		return p;
	}
}

/* Of a buffer that is to be there */
size_t fz_size(struct fz *f)
{
	static const unsigned int sizes[] = { 0, 1, 2, 100, 536, 1448, 4096, 16384, FZ_PAYLOAD };

	return fz_one_in(f, 2) ? sizes[fz_pick(f, ARRAY_SIZE(sizes))] : fz_pick(f, 3000);
}

void fz_fill(struct fz *f, void *p, size_t size)
{
	uint64_t word = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		if (!(i % 8))
			word = fz_u64(f);
		((uint8_t *)p)[i] = word >> i % 8 * 8;
	}
}

const char *fz_device(struct fz *f)
{
	static const char *const names[] = { "lo", "fz0", "lo", "nothere", "", "012345678901234" };

	return names[fz_pick(f, ARRAY_SIZE(names))];
}

static socklen_t fill_v4(void *addr, const char *text, int port)
{
	struct sockaddr_in *sin = addr;

	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	inet_pton(AF_INET, text, &sin->sin_addr);
	return sizeof(*sin);
}

static socklen_t fill_v6(void *addr, const char *text, int port)
{
	struct sockaddr_in6 *sin6 = addr;

	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(port);
	inet_pton(AF_INET6, text, &sin6->sin6_addr);
	if (!strncmp(text, "fe80", 4))
		sin6->sin6_scope_id = 1;
	return sizeof(*sin6);
}

/* The loopback address of @family; of AF_INET6 it may be IPv4's as well */
socklen_t fz_loopback(struct fz *f, int family, int port, void *addr)
{
	bool mapped = fz_one_in(f, 4);

	if (family == AF_INET)
		return fill_v4(addr, "127.0.0.1", port);
	return fill_v6(addr, mapped ? "::ffff:127.0.0.1" : "::1", port);
}

/* An address beyond fz0, behind which is nothing */
socklen_t fz_nowhere(int family, int port, void *addr)
{
	return family == AF_INET ? fill_v4(addr, "10.99.0.2", port) : fill_v6(addr, "fd99::2", port);
}

static int port(struct fz *f)
{
	static const int odd[] = { 0, 1, 80, 65535, FZ_KERNEL_PORT, FZ_KERNEL_PORT };

	return fz_one_in(f, 3) ? odd[fz_pick(f, ARRAY_SIZE(odd))] : FZ_PORT + fz_pick(f, FZ_PORTS);
}

static socklen_t address_len(struct fz *f, socklen_t right)
{
	static const int odd[] = { 0, 1, 2, 7, 8, 15, 17, 23, 24, 127, 128, 129, 65536, -1, INT_MAX };

	return fz_one_in(f, 12) ? odd[fz_pick(f, ARRAY_SIZE(odd))] : right;
}

/* An address for bind, connect or a message, which may be none */
struct sockaddr *fz_addr(struct fz *f, socklen_t *len)
{
	static const char *const v4[] = { "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2", "0.0.0.0", "10.99.0.1",
		"10.99.0.2", "10.99.0.255", "224.0.0.1", "255.255.255.255", "192.0.2.1", "240.0.0.1" };
	static const char *const v6[] = { "::1", "::1", "::1", "::", "::ffff:127.0.0.1", "::ffff:127.0.0.1", "fd99::1",
		"fd99::2", "ff02::1", "fe80::1", "::ffff:0.0.0.0", "::ffff:224.0.0.1", "2001:db8::1" };
	struct sockaddr_storage *ss = fz_take(f, sizeof(*ss));
	socklen_t right;

	if (fz_one_in(f, 2))
		right = fill_v4(ss, v4[fz_pick(f, ARRAY_SIZE(v4))], port(f));
	else
		right = fill_v6(ss, v6[fz_pick(f, ARRAY_SIZE(v6))], port(f));
	if (fz_one_in(f, 20))
		((struct sockaddr_in6 *)ss)->sin6_scope_id = fz_int(f);
	if (fz_one_in(f, 20))
		((struct sockaddr_in6 *)ss)->sin6_flowinfo = fz_int(f);
	if (fz_one_in(f, 10))
		ss->ss_family = fz_one_in(f, 2) ? AF_UNSPEC : fz_int(f);
	*len = address_len(f, right);
	return fz_lie(f, ss, right);
}

/* MSG_*: every bit has its turn, and MSG_DONTWAIT many */
int fz_flags(struct fz *f)
{
	unsigned int i, n = fz_pick(f, 3);
	int flags = fz_one_in(f, 3) ? 0 : MSG_DONTWAIT;

	for (i = 0; i < n; i++)
		flags |= 1U << fz_pick(f, 32);
	return fz_one_in(f, 100) ? -1 : flags;
}
