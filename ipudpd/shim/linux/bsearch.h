/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Searching arrays. */
#ifndef _IPUDP_SHIM_BSEARCH_H
#define _IPUDP_SHIM_BSEARCH_H

#include <stdlib.h>

#endif
