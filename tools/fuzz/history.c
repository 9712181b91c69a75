// SPDX-License-Identifier: GPL-2.0
/*
 * Files of naru history --replay. The first byte says what the rest is: such a file, the messages in one, or the attributes
 * of these messages, each behind a byte that says how many there are.
 */
#include "history.h"
#include "ladder.h"
#include "pcapng.h"
#include "svg.h"
#include "fuzz/fuzz.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>

enum { IS_FILE, IS_MESSAGES, IS_ATTRIBUTES, KINDS };

/* In each form that there is */
static void draw(const struct history *h)
{
	FILE *f = fopen("/dev/null", "w");

	FUZZ_HOLDS(f && svg_write(f, h) && pcapng_write(f, h) && ladder_print(f, h, LADDER_WIDTH_MIN));
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

/* Behind a first message as the module's */
static void replay_attributes(const uint8_t *data, size_t size)
{
	const struct { struct nlattr attr; uint32_t id; } first = {
		{ .nla_len = sizeof(first), .nla_type = NARU_HISTORY_ID }, 17
	};
	char *messages = NULL;
	size_t len, written;
	FILE *f = open_memstream(&messages, &written);

	FUZZ_HOLDS(f);
	write_message(f, &first, sizeof(first));
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
	else
		replay_attributes(data + 1, size - 1);
	return 0;
}
