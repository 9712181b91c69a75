// SPDX-License-Identifier: GPL-2.0
/*
 * Other network namespaces: a closed socket that still delivers its data keeps its namespace, which
 * may have neither a name nor a process left to reach it by.
 */
#include <net/net_namespace.h>
#include "genl.h"

static struct net *find(u32 inode)
{
	struct net *net, *found = NULL;

	rcu_read_lock();
	for_each_net_rcu(net) {
		if (net->ns.inum == inode) {
			found = maybe_get_net(net);
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * naru_genl_netns_get() - the namespace that a request is about
 * @skb: request
 * @attr: NARU_QUERY_NETNS or NULL
 * @extack: for refusals
 *
 * Another namespace than the requester's own wants CAP_NET_ADMIN in the initial user namespace.
 * Process context.
 *
 * Return: the namespace with a reference for put_net(), or an ERR_PTR: -EPERM, -ENOENT.
 */
struct net *naru_genl_netns_get(struct sk_buff *skb, const struct nlattr *attr,
				struct netlink_ext_ack *extack)
{
	struct net *net;

	if (!attr)
		return get_net(sock_net(skb->sk));
	if (!netlink_capable(skb, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "other namespaces want CAP_NET_ADMIN in the initial one");
		return ERR_PTR(-EPERM);
	}
	net = find(nla_get_u32(attr));
	if (net)
		return net;
	NL_SET_ERR_MSG_ATTR(extack, attr, "no such network namespace");
	return ERR_PTR(-ENOENT);
}

static int put_netns(struct sk_buff *skb, struct netlink_callback *cb, const struct net *net,
		     u32 socks)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&naru_genl_family, NLM_F_MULTI, NARU_CMD_NETNS_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(skb, NARU_NETNS_INODE, net->ns.inum) ||
	    nla_put_u32(skb, NARU_NETNS_SOCKS, socks)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * naru_genl_netns_dump() - NARU_CMD_NETNS_GET
 * @skb: message to fill
 * @cb: dump; args[0] namespaces have been looked at
 *
 * Process context. Who asks is looked at once: the rest may be read by another.
 *
 * Return: bytes in @skb, 0 at the end, -EPERM.
 */
int naru_genl_netns_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net;
	long nr = 0;
	u32 socks;
	int err;

	err = cb->args[0] ? 0 : naru_genl_admin(cb->skb, &init_user_ns, cb->extack);
	if (err)
		return err;
	rcu_read_lock();
	for_each_net_rcu(net) {
		if (nr++ < cb->args[0])
			continue;
		socks = atomic_read(&naru_net(net)->nr_socks);
		if (socks && put_netns(skb, cb, net, socks))
			break;
		cb->args[0] = nr;
	}
	rcu_read_unlock();
	return skb->len;
}
