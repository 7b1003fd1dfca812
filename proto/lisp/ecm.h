/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encapsulated control messages (RFC 9301 section 5.8): a control message with the IP and UDP headers
 * it had, or pretends to have had, in another.
 */
#ifndef _LISP_ECM_H
#define _LISP_ECM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "proto/lisp/message.h"

/**
 * struct lisp_ecm - an encapsulated control message
 * @is_ddt: from a node that resolves through DDT (bit D)
 * @to_rtr: an RTR is to process it (bit R of draft-ermagan-lisp-nat-traversal)
 * @by_rtr: relayed by an RTR (bit N)
 * @has_rtr_auth: @auth is there (bit S with authentication data of type 2)
 * @auth: MAC over the inner message with the key of Map-Server and RTR
 * @source: inner addresses and ports
 * @destination: likewise; both of one family
 * @message: the inner message, within what was read
 * @len: its length in bytes
 * @packet: the inner IP packet as it came, to be passed on unchanged; NULL to have one made
 * @packet_len: its length in bytes
 */
struct lisp_ecm {
	bool is_ddt;
	bool to_rtr;
	bool by_rtr;
	bool has_rtr_auth;
	struct lisp_auth auth;
	struct lvn_endpoint source;
	struct lvn_endpoint destination;
	const void *message;
	size_t len;
	const void *packet;
	size_t packet_len;
};

/**
 * lisp_ecm_read() - take an ECM apart
 *
 * The inner UDP checksum must be right; the inner IPv4 header's may be 0, as that of common tools is.
 *
 * Return: 0; -EBADMSG; -EOPNOTSUPP for authentication data that we do not know.
 */
int lisp_ecm_read(const void *data, size_t len, struct lisp_ecm *ret_ecm);

/**
 * lisp_ecm_write() - put @ecm->packet, or else @ecm->message, into an ECM
 *
 * Return: length in bytes; -ENOSPC; -EINVAL if the addresses are not of one family.
 */
int lisp_ecm_write(const struct lisp_ecm *ecm, void *data, size_t size);

#endif
