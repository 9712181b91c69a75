/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * What the files of libnaru share.
 */
#ifndef NARU_LIB_CONN_H
#define NARU_LIB_CONN_H

#include <stdbool.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <naru/naru.h>

#define CONN_GROUPS	8	/* multicast groups whose numbers are kept */

struct conn_group {
	char name[GENL_NAMSIZ];
	uint32_t number;
};

/**
 * struct naru - a connection to the module
 * @sock: netlink socket, NULL where it could not be opened
 * @family: number of the generic netlink family
 * @group: its multicast groups
 * @num_groups: how many
 * @seq: of the last request; 0 when events are listened to
 * @bad_attr: where in the last request the attribute was that was refused; 0: not known
 * @interrupted: the last dump was not consistent
 * @error: what went wrong last, one line
 * @request: the one in the making, NULL once it is sent
 * @room: bytes that it may have
 * @buf: the request, then what is received
 */
struct naru {
	struct mnl_socket *sock;
	uint16_t family;
	struct conn_group group[CONN_GROUPS];
	unsigned int num_groups;
	uint32_t seq;
	uint32_t bad_attr;
	bool interrupted;
	char error[256];
	const struct nlmsghdr *request;
	size_t room;
	char buf[NARU_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* In the static library too nobody else's */
#pragma GCC visibility push(hidden)
int naru_conn_fail(struct naru *n, int err, const char *what);
int naru_conn_refused(struct naru *n, int err);
int naru_conn_receive(struct naru *n, naru_reply reply, void *arg);
#pragma GCC visibility pop

#endif
