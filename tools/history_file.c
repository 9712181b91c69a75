// SPDX-License-Identifier: GPL-2.0
/*
 * A recording in a file: what the module has said, behind a head by which one that is cut or changed is told.
 */
#include "history.h"

#include <stdlib.h>
#include <string.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/naru_genl.h>

#define VERSION		1
#define SIZE_MAX_FILE	(16 << 20)

/* Numbers are in the order of bytes of the machine that wrote it, as in netlink */
struct head {
	char magic[8];
	uint32_t order, version, size, crc;
};

static const char magic[8] = "naruhist";
#define ORDER	0x01020304u

/* The CRC-32 of Ethernet and zlib */
static uint32_t crc32(const unsigned char *data, size_t size)
{
	uint32_t crc = ~0u;
	int bit;

	while (size--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/**
 * history_save() - write a recording to a file
 * @f: file
 * @messages: as history_read() wrote them
 * @size: bytes of @messages
 *
 * Return: whether all of it was written.
 */
bool history_save(FILE *f, const void *messages, size_t size)
{
	struct head head = { .order = ORDER, .version = VERSION, .size = size, .crc = crc32(messages, size) };

	memcpy(head.magic, magic, sizeof(magic));
	return fwrite(&head, sizeof(head), 1, f) == 1 && fwrite(messages, size, 1, f) == 1;
}

/* What is wrong with a file, NULL: nothing */
static const char *fault(const unsigned char *data, size_t size, const struct head *head)
{
	if (size < sizeof(*head) && !memcmp(data, magic, size < sizeof(magic) ? size : sizeof(magic)))
		return "it is cut short";
	if (size < sizeof(*head) || memcmp(head->magic, magic, sizeof(magic)))
		return "it is no recording that naru history --save has written";
	if (head->order == __builtin_bswap32(ORDER))
		return "it was written on a machine of the other order of bytes";
	if (head->order != ORDER || head->version != VERSION)
		return "it is of a version that this program does not know, or damaged";
	if (head->size > size - sizeof(*head))
		return "it is cut short";
	if (head->size < size - sizeof(*head))
		return "it is longer than it says, or damaged";
	if (head->size > SIZE_MAX_FILE || crc32(data + sizeof(*head), head->size) != head->crc)
		return "it is damaged: its checksum is wrong";
	return NULL;
}

static bool is_reply(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) >= GENL_HDRLEN && genl->cmd == NARU_CMD_HISTORY_GET;
}

/* Not before @last, and not so far away that it cannot be counted with. @last: set to it */
static bool goes_on(int64_t us, int64_t *last)
{
	bool ok = us >= *last && us <= HISTORY_US_MAX;

	*last = us;
	return ok;
}

/* Times go up, and there is a first message */
static bool makes_sense(const struct history *h)
{
	int64_t event = 0, segment = -HISTORY_US_MAX, drop = -HISTORY_US_MAX;
	bool ok = h->headed && h->ended <= HISTORY_US_MAX;
	size_t i;

	for (i = 0; ok && i < h->num_events; i++)
		ok = goes_on(h->event[i].us, &event);
	for (i = 0; ok && i < h->num_segments; i++)
		ok = goes_on(h->segment[i].us, &segment);
	for (i = 0; ok && i < h->num_drops; i++)
		ok = goes_on(h->drop[i].us, &drop);
	return ok;
}

/* @messages is aligned */
static const char *take_all(const void *messages, size_t size, struct history *h)
{
	const struct nlmsghdr *nlh = messages;
	int left = size;

	/* libmnl takes a length above INT_MAX for a small one */
	for (; mnl_nlmsg_ok(nlh, left) && nlh->nlmsg_len <= (unsigned int)left; nlh = mnl_nlmsg_next(nlh, &left)) {
		if (!is_reply(nlh))
			return "a message in it is not one of a recording";
		if (!history_take(h, nlh))
			return "it is longer than any recording, or there is no memory";
	}
	if (left > 0)
		return "a message in it is longer than what is left";
	return makes_sense(h) ? NULL : "what it says is not the recording of a connection";
}

/**
 * history_load() - a recording from what was in a file
 * @data: all of the file
 * @size: bytes of @data
 * @h: filled, for history_free()
 * @error: filled with why not, where it is none
 * @error_size: bytes of @error
 *
 * Return: whether it is a recording, and whole. Else there is nothing to free.
 */
bool history_load(const void *data, size_t size, struct history *h, char *error, size_t error_size)
{
	struct head head = { .size = 0 };
	const char *why;
	void *aligned;

	memset(h, 0, sizeof(*h));
	memcpy(&head, data, size < sizeof(head) ? size : sizeof(head));
	why = fault(data, size, &head);
	if (!why) {
		aligned = malloc(head.size + 1);
		if (aligned)
			memcpy(aligned, (const char *)data + sizeof(head), head.size);
		why = aligned ? take_all(aligned, head.size, h) : "no memory";
		free(aligned);
	}
	if (!why)
		return true;
	history_free(h);
	snprintf(error, error_size, "%s", why);
	return false;
}
