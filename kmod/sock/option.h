/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the table of options says; option_list.h. For sockets of every kind.
 */
#ifndef NARU_OPTION_H
#define NARU_OPTION_H

#include <net/sock.h>
#include "ledger.h"

int naru_option_check(struct sock *sk, u8 kind, int level, int name);
int naru_option_answer(struct sock *sk, u8 kind, int level, int name, int err);
int naru_option_set_socket(struct socket *sock, int name, sockptr_t val, unsigned int len);

/* option_call.c */
int naru_option_ioctl(struct sock *sk, unsigned int cmd);
int naru_option_cmsg(struct sock *sk, struct msghdr *msg, int ip_level, int err);

#endif
