/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readers of typed words. Each returns 0, or -EINVAL with a sentence in args->failure that says
 * what the word is not and what would be right; outputs are untouched then.
 */
#ifndef _TOOL_READ_H
#define _TOOL_READ_H

#include <stdbool.h>
#include <stdint.h>

struct ipudp_addr;
struct tool_args;
struct tool_keyword;

/** tool_value_text() - what a value such as "PORT" or "on|off" is, for sentences and help */
const char *tool_value_text(const char *value);

/** tool_value_is_noun() - whether a value is a noun as "PORT", not choices as "on|off" */
bool tool_value_is_noun(const char *value);

/** tool_read_number() - a decimal or 0x number of a range; @noun with article is for the sentence */
int tool_read_number(struct tool_args *args, const char *word, const char *noun, uint32_t min,
		     uint32_t max, uint32_t *ret);

/** tool_read_port() - 1 to 65535 */
int tool_read_port(struct tool_args *args, const char *word, uint16_t *ret_port);

/** tool_read_time() - 25s, 500ms, 2m, 1h, seconds, or off for 0 */
int tool_read_time(struct tool_args *args, const char *word, uint32_t *ret_ms);

/** tool_read_ttl() - 1 to 255, or inherit for 0 */
int tool_read_ttl(struct tool_args *args, const char *word, uint8_t *ret);

/** tool_read_dscp() - 0 to 63, a name as ef or cs6, or inherit */
int tool_read_dscp(struct tool_args *args, const char *word, uint8_t *ret);

/** tool_dscp_name() - the name of a code point, NULL if it has none */
const char *tool_dscp_name(uint8_t dscp);

/** tool_read_addr() - an IPv4 or IPv6 address */
int tool_read_addr(struct tool_args *args, const char *word, struct ipudp_addr *ret);

/** tool_read_prefix() - ADDRESS[/LENGTH] */
int tool_read_prefix(struct tool_args *args, const char *word, struct ipudp_addr *ret_addr,
		     uint8_t *ret_len);

/** tool_read_ifname() - a name that an interface can have */
int tool_read_ifname(struct tool_args *args, const char *word, char ret[16]);

/** tool_read_choice() - one of the words of keyword->value; @ret is its position */
int tool_read_choice(struct tool_args *args, const struct tool_keyword *keyword, const char *word,
		     int *ret);

/** tool_read_on_off() - on or off */
int tool_read_on_off(struct tool_args *args, const struct tool_keyword *keyword, const char *word,
		     bool *ret_flag);

#endif
