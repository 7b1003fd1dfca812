/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Powers of two. */
#ifndef _IPUDP_SHIM_LOG2_H
#define _IPUDP_SHIM_LOG2_H

#define is_power_of_2(word) ((word) && !((word) & ((word)-1)))

#endif
