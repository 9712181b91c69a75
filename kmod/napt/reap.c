// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings and sessions that have ended are freed behind a grace period, all that there are by one, in
 * process context: each with an RCU callback of its own, many that end at once would keep everything
 * else waiting for milliseconds. Here the sessions of mappings that have ended end too; napt.h, N5.
 */
#include "napt.h"

static void reap(struct work_struct *work)
{
	struct naru_napt *napt = container_of(work, struct naru_napt, reaper);
	struct llist_node *maps = llist_del_all(&napt->dead_maps), *sessions;
	LLIST_HEAD(more);
	struct naru_mapping *map;

	llist_for_each_entry(map, maps, first.dead) {
		naru_session_end_more(napt, map, &more);
		cond_resched();
	}
	sessions = llist_del_all(&napt->dead_sessions);
	synchronize_rcu();
	naru_session_free(more.first);
	naru_session_free(sessions);
	naru_table_free(maps);
}

/**
 * naru_reap_init - nothing has ended yet
 * @napt: NAPT
 *
 * Any context.
 */
void naru_reap_init(struct naru_napt *napt)
{
	init_llist_head(&napt->dead_sessions);
	init_llist_head(&napt->dead_maps);
	INIT_WORK(&napt->reaper, reap);
}

/**
 * naru_reap_exit - waits until all that has ended is freed
 * @napt: NAPT; no mapping is left, and the wheel stands still
 *
 * May sleep. N6.
 */
void naru_reap_exit(struct naru_napt *napt)
{
	flush_work(&napt->reaper);
	WARN_ON(atomic_read(&napt->num_sessions) || atomic_read(&napt->num_strangers));
}

static void add(struct naru_napt *napt, struct llist_head *dead, struct naru_session *s)
{
	if (llist_add(&s->dead, dead))
		queue_work(system_unbound_wq, &napt->reaper);
}

/**
 * naru_reap_session - a session has ended
 * @napt: NAPT
 * @s: session that is in no table and in no slot; not the first of its mapping
 *
 * Any context.
 */
void naru_reap_session(struct naru_napt *napt, struct naru_session *s)
{
	add(napt, &napt->dead_sessions, s);
}

/**
 * naru_reap_map - a mapping has ended
 * @napt: NAPT
 * @map: mapping that is in no table, its first session in no slot; it may have others
 *
 * Any context.
 */
void naru_reap_map(struct naru_napt *napt, struct naru_mapping *map)
{
	add(napt, &napt->dead_maps, &map->first);
}
