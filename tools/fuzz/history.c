// SPDX-License-Identifier: GPL-2.0
/*
 * Files of naru history --replay. The first byte says what the rest is: such a file, the messages in one, the attributes
 * of these messages, each behind a byte that says how many there are, or what happened when in a recording that is late.
 */
#include "history.h"
#include "ladder.h"
#include "pcapng.h"
#include "svg.h"
#include "fuzz/fuzz.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>

enum { IS_FILE, IS_MESSAGES, IS_ATTRIBUTES, IS_LATE, KINDS };

#define SVG_MOST	16384	/* bytes of a plot of nothing, with all that its legend may have */
#define SVG_EVENT_MOST	1024
#define LATE_SIZE	4	/* bytes that replay_late() has of each thing that happened */

/* It is no longer than what it is of */
static void draw_svg(const struct history *h)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	FUZZ_HOLDS(f && svg_write(f, h) && !fclose(f));
	FUZZ_HOLDS(size <= SVG_MOST + SVG_EVENT_MOST * h->num_events);
	free(text);
}

/* All lines are of the same width */
static void draw_ladder(const struct history *h)
{
	char *text = NULL, *line;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	FUZZ_HOLDS(f && ladder_print(f, h, LADDER_WIDTH_MIN) && !fclose(f));
	for (line = text; *line; line += LADDER_WIDTH_MIN + 1)
		FUZZ_HOLDS(strcspn(line, "\n") == LADDER_WIDTH_MIN);
	free(text);
}

/* In each form that there is */
static void draw(const struct history *h)
{
	FILE *f = fopen("/dev/null", "w");

	draw_svg(h);
	draw_ladder(h);
	FUZZ_HOLDS(f && pcapng_write(f, h));
	fclose(f);
}

/* One that is refused comes with a message of one line. Return: whether it was taken */
static bool replay(const void *data, size_t size)
{
	struct history h;
	char error[128] = "";

	if (!history_load(data, size, &h, error, sizeof(error))) {
		FUZZ_HOLDS(*error && !strchr(error, '\n'));
		return false;
	}
	FUZZ_HOLDS(!*error && h.headed);
	draw(&h);
	history_free(&h);
	return true;
}

/* As --save writes it; one byte less is told */
static void save_and_replay(const void *messages, size_t size)
{
	char *data = NULL, *cut;
	size_t saved;
	FILE *f = open_memstream(&data, &saved);

	FUZZ_HOLDS(f && history_save(f, messages, size) && !fclose(f));
	replay(data, saved);
	cut = fuzz_text((const uint8_t *)data, saved - 1);
	FUZZ_HOLDS(!replay(cut, saved - 1));
	free(cut);
	free(data);
}

static void write_message(FILE *f, const void *attrs, size_t len)
{
	struct { struct nlmsghdr nlh; struct genlmsghdr genl; } head = { .genl.cmd = NARU_CMD_HISTORY_GET };
	static const char pad[MNL_ALIGNTO];

	head.nlh.nlmsg_len = sizeof(head) + len;
	fwrite(&head, sizeof(head), 1, f);
	fwrite(attrs, len, 1, f);
	fwrite(pad, MNL_ALIGN(len) - len, 1, f);
}

/* As the module's */
static void write_first(FILE *f)
{
	const struct { struct nlattr attr; uint32_t id; } first = {
		{ .nla_len = sizeof(first), .nla_type = NARU_HISTORY_ID }, 17
	};

	write_message(f, &first, sizeof(first));
}

/* Something that happened: @which says what */
static void write_late(FILE *f, uint8_t which, uint64_t us)
{
	static const struct { uint16_t nest, time, what; } kind[] = {
		{ NARU_HISTORY_EVENT, NARU_RECORD_TIME, NARU_RECORD_WHAT },
		{ NARU_HISTORY_SEGMENT, NARU_SEGMENT_TIME, NARU_SEGMENT_FLAGS },
		{ NARU_HISTORY_DROP, NARU_DROPPED_TIME, NARU_DROPPED_FLAGS },
	};
	unsigned int k = which % 3;
	const struct __attribute__((packed)) {
		struct nlattr nest, time;
		uint64_t us;
		struct nlattr what;
		uint8_t value;
	} attrs = {
		{ .nla_len = sizeof(attrs), .nla_type = kind[k].nest }, { .nla_len = 12, .nla_type = kind[k].time }, us,
		{ .nla_len = 5, .nla_type = kind[k].what }, which / 3
	};

	write_message(f, &attrs, sizeof(attrs));
}

/* Of some things, that happened 2^40 to 2^53 us after the connection was opened, or somewhat later */
static void replay_late(const uint8_t *data, size_t size)
{
	uint64_t us = 1ULL << (40 + *data % 14);
	char *messages = NULL;
	size_t written;
	FILE *f = open_memstream(&messages, &written);

	FUZZ_HOLDS(f);
	write_first(f);
	for (data++, size--; size >= LATE_SIZE; data += LATE_SIZE, size -= LATE_SIZE) {
		us += (uint64_t)(data[2] << 8 | data[3]) << data[1] % 40;
		write_late(f, data[0], us);
	}
	FUZZ_HOLDS(!fclose(f));
	save_and_replay(messages, written);
	free(messages);
}

/* Behind a first message */
static void replay_attributes(const uint8_t *data, size_t size)
{
	char *messages = NULL;
	size_t len, written;
	FILE *f = open_memstream(&messages, &written);

	FUZZ_HOLDS(f);
	write_first(f);
	for (; size; data += len, size -= len) {
		len = *data < size ? *data : size - 1;
		data++;
		size--;
		write_message(f, data, len);
	}
	FUZZ_HOLDS(!fclose(f));
	save_and_replay(messages, written);
	free(messages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (*data % KINDS == IS_FILE)
		replay(data + 1, size - 1);
	else if (*data % KINDS == IS_MESSAGES)
		save_and_replay(data + 1, size - 1);
	else if (*data % KINDS == IS_LATE)
		replay_late(data + 1, size - 1);
	else
		replay_attributes(data + 1, size - 1);
	return 0;
}
