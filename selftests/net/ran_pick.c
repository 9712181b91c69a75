// SPDX-License-Identifier: GPL-2.0
/*
 * ran: sockets of which it depends on their use whose they are, of programs and threads that are hard to look into, and
 * sockets that are beyond choosing.
 */
#define _GNU_SOURCE
#include "ran.h"

#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static int stream(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	WANT(ran_is_naru(fd));
	return fd;
}

static struct sockaddr_in at(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) }
	};
}

static int bind_at(int fd, int port)
{
	struct sockaddr_in addr = at(port);

	return bind(fd, (void *)&addr, sizeof(addr));
}

static int connect_at(int fd, int port)
{
	struct sockaddr_in addr = at(port);

	return connect(fd, (void *)&addr, sizeof(addr));
}

/* As a program is that serves as another user than it began as */
static void drop(const char *how)
{
	if (!strcmp(how, "effective")) {
		WANT(!setegid(65534) && !seteuid(65534));
		return;
	}
	WANT(!setgroups(0, NULL) && !setgid(65534) && !setuid(65534));
}

/* dropped HOW KERNEL-PORT NAME: HOW is effective or wholly; NAME of an AF_UNIX socket begins with @ */
void ran_dropped(char **argv)
{
	int fd = stream();

	drop(argv[2]);
	WANT(!bind_at(fd, atoi(argv[3])) && !ran_is_naru(fd));
	WANT(!listen(fd, 1));
	fd = stream();
	WANT(!bind_at(fd, 0) && ran_is_naru(fd));
	ran_unix(argv + 2);
}

/* Before Linux 6.9 nobody can have the file descriptors of a thread that does not share the first one's */
static bool threads_show(void)
{
	int fd = syscall(SYS_pidfd_open, getpid(), O_EXCL);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* The library is in the program, and sees them always */
static void becomes_kernel(int fd, int port, const char *way)
{
	if (!bind_at(fd, port)) {
		WANT(!ran_is_naru(fd));
		return;
	}
	WANT(errno == EACCES);
	WANT(!strcmp(way, "static") && !threads_show());
	WANT(ran_is_naru(fd));
}

static void *outlive(void *arg)
{
	char **argv = arg;
	struct timespec again = { 0, 1000000 };
	char path[64], state = 0;

	/* its file descriptors go before it shows as ended */
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	while (state != 'Z') {
		FILE *f = fopen(path, "re");

		if (!f || fscanf(f, "%*d %*s %c", &state) != 1)
			die("%s", path);
		fclose(f);
		nanosleep(&again, NULL);
	}
	becomes_kernel(stream(), atoi(argv[3]), argv[2]);
	exit(ran_failed);
}

/* outlived WAY KERNEL-PORT: the first thread has ended */
void ran_outlived(char **argv)
{
	pthread_t t;

	WANT(!pthread_create(&t, NULL, outlive, argv));
	pthread_exit(NULL);
}

static void *live_apart(void *arg)
{
	char **argv = arg;
	int fd;

	if (unshare(CLONE_FILES))
		die("unshare");
	fd = stream();
	becomes_kernel(fd, atoi(argv[3]), argv[2]);
	/* under the number of what the first thread has as well, which is another */
	fd = stream();
	WANT(dup2(fd, atoi(argv[4])) == atoi(argv[4]));
	close(fd);
	becomes_kernel(atoi(argv[4]), atoi(argv[3]) + 1, argv[2]);
	return NULL;
}

/* apart WAY KERNEL-PORT FD: a thread has file descriptors of its own */
void ran_apart(char **argv)
{
	int fd = stream();
	pthread_t t;

	WANT(dup2(fd, atoi(argv[4])) == atoi(argv[4]));
	WANT(!pthread_create(&t, NULL, live_apart, argv));
	WANT(!pthread_join(t, NULL));
	WANT(ran_is_naru(atoi(argv[4])) && !bind_at(atoi(argv[4]), 0));
}

/* ---- an address that comes late ---- */

struct late {
	int fd;
	struct sockaddr *addr;
};

static void *bind_late(void *arg)
{
	const struct late *late = arg;

	WANT(!bind(late->fd, late->addr, sizeof(struct sockaddr_in)));
	WANT(!ran_is_naru(late->fd));
	return NULL;
}

static int provide(void *page, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)page, size }, .mode = UFFDIO_REGISTER_MODE_MISSING
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		die("userfaultfd");
	return fd;
}

static void put(int provider, void *page, void *content, size_t size)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)page, .src = (uintptr_t)content, .len = size
	};

	if (ioctl(provider, UFFDIO_COPY, &copy))
		die("UFFDIO_COPY");
}

/* late KERNEL-PORT: in memory that the program provides when it is asked for; it makes sockets meanwhile */
void ran_late(char **argv)
{
	size_t size = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int provider = provide(pages, size);
	struct uffd_msg asked;
	struct late late = { stream(), (void *)pages };
	struct sockaddr_in addr = at(atoi(argv[2]));
	pthread_t t;

	WANT(!pthread_create(&t, NULL, bind_late, &late));
	WANT(read(provider, &asked, sizeof(asked)) == sizeof(asked) && asked.event == UFFD_EVENT_PAGEFAULT);
	close(stream());
	memcpy(pages + size, &addr, sizeof(addr));
	put(provider, pages, pages + size, size);
	WANT(!pthread_join(t, NULL));
}

/* ---- sockets that have been decided on ---- */

/* All fails as ever, and leaves it whose it is */
static void stays(int fd, int port, int other)
{
	bool naru = ran_is_naru(fd);

	WANT(connect_at(fd, port) < 0 && errno == EISCONN);
	WANT(connect_at(fd, other) < 0 && errno == EISCONN);
	WANT(bind_at(fd, other) < 0 && errno == EINVAL);
	WANT(ran_is_naru(fd) == naru);
}

static void moves(int from, int to)
{
	char byte = 0;

	WANT(write(from, "x", 1) == 1 && read(to, &byte, 1) == 1 && byte == 'x');
}

/* steady PORT OTHER-PORT LISTENER ACCEPTED CONNECTED: whose those are, naru or kernel */
void ran_steady(char **argv)
{
	int port = atoi(argv[2]), other = atoi(argv[3]), listener = stream(), fd = stream(), conn, one = 1;

	WANT(!setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	WANT(!bind_at(listener, port));
	WANT(bind_at(listener, other) < 0 && errno == EINVAL);
	WANT(!listen(listener, 1));
	WANT(!connect_at(fd, port));
	conn = accept(listener, NULL, NULL);
	WANT(ran_is_naru(listener) == !strcmp(argv[4], "naru"));
	WANT(ran_is_naru(conn) == !strcmp(argv[5], "naru"));
	WANT(ran_is_naru(fd) == !strcmp(argv[6], "naru"));
	stays(listener, port, other);
	stays(conn, port, other);
	stays(fd, port, other);
	WANT(listen(conn, 1) < 0 && errno == EINVAL);
	WANT(listen(fd, 1) < 0 && errno == EINVAL);
	moves(conn, fd);
	moves(fd, conn);
	fd = stream();
	WANT(!bind_at(fd, 0) && bind_at(fd, other) < 0 && errno == EINVAL && ran_is_naru(fd));
}
