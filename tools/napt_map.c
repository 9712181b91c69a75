// SPDX-License-Identifier: GPL-2.0
/*
 * naru napt map: mappings listed, static ones made, any ended.
 */
#include "napt_cmd.h"

#include <string.h>

static void print_kind(struct out *o, const struct napt_map *map)
{
	if (o->json) {
		out_bool(o, "static", map->fixed);
		out_bool(o, "own", map->own);
		out_num(o, "rule", map->rule);
	} else if (map->fixed || map->own) {
		out_str(o, "kind", map->fixed ? "static" : "own");
	}
}

/**
 * napt_print_map() - a mapping's values, for a row or a group
 * @o: printing
 * @map: mapping
 */
void napt_print_map(struct out *o, const struct napt_map *map)
{
	out_num(o, "id", map->id);
	out_str(o, "proto", napt_proto_name(map->proto));
	out_str(o, "dev", map->dev);
	napt_print_endpoint(o, "inside", map->inside, map->inside_port);
	napt_print_endpoint(o, "outside", map->outside, map->outside_port);
	if (map->remote)
		napt_print_endpoint(o, "remote", map->remote, map->remote_port);
	out_num(o, "sessions", map->sessions);
	napt_print_expires(o, map->expires);
	print_kind(o, map);
}

struct listing {
	const struct napt_filter *f;
	struct out o;
};

static bool take_map(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	struct listing *l = arg;
	struct napt_map map;

	(void)nl;
	napt_decode_map_message(nlh, &map);
	if (l->f->own && !map.own)
		return true;
	out_row_begin(&l->o);
	napt_print_map(&l->o, &map);
	out_row_end(&l->o);
	return true;
}

/* Text is printed as it comes: there may be a million */
static int list(struct ctx *ctx, const struct napt_filter *f)
{
	static const struct out_col cols[] = {
		{ .key = "id", .title = "Id", .right = true, .min = 7 },
		{ .key = "proto", .title = "Proto", .min = 6 },
		{ .key = "dev", .title = "Dev", .min = 8 },
		{ .key = "inside", .title = "Inside", .min = 21 },
		{ .key = "outside", .title = "Outside", .min = 21 },
		{ .key = "sessions", .title = "Sessions", .right = true, .min = 8 },
		{ .key = "expires", .title = "Expires", .right = true, .min = 7 },
		{ .key = "kind", .title = "Kind" },
	};
	struct listing l = { .f = f };
	struct nlmsghdr *nlh;
	int status = CMD_OK;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	cmd_begin(ctx, &l.o, ctx->json ? OUT_TABLE : OUT_STREAM, cols, ARRAY_SIZE(cols));
	nlh = nl_request(&ctx->nl, NARU_CMD_NAPT_MAP_GET, NLM_F_DUMP);
	napt_put_filter(nlh, f);
	if (nl_talk(&ctx->nl, nlh, take_map, &l))
		status = cmd_fail("%s", ctx->nl.error);
	status = cmd_end(&l.o, status);
	napt_warn_interrupted(ctx, "mappings");
	return status;
}

static int add(struct ctx *ctx, const struct napt_static *fixed)
{
	struct nlmsghdr *nlh;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	nlh = nl_request(&ctx->nl, NARU_CMD_NAPT_MAP_ADD, 0);
	napt_put_static(nlh, fixed);
	return nl_talk(&ctx->nl, nlh, NULL, NULL) ? cmd_fail("%s", ctx->nl.error) : CMD_OK;
}

static bool take_count(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_MAP_DEL_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_MAP_DEL_MAX, nlh);
	*(uint32_t *)arg = nl_u32(tb[NARU_MAP_DEL_COUNT]);
	return true;
}

static int end(struct ctx *ctx, const struct napt_filter *f, uint32_t *count)
{
	struct nlmsghdr *nlh;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	nlh = nl_request(&ctx->nl, NARU_CMD_NAPT_MAP_DEL, 0);
	napt_put_filter(nlh, f);
	return nl_talk(&ctx->nl, nlh, take_count, count) ? cmd_fail("%s", ctx->nl.error) : CMD_OK;
}

static int del(struct ctx *ctx, const struct napt_filter *f)
{
	uint32_t count = 0;
	struct out o;

	if (end(ctx, f, &count))
		return CMD_FAILED;
	if (!count)
		return cmd_fail("nothing was deleted: there is no such mapping");
	cmd_begin(ctx, &o, OUT_OBJECT, NULL, 0);
	out_row_begin(&o);
	out_num(&o, "deleted", count);
	out_row_end(&o);
	return cmd_end(&o, CMD_OK);
}

static int flush(struct ctx *ctx)
{
	struct napt_filter f = { .present = 0 };
	uint32_t count;

	napt_filter_set_static(&f, false);
	return end(ctx, &f, &count);
}

static int run_add(struct ctx *ctx, int argc, char **argv)
{
	struct napt_static fixed;
	char error[NAPT_ERROR_LEN];
	enum napt_parsed parsed = napt_parse_static(&fixed, argc, argv, error);

	return parsed ? napt_wrong(parsed, error) : add(ctx, &fixed);
}

/**
 * napt_cmd_map() - naru napt map
 * @ctx: context
 * @argc: how many words
 * @argv: they
 *
 * Return: exit status.
 */
int napt_cmd_map(struct ctx *ctx, int argc, char **argv)
{
	char error[NAPT_ERROR_LEN];
	struct napt_filter f;
	const char *what;
	int status;

	if (!napt_options(ctx, &argc, &argv, &status))
		return status;
	if (!argc)
		return cmd_usage(&cmd_napt, "what of the mappings?");
	what = *argv++;
	argc--;
	if (!strcmp(what, "add"))
		return run_add(ctx, argc, argv);
	if (!strcmp(what, "flush"))
		return napt_no_more(argc, argv, &status) ? flush(ctx) : status;
	if (strcmp(what, "list") && strcmp(what, "del"))
		return cmd_usage(&cmd_napt, "map list, add, del or flush, not %s", what);
	if (!napt_filter_parse(&f, false, argc, argv, error))
		return cmd_usage(&cmd_napt, "%s", error);
	if (*what == 'l')
		return list(ctx, &f);
	if (f.own)
		return cmd_usage(&cmd_napt, "own is a word of map list: those are deleted by the others");
	return f.present ? del(ctx, &f) : cmd_usage(&cmd_napt, "which mappings? a filter is wanted");
}
