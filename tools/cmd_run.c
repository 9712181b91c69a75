// SPDX-License-Identifier: GPL-2.0
/*
 * naru run: a program whose sockets are naru's.
 */
#include "cmd.h"
#include "run/program.h"
#include "run/report.h"
#include "run/run.h"
#include "run/supervise.h"

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
enum mode { MODE_AUTO, MODE_PRELOAD, MODE_SECCOMP };

/* What the command line says */
struct asked {
	struct run_config config;
	enum mode mode;
	bool tcp, udp, report;
	struct program program;
	char **argv;
};

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

static int prepare_preload(const struct run_config *c)
{
	char library[PATH_MAX];

	if (!find_library(library, sizeof(library)))
		return cmd_fail("%s not found beside this program or in " NARU_LIBDIR, LIBRARY);
	if (!run_config_to_environ(c))
		return cmd_fail("no memory");
	return preload(library);
}

/* The library cannot reach what makes its system calls itself */
static enum mode choose_mode(const struct asked *asked)
{
	const struct program *p = &asked->program;

	if (asked->mode != MODE_AUTO)
		return asked->mode;
	return p->elf && (!p->linked || p->go) ? MODE_SECCOMP : MODE_PRELOAD;
}

static int refuse(const struct asked *asked)
{
	const struct program *p = &asked->program;
	const char *why = program_gains(p);

	if (!why && p->foreign)
		why = "for another architecture";
	if (!why && asked->mode == MODE_PRELOAD && p->elf && !p->linked)
		why = "not loaded by this C library's loader, which is what --mode preload needs";
	if (!why)
		return CMD_OK;
	cmd_fail("%s is %s: it would not have naru's sockets", p->path, why);
	return NOT_EXECUTABLE;
}

static int find_af(struct ctx *ctx, struct asked *asked)
{
	uint32_t af = 0;

	if (cmd_connect(ctx))
		return CMD_FAILED;
	if (nl_talk(&ctx->nl, nl_request(&ctx->nl, NARU_CMD_INFO_GET, 0), take_af, &af))
		return cmd_fail("%s", ctx->nl.error);
	nl_close(&ctx->nl);
	asked->config.af = af;
	return CMD_OK;
}

/* The program hears no more than an errno */
static void warn_of_refusal(const struct asked *asked)
{
	uint32_t id;

	if (run_probe(asked->config.af, &id) == -EACCES)
		fputs("naru: sockets of naru's need CAP_NET_ADMIN here: \"naru set unprivileged=1\" lets all users have them\n",
		      stderr);
}

static int prepare(const struct asked *asked)
{
	if (choose_mode(asked) == MODE_SECCOMP)
		return supervise_start(&asked->config);
	return prepare_preload(&asked->config);
}

/* Names are looked up with datagrams, and name servers do not speak IP protocol 254: there they want asking for */
static void settle_kinds(struct asked *asked)
{
	struct run_config *c = &asked->config;

	c->insist = asked->udp;
	if (asked->tcp || asked->udp)
		c->kinds = (asked->tcp ? RUN_STREAM : 0) | (asked->udp ? RUN_DGRAM : 0);
	else
		c->kinds = c->native ? RUN_STREAM : RUN_STREAM | RUN_DGRAM;
}

static bool take_mode(struct asked *asked, const char *name)
{
	if (!strcmp(name, "preload"))
		asked->mode = MODE_PRELOAD;
	else if (!strcmp(name, "seccomp"))
		asked->mode = MODE_SECCOMP;
	else
		return false;
	return true;
}

static bool take_side(struct asked *asked, enum run_side side)
{
	if (asked->config.side != RUN_BOTH_SIDES && asked->config.side != side)
		return false;
	asked->config.side = side;
	return true;
}

/* CMD_OK, or the exit status */
static int take_option(struct asked *asked, int c, char **argv)
{
	switch (c) {
	case 'i':
	case 'n':
		asked->config.native = c == 'n';
		return CMD_OK;
	case 't':
		asked->tcp = true;
		return CMD_OK;
	case 'u':
		asked->udp = true;
		return CMD_OK;
	case 'r':
		asked->report = true;
		return CMD_OK;
	case 'o':
		if (run_ports_parse(&asked->config, optarg))
			return CMD_OK;
		return cmd_usage(&cmd_run, "no ports: %s: PORT or PORT-PORT, from 1 to 65535", optarg);
	case 'l':
	case 'c':
		if (take_side(asked, c == 'l' ? RUN_LISTEN_ONLY : RUN_CONNECT_ONLY))
			return CMD_OK;
		return cmd_usage(&cmd_run, "--listen-only and --connect-only leave nothing");
	default:
		if (take_mode(asked, optarg))
			return CMD_OK;
		return cmd_usage(&cmd_run, "no such mode: %s: preload or seccomp", optarg);
	}
}

/* This process becomes the program */
static int launch(struct ctx *ctx, void *arg)
{
	const struct asked *asked = arg;
	int status = prepare(asked), err;

	(void)ctx;
	if (status != CMD_OK)
		return status;
	execvp(*asked->argv, asked->argv);
	err = errno;
	cmd_fail("%s: %s", *asked->argv, strerror(err));
	return err == ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
}

static int run_program(struct ctx *ctx, struct asked *asked)
{
	int status = program_find(*asked->argv, &asked->program) ? refuse(asked) : CMD_OK;

	if (status == CMD_OK)
		status = find_af(ctx, asked);
	if (status != CMD_OK)
		return status;
	warn_of_refusal(asked);
	return asked->report ? report_run(ctx, asked->config.af, launch, asked) : launch(ctx, asked);
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "inet", no_argument, NULL, 'i' },
		{ "native", no_argument, NULL, 'n' },
		{ "tcp", no_argument, NULL, 't' },
		{ "udp", no_argument, NULL, 'u' },
		{ "only", required_argument, NULL, 'o' },
		{ "listen-only", no_argument, NULL, 'l' },
		{ "connect-only", no_argument, NULL, 'c' },
		{ "mode", required_argument, NULL, 'm' },
		{ "report", no_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct asked asked = { .mode = MODE_AUTO };
	int c, status;

	while ((c = getopt_long(argc, argv, "+:intuo:lcm:rh", options, NULL)) != -1) {
		if (c == 'h' || c == '?' || c == ':')
			return cmd_other_option(&cmd_run, c, argv);
		status = take_option(&asked, c, argv);
		if (status != CMD_OK)
			return status;
	}
	if (optind == argc)
		return cmd_usage(&cmd_run, "which program?");
	settle_kinds(&asked);
	asked.argv = argv + optind;
	return run_program(ctx, &asked);
}

const struct cmd cmd_run = {
	.name = "run",
	.summary = "run a program whose sockets are naru's",
	.usage = "[OPTION...] COMMAND [ARGUMENT...]",
	.help =
"  -i, --inet          TCP and UDP on the wire: talks to any. The default\n"
"  -n, --native        IP protocols 253 and 254: talks to naru only\n"
"  -t, --tcp           streams\n"
"  -u, --udp           datagrams. Default: with --inet both, with --native streams\n"
"  -o, --only PORTS    only sockets that are bound or connected to such a port: PORT or PORT-PORT\n"
"  -l, --listen-only   only sockets that listen, or are bound to a port and take datagrams\n"
"  -c, --connect-only  only sockets that connect\n"
"  -m, --mode MODE     how the program is reached: preload or seccomp\n"
"  -r, --report        print what naru compat says of it when it has ended, to standard error\n"
"\n"
"The program's AF_INET and AF_INET6 sockets are made in naru: by a library that is loaded before\n"
"its own (ld.so(8), LD_PRELOAD), or where that does not reach, as in programs that are linked\n"
"statically and in Go's, by a process beside it (seccomp(2)). A socket that naru cannot make\n"
"fails as socket(2) does. Programs that are set-user-ID, which the caller would gain, or have\n"
"capabilities are refused.\n"
"Exit status 127 where there is no such program, 126 where it cannot be run.\n",
	.run = run,
};
