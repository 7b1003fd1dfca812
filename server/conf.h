/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a front end says of its data plane.
 */
#ifndef _SERVER_CONF_H
#define _SERVER_CONF_H

#include <stdbool.h>

#include "lib/base/addr.h"

#define SERVER_LISTEN_MAX 8

/**
 * struct server_conf - where to listen, and with what
 * @listen: where to listen
 * @n_listen: how many
 * @device: name of the interface, of the front end
 * @datapath: auto, module or user, "" for what the environment says; the daemon's, needed at the start only
 * @checksum: send data with UDP checksums
 * @forward: turn forwarding on
 */
struct server_conf {
	struct lvn_endpoint listen[SERVER_LISTEN_MAX];
	unsigned int n_listen;
	char *device;
	const char *datapath;
	bool checksum;
	bool forward;
};

#endif
