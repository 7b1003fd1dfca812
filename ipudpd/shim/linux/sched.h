/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel lets others run in between; here, everybody else has a thread. */
#include_next <linux/sched.h>
#ifndef _IPUDP_SHIM_SCHED_H
#define _IPUDP_SHIM_SCHED_H

#define cond_resched() ((void)0)

#endif
