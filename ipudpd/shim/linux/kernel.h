/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small helpers of all kinds. */
#include_next <linux/kernel.h>
#ifndef _IPUDP_SHIM_KERNEL_H
#define _IPUDP_SHIM_KERNEL_H

#include <limits.h>
#include <stdio.h>

#include <linux/types.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)

#define min(a, b)                                      \
	({                                             \
		__typeof__(a) __min_a = (a);           \
		__typeof__(b) __min_b = (b);           \
		__min_a < __min_b ? __min_a : __min_b; \
	})
#define min3(a, b, c)                                  \
	({                                             \
		__typeof__(a) __min3 = min(a, b);      \
		__typeof__(c) __min3_c = (c);          \
		__min3 < __min3_c ? __min3 : __min3_c; \
	})

/* Only self-tests complain; of the kernel's own formats they get pointers. */
#define pr_err(...) fprintf(stderr, __VA_ARGS__)

#endif
