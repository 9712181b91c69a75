// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of naru's generic netlink family: right ones, and ones that are mutated.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>
#include "fuzz.h"
#include "fuzz_genl.h"

enum kind { FLAG, U8, U16, U32, U64, ADDR, NAME, VALUES, NEST };

/* An attribute that a request may have. A list ends with one of type 0 */
struct attr {
	unsigned short type;
	enum kind is;
	const struct attr *nest;
};

static const struct attr filter[] = {
	{ NARU_FILTER_STATES, U32 }, { NARU_FILTER_WIRE, U8 }, { NARU_FILTER_FAMILY, U8 }, { NARU_FILTER_LADDR, ADDR },
	{ NARU_FILTER_RADDR, ADDR }, { NARU_FILTER_LPREFIX, U8 }, { NARU_FILTER_RPREFIX, U8 },
	{ NARU_FILTER_LPORT, U16 }, { NARU_FILTER_RPORT, U16 }, { NARU_FILTER_ID, U32 }, { NARU_FILTER_KIND, U8 },
	{ NARU_FILTER_TYPE, U8 }, {}
};

static const struct attr test[] = {
	{ NARU_TEST_FIELD, U8 }, { NARU_TEST_YES, U16 }, { NARU_TEST_NO, U16 }, { NARU_TEST_MIN, U64 }, { NARU_TEST_MAX, U64 },
	{ NARU_TEST_STATES, U32 }, { NARU_TEST_ADDR, ADDR }, { NARU_TEST_PREFIX, U8 }, { NARU_TEST_TEXT, NAME }, {}
};
static const struct attr number[] = { { NARU_TEST_FIELD, U8 }, { NARU_TEST_MIN, U64 }, {} };
static const struct attr program[] = {
	{ NARU_PROGRAM_TEST, NEST, number }, { NARU_PROGRAM_TEST, NEST, test }, { NARU_PROGRAM_TEST, NEST, number }, {}
};

static const struct attr query[] = {
	{ NARU_QUERY_SHOW, U32 }, { NARU_QUERY_FILTER, NEST, filter }, { NARU_QUERY_NETNS, U32 },
	{ NARU_QUERY_PROGRAM, NEST, program }, {}
};
static const struct attr order[] = {
	{ NARU_QUERY_PROGRAM, NEST, program }, { NARU_QUERY_SORT, U8 }, { NARU_QUERY_ASCENDING, FLAG }, { NARU_QUERY_TOP, U32 },
	{ NARU_QUERY_GROUP, U8 }, {}
};

static const struct attr kill_one[] = { { NARU_QUERY_FILTER, NEST, filter }, { NARU_QUERY_PROGRAM, NEST, program }, {} };

static const struct attr setting[] = { { NARU_SETTING_NAME, NAME }, {} };
static const struct attr change[] = {
	{ NARU_SETTING_NAME, NAME }, { NARU_SETTING_VALUES, VALUES }, { NARU_SETTING_TEXT, NAME }, {}
};
static const struct attr changes[] = {
	{ NARU_CHANGE_SETTING, NEST, change }, { NARU_CHANGE_SETTING, NEST, change }, {}
};

static const struct attr history[] = {
	{ NARU_HISTORY_ID, U32 }, { NARU_HISTORY_NETNS, U32 }, { NARU_HISTORY_SHOW, U32 }, {}
};
static const struct attr compat[] = { { NARU_COMPAT_PID, U32 }, {} };
static const struct attr metric[] = { { NARU_METRIC_RADDR, ADDR }, { NARU_METRIC_ALL, FLAG }, {} };

static const struct attr except[] = {
	{ NARU_EXCEPT_ADDR, ADDR }, { NARU_EXCEPT_PREFIX, U8 }, { NARU_EXCEPT_PORT_FIRST, U16 },
	{ NARU_EXCEPT_PORT_LAST, U16 }, {}
};
static const struct attr to[] = { { NARU_TO_FIRST, ADDR }, { NARU_TO_LAST, ADDR }, {} };
static const struct attr timeouts[] = {
	{ NARU_TIMEOUT_TCP_OPEN, U32 }, { NARU_TIMEOUT_TCP_ESTABLISHED, U32 }, { NARU_TIMEOUT_UDP, U32 }, {}
};
static const struct attr rule[] = {
	{ NARU_RULE_DEV, NAME }, { NARU_RULE_SRC, ADDR }, { NARU_RULE_SRC_PREFIX, U8 }, { NARU_RULE_PROTOS, U32 },
	{ NARU_RULE_SPORT_FIRST, U16 }, { NARU_RULE_SPORT_LAST, U16 }, { NARU_RULE_DPORT_FIRST, U16 },
	{ NARU_RULE_EXCEPT, NEST, except }, { NARU_RULE_TO, NEST, to }, { NARU_RULE_TO_DEV, FLAG },
	{ NARU_RULE_PORT_FIRST, U16 }, { NARU_RULE_PORT_LAST, U16 }, { NARU_RULE_MAPPING, U8 },
	{ NARU_RULE_FILTERING, U8 }, { NARU_RULE_CHOICE, U8 }, { NARU_RULE_PARITY, U8 }, { NARU_RULE_HAIRPIN, U8 },
	{ NARU_RULE_NOTRACK, U8 }, { NARU_RULE_REFRESH_IN, U8 }, { NARU_RULE_EXHAUSTED, U8 },
	{ NARU_RULE_UNSOLICITED, U8 }, { NARU_RULE_MARK, U32 }, { NARU_RULE_TIMEOUTS, NEST, timeouts }, {}
};
static const struct attr rule_short[] = { { NARU_RULE_DEV, NAME }, { NARU_RULE_TO_DEV, FLAG }, {} };
static const struct attr fixed[] = {
	{ NARU_STATIC_PROTO, U8 }, { NARU_STATIC_DEV, NAME }, { NARU_STATIC_OUTSIDE, ADDR },
	{ NARU_STATIC_OUTSIDE_PORT, U16 }, { NARU_STATIC_INSIDE, ADDR }, { NARU_STATIC_INSIDE_PORT, U16 },
	{ NARU_STATIC_NUM, U32 }, {}
};
static const struct attr map_filter[] = {
	{ NARU_MAP_FILTER_PROTO, U8 }, { NARU_MAP_FILTER_DEV, NAME }, { NARU_MAP_FILTER_INSIDE, ADDR },
	{ NARU_MAP_FILTER_OUTSIDE, ADDR }, { NARU_MAP_FILTER_INSIDE_PREFIX, U8 }, { NARU_MAP_FILTER_INSIDE_PORT, U16 },
	{ NARU_MAP_FILTER_STATIC, U8 }, { NARU_MAP_FILTER_ID, U32 }, { NARU_MAP_FILTER_REMOTE, ADDR },
	{ NARU_MAP_FILTER_REMOTE_PORT, U16 }, { NARU_MAP_FILTER_STATES, U32 }, {}
};
static const struct attr napt[] = {
	{ NARU_NAPT_REQ_ID, U32 }, { NARU_NAPT_REQ_RULE, NEST, rule }, { NARU_NAPT_REQ_BEFORE, U32 },
	{ NARU_NAPT_REQ_STATIC, NEST, fixed }, { NARU_NAPT_REQ_KEEP_STATICS, FLAG }, { NARU_NAPT_REQ_FLUSH, FLAG },
	{ NARU_NAPT_REQ_FILTER, NEST, map_filter }, {}
};
static const struct attr napt_rule[] = { { NARU_NAPT_REQ_RULE, NEST, rule_short }, {} };
static const struct attr napt_static[] = { { NARU_NAPT_REQ_STATIC, NEST, fixed }, {} };
static const struct attr napt_filter[] = { { NARU_NAPT_REQ_FILTER, NEST, map_filter }, {} };
static const struct attr explain[] = {
	{ NARU_EXPLAIN_IN, NAME }, { NARU_EXPLAIN_PROTO, U8 }, { NARU_EXPLAIN_SRC, ADDR }, { NARU_EXPLAIN_DST, ADDR },
	{ NARU_EXPLAIN_SPORT, U16 }, { NARU_EXPLAIN_DPORT, U16 }, {}
};
static const struct attr nothing[] = { {} };

static const struct {
	unsigned char cmd;
	bool dump;
	const struct attr *attrs;
} requests[] = {
	{ NARU_CMD_INFO_GET, false, nothing }, { NARU_CMD_SOCK_GET, true, query }, { NARU_CMD_SOCK_GET, true, query },
	{ NARU_CMD_SOCK_GET, true, order }, { NARU_CMD_SOCK_GET, true, order },
	{ NARU_CMD_SOCK_KILL, false, kill_one }, { NARU_CMD_SETTING_GET, false, setting },
	{ NARU_CMD_SETTING_GET, true, nothing }, { NARU_CMD_SETTING_SET, false, changes },
	{ NARU_CMD_SETTING_SET, false, changes }, { NARU_CMD_STAT_GET, true, nothing },
	{ NARU_CMD_NETNS_GET, true, nothing }, { NARU_CMD_NAPT_RULE_GET, true, nothing },
	{ NARU_CMD_NAPT_RULE_ADD, false, napt_rule }, { NARU_CMD_NAPT_RULE_ADD, false, napt },
	{ NARU_CMD_NAPT_RULE_REPLACE, false, napt }, { NARU_CMD_NAPT_RULE_DEL, false, napt },
	{ NARU_CMD_NAPT_SET, false, napt }, { NARU_CMD_NAPT_STATIC_GET, true, nothing },
	{ NARU_CMD_NAPT_MAP_GET, true, napt_filter }, { NARU_CMD_NAPT_MAP_ADD, false, napt_static },
	{ NARU_CMD_NAPT_MAP_DEL, false, napt_filter }, { NARU_CMD_NAPT_SESSION_GET, true, napt_filter },
	{ NARU_CMD_NAPT_EXPLAIN, false, explain }, { NARU_CMD_HISTORY_GET, true, history },
	{ NARU_CMD_METRIC_GET, true, nothing }, { NARU_CMD_METRIC_DEL, false, metric },
	{ NARU_CMD_COMPAT_GET, true, compat },
};

static const char *some_name(struct fz *f)
{
	static const char *const settings[] = { "rmem", "wmem", "mem", "sack", "timestamps", "window_scaling", "ecn", "fastopen",
		"syncookies", "max_syn_backlog", "max_tw_buckets", "max_orphans", "mtu_probing", "recorder",
		"recorder_kept", "min_snd_mss", "abort_on_overflow", "tw_reuse", "congestion_control",
		"napt_max_mappings", "rto_min_us", "notsent_lowat", "fin_timeout", "syn_retries", "reno", "cubic" };

	return fz_one_in(f, 3) ? fz_device(f) : settings[fz_pick(f, ARRAY_SIZE(settings))];
}

static size_t put_address(struct fz *f, unsigned char *data)
{
	static const unsigned char v4[][4] = { { 127, 0, 0, 1 }, { 10, 99, 0, 1 }, { 10, 99, 0, 2 }, { 0, 0, 0, 0 } };

	memset(data, 0, 16);
	data[10] = 0xff;
	data[11] = 0xff;
	memcpy(data + 12, v4[fz_pick(f, ARRAY_SIZE(v4))], 4);
	if (fz_one_in(f, 10))
		fz_fill(f, data, 16);
	return 16;
}

static size_t put_values(struct fz *f, unsigned char *data)
{
	static const int triples[][3] = { { 4096, 4096, 4096 }, { 4096, 16384, 65536 }, { 4096, 131072, 6291456 },
		{ 64, 128, 256 }, { 100000, 120000, 140000 } };
	int value[3];

	if (fz_one_in(f, 2)) {
		memcpy(data, triples[fz_pick(f, ARRAY_SIZE(triples))], sizeof(triples[0]));
		return sizeof(triples[0]);
	}
	value[0] = fz_int(f);
	memcpy(data, value, 4);
	return 4;
}

static size_t put_number(struct fz *f, unsigned char *data, size_t size)
{
	uint64_t value = fz_one_in(f, 2) ? fz_pick(f, 8) : (uint64_t)fz_int(f);

	if (size == 2 && !fz_one_in(f, 3))
		value = FZ_PORT + fz_pick(f, FZ_PORTS);
	memcpy(data, &value, size);
	return size;
}

static size_t put_payload(struct fz *f, enum kind is, unsigned char *data)
{
	switch (is) {
	case U8:
		return put_number(f, data, 1);
	case U16:
		return put_number(f, data, 2);
	case U32:
		return put_number(f, data, 4);
	case U64:
		return put_number(f, data, 8);
	case ADDR:
		return put_address(f, data);
	case NAME:
		return sprintf((char *)data, "%s", some_name(f)) + 1;
	case VALUES:
		return put_values(f, data);
	default:
		return 0;
	}
}

/* Half of the attributes of a list, some of them with another type, length or content */
static size_t put_attrs(struct fz *f, const struct attr *list, unsigned char *at)
{
	struct nlattr *nla;
	size_t len = 0;

	for (; list->type; list++) {
		if (fz_one_in(f, 3))
			continue;
		nla = (void *)(at + len);
		nla->nla_type = list->type | (list->is == NEST ? NLA_F_NESTED : 0);
		nla->nla_len = NLA_HDRLEN;
		if (list->nest)
			nla->nla_len += put_attrs(f, list->nest, at + len + NLA_HDRLEN);
		else
			nla->nla_len += put_payload(f, list->is, at + len + NLA_HDRLEN);
		len += NLA_ALIGN(nla->nla_len);
		if (fz_one_in(f, 40))
			nla->nla_type = fz_int(f);
		if (fz_one_in(f, 40))
			nla->nla_len += (int)fz_pick(f, 9) - 4;
	}
	return len;
}

static size_t put_request(struct fz *f, unsigned char *at)
{
	unsigned int i = fz_pick(f, ARRAY_SIZE(requests));
	struct nlmsghdr *nlh = (void *)at;
	struct genlmsghdr *genl = NLMSG_DATA(nlh);

	nlh->nlmsg_type = fz_genl_family();
	nlh->nlmsg_flags = NLM_F_REQUEST | (requests[i].dump ? NLM_F_DUMP : NLM_F_ACK);
	if (fz_one_in(f, 20))
		nlh->nlmsg_flags = fz_int(f);
	nlh->nlmsg_seq = f->index;
	genl->cmd = fz_one_in(f, 30) ? fz_int(f) : requests[i].cmd;
	genl->version = fz_one_in(f, 30) ? fz_int(f) : NARU_GENL_VERSION;
	nlh->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) +
			 put_attrs(f, requests[i].attrs, (unsigned char *)genl + GENL_HDRLEN);
	if (fz_one_in(f, 20))
		at[NLMSG_HDRLEN + fz_pick(f, nlh->nlmsg_len - NLMSG_HDRLEN)] = fz_int(f);
	if (fz_one_in(f, 40))
		nlh->nlmsg_len += fz_pick(f, 9) - 4;
	return nlh->nlmsg_len;
}

/* A request, and what answers it; of a dump sometimes only the beginning */
void fz_op_genl(struct fz *f)
{
	unsigned char *request = fz_take(f, 8192);
	long answers = fz_one_in(f, 4) ? 1 : 1000;
	void *answer = fz_take(f, 32768);
	size_t len = put_request(f, request);
	long fd;

	fd = FZ_CALL(f, socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0 && !fz_opt.list)
		return;
	FZ_CALL(f, sendto, fd, (long)request, len > 8192 ? 8192 : len, MSG_DONTWAIT, 0, 0);
	while (answers-- && FZ_CALL(f, recvfrom, fd, (long)answer, 32768, MSG_DONTWAIT, 0, 0) > 0)
		;
	FZ_CALL(f, close, fd);
}
