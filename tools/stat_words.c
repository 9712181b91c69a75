// SPDX-License-Identifier: GPL-2.0
/*
 * Counters: which RFC each comes from, what a person does about it, and how Prometheus has it.
 */
#include "stat_words.h"
#include "util.h"

#include <ctype.h>
#include <string.h>

#define DROP	"DROP_"
#define METRIC	"naru_"

static const struct stat_word words[] = {
	{ "ACTIVE_OPENS", "RFC 9293 3.10.1, RFC 4022", "" },
	{ "PASSIVE_OPENS", "RFC 9293 3.10.7.2, RFC 4022", "" },
	{ "ATTEMPT_FAILS", "RFC 9293 3.10.7, RFC 4022", "is the server up and its port open? naru monitor shows who is tried" },
	{ "ESTAB_RESETS", "RFC 9293 3.5.2, RFC 4022", "naru monitor, then naru history ID: which end gave up, and when" },
	{ "IN_SEGS", "RFC 4022", "" },
	{ "OUT_SEGS", "RFC 4022", "" },
	{ "RETRANS_SEGS", "RFC 9293 3.8.1, RFC 4022", "above 1 % of OUT_SEGS: naru sock why, then ip -s link on the way" },
	{ "OUT_RSTS", "RFC 9293 3.5.2, RFC 4022", "many: a scan, or clients of a server that is down; see DROP_NO_SOCKET" },
	{ "IN_ERRS", "RFC 9293 3.1, RFC 4022", "see DROP_BAD_CSUM, DROP_SHORT, DROP_BAD_DOFF, DROP_BAD_OPTLEN" },
	{ "SYN_RETRANS", "RFC 9293 3.8.1, RFC 6298", "is the server up? ping and traceroute it; syn_retries bounds the tries" },
	{ "SYNACK_RETRANS", "RFC 9293 3.8.1, RFC 4987", "many: a SYN flood, or the way back is filtered; see synack_retries" },
	{ "SYNCOOKIES_SENT", "RFC 4987 3.6", "no flood? raise max_syn_backlog and listen()'s backlog" },
	{ "SYNCOOKIES_RECV", "RFC 4987 3.6", "" },
	{ "SYNCOOKIES_FAILED", "RFC 4987 3.6", "few are no fault; many: a flood of ACKs" },
	{ "FASTOPEN_ACTIVE", "RFC 7413", "" },
	{ "FASTOPEN_ACTIVE_FAIL", "RFC 7413 4.1.3", "does the server take Fast Open? something on the path may drop it" },
	{ "FASTOPEN_PASSIVE", "RFC 7413", "" },
	{ "FASTOPEN_PASSIVE_FAIL", "RFC 7413 4.1.2", "after a change of keys set the old one as backup (TCP_FASTOPEN_KEY)" },
	{ "FASTOPEN_PASSIVE_ALT_KEY", "RFC 7413 4.1.2", "" },
	{ "FASTOPEN_LISTEN_OVERFLOW", "RFC 7413 5.1", "raise the queue that TCP_FASTOPEN sets; a flood?" },
	{ "FASTOPEN_COOKIE_REQD", "RFC 7413 4.1.1", "" },
	{ "FASTOPEN_BLACKHOLE", "RFC 7413 4.1.3.1, 7.1", "find the firewall that drops Fast Open, or clear bit 1 of fastopen" },
	{ "RTOS", "RFC 6298", "naru sock why: heavy loss, or a peer that is gone" },
	{ "FAST_RETRANS", "RFC 5681 3.2, RFC 6675, RFC 8985", "naru sock why; ip -s link and tc -s qdisc: where it is lost" },
	{ "RECOVERY_ENTER", "RFC 5681 3.2, RFC 6675", "naru history ID --svg FILE: how often, and at which window" },
	{ "LOSS_UNDO", "RFC 3708, RFC 5682", "does the path reorder? naru metrics says of which" },
	{ "ECN_CE", "RFC 3168 5", "a router's queue is full: it is the bottleneck" },
	{ "ECN_REDUCED", "RFC 3168 6.1.2, RFC 8511", "" },
	{ "CONG_CLAMPED", "RFC 5681 3.1", "set congestion_control to cubic, and report the module's fault" },
	{ "DUPACKS", "RFC 5681 2", "" },
	{ "DELAYED_ACKS", "RFC 9293 3.8.6.3, RFC 5681 4.2", "" },
	{ "CHALLENGE_ACKS", "RFC 5961 7", "many: somebody forges, or a middlebox keeps a dead connection" },
	{ "CHALLENGE_SUPPRESSED", "RFC 5961 7", "an attack? else raise challenge_ack_limit" },
	{ "INVALID_SUPPRESSED", "RFC 9293 3.10.7.4", "two ends that do not agree: capture it; see invalid_ratelimit" },
	{ "OFO_QUEUED", "RFC 9293 3.10.7.4", "ip -s link towards the sender: where it is lost or reordered" },
	{ "BACKLOG_MERGED", "", "" },
	{ "OFO_MERGED", "RFC 9293 3.10.7.4", "" },
	{ "SACK_SENT", "RFC 2018 4", "" },
	{ "SACK_RECV", "RFC 2018 5", "" },
	{ "DSACK_SENT", "RFC 2883 4", "" },
	{ "DSACK_RECV", "RFC 2883 5", "many: the path delays or reorders so much that retransmissions were for nothing" },
	{ "TAIL_PROBES", "RFC 8985 7", "" },
	{ "TAIL_PROBE_REPAIRS", "RFC 8985 7.4", "" },
	{ "RECORDER_NO_MEMORY", "", "see free and the memory cgroup; set recorder=0 saves 4 KB a connection" },
	{ "DSACK_UNDO", "RFC 3708", "" },
	{ "EIFEL_UNDO", "RFC 3522", "" },
	{ "FRTO_UNDO", "RFC 5682", "the path's delay varies much: raise rto_min_us" },
	{ "SACK_INVALID", "RFC 2018 4", "a firewall that changes sequence numbers: turn that off, or set sack=0" },
	{ "ZERO_WINDOW_PROBES", "RFC 9293 3.8.6.1", "naru sock why: which peer does not read" },
	{ "ZERO_WINDOW_ADV", "RFC 9293 3.8.6.2.2", "naru sock -p: which program does not read; or raise rmem" },
	{ "KEEPALIVES", "RFC 9293 3.8.4, RFC 1122 4.2.3.6", "" },
	{ "TIMEOUTS", "RFC 9293 3.8.3, RFC 5482", "is the peer, or the way to it, down? see retries2" },
	{ "TW_ENTERED", "RFC 9293 3.6", "" },
	{ "TW_REUSED", "RFC 6191", "" },
	{ "TW_EXPIRED", "RFC 9293 3.6", "" },
	{ "TW_OVERFLOW", "RFC 9293 3.6, RFC 1337", "raise max_tw_buckets; old duplicates may disturb new connections" },
	{ "ICMP_IN", "RFC 9293 3.9.2.2, RFC 5927", "" },
	{ "ICMP_IGNORED", "RFC 5927", "" },
	{ "ICMP_OUT_OF_WINDOW", "RFC 5927 4.1", "many: somebody forges" },
	{ "PMTU_REDUCED", "RFC 1191, RFC 8201", "" },
	{ "MTU_PROBES", "RFC 4821 7", "" },
	{ "MTU_PROBE_SUCCESS", "RFC 4821 7.6.1", "" },
	{ "MTU_PROBE_FAIL", "RFC 4821 7.6.2", "" },
	{ "MTU_BLACK_HOLES", "RFC 4821 7.7, RFC 2923", "find the router that drops ICMP, and let type 3 code 4 pass" },
	{ "LISTEN_ACCEPTED", "RFC 9293 3.10.7.4", "" },
	{ "EPHEMERAL_EXHAUSTED", "RFC 6056 3", "widen ip_local_port_range, or use more addresses" },
	{ "HOLDER_FAILED", "", "ss -ltunp: the kernel's own sockets have the port" },
	{ "ORPHANS_KILLED", "RFC 9293 3.6", "raise max_orphans; peers that do not read keep them" },
	{ "PAWS_ESTAB", "RFC 7323 5.3", "many: two hosts behind one address, or somebody forges" },
	{ "TS_ECHO_BAD", "RFC 7323 3.2", "old answers, or somebody forges" },
	{ "RST_LIMITED", "RFC 5961 7", "a scan? else raise rst_ratelimit" },
	{ "EVENTS_LOST", "", "give naru monitor a filter, or read it faster" },
	{ "NAPT_ID_REPEATS", "RFC 6864 5.2", "only fragments are at risk: keep packets below the path's MTU" },
	{ "DGRAM_IN", "RFC 768, RFC 4113", "" },
	{ "DGRAM_OUT", "RFC 768, RFC 4113", "" },

	{ "DROP_BAD_CSUM", "RFC 9293 3.1", "ethtool -K DEV rx off tells a broken offload from a bad link" },
	{ "DROP_SHORT", "RFC 9293 3.1", "capture it: a broken middlebox, or somebody forges" },
	{ "DROP_BAD_DOFF", "RFC 9293 3.1", "capture it: somebody forges" },
	{ "DROP_BAD_OPTLEN", "RFC 9293 3.2", "capture it: a broken middlebox, or somebody forges" },
	{ "DROP_BAD_FLAGS", "RFC 9293 3.10.7", "a scan: find the source by a capture" },
	{ "DROP_NOT_FOR_US", "RFC 9293 3.9.2.3, RFC 1122 4.2.3.10", "a wrong route or ARP entry of the sender's" },
	{ "DROP_NO_SOCKET", "RFC 9293 3.10.7.1", "start the server, or find who asks by a capture" },
	{ "DROP_BACKLOG", "", "raise rmem; the program holds its socket for long" },
	{ "DROP_FILTER", "", "bpftool cgroup tree, or the program's SO_ATTACH_FILTER" },
	{ "DROP_POLICY", "RFC 4301 5.2", "ip xfrm policy: what it wants is not what came" },
	{ "DROP_MIN_TTL", "RFC 5082", "the peer is farther away than IP_MINTTL allows, or somebody forges" },
	{ "DROP_LISTEN_OVERFLOW", "RFC 9293 3.10.7.2", "have the server accept faster, or raise its backlog and somaxconn" },
	{ "DROP_REQ_OVERFLOW", "RFC 4987", "set syncookies=1, or raise max_syn_backlog" },
	{ "DROP_DEFER_ACCEPT", "", "" },
	{ "DROP_PAWS", "RFC 7323 5.3", "many: two hosts behind one address" },
	{ "DROP_WINDOW", "RFC 9293 3.10.7.4", "many: somebody forges, or a middlebox shifts numbers" },
	{ "DROP_OLD_DATA", "RFC 9293 3.10.7.4", "the peer's timeouts are too short, or our ACKs are lost" },
	{ "DROP_ACK_UNSENT", "RFC 5961 5.2", "somebody forges, or a host was restarted" },
	{ "DROP_ACK_OLD", "RFC 5961 5.2", "somebody forges" },
	{ "DROP_NO_ACK", "RFC 9293 3.10.7.4", "somebody forges" },
	{ "DROP_SYN_IN_WINDOW", "RFC 5961 4.2", "the peer was restarted, or somebody forges" },
	{ "DROP_RST", "RFC 9293 3.5.3", "" },
	{ "DROP_RST_INEXACT", "RFC 5961 3.2", "somebody forges, or a middlebox resets" },
	{ "DROP_STATE", "RFC 9293 3.10.7", "" },
	{ "DROP_CLOSED", "RFC 9293 3.10.7.1", "" },
	{ "DROP_TIME_WAIT", "RFC 9293 3.10.7.4, RFC 1337", "" },
	{ "DROP_AFTER_CLOSE", "RFC 9293 3.6.1", "the program closes before it has read all: have it read to the end" },
	{ "DROP_OFO_LIMIT", "RFC 9293 3.10.7.4", "raise rmem, or find what reorders" },
	{ "DROP_RCV_MEM", "RFC 9293 3.8.6.2.2", "naru sock -pm: which program does not read; or raise rmem and mem" },
	{ "DROP_OFO_PRUNE", "RFC 2018 8", "raise rmem and mem" },
	{ "DROP_ZERO_WINDOW", "RFC 9293 3.8.6.1", "" },
	{ "DROP_NO_ROUTE", "RFC 1122 3.3.1", "ip route get ADDRESS" },
	{ "DROP_NO_MEMORY", "", "free -m, dmesg: who takes the memory" },
	{ "DROP_NET_DYING", "", "" },
	{ "DROP_LISTEN_RACE", "", "" },
	{ "DROP_NAPT_NO_MAPPING", "RFC 4787 5, RFC 5382 4.3", "a server inside? naru napt map add forwards its port" },
	{ "DROP_NAPT_FILTERED", "RFC 4787 5", "is it wanted? naru napt rule replace ... filtering endpoint-independent" },
	{ "DROP_NAPT_EXCEPTED", "RFC 4787 4", "naru napt explain says which rule" },
	{ "DROP_NAPT_HELD", "RFC 5382 REQ-4", "" },
	{ "DROP_NAPT_HOLD_FULL", "RFC 5382 REQ-4", "a SYN flood: drop it before the NAPT" },
	{ "DROP_NAPT_STRAY", "RFC 5382 4.2", "does a network reach inside by a route? it needs except" },
	{ "DROP_NAPT_EXHAUSTED", "RFC 4787 REQ-3, RFC 6888 REQ-1", "more addresses or a wider range: naru napt rule replace" },
	{ "DROP_NAPT_LIMIT", "RFC 6888 REQ-4", "naru napt session list: who; raise napt_max_mappings and napt_max_sessions" },
	{ "DROP_NAPT_STRANGERS", "RFC 4787 5", "a flood? else raise napt_max_sessions" },
	{ "DROP_NAPT_PROTO", "RFC 5382 1", "let it out by a route of its own, or drop it in the forward chain" },
	{ "DROP_NAPT_SUSPENDED", "RFC 4787 REQ-7", "naru napt rule list says why it is suspended" },
	{ "DROP_NAPT_FRAGMENT", "RFC 4787 REQ-14", "a flood? else raise ipfrag_high_thresh" },
	{ "DROP_NAPT_SHORT", "RFC 4787 11", "capture it: a broken host, or somebody forges" },
	{ "DROP_NAPT_OPTIONS", "RFC 5508 7.3", "have the host use no source route" },
	{ "DROP_NAPT_FORGED", "RFC 2827", "which host has the external address? it must not be inside as well" },
	{ "DROP_NAPT_SOURCE", "RFC 6890, RFC 1122 3.2.1.3", "a host is misconfigured: find it by a capture" },
	{ "DROP_NAPT_HAIRPIN_OFF", "RFC 4787 REQ-9", "set hairpin on, or use inside addresses inside" },
	{ "DROP_NAPT_HAIRPIN_LOCAL", "RFC 4787 REQ-9", "use the router's inside address there" },
	{ "DROP_NAPT_POLICY", "RFC 3948", "ip xfrm policy, ip xfrm state" },
	{ "DROP_NAPT_ERROR_CSUM", "RFC 5508 REQ-3", "a bad link towards where it came from" },
	{ "DROP_NAPT_ERROR_STRAY", "RFC 5508 REQ-4", "" },
	{ "DROP_NAPT_ERROR_SHORT", "RFC 5508 REQ-3, RFC 792", "" },
	{ "DROP_NAPT_REDIRECT", "RFC 5508 8", "" },
	{ "DROP_DGRAM_NO_SOCKET", "RFC 1122 4.1.3.1", "start the server, or find who asks by a capture" },
	{ "DROP_DGRAM_NO_MEMBER", "RFC 1122 3.3.7", "" },
	{ "DROP_DGRAM_RCVBUF", "RFC 768", "have the program read faster, or raise SO_RCVBUF and rmem_max" },
};

/**
 * stat_word() - what is known of a counter
 * @name: as the module has it
 *
 * Return: NULL where it is newer than this program.
 */
const struct stat_word *stat_word(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].name, name))
			return &words[i];
	return NULL;
}

/**
 * stat_metric_name() - a counter as Prometheus calls it
 * @name: as the module has it, not of a reason for drops
 * @text: filled: naru_, in small letters, _total
 * @size: bytes of @text
 */
void stat_metric_name(const char *name, char *text, size_t size)
{
	size_t i;

	snprintf(text, size, METRIC "%s_total", name);
	for (i = 0; text[i]; i++)
		text[i] = tolower((unsigned char)text[i]);
}

/**
 * stat_prometheus_head() - what stands before a metric's values
 * @f: where to
 * @metric: its name
 * @help: what it means, one line
 */
void stat_prometheus_head(FILE *f, const char *metric, const char *help)
{
	fprintf(f, "# HELP %s ", metric);
	for (; *help; help++) {
		if (*help == '\\' || *help == '\n')
			fputc('\\', f);
		fputc(*help == '\n' ? 'n' : *help, f);
	}
	fprintf(f, "\n# TYPE %s counter\n", metric);
}

/**
 * stat_prometheus() - a counter in Prometheus' text format
 * @f: where to
 * @name: as the module has it
 * @value: value
 * @drop: it counts dropped packets: a value of the one metric for those, whose head was printed before
 * @help: what it means
 */
void stat_prometheus(FILE *f, const char *name, uint64_t value, bool drop, const char *help)
{
	char metric[128];

	if (drop) {
		fprintf(f, METRIC "dropped_packets_total{reason=\"%s\"} %llu\n",
			strncmp(name, DROP, strlen(DROP)) ? name : name + strlen(DROP), (unsigned long long)value);
		return;
	}
	stat_metric_name(name, metric, sizeof(metric));
	stat_prometheus_head(f, metric, help);
	fprintf(f, "%s %llu\n", metric, (unsigned long long)value);
}
