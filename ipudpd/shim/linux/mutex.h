/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lock of a home. There is one thread that changes anything, so that it locks nothing. */
#ifndef _IPUDP_SHIM_MUTEX_H
#define _IPUDP_SHIM_MUTEX_H

#include <linux/lockdep.h>

/**
 * struct mutex - what the kernel's functions want to be held
 * @locked: whether it is
 */
struct mutex {
	bool locked;
};

static inline void mutex_init(struct mutex *lock)
{
	lock->locked = false;
}

static inline void mutex_lock(struct mutex *lock)
{
	lock->locked = true;
}

static inline void mutex_unlock(struct mutex *lock)
{
	lock->locked = false;
}

#define mutex_destroy(lock) ((void)(lock))

#endif
