/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP_INFO as Linux 6.12 has it, whatever kernel this is built for.
 */
#ifndef NARU_INFO_H
#define NARU_INFO_H

#include <linux/stddef.h>
#include <linux/types.h>
#include <uapi/linux/tcp.h>

/* What older kernels' struct tcp_info ends before */
struct naru_info_late {
	__u8 before[offsetofend(struct tcp_info, tcpi_snd_wnd)];
	__u32 rcv_wnd;
	__u32 rehash;
	__u16 total_rto;
	__u16 total_rto_recoveries;
	__u32 total_rto_time;
};

union naru_info {
	struct tcp_info info;
	struct naru_info_late late;
};

#endif
