// SPDX-License-Identifier: GPL-2.0
/* sendfile(2) and splice(2): pages that are not copied */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include "naru_test.h"

#define FILE_BYTES (1 << 20)

/* A file of so many bytes, all the same */
static int new_file(size_t bytes, char c)
{
	char *buf = malloc(bytes);
	int fd = memfd_create("data", 0);

	memset(buf, c, bytes);
	if (fd < 0 || write(fd, buf, bytes) != (ssize_t)bytes)
		t_die("memfd_create");
	free(buf);
	return fd;
}

static void fill_file(int fd, size_t bytes)
{
	unsigned char buf[4096];

	for (size_t at = 0; at < bytes; at += sizeof(buf)) {
		t_fill(buf, at, sizeof(buf));
		if (pwrite(fd, buf, sizeof(buf), at) != sizeof(buf))
			t_die("pwrite");
	}
}

/* A pair whose first socket has room for a file, and whose second has next to none */
static void narrow_pair(t_kind *v, int sv[2])
{
	int lfd = t_listen(v);

	t_set(lfd, SOL_SOCKET, SO_RCVBUF, 8192);
	sv[0] = t_socket(v, 0);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, 4 * FILE_BYTES);
	t_connect(v, sv[0], t_port(lfd));
	sv[1] = t_accept(lfd);
	close(lfd);
}

static char last_byte(int fd, size_t bytes)
{
	char buf[16384], last = 0;

	while (bytes) {
		ssize_t n = recv(fd, buf, bytes < sizeof(buf) ? bytes : sizeof(buf), 0);

		if (n <= 0)
			t_die("recv: %zd", n);
		last = buf[n - 1];
		bytes -= n;
	}
	return last;
}

/* What waits in the send buffer is the file's own memory: what is written there meanwhile is what arrives */
TEST_F(naru, sendfile_lends)
{
	int sv[2], file = new_file(FILE_BYTES, 'a');
	char *map = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	off_t at = 0;

	ASSERT_NE(MAP_FAILED, map);
	narrow_pair(variant, sv);
	while (at < FILE_BYTES)
		ASSERT_GT(sendfile(sv[0], file, &at, FILE_BYTES - at), 0);
	memset(map, 'b', FILE_BYTES);
	EXPECT_EQ('b', last_byte(sv[1], FILE_BYTES));
}

/* And so is memory of a program that goes by vmsplice(2) and a pipe */
TEST_F(naru, splice_lends)
{
	char *mem = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int sv[2], p[2];
	size_t at = 0;

	ASSERT_NE(MAP_FAILED, mem);
	memset(mem, 'a', FILE_BYTES);
	ASSERT_EQ(0, pipe(p));
	narrow_pair(variant, sv);
	while (at < FILE_BYTES) {
		struct iovec iov = { mem + at, 32768 };
		ssize_t n = vmsplice(p[1], &iov, 1, 0);

		ASSERT_GT(n, 0);
		at += n;
		while (n) {
			ssize_t moved = splice(p[0], NULL, sv[0], NULL, n, 0);

			ASSERT_GT(moved, 0);
			n -= moved;
		}
	}
	memset(mem, 'b', FILE_BYTES);
	EXPECT_EQ('b', last_byte(sv[1], FILE_BYTES));
}

/* Pieces that begin and end anywhere, mixed with writes */
TEST_F(naru, odd_pieces)
{
	static const int sizes[8] = { 1, 4095, 4097, 70000, 200000, 4096, 65536, 3 };
	int sv[2], file = new_file(FILE_BYTES, 0);
	off_t at = 0;
	pid_t pid;

	fill_file(file, FILE_BYTES);
	t_pair(variant, sv);
	pid = fork();
	if (!pid) {
		t_recv_all(sv[1], 0, FILE_BYTES);
		_exit(0);
	}
	for (unsigned int i = 0; at < FILE_BYTES; i++) {
		int n = sizes[i % 8];

		n = n > FILE_BYTES - at ? FILE_BYTES - at : n;
		if (i % 3 == 2) {
			t_send_all(sv[0], at, n);
			at += n;
			continue;
		}
		while (n) {
			ssize_t sent = sendfile(sv[0], file, &at, n);

			ASSERT_GT(sent, 0);
			n -= sent;
		}
	}
	t_reap(pid);
}

/* Asked for more than the file has: its end does not wait for what never comes */
TEST_F(naru, file_ends_early)
{
	int sv[2], file = new_file(16 * 4096, 0);
	off_t at = 0;

	fill_file(file, 16 * 4096);
	t_pair(variant, sv);
	EXPECT_EQ(16 * 4096, sendfile(sv[0], file, &at, 1 << 30));
	EXPECT_EQ(0, sendfile(sv[0], file, &at, 1 << 30));
	t_recv_all(sv[1], 0, 16 * 4096);
}

/* MSG_MORE: it goes with what follows, and the last call has none */
TEST_F(naru, more)
{
	int sv[2];

	t_pair(variant, sv);
	for (int i = 0; i < 1000; i++) {
		unsigned char c = t_byte(i);

		ASSERT_EQ(1, send(sv[0], &c, 1, i == 999 ? 0 : MSG_MORE));
	}
	t_recv_all(sv[1], 0, 1000);
}

TEST_F(naru, nonblocking)
{
	int sv[2], file = new_file(FILE_BYTES, 0);
	size_t sent = 0, got = 0;
	off_t at = 0;

	fill_file(file, FILE_BYTES);
	narrow_pair(variant, sv);
	t_set(sv[0], SOL_SOCKET, SO_SNDBUF, 8192);
	t_nonblock(sv[0], true);
	while (sent < FILE_BYTES) {
		ssize_t n = sendfile(sv[0], file, &at, FILE_BYTES - at);

		if (n < 0) {
			ASSERT_EQ(EAGAIN, errno);
			T_UNTIL(t_drain(sv[1], &got));
			continue;
		}
		sent += n;
		ASSERT_EQ(at, (off_t)sent);
	}
	while (got < FILE_BYTES)
		T_UNTIL(t_drain(sv[1], &got));
}

TEST_F(naru, broken)
{
	int sv[2], file = new_file(FILE_BYTES, 0);
	off_t at = 0;

	signal(SIGPIPE, SIG_IGN);
	t_pair(variant, sv);
	t_reset(sv[1]);
	t_wait(sv[0], POLLHUP);
	EXPECT_EQ(-1, sendfile(sv[0], file, &at, 4096));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(-1, sendfile(sv[0], file, &at, 4096));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(0, at);
	EXPECT_EQ(-1, sendfile(t_socket(variant, 0), file, &at, 4096));
	EXPECT_EQ(EPIPE, errno);
}

/* Reset while pages of the file wait to be sent: they are the file's alone again */
TEST_F(naru, reset_in_flight)
{
	int sv[2], file = new_file(FILE_BYTES, 'a');
	off_t at = 0;

	narrow_pair(variant, sv);
	ASSERT_GT(sendfile(sv[0], file, &at, FILE_BYTES), 0);
	t_reset(sv[1]);
	t_wait(sv[0], POLLHUP);
	EXPECT_EQ(0, ftruncate(file, 0));
}

TEST_HARNESS_MAIN
