// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of modes. */

#include "mode.h"

#include <stddef.h>

const struct ipudp_mode_ops *ipudp_mode_of(uint8_t mode)
{
	switch (mode) {
	case IPUDP_MODE_FIXED:
		return &ipudp_mode_fixed;
	case IPUDP_MODE_MULTI:
		return &ipudp_mode_multi;
	default:
		return NULL;
	}
}
