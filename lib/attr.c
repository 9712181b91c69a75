// SPDX-License-Identifier: LGPL-2.1
/*
 * Attributes: into requests, and out of replies and events.
 */
#include "conn.h"

#include <errno.h>
#include <string.h>

#define ATTR_MAX	UINT16_MAX	/* bytes of an attribute, with its header */

/* Bytes that the message may have: none where it is not the one in the making */
static size_t room(const struct naru *n, const struct nlmsghdr *nlh)
{
	return nlh == n->request ? n->room : 0;
}

/**
 * naru_put() - an attribute of any type
 * @n: connection
 * @nlh: from naru_request() or naru_request_in(), not sent yet
 * @attr: its number
 * @data: its bytes, NULL for none
 * @len: how many
 *
 * Return: 0, or -EMSGSIZE where the request has no room for it, or it is longer than an attribute can be.
 */
int naru_put(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, const void *data, size_t len)
{
	if (len > ATTR_MAX - MNL_ATTR_HDRLEN || !mnl_attr_put_check(nlh, room(n, nlh), attr, len, data))
		return -EMSGSIZE;
	return 0;
}

/**
 * naru_put_u8() - a number of 8 bits
 * @n: connection
 * @nlh: from naru_request() or naru_request_in(), not sent yet
 * @attr: its number
 * @value: value
 *
 * Return: as naru_put().
 */
int naru_put_u8(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, uint8_t value)
{
	return naru_put(n, nlh, attr, &value, sizeof(value));
}

/**
 * naru_put_u16() - a number of 16 bits
 * @n: connection
 * @nlh: from naru_request() or naru_request_in(), not sent yet
 * @attr: its number
 * @value: value
 *
 * Return: as naru_put().
 */
int naru_put_u16(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, uint16_t value)
{
	return naru_put(n, nlh, attr, &value, sizeof(value));
}

/**
 * naru_put_u32() - a number of 32 bits
 * @n: connection
 * @nlh: from naru_request() or naru_request_in(), not sent yet
 * @attr: its number
 * @value: value
 *
 * Return: as naru_put().
 */
int naru_put_u32(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, uint32_t value)
{
	return naru_put(n, nlh, attr, &value, sizeof(value));
}

/**
 * naru_put_u64() - a number of 64 bits
 * @n: connection
 * @nlh: from naru_request() or naru_request_in(), not sent yet
 * @attr: its number
 * @value: value
 *
 * Return: as naru_put().
 */
int naru_put_u64(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, uint64_t value)
{
	return naru_put(n, nlh, attr, &value, sizeof(value));
}

/**
 * naru_put_str() - a string
 * @n: connection
 * @nlh: from naru_request() or naru_request_in(), not sent yet
 * @attr: its number
 * @text: the string
 *
 * Return: as naru_put().
 */
int naru_put_str(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, const char *text)
{
	return naru_put(n, nlh, attr, text, strlen(text) + 1);
}

/**
 * naru_put_nest() - begin an attribute that holds others
 * @n: connection
 * @nlh: from naru_request() or naru_request_in(), not sent yet
 * @attr: its number
 *
 * Return: it, for naru_put_nest_end(); NULL where the request has no room for it.
 */
struct nlattr *naru_put_nest(struct naru *n, struct nlmsghdr *nlh, uint16_t attr)
{
	return mnl_attr_nest_start_check(nlh, room(n, nlh), attr);
}

/**
 * naru_put_nest_end() - end it
 * @n: connection
 * @nlh: from naru_request() or naru_request_in(), not sent yet
 * @nest: from naru_put_nest(), NULL too
 *
 * Return: 0, or -EMSGSIZE where it had no room or the request is not in the making, or it is longer than an attribute can
 * be, and taken out again.
 */
int naru_put_nest_end(struct naru *n, struct nlmsghdr *nlh, struct nlattr *nest)
{
	if (!nest || !room(n, nlh))
		return -EMSGSIZE;
	if ((char *)mnl_nlmsg_get_payload_tail(nlh) - (char *)nest > ATTR_MAX) {
		mnl_attr_nest_cancel(nlh, nest);
		return -EMSGSIZE;
	}
	mnl_attr_nest_end(nlh, nest);
	return 0;
}

static size_t length(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_payload_len(attr) : 0;
}

/**
 * naru_u8() - a u8's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
uint8_t naru_u8(const struct nlattr *attr)
{
	return length(attr) >= 1 ? mnl_attr_get_u8(attr) : 0;
}

/**
 * naru_u16() - a u16's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
uint16_t naru_u16(const struct nlattr *attr)
{
	return length(attr) >= 2 ? mnl_attr_get_u16(attr) : 0;
}

/**
 * naru_u32() - a u32's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
uint32_t naru_u32(const struct nlattr *attr)
{
	return length(attr) >= 4 ? mnl_attr_get_u32(attr) : 0;
}

/**
 * naru_s32() - an s32's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
int32_t naru_s32(const struct nlattr *attr)
{
	return (int32_t)naru_u32(attr);
}

/**
 * naru_u64() - a u64's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
uint64_t naru_u64(const struct nlattr *attr)
{
	return length(attr) >= 8 ? mnl_attr_get_u64(attr) : 0;
}

/**
 * naru_s64() - an s64's value
 * @attr: attribute, or NULL
 *
 * Return: the value, 0 where there is none.
 */
int64_t naru_s64(const struct nlattr *attr)
{
	return (int64_t)naru_u64(attr);
}

/**
 * naru_str() - a string
 * @attr: attribute, or NULL
 *
 * Return: the string, "" where there is none.
 */
const char *naru_str(const struct nlattr *attr)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return "";
	return mnl_attr_get_str(attr);
}

/**
 * naru_copy() - bytes
 * @attr: attribute, or NULL
 * @to: filled with as many as fit, zeros behind
 * @size: bytes of @to
 *
 * Return: bytes that were there and fit.
 */
size_t naru_copy(const struct nlattr *attr, void *to, size_t size)
{
	size_t len = length(attr);

	if (len > size)
		len = size;
	memset(to, 0, size);
	if (len)
		memcpy(to, mnl_attr_get_payload(attr), len);
	return len;
}

/* The attributes in @len bytes from @attr on */
static void parse(const struct nlattr **tb, unsigned int max, const struct nlattr *attr, int len)
{
	memset(tb, 0, (max + 1) * sizeof(*tb));
	for (; mnl_attr_ok(attr, len); attr = mnl_attr_next(attr)) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type <= max)
			tb[type] = attr;
		len -= MNL_ALIGN(attr->nla_len);
	}
}

/* Bytes of attributes behind the header */
static int attrs_length(const struct nlmsghdr *nlh)
{
	int len = (int)mnl_nlmsg_get_payload_len(nlh) - (int)GENL_HDRLEN;

	return len > 0 ? len : 0;
}

/**
 * naru_parse() - the attributes of a message
 * @tb: filled, @max + 1 entries; what is newer than @max is left out, of several of a number the last is there
 * @max: largest number
 * @nlh: message
 */
void naru_parse(const struct nlattr **tb, unsigned int max, const struct nlmsghdr *nlh)
{
	parse(tb, max, mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN), attrs_length(nlh));
}

/**
 * naru_parse_nested() - the attributes within an attribute
 * @tb: filled, @max + 1 entries; none where @nest is NULL
 * @max: largest number
 * @nest: attribute, or NULL
 */
void naru_parse_nested(const struct nlattr **tb, unsigned int max, const struct nlattr *nest)
{
	parse(tb, max, nest ? mnl_attr_get_payload(nest) : NULL, length(nest));
}

/**
 * naru_next() - one after the other of an attribute that may occur more than once
 * @nlh: message
 * @attr: number
 * @last: the one before, NULL for the first
 *
 * Return: it, NULL where there is no more.
 */
const struct nlattr *naru_next(const struct nlmsghdr *nlh, uint16_t attr, const struct nlattr *last)
{
	const struct nlattr *at = mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN);
	int len = attrs_length(nlh);

	for (; mnl_attr_ok(at, len); at = mnl_attr_next(at)) {
		if (mnl_attr_get_type(at) == attr && (!last || at > last))
			return at;
		len -= MNL_ALIGN(at->nla_len);
	}
	return NULL;
}

/**
 * naru_cmd() - which command is this a message of?
 * @nlh: message of the family
 *
 * Return: NARU_CMD_*, NARU_CMD_UNSPEC where it is too short for one.
 */
uint8_t naru_cmd(const struct nlmsghdr *nlh)
{
	if (mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return NARU_CMD_UNSPEC;
	return ((const struct genlmsghdr *)mnl_nlmsg_get_payload(nlh))->cmd;
}
