/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Source routes of IPv4, RFC 791 3.1, and the way back.
 */
#ifndef NARU_SRCROUTE_H
#define NARU_SRCROUTE_H

#include "pure.h"

#define NARU_IP_OPTIONS_MAX	40	/* bytes of options in a header */

u32 naru_srcroute_reverse(const u8 *opts, u32 len, const u8 *source, u8 *back);

#endif
