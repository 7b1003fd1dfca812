/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory and strings. */
#include_next <linux/string.h>
#ifndef _IPUDP_SHIM_STRING_H
#define _IPUDP_SHIM_STRING_H

#include <string.h>

#endif
