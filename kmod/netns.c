// SPDX-License-Identifier: GPL-2.0
/*
 * What naru keeps per network namespace comes and goes with the namespace; essay, 6.
 */
#include <net/net_namespace.h>
#include "naru.h"
#include "sock/ledger.h"
#include "napt/napt.h"
#include "sock/dgram.h"
#include "tcp/recorder.h"

unsigned int naru_net_id;

static void init_registry(struct naru_net *nn)
{
	unsigned int i;

	for (i = 0; i < NARU_REG_BUCKETS; i++) {
		spin_lock_init(&nn->reg[i].lock);
		INIT_HLIST_HEAD(&nn->reg[i].head);
	}
}

static int __net_init netns_init(struct net *net)
{
	struct naru_net *nn = naru_net(net);
	int err;

	nn->net = net;
	mutex_init(&nn->port_mutex);
	mutex_init(&nn->hook_mutex);
	init_registry(nn);
	naru_ledger_netns_init(nn);
	naru_settings_init(&nn->set);
	naru_setting_write(nn, unprivileged, naru_unprivileged);
	naru_cong_netns_init(nn);
	nn->mib = alloc_percpu(struct naru_mib);
	if (!nn->mib)
		return -ENOMEM;
	err = naru_metric_netns_init(nn);
	if (err)
		goto free_mib;
	err = naru_demux_init(nn);
	if (err)
		goto exit_metrics;
	err = naru_port_init(nn);
	if (err)
		goto exit_demux;
	err = naru_dgram_netns_init(nn);
	if (err)
		goto exit_port;
	naru_recorder_netns_init(nn);
	return 0;

exit_port:
	naru_port_exit(nn);
exit_demux:
	naru_demux_exit(nn);
exit_metrics:
	naru_metric_netns_exit(nn);
free_mib:
	free_percpu(nn->mib);
	return err;
}

/* The core waits for an RCU grace period between this and netns_exit() */
static void __net_exit netns_pre_exit(struct net *net)
{
	WRITE_ONCE(naru_net(net)->dying, true);
}

static void __net_exit netns_exit(struct net *net)
{
	struct naru_net *nn = naru_net(net);

	naru_napt_netns_exit(nn);
	naru_demux_exit(nn);
	naru_port_exit(nn);
	naru_dgram_netns_exit(nn);
	naru_cong_netns_exit(nn);
	naru_recorder_netns_exit(nn);
	naru_fastopen_netns_exit(nn);
	naru_fastopen_cache_free(nn);
	naru_metric_netns_exit(nn);
	naru_ledger_netns_exit(nn);
	WARN_ON(nn->hook_users);
}

/* One rcu_barrier() for all namespaces that go together: callbacks of nodes count and free */
static void __net_exit netns_exit_batch(struct list_head *nets)
{
	struct net *net;

	rcu_barrier();
	list_for_each_entry(net, nets, exit_list)
		free_percpu(naru_net(net)->mib);
}

static struct pernet_operations netns_ops = {
	.init = netns_init,
	.pre_exit = netns_pre_exit,
	.exit = netns_exit,
	.exit_batch = netns_exit_batch,
	.id = &naru_net_id,
	.size = sizeof(struct naru_net),
};

/**
 * naru_netns_register - set up every namespace there is and will be
 *
 * Return: 0 or a negative errno. Context: process, may sleep.
 */
int naru_netns_register(void)
{
	return register_pernet_subsys(&netns_ops);
}

/**
 * naru_netns_unregister - take naru out of every namespace
 *
 * Context: process, may sleep; waits for RCU callbacks.
 */
void naru_netns_unregister(void)
{
	unregister_pernet_subsys(&netns_ops);
}
