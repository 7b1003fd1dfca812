/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the netlink spec's enumerations, attributes and commands, which are in names_gen.c. */
#ifndef _IPUDP_NAMES_H
#define _IPUDP_NAMES_H

/**
 * struct ipudp_name - one entry of an enumeration; tables end with a NULL name
 * @name: as the spec and the tool write it
 * @doc: one sentence, may be empty
 */
struct ipudp_name {
	const char *name;
	const char *doc;
};

/**
 * struct ipudp_attr_name - one attribute of a set; entry 0 is attribute 1
 * @name: as the spec writes it; NULL ends the table
 * @nested: the set within it, NULL if it is no nest
 */
struct ipudp_attr_name {
	const char *name;
	const struct ipudp_attr_name *nested;
};

/**
 * struct ipudp_command_name - one command of the family; entry 0 is command 1
 * @name: as the spec writes it; NULL ends the table
 * @attrs: the attribute set of its messages
 */
struct ipudp_command_name {
	const char *name;
	const struct ipudp_attr_name *attrs;
};

extern const struct ipudp_command_name ipudp_commands[];

extern const struct ipudp_name ipudp_names_mode[];
extern const struct ipudp_name ipudp_names_lookup[];
extern const struct ipudp_name ipudp_names_fast_path[];
extern const struct ipudp_name ipudp_names_fast_path_state[];
extern const struct ipudp_name ipudp_names_header[];
extern const struct ipudp_name ipudp_names_family[];
extern const struct ipudp_name ipudp_names_df[];
extern const struct ipudp_name ipudp_names_action[];
extern const struct ipudp_name ipudp_names_exists[];
extern const struct ipudp_name ipudp_names_tunnel_state[];
extern const struct ipudp_name ipudp_names_frame_class[];
extern const struct ipudp_name ipudp_names_drop_reason[];

#endif
