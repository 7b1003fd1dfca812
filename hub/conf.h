/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub's part of lvnd.conf(5) as data. The broker's part of it is a struct broker_conf of its own,
 * which the broker takes over.
 */
#ifndef _HUB_CONF_H
#define _HUB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <confuse.h>

#include "lib/base/addr.h"
#include "proto/lvn/message.h"
#include "server/conf.h"

struct broker_conf;
struct server_section;

/**
 * enum hub_stun - which plain STUN requests are answered
 * @STUN_OFF: none
 * @STUN_PADDED: those that are not shorter than their answer
 * @STUN_ANY: all, also of RFC 3489
 */
enum hub_stun {
	STUN_OFF,
	STUN_PADDED,
	STUN_ANY,
};

/**
 * struct hub_conf - all of it but what is in @broker; strings are owned
 * @plane: of the data plane, where TCP listens, too
 * @endpoints: told to spokes, instead of "where you reached me"
 * @n_endpoints: how many
 * @is_mutual: spokes need certificates
 * @ca: file
 * @certificate: file
 * @key: file
 * @crl: file, "" for none
 * @allow_file: file that was read into @broker, "" for none
 * @deny_file: likewise
 * @max_pending: most connections without a session
 * @handshake_rate: most TLS handshakes a second
 * @handshake_rate_source: from one network
 * @stun: which plain requests are answered
 * @stun_rate: how many a second
 * @stun_rate_source: how many a second to one network
 * @broker: the broker's part; set it to NULL when somebody took it over
 */
struct hub_conf {
	struct server_conf plane;
	struct lvn_endpoint endpoints[LVN_ENDPOINTS_MAX];
	unsigned int n_endpoints;
	bool is_mutual;
	char *ca;
	char *certificate;
	char *key;
	char *crl;
	char *allow_file;
	char *deny_file;
	unsigned int max_pending;
	unsigned int handshake_rate;
	unsigned int handshake_rate_source;
	enum hub_stun stun;
	unsigned int stun_rate;
	unsigned int stun_rate_source;
	struct broker_conf *broker;
};

/** hub_conf_opts - what there may be in the file for the hub, outside of sections */
extern cfg_opt_t hub_conf_opts[];

/** hub_conf_is_wanted() - whether a file that was parsed says anything of the hub */
bool hub_conf_is_wanted(cfg_t *cfg);

/**
 * hub_conf_read() - read its part
 * @section: gets a sentence on failure
 * @ret_conf: hub_conf_destroy() it
 *
 * What @plane has of the daemon is not set.
 *
 * Return: 0, -EINVAL, -ENOMEM, or why a file of patterns cannot be read.
 */
int hub_conf_read(struct server_section *section, struct hub_conf **ret_conf);

/** hub_conf_destroy() - free it; NULL is allowed */
void hub_conf_destroy(struct hub_conf *conf);

#endif
