/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interface names and indexes, remembered, because a batch asks for the same ones over and over. */
#ifndef _TOOL_IFNAME_H
#define _TOOL_IFNAME_H

#include <stdint.h>

#include <net/if.h>

#define TOOL_IFNAMES 64

/**
 * struct tool_ifnames - a small cache; a new entry takes the place of an old one
 * @entries: by a hash of the name
 * @by_index: by the index
 */
struct tool_ifnames {
	struct tool_ifname {
		char name[IFNAMSIZ];
		uint32_t index;
	} entries[TOOL_IFNAMES], by_index[TOOL_IFNAMES];
};

/** tool_ifnames_clear() - forget all, for names may have changed */
void tool_ifnames_clear(struct tool_ifnames *names);

/** tool_ifname_index() - the index of a name. Return: 0 if there is none */
uint32_t tool_ifname_index(struct tool_ifnames *names, const char *name);

/** tool_ifname_of() - the name of an index, "ifN" if it has none; valid until the next call */
const char *tool_ifname_of(struct tool_ifnames *names, uint32_t index);

#endif
