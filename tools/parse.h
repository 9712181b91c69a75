/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words of the command line into numbers, and numbers into words. Nothing here prints or exits.
 */
#ifndef NARU_TOOLS_PARSE_H
#define NARU_TOOLS_PARSE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARSE_ADDR_LEN	(INET6_ADDRSTRLEN + 2)
#define PARSE_RANGE_LEN	(2 * PARSE_ADDR_LEN)
#define PARSE_PORT_LEN	sizeof("65535")
#define PARSE_PORTS_LEN	sizeof(":65535-:65535")

/* States that the tools know by number; RFC 9293's, as the module has them */
enum {
	PARSE_ESTABLISHED = 1,
	PARSE_SYN_SENT = 2,
	PARSE_SYN_RECEIVED = 3,
	PARSE_FIN_WAIT_1 = 4,
	PARSE_FIN_WAIT_2 = 5,
	PARSE_TIME_WAIT = 6,
	PARSE_CLOSED = 7,
	PARSE_CLOSE_WAIT = 8,
	PARSE_LAST_ACK = 9,
	PARSE_LISTEN = 10,
	PARSE_CLOSING = 11,
	PARSE_STATES = 12
};

bool parse_u32(const char *text, uint32_t max, uint32_t *value);
bool parse_s32(const char *text, int32_t *value);
bool parse_port(const char *text, uint16_t *port);
bool parse_addr(const char *text, struct in6_addr *addr);
bool parse_prefix(const char *text, struct in6_addr *addr, uint8_t *prefix);
bool parse_split(const char *text, char *addr, char *port);
bool parse_state(const char *text, uint32_t *states);
bool parse_wire(const char *text, uint8_t *wire);

const char *parse_state_name(unsigned int state);
const char *parse_state_classic(unsigned int state);
const char *parse_wire_name(unsigned int wire);
uint8_t parse_wire_mode(unsigned int wire);
uint8_t parse_wire_type(unsigned int wire);
const char *parse_type_name(unsigned int wire);
void parse_addr_text(const struct in6_addr *addr, char *text);

#endif
