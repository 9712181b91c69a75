// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of the module's, as naru monitor, sock and top read them. The first byte says which, the rest is attributes.
 */
#include "napt_cmd.h"
#include "row.h"
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <linux/genetlink.h>

static struct nlmsghdr *message(uint8_t cmd, const uint8_t *attrs, size_t len)
{
	struct nlmsghdr *nlh = malloc(NLMSG_HDRLEN + GENL_HDRLEN + len);
	struct genlmsghdr *genl;

	FUZZ_HOLDS(nlh);
	memset(nlh, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	nlh->nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + len;
	genl = mnl_nlmsg_get_payload(nlh);
	genl->cmd = cmd;
	memcpy((char *)genl + GENL_HDRLEN, attrs, len);
	return nlh;
}

static void print_row(struct out *o, const struct nlmsghdr *nlh)
{
	struct row row;

	row_decode(nlh, &row);
	out_row_begin(o);
	row_print_time(o, row.time);
	row_print_endpoint(o, "local", &row.s.laddr, row.s.lport);
	out_str(o, "state", row_state_name(&row, row.s.state));
	row_print_timer(o, &row);
	row_print_mem(o, &row);
	row_print_info(o, &row);
	out_row_end(o);
}

static void print_map(struct out *o, const struct nlmsghdr *nlh)
{
	struct napt_map map;

	napt_decode_map_message(nlh, &map);
	out_row_begin(o);
	napt_print_map(o, &map);
	out_row_end(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct nlmsghdr *nlh;
	struct out o;

	if (!size)
		return 0;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	FUZZ_HOLDS(nowhere);
	nlh = message(NARU_CMD_NAPT_EVENT, data + 1, size - 1);
	out_begin(&o, nowhere, true, OUT_STREAM, NULL, 0);
	if (*data % 3 == 0) {
		print_row(&o, nlh);
	} else if (*data % 3 == 1) {
		print_map(&o, nlh);
	} else {
		napt_event_seq(nlh);
		napt_event_print(&o, nlh, *data & 0x80);
	}
	out_end(&o);
	free(nlh);
	return 0;
}
