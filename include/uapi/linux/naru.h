/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * naru sockets: what a program needs.
 *
 *	socket(AF_NARU, SOCK_STREAM, 0)			native stream, IP protocol 253
 *	socket(AF_NARU, SOCK_STREAM, IPPROTO_TCP)	TCP on the wire
 *	socket(AF_NARU, SOCK_DGRAM, 0)			native datagrams, IP protocol 254
 *	socket(AF_NARU, SOCK_DGRAM, IPPROTO_UDP)	UDP on the wire
 *
 * Addresses are struct sockaddr_in and struct sockaddr_in6. Levels SOL_SOCKET, SOL_IP, SOL_IPV6,
 * SOL_TCP and SOL_UDP mean what they mean on the kernel's own TCP and UDP.
 */
#ifndef _UAPI_LINUX_NARU_H
#define _UAPI_LINUX_NARU_H

#ifndef AF_NARU
#define AF_NARU		18	/* the module parameter "af" changes it */
#endif
#ifndef PF_NARU
#define PF_NARU		AF_NARU
#endif

#ifndef SOL_NARU
#define SOL_NARU	1018
#endif

/* Options at SOL_NARU */
#define NARU_DOMAIN	1	/* int: AF_INET, AF_INET6 or 0 (both); before the first address */
#define NARU_WIRE	2	/* int, read only: IP protocol number on the wire: 6, 253, 17 or 254 */
#define NARU_ID		3	/* u32, read only: the socket's number in naru's lists */
#define NARU_TS_USEC	4	/* int: 1: timestamps tick in µs, which the peer must know; before connect and listen */
#define NARU_ZEROCOPY	5	/* int: 1: MSG_ZEROCOPY lends memory, as SO_ZEROCOPY has it */

#endif /* _UAPI_LINUX_NARU_H */
