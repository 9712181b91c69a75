// SPDX-License-Identifier: GPL-2.0
/*
 * The words of the NAPT's rules and static mappings: read, refused, and written so that they can be
 * read again.
 */
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../tools/napt.h"

#define WORDS	64

static char error[NAPT_ERROR_LEN];
static char written[512];

static int split(char *text, char **word)
{
	int n = 0;

	for (text = strtok(text, " "); text; text = strtok(NULL, " "))
		word[n++] = text;
	return n;
}

static enum napt_parsed rule(const char *text, struct napt_rule *r)
{
	char copy[1024], *word[WORDS];

	error[0] = '\0';
	snprintf(copy, sizeof(copy), "%s", text);
	return napt_parse_rule(r, split(copy, word), word, error);
}

static enum napt_parsed fixed(const char *text, struct napt_static *s)
{
	char copy[256], *word[WORDS];

	error[0] = '\0';
	snprintf(copy, sizeof(copy), "%s", text);
	return napt_parse_static(s, split(copy, word), word, error);
}

/* What is written of a rule that was read */
static const char *again(const char *text)
{
	static struct napt_rule r;
	FILE *f;

	ASSERT_EQ(rule(text, &r), NAPT_PARSED);
	f = fmemopen(written, sizeof(written), "w");
	napt_print_rule(f, &r);
	fclose(f);
	return written;
}

static const char *fixed_again(const char *text)
{
	struct napt_static s;
	FILE *f;

	ASSERT_EQ(fixed(text, &s), NAPT_PARSED);
	f = fmemopen(written, sizeof(written), "w");
	napt_print_static(f, &s);
	fclose(f);
	return written;
}

static void refused(enum napt_parsed how, const char *text, const char *why)
{
	static struct napt_rule r;

	ASSERT_EQ(rule(text, &r), how);
	ASSERT_TRUE(strstr(error, why));
}

static void fixed_refused(enum napt_parsed how, const char *text, const char *why)
{
	struct napt_static s;

	ASSERT_EQ(fixed(text, &s), how);
	ASSERT_TRUE(strstr(error, why));
}

TEST(napt_text__what_is_not_said_is_as_the_manual_has_it)
{
	static struct napt_rule r;

	ASSERT_EQ(rule("dev wan0 to 203.0.113.1", &r), NAPT_PARSED);
	ASSERT_EQ(r.src_bits, 0);
	ASSERT_EQ(r.protos, NARU_RULE_PROTO_ALL);
	ASSERT_EQ(r.ports.first, 1024);
	ASSERT_EQ(r.ports.last, 65535);
	ASSERT_TRUE(napt_ports_all(&r.sports) && napt_ports_all(&r.dports));
	ASSERT_EQ(r.mapping, NARU_RULE_MAPPING_EI);
	ASSERT_EQ(r.filtering, NARU_RULE_FILTERING_EI);
	ASSERT_EQ(r.tcp_filtering, NARU_RULE_FILTERING_EI);
	ASSERT_EQ(r.choice, NARU_RULE_CHOICE_PRESERVE);
	ASSERT_TRUE(r.parity && r.hairpin && !r.notrack && !r.refresh_in);
	ASSERT_EQ(r.exhausted, NARU_RULE_EXHAUSTED_HOST);
	ASSERT_EQ(r.unsolicited, NARU_RULE_UNSOLICITED_HOLD);
	ASSERT_EQ(r.mark_mask, 0);
	ASSERT_EQ(r.timeout[NARU_TIMEOUT_TCP_ESTABLISHED], 7440);
	ASSERT_EQ(r.num_ranges, 1);
	ASSERT_EQ(r.range[0].first, 0xcb007101);
	ASSERT_EQ(r.range[0].last, 0xcb007101);
}

TEST(napt_text__rules_are_written_as_they_are_read)
{
	static const char *const same[] = {
		"dev wan0 to 203.0.113.1",
		"dev wan0 to dev wan0",
		"dev w src 10.0.0.0/8 proto tcp,native-dgram sport 1-1023 dport 53 to 192.0.2.1",
		"dev w except 192.0.2.0/24 except 198.51.100.1:80-90 to 192.0.2.1-192.0.2.9,203.0.113.1",
		"dev w to 192.0.2.1 ports 80",
		"dev w to 192.0.2.1 mapping address-and-port-dependent choice random parity off",
		"dev w to 192.0.2.1 hairpin off notrack on refresh-in on exhausted silent",
		"dev w to 192.0.2.1 exhausted admin-prohibited unsolicited drop",
		"dev w to 192.0.2.1 filtering address-dependent",
		"dev w to 192.0.2.1 filtering address-dependent tcp-filtering endpoint-independent",
		"dev w to 192.0.2.1 tcp-filtering address-and-port-dependent",
		"dev w to 192.0.2.1 tcp-open 4 tcp-established 8000 tcp-closing 241 udp 120 icmp 61",
		"dev w to 192.0.2.1 mark 0x1/0xff",
		"dev w to 192.0.2.1 mark 0xffffffff",
		"dev w src 10.1.2.3 to 192.0.2.1",
	};
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(*same); i++)
		ASSERT_STREQ(again(same[i]), same[i]);
}

TEST(napt_text__short_forms_order_and_defaults_do_not_matter)
{
	ASSERT_STREQ(again("to dev w dev w src 0.0.0.0/0 proto all mapping ei ports 1024-65535"),
		     "dev w to dev w");
	ASSERT_STREQ(again("udp 300 filtering ei parity on to dev w dev w"), "dev w to dev w");
	ASSERT_STREQ(again("mapping apd dev w to 192.0.2.0/30"),
		     "dev w to 192.0.2.0-192.0.2.3 mapping address-and-port-dependent");
	ASSERT_STREQ(again("filtering ad dev w to 192.0.2.1"),
		     "dev w to 192.0.2.1 filtering address-dependent");
	ASSERT_STREQ(again("dev w to 192.0.2.1 mark 255/255"), "dev w to 192.0.2.1 mark 0xff/0xff");
	ASSERT_STREQ(again("dev w to 192.0.2.1 proto udp,tcp,icmp,native,native-dgram"),
		     "dev w to 192.0.2.1");
}

TEST(napt_text__words_that_are_none_are_wrong_usage)
{
	refused(NAPT_SYNTAX, "", "dev DEV is missing");
	refused(NAPT_SYNTAX, "dev wan0", "to ADDR");
	refused(NAPT_SYNTAX, "to 192.0.2.1", "dev DEV is missing");
	refused(NAPT_SYNTAX, "dev", "missing after: dev");
	refused(NAPT_SYNTAX, "dev w to dev", "missing after: to dev");
	refused(NAPT_SYNTAX, "dev a/b to 192.0.2.1", "interface: a/b");
	refused(NAPT_SYNTAX, "dev sixteen_letters_ to 192.0.2.1", "interface");
	refused(NAPT_SYNTAX, "dev w dev w to 192.0.2.1", "twice: dev");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 frob 1", "word of a rule: frob");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.256", "192.0.2.256");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1,", "prefix");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1-", "192.0.2.1-");
	refused(NAPT_SYNTAX, "dev w to 2001:db8::1", "2001");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 src 10.0.0.0/33", "10.0.0.0/33");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 proto tcp,sctp", "tcp,sctp");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 proto tcp,", "tcp,");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 ports 1-65536", "1-65536");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 ports 1-2-3", "1-2-3");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 ports -", "not -");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 filtering loose", "loose");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 parity yes", "yes");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 udp soon", "soon");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 mark 0x", "0x");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 mark 1/", "1/");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 mark 4294967296", "4294967296");
	refused(NAPT_SYNTAX, "dev w to 192.0.2.1 except 192.0.2.9:x", "not x");
}

TEST(napt_text__what_makes_no_sense_is_a_failure)
{
	refused(NAPT_SENSELESS, "dev w to dev v", "its own dev");
	refused(NAPT_SENSELESS, "to dev w dev v", "its own dev");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.9-192.0.2.1", "reversed");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1/24", "behind its length");
	refused(NAPT_SENSELESS, "dev w src 10.0.0.1/8 to 192.0.2.1", "behind its length");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 ports 9-8", "reversed");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 ports 0-8", "0 is not a port");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 sport 0", "0 is not a port");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 except 192.0.2.9:9-8", "reversed");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 mark 3/1", "mask");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 mark 0/0", "mask");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 tcp-open 3", "at least 4");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 tcp-established 7439", "at least 7440");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 tcp-closing 239", "at least 240");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 udp 119", "at least 120");
	refused(NAPT_SENSELESS, "dev w to 192.0.2.1 icmp 59", "at least 60");
}

/* One more than a rule may have, of what may be said often */
TEST(napt_text__lists_that_are_too_long_are_refused)
{
	static char *word[4 + 2 * (NARU_RULE_EXCEPTS_MAX + 1)];
	static char list[(NARU_RULE_TO_MAX + 1) * 16];
	static struct napt_rule r;
	int i, n = 0, len = 0;

	for (i = 0; i <= NARU_RULE_TO_MAX; i++)
		len += sprintf(list + len, "%s192.0.2.%d", i ? "," : "", i);
	word[n++] = "dev";
	word[n++] = "w";
	word[n++] = "to";
	word[n++] = list;
	ASSERT_EQ(napt_parse_rule(&r, n, word, error), NAPT_SENSELESS);
	*strrchr(list, ',') = '\0';
	ASSERT_EQ(napt_parse_rule(&r, n, word, error), NAPT_PARSED);
	ASSERT_EQ(r.num_ranges, NARU_RULE_TO_MAX);
	for (i = 0; i <= NARU_RULE_EXCEPTS_MAX; i++) {
		word[n++] = "except";
		word[n++] = "192.0.2.1";
	}
	ASSERT_EQ(napt_parse_rule(&r, n, word, error), NAPT_SENSELESS);
	ASSERT_EQ(napt_parse_rule(&r, n - 2, word, error), NAPT_PARSED);
	ASSERT_EQ(r.num_excepts, NARU_RULE_EXCEPTS_MAX);
}

TEST(napt_text__static_mappings_are_written_as_they_are_read)
{
	static const char *const same[] = {
		"tcp 203.0.113.1:8080 to 10.0.0.2:80",
		"udp 203.0.113.1:8080-8089 to 10.0.0.2:80",
		"native dev:22 to 10.0.0.2:22 dev wan0",
		"native-dgram 203.0.113.1:65535 to 10.0.0.2:65535 dev wan0",
	};
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(*same); i++)
		ASSERT_STREQ(fixed_again(same[i]), same[i]);
	ASSERT_STREQ(fixed_again("udp 203.0.113.1:8080-8089 to 10.0.0.2:80-89"),
		     "udp 203.0.113.1:8080-8089 to 10.0.0.2:80");
}

TEST(napt_text__static_mappings_are_refused)
{
	fixed_refused(NAPT_SYNTAX, "", "PROTO");
	fixed_refused(NAPT_SYNTAX, "tcp 203.0.113.1:80 to 10.0.0.2:80 dev", "PROTO");
	fixed_refused(NAPT_SYNTAX, "icmp 203.0.113.1:80 to 10.0.0.2:80", "icmp");
	fixed_refused(NAPT_SYNTAX, "tcp 203.0.113.1 to 10.0.0.2:80", "203.0.113.1");
	fixed_refused(NAPT_SYNTAX, "tcp 203.0.113.1:80 to 10.0.0.2", "10.0.0.2");
	fixed_refused(NAPT_SYNTAX, "tcp 203.0.113.1:80 at 10.0.0.2:80", "at");
	fixed_refused(NAPT_SYNTAX, "tcp 0.0.0.0:80 to 10.0.0.2:80", "0.0.0.0");
	fixed_refused(NAPT_SYNTAX, "tcp dev:80 to 10.0.0.2:80", "dev DEV");
	fixed_refused(NAPT_SYNTAX, "tcp 203.0.113.1:80 to 10.0.0.2:80 via wan0", "via");
	fixed_refused(NAPT_SENSELESS, "tcp 203.0.113.1:0 to 10.0.0.2:80", "0 is not a port");
	fixed_refused(NAPT_SENSELESS, "tcp 203.0.113.1:80 to 10.0.0.2:0", "0 is not a port");
	fixed_refused(NAPT_SENSELESS, "tcp 203.0.113.1:9-8 to 10.0.0.2:80", "reversed");
	fixed_refused(NAPT_SENSELESS, "tcp 203.0.113.1:1-2 to 10.0.0.2:65535", "beyond 65535");
	fixed_refused(NAPT_SENSELESS, "tcp 203.0.113.1:1-3 to 10.0.0.2:1-2", "as many");
}
