// SPDX-License-Identifier: GPL-2.0
/*
 * What the module answers: rows with owners, and groups, cut and corrupt. The first byte says whether JSON is printed.
 */
#include "row.h"
#include "row_owner.h"
#include "fuzz/fuzz.h"

#include <linux/genetlink.h>

#define MESSAGE_MAX	4096

static void print(struct out *o, const struct row *row)
{
	out_row_begin(o);
	out_str(o, "state", row_state_name(row, row->s.state));
	row_print_endpoint(o, "local", &row->s.laddr, row->s.lport);
	row_print_timer(o, row);
	row_print_owners(o, row);
	row_print_mem(o, row);
	row_print_info(o, row);
	out_row_end(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct out_col cols[] = { { .key = "state", .title = "State" } };
	struct { struct nlmsghdr nlh; struct genlmsghdr genl; uint8_t data[MESSAGE_MAX]; } message;
	struct row_procs procs = { .opener = NULL };
	struct row row[2];
	struct out o;
	FILE *f;

	if (!size || size > MESSAGE_MAX)
		return 0;
	memset(&message, 0, sizeof(message));
	message.nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + size - 1;
	memcpy(message.data, data + 1, size - 1);
	f = fopen("/dev/null", "w");
	FUZZ_HOLDS(f);
	out_begin(&o, f, *data & 1, OUT_TABLE, cols, 1);
	for (int i = 0; i < 2; i++) {
		row_decode_owned(&message.nlh, &procs, &row[i]);
		print(&o, &row[i]);
	}
	FUZZ_HOLDS(out_end(&o));
	fclose(f);
	row_drop_owners(&row[0]);
	row_drop_owners(&row[1]);
	row_drop_procs(&procs);
	return 0;
}
