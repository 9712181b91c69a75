// SPDX-License-Identifier: GPL-2.0
/*
 * Keys of naru top: whatever is pressed, what is chosen is there, and lines fit.
 */
#include "top.h"
#include "fuzz/fuzz.h"

#include <stdio.h>

#define SOCKS	5
#define ROOM	3

static void draw(struct top_view *v, struct top_socks *socks)
{
	char line[TOP_LINE + TOP_FILTER];

	v->room = ROOM;
	top_sort(socks, v->order, v->turned);
	if (v->page == TOP_SOCKS)
		top_choose(v, socks);
	FUZZ_HOLDS(!v->num || top_first(v) < v->num);
	FUZZ_HOLDS(v->page != TOP_SOCKS || !v->num || v->place - top_first(v) < ROOM);
	top_status(v, socks, line, sizeof(line));
	FUZZ_HOLDS(strlen(top_help(v)) > 0);
}

/* What naru top does behind a key. @byte says as well how many lines there are then */
static void press(struct top_view *v, struct top_socks *socks, uint8_t byte)
{
	static const int others[] = { TOP_KEY_UP, TOP_KEY_DOWN, TOP_KEY_PAGE_UP, TOP_KEY_PAGE_DOWN, TOP_KEY_HOME, TOP_KEY_END };
	size_t i;

	if (top_key(v, byte < 128 ? byte : others[byte % 6]) == TOP_READ && v->page != TOP_SOCKS)
		v->num = byte % 11;
	socks->num = byte % (SOCKS + 1);
	for (i = 0; i < socks->num; i++)
		socks->sock[i] = (struct top_sock){ .id = i + 1, .wire = "inet", .state = "CLOSED", .tx = byte * i % 7 };
	draw(v, socks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct top_sock sock[SOCKS];
	struct top_socks socks = { sock, 0 };
	struct top_view v = { .page = TOP_SOCKS };
	char *text = fuzz_text(data, size), line[TOP_LINE];
	struct top_sock odd = { .id = 1, .wire = "inet", .state = "CLOSED" };
	size_t i;

	for (i = 0; i < size; i++)
		press(&v, &socks, data[i]);
	snprintf(odd.owner, sizeof(odd.owner), "%s", text);
	top_sock_line(&odd, line, sizeof(line), size ? data[0] : 0);
	free(text);
	return 0;
}
