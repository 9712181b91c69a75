// SPDX-License-Identifier: GPL-2.0
/*
 * Counters, read.
 */
#include "genl.h"

static int put_stat(struct sk_buff *skb, struct naru_net *nn, unsigned int idx)
{
	if (nla_put_string(skb, NARU_STAT_NAME, naru_mib_name(idx)) ||
	    nla_put_u64_64bit(skb, NARU_STAT_VALUE, naru_mib_read(nn, idx), NARU_STAT_PAD) ||
	    nla_put_string(skb, NARU_STAT_HELP, naru_mib_help(idx)))
		return -EMSGSIZE;
	if (idx >= NARU_MIB_FIRST_DROP && nla_put_flag(skb, NARU_STAT_DROP))
		return -EMSGSIZE;
	return 0;
}

/**
 * naru_genl_stat_dump() - NARU_CMD_STAT_GET
 * @skb: message to fill
 * @cb: dump; args[0] is where to go on
 *
 * Process context.
 *
 * Return: bytes in @skb, 0 at the end.
 */
int naru_genl_stat_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct naru_net *nn = naru_net(sock_net(cb->skb->sk));
	void *hdr;

	for (; cb->args[0] < NARU_MIB_MAX; cb->args[0]++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &naru_genl_family, NLM_F_MULTI, NARU_CMD_STAT_GET);
		if (!hdr)
			break;
		if (put_stat(skb, nn, cb->args[0])) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}
