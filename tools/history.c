// SPDX-License-Identifier: GPL-2.0
/*
 * A recording, read from the module.
 */
#include "history.h"
#include "nl.h"

#include <string.h>
#include <linux/naru_genl.h>

struct reading {
	struct history *h;
	FILE *raw;
};

static bool take_reply(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	struct reading *r = arg;
	size_t size = MNL_ALIGN(nlh->nlmsg_len);

	if (history_take(r->h, nlh) && (!r->raw || fwrite(nlh, size, 1, r->raw) == 1))
		return true;
	snprintf(nl->error, sizeof(nl->error), "no memory for the recording");
	return false;
}

/**
 * history_read() - ask the module for a recording
 * @nl: connection
 * @id: number of the socket
 * @h: filled, for history_free()
 * @raw: what the module says is written here as well, for history_save(); NULL: it is not
 *
 * Return: 0, or a negative errno with @nl->error set and nothing to free.
 */
int history_read(struct nl *nl, uint32_t id, struct history *h, FILE *raw)
{
	struct nlmsghdr *nlh = nl_request(nl, NARU_CMD_HISTORY_GET, NLM_F_DUMP);
	struct reading r = { h, raw };
	int err;

	memset(h, 0, sizeof(*h));
	mnl_attr_put_u32(nlh, NARU_HISTORY_ID, id);
	mnl_attr_put_u32(nlh, NARU_HISTORY_SHOW, NARU_HISTORY_SHOW_ALL);
	if (nl->netns)
		mnl_attr_put_u32(nlh, NARU_HISTORY_NETNS, nl->netns);
	err = nl_talk(nl, nlh, take_reply, &r);
	if (err)
		history_free(h);
	return err;
}
