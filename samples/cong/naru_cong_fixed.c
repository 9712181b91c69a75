// SPDX-License-Identifier: GPL-2.0
/*
 * A congestion control for naru as a module of its own: the window is always the same. To begin from,
 * and to see what naru makes of an algorithm that is wrong: it may be told an impossible window.
 *
 *	insmod naru_cong_fixed.ko cwnd=20000
 *	naru set congestion_control=fixed
 */
#include <linux/module.h>
#include "cong.h"

static uint cwnd = 65536;
module_param(cwnd, uint, 0644);
MODULE_PARM_DESC(cwnd, "the window, bytes");

static void fixed_init(struct naru_cong *c)
{
	c->cwnd = READ_ONCE(cwnd);
}

static void fixed_ack(struct naru_cong *c, const struct naru_cong_ack *a)
{
	c->cwnd = READ_ONCE(cwnd);
}

static u32 fixed_ssthresh(struct naru_cong *c, u32 in_flight)
{
	return READ_ONCE(cwnd);
}

static const struct naru_cong_ops fixed = {
	.name = "fixed",
	.owner = THIS_MODULE,
	.init = fixed_init,
	.ack = fixed_ack,
	.ssthresh = fixed_ssthresh,
};

static int __init fixed_load(void)
{
	return naru_cong_register(&fixed);
}

static void __exit fixed_unload(void)
{
	naru_cong_unregister(&fixed);
}

module_init(fixed_load);
module_exit(fixed_unload);

MODULE_DESCRIPTION("a fixed window for naru, as a sample");
MODULE_LICENSE("GPL");
