/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of ran share */
#ifndef NARU_RAN_H
#define NARU_RAN_H

#include "tool.h"

#define WANT(condition) ran_want(condition, #condition, __LINE__)

extern int ran_failed;

void ran_want(bool held, const char *what, int line);
bool ran_is_naru(int fd);
bool ran_is_right(int fd);

/* ran_use.c, ran_pick.c and ran_dgram.c; what argv[2] and the following are stands there */
void ran_use(char **argv);
void ran_bad(void);
void ran_cloexec(char **argv);
void ran_children(char **argv);
void ran_unix(char **argv);
void ran_dropped(char **argv);
void ran_outlived(char **argv);
void ran_apart(char **argv);
void ran_late(char **argv);
void ran_steady(char **argv);
void ran_kinds(char **argv);
void ran_dgram(void);
void ran_serve_dgram(char **argv);
void ran_ask_dgram(char **argv);

#endif
