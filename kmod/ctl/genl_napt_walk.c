// SPDX-License-Identifier: GPL-2.0
/*
 * Going through all mappings, over several messages, while they come and go.
 */
#include <linux/jhash.h>
#include <linux/slab.h>
#include "genl_napt.h"

#define AT_ONCE	1024	/* mappings that are looked at before others may run */

/*
 * A mapping that comes moves next_id, one that only goes moves the count; a walk that began anew has
 * told some twice. Never 0.
 */
static u32 generation(const struct naru_map_dump *dump)
{
	const struct naru_napt *napt = dump->napt;

	return jhash_3words(atomic_read(&napt->next_id), atomic_read(&napt->num_maps),
			    atomic_read(&napt->num_sessions), dump->restarts) | 1;
}

/* Reads the request; args[0] becomes the dump's struct naru_map_dump */
static int start(struct netlink_callback *cb, struct naru_napt *napt,
		 const struct nla_policy *policy)
{
	struct nlattr *attrs[NARU_NAPT_REQ_FILTER + 1];
	struct naru_map_dump *dump;
	int err = naru_genl_dump_parse(cb, attrs, NARU_NAPT_REQ_FILTER, policy);

	if (err)
		return err;
	dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	if (!dump) {
		NL_SET_ERR_MSG(cb->extack, "no memory for the dump");
		return -ENOMEM;
	}
	err = naru_map_filter_parse(attrs[NARU_NAPT_REQ_FILTER], &dump->filter, cb->extack);
	if (err || !napt) {
		kfree(dump);
		return err;
	}
	dump->napt = napt;
	rhashtable_walk_enter(&napt->inside, &dump->iter);
	cb->args[0] = (long)dump;
	return 0;
}

/**
 * naru_map_dump_again() - what was told may be told twice
 * @cb: dump, which is not consistent from now on
 * @dump: its walk
 *
 * Any context.
 */
void naru_map_dump_again(struct netlink_callback *cb, struct naru_map_dump *dump)
{
	dump->restarts++;
	cb->seq = generation(dump);
}

/* As many as fit. The one that did not is where the next message begins */
static int put_some(struct sk_buff *skb, struct netlink_callback *cb, struct naru_map_dump *dump,
		    naru_map_put put)
{
	struct naru_mapping *map;
	unsigned int n = 0;
	int err = 0;

	if (rhashtable_walk_start_check(&dump->iter))
		naru_map_dump_again(cb, dump);
	for (map = rhashtable_walk_peek(&dump->iter); map; map = rhashtable_walk_next(&dump->iter)) {
		if (IS_ERR(map)) {
			naru_map_dump_again(cb, dump);
			continue;
		}
		err = put(skb, cb, dump, map);
		if (err)
			break;
		if (++n % AT_ONCE)
			continue;
		rhashtable_walk_stop(&dump->iter);
		cond_resched();
		if (rhashtable_walk_start_check(&dump->iter))
			naru_map_dump_again(cb, dump);
	}
	rhashtable_walk_stop(&dump->iter);
	return skb->len ? skb->len : err;
}

/**
 * naru_map_dump_run() - a message of a dump of mappings, or of sessions
 * @skb: message to fill
 * @cb: dump; args[0] is its struct naru_map_dump
 * @policy: of the request
 * @put: called for each mapping, under RCU; an errno ends the message before it
 *
 * Process context; may sleep.
 *
 * Return: bytes in @skb, 0 at the end, -EPERM, -ENOMEM, what naru_map_filter_parse() gives, and
 * -EMSGSIZE when not even one fits.
 */
int naru_map_dump_run(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct nla_policy *policy, naru_map_put put)
{
	struct naru_napt *napt = naru_genl_napt(cb->skb);
	struct naru_map_dump *dump;
	int err = 0;

	if (!cb->args[0]) {
		err = naru_genl_admin(cb->skb, sock_net(cb->skb->sk)->user_ns, cb->extack);
		if (!err)
			err = start(cb, napt, policy);
	}
	dump = (struct naru_map_dump *)cb->args[0];
	if (err || !dump)
		return err;
	cb->seq = generation(dump);
	return put_some(skb, cb, dump, put);
}

/**
 * naru_map_dump_done() - such a dump is over, or was given up
 * @cb: dump
 *
 * Process context.
 *
 * Return: 0.
 */
int naru_map_dump_done(struct netlink_callback *cb)
{
	struct naru_map_dump *dump = (struct naru_map_dump *)cb->args[0];

	if (dump)
		rhashtable_walk_exit(&dump->iter);
	kfree(dump);
	return 0;
}
