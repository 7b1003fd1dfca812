/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the object tunnel. */
#ifndef _TOOL_TUNNEL_WORDS_H
#define _TOOL_TUNNEL_WORDS_H

#include "args.h"

#include <ipudp/ipudp.h>

/**
 * struct tool_tunnel_request - the words of a command
 * @tunnel: what they say
 * @bind: interface to bind to, or NULL
 * @link: interface to leave by, or NULL
 * @vrf: VRF for both, or NULL
 */
struct tool_tunnel_request {
	struct ipudp_tunnel tunnel;
	const char *bind;
	const char *link;
	const char *vrf;
};

/* Tables for tool_args_parse() into a struct tool_tunnel_request. */
extern const struct tool_keyword tool_tunnel_add_keywords[];
extern const struct tool_keyword tool_tunnel_set_keywords[];
extern const struct tool_keyword tool_tunnel_del_keywords[];
extern const struct tool_keyword tool_tunnel_show_keywords[];
extern const struct tool_keyword tool_tunnel_flush_keywords[];

#endif
