// SPDX-License-Identifier: GPL-2.0
/*
 * Many connections, to one port.
 *
 *	many -l ADDR -p PORT -n COUNT [option]...	accepts COUNT connections and echoes what comes
 *	many -c ADDR -p PORT -n COUNT [option]...	opens COUNT at once, sends on each and reads the echo
 *	many -c ADDR -p PORT -n COUNT -1 [option]...	one after the other
 *
 *	-w WIRE		kernel, inet or native		-b BYTES	sent on each (65536)
 *	-r FILE		made when it listens		-f		the server closes first, having echoed BYTES
 *	-o		one way: the server keeps what comes to itself, and looks whether it is whole
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include "tool.h"

#define EVENTS	256
#define PATIENCE_S 600

struct options {
	const char *listen, *connect, *wire, *ready;
	int port, count, bytes;
	bool serial, server_first, one_way;
};

/* A connection's stream is its number's, so that none gets another's bytes */
struct conn {
	int fd;
	int sent, received;
	uint32_t number;
	bool connected, ended;
};

static unsigned char buf[1 << 16];

static unsigned char byte_at(uint32_t number, int at)
{
	return (number * 31 + at) * 2654435761u >> 24;
}

/* What a connection's first bytes tell is its number, where the server has to know it */
static void fill(const struct options *o, const struct conn *c, int at, int len)
{
	for (int i = 0; i < len; i++) {
		bool tells = o->one_way && at + i < (int)sizeof(c->number);

		buf[i] = tells ? c->number >> 8 * (at + i) : byte_at(c->number, at + i);
	}
}

static void nonblock(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("O_NONBLOCK");
}

static void watch(int ep, int op, struct conn *c, int events)
{
	struct epoll_event e = { .events = events, .data.ptr = c };

	if (epoll_ctl(ep, op, c->fd, &e))
		die("epoll_ctl");
}

/* ---- server ---- */

static void echo_all(int fd, const unsigned char *data, ssize_t len)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	for (ssize_t done = 0, n; done < len; done += n) {
		n = send(fd, data + done, len - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			poll(&room, 1, -1);	/* the other end reads as it writes: room comes */
			n = 0;
		}
		if (n < 0)
			die("send");
	}
}

static void check_one_way(struct conn *c, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++) {
		int at = c->received + i;

		if (at < (int)sizeof(c->number))
			c->number |= (uint32_t)buf[i] << 8 * at;
		else if (buf[i] != byte_at(c->number, at))
			die("byte %d of connection %u", at, c->number);
	}
}

/* True: this one has ended */
static bool serve(struct conn *c, const struct options *o)
{
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < 0)
		die("recv");
	errno = EBADMSG;
	if (o->one_way)
		check_one_way(c, n);
	else if (n)
		echo_all(c->fd, buf, n);
	c->received += n;
	if (!n && o->one_way && c->received != o->bytes)
		die("connection %u ended after %d bytes", c->number, c->received);
	if (n && !(o->server_first && c->received == o->bytes))
		return false;
	if (n) {	/* closes first, and waits for the client to */
		shutdown(c->fd, SHUT_WR);
		return false;
	}
	close(c->fd);
	free(c);
	return true;
}

static int take_connections(int ep, int lfd)
{
	struct conn *c;
	int fd, taken = 0;

	while ((fd = accept(lfd, NULL, NULL)) >= 0) {
		nonblock(fd);
		c = calloc(1, sizeof(*c));
		if (!c)
			die("memory");
		c->fd = fd;
		watch(ep, EPOLL_CTL_ADD, c, EPOLLIN);
		taken++;
	}
	if (errno != EAGAIN)
		die("accept");
	return taken;
}

static void run_server(const struct options *o)
{
	struct epoll_event events[EVENTS];
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, o->listen, o->port);
	int ep = epoll_create1(0), accepted = 0, ended = 0, n;
	struct conn l = { .fd = tool_socket(o->wire, ss.ss_family) };

	if (setsockopt(l.fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)))
		die("SO_REUSEADDR");
	if (bind(l.fd, (struct sockaddr *)&ss, len) || listen(l.fd, 4096))
		die("listen on %s port %d", o->listen, o->port);
	nonblock(l.fd);
	watch(ep, EPOLL_CTL_ADD, &l, EPOLLIN);
	tool_ready(o->ready);
	while (ended < o->count) {
		n = epoll_wait(ep, events, EVENTS, PATIENCE_S * 1000);
		if (n <= 0)
			die("%d accepted, %d ended", accepted, ended);
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (c == &l)
				accepted += take_connections(ep, l.fd);
			else
				ended += serve(c, o);
		}
	}
}

/* ---- client ---- */

static void dial(struct conn *c, const struct options *o)
{
	struct sockaddr_storage ss;
	socklen_t len = tool_addr(&ss, o->connect, o->port);

	c->fd = tool_socket(o->wire, ss.ss_family);
	nonblock(c->fd);
	if (connect(c->fd, (struct sockaddr *)&ss, len) && errno != EINPROGRESS)
		die("connection %u", c->number);
}

static void check_connected(struct conn *c)
{
	socklen_t len = sizeof(errno);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &errno, &len) || errno)
		die("connection %u", c->number);
	c->connected = true;
}

static void push(struct conn *c, const struct options *o, int ep)
{
	while (c->sent < o->bytes) {
		int len = o->bytes - c->sent < (int)sizeof(buf) ? o->bytes - c->sent : (int)sizeof(buf);
		ssize_t n;

		fill(o, c, c->sent, len);
		n = send(c->fd, buf, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			die("send on connection %u", c->number);
		c->sent += n;
	}
	watch(ep, EPOLL_CTL_MOD, c, EPOLLIN);
	if (!o->server_first && shutdown(c->fd, SHUT_WR))
		die("shutdown of connection %u", c->number);
}

static void pull(struct conn *c, const struct options *o)
{
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		die("recv on connection %u after %d bytes", c->number, c->received);
	errno = EBADMSG;
	for (ssize_t i = 0; i < n; i++)
		if (buf[i] != byte_at(c->number, c->received + i))
			die("byte %zd of connection %u", c->received + i, c->number);
	c->received += n;
	if (n)
		return;
	if (c->received != (o->one_way ? 0 : o->bytes))
		die("connection %u ended after %d bytes", c->number, c->received);
	close(c->fd);
	c->ended = true;
}

/* Opens so many at once and sees them through */
static void see_through(const struct options *o, int ep, struct conn *conns, int count)
{
	struct epoll_event events[EVENTS];
	int ended = 0, n;

	for (int i = 0; i < count; i++) {
		dial(&conns[i], o);
		watch(ep, EPOLL_CTL_ADD, &conns[i], EPOLLIN | EPOLLOUT);
	}
	while (ended < count) {
		n = epoll_wait(ep, events, EVENTS, PATIENCE_S * 1000);
		if (n <= 0)
			die("%d of %d ended", ended, count);
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (!c->connected)
				check_connected(c);
			if (c->sent < o->bytes)
				push(c, o, ep);
			if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				pull(c, o);
			ended += c->ended;
		}
	}
}

static void run_client(const struct options *o)
{
	int at_once = o->serial ? 1 : o->count, ep = epoll_create1(0);
	struct conn *conns = calloc(at_once, sizeof(*conns));

	if (!conns)
		die("memory");
	for (int done = 0; done < o->count; done += at_once) {
		memset(conns, 0, at_once * sizeof(*conns));
		for (int i = 0; i < at_once; i++)
			conns[i].number = done + i;
		see_through(o, ep, conns, at_once);
	}
}

static bool parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "l:c:p:n:w:b:r:1fo")) != -1) {
		switch (c) {
		case 'l':
			o->listen = optarg;
			break;
		case 'c':
			o->connect = optarg;
			break;
		case 'p':
			o->port = atoi(optarg);
			break;
		case 'n':
			o->count = atoi(optarg);
			break;
		case 'w':
			o->wire = optarg;
			break;
		case 'b':
			o->bytes = atoi(optarg);
			break;
		case 'r':
			o->ready = optarg;
			break;
		case '1':
			o->serial = true;
			break;
		case 'o':
			o->one_way = true;
			break;
		case 'f':
			o->server_first = true;
			break;
		default:
			return false;
		}
	}
	return !o->listen != !o->connect && o->port && o->count > 0 && o->bytes > 0;
}

int main(int argc, char **argv)
{
	struct options o = { .wire = "inet", .bytes = 65536 };
	struct rlimit files = { 65536, 65536 };

	if (!parse(&o, argc, argv))
		return 2;
	setrlimit(RLIMIT_NOFILE, &files);
	alarm(PATIENCE_S * 2);
	if (o.listen)
		run_server(&o);
	else
		run_client(&o);
	return 0;
}
