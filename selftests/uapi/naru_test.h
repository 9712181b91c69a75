/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of this folder share.
 *
 * A program runs in a network namespace of its own, with lo up. Tests of the fixture "naru" run over
 * {native, inet} x {IPv4, IPv6}. With NARU_TEST_KERNEL=1 in the environment they run on the kernel's
 * own TCP instead: what they ask of naru is what the kernel does.
 *
 * Helpers end the test when they fail. Nothing sleeps: who waits, waits for a condition.
 */
#ifndef NARU_TEST_H
#define NARU_TEST_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <linux/tcp.h>
#include <linux/naru.h>
#include "kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120	/* the debug kernel is slow */

#ifndef __printf
#define __printf(a, b) __attribute__((format(printf, a, b)))
#endif
#ifndef __noreturn
#define __noreturn __attribute__((__noreturn__))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif
#ifndef SOL_TCP
#define SOL_TCP IPPROTO_TCP
#endif

/* Numbers of the states, as in TCP_INFO; <netinet/tcp.h> has them, but an old struct tcp_info */
enum {
	TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2,
	TCP_TIME_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING,
};

#define T_WAIT_MS 60000			/* what never comes is not waited for longer */

FIXTURE(naru)
{
	int unused;
};

FIXTURE_VARIANT(naru)
{
	int family;
	int wire;
};

FIXTURE_VARIANT_ADD(naru, native_v4)
{
	.family = AF_INET,
	.wire = 0,
};

FIXTURE_VARIANT_ADD(naru, native_v6)
{
	.family = AF_INET6,
	.wire = 0,
};

FIXTURE_VARIANT_ADD(naru, inet_v4)
{
	.family = AF_INET,
	.wire = IPPROTO_TCP,
};

FIXTURE_VARIANT_ADD(naru, inet_v6)
{
	.family = AF_INET6,
	.wire = IPPROTO_TCP,
};

FIXTURE_SETUP(naru)
{
}

FIXTURE_TEARDOWN(naru)
{
}

/* What a helper needs to know of a variant */
#define t_kind const struct _fixture_variant_naru

static t_kind t_kernel_v4 __maybe_unused = { AF_INET, -1 };
static t_kind t_kernel_v6 __maybe_unused = { AF_INET6, -1 };

/* Ends the test (a child of it: its caller sees the exit code) */
__printf(1, 2) __noreturn
static inline void t_die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "# ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(err));
	va_end(ap);
	_exit(KSFT_FAIL);
}

static inline bool t_on_kernel(void)
{
	const char *env = getenv("NARU_TEST_KERNEL");

	return env && *env == '1';
}

static inline bool t_is_naru(t_kind *v)
{
	return v->wire >= 0 && !t_on_kernel();
}

/* Whether ports of this kind are the kernel's TCP ports */
static inline bool t_is_inet(t_kind *v)
{
	return v->wire != 0 || t_on_kernel();
}

/* A fresh namespace. Once per program, and by tests that change something of it. */
__attribute__((constructor))
static void t_enter_netns(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		t_die("a network namespace of one's own");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		t_die("lo up");
	close(fd);
}

/* ---- sockets and addresses ---- */

static inline void t_set(int fd, int level, int name, int val)
{
	if (setsockopt(fd, level, name, &val, sizeof(val)))
		t_die("setsockopt(%d, %d, %d)", level, name, val);
}

static inline int t_get(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int val = 0;

	if (getsockopt(fd, level, name, &val, &len))
		t_die("getsockopt(%d, %d)", level, name);
	return val;
}

/* socket(2) of the kind; @flags: SOCK_NONBLOCK, SOCK_CLOEXEC */
static inline int t_socket(t_kind *v, int flags)
{
	int fd;

	if (!t_is_naru(v)) {
		fd = socket(v->family, SOCK_STREAM | flags, 0);
		if (fd < 0)
			t_die("socket");
		return fd;
	}
	fd = socket(AF_NARU, SOCK_STREAM | flags, v->wire);
	if (fd < 0)
		t_die("socket(AF_NARU)");
	t_set(fd, SOL_NARU, NARU_DOMAIN, v->family);
	return fd;
}

static inline socklen_t t_addrlen(t_kind *v)
{
	return v->family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

/* @text in either notation, as @family: IPv4 goes into IPv6 as v4-mapped. Returns the length. */
static inline socklen_t t_addr(struct sockaddr_storage *ss, int family, const char *text, int port)
{
	struct sockaddr_in6 *sin6 = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;
	char mapped[64];

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == AF_INET) {
		sin->sin_port = htons(port);
		if (inet_pton(AF_INET, text, &sin->sin_addr) != 1)
			t_die("bad address %s", text);
		return sizeof(*sin);
	}
	sin6->sin6_port = htons(port);
	snprintf(mapped, sizeof(mapped), "::ffff:%s", text);
	if (inet_pton(AF_INET6, strchr(text, ':') ? text : mapped, &sin6->sin6_addr) != 1)
		t_die("bad address %s", text);
	return sizeof(*sin6);
}

static inline const char *t_lo(t_kind *v)
{
	return v->family == AF_INET ? "127.0.0.1" : "::1";
}

static inline const char *t_any(t_kind *v)
{
	return v->family == AF_INET ? "0.0.0.0" : "::";
}

static inline int t_port_of(const struct sockaddr_storage *ss)
{
	return ntohs(((const struct sockaddr_in *)ss)->sin_port);	/* the same place in both */
}

/* Local port */
static inline int t_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len))
		t_die("getsockname");
	return t_port_of(&ss);
}

/* bind(2): 0 or the errno */
static inline int t_try_bind(t_kind *v, int fd, const char *text, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, v->family, text, port);

	return bind(fd, (struct sockaddr *)&ss, len) ? errno : 0;
}

static inline void t_bind(t_kind *v, int fd, int port)
{
	errno = t_try_bind(v, fd, t_lo(v), port);
	if (errno)
		t_die("bind to port %d", port);
}

/* connect(2): 0 or the errno */
static inline int t_try_connect(t_kind *v, int fd, const char *text, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, v->family, text, port);

	return connect(fd, (struct sockaddr *)&ss, len) ? errno : 0;
}

static inline void t_connect(t_kind *v, int fd, int port)
{
	errno = t_try_connect(v, fd, t_lo(v), port);
	if (errno)
		t_die("connect to port %d", port);
}

/* A listener on loopback; @port 0: any */
static inline int t_listen_on(t_kind *v, int port, int backlog)
{
	int fd = t_socket(v, 0);

	t_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	t_bind(v, fd, port);
	if (listen(fd, backlog))
		t_die("listen");
	return fd;
}

static inline int t_listen(t_kind *v)
{
	return t_listen_on(v, 0, 128);
}

static inline int t_accept(int lfd)
{
	int fd = accept(lfd, NULL, NULL);

	if (fd < 0)
		t_die("accept");
	return fd;
}

/* A connection over loopback: sv[0] connected, sv[1] was accepted */
static inline void t_pair_on(t_kind *v, int lfd, int sv[2])
{
	sv[0] = t_socket(v, 0);
	t_connect(v, sv[0], t_port(lfd));
	sv[1] = t_accept(lfd);
}

static inline void t_pair(t_kind *v, int sv[2])
{
	int lfd = t_listen(v);

	t_pair_on(v, lfd, sv);
	close(lfd);
}

static inline void t_close_pair(int sv[2])
{
	close(sv[0]);
	close(sv[1]);
}

static inline void t_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK))
		t_die("fcntl");
}

/* A close of fd sends RST from now on */
static inline void t_linger(int fd, int on, int seconds)
{
	struct linger l = { .l_onoff = on, .l_linger = seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)))
		t_die("SO_LINGER");
}

static inline void t_reset(int fd)
{
	t_linger(fd, 1, 0);
	close(fd);
}

static inline void t_timeout(int fd, int name, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv)))
		t_die("SO_*TIMEO");
}

static inline struct tcp_info t_info(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_TCP, TCP_INFO, &info, &len))
		t_die("TCP_INFO");
	return info;
}

/* ---- waiting ---- */

/* The kernel counts timeouts in jiffies, which a busy machine lets lag behind its clock: the first is short by as much */
#define T_EARLY_MS	50

static inline long t_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Events of fd now */
static inline int t_events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };

	if (poll(&p, 1, 0) < 0)
		t_die("poll");
	return p.revents;
}

/* Waits until fd has one of @events; returns all it has of them and of ERR, HUP */
static inline int t_wait(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, T_WAIT_MS);

	if (n == 0)
		errno = ETIMEDOUT;
	if (n != 1)
		t_die("waiting for poll events %#x", events);
	return p.revents;
}

/* Waits until the expression holds. Looks again at once some times, then each ms. */
#define T_UNTIL(cond)							\
	do {								\
		long _end = t_now_ms() + T_WAIT_MS;			\
									\
		for (int _n = 0; !(cond); _n++) {			\
			if (t_now_ms() > _end) {			\
				errno = ETIMEDOUT;			\
				t_die("line %d: " #cond, __LINE__);	\
			}						\
			poll(NULL, 0, _n < 50 ? 0 : 1);			\
		}							\
	} while (0)

/* Waits until process @pid is blocked in system call @nr */
static inline bool t_is_blocked(pid_t pid, long nr)
{
	char path[64], buf[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	f = fopen(path, "r");
	if (!f)
		t_die("%s", path);
	if (!fgets(buf, sizeof(buf), f))
		buf[0] = '\0';
	fclose(f);
	return buf[0] >= '0' && buf[0] <= '9' && atol(buf) == nr;
}

static inline void t_wait_blocked(pid_t pid, long nr)
{
	T_UNTIL(t_is_blocked(pid, nr));
}

static inline void t_reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		t_die("child: status %#x", status);
}

/* ---- data ---- */

static inline unsigned char t_byte(size_t at)
{
	return (at * 2654435761u) >> 13;
}

static inline void t_fill(unsigned char *buf, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = t_byte(at + i);
}

/* Whether buf holds what t_fill() puts there */
static inline bool t_good(const unsigned char *buf, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (buf[i] != t_byte(at + i))
			return false;
	return true;
}

static inline void t_send_all(int fd, size_t at, size_t len)
{
	unsigned char buf[16384];

	while (len) {
		size_t want = len < sizeof(buf) ? len : sizeof(buf);
		ssize_t n;

		t_fill(buf, at, want);
		n = send(fd, buf, want, MSG_NOSIGNAL);
		if (n <= 0)
			t_die("send");
		at += n;
		len -= n;
	}
}

/* Reads what t_send_all() sent and compares */
static inline void t_recv_all(int fd, size_t at, size_t len)
{
	unsigned char buf[16384];

	while (len) {
		ssize_t n = recv(fd, buf, len < sizeof(buf) ? len : sizeof(buf), 0);

		if (n <= 0)
			t_die("recv: %zd", n);
		if (!t_good(buf, at, n))
			t_die("bytes %zu to %zu differ", at, at + n);
		at += n;
		len -= n;
	}
}

static inline void t_expect_eof(int fd)
{
	char c;

	if (recv(fd, &c, 1, 0) != 0)
		t_die("end of file expected");
}

/* Writes until nothing more fits; returns the bytes. fd stays non-blocking. */
static inline size_t t_stuff(int fd, size_t at)
{
	size_t sent = 0;

	t_nonblock(fd, true);
	for (int idle = 0; idle < 2;) {
		unsigned char buf[16384];
		ssize_t n;

		t_fill(buf, at + sent, sizeof(buf));
		n = send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			t_die("send");
		idle = n < 0 ? idle + 1 : 0;
		sent += n < 0 ? 0 : n;
	}
	return sent;
}

static inline bool t_drain(int fd, size_t *at)
{
	unsigned char buf[16384];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN)
		t_die("recv");
	if (n > 0 && !t_good(buf, *at, n))
		t_die("bytes at %zu differ", *at);
	*at += n > 0 ? n : 0;
	return n > 0;
}

/* ---- the wire ---- */

static inline void t_sh(const char *cmd)
{
	int status = system(cmd);

	if (status) {
		errno = EINVAL;
		t_die("%s: status %#x", cmd, status);
	}
}

/* Nothing arrives in this namespace any more, or again */
static inline void t_cut(bool on)
{
	if (on)
		t_sh("nft 'add table inet cut; "
		     "add chain inet cut in { type filter hook input priority 0; policy drop; }'");
	else
		t_sh("nft delete table inet cut");
}

#endif
