// SPDX-License-Identifier: GPL-2.0
/* Blocking calls, and what ends them: signals, shutdown, the peer */
#include "naru_test.h"

/* What a blocked child was told; shared memory */
struct outcome {
	int ret;
	int err;
	int signals;
};

enum call { CALL_ACCEPT, CALL_CONNECT, CALL_RECV, CALL_SEND, CALL_RECV_ALL, CALL_SEND_MUCH };

static const int call_nr[] = {
	[CALL_ACCEPT] = SYS_accept, [CALL_CONNECT] = SYS_connect, [CALL_RECV] = SYS_recvfrom,
	[CALL_SEND] = SYS_sendto, [CALL_RECV_ALL] = SYS_recvfrom, [CALL_SEND_MUCH] = SYS_sendto,
};

static struct outcome *out;

static void on_signal(int sig)
{
	out->signals++;
}

static int do_call(t_kind *v, enum call call, int fd, int port)
{
	static unsigned char buf[32 << 20];

	switch (call) {
	case CALL_ACCEPT:
		return accept(fd, NULL, NULL);
	case CALL_CONNECT:
		errno = t_try_connect(v, fd, t_lo(v), port);
		return errno ? -1 : 0;
	case CALL_RECV:
		return recv(fd, buf, 1, 0);
	case CALL_RECV_ALL:
		return recv(fd, buf, 1000, MSG_WAITALL);
	case CALL_SEND:
		return send(fd, buf, 1, MSG_NOSIGNAL);
	case CALL_SEND_MUCH:
		return send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
	}
	return -1;
}

/* A child in a blocking call. @arg: the port, or the peer, which it closes. @flags: SA_RESTART or 0. */
static pid_t block(t_kind *v, enum call call, int fd, int arg, int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };
	pid_t pid;

	out = mmap(NULL, sizeof(*out), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (!pid) {
		sigaction(SIGUSR1, &sa, NULL);
		if (call != CALL_CONNECT && arg >= 0)
			close(arg);
		out->ret = do_call(v, call, fd, arg);
		out->err = errno;
		_exit(0);
	}
	t_wait_blocked(pid, call_nr[call]);
	return pid;
}

static void expect_outcome(struct __test_metadata *_metadata, pid_t pid, int ret, int err)
{
	t_reap(pid);
	EXPECT_EQ(ret, out->ret);
	if (ret < 0)
		EXPECT_EQ(err, out->err);
}

/* Signals until the handler ran and the child is back in the call */
static void signal_and_block(pid_t pid, enum call call)
{
	kill(pid, SIGUSR1);
	T_UNTIL(out->signals);
	t_wait_blocked(pid, call_nr[call]);
}

TEST_F(naru, accept_eintr)
{
	int lfd = t_listen(variant);
	pid_t pid = block(variant, CALL_ACCEPT, lfd, -1, 0);

	kill(pid, SIGUSR1);
	expect_outcome(_metadata, pid, -1, EINTR);
}

TEST_F(naru, accept_restarts)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);
	pid_t pid = block(variant, CALL_ACCEPT, lfd, -1, SA_RESTART);

	signal_and_block(pid, CALL_ACCEPT);
	t_connect(variant, fd, t_port(lfd));
	t_reap(pid);
	EXPECT_GE(out->ret, 0);
}

TEST_F(naru, accept_shutdown)
{
	int lfd = t_listen(variant);
	pid_t pid = block(variant, CALL_ACCEPT, lfd, -1, 0);

	shutdown(lfd, SHUT_RD);
	expect_outcome(_metadata, pid, -1, EINVAL);
}

/* The connection attempt goes on after EINTR */
TEST_F(naru, connect_eintr)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);
	pid_t pid;

	t_cut(true);
	pid = block(variant, CALL_CONNECT, fd, t_port(lfd), 0);
	kill(pid, SIGUSR1);
	expect_outcome(_metadata, pid, -1, EINTR);
	t_nonblock(fd, true);
	EXPECT_EQ(EALREADY, t_try_connect(variant, fd, t_lo(variant), t_port(lfd)));
	t_cut(false);
	t_wait(fd, POLLOUT);
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ERROR));
}

TEST_F(naru, connect_restarts)
{
	int lfd = t_listen(variant), fd = t_socket(variant, 0);
	pid_t pid;

	t_cut(true);
	pid = block(variant, CALL_CONNECT, fd, t_port(lfd), SA_RESTART);
	signal_and_block(pid, CALL_CONNECT);
	t_cut(false);
	expect_outcome(_metadata, pid, 0, 0);
}

TEST_F(naru, recv_eintr)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = block(variant, CALL_RECV, sv[0], -1, 0);
	kill(pid, SIGUSR1);
	expect_outcome(_metadata, pid, -1, EINTR);
}

TEST_F(naru, recv_restarts)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = block(variant, CALL_RECV, sv[0], -1, SA_RESTART);
	signal_and_block(pid, CALL_RECV);
	t_send_all(sv[1], 0, 1);
	expect_outcome(_metadata, pid, 1, 0);
}

/* signal(7): with a timeout set, no restart */
TEST_F(naru, recv_timeout_never_restarts)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	t_timeout(sv[0], SO_RCVTIMEO, 3600 * 1000);
	pid = block(variant, CALL_RECV, sv[0], -1, SA_RESTART);
	kill(pid, SIGUSR1);
	expect_outcome(_metadata, pid, -1, EINTR);
}

/* What was received so far is not lost to a signal */
TEST_F(naru, recv_partial)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	t_send_all(sv[1], 0, 10);
	t_wait(sv[0], POLLIN);
	pid = block(variant, CALL_RECV_ALL, sv[0], -1, 0);
	T_UNTIL(!(t_events(sv[0]) & POLLIN));
	kill(pid, SIGUSR1);
	expect_outcome(_metadata, pid, 10, 0);
}

TEST_F(naru, recv_fin)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = block(variant, CALL_RECV, sv[0], sv[1], 0);
	shutdown(sv[1], SHUT_WR);
	expect_outcome(_metadata, pid, 0, 0);
}

TEST_F(naru, recv_reset)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = block(variant, CALL_RECV, sv[0], sv[1], 0);
	t_reset(sv[1]);
	expect_outcome(_metadata, pid, -1, ECONNRESET);
}

TEST_F(naru, recv_own_shutdown)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = block(variant, CALL_RECV, sv[0], -1, 0);
	shutdown(sv[0], SHUT_RD);
	expect_outcome(_metadata, pid, 0, 0);
}

static pid_t block_full(t_kind *v, int sv[2], int flags)
{
	t_pair(v, sv);
	t_stuff(sv[0], 0);
	t_nonblock(sv[0], false);
	return block(v, CALL_SEND, sv[0], sv[1], flags);
}

TEST_F(naru, send_eintr)
{
	int sv[2];
	pid_t pid = block_full(variant, sv, 0);

	kill(pid, SIGUSR1);
	expect_outcome(_metadata, pid, -1, EINTR);
}

TEST_F(naru, send_restarts)
{
	size_t at = 0;
	int sv[2];
	pid_t pid = block_full(variant, sv, SA_RESTART);

	signal_and_block(pid, CALL_SEND);
	T_UNTIL((t_drain(sv[1], &at), t_events(sv[0]) & POLLOUT));
	expect_outcome(_metadata, pid, 1, 0);
}

TEST_F(naru, send_reset)
{
	int sv[2];
	pid_t pid = block_full(variant, sv, 0);

	t_reset(sv[1]);
	t_reap(pid);
	EXPECT_EQ(-1, out->ret);
	EXPECT_TRUE(out->err == ECONNRESET || out->err == EPIPE);
}

TEST_F(naru, send_own_shutdown)
{
	int sv[2];
	pid_t pid = block_full(variant, sv, 0);

	shutdown(sv[0], SHUT_WR);
	expect_outcome(_metadata, pid, -1, EPIPE);
}

/* A signal in the middle of a long write: the call says how far it came */
TEST_F(naru, send_partial)
{
	int sv[2];
	pid_t pid;

	t_pair(variant, sv);
	pid = block(variant, CALL_SEND_MUCH, sv[0], -1, 0);
	kill(pid, SIGUSR1);
	t_reap(pid);
	EXPECT_GT(out->ret, 0);
	EXPECT_LT(out->ret, 32 << 20);
}

/* Blocked in accept, several processes: each connection wakes one */
TEST_F(naru, accept_many)
{
	enum { N = 5 };
	int lfd = t_listen(variant);
	pid_t pid[N];

	for (int i = 0; i < N; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			int fd = t_accept(lfd);

			t_recv_all(fd, 0, 100);
			t_send_all(fd, 0, 100);
			_exit(0);
		}
		t_wait_blocked(pid[i], SYS_accept);
	}
	for (int i = 0; i < N; i++) {
		int fd = t_socket(variant, 0);

		t_connect(variant, fd, t_port(lfd));
		t_send_all(fd, 0, 100);
		t_recv_all(fd, 0, 100);
		close(fd);
	}
	for (int i = 0; i < N; i++)
		t_reap(pid[i]);
}

TEST_HARNESS_MAIN
