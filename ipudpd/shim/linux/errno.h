/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error numbers. The C library includes the header of this name for its own, so that one comes first. */
#include_next <linux/errno.h>
#ifndef _IPUDP_SHIM_ERRNO_H
#define _IPUDP_SHIM_ERRNO_H

#include <errno.h>

#endif
