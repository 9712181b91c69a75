/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of `naru`.
 */
#ifndef NARU_TOOLS_CMD_H
#define NARU_TOOLS_CMD_H

#include <stdbool.h>
#include "filter.h"
#include "nl.h"
#include "out.h"
#include "util.h"

enum { CMD_OK, CMD_FAILED, CMD_USAGE };	/* exit status */

/**
 * struct ctx - what commands have from the words before them
 * @json: JSON instead of text
 * @netns: which namespace nl.netns is to name, 0: ours
 * @nl: connection to the module, for nl_open()
 */
struct ctx {
	bool json;
	uint32_t netns;
	struct nl nl;
};

/**
 * struct cmd - a command
 * @name: as it is typed
 * @summary: one line
 * @usage: what may follow the name
 * @help: the rest of the help
 * @long_usage: @usage is a page: after a mistake its help is pointed at
 * @run: @argv[0] is the name; returns the exit status
 */
struct cmd {
	const char *name;
	const char *summary;
	const char *usage;
	const char *help;
	bool long_usage;
	int (*run)(struct ctx *ctx, int argc, char **argv);
};

extern const struct cmd cmd_sock, cmd_netstat, cmd_stat, cmd_get, cmd_set, cmd_metrics, cmd_napt, cmd_monitor,
			cmd_history, cmd_compat, cmd_run, cmd_complete, cmd_doctor, cmd_top;

int __printf(2, 3) cmd_usage(const struct cmd *cmd, const char *format, ...);
int __printf(1, 2) cmd_fail(const char *format, ...);
const struct cmd *cmd_find(const char *name);
const struct cmd *cmd_at(size_t i);
int cmd_connect(struct ctx *ctx);
int cmd_enter_netns(const char *name);
void cmd_begin(struct ctx *ctx, struct out *o, enum out_style style, const struct out_col *cols,
	       unsigned int num_cols);
int cmd_end(struct out *o, int status);
void cmd_warn_interrupted(const struct ctx *ctx);
int cmd_other_option(const struct cmd *cmd, int opt, char **argv);
int cmd_json_option(const struct cmd *cmd, struct ctx *ctx, int argc, char **argv);

#endif
