// SPDX-License-Identifier: GPL-2.0
/*
 * Which calls of a program the kernel tells its supervisor of: socket(2) for what naru has, and where it matters what
 * becomes of a socket bind(2), connect(2) and listen(2). All others go by; which they are depends on the
 * number alone, so that the kernel need not run this for them.
 */
#include "supervise.h"
#include "util.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif

#if defined(__x86_64__)
#define ARCH	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH	AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH	AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define ARCH	AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH	AUDIT_ARCH_PPC64LE
#else
#define ARCH	0	/* calls cannot be told apart there */
#endif

/* x32 has the architecture of x86-64 and this in its numbers; with others it is in none */
#define OTHER_ABI	0x40000000

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define INT_AT	0
#else
#define INT_AT	4
#endif

/* An argument that is an int */
#define ARG(i)	(offsetof(struct seccomp_data, args) + (i) * 8 + INT_AT)

enum {
	LD_ARCH, IS_ARCH, LD_NR, IS_OTHER_ABI, IS_BIND, IS_CONNECT, IS_LISTEN, IS_SOCKET,
	LD_DOMAIN, IS_INET, IS_INET6, LD_TYPE, WITHOUT_FLAGS, IS_STREAM, IS_DGRAM,
	LD_STREAM, IS_ANY_STREAM, IS_TCP, IS_MPTCP, LD_DGRAM, IS_ANY_DGRAM, IS_UDP,
	STREAM, MPTCP, DGRAM, PICK, ALLOW, NUM_INSNS
};

#define LOAD(at, offset) \
	[at] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define JUMP(at, test, value, yes, no) \
	[at] = BPF_JUMP(BPF_JMP | (test) | BPF_K, value, (yes) - (at) - 1, (no) - (at) - 1)
#define IF(at, value, yes, no)	JUMP(at, BPF_JEQ, value, yes, no)
#define RETURN(at, value) \
	[at] = BPF_STMT(BPF_RET | BPF_K, value)

static int install(struct sock_filter *insns)
{
	struct sock_fprog prog = { NUM_INSNS, insns };
	unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	int fd;

	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		     flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &prog);
	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	return fd < 0 ? -errno : fd;
}

/**
 * supervise_filter_install() - this process and what it runs is supervised from here on
 * @c: which sockets are naru's
 *
 * Who may do without gives up no right for it; others cannot gain any by set-user-ID programs from here on.
 *
 * Return: the listener's file descriptor or a negative errno: EOPNOTSUPP where calls cannot be told apart on this architecture.
 */
int supervise_filter_install(const struct run_config *c)
{
	unsigned int stream = c->kinds & RUN_STREAM ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW;
	unsigned int mptcp = c->kinds & RUN_STREAM ? SECCOMP_RET_ERRNO | EPROTONOSUPPORT : SECCOMP_RET_ALLOW;
	unsigned int dgram = c->kinds & RUN_DGRAM ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW;
	unsigned int pick = run_picks(c) ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW;
	struct sock_filter insns[NUM_INSNS] = {
		LOAD(LD_ARCH, offsetof(struct seccomp_data, arch)),
		IF(IS_ARCH, ARCH, LD_NR, ALLOW),
		LOAD(LD_NR, offsetof(struct seccomp_data, nr)),
		JUMP(IS_OTHER_ABI, BPF_JGE, OTHER_ABI, ALLOW, IS_BIND),
		IF(IS_BIND, SYS_bind, PICK, IS_CONNECT),
		IF(IS_CONNECT, SYS_connect, PICK, IS_LISTEN),
		IF(IS_LISTEN, SYS_listen, PICK, IS_SOCKET),
		IF(IS_SOCKET, SYS_socket, LD_DOMAIN, ALLOW),
		LOAD(LD_DOMAIN, ARG(0)),
		IF(IS_INET, AF_INET, LD_TYPE, IS_INET6),
		IF(IS_INET6, AF_INET6, LD_TYPE, ALLOW),
		LOAD(LD_TYPE, ARG(1)),
		[WITHOUT_FLAGS] = BPF_STMT(BPF_ALU | BPF_AND | BPF_K,
					   ~(unsigned int)(SOCK_NONBLOCK | SOCK_CLOEXEC)),
		IF(IS_STREAM, SOCK_STREAM, LD_STREAM, IS_DGRAM),
		IF(IS_DGRAM, SOCK_DGRAM, LD_DGRAM, ALLOW),
		LOAD(LD_STREAM, ARG(2)),
		IF(IS_ANY_STREAM, 0, STREAM, IS_TCP),
		IF(IS_TCP, IPPROTO_TCP, STREAM, IS_MPTCP),
		IF(IS_MPTCP, IPPROTO_MPTCP, MPTCP, ALLOW),
		LOAD(LD_DGRAM, ARG(2)),
		IF(IS_ANY_DGRAM, 0, DGRAM, IS_UDP),
		IF(IS_UDP, IPPROTO_UDP, DGRAM, ALLOW),
		RETURN(STREAM, stream),
		RETURN(MPTCP, mptcp),
		RETURN(DGRAM, dgram),
		RETURN(PICK, pick),
		RETURN(ALLOW, SECCOMP_RET_ALLOW),
	};
	int fd;

	if (!ARCH)
		return -EOPNOTSUPP;
	fd = install(insns);
	if (fd != -EACCES)
		return fd;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return install(insns);
}
