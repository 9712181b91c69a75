/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording as a capture, for Wireshark.
 */
#ifndef NARU_TOOLS_PCAPNG_H
#define NARU_TOOLS_PCAPNG_H

#include <stdbool.h>
#include <stdio.h>
#include "history.h"

#define PCAPNG_HEADERS_MAX	(40 + 24)	/* IPv6 and TCP with a window scale */

size_t pcapng_headers(const struct history *h, const struct history_segment *s, unsigned char *packet);
bool pcapng_write(FILE *f, const struct history *h);

#endif
