/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * libnaru: speaks generic netlink with the naru module. libnaru(3) is its manual; what the commands and attributes are
 * is at the head of linux/naru_genl.h.
 */
#ifndef NARU_NARU_H
#define NARU_NARU_H

#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>
#include <linux/naru_genl.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NARU_REQUEST_SIZE	65536	/* bytes that a request of naru_request() may have */

/* A connection to the module; for one thread at a time */
struct naru;

/* The replies of a dump, all of one moment where the module can say so */
struct naru_list;

/* Called for each reply or event. 0: go on; a negative number ends it, and is what the caller gets */
typedef int (*naru_reply)(const struct nlmsghdr *nlh, void *arg);

/* connection */
int naru_open(struct naru **n);
void naru_close(struct naru *n);
int naru_fd(const struct naru *n);
const char *naru_error(const struct naru *n);
uint32_t naru_bad_attr(const struct naru *n);
int naru_interrupted(const struct naru *n);

/* requests */
struct nlmsghdr *naru_request(struct naru *n, uint8_t cmd, uint16_t flags);
struct nlmsghdr *naru_request_in(struct naru *n, void *buf, size_t size, uint8_t cmd, uint16_t flags);
int naru_put(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, const void *data, size_t len);
int naru_put_u8(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, uint8_t value);
int naru_put_u16(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, uint16_t value);
int naru_put_u32(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, uint32_t value);
int naru_put_u64(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, uint64_t value);
int naru_put_str(struct naru *n, struct nlmsghdr *nlh, uint16_t attr, const char *text);
struct nlattr *naru_put_nest(struct naru *n, struct nlmsghdr *nlh, uint16_t attr);
int naru_put_nest_end(struct naru *n, struct nlmsghdr *nlh, struct nlattr *nest);
int naru_talk(struct naru *n, struct nlmsghdr *nlh, naru_reply reply, void *arg);

/* dumps */
int naru_read(struct naru *n, const struct nlmsghdr *request, struct naru_list **list);
int naru_read_all(struct naru *n, uint8_t cmd, struct naru_list **list);
int naru_read_socks(struct naru *n, uint32_t show, struct naru_list **list);
int naru_read_history(struct naru *n, uint32_t id, struct naru_list **list);
size_t naru_list_size(const struct naru_list *list);
const struct nlmsghdr *naru_list_next(const struct naru_list *list, const struct nlmsghdr *nlh);
void naru_list_free(struct naru_list *list);

/* events */
int naru_listen(struct naru *n, const char *group);
int naru_next_event(struct naru *n, naru_reply reply, void *arg);

/* attributes of replies and events */
uint8_t naru_cmd(const struct nlmsghdr *nlh);
void naru_parse(const struct nlattr **tb, unsigned int max, const struct nlmsghdr *nlh);
void naru_parse_nested(const struct nlattr **tb, unsigned int max, const struct nlattr *nest);
const struct nlattr *naru_next(const struct nlmsghdr *nlh, uint16_t attr, const struct nlattr *last);
uint8_t naru_u8(const struct nlattr *attr);
uint16_t naru_u16(const struct nlattr *attr);
uint32_t naru_u32(const struct nlattr *attr);
int32_t naru_s32(const struct nlattr *attr);
uint64_t naru_u64(const struct nlattr *attr);
int64_t naru_s64(const struct nlattr *attr);
const char *naru_str(const struct nlattr *attr);
size_t naru_copy(const struct nlattr *attr, void *to, size_t size);

#ifdef __cplusplus
}
#endif

#endif
