// SPDX-License-Identifier: GPL-2.0
/*
 * What sockets are told apart, sorted and grouped by.
 */
#include "field.h"
#include "util.h"

#include <string.h>
#include <linux/naru_genl.h>

static const struct field fields[] = {
	{ "sport", NARU_FIELD_LPORT, FIELD_PORT },
	{ "dport", NARU_FIELD_RPORT, FIELD_PORT },
	{ "src", NARU_FIELD_LADDR, FIELD_ADDR },
	{ "dst", NARU_FIELD_RADDR, FIELD_ADDR },
	{ "state", NARU_FIELD_STATE, FIELD_STATE },
	{ "wire", NARU_FIELD_WIRE, FIELD_WIRE },
	{ "type", NARU_FIELD_TYPE, FIELD_TYPE },
	{ "family", NARU_FIELD_FAMILY, FIELD_FAMILY },
	{ "dev", NARU_FIELD_DEV, FIELD_DEV },
	{ "id", NARU_FIELD_ID, FIELD_NUMBER },
	{ "uid", NARU_FIELD_UID, FIELD_UID },
	{ "inode", NARU_FIELD_INODE, FIELD_NUMBER },
	{ "pid", NARU_FIELD_PID, FIELD_NUMBER },
	{ "comm", NARU_FIELD_COMM, FIELD_TEXT },
	{ "cgroup", NARU_FIELD_CGROUP, FIELD_CGROUP },
	{ "cong", NARU_FIELD_CONG, FIELD_TEXT },
	{ "recvq", NARU_FIELD_RECVQ, FIELD_BYTES },
	{ "sendq", NARU_FIELD_SENDQ, FIELD_BYTES },
	{ "rmem", NARU_FIELD_RMEM, FIELD_BYTES },
	{ "wmem", NARU_FIELD_WMEM, FIELD_BYTES },
	{ "cwnd", NARU_FIELD_CWND, FIELD_NUMBER },
	{ "ssthresh", NARU_FIELD_SSTHRESH, FIELD_NUMBER },
	{ "rtt", NARU_FIELD_RTT, FIELD_US },
	{ "rttvar", NARU_FIELD_RTTVAR, FIELD_US },
	{ "min_rtt", NARU_FIELD_MIN_RTT, FIELD_US },
	{ "rto", NARU_FIELD_RTO, FIELD_US },
	{ "mss", NARU_FIELD_MSS, FIELD_BYTES },
	{ "pmtu", NARU_FIELD_PMTU, FIELD_BYTES },
	{ "in_flight", NARU_FIELD_IN_FLIGHT, FIELD_BYTES },
	{ "lost", NARU_FIELD_LOST, FIELD_BYTES },
	{ "retrans", NARU_FIELD_RETRANS, FIELD_NUMBER },
	{ "bytes_sent", NARU_FIELD_BYTES_SENT, FIELD_BYTES },
	{ "bytes_acked", NARU_FIELD_BYTES_ACKED, FIELD_BYTES },
	{ "bytes_received", NARU_FIELD_BYTES_RECEIVED, FIELD_BYTES },
	{ "bytes", NARU_FIELD_BYTES, FIELD_BYTES },
	{ "delivery_rate", NARU_FIELD_DELIVERY_RATE, FIELD_BYTES },
	{ "age", NARU_FIELD_AGE, FIELD_MS },
	{ "count", NARU_FIELD_COUNT, FIELD_NUMBER },
};

/**
 * field_find() - a field by its name
 * @name: as it is typed, with - or _
 *
 * Return: the field, or NULL.
 */
const struct field *field_find(const char *name)
{
	size_t i, at;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		for (at = 0; name[at] && (name[at] == '-' ? '_' : name[at]) == fields[i].name[at]; at++)
			;
		if (!name[at] && !fields[i].name[at])
			return &fields[i];
	}
	return NULL;
}

/**
 * field_at() - one of them
 * @i: which, from 0
 *
 * Return: the field, NULL behind the last.
 */
const struct field *field_at(size_t i)
{
	return i < ARRAY_SIZE(fields) ? &fields[i] : NULL;
}

/**
 * field_name() - the name of a field
 * @number: enum naru_genl_field
 *
 * Return: the name, "?" for what is none.
 */
const char *field_name(unsigned int number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].number == number)
			return fields[i].name;
	return "?";
}

/**
 * field_sums() - are groups sorted by it, whatever they are groups of?
 * @by: field
 */
bool field_sums(const struct field *by)
{
	switch (by->number) {
	case NARU_FIELD_COUNT:
	case NARU_FIELD_RECVQ:
	case NARU_FIELD_SENDQ:
	case NARU_FIELD_BYTES_SENT:
	case NARU_FIELD_BYTES_ACKED:
	case NARU_FIELD_BYTES_RECEIVED:
	case NARU_FIELD_RETRANS:
		return true;
	default:
		return false;
	}
}
