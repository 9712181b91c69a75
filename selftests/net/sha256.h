/* SPDX-License-Identifier: GPL-2.0 */
/* SHA-256, FIPS 180-4 */
#ifndef NARU_SHA256_H
#define NARU_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t h[8];
	uint64_t bytes;
	unsigned char block[64];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t len);
void sha256_hex(struct sha256 *s, char hex[65]);

#endif
