// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of modes. */

#include "mode.h"

#include <stddef.h>

const struct ipudpd_mode_ops *ipudpd_mode_of(uint8_t mode)
{
	switch (mode) {
	case IPUDP_MODE_FIXED:
		return &ipudpd_mode_fixed;
	case IPUDP_MODE_MULTI:
		return &ipudpd_mode_multi;
	default:
		return NULL;
	}
}
