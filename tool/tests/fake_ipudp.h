/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The library in memory: it keeps devices, listeners, tunnels and rules, writes down each call,
 * and refuses what a test tells it to. One state for the program, as a test has one tool.
 */
#ifndef _TOOL_TESTS_FAKE_IPUDP_H
#define _TOOL_TESTS_FAKE_IPUDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ipudp/ipudp.h>

/** Requests of a batch after which answers are read, if fake_reset() is not told otherwise. */
#define FAKE_WINDOW 4

/**
 * struct fake_settings - how the fake behaves
 * @open_error: what ipudp_open() returns
 * @missing: what ipudp_open_missing() says, NULL if nothing is
 * @change_error: what each change returns, without a sentence; 0 to carry it out
 * @window: requests of a batch after which answers are read
 * @keeps_no_log: calls are not written down
 * @interruptions: how many lists of tunnels and rules are interrupted at their end
 */
struct fake_settings {
	int open_error;
	const char *missing;
	int change_error;
	unsigned int window;
	bool keeps_no_log;
	unsigned int interruptions;
};

extern struct fake_settings fake_settings;

/** fake_reset() - forget objects, calls and settings */
void fake_reset(void);

/** fake_calls() - the calls since the last time, a line each; valid until the next call */
const char *fake_calls(void);

/** fake_refuse() - refuse the next change, or the next of a batch, with a sentence */
void fake_refuse(int error, const char *sentence, const char *attr);

/** fake_tunnel_put() - have a tunnel without a request */
void fake_tunnel_put(const struct ipudp_tunnel *tunnel);

/** fake_device_get() - a device to be filled further, NULL if there is none */
struct ipudp_device *fake_device_get(const char *name);

/** fake_events() - let ipudp_dispatch() tell one event of each kind, then let it fail */
void fake_events(void);

/** fake_counts() - how many tunnels and rules there are */
void fake_counts(size_t *ret_tunnels, size_t *ret_rules);

#endif
