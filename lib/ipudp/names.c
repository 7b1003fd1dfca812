// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of enumeration values, by the generated tables. */

#include "names.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <ipudp/ipudp.h>

static const struct ipudp_name *lookup_value(const struct ipudp_name *table, unsigned int value)
{
	unsigned int i;

	for (i = 0; table->name; i++, table++)
		if (i == value)
			return table;
	return NULL;
}

static const char *value_name(const struct ipudp_name *table, unsigned int value)
{
	const struct ipudp_name *entry = lookup_value(table, value);

	return entry ? entry->name : NULL;
}

/* The value of a name, -EINVAL if the table does not have it. */
static int name_value(const struct ipudp_name *table, const char *name)
{
	int i;

	for (i = 0; table[i].name; i++)
		if (!strcmp(table[i].name, name))
			return i;
	return -EINVAL;
}

const char *ipudp_mode_name(enum ipudp_mode mode)
{
	return value_name(ipudp_names_mode, mode);
}

const char *ipudp_lookup_name(enum ipudp_lookup lookup)
{
	return value_name(ipudp_names_lookup, lookup);
}

const char *ipudp_fast_path_name(enum ipudp_fast_path fast_path)
{
	return value_name(ipudp_names_fast_path, fast_path);
}

const char *ipudp_fast_path_state_name(enum ipudp_fast_path_state state)
{
	return value_name(ipudp_names_fast_path_state, state);
}

const char *ipudp_datapath_name(enum ipudp_datapath datapath)
{
	static const char *const names[] = {
		[IPUDP_DATAPATH_AUTO] = "auto",
		[IPUDP_DATAPATH_MODULE] = "module",
		[IPUDP_DATAPATH_USER] = "user",
	};

	return names[datapath];
}

const char *ipudp_header_name(enum ipudp_header header)
{
	return value_name(ipudp_names_header, header);
}

const char *ipudp_family_name(enum ipudp_family family)
{
	return value_name(ipudp_names_family, family);
}

const char *ipudp_df_name(enum ipudp_df df)
{
	return value_name(ipudp_names_df, df);
}

const char *ipudp_action_name(enum ipudp_action action)
{
	return value_name(ipudp_names_action, action);
}

const char *ipudp_tunnel_state_name(enum ipudp_tunnel_state state)
{
	return value_name(ipudp_names_tunnel_state, state);
}

const char *ipudp_frame_class_name(enum ipudp_frame_class class)
{
	return value_name(ipudp_names_frame_class, class);
}

const char *ipudp_drop_reason_name(enum ipudp_drop_reason reason)
{
	return value_name(ipudp_names_drop_reason, reason);
}

const char *ipudp_drop_reason_text(enum ipudp_drop_reason reason)
{
	const struct ipudp_name *entry = lookup_value(ipudp_names_drop_reason, reason);

	return entry ? entry->doc : NULL;
}

int ipudp_mode_parse(const char *name, enum ipudp_mode *ret)
{
	int value = name_value(ipudp_names_mode, name);

	if (value < 0)
		return value;
	*ret = value;
	return 0;
}

int ipudp_lookup_parse(const char *name, enum ipudp_lookup *ret)
{
	int value = name_value(ipudp_names_lookup, name);

	if (value < 0)
		return value;
	*ret = value;
	return 0;
}

int ipudp_fast_path_parse(const char *name, enum ipudp_fast_path *ret)
{
	int value = name_value(ipudp_names_fast_path, name);

	if (value < 0)
		return value;
	*ret = value;
	return 0;
}

int ipudp_family_parse(const char *name, enum ipudp_family *ret)
{
	int value = name_value(ipudp_names_family, name);

	if (value < 0)
		return value;
	*ret = value;
	return 0;
}

int ipudp_df_parse(const char *name, enum ipudp_df *ret)
{
	int value = name_value(ipudp_names_df, name);

	if (value < 0)
		return value;
	*ret = value;
	return 0;
}

int ipudp_action_parse(const char *name, enum ipudp_action *ret)
{
	int value = name_value(ipudp_names_action, name);

	if (value < 0)
		return value;
	*ret = value;
	return 0;
}

int ipudp_frame_class_parse(const char *name, enum ipudp_frame_class *ret)
{
	int value = name_value(ipudp_names_frame_class, name);

	if (value < 0)
		return value;
	*ret = value;
	return 0;
}
