// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proto/tsp/tunnel: the requests of stock clients as they were seen on the wire, offers in the form
 * that those clients can read, and XML that must be refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "proto/tsp/frame.h"
#include "proto/tsp/tunnel.h"
#include "proto/tsp/xml.h"

static const char create_router[] = "<tunnel action=\"create\" type=\"v6udpv4\" proxy=\"no\">\r\n"
				    " <client>\r\n"
				    "  <address type=\"ipv4\">10.99.0.1</address>\r\n"
				    "  <keepalive interval=\"30\">\r\n"
				    "    <address type=\"ipv6\">::</address>\r\n"
				    "  </keepalive>\r\n"
				    "  <router>\r\n"
				    "   <prefix length=\"56\"/>\r\n"
				    "   <dns_server>\r\n"
				    "     <address type=\"dn\">ns1.example.org</address>\r\n"
				    "   </dns_server>\r\n"
				    "  </router>\r\n"
				    " </client>\r\n"
				    "</tunnel>\r\n";

static struct lvn_addr addr(const char *text)
{
	struct lvn_addr addr;

	assert_int_equal(lvn_addr_parse(text, &addr), 0);
	return addr;
}

static void assert_addr(const struct lvn_addr *found, const char *expected)
{
	char text[LVN_ADDR_TEXT_SIZE];

	assert_string_equal(lvn_addr_format(found, text), expected);
}

static void read_xml(const char *text, struct tsp_tunnel *tunnel)
{
	char why[TSP_WHY_SIZE];

	if (tsp_tunnel_read(text, strlen(text), tunnel, why) < 0)
		fail_msg("%s", why);
	assert_string_equal(why, "");
}

static void test_create(void **state)
{
	struct tsp_tunnel tunnel;

	(void)state;
	read_xml(create_router, &tunnel);
	assert_int_equal(tunnel.action, TSP_ACTION_CREATE);
	assert_int_equal(tunnel.type, TSP_TYPE_V6UDPV4);
	assert_false(tunnel.wants_proxy);
	assert_false(tunnel.server.is_present);
	assert_addr(&tunnel.client.v4, "10.99.0.1");
	assert_int_equal(tunnel.client.v6.family, AF_UNSPEC);
	assert_true(tunnel.client.has_keepalive);
	assert_int_equal(tunnel.client.keepalive_s, 30);
	assert_addr(&tunnel.client.keepalive, "::");
	assert_true(tunnel.client.router.is_present);
	assert_int_equal(tunnel.client.router.prefix.len, 56);
	assert_int_equal(tunnel.client.router.dns.n, 1);
	assert_string_equal(tunnel.client.router.dns.servers[0].name, "ns1.example.org");
}

static void test_short_requests(void **state)
{
	struct tsp_tunnel tunnel;

	(void)state;
	read_xml("<tunnel action=\"accept\"></tunnel>\r\n", &tunnel);
	assert_int_equal(tunnel.action, TSP_ACTION_ACCEPT);
	assert_int_equal(tunnel.type, TSP_TYPE_NONE);
	assert_false(tunnel.is_unknown_type);
	read_xml("<tunnel action='delete' type='V6ANYV4'/>", &tunnel);
	assert_int_equal(tunnel.type, TSP_TYPE_V6ANYV4);
	read_xml("<tunnel action=\"create\" type=\"v5v4\" proxy=\"yes\"/>", &tunnel);
	assert_true(tunnel.is_unknown_type && tunnel.wants_proxy);
	/* blanks as in the figures of RFC 5572, and things of the future */
	read_xml(
		"<tunnel action=\"create\" color=\"red\"><client><address type=\"ipv4\">\r\n 1.2.3.4\r\n"
		"</address><new><address type=\"x\">y</address><client/></new></client></tunnel>",
		&tunnel);
	assert_addr(&tunnel.client.v4, "1.2.3.4");
}

static struct tsp_tunnel offer(void)
{
	struct tsp_tunnel tunnel = {
		.action = TSP_ACTION_INFO,
		.type = TSP_TYPE_V6UDPV4,
		.lifetime = 604800,
		.server = { .is_present = true },
		.client = { .is_present = true },
	};

	tunnel.server.v4 = addr("192.0.2.1");
	tunnel.server.v6 = addr("2001:db8::1");
	tunnel.client.v4 = addr("198.51.100.7");
	tunnel.client.v6 = addr("2001:db8::2");
	tunnel.client.dns.n = 1;
	tunnel.client.dns.servers[0].addr = addr("2001:db8::53");
	tunnel.client.router.is_present = true;
	tunnel.client.router.prefix.len = 56;
	tunnel.client.router.prefix.addr = addr("2001:db8:1234:5600::");
	tunnel.client.has_keepalive = true;
	tunnel.client.keepalive_s = 30;
	tunnel.client.keepalive = addr("2001:db8::1");
	return tunnel;
}

static const char offer_body[] =
	"200 Success\r\n"
	"<tunnel action=\"info\" type=\"v6udpv4\" lifetime=\"604800\">\r\n"
	" <server>\r\n"
	"  <address type=\"ipv4\">192.0.2.1</address>\r\n"
	"  <address type=\"ipv6\">2001:db8::1</address>\r\n"
	" </server>\r\n"
	" <client>\r\n"
	"  <address type=\"ipv4\">198.51.100.7</address>\r\n"
	"  <address type=\"ipv6\">2001:db8::2</address>\r\n"
	"  <dns_server>\r\n"
	"   <address type=\"ipv6\">2001:db8::53</address>\r\n"
	"  </dns_server>\r\n"
	"  <router>\r\n"
	"   <prefix length=\"56\">2001:0db8:1234:5600:0000:0000:0000:0000</prefix>\r\n"
	"  </router>\r\n"
	"  <keepalive interval=\"30\">\r\n"
	"   <address type=\"ipv6\">2001:db8::1</address>\r\n"
	"  </keepalive>\r\n"
	" </client>\r\n"
	"</tunnel>\r\n";

static void test_offer(void **state)
{
	struct tsp_tunnel tunnel = offer(), again;
	char text[TSP_TEXT_MAX + 1], expected[TSP_TEXT_MAX];
	const char *body;
	size_t body_len;
	int len;

	(void)state;
	len = tsp_tunnel_write(TSP_STATUS_SUCCESS, &tunnel, text, sizeof(text));
	snprintf(expected, sizeof(expected), "Content-length: %zu\r\n%s", strlen(offer_body),
		 offer_body);
	assert_string_equal(text, expected);
	assert_int_equal(len, strlen(expected));
	assert_int_equal(tsp_content_read(text, len, &body, &body_len, NULL), 0);
	read_xml(strchr(body, '<'), &again);
	assert_addr(&again.client.v6, "2001:db8::2");
	assert_addr(&again.client.keepalive, "2001:db8::1");
	assert_addr(&again.client.router.prefix.addr, "2001:db8:1234:5600::");
	assert_addr(&again.client.dns.servers[0].addr, "2001:db8::53");
	assert_int_equal(again.lifetime, 604800);
}

static void test_small_answers(void **state)
{
	const struct tsp_tunnel accept = { .action = TSP_ACTION_ACCEPT };
	char text[128];

	(void)state;
	assert_int_equal(tsp_tunnel_write(TSP_STATUS_NO_MORE_TUNNELS, NULL, text, sizeof(text)),
			 51);
	assert_string_equal(text, "Content-length: 31\r\n301 No more tunnels available\r\n");
	assert_true(tsp_tunnel_write(0, &accept, text, sizeof(text)) > 0);
	assert_string_equal(text, "Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n");
}

static void test_list(void **state)
{
	struct tsp_tunnel list = { .action = TSP_ACTION_LIST, .n_brokers = 2 }, again;
	char text[512];

	(void)state;
	list.brokers[0].addr = addr("192.0.2.9");
	strcpy(list.brokers[1].name, "b.example.net");
	assert_true(tsp_list_write(TSP_STATUS_REDIRECT, &list, text, sizeof(text)) > 0);
	assert_string_equal(text, "1200 Redirection\r\n<tunnel action=\"list\" type=\"broker\">\r\n"
				  " <broker>\r\n  <address type=\"ipv4\">192.0.2.9</address>\r\n"
				  " </broker>\r\n <broker>\r\n"
				  "  <address type=\"dn\">b.example.net</address>\r\n </broker>\r\n"
				  "</tunnel>\r\n");
	read_xml(strchr(text, '<'), &again);
	assert_int_equal(again.n_brokers, 2);
	assert_string_equal(again.brokers[1].name, "b.example.net");
}

/* Each prefix of room: never a byte beyond it, and an error instead of half a message. */
static void test_room(void **state)
{
	struct tsp_tunnel tunnel = offer();
	char text[TSP_TEXT_MAX];
	int len, size;

	(void)state;
	len = tsp_tunnel_write(TSP_STATUS_SUCCESS, &tunnel, text, sizeof(text));
	assert_true(len > 0);
	for (size = 1; size <= len; size++) {
		text[size] = 0x55;
		assert_int_equal(tsp_tunnel_write(TSP_STATUS_SUCCESS, &tunnel, text, size),
				 -ENOSPC);
		assert_int_equal(text[size], 0x55);
	}
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"<tunnel>",
		"<tunnel/>",
		"<tunnel action=\"dance\"/>",
		"<other action=\"create\"/>",
		"<tunnel action=\"create\"/><tunnel action=\"create\"/>",
		"<!DOCTYPE tunnel [<!ENTITY a \"aaaa\">]><tunnel action=\"create\"/>",
		"<!DOCTYPE tunnel SYSTEM \"file:///etc/passwd\"><tunnel action=\"create\"/>",
		"<tunnel action=\"create\"><client>&unknown;</client></tunnel>",
		"<tunnel action=\"create\"><client/><client/></tunnel>",
		"<tunnel action=\"create\" lifetime=\"-1\"/>",
		"<tunnel action=\"create\" lifetime=\"99999999999\"/>",
		"<tunnel action=\"create\" lifetime=\"\"/>",
		"<tunnel action=\"create\"><client><address type=\"ipv4\">2001:db8::1</address></client></tunnel>",
		"<tunnel action=\"create\"><client><address>1.2.3.4</address></client></tunnel>",
		"<tunnel action=\"create\"><client><address type=\"dn\">a b;c</address></client></tunnel>",
		"<tunnel action=\"create\"><client><address type=\"dn\"></address></client></tunnel>",
		"<tunnel action=\"create\"><client><address type=\"ipv4\">1.2.3.4</address>"
		"<address type=\"ipv4\">1.2.3.5</address></client></tunnel>",
		"<tunnel action=\"create\"><client><router><prefix length=\"129\"/></router></client></tunnel>",
		"<tunnel action=\"create\"><client><router><prefix length=\"48\"/><prefix length=\"48\"/>"
		"</router></client></tunnel>",
		"<tunnel action=\"create\"><client><router><prefix length=\"8\">10.0.0.0</prefix></router>"
		"</client></tunnel>",
		"<tunnel action=\"create\"><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></tunnel>",
		"<tunnel action=\"create\">\x01</tunnel>",
		"<tunnel action=\"create\">\xff\xfe</tunnel>",
	};
	struct tsp_tunnel tunnel = { .action = TSP_ACTION_NONE };
	char why[TSP_WHY_SIZE];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (tsp_tunnel_read(bad[i], strlen(bad[i]), &tunnel, why) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
		assert_true(*why);
		assert_int_equal(tunnel.action, TSP_ACTION_NONE);
	}
}

static void test_cut(void **state)
{
	struct tsp_tunnel tunnel;
	char why[TSP_WHY_SIZE];
	size_t len;

	(void)state;
	for (len = 0; len + 2 < strlen(create_router); len++)
		assert_int_equal(tsp_tunnel_read(create_router, len, &tunnel, why), -EBADMSG);
}

static void test_escaping(void **state)
{
	char text[256];
	struct tsp_xml xml;

	(void)state;
	tsp_xml_init(&xml, text, sizeof(text));
	tsp_xml_start(&xml, "a");
	tsp_xml_attribute(&xml, "b", "\"><x y='");
	tsp_xml_text(&xml, "</a>&amp;\r\n\x01");
	tsp_xml_end(&xml, "a");
	assert_false(xml.failed);
	assert_string_equal(text, "<a b=\"&quot;&gt;&lt;x y=&apos;\">&lt;/a&gt;&amp;amp;?"
				  "?"
				  "?</a>\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),	 cmocka_unit_test(test_short_requests),
		cmocka_unit_test(test_offer),	 cmocka_unit_test(test_small_answers),
		cmocka_unit_test(test_list),	 cmocka_unit_test(test_room),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_cut),
		cmocka_unit_test(test_escaping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
