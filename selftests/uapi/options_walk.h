/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of options, row by row, on sockets in every state: what naru honours or leaves to core code answers as the
 * kernel's own socket of the same state does, to good and to bad values, and what it refuses gets the table's errno and
 * is counted. A program for each type of socket, WALK_TYPE.
 */
#ifndef OPTIONS_WALK_H
#define OPTIONS_WALK_H

#include "genl_test.h"

enum { OPTION, CMSG, FLAG, IOCTL };

struct row {
	int kind;
	int level;
	const char *level_name, *name;
	unsigned int number;
	int of_streams, of_dgrams;
	const char *why;
};

#ifndef SOL_UDP
#define SOL_UDP	IPPROTO_UDP
#endif

#define NARU_OPTION(level, name, number, stream, dgram, why)	{ OPTION, level, #level, #name, number, stream, dgram, why },
#define NARU_CMSG(level, name, number, stream, dgram, why)	{ CMSG, level, #level, #name, number, stream, dgram, why },
#define NARU_FLAG(level, name, number, stream, dgram, why)	{ FLAG, 0, #level, #name, number, stream, dgram, why },
#define NARU_IOCTL(level, name, number, stream, dgram, why)	{ IOCTL, 0, #level, #name, number, stream, dgram, why },
static const struct row rows[] = {
#include "../../kmod/sock/option_list.h"
};

static bool is_walk_of(int type)
{
	return type == WALK_TYPE;
}

static int verdict_of(const struct row *row)
{
	return is_walk_of(SOCK_STREAM) ? row->of_streams : row->of_dgrams;
}

/* Or not there at all, which is as good */
static bool is_refused(const struct row *row)
{
	return verdict_of(row) != NARU_OPTION_HONOURED && verdict_of(row) != NARU_OPTION_CORE;
}

static int errno_of(const struct row *row)
{
	return verdict_of(row) == NARU_OPTION_NONE ? ENOPROTOOPT : verdict_of(row);
}

/* Their values are a socket's own, or its stack's: only errno and length are compared */
static const char *const own_values[] = {
	"SO_COOKIE", "SO_PROTOCOL", "SO_MEMINFO", "SO_INCOMING_CPU", "SO_PEERNAME", "SO_SNDBUF", "SO_RCVBUF",
	"SO_INCOMING_NAPI_ID", "TCP_INFO", "TCP_MAXSEG", "TCP_TIMESTAMP", "TCP_FASTOPEN_KEY", "TCP_WINDOW_CLAMP",
	"TCP_QUICKACK", "IP_PROTOCOL",
};

static bool has_own_value(const struct row *row)
{
	for (size_t i = 0; i < COUNT_OF(own_values); i++)
		if (!strcmp(own_values[i], row->name))
			return true;
	return false;
}

/* Both wire modes and both versions of IP; options know nothing of the pairs */
FIXTURE(walk)
{
	t_kind *v;
};

FIXTURE_VARIANT(walk)
{
	int family;
	int wire;
};

FIXTURE_VARIANT_ADD(walk, native_v4)
{
	.family = AF_INET,
	.wire = 0,
};

FIXTURE_VARIANT_ADD(walk, inet_v6)
{
	.family = AF_INET6,
	.wire = IPPROTO_TCP,
};

FIXTURE_SETUP(walk)
{
	static struct _fixture_variant_naru v;

	v.family = variant->family;
	v.wire = variant->wire && is_walk_of(SOCK_DGRAM) ? IPPROTO_UDP : variant->wire;
	self->v = &v;
	/* a SYN goes once more than the kernel's by default: RFC 9293 3.8.3 asks for three minutes */
	t_sh("sysctl -qw net.ipv4.tcp_syn_retries=7");
}

FIXTURE_TEARDOWN(walk)
{
}

/* ---- sockets in every state ---- */

enum { FRESH, BOUND, LISTENING, CONNECTED, ACCEPTED, SHUT, STATES };

static const char *const state_names[] = { "fresh", "bound", "listening", "connected", "accepted", "shut" };

/* Listeners that connections of a walk go to */
struct side {
	const t_kind *v;
	int lfd;
	int peer;
};

/* Datagram sockets neither listen nor are accepted */
static bool has_state(int state)
{
	return is_walk_of(SOCK_STREAM) || (state != LISTENING && state != ACCEPTED);
}

static int num_states(void)
{
	int n = 0;

	for (int state = FRESH; state < STATES; state++)
		n += has_state(state);
	return n;
}

static int new_socket(t_kind *v)
{
	int fd;

	if (is_walk_of(SOCK_STREAM))
		return t_socket(v, 0);
	fd = t_is_naru(v) ? socket(AF_NARU, SOCK_DGRAM, v->wire) : socket(v->family, SOCK_DGRAM, 0);
	if (fd < 0)
		t_die("a datagram socket");
	if (t_is_naru(v))
		t_set(fd, SOL_NARU, NARU_DOMAIN, v->family);
	return fd;
}

static void pair(struct side *s, int sv[2])
{
	if (is_walk_of(SOCK_STREAM)) {
		t_pair_on(s->v, s->lfd, sv);
		return;
	}
	sv[0] = new_socket(s->v);
	sv[1] = new_socket(s->v);
	t_bind(s->v, sv[0], 0);
	t_bind(s->v, sv[1], 0);
	t_connect(s->v, sv[0], t_port(sv[1]));
	t_connect(s->v, sv[1], t_port(sv[0]));
}

static int new_listener(t_kind *v)
{
	return is_walk_of(SOCK_STREAM) ? t_listen(v) : -1;
}

static int in_state(struct side *s, int state)
{
	int fd, sv[2];

	s->peer = -1;
	if (state < CONNECTED) {
		fd = new_socket(s->v);
		if (state != FRESH)
			t_bind(s->v, fd, 0);
		if (state == LISTENING && listen(fd, 5))
			t_die("listen");
		return fd;
	}
	pair(s, sv);
	s->peer = sv[state != ACCEPTED];
	fd = sv[state == ACCEPTED];
	if (state == SHUT && shutdown(fd, SHUT_RDWR))
		t_die("shutdown");
	return fd;
}

static void leave(struct side *s, int fd)
{
	if (s->peer >= 0)
		close(s->peer);
	t_reset(fd);
}

static const t_kind *kernel_of(t_kind *v)
{
	return v->family == AF_INET ? &t_kernel_v4 : &t_kernel_v6;
}

/* ---- calls and their answers ---- */

struct answer {
	int err;
	socklen_t len;
	unsigned char val[256];
};

static struct answer try_set(int fd, const struct row *row, const void *val, socklen_t len)
{
	struct answer a = {};

	if (setsockopt(fd, row->level, row->number, val, len))
		a.err = errno;
	return a;
}

static struct answer try_get(int fd, const struct row *row, socklen_t len)
{
	struct answer a = { .len = len };

	if (getsockopt(fd, row->level, row->number, a.val, &a.len))
		a.err = errno;
	if (a.err || has_own_value(row))
		memset(a.val, 0, sizeof(a.val));
	return a;
}

static struct answer try_get_nowhere(int fd, const struct row *row, socklen_t len)
{
	struct answer a = { .len = len };

	if (getsockopt(fd, row->level, row->number, (void *)1, &a.len))
		a.err = errno;
	return a;
}

static bool same(const struct answer *a, const struct answer *b)
{
	return a->err == b->err && (a->err || (a->len == b->len && !memcmp(a->val, b->val, sizeof(a->val))));
}

static void print_answer(const char *who, const struct answer *a)
{
	if (a->err)
		fprintf(stderr, " %s %s", who, strerrorname_np(a->err) ? : "an unknown errno");
	else
		fprintf(stderr, " %s %d bytes, %#x", who, (int)a->len, *(const unsigned int *)a->val);
}

/* A walk goes on behind what differs, so that all of it is seen at once */
struct walk {
	struct side naru, kernel;
	const struct row *row;
	int state;
	int nfd, kfd;
	int differences;
};

static void compare(struct walk *w, const struct answer *naru, const struct answer *kernel, const char *call, long arg)
{
	if (same(naru, kernel))
		return;
	w->differences++;
	fprintf(stderr, "# %s %s, %s, %s %ld:", w->row->level_name, w->row->name, state_names[w->state], call, arg);
	print_answer("naru", naru);
	print_answer("kernel", kernel);
	fprintf(stderr, "\n");
}

static void compare_set(struct walk *w, const void *val, socklen_t len, const char *call, long arg)
{
	struct answer naru = try_set(w->nfd, w->row, val, len), kernel = try_set(w->kfd, w->row, val, len);

	compare(w, &naru, &kernel, call, arg);
}

static void compare_get(struct walk *w, socklen_t len, const char *call)
{
	struct answer naru = try_get(w->nfd, w->row, len), kernel = try_get(w->kfd, w->row, len);

	/* naru's is as long on every kernel, an older kernel's own is shorter */
	if (!strcmp(w->row->name, "TCP_INFO") && kernel.len < len && kernel.len < naru.len)
		naru = try_get(w->nfd, w->row, kernel.len);
	compare(w, &naru, &kernel, call, (int)len);
}

static const int values[] = { 1, 0, -1, 2, 7, 255, 256, 70000, 1 << 30 };
static const int lengths[] = { 0, 1, 3, 8, 16, 20, 136, 256 };

/* What is no number, and makes the kernel look for a module of that name: option.c sets it */
static bool is_name(const struct row *row)
{
	return !strcmp(row->name, "TCP_CONGESTION");
}

static void walk_values(struct walk *w)
{
	static const char zeros[256];

	compare_get(w, 4, "get of length");
	for (size_t i = 0; i < COUNT_OF(lengths); i++)
		compare_get(w, lengths[i], "get of length");
	compare_get(w, -1, "get of length");
	if (is_name(w->row))
		return;
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		compare_set(w, &values[i], sizeof(int), "set to", values[i]);
		compare_get(w, 4, "then get of length");
	}
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		compare_set(w, zeros, lengths[i], "set of length", lengths[i]);
		compare_get(w, 8, "then get of length");
	}
}

/* Memory that is not there, then a socket that works as before */
static void walk_nowhere(struct walk *w)
{
	struct answer naru = try_get_nowhere(w->nfd, w->row, 4), kernel = try_get_nowhere(w->kfd, w->row, 4);

	compare(w, &naru, &kernel, "get to nowhere", 4);
	compare_set(w, (void *)1, 4, "set from nowhere", 4);
	compare_get(w, 4, "then get of length");
}

static void open_both(struct walk *w)
{
	w->nfd = in_state(&w->naru, w->state);
	w->kfd = in_state(&w->kernel, w->state);
}

static void close_both(struct walk *w)
{
	leave(&w->naru, w->nfd);
	leave(&w->kernel, w->kfd);
}

static void begin(struct walk *w, t_kind *v)
{
	memset(w, 0, sizeof(*w));
	w->naru.v = v;
	w->kernel.v = kernel_of(v);
	w->naru.lfd = new_listener(v);
	w->kernel.lfd = new_listener(w->kernel.v);
}

static void end(struct walk *w)
{
	if (w->naru.lfd >= 0)
		close(w->naru.lfd);
	if (w->kernel.lfd >= 0)
		close(w->kernel.lfd);
}

static bool is_unknown(int err)
{
	return err == ENOPROTOOPT || err == EOPNOTSUPP;
}

/* An older kernel does not know it */
static bool kernel_knows(struct walk *w)
{
	struct answer get, set;
	int one = 1;

	w->state = FRESH;
	open_both(w);
	get = try_get(w->kfd, w->row, 256);
	set = try_set(w->kfd, w->row, &one, sizeof(one));
	close_both(w);
	return !is_unknown(get.err) || !is_unknown(set.err);
}

/* The module is asked at SOL_SOCKET */
static bool kernel_asks_for_sol_socket(void)
{
	struct utsname u;
	int major, minor;

	if (uname(&u) || sscanf(u.release, "%d.%d", &major, &minor) != 2)
		t_die("uname");
	return major > 6 || (major == 6 && minor >= 7);
}

/*
 * Linux 6.1 lets naru's streams have what it refuses to its own that are not connected, SOF_TIMESTAMPING_OPT_ID, and
 * refuses them SO_ZEROCOPY
 */
static bool is_not_asked(const struct row *row)
{
	return (strstr(row->name, "SO_TIMESTAMPING") || !strcmp(row->name, "SO_ZEROCOPY")) &&
	       !kernel_asks_for_sol_socket();
}

static void walk_level(struct __test_metadata *_metadata, t_kind *v, int level)
{
	struct walk w;

	begin(&w, v);
	for (w.row = rows; w.row < rows + COUNT_OF(rows); w.row++) {
		if (w.row->kind != OPTION || w.row->level != level || is_refused(w.row) ||
		    is_not_asked(w.row))
			continue;
		if (verdict_of(w.row) == NARU_OPTION_HONOURED && !kernel_knows(&w))
			continue;
		for (w.state = FRESH; w.state < STATES; w.state++) {
			if (!has_state(w.state))
				continue;
			open_both(&w);
			walk_values(&w);
			walk_nowhere(&w);
			close_both(&w);
		}
	}
	end(&w);
	EXPECT_EQ(0, w.differences);
}

TEST_F(walk, socket_options)
{
	walk_level(_metadata, self->v, SOL_SOCKET);
}

TEST_F(walk, ip_options)
{
	walk_level(_metadata, self->v, SOL_IP);
}

TEST_F(walk, ipv6_options)
{
	walk_level(_metadata, self->v, SOL_IPV6);
}

TEST_F(walk, transport_options)
{
	walk_level(_metadata, self->v, is_walk_of(SOCK_STREAM) ? SOL_TCP : SOL_UDP);
}

/* ---- what accept inherits ---- */

static void inherit(struct walk *w, int val)
{
	struct answer naru, kernel;
	int nsv[2], ksv[2];

	w->state = ACCEPTED;
	w->naru.lfd = t_listen(w->naru.v);
	w->kernel.lfd = t_listen(w->kernel.v);
	naru = try_set(w->naru.lfd, w->row, &val, sizeof(val));
	kernel = try_set(w->kernel.lfd, w->row, &val, sizeof(val));
	compare(w, &naru, &kernel, "set on the listener to", val);
	if (!kernel.err) {
		t_pair_on(w->naru.v, w->naru.lfd, nsv);
		t_pair_on(w->kernel.v, w->kernel.lfd, ksv);
		naru = try_get(nsv[1], w->row, 8);
		kernel = try_get(ksv[1], w->row, 8);
		compare(w, &naru, &kernel, "inherited", val);
		t_close_pair(nsv);
		t_close_pair(ksv);
	}
	close(w->naru.lfd);
	close(w->kernel.lfd);
}

/* A connection comes to pass whatever of these its listener has; others would keep it from that */
static bool may_inherit(const struct row *row)
{
	return row->kind == OPTION && !is_refused(row) && !is_name(row) && !is_not_asked(row) && strcmp(row->name, "TCP_DEFER_ACCEPT") &&
	       strcmp(row->name, "IP_MINTTL") && strcmp(row->name, "IPV6_MINHOPCOUNT");
}

TEST_F(walk, inherited)
{
	struct walk w = { .naru.v = self->v, .kernel.v = kernel_of(self->v) };

	if (is_walk_of(SOCK_DGRAM))
		return;
	for (w.row = rows; w.row < rows + COUNT_OF(rows); w.row++) {
		if (!may_inherit(w.row))
			continue;
		w.naru.lfd = w.kernel.lfd = -1;
		if (verdict_of(w.row) == NARU_OPTION_HONOURED && !kernel_knows(&w))
			continue;
		inherit(&w, 1);
		/* the first interface is the loopback */
		if (strcmp(w.row->name, "SO_BINDTOIFINDEX"))
			inherit(&w, 5);
	}
	EXPECT_EQ(0, w.differences);
}

/* ---- what is refused ---- */

/* IPv4 has a word of its own for what is read at a level that datagrams do not have */
static int errno_of_get(t_kind *v, const struct row *row)
{
	return is_walk_of(SOCK_DGRAM) && row->level == SOL_TCP && v->family == AF_INET ? EOPNOTSUPP : errno_of(row);
}

/* Lines of the ledger that speak of a row */
static __u64 counted(struct g_client *c, const struct row *row, int kind, int err)
{
	struct nlattr *l[NARU_REFUSED_MAX + 1], *a;
	struct nlmsghdr *nlh;
	__u64 count = 0;
	int rem;

	if (!c->rows)
		return 0;
	nlh = nlmsg_hdr(c->row[0]);
	nla_for_each_attr(a, genlmsg_attrdata(nlmsg_data(nlh), 0), genlmsg_attrlen(nlmsg_data(nlh), 0), rem) {
		if (nla_type(a) != NARU_COMPAT_REFUSED)
			continue;
		if (nla_parse_nested(l, NARU_REFUSED_MAX, a, NULL))
			t_die("a line that cannot be parsed");
		if (g_get_u8(l, NARU_REFUSED_KIND) == kind && (int)g_get_u32(l, NARU_REFUSED_LEVEL) == row->level &&
		    g_get_u32(l, NARU_REFUSED_NAME) == row->number &&
		    (int)g_get_u32(l, NARU_REFUSED_ERRNO) == err)
			count += nla_get_u64(g_need(l, NARU_REFUSED_COUNT, 8));
	}
	return count;
}

/* In a child, so that the ledger has a page of its own for it */
static pid_t ask_in_vain(struct side *s, const struct row *row, bool get)
{
	pid_t pid = fork();
	int one = 1, fd;

	if (pid) {
		t_reap(pid);
		return pid;
	}
	for (int state = FRESH; state < STATES; state++) {
		if (!has_state(state))
			continue;
		fd = in_state(s, state);
		errno = try_set(fd, row, &one, sizeof(one)).err;
		if (errno != errno_of(row))
			t_die("%s, %s: set", row->name, state_names[state]);
		errno = try_get(fd, row, sizeof(one)).err;
		if (get && errno != errno_of_get(s->v, row))
			t_die("%s, %s: get", row->name, state_names[state]);
		leave(s, fd);
	}
	_exit(0);
}

TEST_F(walk, refused)
{
	struct side s = { .v = self->v, .lfd = new_listener(self->v) };
	struct g_client *c = g_open();
	const struct row *row;

	for (row = rows; row < rows + COUNT_OF(rows); row++) {
		/* what is read at SOL_SOCKET is the core's alone */
		bool get = row->level != SOL_SOCKET;
		struct nl_msg *msg;

		if (row->kind != OPTION || !is_refused(row) || (!get && !kernel_asks_for_sol_socket()))
			continue;
		msg = g_new(c, NARU_CMD_COMPAT_GET, NLM_F_DUMP);
		nla_put_u32(msg, NARU_COMPAT_PID, ask_in_vain(&s, row, get));
		ASSERT_EQ(0, g_call(c, msg));
		EXPECT_EQ(num_states(), counted(c, row, NARU_REFUSED_SET, errno_of(row))) {
			TH_LOG("%s", row->name);
		}
		EXPECT_EQ(get ? num_states() : 0,
			  counted(c, row, NARU_REFUSED_GET, errno_of_get(self->v, row))) {
			TH_LOG("%s", row->name);
		}
	}
	g_close(c);
}

/* ---- ioctls ---- */

/* Times; and how soon a FIN is acknowledged */
static bool is_of_the_moment(const struct row *row)
{
	return strstr(row->name, "STAMP") || !strcmp(row->name, "SIOCOUTQ");
}

static struct answer try_ioctl(int fd, const struct row *row, bool nowhere)
{
	struct answer a = {};
	int ret = ioctl(fd, row->number, nowhere ? (void *)1 : a.val);

	if (ret < 0)
		a.err = errno;
	else if (!strcmp(row->name, "SIOCGSKNS"))
		close(ret);
	a.len = a.err ? 0 : sizeof(int);
	if (a.err || is_of_the_moment(row))
		memset(a.val, 0, sizeof(a.val));
	return a;
}

TEST_F(walk, ioctls)
{
	struct answer naru, kernel;
	struct walk w;

	begin(&w, self->v);
	for (w.row = rows; w.row < rows + COUNT_OF(rows); w.row++) {
		if (w.row->kind != IOCTL || is_refused(w.row))
			continue;
		for (w.state = FRESH; w.state < STATES; w.state++) {
			if (!has_state(w.state))
				continue;
			open_both(&w);
			for (int nowhere = 0; nowhere < 2; nowhere++) {
				naru = try_ioctl(w.nfd, w.row, nowhere);
				kernel = try_ioctl(w.kfd, w.row, nowhere);
				compare(&w, &naru, &kernel, "nowhere", nowhere);
			}
			close_both(&w);
		}
	}
	end(&w);
	EXPECT_EQ(0, w.differences);
}

/* ---- flags and control messages ---- */

static struct answer try_send(int fd, const struct row *row)
{
	struct answer a = {};
	ssize_t n = send(fd, "x", 1, row->number | MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		a.err = errno;
	a.len = n;
	return a;
}

static struct answer try_recv(int fd, const struct row *row)
{
	struct answer a = {};
	ssize_t n = recv(fd, a.val, 8, row->number | MSG_DONTWAIT);

	if (n < 0)
		a.err = errno;
	a.len = n;
	return a;
}

/* Something is there to be read */
static void feed(struct side *s, int fd)
{
	if (s->peer < 0 || send(s->peer, "abc", 3, MSG_NOSIGNAL) != 3)
		return;
	t_wait(fd, POLLIN);
}

TEST_F(walk, flags)
{
	struct answer naru, kernel;
	struct walk w;

	begin(&w, self->v);
	for (w.row = rows; w.row < rows + COUNT_OF(rows); w.row++) {
		if (w.row->kind != FLAG || is_refused(w.row))
			continue;
		for (w.state = FRESH; w.state < STATES; w.state++) {
			if (!has_state(w.state))
				continue;
			open_both(&w);
			feed(&w.naru, w.nfd);
			feed(&w.kernel, w.kfd);
			naru = try_send(w.nfd, w.row);
			kernel = try_send(w.kfd, w.row);
			compare(&w, &naru, &kernel, "send", 1);
			naru = try_recv(w.nfd, w.row);
			kernel = try_recv(w.kfd, w.row);
			compare(&w, &naru, &kernel, "recv", 8);
			close_both(&w);
		}
	}
	end(&w);
	EXPECT_EQ(0, w.differences);
}

static struct answer try_cmsg(int fd, const struct row *row, size_t len)
{
	struct {
		struct cmsghdr hdr;
		char data[64];
	} control = { .hdr = { CMSG_LEN(len), row->level, row->number } };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = CMSG_SPACE(len) };
	struct answer a = {};
	ssize_t n = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		a.err = errno;
	a.len = n;
	return a;
}

TEST_F(walk, control_messages)
{
	static const int sizes[] = { 0, 1, 4, 8, 12, 20, 32 };
	struct answer naru, kernel;
	struct walk w;

	begin(&w, self->v);
	for (w.row = rows; w.row < rows + COUNT_OF(rows); w.row++) {
		if (w.row->kind != CMSG || is_refused(w.row))
			continue;
		for (w.state = FRESH; w.state < STATES; w.state++) {
			if (!has_state(w.state))
				continue;
			open_both(&w);
			for (size_t i = 0; i < COUNT_OF(sizes); i++) {
				naru = try_cmsg(w.nfd, w.row, sizes[i]);
				kernel = try_cmsg(w.kfd, w.row, sizes[i]);
				compare(&w, &naru, &kernel, "size", sizes[i]);
			}
			close_both(&w);
		}
	}
	end(&w);
	EXPECT_EQ(0, w.differences);
}

/* ---- what of these is refused ---- */

static void read_own_page(struct __test_metadata *_metadata, struct g_client *c)
{
	struct nl_msg *msg = g_new(c, NARU_CMD_COMPAT_GET, NLM_F_DUMP);

	nla_put_u32(msg, NARU_COMPAT_PID, getpid());
	ASSERT_EQ(0, g_call(c, msg));
}

static void expect_counted(struct __test_metadata *_metadata, struct g_client *c, const struct row *row, int kind,
			   int err, __u64 want)
{
	read_own_page(_metadata, c);
	EXPECT_EQ(want, counted(c, row, kind, err)) {
		TH_LOG("%s", row->name);
	}
}

TEST_F(walk, refused_ioctls_and_flags)
{
	struct side s = { .v = self->v, .lfd = new_listener(self->v) };
	struct g_client *c = g_open();
	const struct row *row;
	struct answer a;
	int fd;

	for (row = rows; row < rows + COUNT_OF(rows); row++) {
		if ((row->kind != IOCTL && row->kind != FLAG) || !is_refused(row))
			continue;
		for (int state = FRESH; state < STATES; state++) {
			if (!has_state(state))
				continue;
			fd = in_state(&s, state);
			a = row->kind == FLAG ? try_send(fd, row) : try_ioctl(fd, row, false);
			EXPECT_EQ(verdict_of(row), a.err) {
				TH_LOG("%s, %s", row->name, state_names[state]);
			}
			leave(&s, fd);
		}
		expect_counted(_metadata, c, row, row->kind == FLAG ? NARU_REFUSED_FLAG : NARU_REFUSED_IOCTL,
			       verdict_of(row), num_states());
	}
	g_close(c);
}

/* Programs ask all that is open whether it is a terminal: that is no refusal */
TEST_F(walk, ioctls_of_others)
{
	static const struct row terminal = { IOCTL, 0, "IOCTL", "TCGETS", TCGETS };
	struct g_client *c = g_open();
	int fd = new_socket(self->v);

	EXPECT_EQ(ENOTTY, try_ioctl(fd, &terminal, false).err);
	read_own_page(_metadata, c);
	EXPECT_EQ(0, c->rows);
	close(fd);
	g_close(c);
}

/* At the levels that a call looks at */
static bool is_read(t_kind *v, const struct row *row)
{
	return row->level == SOL_SOCKET ||
	       (is_walk_of(SOCK_DGRAM) &&
		(row->level == SOL_UDP || row->level == (v->family == AF_INET ? SOL_IP : SOL_IPV6)));
}

static bool is_never_sent(const struct row *row)
{
	return row->kind == CMSG && strstr(row->why, "EINVAL");
}

static void walk_cmsg(struct __test_metadata *_metadata, t_kind *v, int fds[2], const struct row *row)
{
	bool refused = is_never_sent(row) && is_read(v, row);
	struct g_client *c = g_open();
	struct answer naru = try_cmsg(fds[0], row, 4), kernel = try_cmsg(fds[1], row, 4);

	EXPECT_EQ(kernel.err, naru.err);
	if (refused)
		EXPECT_EQ(EINVAL, naru.err);
	expect_counted(_metadata, c, row, NARU_REFUSED_CMSG, EINVAL, refused);
	g_close(c);
}

TEST_F(walk, refused_control_messages)
{
	static const struct row unknown[] = {
		{ CMSG, SOL_SOCKET, "SOL_SOCKET", "199", 199, .why = "EINVAL" },
		{ CMSG, SOL_IP, "SOL_IP", "199", 199, .why = "EINVAL" },
		{ CMSG, SOL_IPV6, "SOL_IPV6", "199", 199, .why = "EINVAL" },
		{ CMSG, SOL_UDP, "SOL_UDP", "199", 199, .why = "EINVAL" },
		{ CMSG, 270, "270", "199", 199, .why = "EINVAL" },
	};
	struct walk w;
	int fds[2];

	begin(&w, self->v);
	w.state = CONNECTED;
	open_both(&w);
	fds[0] = w.nfd;
	fds[1] = w.kfd;
	for (size_t i = 0; i < COUNT_OF(unknown); i++)
		walk_cmsg(_metadata, self->v, fds, &unknown[i]);
	for (w.row = rows; w.row < rows + COUNT_OF(rows); w.row++)
		if (w.row->kind == CMSG)
			walk_cmsg(_metadata, self->v, fds, w.row);
	close_both(&w);
	end(&w);
}

#endif
