/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The subcommands of `naru napt`.
 */
#ifndef NARU_TOOLS_NAPT_CMD_H
#define NARU_TOOLS_NAPT_CMD_H

#include "cmd.h"
#include "napt_nl.h"

/* cmd_napt.c */
bool napt_options(struct ctx *ctx, int *argc, char ***argv, int *status);
int napt_wrong(enum napt_parsed parsed, const char *error);
bool napt_no_more(int argc, char **argv, int *status);
void napt_warn_interrupted(const struct ctx *ctx, const char *what);

/* Each gets its own name as @argv[0], and returns the exit status */
int napt_cmd_rule(struct ctx *ctx, int argc, char **argv);
int napt_cmd_map(struct ctx *ctx, int argc, char **argv);
int napt_cmd_session(struct ctx *ctx, int argc, char **argv);
int napt_cmd_save(struct ctx *ctx, int argc, char **argv);
int napt_cmd_restore(struct ctx *ctx, int argc, char **argv);
int napt_cmd_explain(struct ctx *ctx, int argc, char **argv);

/* napt_map.c */
void napt_print_map(struct out *o, const struct napt_map *map);

/* napt_event.c */
void napt_event_print(struct out *o, const struct nlmsghdr *nlh, bool among_sockets);
void napt_event_print_map(struct out *o, const struct napt_map *map, bool among_sockets);
uint32_t napt_event_seq(const struct nlmsghdr *nlh);

#endif
