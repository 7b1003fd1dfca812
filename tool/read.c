// SPDX-License-Identifier: GPL-2.0-or-later
/* Readers of typed words: numbers, ports, times, addresses, names, choices. No state, no output. */

#include "read.h"
#include "args.h"
#include "failure.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ipudp/ipudp.h>

static const struct {
	const char *noun;
	const char *text;
} value_texts[] = {
	{ "NAME", "the name of an ipudp device" },
	{ "IFNAME", "the name of an interface" },
	{ "VRF", "the name of a VRF" },
	{ "NETNS", "the name of a network namespace (as \"ip netns\" shows it)" },
	{ "FILE", "a file, or - for standard input" },
	{ "ADDR", "an IPv4 or IPv6 address" },
	{ "PREFIX", "ADDR/LENGTH, such as 10.1.0.0/16 or 2001:db8::/32" },
	{ "PORT", "a UDP port (1 to 65535)" },
	{ "TIME", "a time: 25s, 500ms, 2m, a number of seconds, or off" },
	{ "TTL", "1 to 255, or inherit" },
	{ "DSCP", "0 to 63, a name (cs1, af11, ef ...), or inherit" },
	{ "MARK", "a firewall mark (0 to 0xffffffff)" },
	{ "MTU", "68 to 65535 bytes" },
	{ "ID", "the number of a listener" },
	{ "N", "the number of a tunnel" },
	{ "P", "a priority, 0 (preferred) to 4294967295" },
	{ "W", "a weight (1 to 65535)" },
};

const char *tool_value_text(const char *value)
{
	size_t i;

	for (i = 0; i < sizeof(value_texts) / sizeof(value_texts[0]); i++)
		if (!strcmp(value_texts[i].noun, value))
			return value_texts[i].text;
	return value;
}

bool tool_value_is_noun(const char *value)
{
	return isupper((unsigned char)value[0]);
}

/* Digits only: strtoull() alone would take signs and blanks. */
static int scan_number(const char *word, const char **ret_end, uint64_t *ret)
{
	bool is_hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	unsigned long long value;
	char *end;

	if (is_hex ? !isxdigit((unsigned char)word[2]) : !isdigit((unsigned char)word[0]))
		return -EINVAL;
	errno = 0;
	value = strtoull(word, &end, is_hex ? 16 : 10);
	if (errno)
		return -ERANGE;
	*ret_end = end;
	*ret = value;
	return 0;
}

int tool_read_number(struct tool_args *args, const char *word, const char *noun, uint32_t min,
		     uint32_t max, uint32_t *ret)
{
	const char *end;
	uint64_t value;

	if (scan_number(word, &end, &value) || *end || value < min || value > max)
		return tool_fail_usage(args->failure, "\"%s\" is not %s (%u to %u)", word, noun,
				       min, max);
	*ret = value;
	return 0;
}

int tool_read_port(struct tool_args *args, const char *word, uint16_t *ret_port)
{
	uint32_t port = 0;
	int ret;

	ret = tool_read_number(args, word, "a port", 1, 65535, &port);
	if (!ret)
		*ret_port = port;
	return ret;
}

int tool_read_time(struct tool_args *args, const char *word, uint32_t *ret_ms)
{
	static const struct {
		const char *unit;
		uint32_t ms;
	} units[] = {
		{ "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 },
	};
	const char *end = word;
	uint64_t value = 0;
	size_t i;

	if (!strcmp(word, "off")) {
		*ret_ms = 0;
		return 0;
	}

	if (!scan_number(word, &end, &value))
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (!strcmp(end, units[i].unit) && value <= UINT32_MAX / units[i].ms) {
				*ret_ms = value * units[i].ms;
				return 0;
			}
	return tool_fail_usage(args->failure,
			       "\"%s\" is not a time (25s, 500ms, 2m, seconds, or off; at most 49 days)",
			       word);
}

int tool_read_ttl(struct tool_args *args, const char *word, uint8_t *ret)
{
	const char *end;
	uint64_t value;

	if (tool_word_match("inherit", word)) {
		*ret = IPUDP_TTL_INHERIT;
		return 0;
	}
	if (scan_number(word, &end, &value) || *end || value < 1 || value > 255)
		return tool_fail_usage(args->failure, "\"%s\" is not a ttl (1 to 255, or inherit)",
				       word);
	*ret = value;
	return 0;
}

static const struct {
	const char *name;
	uint8_t value;
} dscps[] = {
	{ "cs0", 0 }, { "cs1", 8 }, { "cs2", 16 }, { "cs3", 24 }, { "cs4", 32 }, { "cs5", 40 },
	{ "cs6", 48 }, { "cs7", 56 }, { "af11", 10 }, { "af12", 12 }, { "af13", 14 },
	{ "af21", 18 }, { "af22", 20 }, { "af23", 22 }, { "af31", 26 }, { "af32", 28 },
	{ "af33", 30 }, { "af41", 34 }, { "af42", 36 }, { "af43", 38 }, { "ef", 46 },
	{ "va", 44 }, { "le", 1 }, { "default", 0 },
};

int tool_read_dscp(struct tool_args *args, const char *word, uint8_t *ret)
{
	const char *end;
	uint64_t value;
	size_t i;

	for (i = 0; i < sizeof(dscps) / sizeof(dscps[0]); i++)
		if (!strcasecmp(dscps[i].name, word)) {
			*ret = dscps[i].value;
			return 0;
		}
	if (tool_word_match("inherit", word)) {
		*ret = IPUDP_DSCP_INHERIT;
		return 0;
	}
	if (scan_number(word, &end, &value) || *end || value > 63)
		return tool_fail_usage(args->failure,
				       "\"%s\" is not a dscp (0 to 63, cs0 to cs7, af11 to af43, ef, va, le, or inherit)",
				       word);
	*ret = value;
	return 0;
}

const char *tool_dscp_name(uint8_t dscp)
{
	size_t i;

	for (i = 0; i < sizeof(dscps) / sizeof(dscps[0]); i++)
		if (dscps[i].value == dscp)
			return dscps[i].name;
	return NULL;
}

int tool_read_addr(struct tool_args *args, const char *word, struct ipudp_addr *ret)
{
	struct ipudp_addr addr;

	if (ipudp_addr_parse(word, &addr) || addr.family == AF_UNSPEC)
		return tool_fail_usage(args->failure, "\"%s\" is not an IPv4 or IPv6 address",
				       word);
	*ret = addr;
	return 0;
}

/* The prefix with the bits cleared that are beyond its length. */
static void fail_host_bits(struct tool_args *args, const char *word)
{
	const char *slash = strchr(word, '/');
	char text[IPUDP_ADDR_TEXT_SIZE];
	struct ipudp_addr addr;
	unsigned int bit, len;
	uint8_t *bytes;

	tool_fail_usage(args->failure, "\"%s\" has bits set beyond its length", word);
	if (!slash || slash - word >= (int)sizeof(text))
		return;
	memcpy(text, word, slash - word);
	text[slash - word] = '\0';
	if (ipudp_addr_parse(text, &addr))
		return;
	bytes = (uint8_t *)&addr.v4;
	len = atoi(slash + 1);
	for (bit = len; bit < (addr.family == AF_INET ? 32u : 128u); bit++)
		bytes[bit / 8] &= ~(0x80 >> bit % 8);
	tool_failure_append(args->failure, "; did you mean %s/%u?",
			    ipudp_addr_format(&addr, text), len);
}

int tool_read_prefix(struct tool_args *args, const char *word, struct ipudp_addr *ret_addr,
		     uint8_t *ret_len)
{
	switch (ipudp_prefix_parse(word, ret_addr, ret_len)) {
	case 0:
		return 0;
	case -EDOM:
		fail_host_bits(args, word);
		return -EINVAL;
	}
	if (!strcmp(word, "default"))
		return tool_fail_usage(args->failure,
				       "\"default\" is 0.0.0.0/0 or ::/0 here; say which");
	return tool_fail_usage(args->failure,
			       "\"%s\" is not a prefix (such as 10.1.0.0/16 or 2001:db8::/32)",
			       word);
}

int tool_read_ifname(struct tool_args *args, const char *word, char ret[16])
{
	const char *c = word;
	size_t len = strlen(word);

	while (*c && *c != '/' && !isspace((unsigned char)*c))
		c++;
	if (!len || len >= IPUDP_IFNAME_SIZE || *c || !strcmp(word, ".") || !strcmp(word, ".."))
		return tool_fail_usage(args->failure,
				       "\"%s\" is not the name of an interface (1 to 15 characters, no / and no blank)",
				       word);
	memcpy(ret, word, len + 1);
	return 0;
}

int tool_read_choice(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, int *ret)
{
	const char *lead = "";
	const char *choice;
	int i;

	i = tool_word_choice(keyword->value, word);
	if (i >= 0) {
		*ret = i;
		return 0;
	}

	tool_fail_usage(args->failure, "\"%s\" is not a valid %.*s; use ", word,
			tool_word_first(keyword->name), keyword->name);
	for (choice = keyword->value; *choice; choice += *choice == '|') {
		int len = tool_word_first(choice);

		tool_failure_append(args->failure, "%s%.*s", lead, len, choice);
		choice += len;
		lead = strchr(choice + !!*choice, '|') ? ", " : " or ";
	}
	return -EINVAL;
}

int tool_read_on_off(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, bool *ret_flag)
{
	int choice = 0;
	int ret;

	/* "o" would be on by the order of declaration: no one should rely on that */
	if (!strcmp(word, "o"))
		word = "o?";
	ret = tool_read_choice(args, keyword, word, &choice);
	if (!ret)
		*ret_flag = choice == 0;
	return ret;
}
