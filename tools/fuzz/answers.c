// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel answers libnaru, and what naru makes of it. The first byte says what is asked; then come datagrams. Of
 * each the first byte says what it is and the next, with a bit of the first, how long; it is as it stands here, a message's
 * payload, or a reply's attributes, each behind its type and how long it is.
 */
#include "napt_cmd.h"
#include "fuzz/kernel.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include "util.h"

/* What is asked, and then commands that print replies; none walks through /proc, or asks a name server */
enum { ASK_OPEN, ASK_TALK, ASK_READ, ASK_EVENT, ASK_RULES, ASK_STATICS, ASK_COMMAND };

static const char *const commands[] = {
	"napt session list", "napt explain tcp 10.0.0.1 to 10.0.0.2:80", "napt map list", "napt rule list", "napt map del id 1",
	"get -v", "stat -ae", "stat --prometheus", "metrics", "sock -aeiomp", "sock -s", "sock --group-by uid", "sock why 17",
	"netstat -aeno", "netstat -s", "history 17", "version",
};

#define WORDS_MAX	8
#define ASKS		(ASK_COMMAND + ARRAY_SIZE(commands))

/* A datagram's first byte: a message of one of the types below, attributes or raw bytes; flags; whether it is long */
enum { MADE_KIND = 0x07, MADE_FLAGS = 0x38, MADE_INTERRUPTED = 0x40, MADE_LONG = 0x80 };
enum { MADE_ATTRS = 6, MADE_RAW = 7 };

#define ATTR_NESTED	0x80	/* those within are made in the same way */

static const uint8_t *left;
static size_t left_size;
static bool knows_family;

static void kernel_hear(const struct nlmsghdr *nlh)
{
}

static void put_attrs(struct nlmsghdr *nlh, const uint8_t *data, size_t size)
{
	struct nlattr *nest;
	uint16_t type;
	size_t len;

	for (; size >= 2; data += 2 + len, size -= 2 + len) {
		len = data[1] < size - 2 ? data[1] : size - 2;
		type = data[0] & ~ATTR_NESTED;
		if (data[0] & ATTR_NESTED) {
			nest = mnl_attr_nest_start(nlh, type);
			put_attrs(nlh, data + 2, len);
			mnl_attr_nest_end(nlh, nest);
		} else {
			mnl_attr_put(nlh, type, len, data + 2);
		}
	}
}

static size_t make_message(void *buf, uint8_t how, const uint8_t *data, size_t len)
{
	static const uint16_t types[] = { NLMSG_ERROR, NLMSG_DONE, GENL_ID_CTRL, KERNEL_FAMILY, NLMSG_NOOP };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_flags = (how & MADE_FLAGS) << 5 | (how & MADE_INTERRUPTED ? NLM_F_DUMP_INTR : 0);
	if ((how & MADE_KIND) == MADE_ATTRS) {
		nlh->nlmsg_type = KERNEL_FAMILY;
		mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);
		put_attrs(nlh, data, len);
	} else {
		nlh->nlmsg_type = types[(how & MADE_KIND) % ARRAY_SIZE(types)];
		nlh->nlmsg_len += len;
		memcpy(mnl_nlmsg_get_payload(nlh), data, len);
	}
	return nlh->nlmsg_len;
}

/* The next datagram */
static ssize_t kernel_answer(void *buf, size_t size)
{
	uint8_t how;
	size_t len;

	if (knows_family) {
		knows_family = false;
		return kernel_put_family(buf);
	}
	errno = EIO;
	if (left_size < 2)
		return -1;
	how = left[0];
	len = how & MADE_LONG ? left[1] << 4 : left[1];
	len = len < left_size - 2 ? len : left_size - 2;
	left += 2 + len;
	left_size -= 2 + len;
	if ((how & MADE_KIND) != MADE_RAW)
		return make_message(buf, how, left - len, len);
	memcpy(buf, left - len, len);
	return len;
}

/* Each attribute is within its message */
static int look_at(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[8], *attr = NULL;
	char text[32];

	naru_cmd(nlh);
	naru_parse(tb, 7, nlh);
	while ((attr = naru_next(nlh, 1, attr)))
		naru_copy(attr, text, sizeof(text));
	naru_parse_nested(tb, 7, tb[2]);
	snprintf(text, sizeof(text), "%s %llu", naru_str(tb[3]), (unsigned long long)naru_u64(tb[4]));
	return 0;
}

static int read_list(struct naru *n)
{
	const struct nlmsghdr *nlh = NULL;
	struct naru_list *list;
	size_t num = 0;
	int err = naru_read_all(n, NARU_CMD_SOCK_GET, &list);

	FUZZ_HOLDS(!err == !!list);
	if (err)
		return err;
	for (; (nlh = naru_list_next(list, nlh)); num++)
		look_at(nlh, NULL);
	FUZZ_HOLDS(num == naru_list_size(list));
	naru_list_free(list);
	return 0;
}

/* Return: as what is asked does; errors are told */
static int ask(struct naru *n, unsigned int what)
{
	if (what == ASK_TALK)
		return naru_talk(n, naru_request(n, NARU_CMD_STAT_GET, 0), look_at, NULL);
	if (what == ASK_READ)
		return read_list(n);
	return what == ASK_EVENT ? naru_next_event(n, look_at, NULL) : 0;
}

static void print_rules(FILE *f, const struct napt_rules *rules)
{
	size_t i;

	for (i = 0; i < rules->num; i++) {
		FUZZ_HOLDS(rules->rule[i].num_ranges <= NARU_RULE_TO_MAX);
		FUZZ_HOLDS(rules->rule[i].num_excepts <= NARU_RULE_EXCEPTS_MAX);
		napt_print_rule(f, &rules->rule[i]);
		napt_print_rest(f, &rules->rule[i]);
	}
}

static void read_napt(struct nl *nl, unsigned int what, FILE *f)
{
	struct napt_rules rules;
	struct napt_statics statics;
	size_t i;

	if (what == ASK_RULES && !napt_read_rules(nl, &rules)) {
		print_rules(f, &rules);
		free(rules.rule);
	}
	if (what == ASK_STATICS && !napt_read_statics(nl, &statics)) {
		for (i = 0; i < statics.num; i++)
			napt_print_static(f, &statics.fixed[i]);
		free(statics.fixed);
	}
}

/* What is begun ends, also where the answer fails */
static bool is_whole_json(const char *text)
{
	bool quoted = false;
	int depth = 0;

	for (; *text; text++) {
		if (quoted && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (!quoted)
			depth += (*text == '{' || *text == '[') - (*text == '}' || *text == ']');
	}
	return !depth && !quoted;
}

/* All are in order, but that metrics for Prometheus are no JSON */
static void command(const char *line, bool json)
{
	char *text = strdup(line), *word[WORDS_MAX + 1], *printed = NULL;
	struct ctx ctx = { .json = json };
	int num, status;
	size_t size;

	stdout = open_memstream(&printed, &size);
	FUZZ_HOLDS(text && stdout);
	num = fuzz_words(text, word, WORDS_MAX);
	word[num] = NULL;
	optind = 0;
	status = cmd_find(*word)->run(&ctx, num, word);
	nl_close(&ctx.nl);
	FUZZ_HOLDS(status == CMD_OK || status == CMD_FAILED || json);
	FUZZ_HOLDS(!fclose(stdout) && (!json || is_whole_json(printed)));
	free(printed);
	free(text);
}

/* What fails has a line that says why */
static void talk(unsigned int what, FILE *f)
{
	struct nl nl;

	if (!nl_open(&nl)) {
		FUZZ_HOLDS(!ask(nl.naru, what) || *naru_error(nl.naru));
		read_napt(&nl, what, f);
	} else {
		FUZZ_HOLDS(*nl.error);
	}
	nl_close(&nl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	unsigned int what;

	if (!size)
		return 0;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	FUZZ_HOLDS(nowhere);
	stderr = nowhere;
	what = (*data & 0x7f) % ASKS;
	left = data + 1;
	left_size = size - 1;
	knows_family = what != ASK_OPEN;
	if (what >= ASK_COMMAND)
		command(commands[what - ASK_COMMAND], *data & 0x80);
	else
		talk(what, nowhere);
	return 0;
}
