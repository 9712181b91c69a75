/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A cgroup of the test's own, and small BPF programs attached to it.
 */
#ifndef CGROUP_TEST_H
#define CGROUP_TEST_H

#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "naru_test.h"

/* A cgroup that this process is in from now on; root: where it was */
struct t_cgroup {
	char path[128];
	int fd;
};

#define T_INSN(c, d, s, o, i) \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define T_MOV(dst, value)	T_INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define T_MOVR(dst, src)	T_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define T_ADD(dst, value)	T_INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)
#define T_STORE(size, dst, off, src) \
	T_INSN(BPF_STX | BPF_MEM | (size), dst, src, off, 0)
#define T_CALL(helper)		T_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define T_EXIT()		T_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static inline void t_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		t_die("write %s to %s", text, path);
	close(fd);
}

/* In a mount namespace of our own, so that what we mount goes with us */
static inline void t_cgroup_enter(struct t_cgroup *cg)
{
	static const char mount_point[] = "/tmp";
	char procs[160];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("cgroup2", mount_point, "cgroup2", 0, NULL))
		t_die("cgroup2");
	snprintf(cg->path, sizeof(cg->path), "%s/naru-test-%d", mount_point, getpid());
	if (mkdir(cg->path, 0755))
		t_die("mkdir %s", cg->path);
	cg->fd = open(cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cg->fd < 0)
		t_die("%s", cg->path);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", cg->path);
	t_write(procs, "0");
}

/* Behind t_cgroup_enter(): the one that all others are in */
static inline void t_cgroup_root(struct t_cgroup *cg)
{
	snprintf(cg->path, sizeof(cg->path), "/tmp");
	cg->fd = open(cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cg->fd < 0)
		t_die("%s", cg->path);
}

static inline void t_cgroup_leave(struct t_cgroup *cg)
{
	t_write("/tmp/cgroup.procs", "0");
	close(cg->fd);
	if (rmdir(cg->path))
		t_die("rmdir %s", cg->path);
}

static inline int t_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* Loads and attaches; returns the program */
static inline int t_attach(const struct t_cgroup *cg, int prog_type, int attach_type,
			   const struct bpf_insn *insns, int num)
{
	static char log[65536];
	union bpf_attr attr = {
		.prog_type = prog_type,
		.expected_attach_type = attach_type,
		.insns = (uintptr_t)insns,
		.insn_cnt = num,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int fd = t_bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0)
		t_die("BPF program: %s", log);
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = cg->fd;
	attr.attach_bpf_fd = fd;
	attr.attach_type = attach_type;
	if (t_bpf(BPF_PROG_ATTACH, &attr))
		t_die("attach type %d", attach_type);
	return fd;
}

static inline void t_detach(const struct t_cgroup *cg, int fd, int attach_type)
{
	union bpf_attr attr = {
		.target_fd = cg->fd,
		.attach_bpf_fd = fd,
		.attach_type = attach_type,
	};

	if (t_bpf(BPF_PROG_DETACH, &attr))
		t_die("detach type %d", attach_type);
	close(fd);
}

/* A program that says no */
static inline int t_deny(const struct t_cgroup *cg, int prog_type, int attach_type)
{
	const struct bpf_insn insns[] = { T_MOV(BPF_REG_0, 0), T_EXIT() };

	return t_attach(cg, prog_type, attach_type, insns, 2);
}

/* One that sets what @field of its context is to @value, and says yes */
static inline int t_rewrite(const struct t_cgroup *cg, int prog_type, int attach_type, int field,
			    uint32_t value)
{
	const struct bpf_insn insns[] = {
		T_MOV(BPF_REG_2, value),
		T_STORE(BPF_W, BPF_REG_1, field, BPF_REG_2),
		T_MOV(BPF_REG_0, 1),
		T_EXIT(),
	};

	return t_attach(cg, prog_type, attach_type, insns, 4);
}

/* One that says yes, and whose runs are counted (t_runs()) */
static inline int t_count(const struct t_cgroup *cg, int prog_type, int attach_type)
{
	const struct bpf_insn insns[] = { T_MOV(BPF_REG_0, 1), T_EXIT() };
	union bpf_attr attr = { .enable_stats.type = BPF_STATS_RUN_TIME };

	if (t_bpf(BPF_ENABLE_STATS, &attr) < 0)	/* as long as that stays open: till we end */
		t_die("BPF statistics");
	return t_attach(cg, prog_type, attach_type, insns, 2);
}

static inline unsigned long t_runs(int fd)
{
	struct bpf_prog_info info = {};
	union bpf_attr attr = {
		.info.bpf_fd = fd, .info.info_len = sizeof(info), .info.info = (uintptr_t)&info,
	};

	if (t_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		t_die("BPF program's info");
	return info.run_cnt;
}

#endif
