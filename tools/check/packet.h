/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv4 packets for `naru napt check`, built and read with checksums of its own. All numbers are in
 * host byte order.
 */
#ifndef NARU_CHECK_PACKET_H
#define NARU_CHECK_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ICMP = 1, TCP = 6, UDP = 17, DCCP = 33, STREAM = 253, DGRAM = 254 };

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10 };

enum {
	ECHO_REPLY = 0, UNREACHABLE = 3, QUENCH = 4, REDIRECT = 5, ECHO = 8, EXCEEDED = 11,
	PARAMETER = 12, TIMESTAMP = 13, TIMESTAMP_REPLY = 14, INFORMATION = 15, MASK = 17
};

#define PACKET_MAX	65535

struct ep {
	uint32_t addr;
	uint16_t port;
};

/**
 * struct packet - a packet, to be sent or as it was captured
 * @proto: IP protocol
 * @tos: type of service: diffserv class and ECN
 * @ttl: time to live; 0 in one that is sent: 64
 * @id: IP ID; 0 in one that is sent: the next of a counter
 * @df: don't fragment
 * @mf: more fragments
 * @offset: of this fragment, in bytes
 * @num_options: bytes of @options
 * @options: IP options
 * @src: from; of an echo the port is its id
 * @dst: to; of an echo the port is its id
 * @flags: of TCP and 253
 * @seq: sequence number; of an echo too
 * @ack: acknowledgment
 * @window: as in the header; 0 in one that is sent: 65535
 * @type: of ICMP
 * @code: of ICMP
 * @rest: second word of an ICMP header that is no echo's
 * @len: bytes behind the transport header; of other protocols and later fragments behind the IP header
 * @data: these; NULL in one that is sent: filled with bytes that no other packet has
 * @bad_header: the IP header's checksum is wrong, or to be made wrong
 * @bad_sum: the same for that of the transport header
 * @no_sum: UDP without a checksum
 * @cut: there is less of it than its header says, or less than a transport header
 * @size: of @bytes
 * @bytes: as on the wire
 * @time: when it was captured, or when it had been sent: CLOCK_REALTIME, nanoseconds
 * @next: in a queue
 */
struct packet {
	uint8_t proto, tos, ttl;
	uint16_t id;
	bool df, mf;
	uint16_t offset;
	uint8_t num_options;
	uint8_t options[40];
	struct ep src, dst;
	uint8_t flags;
	uint32_t seq, ack;
	uint16_t window;
	uint8_t type, code;
	uint32_t rest;
	size_t len;
	const uint8_t *data;
	bool bad_header, bad_sum, no_sum, cut;
	size_t size;
	uint8_t *bytes;
	uint64_t time;
	struct packet *next;
};

bool packet_build(struct packet *p);
void packet_read(struct packet *p, const uint8_t *bytes, size_t size);
bool packet_same(const struct packet *a, const struct packet *b);
bool packet_embeds(const struct packet *error, const struct packet *original);
bool packet_is_error(const struct packet *p);
uint16_t packet_sum(const uint8_t *bytes, size_t len, uint32_t sum);
void packet_fix_header(uint8_t *ip);

static inline bool has_ports(uint8_t proto)
{
	return proto == TCP || proto == UDP || proto == STREAM || proto == DGRAM;
}

static inline bool is_stream(uint8_t proto)
{
	return proto == TCP || proto == STREAM;
}

static inline bool ep_same(struct ep a, struct ep b)
{
	return a.addr == b.addr && a.port == b.port;
}

static inline uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static inline void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

#endif
