// SPDX-License-Identifier: GPL-2.0
/*
 * naru run: a program whose TCP sockets are naru's.
 */
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/naru_genl.h>

#define LIBRARY	"libnaru-run.so"

#ifndef NARU_LIBDIR
#define NARU_LIBDIR "/usr/local/lib/naru"
#endif

enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127 };	/* as the shell has it */

static bool take_af(struct nl *nl, const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[NARU_INFO_MAX + 1];

	(void)nl;
	nl_parse(tb, NARU_INFO_MAX, nlh);
	*(uint32_t *)arg = nl_u32(tb[NARU_INFO_AF]);
	return true;
}

/* This program's own directory */
static bool own_dir(char *dir, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", dir, size - 1);
	char *slash;

	if (n < 0)
		return false;
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return slash;
}

/* Beside this program, where it is built; or where it is installed */
static bool find_library(char *path, size_t size)
{
	char dir[PATH_MAX / 2];

	if (own_dir(dir, sizeof(dir))) {
		snprintf(path, size, "%s/" LIBRARY, dir);
		if (!access(path, R_OK))
			return true;
		snprintf(path, size, "%s/../lib/naru/" LIBRARY, dir);
		if (!access(path, R_OK))
			return true;
	}
	snprintf(path, size, NARU_LIBDIR "/" LIBRARY);
	return !access(path, R_OK);
}

static int preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *list;

	if (strpbrk(library, ": "))
		return cmd_fail("%s: ld.so takes no path with a space or a colon", library);
	if (!others || !*others)
		return setenv("LD_PRELOAD", library, 1) ? cmd_fail("no memory") : CMD_OK;
	if (asprintf(&list, "%s:%s", library, others) < 0)
		return cmd_fail("no memory");
	if (setenv("LD_PRELOAD", list, 1)) {
		free(list);
		return cmd_fail("no memory");
	}
	free(list);
	return CMD_OK;
}

static int prepare(struct ctx *ctx, bool native)
{
	char library[PATH_MAX], number[16];
	uint32_t af = 0;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (nl_talk(&ctx->nl, nl_request(&ctx->nl, NARU_CMD_INFO_GET, 0), take_af, &af))
		return cmd_fail("%s", ctx->nl.error);
	nl_close(&ctx->nl);
	if (!find_library(library, sizeof(library)))
		return cmd_fail("%s not found beside this program or in " NARU_LIBDIR, LIBRARY);
	snprintf(number, sizeof(number), "%u", af);
	if (setenv("NARU_RUN_AF", number, 1) ||
	    setenv("NARU_RUN_WIRE", native ? "native" : "inet", 1))
		return cmd_fail("no memory");
	return preload(library);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "inet", no_argument, NULL, 'i' },
		{ "native", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	bool native = false;
	int c, err;

	while ((c = getopt_long(argc, argv, "+:inh", options, NULL)) != -1) {
		if (c != 'i' && c != 'n')
			return cmd_other_option(&cmd_run, c, argv);
		native = c == 'n';
	}
	if (optind == argc)
		return cmd_usage(&cmd_run, "which program?");
	if (prepare(ctx, native))
		return CMD_FAILED;
	execvp(argv[optind], argv + optind);
	err = errno;
	cmd_fail("%s: %s", argv[optind], strerror(err));
	return err == ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
}

const struct cmd cmd_run = {
	.name = "run",
	.summary = "run a program whose TCP sockets are naru's",
	.usage = "[--inet | --native] COMMAND [ARGUMENT...]",
	.help =
"  -i, --inet    TCP on the wire: talks to any TCP. The default\n"
"  -n, --native  IP protocol 253: talks to naru only\n"
"\n"
"The program's AF_INET and AF_INET6 stream sockets are made in naru, by a library that is\n"
"loaded before its own (ld.so(8), LD_PRELOAD). A socket that naru cannot make fails as\n"
"socket(2) does. Programs that are linked statically, or that are set-user-ID, are not reached.\n"
"Exit status 127 where there is no such program, 126 where it cannot be run.\n",
	.run = run,
};
