/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of datagram sockets share.
 *
 * They run between two sockets, each the kernel's own, naru inet or naru native, so that the kernel shows what is
 * right: fixtures "dgram" ({IPv4, IPv6}), "v4" and "v6".
 *
 * A test stays on one processor: what is sent over loopback arrives in the order in which it was sent.
 */
#ifndef DGRAM_TEST_H
#define DGRAM_TEST_H

#include <limits.h>
#include <sched.h>
#include <netinet/udp.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include "naru_test.h"

#ifndef SOL_UDP
#define SOL_UDP		IPPROTO_UDP
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#define UDP_GRO		104
#endif
#ifndef UDP_NO_CHECK6_TX
#define UDP_NO_CHECK6_TX 101
#define UDP_NO_CHECK6_RX 102
#endif

enum { D_KERNEL = -1, D_NATIVE = 0, D_INET = IPPROTO_UDP };

#define D_PROTO_NATIVE	254	/* on the wire */

struct d_ends {
	int family;
	int wire;		/* of the socket that is looked at */
	int peer;		/* of the one that it talks to */
};

#define d_kind const struct d_ends

FIXTURE(dgram)
{
	int unused;
};

FIXTURE_VARIANT(dgram)
{
	struct d_ends k;
};

FIXTURE_SETUP(dgram)
{
}

FIXTURE_TEARDOWN(dgram)
{
}

FIXTURE_VARIANT_ADD(dgram, kernel_v4)
{
	.k = { AF_INET, D_KERNEL, D_KERNEL },
};

FIXTURE_VARIANT_ADD(dgram, inet_v4)
{
	.k = { AF_INET, D_INET, D_INET },
};

FIXTURE_VARIANT_ADD(dgram, native_v4)
{
	.k = { AF_INET, D_NATIVE, D_NATIVE },
};

FIXTURE_VARIANT_ADD(dgram, to_kernel_v4)
{
	.k = { AF_INET, D_INET, D_KERNEL },
};

FIXTURE_VARIANT_ADD(dgram, from_kernel_v4)
{
	.k = { AF_INET, D_KERNEL, D_INET },
};

FIXTURE_VARIANT_ADD(dgram, kernel_v6)
{
	.k = { AF_INET6, D_KERNEL, D_KERNEL },
};

FIXTURE_VARIANT_ADD(dgram, inet_v6)
{
	.k = { AF_INET6, D_INET, D_INET },
};

FIXTURE_VARIANT_ADD(dgram, native_v6)
{
	.k = { AF_INET6, D_NATIVE, D_NATIVE },
};

FIXTURE_VARIANT_ADD(dgram, to_kernel_v6)
{
	.k = { AF_INET6, D_INET, D_KERNEL },
};

FIXTURE_VARIANT_ADD(dgram, from_kernel_v6)
{
	.k = { AF_INET6, D_KERNEL, D_INET },
};

FIXTURE(v4)
{
	int unused;
};

FIXTURE_VARIANT(v4)
{
	struct d_ends k;
};

FIXTURE_SETUP(v4)
{
}

FIXTURE_TEARDOWN(v4)
{
}

FIXTURE_VARIANT_ADD(v4, kernel)
{
	.k = { AF_INET, D_KERNEL, D_KERNEL },
};

FIXTURE_VARIANT_ADD(v4, inet)
{
	.k = { AF_INET, D_INET, D_INET },
};

FIXTURE_VARIANT_ADD(v4, native)
{
	.k = { AF_INET, D_NATIVE, D_NATIVE },
};

FIXTURE_VARIANT_ADD(v4, to_kernel)
{
	.k = { AF_INET, D_INET, D_KERNEL },
};

FIXTURE_VARIANT_ADD(v4, from_kernel)
{
	.k = { AF_INET, D_KERNEL, D_INET },
};

FIXTURE(v6)
{
	int unused;
};

FIXTURE_VARIANT(v6)
{
	struct d_ends k;
};

FIXTURE_SETUP(v6)
{
}

FIXTURE_TEARDOWN(v6)
{
}

FIXTURE_VARIANT_ADD(v6, kernel)
{
	.k = { AF_INET6, D_KERNEL, D_KERNEL },
};

FIXTURE_VARIANT_ADD(v6, inet)
{
	.k = { AF_INET6, D_INET, D_INET },
};

FIXTURE_VARIANT_ADD(v6, native)
{
	.k = { AF_INET6, D_NATIVE, D_NATIVE },
};

FIXTURE_VARIANT_ADD(v6, to_kernel)
{
	.k = { AF_INET6, D_INET, D_KERNEL },
};

FIXTURE_VARIANT_ADD(v6, from_kernel)
{
	.k = { AF_INET6, D_KERNEL, D_INET },
};

/* The first of the processors that it may run on */
__attribute__((constructor))
static void d_one_processor(void)
{
	cpu_set_t may, one;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(may), &may))
		t_die("sched_getaffinity");
	while (!CPU_ISSET(cpu, &may))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		t_die("sched_setaffinity");
}

/* ---- sockets and addresses ---- */

static inline bool d_is_naru(int wire)
{
	return wire != D_KERNEL && !t_on_kernel();
}

static inline int d_ip_proto(int wire)
{
	return wire == D_NATIVE && d_is_naru(wire) ? D_PROTO_NATIVE : IPPROTO_UDP;
}

/* As socket(2) gives it: of both families where it is naru's and @family is AF_INET6 */
static inline int d_socket_raw(int family, int wire, int flags)
{
	int fd;

	if (d_is_naru(wire))
		fd = socket(AF_NARU, SOCK_DGRAM | flags, wire);
	else
		fd = socket(family, SOCK_DGRAM | flags, 0);
	if (fd < 0)
		t_die("socket, %s", d_is_naru(wire) ? "AF_NARU" : "the kernel's");
	return fd;
}

/* Nobody waits for ever for what does not come */
static inline int d_socket_of(int family, int wire, int flags)
{
	int fd = d_socket_raw(family, wire, flags);

	if (d_is_naru(wire))
		t_set(fd, SOL_NARU, NARU_DOMAIN, family);
	t_timeout(fd, SO_RCVTIMEO, 20000);
	return fd;
}

static inline int d_socket(d_kind *k)
{
	return d_socket_of(k->family, k->wire, 0);
}

static inline int d_peer_socket(d_kind *k)
{
	return d_socket_of(k->family, k->peer, 0);
}

static inline const char *d_lo(d_kind *k)
{
	return k->family == AF_INET ? "127.0.0.1" : "::1";
}

static inline const char *d_any(d_kind *k)
{
	return k->family == AF_INET ? "0.0.0.0" : "::";
}

static inline int d_ip_level(d_kind *k)
{
	return k->family == AF_INET ? SOL_IP : SOL_IPV6;
}

/* The option of either family */
static inline int d_of(d_kind *k, int v4, int v6)
{
	return k->family == AF_INET ? v4 : v6;
}

/* bind(2), connect(2): 0 or the errno */
static inline int d_try_bind(int family, int fd, const char *text, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, family, text, port);

	return bind(fd, (struct sockaddr *)&ss, len) ? errno : 0;
}

static inline int d_try_connect(int family, int fd, const char *text, int port)
{
	struct sockaddr_storage ss;
	socklen_t len = t_addr(&ss, family, text, port);

	return connect(fd, (struct sockaddr *)&ss, len) ? errno : 0;
}

static inline void d_bind_to(int family, int fd, const char *text, int port)
{
	errno = d_try_bind(family, fd, text, port);
	if (errno)
		t_die("bind to %s port %d", text, port);
}

static inline void d_bind(d_kind *k, int fd, int port)
{
	d_bind_to(k->family, fd, d_lo(k), port);
}

static inline void d_connect_to(int family, int fd, const char *text, int port)
{
	errno = d_try_connect(family, fd, text, port);
	if (errno)
		t_die("connect to %s port %d", text, port);
}

static inline void d_connect(d_kind *k, int fd, int port)
{
	d_connect_to(k->family, fd, d_lo(k), port);
}

/* connect(2) to AF_UNSPEC: 0 or the errno */
static inline int d_disconnect(int fd)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };

	return connect(fd, (struct sockaddr *)&ss, sizeof(struct sockaddr)) ? errno : 0;
}

/* fd[0] is looked at, fd[1] is its peer: both bound to loopback */
static inline void d_two(d_kind *k, int fd[2])
{
	fd[0] = d_socket(k);
	fd[1] = d_peer_socket(k);
	d_bind(k, fd[0], 0);
	d_bind(k, fd[1], 0);
}

/* The same, connected to each other */
static inline void d_pair(d_kind *k, int fd[2])
{
	d_two(k, fd);
	d_connect(k, fd[0], t_port(fd[1]));
	d_connect(k, fd[1], t_port(fd[0]));
}

/* A port of the kind where nobody is: one that was bound a moment ago */
static inline int d_free_port(int family, int wire)
{
	int fd = d_socket_of(family, wire, 0), port;

	d_bind_to(family, fd, family == AF_INET ? "127.0.0.1" : "::1", 0);
	port = t_port(fd);
	close(fd);
	return port;
}

/* ---- datagrams ---- */

static inline int d_try_sendto(int family, int fd, const char *text, int port, const void *data,
			       size_t len, int flags)
{
	struct sockaddr_storage ss;
	socklen_t slen = t_addr(&ss, family, text, port);
	ssize_t n = sendto(fd, data, len, flags, (struct sockaddr *)&ss, slen);

	if (n >= 0 && n != (ssize_t)len)
		t_die("sendto sent %zd of %zu bytes", n, len);
	return n < 0 ? errno : 0;
}

static inline void d_sendto(d_kind *k, int fd, int port, const char *data)
{
	errno = d_try_sendto(k->family, fd, d_lo(k), port, data, strlen(data), 0);
	if (errno)
		t_die("sendto port %d", port);
}

static inline void d_send(int fd, const char *data)
{
	if (send(fd, data, strlen(data), 0) != (ssize_t)strlen(data))
		t_die("send %s", data);
}

/* The next datagram is that text */
#define d_expect(fd, data) d_expect_at(fd, data, __LINE__)
static inline void d_expect_at(int fd, const char *data, int line)
{
	char buf[256] = "";
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, 0);

	if (n < 0)
		t_die("line %d: recv of '%s'", line, data);
	buf[n] = '\0';
	if (n != (ssize_t)strlen(data) || strcmp(buf, data)) {
		errno = EBADMSG;
		t_die("line %d: '%s' came, not '%s'", line, buf, data);
	}
}

/* recv(2) without waiting: the errno, 0 for a datagram */
static inline int d_try_recv(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT) < 0 ? errno : 0;
}

/* recvmsg(2) with room for everything */
struct d_msg {
	struct msghdr h;
	struct iovec iov;
	struct sockaddr_storage name;
	char control[1024];
	char data[65536];
};

static inline ssize_t d_recvmsg(int fd, struct d_msg *m, int flags)
{
	m->iov = (struct iovec){ m->data, sizeof(m->data) };
	m->h = (struct msghdr){
		.msg_name = &m->name, .msg_namelen = sizeof(m->name), .msg_iov = &m->iov, .msg_iovlen = 1,
		.msg_control = m->control, .msg_controllen = sizeof(m->control),
	};
	memset(&m->name, 0, sizeof(m->name));
	return recvmsg(fd, &m->h, flags);
}

/* What the control message of that type holds, of at least @len bytes, or NULL */
static inline const void *d_cmsg(struct d_msg *m, int level, int type, size_t len)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(&m->h); c; c = CMSG_NXTHDR(&m->h, c))
		if (c->cmsg_level == level && c->cmsg_type == type && c->cmsg_len >= CMSG_LEN(len))
			return CMSG_DATA(c);
	return NULL;
}

static inline int d_cmsgs(struct d_msg *m)
{
	struct cmsghdr *c;
	int n = 0;

	for (c = CMSG_FIRSTHDR(&m->h); c; c = CMSG_NXTHDR(&m->h, c))
		n++;
	return n;
}

/* An int of a control message; what is not there is INT_MIN */
static inline int d_cmsg_int(struct d_msg *m, int level, int type)
{
	const int *p = d_cmsg(m, level, type, sizeof(*p));

	return p ? *p : INT_MIN;
}

/* Control messages that are sent: begin with a d_out of zeros, add, then d_sendmsg() */
struct d_out {
	size_t len;
	char control[1024] __attribute__((aligned(8)));
};

static inline struct cmsghdr *d_add(struct d_out *o, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *c = (void *)(o->control + o->len);

	if (o->len + CMSG_SPACE(len) > sizeof(o->control))
		t_die("too many control messages");
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type };
	memcpy(CMSG_DATA(c), data, len);
	o->len += CMSG_SPACE(len);
	return c;
}

static inline struct cmsghdr *d_add_int(struct d_out *o, int level, int type, int value)
{
	return d_add(o, level, type, &value, sizeof(value));
}

/* To loopback, or where @port is 0 to where the socket is connected: 0 or the errno */
static inline int d_sendmsg(d_kind *k, int fd, const char *text, int port, const char *data, struct d_out *o)
{
	struct iovec iov = { (void *)data, strlen(data) };
	struct sockaddr_storage ss;
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (port) {
		h.msg_namelen = t_addr(&ss, k->family, text, port);
		h.msg_name = &ss;
	}
	if (o) {
		h.msg_control = o->control;
		h.msg_controllen = o->len;
	}
	return sendmsg(fd, &h, 0) < 0 ? errno : 0;
}

/* ---- the namespace ---- */

static inline void d_lo_mtu(int mtu)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_mtu = mtu };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFMTU, &ifr))
		t_die("MTU of lo");
	close(fd);
}

static inline void d_sysctl(const char *name, const char *value)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
		t_die("%s", path);
	close(fd);
}

/* The errors a peer's absence makes come at once, however many there were */
static inline void d_no_icmp_limits(void)
{
	d_sysctl("ipv4/icmp_ratelimit", "0");
	d_sysctl("ipv6/icmp/ratelimit", "0");
}

/* Whether this kernel's own UDP knows the option, which a later one brought */
static inline bool d_kernel_has(int family, int level, int name)
{
	int fd = socket(family, SOCK_DGRAM, 0), val;
	socklen_t len = sizeof(val);
	bool has = !getsockopt(fd, level, name, &val, &len);

	close(fd);
	return has;
}

#endif
