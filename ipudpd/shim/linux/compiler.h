/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that one thread writes while others read. */
#ifndef _IPUDP_SHIM_COMPILER_H
#define _IPUDP_SHIM_COMPILER_H

#include <linux/types.h>

#define READ_ONCE(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#define WRITE_ONCE(word, value) __atomic_store_n(&(word), value, __ATOMIC_RELAXED)

#endif
