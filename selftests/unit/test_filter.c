// SPDX-License-Identifier: GPL-2.0
/*
 * The language of naru sock's filters: what its words become, and what is wrong with others.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include "unit.h"
#include <linux/naru_genl.h>
#include "query.h"
#include "../../tools/filter.h"
#include "../../tools/parse.h"

static bool parses(struct filter *f, const char *text, char error[FILTER_ERROR])
{
	char *word = strdup(text);
	bool ok;

	*error = '\0';
	ok = filter_parse(f, 1, &word, error, FILTER_ERROR);
	free(word);
	return ok;
}

/* As the module takes it */
static struct naru_query_test *program_of(const struct filter *f)
{
	struct naru_query_test *program = calloc(f->num + 1, sizeof(*program));
	unsigned int i;

	for (i = 0; i < f->num; i++) {
		const struct filter_test *from = &f->test[i];
		struct naru_query_test *to = &program[i];

		*to = (struct naru_query_test) {
			.yes = from->yes, .no = from->no, .field = from->field, .prefix = from->prefix,
		};
		if (from->field == NARU_FIELD_STATE)
			to->states = from->states;
		else
			memcpy(to->text, from->text, sizeof(to->text));
	}
	if (f->num)
		ASSERT_EQ(naru_query_check(program, f->num), -1);
	return program;
}

/* Fields of the subject that the module has besides */
struct more {
	u64 uid, rtt;
};

static bool module_takes(const struct filter *f, const struct filter_subject *s, const struct more *more)
{
	struct naru_query_subject q = { .owner = NULL };
	struct naru_query_test *program = program_of(f);
	bool takes;

	q.present = 1ULL << NARU_FIELD_ID | 1ULL << NARU_FIELD_STATE | 1ULL << NARU_FIELD_WIRE |
		    1ULL << NARU_FIELD_TYPE | 1ULL << NARU_FIELD_FAMILY | 1ULL << NARU_FIELD_LADDR |
		    1ULL << NARU_FIELD_RADDR | 1ULL << NARU_FIELD_LPORT | 1ULL << NARU_FIELD_RPORT;
	q.number[NARU_FIELD_ID] = s->id;
	q.number[NARU_FIELD_STATE] = s->state;
	q.number[NARU_FIELD_WIRE] = parse_wire_mode(s->wire);
	q.number[NARU_FIELD_TYPE] = parse_wire_type(s->wire);
	q.number[NARU_FIELD_FAMILY] = s->family;
	q.number[NARU_FIELD_LPORT] = s->lport;
	q.number[NARU_FIELD_RPORT] = s->rport;
	memcpy(q.laddr, &s->laddr, 16);
	memcpy(q.raddr, &s->raddr, 16);
	if (more) {
		q.present |= 1ULL << NARU_FIELD_UID | 1ULL << NARU_FIELD_RTT;
		q.number[NARU_FIELD_UID] = more->uid;
		q.number[NARU_FIELD_RTT] = more->rtt;
	}
	takes = naru_query_run(program, f->num, &q);
	free(program);
	if (filter_has(f, NARU_FILTER_STATES) && !(f->states & 1U << s->state))
		return false;
	return takes && !(filter_has(f, NARU_FILTER_ID) && f->id != s->id);
}

/* 10.0.0.1:1000 -> 10.0.0.2:80, established, inet */
static struct filter_subject subject(void)
{
	struct filter_subject s = {
		.id = 5, .state = PARSE_ESTABLISHED, .wire = 6, .family = AF_INET, .lport = 1000, .rport = 80,
	};

	parse_addr("10.0.0.1", &s.laddr);
	parse_addr("10.0.0.2", &s.raddr);
	return s;
}

static bool takes(const char *text)
{
	struct filter_subject s = subject();
	struct filter f = { 0 };
	char error[FILTER_ERROR];
	bool ours;

	if (!parses(&f, text, error))
		printf("# %s\n# %s\n", text, error);
	ASSERT_STREQ(error, "");
	ours = filter_match(&f, &s);
	ASSERT_EQ(ours, module_takes(&f, &s, NULL));
	filter_free(&f);
	return ours;
}

TEST(filter__ports)
{
	ASSERT_TRUE(takes("dport 80"));
	ASSERT_TRUE(takes("dport = :80"));
	ASSERT_TRUE(takes("dport eq 80 and sport == 1000"));
	ASSERT_FALSE(takes("dport 81"));
	ASSERT_TRUE(takes("dport != 81"));
	ASSERT_FALSE(takes("dport ne 80"));
	ASSERT_TRUE(takes("sport > 999 sport < 1001"));
	ASSERT_FALSE(takes("sport gt 1000"));
	ASSERT_FALSE(takes("sport lt :1000"));
	ASSERT_TRUE(takes("sport >= 1000 and sport le 1000"));
	ASSERT_TRUE(takes("sport 1000-2000"));
	ASSERT_FALSE(takes("sport 1001-2000"));
	ASSERT_TRUE(takes("sport != 1001-2000"));
	ASSERT_FALSE(takes("dport<0"));
	ASSERT_TRUE(takes("dport>=0"));
	ASSERT_TRUE(takes("sport >= :1000 and sport :900-:1000"));
	ASSERT_FALSE(takes("sport > :1000"));
}

TEST(filter__addresses)
{
	ASSERT_TRUE(takes("src 10.0.0.1"));
	ASSERT_TRUE(takes("src = 10.0.0.0/8:1000"));
	ASSERT_FALSE(takes("src 10.0.0.0/8:1001"));
	ASSERT_FALSE(takes("src != 10.0.0.0/8"));
	ASSERT_TRUE(takes("dst != 10.0.0.2:81"));
	ASSERT_FALSE(takes("dst != 10.0.0.2:80"));
	ASSERT_TRUE(takes("dst *:80"));
	ASSERT_TRUE(takes("dst *"));
	ASSERT_FALSE(takes("not dst *"));
	ASSERT_FALSE(takes("dst [fd00::]/8:80"));
	ASSERT_TRUE(takes("not dst fd00::/8"));
}

TEST(filter__ports_of_addresses)
{
	ASSERT_TRUE(takes("src 10.0.0.0/8:1000-2000"));
	ASSERT_TRUE(takes("src 10.0.0.1:999-1000"));
	ASSERT_FALSE(takes("src 10.0.0.1:1001-65535"));
	ASSERT_FALSE(takes("src != 10.0.0.1:0-65535"));
	ASSERT_TRUE(takes("dst :80-81"));
	ASSERT_TRUE(takes("dst != *:81-90"));
}

TEST(filter__ranges_of_addresses)
{
	ASSERT_TRUE(takes("src 10.0.0.1-10.0.0.9"));
	ASSERT_TRUE(takes("src = 9.255.255.255-10.0.0.1"));
	ASSERT_TRUE(takes("src 10.0.0.1-10.0.0.1"));
	ASSERT_TRUE(takes("src 0.0.0.0-255.255.255.255"));
	ASSERT_FALSE(takes("src 10.0.0.2-10.0.0.9"));
	ASSERT_FALSE(takes("src 9.0.0.0-10.0.0.0"));
	ASSERT_FALSE(takes("src != 10.0.0.1-10.0.0.9"));
	ASSERT_TRUE(takes("dst != 10.0.0.3-10.0.0.9"));
	ASSERT_TRUE(takes("src 10.0.0.0-10.0.0.9:1000"));
	ASSERT_TRUE(takes("dst 10.0.0.0-10.0.0.9:70-80 and src 10.0.0.1"));
	ASSERT_FALSE(takes("dst 10.0.0.0-10.0.0.9:81"));
	ASSERT_TRUE(takes("not dst 10.0.0.0-10.0.0.9:81-90 or dport 1"));
	ASSERT_FALSE(takes("src ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
}

TEST(filter__more_or_less_of_addresses)
{
	ASSERT_TRUE(takes("dst >= 10.0.0.2"));
	ASSERT_TRUE(takes("dst <= 10.0.0.2 and dst > 10.0.0.1 and dst < 10.0.0.3"));
	ASSERT_FALSE(takes("dst > 10.0.0.2"));
	ASSERT_FALSE(takes("dst lt 10.0.0.2"));
	ASSERT_TRUE(takes("dst ge 0.0.0.0"));
	ASSERT_TRUE(takes("dst le 255.255.255.255"));
	ASSERT_FALSE(takes("dst < 0.0.0.0"));
	ASSERT_FALSE(takes("dst > 255.255.255.255"));
	ASSERT_TRUE(takes("not dst > 255.255.255.255"));
	/* Of the other family it is neither more nor less */
	ASSERT_FALSE(takes("dst >= ::"));
	ASSERT_FALSE(takes("dst < fd00::"));
	ASSERT_FALSE(takes("dst < ::"));
	/* Not even behind the last address before IPv4's, and before the first behind them */
	ASSERT_FALSE(takes("dst > ::fffe:ffff:ffff"));
	ASSERT_FALSE(takes("dst >= ::fffe:ffff:ffff"));
	ASSERT_FALSE(takes("dst < ::1:0:0:0"));
	ASSERT_FALSE(takes("dst <= ::1:0:0:0"));
}

TEST(filter__words)
{
	ASSERT_TRUE(takes("wire inet type stream family 4 id 5"));
	ASSERT_FALSE(takes("wire native"));
	ASSERT_FALSE(takes("type dgram"));
	ASSERT_FALSE(takes("family 6"));
	ASSERT_FALSE(takes("id 6"));
	ASSERT_TRUE(takes("id != 6"));
	ASSERT_FALSE(takes("id 5 and id 6"));
	ASSERT_TRUE(takes("id > 4"));
	ASSERT_TRUE(takes(""));
	ASSERT_TRUE(takes(" \t"));
}

TEST(filter__states)
{
	ASSERT_TRUE(takes("state established"));
	ASSERT_TRUE(takes("state listen dport 80 state established"));	/* names join */
	ASSERT_FALSE(takes("state all exclude established"));
	ASSERT_FALSE(takes("exclude connected"));
	ASSERT_TRUE(takes("state != listen"));
	ASSERT_FALSE(takes("not state established"));
	ASSERT_TRUE(takes("state listen or dport 80"));
	ASSERT_TRUE(takes("( state listen or state established ) and dport 80"));
	ASSERT_FALSE(takes("( state listen state closed ) or dport 81"));
	ASSERT_TRUE(takes("state synchronized state listen"));
	ASSERT_FALSE(takes("state bucket"));
}

/* and binds more than or, and may be left out; not binds most */
TEST(filter__joined)
{
	ASSERT_TRUE(takes("dport 80 or dport 1 and dport 2"));
	ASSERT_FALSE(takes("(dport 80 or dport 1) and dport 2"));
	ASSERT_TRUE(takes("dport 1 dport 2 or dport 80"));
	ASSERT_FALSE(takes("not dport 80 or dport 1"));
	ASSERT_TRUE(takes("not (dport 80 and dport 1)"));
	ASSERT_TRUE(takes("!dport=1&&dport=80||dport=2"));
	ASSERT_TRUE(takes("not not dport 80"));
	ASSERT_TRUE(takes("((((dport 80))))"));
	ASSERT_TRUE(takes("dport 80 & ! ( dport 1 | dport 2 )"));
}

/* What is asked for besides holds as well */
TEST(filter__twice)
{
	struct filter_subject s = subject();
	struct filter f = { 0 };
	char error[FILTER_ERROR];

	ASSERT_TRUE(parses(&f, "dport 80 or dport 81", error));
	ASSERT_TRUE(parses(&f, "not ( type stream and state closed )", error));
	ASSERT_TRUE(filter_match(&f, &s));
	ASSERT_TRUE(module_takes(&f, &s, NULL));
	s.state = PARSE_CLOSED;
	ASSERT_FALSE(filter_match(&f, &s));
	ASSERT_FALSE(module_takes(&f, &s, NULL));
	s.wire = 17;
	ASSERT_TRUE(filter_match(&f, &s));
	s.rport = 82;
	ASSERT_FALSE(filter_match(&f, &s));
	ASSERT_FALSE(module_takes(&f, &s, NULL));
	filter_free(&f);
}

/* Fields that only the module knows */
TEST(filter__figures)
{
	struct filter_subject s = subject();
	struct more more = { .uid = 0, .rtt = 30000 };
	struct filter f = { 0 };
	char error[FILTER_ERROR];

	ASSERT_TRUE(parses(&f, "uid root and rtt >= 30ms and rtt < 31000 and rtt 29ms-30ms", error));
	ASSERT_TRUE(module_takes(&f, &s, &more));
	ASSERT_FALSE(module_takes(&f, &s, NULL));
	ASSERT_STREQ(filter_not_of_events(&f), "uid");
	more.rtt = 31000;
	ASSERT_FALSE(module_takes(&f, &s, &more));
	filter_free(&f);
	ASSERT_TRUE(parses(&f, "dport 80 and state listen", error));
	ASSERT_TRUE(!filter_not_of_events(&f));
	filter_free(&f);
	ASSERT_TRUE(parses(&f, "sendq > 2k", error));
	ASSERT_EQ(f.test[0].min, 2049);
	filter_free(&f);
	ASSERT_TRUE(parses(&f, "age > 1m comm 'a b' cong cubic pid 1", error));
	filter_free(&f);
}

/* The kernel says of `id` where there is no such socket, and lists by state are the caller's to choose */
TEST(filter__told_apart)
{
	struct filter f = { 0 };
	char error[FILTER_ERROR];

	ASSERT_TRUE(filter_is_empty(&f));
	ASSERT_TRUE(parses(&f, "id 7", error));
	ASSERT_TRUE(filter_has(&f, NARU_FILTER_ID));
	ASSERT_EQ(f.num, 0);
	filter_free(&f);
	ASSERT_TRUE(parses(&f, "id 7 or id 8", error));
	ASSERT_FALSE(filter_has(&f, NARU_FILTER_ID));
	filter_free(&f);
	ASSERT_TRUE(parses(&f, "state listen or dport 1", error));
	ASSERT_TRUE(f.states_named);
	ASSERT_FALSE(filter_has(&f, NARU_FILTER_STATES));
	filter_free(&f);
	ASSERT_TRUE(parses(&f, "src *", error));
	ASSERT_TRUE(filter_is_empty(&f));
}

/* Addresses around a place, of both families */
static struct in6_addr address_near(struct unit_random *r, bool v4, const struct in6_addr *place)
{
	struct in6_addr a = *place;
	u32 bit = 127 - unit_random_below(r, v4 ? 32 : 128);

	a.s6_addr[bit / 8] ^= 0x80 >> bit % 8;
	if (unit_random_bool(r))
		for (bit++; bit < 128; bit++)
			a.s6_addr[bit / 8] ^= unit_random_bool(r) << (7 - bit % 8);
	return a;
}

static struct in6_addr any_address(struct unit_random *r, bool v4)
{
	struct in6_addr a = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
	u32 i;

	for (i = v4 ? 12 : 0; i < 16; i++)
		a.s6_addr[i] = unit_random_bool(r) ? unit_random(r) : unit_random_bool(r) ? 0 : 0xff;
	return a;
}

static bool is_between(const struct in6_addr *a, const struct in6_addr *first, const struct in6_addr *last)
{
	return memcmp(a, first, 16) >= 0 && memcmp(a, last, 16) <= 0 &&
	       IN6_IS_ADDR_V4MAPPED(a) == IN6_IS_ADDR_V4MAPPED(first);
}

/* @but: one that it is not, or NULL */
static void holds_between(struct unit_random *r, const char *text, const struct in6_addr *first,
			  const struct in6_addr *last, const struct in6_addr *but)
{
	struct filter_subject s = subject();
	struct filter f = { 0 };
	char error[FILTER_ERROR];
	u32 i;

	if (!parses(&f, text, error))
		printf("# %s\n", error);
	ASSERT_STREQ(error, "");
	for (i = 0; i < 40; i++) {
		bool v4 = IN6_IS_ADDR_V4MAPPED(first), wanted;

		s.raddr = i % 4 ? address_near(r, v4, i % 2 ? first : last) : any_address(r, unit_random_bool(r));
		if (i > 30)
			s.raddr = i % 2 ? *first : *last;
		wanted = is_between(&s.raddr, first, last) && !(but && !memcmp(&s.raddr, but, 16));
		ASSERT_EQ(filter_match(&f, &s), wanted);
		ASSERT_EQ(module_takes(&f, &s, NULL), wanted);
	}
	filter_free(&f);
}

static void holds_to_ends(struct unit_random *r, const struct in6_addr *a)
{
	bool v4 = IN6_IS_ADDR_V4MAPPED(a);
	char name[PARSE_ADDR_LEN], text[PARSE_ADDR_LEN + 16];
	struct in6_addr first, last;

	parse_addr(v4 ? "0.0.0.0" : "::", &first);
	parse_addr(v4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &last);
	parse_addr_text(a, name);
	sprintf(text, "dst >= %s", name);
	holds_between(r, text, a, &last, NULL);
	sprintf(text, "dst > %s", name);
	holds_between(r, text, a, &last, a);
	sprintf(text, "dst <= %s", name);
	holds_between(r, text, &first, a, NULL);
	sprintf(text, "dst < %s", name);
	holds_between(r, text, &first, a, a);
}

/* A range is a few prefixes, which have its addresses and no others */
TEST(fuzz_filter__ranges_of_addresses)
{
	struct unit_random r = { 0xadd2e55 };
	struct in6_addr first, last, end;
	u32 i;

	for (i = 0; i < 2000; i++) {
		char a[PARSE_ADDR_LEN], b[PARSE_ADDR_LEN], text[2 * PARSE_ADDR_LEN + 16];
		bool v4 = unit_random_bool(&r);

		first = any_address(&r, v4);
		last = unit_random_bool(&r) ? any_address(&r, v4) : address_near(&r, v4, &first);
		if (IN6_IS_ADDR_V4MAPPED(&first) != IN6_IS_ADDR_V4MAPPED(&last))
			continue;
		if (memcmp(&first, &last, 16) > 0) {
			end = first;
			first = last;
			last = end;
		}
		parse_addr_text(&first, a);
		parse_addr_text(&last, b);
		sprintf(text, i % 3 ? "dst %s-%s" : v4 ? "dst %s-%s:80" : "dst [%s]-[%s]:80", a, b);
		holds_between(&r, text, &first, &last, NULL);
	}
}

/* More and less are ranges to the family's end. Families meet where IPv4's addresses are in the midst of IPv6's */
TEST(fuzz_filter__more_or_less_of_addresses)
{
	static const char *const edges[] = {
		"::", "::fffe:ffff:ffff", "0.0.0.0", "255.255.255.255", "::1:0:0:0",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};
	struct unit_random r = { 0x1e55 };
	struct in6_addr a;
	u32 i;

	for (i = 0; i < 600; i++) {
		ASSERT_TRUE(parse_addr(edges[i % 6], &a));
		if (i >= 6 && i % 2)
			a = address_near(&r, IN6_IS_ADDR_V4MAPPED(&a), &a);
		else if (i >= 6)
			a = any_address(&r, unit_random_bool(&r));
		holds_to_ends(&r, &a);
	}
}

/* As /etc/services has them, which not every machine has */
TEST(filter__services)
{
	if (!getservbyname("http", NULL))
		return;
	ASSERT_TRUE(takes("dport http"));
	ASSERT_TRUE(takes("dport = :http and sport != :http"));
	ASSERT_TRUE(takes("dst 10.0.0.2:http"));
	ASSERT_FALSE(takes("sport http"));
}

/* What is wrong, and under which column the caret stands */
static void refused(const char *text, const char *why, unsigned int column)
{
	struct filter f = { 0 };
	char error[FILTER_ERROR], want[FILTER_ERROR];

	ASSERT_FALSE(parses(&f, text, error));
	snprintf(want, sizeof(want), "%s\n  %s\n  %*s^", why, text, column, "");
	if (strcmp(error, want))
		printf("# %s\n# instead of\n# %s\n", error, want);
	ASSERT_STREQ(error, want);
	ASSERT_TRUE(filter_is_empty(&f));
	filter_free(&f);
}

TEST(filter__refused)
{
	refused("dport x", "not a port", 6);
	refused("dport = 65536", "not a port", 8);
	refused("sport 1 and dport", "a value is missing", 17);
	refused("dport = )", "a value is missing", 8);
	refused("dport 1 or", "something is missing at the end", 10);
	refused("dport 1 and", "something is missing here", 11);
	refused("dport 1 and or dport 2", "something is missing here", 12);
	refused("(dport 1", "a ) is missing", 8);
	refused("dport 1)", "this ) closes nothing", 7);
	refused("nonsense 1", "not a word of a filter", 0);
	refused("count 1", "not a word of a filter", 0);
	refused("dport 1 2", "not a word of a filter", 8);
	refused("state alive", "no such state", 6);
	refused("state < listen", "this is = or !=, not more or less", 8);
	refused("src 10.0.0.0/33", "not an address", 4);
	refused("dst 10.0.0.1:x", "not a port", 4);
	refused("dst 10.0.0.1:1-x", "not a port", 4);
	refused("dst 10.0.0.1:80-65536", "not a port", 4);
	refused("dst 10.0.0.1:2-1", "the range ends before it begins", 4);
	refused("dst 10.0.0.2-10.0.0.1", "the range ends before it begins", 4);
	refused("dst 10.0.0.2-::1", "a range is of one family", 4);
	refused("dst 10.0.0.0-10.0.0.0/8", "not an address", 4);
	refused("dst 10.0.0.1-", "not an address", 4);
	refused("dst -10.0.0.1", "not an address", 4);
	refused("dst >= 10.0.0.1-10.0.0.2", "a range is = or !=", 7);
	refused("dst >= 10.0.0.0/8", "a prefix is = or !=", 7);
	refused("dst >= 10.0.0.1:80", "an address with a port is = or !=", 7);
	refused("dst >= :80", "an address with a port is = or !=", 7);
	refused("dst > *", "not an address", 6);
	refused("wire tcp", "the wire mode is inet or native", 5);
	refused("rtt > 3k", "not a number, a range of them, or a unit unknown here", 6);
	refused("rtt > 3-4", "a range is = or !=", 6);
	refused("rtt 4-3", "the range ends before it begins", 4);
	refused("uid no_such_user", "no such user", 4);
	refused("dev no_such_dev", "no such interface", 4);
	refused("cgroup no/such/group", "no such control group in /sys/fs/cgroup", 7);
	refused("comm sixteen_letters_", "longer than such a name can be", 5);
	refused("comm 'open", "the quotes are not closed", 5);
	refused("comm ''", "nothing between the quotes", 5);
	refused("pid 99999999999999999999", "not a number, a range of them, or a unit unknown here", 4);
}

/* Characters of several bytes have one column; those that a terminal would obey are not shown */
TEST(filter__refused_odd_text)
{
	struct filter f = { 0 };
	char error[FILTER_ERROR], small[64];
	char bad[] = "dport x", *word = bad;

	refused("comm \xc3\xbc\xc3\xbc and x", "not a word of a filter", 12);
	ASSERT_FALSE(parses(&f, "dport \x1b[7m", error));
	ASSERT_TRUE(!strchr(error, '\x1b'));
	ASSERT_FALSE(filter_parse(&f, 1, &word, small, sizeof(small)));
	ASSERT_STREQ(small, "not a port: x");
}

TEST(filter__too_long)
{
	static char deep[200], wide[20000];
	struct filter f = { 0 };
	char error[FILTER_ERROR];
	unsigned int i;

	memset(deep, '(', 199);
	ASSERT_FALSE(parses(&f, deep, error));
	ASSERT_TRUE(strstr(error, "nested too deep"));
	for (i = 0; i < NARU_PROGRAM_TESTS; i++)
		sprintf(wide + strlen(wide), "%ssport %u", i ? " or " : "", i);
	ASSERT_TRUE(parses(&f, wide, error));
	ASSERT_EQ(f.num, NARU_PROGRAM_TESTS);
	free(program_of(&f));
	filter_free(&f);
	strcat(wide, " or sport 9999");
	ASSERT_FALSE(parses(&f, wide, error));
	ASSERT_TRUE(strstr(error, "too long"));
	ASSERT_TRUE(strstr(error, "^"));
}

/* Words by chance: a filter or a complaint, and where it is one, tool and module think alike of it */
TEST(fuzz_filter__words)
{
	static const char *const words[] = {
		"dport", "sport", "src", "dst", "state", "exclude", "id", "wire", "(", ")", "(", ")", "and", "or", "not", "!", "=",
		"!=", "<", ">=", "80", "1000", "5", "79-81", "10.0.0.0/8", "*:80", "established", "listen", "inet", "\"", "'x'",
		"uid", "or not",
	};
	static const char *const whole[] = {
		"dport 80", "state listen", "sport > 80", "dst 10.0.0.2", "exclude listen", "id 5", "src != 10.0.0.0/8:1000",
		"not wire inet", "(dport 80 or state listen)", "src != 10.0.0.0-10.0.0.9:1000-1001", "dst > 10.0.0.1",
	};
	struct unit_random r = { 0xf117e2 };
	u32 i, j, ok = 0, n;

	for (i = 0; i < 100000; i++) {
		struct filter_subject s = subject();
		char text[400] = "", error[FILTER_ERROR];
		struct filter f = { 0 };

		n = 1 + unit_random_below(&r, 12) / 2 * 2;
		for (j = 0; j < n; j++) {
			strcat(text, unit_random_below(&r, 8) ? whole[unit_random_below(&r, ARRAY_SIZE(whole))] :
							       words[unit_random_below(&r, ARRAY_SIZE(words))]);
			strcat(text, j % 2 ? " or " : " ");
		}
		s.state = unit_random_bool(&r) ? PARSE_LISTEN : PARSE_ESTABLISHED;
		if (parses(&f, text, error)) {
			ok++;
			ASSERT_EQ(filter_match(&f, &s), module_takes(&f, &s, NULL));
		} else {
			ASSERT_TRUE(strchr(error, '^'));
		}
		filter_free(&f);
	}
	ASSERT_LT(5000, ok);
}

TEST(fuzz_filter__bytes)
{
	struct unit_random r = { 0xb17e5 };
	u32 i, j;

	for (i = 0; i < 100000; i++) {
		char text[40], error[FILTER_ERROR];
		struct filter f = { 0 };

		for (j = 0; j < sizeof(text) - 1; j++)
			text[j] = unit_random_below(&r, 4) ? ' ' + unit_random_below(&r, 90) : unit_random(&r);
		text[j] = '\0';
		if (parses(&f, text, error))
			free(program_of(&f));
		filter_free(&f);
	}
}

/* One of them alone narrows: both are given to have both */
TEST(filter__families)
{
	struct filter f = { .present = 0 };

	filter_set_families(&f, false, false);
	ASSERT_TRUE(filter_is_empty(&f));
	filter_set_families(&f, true, true);
	ASSERT_TRUE(filter_is_empty(&f));
	filter_set_families(&f, true, false);
	ASSERT_TRUE(filter_has(&f, NARU_FILTER_FAMILY));
	ASSERT_EQ(f.family, AF_INET);
	filter_set_families(&f, false, true);
	ASSERT_EQ(f.family, AF_INET6);
}
