// SPDX-License-Identifier: GPL-2.0
/*
 * What was refused to programs, listed.
 */
#include <linux/slab.h>
#include "genl.h"
#include "sock/ledger.h"

const struct nla_policy naru_compat_policy[NARU_COMPAT_PID + 1] = {
	[NARU_COMPAT_PID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* As the reader has it; where that does not see it, as its own namespace does */
static u32 pid_number(const struct naru_ledger_proc *proc)
{
	return naru_ledger_pid(proc) ? : proc->number[proc->level].nr;
}

static bool is_own(const struct netlink_callback *cb, const struct naru_ledger_proc *proc)
{
	return uid_eq(NETLINK_CB(cb->skb).creds.uid, proc->uid);
}

static bool is_admin(const struct netlink_callback *cb)
{
	return netlink_ns_capable(cb->skb, sock_net(cb->skb->sk)->user_ns, CAP_NET_ADMIN);
}

static int put_line(struct sk_buff *skb, const struct naru_ledger_line *line)
{
	struct nlattr *nest = nla_nest_start(skb, NARU_COMPAT_REFUSED);

	if (!nest ||
	    nla_put_u8(skb, NARU_REFUSED_KIND, line->kind) ||
	    nla_put_s32(skb, NARU_REFUSED_LEVEL, line->level) ||
	    nla_put_u32(skb, NARU_REFUSED_NAME, line->name) ||
	    nla_put_u32(skb, NARU_REFUSED_ERRNO, line->err) ||
	    nla_put_u64_64bit(skb, NARU_REFUSED_COUNT, line->count, NARU_REFUSED_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_proc(struct sk_buff *skb, const struct netlink_callback *cb, const struct naru_ledger_proc *proc)
{
	struct user_namespace *user_ns = sk_user_ns(NETLINK_CB(cb->skb).sk);
	u32 i;

	if (nla_put_u32(skb, NARU_COMPAT_PID, pid_number(proc)) ||
	    nla_put_string(skb, NARU_COMPAT_COMM, proc->comm) ||
	    nla_put_u32(skb, NARU_COMPAT_UID, from_kuid_munged(user_ns, proc->uid)) ||
	    nla_put_u64_64bit(skb, NARU_COMPAT_LOST, proc->lost, NARU_COMPAT_PAD))
		return -EMSGSIZE;
	for (i = 0; i < proc->num; i++)
		if (put_line(skb, &proc->line[i]))
			return -EMSGSIZE;
	return 0;
}

static int put_reply(struct sk_buff *skb, struct netlink_callback *cb, const struct naru_ledger_proc *proc)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &naru_genl_family,
				NLM_F_MULTI, NARU_CMD_COMPAT_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (put_proc(skb, cb, proc)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* What args[] of a dump are */
enum { ARG_ID, ARG_PID, ARG_ADMIN, ARG_BEGUN, ARG_SHOWN, ARG_DENIED };

/* Who asks is looked at once: the rest may be read by another */
static int dump_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[ARRAY_SIZE(naru_compat_policy)];
	int err;

	err = naru_genl_dump_parse(cb, attrs, ARRAY_SIZE(attrs) - 1, naru_compat_policy);
	if (err)
		return err;
	if (attrs[NARU_COMPAT_PID])
		cb->args[ARG_PID] = nla_get_u32(attrs[NARU_COMPAT_PID]);
	cb->args[ARG_ADMIN] = is_admin(cb);
	cb->args[ARG_BEGUN] = true;
	return 0;
}

/* A number of another namespace's is nobody's here */
static bool wanted(const struct netlink_callback *cb, const struct naru_ledger_proc *proc)
{
	return !cb->args[ARG_PID] || naru_ledger_pid(proc) == cb->args[ARG_PID];
}

/* 0 also for what is not to be seen */
static int show(struct sk_buff *skb, struct netlink_callback *cb, const struct naru_ledger_proc *proc)
{
	int err;

	if (!wanted(cb, proc))
		return 0;
	if (!cb->args[ARG_ADMIN] && !is_own(cb, proc)) {
		cb->args[ARG_DENIED] = true;
		return 0;
	}
	err = put_reply(skb, cb, proc);
	if (!err)
		cb->args[ARG_SHOWN] = true;
	return err;
}

/* Numbers are given again: one of several processes may be the user's */
static int finish(struct netlink_callback *cb)
{
	if (!cb->args[ARG_PID] || !cb->args[ARG_DENIED] || cb->args[ARG_SHOWN])
		return 0;
	NL_SET_ERR_MSG(cb->extack, "not permitted: another user's process needs CAP_NET_ADMIN in this network namespace");
	return -EPERM;
}

/**
 * naru_genl_compat_dump() - NARU_CMD_COMPAT_GET
 * @skb: message to fill
 * @cb: dump
 *
 * Process context; may sleep.
 *
 * Return: bytes in @skb, 0 at the end, -EINVAL, -EPERM, -ENOMEM.
 */
int naru_genl_compat_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct naru_net *nn = naru_net(sock_net(cb->skb->sk));
	struct naru_ledger_proc *proc;
	int err = cb->args[ARG_BEGUN] ? 0 : dump_start(cb);

	while (!err) {
		proc = naru_ledger_next(nn, cb->args[ARG_ID]);
		if (IS_ERR_OR_NULL(proc)) {
			err = proc ? PTR_ERR(proc) : finish(cb);
			break;
		}
		err = show(skb, cb, proc);
		if (!err)
			cb->args[ARG_ID] = proc->id;
		kfree(proc);
	}
	return err == -EMSGSIZE && skb->len ? skb->len : err ? : skb->len;
}
