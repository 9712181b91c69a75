// SPDX-License-Identifier: GPL-2.0
/* The program of a script: its calls, and what they return */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/naru.h>
#include <linux/tcp.h>
#include "script_run.h"

#ifndef SOL_TCP
#define SOL_TCP IPPROTO_TCP
#endif

#define BYTES_MAX	(1 << 20)
#define PATIENCE_MS	600000

static uint8_t buffer[BYTES_MAX];

/**
 * script_byte - what either side sends at a place of its data
 * @at: the place, from 0
 *
 * Return: the byte.
 */
uint8_t script_byte(uint32_t at)
{
	return (at * 2654435761u) >> 13;
}

/**
 * script_program_start - the program has no socket yet
 * @r: run
 */
void script_program_start(struct script_run *r)
{
	for (int i = 0; i < SCRIPT_SOCKETS; i++)
		r->socket[i].fd = -1;
}

static struct script_socket *find(struct script_run *r, const char *name)
{
	for (int i = 0; i < SCRIPT_SOCKETS; i++)
		if (!strcmp(r->socket[i].name, name))
			return &r->socket[i];
	return NULL;
}

static struct script_socket *known(struct script_run *r, const struct script_line *l,
				   const char *name)
{
	struct script_socket *s = find(r, name);

	if (!s)
		script_fail(r, l, "no socket %s", name);
	return s;
}

/* A name that is used again is the new socket's */
static struct script_socket *name_socket(struct script_run *r, const struct script_line *l,
					 const char *name, int fd)
{
	struct script_socket *s = find(r, name);

	if (!s)
		s = find(r, "");
	if (!s)
		script_fail(r, l, "more than %d sockets", SCRIPT_SOCKETS);
	*s = (struct script_socket){ .fd = fd };
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

/* ---- results ---- */

static const char *result_text(long long v, char *text, size_t size)
{
	if (v < 0)
		snprintf(text, size, "%s", script_errno_name(-v));
	else
		snprintf(text, size, "%lld", v);
	return text;
}

/* What a call returned, or its error number below 0, against what the script says or else @usual */
static void check_result(struct script_run *r, const struct script_line *l, long long got,
			 long long usual)
{
	long long want = l->result.compare ? l->result.value : usual;
	char a[SCRIPT_ERROR], b[SCRIPT_ERROR];

	if (got != want)
		script_fail(r, l, "expected %s, got %s", result_text(want, a, sizeof(a)),
			    result_text(got, b, sizeof(b)));
}

static long long returned(long long n)
{
	return n < 0 ? -errno : n;
}

/* ---- calls ---- */

static void do_socket(struct script_run *r, const struct script_line *l)
{
	bool naru = r->on & ON_NARU;
	int fd;

	if (naru)
		fd = wire_socket(&r->w);
	else
		fd = socket(r->w.family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP);
	check_result(r, l, fd < 0 ? -errno : 0, 0);
	name_socket(r, l, l->who, fd);
}

static void do_bind(struct script_run *r, const struct script_line *l, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = wire_addr(&r->w, &ss, r->w.host, l->value);

	check_result(r, l, returned(bind(fd, (void *)&ss, len)), 0);
}

static void do_connect(struct script_run *r, const struct script_line *l, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = wire_addr(&r->w, &ss, r->w.peer, r->flow[l->seg.flow].pport);

	check_result(r, l, returned(connect(fd, (void *)&ss, len)), -EINPROGRESS);
}

static void do_accept(struct script_run *r, const struct script_line *l)
{
	int fd = accept4(known(r, l, l->word)->fd, NULL, NULL, SOCK_NONBLOCK);

	check_result(r, l, fd < 0 ? -errno : 0, 0);
	if (fd >= 0)
		name_socket(r, l, l->who, fd);
}

static void do_write(struct script_run *r, const struct script_line *l, struct script_socket *s)
{
	int flags = MSG_NOSIGNAL | (l->flags & 1 ? MSG_MORE : 0) | (l->flags & 2 ? MSG_OOB : 0);
	struct sockaddr_storage ss;
	socklen_t len = 0;
	long long n;

	for (long long i = 0; i < l->value; i++)
		buffer[i] = script_byte(s->written + i);
	if (l->flags & 4) {
		flags |= MSG_FASTOPEN;
		len = wire_addr(&r->w, &ss, r->w.peer, r->flow[l->seg.flow].pport);
	}
	n = returned(sendto(s->fd, buffer, l->value, flags, len ? (void *)&ss : NULL, len));
	check_result(r, l, n, l->value);
	s->written += n > 0 ? n : 0;
}

static void wait_for(struct script_run *r, const struct script_line *l, int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (poll(&p, 1, PATIENCE_MS) != 1)
		script_fail(r, l, "expected events %#x, none came", events);
}

/* One call where the script says what it returns, else as many as it takes */
static void do_read(struct script_run *r, const struct script_line *l, struct script_socket *s)
{
	long long left = l->value, n;

	do {
		if (!l->result.compare)
			wait_for(r, l, s->fd, POLLIN);
		n = returned(recv(s->fd, buffer, left, 0));
		for (long long i = 0; i < n; i++)
			if (buffer[i] != script_byte(s->taken + i))
				script_fail(r, l, "byte %lld is wrong", s->taken + i);
		s->taken += n > 0 ? n : 0;
		left -= n > 0 ? n : 0;
	} while (!l->result.compare && n > 0 && left);
	check_result(r, l, l->result.compare || n <= 0 ? n : l->value, l->value);
}

static void do_close(struct script_run *r, const struct script_line *l, struct script_socket *s)
{
	check_result(r, l, returned(close(s->fd)), 0);
	memset(s, 0, sizeof(*s));
	s->fd = -1;
}

static void do_set(struct script_run *r, const struct script_line *l, int fd)
{
	const struct script_name *o = script_find(script_options, l->word);
	struct linger linger = { .l_onoff = l->value >= 0, .l_linger = l->value };
	uint8_t keys[32];
	int value = l->value;
	const void *what = &value;
	socklen_t len = sizeof(value);

	if (o->b == SO_LINGER && o->a == SOL_SOCKET) {
		what = &linger;
		len = sizeof(linger);
	} else if (o->a == SOL_TCP && o->b == TCP_FASTOPEN_KEY) {
		/* sixteen times this byte, and as the key before it the one below */
		memset(keys, value, 16);
		memset(keys + 16, value - 1, 16);
		what = keys;
		len = sizeof(keys);
	} else if (*l->text) {
		what = l->text;
		len = strlen(l->text);
	}
	check_result(r, l, returned(setsockopt(fd, o->a, o->b, what, len)), 0);
}

/* The value of SO_ERROR is an error number */
static void do_get(struct script_run *r, const struct script_line *l, int fd)
{
	const struct script_name *o = script_find(script_options, l->word);
	socklen_t len = sizeof(int);
	int value = 0;

	if (getsockopt(fd, o->a, o->b, &value, &len))
		value = -errno;
	else if (o->a == SOL_SOCKET && o->b == SO_ERROR)
		value = -value;
	check_result(r, l, value, 0);
}

static const char *event_text(int events, char *text, size_t size)
{
	size_t n = 0;

	snprintf(text, size, "none");
	for (const struct script_name *e = script_events; e->name && n < size; e++)
		if (events & e->a)
			n += snprintf(text + n, size - n, "%s%s", n ? " " : "", e->name);
	return text;
}

static void do_poll(struct script_run *r, const struct script_line *l, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };
	char a[64], b[64];

	if (poll(&p, 1, 0) < 0)
		script_fail(r, l, "poll: %s", strerror(errno));
	if (p.revents != l->value)
		script_fail(r, l, "expected %s, got %s", event_text(l->value, a, sizeof(a)),
			    event_text(p.revents, b, sizeof(b)));
}

static void do_wait(struct script_run *r, const struct script_line *l, int fd)
{
	wait_for(r, l, fd, l->value);
	script_check_time(r, l, wire_now_ns());
}

static bool holds(const struct script_value *v, long long got)
{
	if (v->compare == COMPARE_LT)
		return got < v->value;
	return v->compare == COMPARE_GT ? got > v->value : got == v->value;
}

static long long field(const struct tcp_info *info, const struct script_name *n)
{
	const uint8_t *at = (const uint8_t *)info + n->a;
	uint64_t wide;
	uint32_t word;

	if (n->b == 1)
		return *at;
	if (n->b == 4) {
		memcpy(&word, at, 4);
		return word;
	}
	memcpy(&wide, at, 8);
	return wide;
}

static void do_info(struct script_run *r, const struct script_line *l, int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_TCP, TCP_INFO, &info, &len))
		script_fail(r, l, "TCP_INFO: %s", strerror(errno));
	for (int i = 0; i < l->checks; i++) {
		const struct script_check *c = &l->check[i];
		long long got = field(&info, script_find(script_info, c->name));

		if (!holds(&c->is, got))
			script_fail(r, l, "expected %s %s %lld, got %lld", c->name,
				    c->is.compare == COMPARE_LT ? "<" :
				    c->is.compare == COMPARE_GT ? ">" : "=", c->is.value, got);
	}
}

static void do_shutdown(struct script_run *r, const struct script_line *l, int fd)
{
	check_result(r, l, returned(shutdown(fd, l->value)), 0);
}

static void do_setting(struct script_run *r, const struct script_line *l)
{
	char path[128];
	FILE *f;

	if (r->on & ON_NARU) {
		wire_set(l->word, l->value);
		return;
	}
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/tcp_%s", l->word);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%lld\n", l->value) < 0 || fclose(f))
		script_fail(r, l, "%s: %s", path, strerror(errno));
}

static void do_call(struct script_run *r, const struct script_line *l, struct script_socket *s)
{
	switch ((enum script_call)l->call) {
	case CALL_BIND:
		do_bind(r, l, s->fd);
		break;
	case CALL_LISTEN:
		check_result(r, l, returned(listen(s->fd, l->value)), 0);
		break;
	case CALL_CONNECT:
		do_connect(r, l, s->fd);
		break;
	case CALL_WRITE:
		do_write(r, l, s);
		break;
	case CALL_READ:
		do_read(r, l, s);
		break;
	case CALL_CLOSE:
		do_close(r, l, s);
		break;
	case CALL_SHUTDOWN:
		do_shutdown(r, l, s->fd);
		break;
	case CALL_SET:
		do_set(r, l, s->fd);
		break;
	case CALL_GET:
		do_get(r, l, s->fd);
		break;
	case CALL_POLL:
		do_poll(r, l, s->fd);
		break;
	case CALL_WAIT:
		do_wait(r, l, s->fd);
		break;
	case CALL_INFO:
		do_info(r, l, s->fd);
		break;
	case CALL_SOCKET:
	case CALL_ACCEPT:
		break;
	}
}

/* What only looks is no event that the next segment is timed from */
static bool looks(int call)
{
	return call == CALL_GET || call == CALL_POLL || call == CALL_INFO;
}

/**
 * script_program - a line about the program
 * @r: run
 * @l: line
 */
void script_program(struct script_run *r, const struct script_line *l)
{
	int64_t now = wire_now_ns();

	if (l->kind == SCRIPT_SETTING)
		do_setting(r, l);
	else if (l->call == CALL_SOCKET)
		do_socket(r, l);
	else if (l->call == CALL_ACCEPT)
		do_accept(r, l);
	else
		do_call(r, l, known(r, l, l->who));
	if (l->kind == SCRIPT_CALL && !looks(l->call))
		r->last = l->call == CALL_WAIT ? wire_now_ns() : now;
}

/**
 * script_program_end - the program ends
 * @r: run
 */
void script_program_end(struct script_run *r)
{
	for (int i = 0; i < SCRIPT_SOCKETS; i++)
		if (r->socket[i].fd >= 0)
			close(r->socket[i].fd);
}
