/* SPDX-License-Identifier: GPL-2.0 */
/* A client of naru's generic netlink family, for what the fuzzer looks at itself */
#ifndef FUZZ_GENL_H
#define FUZZ_GENL_H

#include <stdbool.h>
#include <linux/netlink.h>

/* What is called for each message of an answer, with its attributes */
typedef void fz_genl_seen(const struct nlattr *attrs, int len, void *data);

int fz_genl_family(void);
int fz_genl_find_family(void);
int fz_genl_ask(unsigned char cmd, bool dump, const struct nlattr *attr, fz_genl_seen *seen, void *data);
const struct nlattr *fz_genl_attr(const struct nlattr *attrs, int len, int type);
uint32_t fz_genl_u32(const struct nlattr *attrs, int len, int type);

#endif
