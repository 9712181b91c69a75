// SPDX-License-Identifier: GPL-2.0
/*
 * What was refused to a program and to those that it has run, printed when it has ended. The program is a child then: its
 * signals go through here, and its end becomes this process's.
 *
 * The ledger names processes by number, and most are gone when it is read. Shown is what has come to it meanwhile, less
 * of processes that were there before, and of those that are still there and descend from somebody else.
 */
#include "report.h"
#include "cmd.h"
#include "compat.h"
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* A process that was there before */
struct before {
	uint32_t pid;
	uint64_t times;		/* that it had been refused something, 0 where it is not known to have been */
};

struct report {
	struct before *list;
	size_t num;
	bool failed;		/* there was no memory */
	size_t found;
	int af;
	uint32_t first;		/* number of a socket that was made before all of the program's, 0: not to be had */
};

static const struct before *find(const struct report *r, uint32_t pid)
{
	size_t i;

	for (i = 0; i < r->num; i++)
		if (r->list[i].pid == pid)
			return r->list + i;
	return NULL;
}

static bool remember(uint32_t pid, uint64_t times, void *arg)
{
	struct report *r = arg;
	struct before *more = realloc(r->list, (r->num + 1) * sizeof(*more));

	if (!more) {
		r->failed = true;
		return false;
	}
	r->list = more;
	more[r->num++] = (struct before){ pid, times };
	return false;
}

static void remember_living(struct report *r)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	uint32_t pid;

	while (d && (e = readdir(d))) {
		pid = strtoul(e->d_name, NULL, 10);
		if (pid && !find(r, pid))
			remember(pid, 0, r);
	}
	if (d)
		closedir(d);
}

/* 0: there is no such process */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[512];
	const char *after;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	/* the command, in parentheses, may have any in it */
	after = fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
	if (after)
		sscanf(after, ") %*c %d", &parent);
	fclose(f);
	return parent;
}

static bool is_descendant(pid_t pid)
{
	while (pid > 1 && pid != getpid())
		pid = parent_of(pid);
	return pid == getpid();
}

static bool is_reported(uint32_t pid, uint64_t times, void *arg)
{
	const struct report *r = arg;
	const struct before *before = find(r, pid);

	/* A number may be given again, which begins a new count */
	if (before)
		return times != before->times && is_descendant(pid);
	return !parent_of(pid) || is_descendant(pid);
}

static bool count_reported(uint32_t pid, uint64_t times, void *arg)
{
	struct report *r = arg;

	r->found += is_reported(pid, times, arg);
	return false;
}

/* ---- the program as a child ---- */

static const int passed[] = {
	SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT, SIGWINCH, SIGURG
};

static void take_signals(sigset_t *set)
{
	size_t i;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (i = 0; i < ARRAY_SIZE(passed); i++)
		sigaddset(set, passed[i]);
}

/* True: it has ended. Children of its own come here when it has not waited for them */
static bool reap(pid_t program, int *status)
{
	int its;
	pid_t pid;

	while ((pid = waitpid(-1, &its, WNOHANG)) > 0)
		if (pid == program) {
			*status = its;
			return true;
		}
	return false;
}

/* What the terminal sends, it sends to the program as well */
static int wait_for(pid_t program, const sigset_t *set)
{
	siginfo_t info;
	int sig, status;

	for (;;) {
		sig = sigwaitinfo(set, &info);
		if (sig == SIGCHLD && reap(program, &status))
			return status;
		if (sig > 0 && sig != SIGCHLD && info.si_code != SI_KERNEL)
			kill(program, sig);
	}
}

static int end_as(int status)
{
	struct rlimit none = { 0, 0 };
	sigset_t set;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, WTERMSIG(status));
	fflush(NULL);
	raise(WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 128 + WTERMSIG(status);
}

/* Sockets are numbered as they come, in a namespace */
static bool none_was_made(const struct report *r)
{
	uint32_t last;

	return r->first && !run_probe(r->af, &last) && last == r->first + 1;
}

static void print_nothing(const struct report *r)
{
	if (none_was_made(r))
		fputs("naru: no socket of naru's was made in this network namespace (--mode seccomp reaches any program)\n",
		      stderr);
	else
		fputs("naru: nothing was refused\n", stderr);
}

/* To standard error: standard output is the program's */
static void print(struct ctx *ctx, struct report *r)
{
	if (compat_each(ctx, count_reported, r) != CMD_OK)
		return;
	if (!r->found && !ctx->json) {
		print_nothing(r);
		return;
	}
	fflush(stdout);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	compat_show(ctx, 0, is_reported, r);
	fflush(stdout);
}

static int begin(struct ctx *ctx, struct report *r)
{
	if (cmd_connect(ctx) || compat_each(ctx, remember, r))
		return CMD_FAILED;
	remember_living(r);
	if (r->failed)
		return cmd_fail("no memory");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		return cmd_fail("%s", strerror(errno));
	if (run_probe(r->af, &r->first))
		r->first = 0;
	return CMD_OK;
}

/**
 * report_run() - run a program and print what was refused to it
 * @ctx: context
 * @af: number of AF_NARU
 * @launch: becomes the program, in a child; returns an exit status when it could not
 * @arg: for it
 *
 * Return: the program's exit status. Where a signal has ended it, that ends this process as well.
 */
int report_run(struct ctx *ctx, int af, int (*launch)(struct ctx *ctx, void *arg), void *arg)
{
	struct report r = { .af = af };
	sighandler_t chld;
	sigset_t set, was;
	int status = begin(ctx, &r);
	pid_t pid;

	if (status != CMD_OK)
		return status;
	take_signals(&set);
	sigprocmask(SIG_BLOCK, &set, &was);
	chld = signal(SIGCHLD, SIG_DFL);	/* ignored, there would be nothing to wait for */
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return cmd_fail("%s", strerror(errno));
	if (!pid) {
		signal(SIGCHLD, chld);
		sigprocmask(SIG_SETMASK, &was, NULL);
		nl_close(&ctx->nl);
		status = launch(ctx, arg);
		fflush(NULL);
		_exit(status);
	}
	status = wait_for(pid, &set);
	print(ctx, &r);
	free(r.list);
	return end_as(status);
}
