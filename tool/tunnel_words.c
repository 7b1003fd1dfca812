// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of the object tunnel: tables and readers. What is done with them is in cmd_tunnel.c. */

#include "tunnel_words.h"
#include "failure.h"
#include "read.h"

#include <string.h>

#define REQUEST(into) (&((struct tool_tunnel_request *)(into))->tunnel)

static int read_dev(struct tool_args *args, const struct tool_keyword *keyword, const char *word,
		    void *into)
{
	(void)keyword;
	return tool_read_ifname(args, word, REQUEST(into)->device);
}

static int read_id(struct tool_args *args, const struct tool_keyword *keyword, const char *word,
		   void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_ID;
	return tool_read_number(args, word, "the number of a tunnel", 0, UINT32_MAX,
				&REQUEST(into)->id);
}

static int read_listener(struct tool_args *args, const struct tool_keyword *keyword,
			 const char *word, void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_LISTENER;
	return tool_read_number(args, word, "the number of a listener", 0, UINT32_MAX,
				&REQUEST(into)->listener);
}

static int read_remote(struct tool_args *args, const struct tool_keyword *keyword,
		       const char *word, void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_REMOTE;
	return tool_read_addr(args, word, &REQUEST(into)->remote);
}

static int read_rport(struct tool_args *args, const struct tool_keyword *keyword,
		      const char *word, void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_REMOTE_PORT;
	return tool_read_port(args, word, &REQUEST(into)->remote_port);
}

static int read_local(struct tool_args *args, const struct tool_keyword *keyword,
		      const char *word, void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_LOCAL;
	if (!strcmp(word, "any")) {
		REQUEST(into)->local.family = AF_UNSPEC;
		return 0;
	}
	return tool_read_addr(args, word, &REQUEST(into)->local);
}

static int read_port(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_LOCAL_PORT;
	return tool_read_port(args, word, &REQUEST(into)->local_port);
}

/* "vrf" stands for bind and link: only one of them may speak. */
static int read_interface(struct tool_args *args, const struct tool_keyword *keyword,
			  const char *word, void *into)
{
	struct tool_tunnel_request *request = into;

	if (!strcmp(keyword->name, "bind"))
		request->bind = word;
	else if (!strcmp(keyword->name, "link"))
		request->link = word;
	else
		request->vrf = word;
	if (request->vrf && (request->bind || request->link))
		return tool_fail_usage(args->failure,
				       "vrf stands for bind and link; leave these out");
	return 0;
}

static int read_mark(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_MARK;
	return tool_read_number(args, word, "a mark", 0, UINT32_MAX, &REQUEST(into)->mark);
}

static int read_ttl(struct tool_args *args, const struct tool_keyword *keyword, const char *word,
		    void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_TTL;
	return tool_read_ttl(args, word, &REQUEST(into)->ttl);
}

static int read_dscp(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_DSCP;
	return tool_read_dscp(args, word, &REQUEST(into)->dscp);
}

static int read_df(struct tool_args *args, const struct tool_keyword *keyword, const char *word,
		   void *into)
{
	int choice = 0;
	int ret;

	ret = tool_read_choice(args, keyword, word, &choice);
	if (ret)
		return ret;
	REQUEST(into)->df = (enum ipudp_df)choice;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_DF;
	return 0;
}

static int read_checksum(struct tool_args *args, const struct tool_keyword *keyword,
			 const char *word, void *into)
{
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_CHECKSUM;
	return tool_read_on_off(args, keyword, word, &REQUEST(into)->checksum);
}

static int read_source_port(struct tool_args *args, const struct tool_keyword *keyword,
			    const char *word, void *into)
{
	int choice = 0;
	int ret;

	ret = tool_read_choice(args, keyword, word, &choice);
	if (ret)
		return ret;
	REQUEST(into)->flow_port = choice == 1;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_FLOW_PORT;
	return 0;
}

static int read_keepalive(struct tool_args *args, const struct tool_keyword *keyword,
			  const char *word, void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_KEEPALIVE;
	return tool_read_time(args, word, &REQUEST(into)->keepalive_ms);
}

static int read_idle(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, void *into)
{
	(void)keyword;
	REQUEST(into)->has |= IPUDP_TUNNEL_HAS_IDLE;
	return tool_read_time(args, word, &REQUEST(into)->idle_ms);
}

static int refuse_fixed(struct tool_args *args, const struct tool_keyword *keyword,
			const char *word, void *into)
{
	(void)word;
	(void)into;
	return tool_fail_usage(args->failure,
			       "\"%.*s\" cannot be changed on a live tunnel; delete it and add it anew",
			       tool_word_first(keyword->name), keyword->name);
}

#define DEV		{ "dev", "NAME", TOOL_REQUIRED, read_dev, "ifname|ifindex" }
#define TUNNEL_ID	{ "id", "N", 0, read_id, NULL }
#define LOCAL		{ "local", "ADDR", 0, read_local, NULL }
#define RPORT		{ "rport|remote-port", "PORT", 0, read_rport, "remote-port" }
/* In the order of the netlink spec's enumerations, as the readers need it. */
#define OUTER_OPTIONS								\
	{ "mark", "MARK", 0, read_mark, NULL },					\
	{ "ttl", "TTL", 0, read_ttl, NULL },					\
	{ "dscp", "DSCP", 0, read_dscp, NULL },					\
	{ "df", "set|unset|inherit", 0, read_df, NULL },			\
	{ "checksum", "on|off", 0, read_checksum, NULL },			\
	{ "source-port", "fixed|flow", 0, read_source_port, "flow-port" },	\
	{ "keepalive", "TIME", 0, read_keepalive, "keepalive-ms" },		\
	{ "idle", "TIME", 0, read_idle, "idle-ms" }

const struct tool_keyword tool_tunnel_add_keywords[] = {
	DEV,
	TUNNEL_ID,
	{ "remote", "ADDR", TOOL_REQUIRED, read_remote, NULL },
	RPORT,
	LOCAL,
	{ "port|local-port", "PORT", 0, read_port, "local-port" },
	{ "listener", "ID", 0, read_listener, NULL },
	{ "bind", "IFNAME", 0, read_interface, "bind-ifindex" },
	{ "vrf", "VRF", 0, read_interface, NULL },
	{ "link", "IFNAME", 0, read_interface, "link-ifindex" },
	OUTER_OPTIONS,
	{ 0 }
};

const struct tool_keyword tool_tunnel_set_keywords[] = {
	DEV,
	TUNNEL_ID,
	{ "remote", "ADDR", 0, read_remote, NULL },
	RPORT,
	LOCAL,
	{ "port|local-port", "PORT", TOOL_HIDDEN, refuse_fixed, "local-port" },
	{ "listener", "ID", TOOL_HIDDEN, refuse_fixed, NULL },
	{ "bind", "IFNAME", TOOL_HIDDEN, refuse_fixed, "bind-ifindex" },
	{ "vrf", "VRF", TOOL_HIDDEN, refuse_fixed, NULL },
	{ "link", "IFNAME", 0, read_interface, "link-ifindex" },
	OUTER_OPTIONS,
	{ 0 }
};

const struct tool_keyword tool_tunnel_del_keywords[] = {
	DEV,
	TUNNEL_ID,
	{ 0 }
};

const struct tool_keyword tool_tunnel_show_keywords[] = {
	{ "dev", "NAME", 0, read_dev, "ifname|ifindex" },
	TUNNEL_ID,
	{ 0 }
};

const struct tool_keyword tool_tunnel_flush_keywords[] = {
	DEV,
	{ 0 }
};
