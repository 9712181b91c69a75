// SPDX-License-Identifier: GPL-2.0
/*
 * naru napt session: remote endpoints and their timers.
 */
#include "napt_cmd.h"

#include <string.h>

static void print_session(struct out *o, const struct nlattr **tb)
{
	struct napt_map map = { .id = 0 };

	if (tb[NARU_SESSION_MAP])
		napt_decode_map(tb[NARU_SESSION_MAP], &map);
	out_row_begin(o);
	out_str(o, "proto", napt_proto_name(map.proto));
	out_str(o, "state", napt_word(napt_state_words, nl_u8(tb[NARU_SESSION_STATE])));
	out_str(o, "dev", map.dev);
	napt_print_endpoint(o, "inside", map.inside, map.inside_port);
	napt_print_endpoint(o, "outside", map.outside, map.outside_port);
	napt_print_endpoint(o, "remote", napt_get_addr(tb[NARU_SESSION_REMOTE]),
			    nl_u16(tb[NARU_SESSION_REMOTE_PORT]));
	napt_print_expires(o, napt_seconds(tb[NARU_SESSION_EXPIRES_MS]));
	if (o->json)
		out_num(o, "mapping", map.id);
	out_row_end(o);
}

static bool take_session(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_SESSION_ATTR_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_SESSION_ATTR_MAX, nlh);
	print_session(arg, tb);
	return true;
}

static int list(struct ctx *ctx, const struct napt_filter *f)
{
	static const struct out_col cols[] = {
		{ .key = "proto", .title = "Proto", .min = 6 },
		{ .key = "state", .title = "State", .min = 11 },
		{ .key = "dev", .title = "Dev", .min = 8 },
		{ .key = "inside", .title = "Inside", .min = 21 },
		{ .key = "outside", .title = "Outside", .min = 21 },
		{ .key = "remote", .title = "Remote", .min = 21 },
		{ .key = "expires", .title = "Expires", .right = true, .min = 7 },
	};
	struct nlmsghdr *nlh;
	int status = CMD_OK;
	struct out o;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	cmd_begin(ctx, &o, ctx->json ? OUT_TABLE : OUT_STREAM, cols, ARRAY_SIZE(cols));
	nlh = nl_request(&ctx->nl, NARU_CMD_NAPT_SESSION_GET, NLM_F_DUMP);
	napt_put_filter(nlh, f);
	if (nl_talk(&ctx->nl, nlh, take_session, &o))
		status = cmd_fail("%s", ctx->nl.error);
	status = cmd_end(&o, status);
	napt_warn_interrupted(ctx, "sessions");
	return status;
}

/**
 * napt_cmd_session() - naru napt session
 * @ctx: context
 * @argc: how many words
 * @argv: they
 *
 * Return: exit status.
 */
int napt_cmd_session(struct ctx *ctx, int argc, char **argv)
{
	char error[NAPT_ERROR_LEN];
	struct napt_filter f;
	int status;

	if (!napt_options(ctx, &argc, &argv, &status))
		return status;
	if (!argc || strcmp(*argv, "list"))
		return cmd_usage(&cmd_napt, "session list is all there is of sessions%s%s",
				 argc ? ", not " : "", argc ? *argv : "");
	if (!napt_filter_parse(&f, true, argc - 1, argv + 1, error))
		return cmd_usage(&cmd_napt, "%s", error);
	return list(ctx, &f);
}
