// SPDX-License-Identifier: GPL-2.0-or-later
/* Interface names and indexes of the namespace that the program is in, remembered. */

#include "ifname.h"

#include <stdio.h>
#include <string.h>

void tool_ifnames_clear(struct tool_ifnames *names)
{
	memset(names, 0, sizeof(*names));
}

static unsigned int hash(const char *name)
{
	unsigned int sum = 5381;

	while (*name)
		sum = sum * 33 + (unsigned char)*name++;
	return sum % TOOL_IFNAMES;
}

uint32_t tool_ifname_index(struct tool_ifnames *names, const char *name)
{
	struct tool_ifname *entry = &names->entries[hash(name)];
	uint32_t index;

	if (strlen(name) >= sizeof(entry->name))
		return 0;
	if (entry->index && !strcmp(entry->name, name))
		return entry->index;

	index = if_nametoindex(name);
	if (index) {
		strcpy(entry->name, name);
		entry->index = index;
	}
	return index;
}

const char *tool_ifname_of(struct tool_ifnames *names, uint32_t index)
{
	struct tool_ifname *entry = &names->by_index[index % TOOL_IFNAMES];

	if (entry->index == index)
		return entry->name;
	entry->index = index;
	if (!if_indextoname(index, entry->name))
		snprintf(entry->name, sizeof(entry->name), "if%u", index);
	return entry->name;
}
