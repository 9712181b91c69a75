// SPDX-License-Identifier: GPL-2.0
/*
 * A recording in a file: one that is cut or changed anywhere is told, and whatever a file holds does no harm.
 */
#include <stdlib.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>
#include "unit.h"
#include "../../tools/history.h"

enum { HEAD = 24 };

static char messages[4096] __attribute__((aligned(4)));
static char error[128];

static struct nlmsghdr *message(size_t *at)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(messages + *at);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	genl->cmd = NARU_CMD_HISTORY_GET;
	return nlh;
}

static void event(size_t *at, u64 us)
{
	struct nlmsghdr *nlh = message(at);
	struct nlattr *nest = mnl_attr_nest_start(nlh, NARU_HISTORY_EVENT);

	mnl_attr_put_u64(nlh, NARU_RECORD_TIME, us);
	mnl_attr_put_u8(nlh, NARU_RECORD_WHAT, NARU_WHAT_LOSS);
	mnl_attr_put_u32(nlh, NARU_RECORD_CWND, 14480);
	mnl_attr_nest_end(nlh, nest);
	*at += nlh->nlmsg_len;
}

static void drop(size_t *at, const char *reason)
{
	struct nlmsghdr *nlh = message(at);
	struct nlattr *nest = mnl_attr_nest_start(nlh, NARU_HISTORY_DROP);

	mnl_attr_put_strz(nlh, NARU_DROPPED_REASON, reason);
	mnl_attr_nest_end(nlh, nest);
	*at += nlh->nlmsg_len;
}

/* What the module says, in messages[] */
static size_t say(u64 first, u64 second)
{
	struct nlmsghdr *nlh;
	size_t at = 0;

	memset(messages, 0, sizeof(messages));
	nlh = message(&at);
	mnl_attr_put_u32(nlh, NARU_HISTORY_ID, 17);
	at += nlh->nlmsg_len;
	event(&at, first);
	event(&at, second);
	drop(&at, "OLD_DATA\033[2J");
	return at;
}

/* For free() */
static char *save(size_t len, size_t *size)
{
	char *data;
	FILE *f = open_memstream(&data, size);

	ASSERT_TRUE(history_save(f, messages, len));
	fclose(f);
	ASSERT_EQ(HEAD + len, *size);
	return data;
}

static bool load(const char *data, size_t size)
{
	struct history h;
	char *own = malloc(size + 1);
	bool ok;

	*error = '\0';
	memcpy(own, data, size);
	ok = history_load(own, size, &h, error, sizeof(error));
	free(own);
	if (ok)
		history_free(&h);
	ASSERT_EQ(ok, !*error);
	return ok;
}

TEST(history_file__saved_and_loaded)
{
	struct history h;
	size_t size;
	char *data = save(say(5, 7), &size);

	ASSERT_TRUE(history_load(data, size, &h, error, sizeof(error)));
	ASSERT_EQ(17, h.id);
	ASSERT_EQ(2, h.num_events);
	ASSERT_EQ(7, h.event[1].us);
	ASSERT_EQ(NARU_WHAT_LOSS, h.event[1].what);
	ASSERT_EQ(14480, h.event[0].cwnd);
	ASSERT_EQ(1, h.num_drops);
	/* no more than a name has */
	ASSERT_STREQ(h.drop[0].reason, "OLD_DATA");
	history_free(&h);
	free(data);
}

TEST(history_file__cut_anywhere)
{
	size_t size;
	char *data = save(say(5, 7), &size);

	for (size_t cut = 0; cut < size; cut++) {
		ASSERT_FALSE(load(data, cut));
		ASSERT_STREQ(error, "it is cut short");
	}
	ASSERT_TRUE(load(data, size));
	data = realloc(data, size + 1);
	data[size] = 0;
	ASSERT_FALSE(load(data, size + 1));
	free(data);
}

TEST(history_file__changed_anywhere)
{
	size_t size;
	char *data = save(say(5, 7), &size);

	for (size_t bit = 0; bit < 8 * size; bit++) {
		data[bit / 8] ^= 1 << bit % 8;
		ASSERT_FALSE(load(data, size));
		data[bit / 8] ^= 1 << bit % 8;
	}
	free(data);
}

TEST(history_file__another_file)
{
	static const char other[64] = "\177ELF";

	ASSERT_FALSE(load(other, sizeof(other)));
	ASSERT_STREQ(error, "it is no recording that naru history --save has written");
	ASSERT_FALSE(load(other, 3));
	ASSERT_STREQ(error, "it is no recording that naru history --save has written");
}

/* The checksum is right, and yet it is none */
TEST(history_file__makes_no_sense)
{
	size_t size;
	char *data = save(say(7, 5), &size);

	ASSERT_FALSE(load(data, size));
	free(data);
	say(5, 7);
	((struct nlmsghdr *)messages)->nlmsg_len += 4096;
	data = save(64, &size);
	ASSERT_FALSE(load(data, size));
	free(data);
	say(5, 7);
	((struct genlmsghdr *)(messages + 16))->cmd++;
	data = save(24, &size);
	ASSERT_FALSE(load(data, size));
	free(data);
	memset(messages, 0, 64);
	data = save(64, &size);
	ASSERT_FALSE(load(data, size));
	free(data);
}

static bool loads(size_t len)
{
	size_t size;
	char *data = save(len, &size);
	bool ok = load(data, size);

	free(data);
	return ok;
}

/* With an attribute of 64 bits, within another or in the first message */
static size_t say_time(int nest, int attr, u64 us)
{
	struct nlmsghdr *nlh;
	struct nlattr *outer = NULL;
	size_t at = 0;

	memset(messages, 0, sizeof(messages));
	nlh = message(&at);
	mnl_attr_put_u32(nlh, NARU_HISTORY_ID, 17);
	if (nest) {
		at += nlh->nlmsg_len;
		nlh = message(&at);
		outer = mnl_attr_nest_start(nlh, nest);
	}
	mnl_attr_put_u64(nlh, attr, us);
	if (nest)
		mnl_attr_nest_end(nlh, outer);
	return at + nlh->nlmsg_len;
}

/* No connection lives so long that its times cannot be counted with */
TEST(history_file__times_have_bounds)
{
	static const struct { int nest, attr; bool before; } times[] = {
		{ NARU_HISTORY_EVENT, NARU_RECORD_TIME, false }, { NARU_HISTORY_SEGMENT, NARU_SEGMENT_TIME, true },
		{ NARU_HISTORY_DROP, NARU_DROPPED_TIME, true }, { 0, NARU_HISTORY_ENDED, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		ASSERT_TRUE(loads(say_time(times[i].nest, times[i].attr, HISTORY_US_MAX)));
		ASSERT_FALSE(loads(say_time(times[i].nest, times[i].attr, HISTORY_US_MAX + 1)));
		ASSERT_FALSE(loads(say_time(times[i].nest, times[i].attr, INT64_MAX)));
		ASSERT_EQ(times[i].before, loads(say_time(times[i].nest, times[i].attr, -HISTORY_US_MAX)));
		ASSERT_FALSE(loads(say_time(times[i].nest, times[i].attr, -HISTORY_US_MAX - 1)));
		ASSERT_FALSE(loads(say_time(times[i].nest, times[i].attr, INT64_MIN)));
	}
}

/* Messages with bits turned over, behind a checksum that is right */
TEST(history_file__whatever_it_holds)
{
	struct unit_random random = { 5 };
	size_t len = say(5, 7), size;
	char was[sizeof(messages)];

	memcpy(was, messages, sizeof(was));
	for (int i = 0; i < 20000; i++) {
		char *data;

		memcpy(messages, was, sizeof(was));
		for (u32 n = 1 + unit_random_below(&random, 4); n; n--)
			messages[unit_random_below(&random, len)] = unit_random(&random);
		data = save(1 + unit_random_below(&random, len), &size);
		load(data, size);
		free(data);
	}
}
