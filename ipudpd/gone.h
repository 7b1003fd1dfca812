/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces that tunnels and listeners name, and that are gone: when one comes back under its name,
 * as that of a modem does, it is the one that was meant. Control thread.
 */
#ifndef _IPUDPD_GONE_H
#define _IPUDPD_GONE_H

#include <stdint.h>

struct ipudpd_home;

/** ipudpd_gone_note() - an interface is gone; it is remembered if something names it */
void ipudpd_gone_note(struct ipudpd_home *home, uint32_t ifindex, const char *name);

/** ipudpd_gone_back() - there is an interface of a name; what named a gone one names it now */
void ipudpd_gone_back(struct ipudpd_home *home, uint32_t ifindex, const char *name);

/** ipudpd_gone_free() - forget all */
void ipudpd_gone_free(struct ipudpd_home *home);

#endif
