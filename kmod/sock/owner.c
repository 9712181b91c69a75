// SPDX-License-Identifier: GPL-2.0
/*
 * Who opened a socket, or accepted it: what is known of its owner when nobody has it open.
 */
#include "naru.h"

/**
 * naru_owner_set - it is the caller's
 * @owner: of a socket that is nobody's
 *
 * Context: process. Once for a socket; dumps read it without a lock.
 */
void naru_owner_set(struct naru_owner *owner)
{
	get_task_comm(owner->comm, current->group_leader);
	/* pairs with the acquire in naru_owner_pid() */
	smp_store_release(&owner->pid, get_pid(task_tgid(current)));
}

/**
 * naru_owner_put - the socket goes
 * @owner: of a socket that nobody knows any more
 *
 * Any context.
 */
void naru_owner_put(struct naru_owner *owner)
{
	put_pid(owner->pid);
}
