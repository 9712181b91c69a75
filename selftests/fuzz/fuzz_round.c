// SPDX-License-Identifier: GPL-2.0
/*
 * A round: its workers, and who sees to it that no call takes for ever.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include "fuzz.h"

#define TICK_MS		10
#define BLOCKED_MS	30	/* a call that takes as long gets a signal, again and again */
#define HUNG_MS		90000	/* and after so long is said to hang */
#define OPS		160

struct worker {
	struct fz f;
	const struct fz_round *round;
	pthread_t thread;
	char proc[64];		/* PID/task/TID, as /proc has it */
	atomic_bool done;
};

/* What the seed says of a round */
struct fz_round fz_round(unsigned int number)
{
	struct fz f = { .rng = fz_mix(fz_opt.seed ^ fz_mix(number)) };
	struct fz_round r = { .number = number, .swept = number % FZ_STATES };

	r.workers = 1 + fz_pick(&f, FZ_WORKERS - 1);
	r.ops = OPS / 2 + fz_pick(&f, OPS);
	r.genl = fz_one_in(&f, 2);
	r.fail_calls = fz_one_in(&f, 3);
	r.fail_atomic = !r.fail_calls && fz_one_in(&f, 3);
	return r;
}

static void init_worker(struct fz *f, const struct fz_round *r, unsigned int index)
{
	memset(f, 0, sizeof(*f));
	f->seed = fz_mix(fz_mix(fz_opt.seed ^ fz_mix(r->number)) + index + 1);
	f->index = index;
	f->ring = -1;
	f->fail_fd = -1;
	fz_arena(f);
	fz_seed(f, 0);
}

static bool stopped(void)
{
	return atomic_load(&fz_shared->stop) || atomic_load(&fz_shared->broken);
}

/* The first worker tries each option of sockets of one state, the last makes requests if the round has them */
static void work(struct fz *f, const struct fz_round *r)
{
	unsigned int i;

	if (!f->index)
		fz_sweep(f, r->swept);
	for (i = 0; i < r->ops && !stopped(); i++) {
		fz_seed(f, 1 << 20 | i);
		if (r->genl && f->index == r->workers)
			fz_op_genl(f);
		else
			fz_op(f);
	}
}

/* The first worker makes what all work on */
static void begin(struct worker *w)
{
	static atomic_bool begun;

	if (w->f.index) {
		while (!atomic_load(&begun))
			usleep(1000);
		return;
	}
	fz_lo_up(&w->f);
	fz_first(&w->f);
	atomic_store(&begun, true);
}

static int open_fail_nth(void)
{
	return fz_hide(open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC));
}

static void *run_worker(void *data)
{
	struct worker *w = data;
	ssize_t len = readlink("/proc/thread-self", w->proc, sizeof(w->proc) - 1);

	w->proc[len < 0 ? 0 : len] = 0;
	w->f.tid = gettid();
	w->f.home = fz_hide(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
	begin(w);
	if (w->round->fail_calls)
		w->f.fail_fd = open_fail_nth();
	work(&w->f, w->round);
	atomic_store(&w->done, true);
	return NULL;
}

static void nothing(int sig)
{
}

/* Signals come in the midst of calls, and change nothing but that */
static void handle_signals(void)
{
	static const int handled[] = { SIGUSR1, SIGUSR2, SIGALRM, SIGIO, SIGURG };
	struct sigaction sa = { .sa_handler = nothing };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(handled); i++)
		sigaction(handled[i], &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGCHLD, &sa, NULL);
}

/* A child of this worker does @what with the same descriptors; a timer takes it out of calls that block */
void fz_fork(struct fz *f, void (*what)(struct fz *f, unsigned int n), unsigned int n)
{
	const struct itimerval often = { { 0, BLOCKED_MS * 1000 }, { 0, BLOCKED_MS * 1000 } };
	pid_t pid = fork();

	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (f->fail_fd >= 0)
		f->fail_fd = open_fail_nth();
	setitimer(ITIMER_REAL, &often, NULL);
	what(f, n);
	_exit(0);
}

static void print_stack(const struct worker *w)
{
	char path[128], text[4096];
	int fd, len;

	snprintf(path, sizeof(path), "/proc/%s/stack", w->proc);
	fd = open(path, O_RDONLY);
	len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (len > 0)
		printf("%.*s", len, text);
	close(fd);
}

/* Whether that worker's call goes on; one that blocks is interrupted */
static bool watch_worker(const struct worker *w)
{
	long since = atomic_load(&w->f.since), now = fz_now();

	if (!since || now - since < BLOCKED_MS)
		return true;
	if (now - since < HUNG_MS) {
		syscall(SYS_tgkill, getpid(), w->f.tid, SIGUSR2);
		return true;
	}
	fz_broken("round %u: %s() of worker %u hangs", w->round->number, (const char *)atomic_load(&w->f.name), w->f.index);
	print_stack(w);
	return false;
}

static bool watch(const struct worker *workers, unsigned int n)
{
	unsigned int i;
	bool all;

	do {
		all = true;
		usleep(TICK_MS * 1000);
		for (i = 0; i < n; i++) {
			if (atomic_load(&workers[i].done))
				continue;
			all = false;
			if (!watch_worker(&workers[i]))
				return false;
		}
	} while (!all);
	return true;
}

/* The whole round, in a process of its own. Exit status: 0, or 1 where something hangs */
int fz_round_run(const struct fz_round *r)
{
	static struct worker workers[FZ_WORKERS + 1];
	unsigned int i, n = r->workers + r->genl;

	handle_signals();
	for (i = 0; i < n; i++) {
		init_worker(&workers[i].f, r, i);
		workers[i].round = r;
	}
	for (i = 0; i < n; i++)
		if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]))
			errx(2, "no thread");
	return !watch(workers, n);
}

/* What would be called */
void fz_round_list(const struct fz_round *r)
{
	unsigned int i;
	struct fz f;

	printf("round %u: workers %u, operations %u, options in state %u%s%s%s\n", r->number, r->workers, r->ops,
	       r->swept, r->genl ? ", requests" : "", r->fail_calls ? ", allocations fail" : "",
	       r->fail_atomic ? ", those fail that may not sleep" : "");
	for (i = 0; i < r->workers + r->genl; i++) {
		init_worker(&f, r, i);
		if (!i)
			fz_first(&f);
		work(&f, r);
	}
}
