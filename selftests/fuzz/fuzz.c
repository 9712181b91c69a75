// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz [-s SEED] [-t SECONDS] [-n ROUNDS] [-f FIRST] [-d] [-l] [-v]
 *
 * Calls every socket call with every option on naru's sockets in every state, right and wrong; fuzz.h says how a run is
 * made up. Fails when sockets are left that nobody has, when counters are wrong, when a call hangs or writes where it may
 * not. What else may break, the kernel says: splats, leaks and panics are for who runs it to see. To be run as root on a
 * machine that may die of it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include "fuzz.h"
#include "fuzz_genl.h"

#define ERA_ROUNDS	6
#define ROUND_SECONDS	300	/* that a round may take to end */
#define FAULTS		"/sys/kernel/debug/failslab/"

struct fz_options fz_opt = { .seed = 1 };
struct fz_shared *fz_shared;

/* ---- memory that fails ---- */

static bool try_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	bool done = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	if (fd >= 0)
		close(fd);
	return done;
}

/* What fails by chance, and is to be ended by this very call, may hit it as well */
static bool set_file(const char *path, const char *value)
{
	int i;

	for (i = 0; i < 1000; i++)
		if (try_file(path, value))
			return true;
	return false;
}

/* @percent 0: only what a call asks for by fail-nth, which may sleep. Else of what may not sleep, so much fails */
static bool set_faults(const char *percent)
{
	if (percent[0] == '0' && !set_file(FAULTS "probability", percent))
		return false;
	return set_file(FAULTS "verbose", "0") && set_file(FAULTS "times", "-1") &&
	       set_file(FAULTS "interval", "1") && set_file(FAULTS "ignore-gfp-wait", percent[0] == '0' ? "N" : "Y") &&
	       set_file(FAULTS "probability", percent);
}

static bool faults_there(void)
{
	return !access(FAULTS "probability", W_OK) && !access("/proc/self/fail-nth", W_OK);
}

/* ---- an era ---- */

static void set_up(int fd, const char *name)
{
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		err(2, "SIOCSIFFLAGS %s", name);
}

static void address_v4(int fd, const char *name)
{
	struct ifreq ifr = {};
	struct sockaddr_in *sin = (void *)&ifr.ifr_addr;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	sin->sin_family = AF_INET;
	inet_pton(AF_INET, "10.99.0.1", &sin->sin_addr);
	if (ioctl(fd, SIOCSIFADDR, &ifr))
		err(2, "10.99.0.1");
	inet_pton(AF_INET, "255.255.255.0", &sin->sin_addr);
	if (ioctl(fd, SIOCSIFNETMASK, &ifr))
		err(2, "255.255.255.0");
}

static void address_v6(const char *name)
{
	struct in6_ifreq ifr6 = { .ifr6_prefixlen = 64, .ifr6_ifindex = if_nametoindex(name) };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	inet_pton(AF_INET6, "fd99::1", &ifr6.ifr6_addr);
	if (ioctl(fd, SIOCSIFADDR, &ifr6))
		err(2, "fd99::1");
	close(fd);
}

/* Interface fz0, behind which nobody reads */
static void make_nowhere(void)
{
	struct ifreq ifr = { .ifr_name = "fz0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0 || tun < 0 || ioctl(tun, TUNSETIFF, &ifr))
		err(2, "/dev/net/tun");
	set_up(fd, "lo");
	address_v4(fd, "fz0");
	set_up(fd, "fz0");
	address_v6("fz0");
	close(fd);
}

static int kernel_listener(void)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6, .sin6_port = htons(FZ_KERNEL_PORT) };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (bind(fd, (void *)&addr, sizeof(addr)) || listen(fd, 8))
		err(2, "the kernel's listener");
	return fd;
}

/* What connected to it in the last round */
static void empty(int listener)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		close(fd);
}

static void say(const struct fz_round *r)
{
	char text[128];

	snprintf(text, sizeof(text), "fuzz: seed %lu, round %u%s%s", fz_opt.seed, r->number,
		 r->fail_calls ? ", allocations fail" : "", r->fail_atomic ? ", those fail that may not sleep" : "");
	set_file("/dev/kmsg", text);
	if (fz_opt.verbose)
		printf("%s\n", text);
	fflush(stdout);
}

/* The first process of a process namespace: with it goes what it has forked */
static void round_process(const struct fz_round *r)
{
	int status = 0;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWPID))
		err(2, "unshare");
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(fz_round_run(r));
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		fz_broken("round %u died of signal %d", r->number, WTERMSIG(status));
	_exit(!WIFEXITED(status) || WEXITSTATUS(status));
}

/* false: it failed, or did not end */
static bool wait_for_round(pid_t pid)
{
	long end = fz_now() + ROUND_SECONDS * 1000;
	int status;
	pid_t got;

	do {
		got = waitpid(pid, &status, WNOHANG);
		if (!got)
			usleep(5000);
	} while (!got && fz_now() < end);
	if (got == pid)
		return WIFEXITED(status) && !WEXITSTATUS(status);
	fz_broken("a round's processes do not end");
	kill(pid, SIGKILL);
	return false;
}

static bool run_round(const struct fz_round *r)
{
	bool ended;
	pid_t pid;

	say(r);
	fflush(stdout);
	if (r->fail_atomic && faults_there() && !set_faults("1"))
		err(2, FAULTS);
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (!pid)
		round_process(r);
	ended = wait_for_round(pid);
	if (r->fail_atomic && faults_there() && !set_faults("0"))
		err(2, FAULTS);
	return fz_check(r) && ended;
}

/* A namespace, and some rounds there; exit status 0 where all went well */
static int era(unsigned int first, unsigned int rounds)
{
	struct fz_round r;
	unsigned int i;
	int listener;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNET))
		err(2, "unshare");
	make_nowhere();
	listener = kernel_listener();
	fz_check_init();
	for (i = 0; i < rounds && !atomic_load(&fz_shared->stop); i++) {
		r = fz_round(first + i);
		if (!run_round(&r))
			return 1;
		atomic_fetch_add(&fz_shared->rounds, 1);
		empty(listener);
	}
	return 0;
}

static bool run_era(unsigned int first, unsigned int rounds)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (!pid)
		exit(era(first, rounds));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		fz_broken("rounds from %u on: their process died of signal %d", first, WTERMSIG(status));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* ---- the run ---- */

/* But for the sockets of each state, which all have their turn */
static void time_is_over(int sig)
{
	if (!fz_opt.rounds && atomic_load(&fz_shared->rounds) < FZ_STATES)
		alarm(1);
	else
		atomic_store(&fz_shared->stop, true);
}

static void set_time_limit(void)
{
	struct sigaction sa = { .sa_handler = time_is_over };

	sigaction(SIGALRM, &sa, NULL);
	alarm(fz_opt.seconds);
}

static bool run(void)
{
	unsigned int first = fz_opt.first, rounds = ERA_ROUNDS, left = fz_opt.rounds;
	bool well = true;

	while (well && !atomic_load(&fz_shared->stop) && (!fz_opt.rounds || left)) {
		if (fz_opt.rounds && left < rounds)
			rounds = left;
		well = run_era(first, rounds);
		first += rounds;
		left -= fz_opt.rounds ? rounds : 0;
	}
	return well && !atomic_load(&fz_shared->broken);
}

static void list(void)
{
	struct fz_round r;
	unsigned int i;

	for (i = 0; i < (fz_opt.rounds ? fz_opt.rounds : 1); i++) {
		r = fz_round(fz_opt.first + i);
		fz_round_list(&r);
	}
}

static bool did_something(void)
{
	if (!fz_shared->succeeded)
		fz_broken("no call has succeeded");
	return fz_shared->succeeded;
}

static void summary(void)
{
	unsigned int i;

	printf("# %lu rounds, %lu calls, %lu of them succeeded, %lu options tried, %lu allocations failed\n",
	       fz_shared->rounds, fz_shared->calls, fz_shared->succeeded, fz_shared->pairs,
	       fz_shared->failed_allocs);
	printf("# by system call, succeeded/failed:");
	for (i = 0; i < ARRAY_SIZE(fz_shared->of); i++)
		if (fz_shared->of[i][0] || fz_shared->of[i][1])
			printf(" %u %lu/%lu", i, fz_shared->of[i][0], fz_shared->of[i][1]);
	printf("\n");
}

static void say_usage(void)
{
	fprintf(stderr, "usage: fuzz [-s SEED] [-t SECONDS] [-n ROUNDS] [-f FIRST] [-d] [-l] [-v]\n"
		"  -s  seed (1)                       -t  seconds (60, where -n is not given)\n"
		"  -n  rounds                         -f  number of the first round (0)\n"
		"  -d  datagrams too                  -l  only print the calls that are drawn\n"
		"  -v  print each call and its result\n");
	exit(2);
}

static uint64_t parse(const char *text, uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || errno || value > max) {
		fprintf(stderr, "fuzz: %s is no number, or too large\n", text);
		say_usage();
	}
	return value;
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "s:t:n:f:dlv")) != -1) {
		switch (c) {
		case 's':
			fz_opt.seed = parse(optarg, UINT64_MAX);
			break;
		case 't':
			fz_opt.seconds = parse(optarg, INT_MAX);
			break;
		case 'n':
			fz_opt.rounds = parse(optarg, INT_MAX);
			break;
		case 'f':
			fz_opt.first = parse(optarg, INT_MAX);
			break;
		case 'd':
			fz_opt.dgram = true;
			break;
		case 'l':
			fz_opt.list = true;
			break;
		case 'v':
			fz_opt.verbose = true;
			break;
		default:
			say_usage();
		}
	}
	if (optind < argc)
		say_usage();
	if (!fz_opt.rounds && !fz_opt.seconds)
		fz_opt.seconds = 60;
}

int main(int argc, char **argv)
{
	int error;
	bool well;

	options(argc, argv);
	fz_shared = mmap(NULL, sizeof(*fz_shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fz_shared == MAP_FAILED)
		err(2, "mmap");
	if (fz_opt.list) {
		list();
		return 0;
	}
	error = fz_genl_find_family();
	if (error)
		errx(2, "naru's netlink family: %s", strerror(error));
	printf("# seed %lu%s, allocations can %sbe made to fail\n", fz_opt.seed, fz_opt.dgram ? ", datagrams too" : "",
	       faults_there() ? "" : "not ");
	if (faults_there() && !set_faults("0"))
		err(2, FAULTS);
	set_time_limit();
	well = run() && did_something();
	summary();
	return !well;
}
