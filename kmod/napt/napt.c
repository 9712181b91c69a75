// SPDX-License-Identifier: GPL-2.0
/*
 * The NAPT of a namespace comes with its first rule and goes with the namespace; napt.h, N6.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "napt.h"

static int init_parts(struct naru_napt *napt)
{
	int err = naru_host_init(napt);

	if (err)
		return err;
	err = naru_table_init(napt);
	if (err)
		goto exit_hosts;
	err = naru_session_init(napt);
	if (err)
		goto exit_table;
	err = naru_hold_init(napt);
	if (err)
		goto exit_sessions;
	err = naru_wheel_init(napt);
	if (!err)
		return 0;
	naru_hold_exit(napt);
exit_sessions:
	naru_session_exit(napt);
exit_table:
	naru_table_exit(napt);
exit_hosts:
	naru_host_exit(napt);
	return err;
}

static struct naru_napt *make_napt(struct naru_net *nn)
{
	struct naru_napt *napt = kvzalloc(sizeof(*napt), GFP_KERNEL_ACCOUNT);
	int err;

	if (!napt)
		return ERR_PTR(-ENOMEM);
	napt->nn = nn;
	mutex_init(&napt->mutex);
	spin_lock_init(&napt->ext_lock);
	spin_lock_init(&napt->event_lock);
	naru_reap_init(napt);
	get_random_bytes(&napt->next_gen, sizeof(napt->next_gen));
	err = init_parts(napt);
	if (!err)
		return napt;
	kvfree(napt);
	return ERR_PTR(err);
}

static DEFINE_MUTEX(make_mutex);

/**
 * naru_napt_get - the NAPT of a namespace
 * @nn: namespace
 *
 * Process context, may sleep.
 *
 * Return: it, made if it is missing, or an ERR_PTR: -ENOMEM.
 */
struct naru_napt *naru_napt_get(struct naru_net *nn)
{
	struct naru_napt *napt = naru_napt_of(nn);

	if (napt)
		return napt;
	mutex_lock(&make_mutex);
	napt = nn->napt;
	if (!napt) {
		napt = make_napt(nn);
		if (!IS_ERR(napt))
			smp_store_release(&nn->napt, napt);	/* pairs with naru_napt_of() */
	}
	mutex_unlock(&make_mutex);
	return napt;
}

/**
 * naru_napt_netns_exit - the NAPT goes with its namespace, or with the module
 * @nn: namespace
 *
 * May sleep; naru_napt.rcu callbacks may still run behind it, rcu_barrier() is the caller's.
 */
void naru_napt_netns_exit(struct naru_net *nn)
{
	struct naru_napt *napt = nn->napt;

	if (!napt)
		return;
	mutex_lock(&napt->mutex);
	naru_napt_unhook(napt);
	mutex_unlock(&napt->mutex);
	naru_hold_exit(napt);
	naru_wheel_stop(napt);
	naru_table_exit(napt);
	naru_reap_exit(napt);
	naru_wheel_exit(napt);
	naru_rules_free(napt);
	naru_session_exit(napt);
	naru_host_exit(napt);
	nn->napt = NULL;
	kvfree(napt);
}

static void refresh(struct net *net)
{
	struct naru_napt *napt = naru_napt_of(naru_net(net));

	if (!napt)
		return;
	mutex_lock(&napt->mutex);
	naru_rules_refresh(napt);
	mutex_unlock(&napt->mutex);
}

/* Under rtnl_lock */
static int device_event(struct notifier_block *nb, unsigned long event, void *arg)
{
	struct net_device *dev = netdev_notifier_info_to_dev(arg);

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
	case NETDEV_UP:
	case NETDEV_CHANGENAME:
		refresh(dev_net(dev));
	}
	return NOTIFY_DONE;
}

/* Under rtnl_lock */
static int address_event(struct notifier_block *nb, unsigned long event, void *arg)
{
	const struct in_ifaddr *ifa = arg;

	refresh(dev_net(ifa->ifa_dev->dev));
	return NOTIFY_DONE;
}

static struct notifier_block device_block = { .notifier_call = device_event };
static struct notifier_block address_block = { .notifier_call = address_event };

/**
 * naru_napt_register - memory for mappings, and news of interfaces and addresses
 *
 * Module init, behind the namespaces. Return: 0 or a negative errno.
 */
int naru_napt_register(void)
{
	int err = register_netdevice_notifier(&device_block);

	if (err)
		return err;
	err = register_inetaddr_notifier(&address_block);
	if (err)
		unregister_netdevice_notifier(&device_block);
	return err;
}

/**
 * naru_napt_unregister - no more news
 *
 * Module exit, before the namespaces.
 */
void naru_napt_unregister(void)
{
	unregister_inetaddr_notifier(&address_block);
	unregister_netdevice_notifier(&device_block);
}
