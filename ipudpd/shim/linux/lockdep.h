/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever changes tables holds the lock of the home: here, is the control thread. */
#ifndef _IPUDP_SHIM_LOCKDEP_H
#define _IPUDP_SHIM_LOCKDEP_H

#include <linux/types.h>

#define lockdep_is_held(lock) ((void)(lock), true)
#define lockdep_assert_held(lock) ((void)(lock))

#endif
