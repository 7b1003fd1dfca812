// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the messages of TSP that have XML.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/tsp/frame.h"
#include "proto/tsp/tunnel.h"
#include "proto/tsp/xml.h"

static const char *const actions[] = {
	[TSP_ACTION_NONE] = "none",	[TSP_ACTION_CREATE] = "create",
	[TSP_ACTION_INFO] = "info",	[TSP_ACTION_ACCEPT] = "accept",
	[TSP_ACTION_REJECT] = "reject", [TSP_ACTION_DELETE] = "delete",
	[TSP_ACTION_LIST] = "list",
};

const char *tsp_addr_expand(const struct lvn_addr *addr, char text[TSP_EXPANDED_SIZE])
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		snprintf(text + 5 * i, 6, "%02x%02x%s", addr->bytes[2 * i], addr->bytes[2 * i + 1],
			 i < 7 ? ":" : "");
	return text;
}

static void write_address(struct tsp_xml *xml, const char *type, const char *value)
{
	tsp_xml_start(xml, "address");
	tsp_xml_attribute(xml, "type", type);
	tsp_xml_text(xml, value);
	tsp_xml_end(xml, "address");
}

static void write_host(struct tsp_xml *xml, const struct lvn_addr *addr, const char *name)
{
	char text[LVN_ADDR_TEXT_SIZE];

	if (addr->family != AF_UNSPEC)
		write_address(xml, addr->family == AF_INET ? "ipv4" : "ipv6",
			      lvn_addr_format(addr, text));
	if (*name)
		write_address(xml, "dn", name);
}

static void write_dns(struct tsp_xml *xml, const struct tsp_dns *dns)
{
	unsigned int i;

	if (!dns->n)
		return;
	tsp_xml_start(xml, "dns_server");
	for (i = 0; i < dns->n; i++)
		write_host(xml, &dns->servers[i].addr, dns->servers[i].name);
	tsp_xml_end(xml, "dns_server");
}

static void write_router(struct tsp_xml *xml, const struct tsp_router *router)
{
	char text[TSP_EXPANDED_SIZE];

	if (!router->is_present)
		return;
	tsp_xml_start(xml, "router");
	if (router->prefix.len) {
		tsp_xml_start(xml, "prefix");
		tsp_xml_number(xml, "length", router->prefix.len);
		/* stock clients cut a fixed number of characters out of it */
		if (router->prefix.addr.family == AF_INET6)
			tsp_xml_text(xml, tsp_addr_expand(&router->prefix.addr, text));
		tsp_xml_end(xml, "prefix");
	}
	write_dns(xml, &router->dns);
	tsp_xml_end(xml, "router");
}

static void write_keepalive(struct tsp_xml *xml, const struct tsp_end *end)
{
	if (!end->has_keepalive)
		return;
	tsp_xml_start(xml, "keepalive");
	tsp_xml_number(xml, "interval", end->keepalive_s);
	write_host(xml, &end->keepalive, "");
	tsp_xml_end(xml, "keepalive");
}

static void write_end(struct tsp_xml *xml, const char *name, const struct tsp_end *end)
{
	if (!end->is_present)
		return;
	tsp_xml_start(xml, name);
	write_host(xml, &end->v4, "");
	write_host(xml, &end->v6, end->name);
	write_dns(xml, &end->dns);
	write_router(xml, &end->router);
	write_keepalive(xml, end);
	tsp_xml_end(xml, name);
}

static void write_tunnel(struct tsp_xml *xml, const struct tsp_tunnel *tunnel)
{
	unsigned int i;

	tsp_xml_start(xml, "tunnel");
	tsp_xml_attribute(xml, "action", actions[tunnel->action]);
	if (tunnel->action == TSP_ACTION_LIST)
		tsp_xml_attribute(xml, "type", "broker");
	else if (tunnel->type != TSP_TYPE_NONE)
		tsp_xml_attribute(xml, "type", tsp_type_name(tunnel->type));
	if (tunnel->action == TSP_ACTION_CREATE)
		tsp_xml_attribute(xml, "proxy", tunnel->wants_proxy ? "yes" : "no");
	if (tunnel->lifetime)
		tsp_xml_number(xml, "lifetime", tunnel->lifetime);
	if (tunnel->mtu)
		tsp_xml_number(xml, "mtu", tunnel->mtu);
	write_end(xml, "server", &tunnel->server);
	write_end(xml, "client", &tunnel->client);
	for (i = 0; i < tunnel->n_brokers; i++) {
		tsp_xml_start(xml, "broker");
		write_host(xml, &tunnel->brokers[i].addr, tunnel->brokers[i].name);
		tsp_xml_end(xml, "broker");
	}
	tsp_xml_end(xml, "tunnel");
}

static int write_body(unsigned int status, const struct tsp_tunnel *tunnel, char *text, size_t size)
{
	struct tsp_xml xml;
	int len = 0;

	if (status) {
		len = snprintf(text, size, "%u %s\r\n", status, tsp_status_text(status));
		if (len < 0 || (size_t)len >= size)
			return -ENOSPC;
	}
	if (!tunnel)
		return len;
	tsp_xml_init(&xml, text + len, size - len);
	write_tunnel(&xml, tunnel);
	return xml.failed ? -ENOSPC : len + (int)xml.len;
}

int tsp_list_write(unsigned int status, const struct tsp_tunnel *list, char *text, size_t size)
{
	return write_body(status, list, text, size);
}

int tsp_tunnel_write(unsigned int status, const struct tsp_tunnel *tunnel, char *text, size_t size)
{
	char body[TSP_TEXT_MAX];
	int len, n;

	n = write_body(status, tunnel, body, sizeof(body));
	if (n < 0)
		return n;
	len = snprintf(text, size, "Content-length: %d\r\n", n);
	if (len < 0 || (size_t)len + n >= size || len + n > TSP_TEXT_MAX)
		return -ENOSPC;
	memcpy(text + len, body, n + 1);
	return len + n;
}
