// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of the fuzzer's own, which must succeed.
 */
#define _GNU_SOURCE
#include <err.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>
#include "fuzz.h"
#include "fuzz_genl.h"

static int family;

int fz_genl_family(void)
{
	return family;
}

const struct nlattr *fz_genl_attr(const struct nlattr *attrs, int len, int type)
{
	const struct nlattr *nla = attrs;

	while (len >= NLA_HDRLEN && nla->nla_len >= NLA_HDRLEN && nla->nla_len <= len) {
		if ((nla->nla_type & NLA_TYPE_MASK) == type)
			return nla;
		len -= NLA_ALIGN(nla->nla_len);
		nla = (void *)((char *)nla + NLA_ALIGN(nla->nla_len));
	}
	return NULL;
}

/* Numbers of any size; 0 where there is none */
uint32_t fz_genl_u32(const struct nlattr *attrs, int len, int type)
{
	const struct nlattr *nla = fz_genl_attr(attrs, len, type);
	uint32_t value = 0;

	if (nla)
		memcpy(&value, nla + 1, nla->nla_len - NLA_HDRLEN < 4 ? nla->nla_len - NLA_HDRLEN : 4);
	return value;
}

/* Says whether there may be more, and of an error which */
static bool read_answer(int fd, fz_genl_seen *seen, void *data, int *error)
{
	static char buf[65536] __attribute__((aligned(8)));
	int len = recv(fd, buf, sizeof(buf), 0);
	const struct nlmsghdr *nlh = (void *)buf;

	if (len < 0) {
		*error = errno;
		return errno == EINTR;
	}
	for (; NLMSG_OK(nlh, (unsigned int)len); nlh = NLMSG_NEXT(nlh, len)) {
		if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
			*error = -*(int *)NLMSG_DATA(nlh);
			return false;
		}
		if (seen)
			seen((void *)((char *)NLMSG_DATA(nlh) + GENL_HDRLEN),
			     nlh->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), data);
	}
	return true;
}

static int ask(int type, unsigned char cmd, bool dump, const struct nlattr *attr, fz_genl_seen *seen, void *data)
{
	struct { struct nlmsghdr nlh; struct genlmsghdr genl; char attrs[256]; } req = {};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), error = 0;

	if (fd < 0)
		return errno;
	req.nlh.nlmsg_type = type;
	req.nlh.nlmsg_flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);
	req.nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	req.genl.cmd = cmd;
	req.genl.version = 1;
	if (attr) {
		memcpy(req.attrs, attr, attr->nla_len);
		req.nlh.nlmsg_len += NLA_ALIGN(attr->nla_len);
	}
	if (send(fd, &req, req.nlh.nlmsg_len, 0) < 0)
		error = errno;
	while (!error && read_answer(fd, seen, data, &error))
		;
	close(fd);
	return error;
}

/* Asks naru: 0 or an errno, positive */
int fz_genl_ask(unsigned char cmd, bool dump, const struct nlattr *attr, fz_genl_seen *seen, void *data)
{
	return ask(family, cmd, dump, attr, seen, data);
}

static void seen_family(const struct nlattr *attrs, int len, void *data)
{
	family = fz_genl_u32(attrs, len, CTRL_ATTR_FAMILY_ID);
}

/* 0, or an errno: ENOENT where naru is not there */
int fz_genl_find_family(void)
{
	struct { struct nlattr nla; char name[8]; } attr = {
		{ NLA_HDRLEN + sizeof(NARU_GENL_NAME), CTRL_ATTR_FAMILY_NAME }, NARU_GENL_NAME
	};

	return ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, false, &attr.nla, seen_family, NULL);
}
