/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces that tunnels and listeners name, and that are gone: when one comes back under its name,
 * as that of a modem does, it is the one that was meant. Control thread.
 */
#ifndef _IPUDP_GONE_H
#define _IPUDP_GONE_H

#include <stdint.h>

struct ipudp_home;

/** ipudp_gone_note() - an interface is gone; it is remembered if something names it */
void ipudp_gone_note(struct ipudp_home *home, uint32_t ifindex, const char *name);

/** ipudp_gone_back() - there is an interface of a name; what named a gone one names it now */
void ipudp_gone_back(struct ipudp_home *home, uint32_t ifindex, const char *name);

/** ipudp_gone_free() - forget all */
void ipudp_gone_free(struct ipudp_home *home);

#endif
