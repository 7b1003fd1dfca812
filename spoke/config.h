/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the operator wants: command line and configuration file, which have the same options by
 * the same names. What the hub said is not here.
 */
#ifndef _LVN_CONFIG_H
#define _LVN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <ipudp/ipudp.h>
#include <net/if.h>

#include "proto/lvn/message.h"
#include "spoke/tls.h"

#define LVN_HUBS_MAX 8
#define LVN_UPLINKS_MAX 8
#define LVN_ACCEPT_MAX 32
#define LVN_CONFIG_ERROR_SIZE 256

/** No data path was chosen: lvn_config_finish() looks into the environment. */
#define LVN_DATAPATH_UNSAID ((enum ipudp_datapath) - 1)

/** enum lvn_hook - what a script may be run for */
enum lvn_hook {
	LVN_HOOK_UP,
	LVN_HOOK_DOWN,
	LVN_HOOK_CHANGED,
	LVN_HOOKS,
};

/**
 * struct lvn_hub_address - where a hub is
 * @host: DNS name or address
 * @port: of control
 */
struct lvn_hub_address {
	char host[LVN_TEXT_SIZE];
	uint16_t port;
};

/**
 * struct lvn_uplink - one way to the hub
 * @ifname: interface, "" to let the routes choose
 * @priority: lower is preferred
 * @weight: share among uplinks of one priority
 * @mark: fwmark of what goes this way
 * @no_checksum: without UDP checksums
 */
struct lvn_uplink {
	char ifname[IF_NAMESIZE];
	uint16_t priority;
	uint16_t weight;
	uint32_t mark;
	bool no_checksum;
};

/**
 * struct lvn_config - all settings
 * @hubs: in order of preference
 * @n_hubs: how many
 * @name: of the device
 * @label: for people, at the hub
 * @uplinks: at least one once lvn_config_finish() was called
 * @n_uplinks: how many
 * @mark: of uplinks that have none of their own
 * @vrf: that the uplinks are in, "" for none
 * @datapath: which data plane, see ipudp_open()
 * @port: local UDP port, 0 for any; further uplinks take the next ones
 * @keepalive: seconds, 0 to take the hub's
 * @mtu: 0 to take the hub's
 * @table: routing table for the routes, 0 for main
 * @metric: of the routes
 * @accept: prefixes that the hub's addresses and routes must be within; any if there is none
 * @n_accept: how many
 * @request: addresses and prefixes to ask for
 * @release: whether to give the addresses back on exit
 * @no_checksum: send data without UDP checksums
 * @no_routes: leave the hub's routes to the hook
 * @accept_unset_clock: see lvn_tls_client()
 * @retry_max: longest step of the backoff in seconds
 * @files: certificates; the strings are ours
 * @hooks: scripts, NULL for none
 * @user: to become
 * @run_dir: state file, lock and socket
 * @debug: say more
 */
struct lvn_config {
	struct lvn_hub_address hubs[LVN_HUBS_MAX];
	unsigned int n_hubs;
	char name[IF_NAMESIZE];
	char label[LVN_NAME_SIZE];
	struct lvn_uplink uplinks[LVN_UPLINKS_MAX];
	unsigned int n_uplinks;
	uint32_t mark;
	char vrf[IF_NAMESIZE];
	enum ipudp_datapath datapath;
	uint16_t port;
	uint32_t keepalive;
	uint32_t mtu;
	uint32_t table;
	uint32_t metric;
	struct lvn_prefix accept[LVN_ACCEPT_MAX];
	unsigned int n_accept;
	struct lvn_request request;
	bool release;
	bool no_checksum;
	bool no_routes;
	bool accept_unset_clock;
	uint32_t retry_max;
	struct {
		char *identity;
		char *cert;
		char *key;
		char *ca;
		char *crl;
	} files;
	char *hooks[LVN_HOOKS];
	char *user;
	char *run_dir;
	bool debug;
};

/** lvn_config_init() - defaults; lvn_config_done() it */
int lvn_config_init(struct lvn_config *config);

/** lvn_config_done() - free what it holds; a zeroed one is allowed */
void lvn_config_done(struct lvn_config *config);

/**
 * lvn_config_set() - set one option
 * @option: its name, as in the manual
 * @value: its value; NULL for options that are yes or no, which are then yes
 * @ret_error: at least LVN_CONFIG_ERROR_SIZE bytes, filled on failure
 *
 * Options that take several values add one.
 *
 * Return: 0, -ENOENT for an unknown option, -EINVAL for a wrong value, -ENOSPC for one too many.
 */
int lvn_config_set(struct lvn_config *config, const char *option, const char *value,
		   char *ret_error);

/** lvn_config_takes_value() - 1 if the option takes a value, 0 if not, -ENOENT if there is none */
int lvn_config_takes_value(const char *option);

/** lvn_config_read() - read a file; its values come after those set before */
int lvn_config_read(struct lvn_config *config, const char *file, char *ret_error);

/** lvn_config_finish() - check that all is there that must be, and fill in what follows from it */
int lvn_config_finish(struct lvn_config *config, char *ret_error);

#endif
