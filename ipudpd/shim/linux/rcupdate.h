/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read-copy-update under the kernel's names, over ipudpd/rcu.h: readers are the threads that carry
 * packets, within a turn of their loops, so that there is nothing to do to begin and to end.
 */
#ifndef _IPUDP_SHIM_RCUPDATE_H
#define _IPUDP_SHIM_RCUPDATE_H

#include <linux/compiler.h>
#include <linux/lockdep.h>

#include "ipudpd/rcu.h"

#define rcu_head ipudp_rcu_head

#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define rcu_read_lock_bh_held() true

#define rcu_dereference(ptr) ipudp_rcu_load(ptr)
#define rcu_dereference_check(ptr, condition) ipudp_rcu_load(ptr)
#define rcu_dereference_protected(ptr, condition) (ptr)
#define rcu_access_pointer(ptr) ipudp_read(ptr)
#define rcu_assign_pointer(ptr, value) ipudp_rcu_store(ptr, value)
#define RCU_INIT_POINTER(ptr, value) ipudp_write(ptr, value)

/** call_rcu() - call a function when no reader has the object any more */
static inline void call_rcu(struct rcu_head *head, void (*fn)(struct rcu_head *head))
{
	ipudp_rcu_call(ipudp_rcu_all, head, fn);
}

/* Free what has a struct rcu_head as @member, when no reader has it any more. */
#define kfree_rcu(ptr, member) \
	ipudp_rcu_free(ipudp_rcu_all, &(ptr)->member, offsetof(__typeof__(*(ptr)), member))
#define kvfree_rcu kfree_rcu

#endif
