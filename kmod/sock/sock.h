/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of kmod/sock share about sockets.
 */
#ifndef NARU_SOCK_H
#define NARU_SOCK_H

#include "naru.h"

/* sock.c */
int naru_sock_proto_register(void);
void naru_sock_proto_unregister(void);
void naru_sock_init(struct sock *sk, u8 wire);
void naru_sock_init_inet(struct sock *sk, struct ipv6_pinfo *np);
void naru_sock_clear_key(struct sock *sk);
int naru_sock_disconnect(struct sock *sk, int flags);
/* family.c */
int naru_family_name(struct socket *sock, struct sockaddr *uaddr, int peer);
/* bind.c */
int naru_bind(struct socket *sock, struct sockaddr *uaddr, int len);
/* connect.c */
int naru_connect(struct socket *sock, struct sockaddr *uaddr, int len, int flags);
int naru_connect_run_program(struct sock *sk, struct sockaddr *uaddr, int *len);
int naru_connect_write(struct sock *sk, struct msghdr *msg, u32 *copied);
/* poll.c */
__poll_t naru_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait);
int naru_poll_inq(struct sock *sk);
int naru_poll_set_rcvlowat(struct sock *sk, int bytes);
int naru_poll_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
/* stream_send.c */
int naru_stream_send(struct socket *sock, struct msghdr *msg, bool pages);
void naru_stream_splice_eof(struct socket *sock);
/* stream_sendpage.c */
ssize_t naru_stream_sendpage(struct socket *sock, struct page *page, int offset, size_t size, int flags);
/* stream_recv.c */
ssize_t naru_stream_splice_read(struct socket *sock, loff_t *pos, struct pipe_inode_info *pipe,
				size_t len, unsigned int flags);

#endif
