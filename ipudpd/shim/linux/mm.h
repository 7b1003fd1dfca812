/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of larger objects. */
#ifndef _IPUDP_SHIM_MM_H
#define _IPUDP_SHIM_MM_H

#include <linux/slab.h>

#endif
