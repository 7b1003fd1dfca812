/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes. */
#ifndef _IPUDP_SHIM_OVERFLOW_H
#define _IPUDP_SHIM_OVERFLOW_H

#define struct_size(ptr, member, count) (sizeof(*(ptr)) + (count) * sizeof((ptr)->member[0]))

#endif
