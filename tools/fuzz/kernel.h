/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel for fuzzers: libmnl's socket, behind which there is no other. What is sent is heard by kernel_hear(), and what
 * comes is from kernel_answer(), of which a fuzzer that includes this has its own.
 */
#ifndef NARU_TOOLS_FUZZ_KERNEL_H
#define NARU_TOOLS_FUZZ_KERNEL_H

#include "fuzz/fuzz.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>

#define KERNEL_FAMILY	32	/* naru's number here */

static void kernel_hear(const struct nlmsghdr *nlh);
/* Return: bytes in @buf, or -1 with errno: nothing more comes */
static ssize_t kernel_answer(void *buf, size_t size);

static char kernel_socket;

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	return (struct mnl_socket *)&kernel_socket;
}

int mnl_socket_bind(struct mnl_socket *sock, unsigned int groups, pid_t pid)
{
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *sock, int type, void *buf, socklen_t len)
{
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *sock)
{
	return -1;
}

int mnl_socket_close(struct mnl_socket *sock)
{
	return 0;
}

/* All that is sent is one message, whose attributes fill it */
ssize_t mnl_socket_sendto(const struct mnl_socket *sock, const void *data, size_t size)
{
	const struct nlmsghdr *nlh = data;
	const struct nlattr *attr;
	const char *end = mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN);

	FUZZ_HOLDS(size == nlh->nlmsg_len && mnl_nlmsg_ok(nlh, size));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		end = (const char *)mnl_attr_next(attr);
	FUZZ_HOLDS(end == (const char *)data + MNL_ALIGN(size));
	kernel_hear(nlh);
	return size;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *sock, void *buf, size_t size)
{
	return kernel_answer(buf, size);
}

/* An error, or 0. Return: its bytes */
static inline size_t kernel_put_error(void *buf, int error)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));

	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_flags = NLM_F_CAPPED;
	err->error = error;
	return nlh->nlmsg_len;
}

/* What the controller says of naru. Return: bytes */
static inline size_t kernel_put_family(void *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = GENL_ID_CTRL;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, KERNEL_FAMILY);
	return nlh->nlmsg_len + kernel_put_error((char *)buf + nlh->nlmsg_len, 0);
}

#endif
