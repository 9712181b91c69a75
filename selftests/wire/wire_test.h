/* SPDX-License-Identifier: GPL-2.0 */
/* The fixture of this folder's tests: {native, inet} x {IPv4, IPv6} */
#ifndef WIRE_TEST_H
#define WIRE_TEST_H

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/naru.h>
#include <linux/naru_genl.h>
#include <linux/tcp.h>
#include "kselftest_harness.h"
#include "wire.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 240	/* the debug kernel is slow */

#ifndef SOL_TCP
#define SOL_TCP IPPROTO_TCP
#endif

FIXTURE(wire)
{
	struct wire w;
	struct conn c;
};

FIXTURE_VARIANT(wire)
{
	int family;
	int proto;
};

FIXTURE_VARIANT_ADD(wire, native_v4)
{
	.family = AF_INET,
	.proto = 253,
};

FIXTURE_VARIANT_ADD(wire, native_v6)
{
	.family = AF_INET6,
	.proto = 253,
};

FIXTURE_VARIANT_ADD(wire, inet_v4)
{
	.family = AF_INET,
	.proto = IPPROTO_TCP,
};

FIXTURE_VARIANT_ADD(wire, inet_v6)
{
	.family = AF_INET6,
	.proto = IPPROTO_TCP,
};

#define SLOW_RTO_US	1000000

/* On a kernel that takes its time a timer is not to expire while a test prepares its next segment */
FIXTURE_SETUP(wire)
{
	const char *kernel = getenv("NARU_VM");

	wire_open(&self->w, variant->family, variant->proto);
	if (kernel && !strcmp(kernel, "debug"))
		wire_set("rto_min_us", SLOW_RTO_US);
	self->c.lfd = -1;
	self->c.fd = -1;
}

FIXTURE_TEARDOWN(wire)
{
	wire_close();
}

#define IS_V4 (variant->family == AF_INET)

/* The bytes of an IP header without options */
#define IP_BYTES (IS_V4 ? 20 : 40)

#endif
