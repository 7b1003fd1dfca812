/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lvnd.conf(5) as data. The broker's part is a struct broker_conf of its own, which the broker
 * takes over.
 */
#ifndef _HUB_CONF_H
#define _HUB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/log.h"
#include "proto/lvn/message.h"

#define HUB_LISTEN_MAX 8

/** Whom lvnd becomes unless the configuration says it, where there is such a user. */
#define HUB_USER "lvnd"

struct broker_conf;
struct hub_tsp_conf;

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
 * struct hub_conf - all of lvnd.conf(5) but what is in @broker; strings are owned
 * @listen: where to listen, TCP and UDP
 * @n_listen: how many
 * @endpoints: told to spokes, instead of "where you reached me"
 * @n_endpoints: how many
 * @is_mutual: spokes need certificates
 * @ca: file
 * @certificate: file
 * @key: file
 * @crl: file, "" for none
 * @allow_file: file that was read into @broker, "" for none
 * @deny_file: likewise
 * @device: name of the interface
 * @datapath: auto, module or user; "" for what the environment says
 * @store: file
 * @control: socket
 * @metrics: port 0 for none
 * @user: to become, "" to stay
 * @log: level
 * @max_pending: most connections without a session
 * @handshake_rate: most TLS handshakes a second
 * @handshake_rate_source: from one network
 * @stun: which plain requests are answered
 * @stun_rate: how many a second
 * @stun_rate_source: how many a second to one network
 * @checksum: send data with UDP checksums
 * @forward: turn forwarding on
 * @sandbox: forbid system calls that are not needed
 * @broker: the broker's part; set it to NULL when somebody took it over
 * @tsp: the section "tsp", owned; NULL if there is none
 */
struct hub_conf {
	struct lvn_endpoint listen[HUB_LISTEN_MAX];
	unsigned int n_listen;
	struct lvn_endpoint endpoints[LVN_ENDPOINTS_MAX];
	unsigned int n_endpoints;
	bool is_mutual;
	char *ca;
	char *certificate;
	char *key;
	char *crl;
	char *allow_file;
	char *deny_file;
	char *device;
	char *datapath;
	char *store;
	char *control;
	struct lvn_endpoint metrics;
	char *user;
	enum lvn_log_level log;
	unsigned int max_pending;
	unsigned int handshake_rate;
	unsigned int handshake_rate_source;
	enum hub_stun stun;
	unsigned int stun_rate;
	unsigned int stun_rate_source;
	bool checksum;
	bool forward;
	bool sandbox;
	struct broker_conf *broker;
	struct hub_tsp_conf *tsp;
};

/**
 * hub_conf_read() - read a file
 * @text: gets a sentence with file and line on failure
 * @size: of @text
 * @ret_conf: hub_conf_destroy() it
 *
 * Return: 0, -EINVAL, -ENOMEM, or why the file cannot be read.
 */
int hub_conf_read(const char *path, char *text, size_t size, struct hub_conf **ret_conf);

/**
 * hub_conf_set_datapath() - what the command line says of the data path overrides the file
 * @text: gets a sentence on failure
 * @size: of @text
 */
int hub_conf_set_datapath(struct hub_conf *conf, const char *value, char *text, size_t size);

/** hub_conf_destroy() - free it; NULL is allowed */
void hub_conf_destroy(struct hub_conf *conf);

#endif
