// SPDX-License-Identifier: GPL-2.0
/*
 * The module: its parameters, and its parts in the order in which they come and go.
 */
#include <linux/module.h>
#include <linux/random.h>
#include "naru.h"
#include "napt/napt.h"
#include "sock/dgram.h"

siphash_aligned_key_t naru_secret;
unsigned int naru_af = AF_NARU;
bool naru_unprivileged = true;

module_param_named(af, naru_af, uint, 0444);
MODULE_PARM_DESC(af, "number of the address family (default: 18)");
module_param_named(unprivileged, naru_unprivileged, bool, 0444);
MODULE_PARM_DESC(unprivileged, "ordinary users may open sockets (default: true)");

struct part {
	int (*init)(void);
	void (*exit)(void);
};

static int make_secret(void)
{
	get_random_bytes(&naru_secret, sizeof(naru_secret));
	return 0;
}

static void forget_secret(void)
{
	memzero_explicit(&naru_secret, sizeof(naru_secret));
}

/*
 * Sockets come last, when everything they use is there, and go first. The caches go last: no
 * namespace has an object of theirs any more, and RCU callbacks have run (essay, 6).
 */
static const struct part parts[] = {
	{ make_secret, forget_secret },
	{ naru_listen_init, naru_listen_exit },
	{ naru_timewait_init, naru_timewait_exit },
	{ naru_batch_init, naru_batch_exit },
	{ naru_ext_register, naru_ext_unregister },
	{ naru_table_register, naru_table_unregister },
	{ naru_session_register, naru_session_unregister },
	{ naru_netns_register, naru_netns_unregister },
	{ naru_napt_register, naru_napt_unregister },
	{ naru_offload_register, naru_offload_unregister },
	{ naru_ingress_register, naru_ingress_unregister },
	{ naru_dgram_ingress_register, naru_dgram_ingress_unregister },
	{ naru_genl_register, naru_genl_unregister },
	{ naru_family_register, naru_family_unregister },
};

static void undo(unsigned int n)
{
	while (n--)
		parts[n].exit();
}

static int __init naru_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		err = parts[i].init();
		if (err) {
			undo(i);
			return err;
		}
	}
	return 0;
}

static void __exit naru_exit(void)
{
	undo(ARRAY_SIZE(parts));
}

module_init(naru_init);
module_exit(naru_exit);
MODULE_DESCRIPTION("naru: a second transport stack with sockets of its own");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
