/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sorting arrays. */
#ifndef _IPUDP_SHIM_SORT_H
#define _IPUDP_SHIM_SORT_H

#include <stdlib.h>

#define sort(base, count, size, compare, swap) qsort(base, count, size, compare)

#endif
