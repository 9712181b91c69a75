// SPDX-License-Identifier: GPL-2.0
/* MSG_ZEROCOPY: memory that is lent, and the error queue that says when it is one's own again */
#include <linux/sockios.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include "naru_test.h"
#include <linux/errqueue.h>

#define BIG (1 << 20)

/* Numbers of calls, first and last, that a completion is for */
struct range {
	unsigned int lo, hi, code;
};

static int lend(t_kind *v, int fd, int on)
{
	int level = t_is_naru(v) ? SOL_NARU : SOL_SOCKET, name = t_is_naru(v) ? NARU_ZEROCOPY : SO_ZEROCOPY;

	return setsockopt(fd, level, name, &on, sizeof(on)) ? errno : 0;
}

static void lending_pair(t_kind *v, int sv[2])
{
	t_pair(v, sv);
	errno = lend(v, sv[0], 1);
	if (errno)
		t_die("SO_ZEROCOPY");
}

static void *memory(size_t bytes)
{
	unsigned char *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		t_die("mmap");
	t_fill(mem, 0, bytes);
	return mem;
}

/* One completion: 0 or the errno */
static int completion(int fd, struct range *r)
{
	struct sock_extended_err *ee;
	char control[256];
	struct msghdr msg = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
		return errno;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || !((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR)))
		t_die("no extended error");
	ee = (void *)CMSG_DATA(c);
	if (ee->ee_errno || ee->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
		t_die("errno %d, origin %d", ee->ee_errno, ee->ee_origin);
	*r = (struct range) { ee->ee_info, ee->ee_data, ee->ee_code };
	return 0;
}

/* Waits for those of the calls @from to @to, each of which is told of once; how many ranges there were. What is sent
 * again may be told of after the next: its first copy is still under way.
 */
static int completions(int fd, unsigned int from, unsigned int to)
{
	unsigned int left = to - from + 1;
	bool *told = calloc(left, sizeof(bool));
	struct range r;
	int n = 0;

	for (; left; n++) {
		while (completion(fd, &r))
			t_wait(fd, 0);
		if (r.lo < from || r.hi < r.lo || r.hi > to)
			t_die("%u to %u instead of %u to %u", r.lo, r.hi, from, to);
		for (unsigned int i = r.lo - from; i <= r.hi - from; i++, left--) {
			if (told[i])
				t_die("%u once more", from + i);
			told[i] = true;
		}
	}
	free(told);
	return n;
}

static void send_zc(int fd, const void *buf, size_t len)
{
	if (send(fd, buf, len, MSG_ZEROCOPY | MSG_NOSIGNAL) != (ssize_t)len)
		t_die("send");
}

TEST_F(naru, option)
{
	int fd = t_socket(variant, 0), lfd = t_listen(variant), sv[2];

	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ZEROCOPY));
	EXPECT_EQ(EINVAL, lend(variant, fd, 2));
	EXPECT_EQ(EINVAL, lend(variant, fd, -1));
	EXPECT_EQ(0, lend(variant, fd, 1));
	EXPECT_EQ(1, t_get(fd, SOL_SOCKET, SO_ZEROCOPY));
	EXPECT_EQ(0, lend(variant, fd, 0));
	EXPECT_EQ(0, t_get(fd, SOL_SOCKET, SO_ZEROCOPY));
	EXPECT_EQ(0, lend(variant, lfd, 1));
	t_pair_on(variant, lfd, sv);
	EXPECT_EQ(0, t_get(sv[0], SOL_SOCKET, SO_ZEROCOPY));
	EXPECT_EQ(1, t_get(sv[1], SOL_SOCKET, SO_ZEROCOPY));
	if (!t_is_naru(variant))
		return;
	t_set(fd, SOL_NARU, NARU_ZEROCOPY, 1);
	EXPECT_EQ(1, t_get(fd, SOL_NARU, NARU_ZEROCOPY));
}

TEST_F(naru, completes)
{
	void *mem = memory(BIG);
	struct range r;
	int sv[2];

	lending_pair(variant, sv);
	send_zc(sv[0], mem, 30000);
	t_recv_all(sv[1], 0, 30000);
	EXPECT_NE(0, t_wait(sv[0], 0) & POLLERR);
	ASSERT_EQ(0, completion(sv[0], &r));
	EXPECT_EQ(0, r.lo);
	EXPECT_EQ(0, r.hi);
	/* a loop copies it where it comes back in */
	EXPECT_EQ(SO_EE_CODE_ZEROCOPY_COPIED, r.code);
	EXPECT_EQ(EAGAIN, completion(sv[0], &r));
	EXPECT_EQ(0, t_events(sv[0]) & POLLERR);
}

/* More than the buffers hold */
TEST_F(naru, large)
{
	void *mem = memory(BIG);
	int sv[2];
	pid_t pid;

	lending_pair(variant, sv);
	pid = fork();
	if (!pid) {
		for (int i = 0; i < 4; i++)
			t_recv_all(sv[1], 0, BIG);
		_exit(0);
	}
	for (int i = 0; i < 4; i++)
		send_zc(sv[0], mem, BIG);
	completions(sv[0], 0, 3);
	t_reap(pid);
}

/* Memory is lent until the peer has it, and what is acknowledged at once is told at once */
TEST_F(naru, until_acknowledged)
{
	unsigned char *mem = memory(4096);
	struct range r;
	int sv[2];

	if (unshare(CLONE_NEWNET))
		t_die("unshare");
	t_sh("ip link set lo up");
	lending_pair(variant, sv);
	t_cut(true);
	for (int i = 0; i < 10; i++)
		send_zc(sv[0], mem + i, 1);
	EXPECT_EQ(EAGAIN, completion(sv[0], &r));
	t_cut(false);
	t_recv_all(sv[1], 0, 10);
	EXPECT_EQ(1, completions(sv[0], 0, 9));
}

/* The memory itself: what waits has what is written there meanwhile */
TEST_F(naru, lends)
{
	int lfd = t_listen(variant), sv[2];
	char *mem = memory(BIG), c = 0;

	t_set(lfd, SOL_SOCKET, SO_RCVBUF, 8192);
	sv[0] = t_socket(variant, 0);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, 4 * BIG);
	t_connect(variant, sv[0], t_port(lfd));
	sv[1] = t_accept(lfd);
	ASSERT_EQ(0, lend(variant, sv[0], 1));
	memset(mem, 'a', BIG);
	send_zc(sv[0], mem, BIG);
	memset(mem, 'b', BIG);
	for (size_t got = 0; got < BIG;) {
		char buf[16384];
		ssize_t n = recv(sv[1], buf, sizeof(buf), 0);

		ASSERT_GT(n, 0);
		got += n;
		c = buf[n - 1];
	}
	EXPECT_EQ('b', c);
	completions(sv[0], 0, 0);
}

TEST_F(naru, without_option)
{
	void *mem = memory(4096);
	struct range r;
	int sv[2];

	t_pair(variant, sv);
	send_zc(sv[0], mem, 4096);
	t_recv_all(sv[1], 0, 4096);
	T_UNTIL(!t_info(sv[0]).tcpi_unacked);
	EXPECT_EQ(EAGAIN, completion(sv[0], &r));
}

TEST_F(naru, mixed)
{
	unsigned char *mem = memory(BIG);
	size_t at = 0;
	int sv[2];
	pid_t pid;

	lending_pair(variant, sv);
	pid = fork();
	if (!pid) {
		t_recv_all(sv[1], 0, BIG);
		_exit(0);
	}
	for (int i = 0; at < BIG; i++) {
		size_t n = (i * 7919) % 30000 + 1;
		ssize_t sent = send(sv[0], mem + at, n < BIG - at ? n : BIG - at, i & 1 ? 0 : MSG_ZEROCOPY);

		ASSERT_GT(sent, 0);
		at += sent;
	}
	t_reap(pid);
}

TEST_F(naru, nothing)
{
	struct range r;
	int sv[2];

	lending_pair(variant, sv);
	EXPECT_EQ(0, send(sv[0], "", 0, MSG_ZEROCOPY));
	EXPECT_EQ(EAGAIN, completion(sv[0], &r));
	/* it has had no number */
	send_zc(sv[0], "a", 1);
	completions(sv[0], 0, 0);
}

/* Many pieces, empty ones among them */
TEST_F(naru, vectors)
{
	unsigned char *mem = memory(BIG);
	struct iovec iov[1024];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 1024 };
	size_t total = 0, sent = 0;
	int sv[2];

	for (int i = 0; i < 1024; i++) {
		size_t n = i % 3 ? i % 50 : 0;

		iov[i] = (struct iovec) { mem + total, n };
		total += n;
	}
	lending_pair(variant, sv);
	sent = sendmsg(sv[0], &msg, MSG_ZEROCOPY);
	EXPECT_EQ(total, sent);
	t_recv_all(sv[1], 0, total);
	completions(sv[0], 0, 0);
	msg.msg_iovlen = 1025;
	EXPECT_EQ(-1, sendmsg(sv[0], &msg, MSG_ZEROCOPY));
	EXPECT_EQ(EMSGSIZE, errno);
}

/* Memory that is not there in the middle: nothing of what is before it is lost, and a call that fails has no number */
TEST_F(naru, bad_memory)
{
	unsigned char *mem = memory(BIG);
	struct iovec iov[2] = { { mem, 100000 }, { (void *)16, 4096 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct range r;
	unsigned int calls;
	ssize_t n;
	int sv[2];

	lending_pair(variant, sv);
	EXPECT_EQ(-1, send(sv[0], (void *)16, 4096, MSG_ZEROCOPY));
	EXPECT_EQ(EFAULT, errno);
	n = sendmsg(sv[0], &msg, MSG_ZEROCOPY);
	EXPECT_LE(n, 100000);
	/* as much of it as was whole, or nothing and the error */
	calls = n >= 0;
	n = n < 0 ? 0 : n;
	send_zc(sv[0], mem + n, BIG / 4 - n);
	t_recv_all(sv[1], 0, BIG / 4);
	completions(sv[0], 0, calls);
	EXPECT_EQ(EAGAIN, completion(sv[0], &r));
	mprotect(mem + 8192, 4096, PROT_NONE);
	n = send(sv[0], mem, 16384, MSG_ZEROCOPY);
	EXPECT_LE(n, 8192);
	n = n < 0 ? 0 : n;
	t_recv_all(sv[1], 0, n);
	t_send_all(sv[0], n, 100);
	t_recv_all(sv[1], n, 100);
}

/* More completions outstanding than the socket may have memory for: then there are no more, and none is lost */
TEST_F(naru, too_many)
{
	unsigned char *mem = memory(4096);
	unsigned int calls = 0;
	size_t bytes = 0;
	int sv[2];

	if (unshare(CLONE_NEWNET))
		t_die("unshare");
	t_sh("ip link set lo up");
	lending_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20);
	t_nonblock(sv[0], true);
	t_cut(true);
	/* each in an skb of its own, with another between */
	while (send(sv[0], "z", 1, MSG_ZEROCOPY | MSG_EOR) == 1) {
		ASSERT_EQ(1, send(sv[0], "c", 1, MSG_EOR));
		bytes += 2;
		calls++;
	}
	EXPECT_EQ(ENOBUFS, errno);
	EXPECT_GT(calls, 10);
	t_cut(false);
	t_nonblock(sv[1], true);
	while (bytes) {
		char buf[4096];
		ssize_t n = recv(sv[1], buf, sizeof(buf), 0);

		if (n < 0)
			t_wait(sv[1], POLLIN);
		else
			bytes -= n;
	}
	completions(sv[0], 0, calls - 1);
	send_zc(sv[0], mem, 1);
	completions(sv[0], calls, calls);
}

/* Closed while memory is lent */
TEST_F(naru, close)
{
	unsigned char *mem = memory(BIG);
	int sv[2];

	lending_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, 4 * BIG);
	send_zc(sv[0], mem, BIG);
	close(sv[0]);
	t_recv_all(sv[1], 0, BIG);
	t_expect_eof(sv[1]);
	close(sv[1]);

	/* and with word of it that nobody reads */
	lending_pair(variant, sv);
	send_zc(sv[0], mem, 1000);
	t_recv_all(sv[1], 0, 1000);
	t_wait(sv[0], 0);
	t_close_pair(sv);

	/* and for good */
	lending_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, 4 * BIG);
	send_zc(sv[0], mem, BIG);
	t_reset(sv[0]);
	close(sv[1]);
}

/* The peer is gone: all memory is the program's own again, in whatever order it was let go */
TEST_F(naru, reset)
{
	int lfd = t_listen(variant), sv[2];
	unsigned char *mem = memory(BIG);
	unsigned int free = 0;

	t_set(lfd, SOL_SOCKET, SO_RCVBUF, 8192);
	sv[0] = t_socket(variant, 0);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, 4 * BIG);
	t_connect(variant, sv[0], t_port(lfd));
	sv[1] = t_accept(lfd);
	ASSERT_EQ(0, lend(variant, sv[0], 1));
	for (int i = 0; i < 3; i++)
		send_zc(sv[0], mem, BIG / 4);
	t_reset(sv[1]);
	while (free != 7) {
		struct range r;

		if (completion(sv[0], &r)) {
			t_wait(sv[0], 0);
			continue;
		}
		for (; r.lo <= r.hi; r.lo++) {
			EXPECT_EQ(0, free & 1 << r.lo);
			free |= 1 << r.lo;
		}
	}
}

TEST_HARNESS_MAIN
