/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a client proves that it has CAP_NET_ADMIN over the network namespace: it sends a secret of its
 * connection to a netlink socket of ours. The kernel delivers a message from one program's netlink
 * socket to another's only if its sender has that capability over the namespace of both.
 */
#ifndef _IPUDP_PROOF_H
#define _IPUDP_PROOF_H

#include <stdbool.h>
#include <stdint.h>

/** Bytes of a secret. */
#define IPUDP_SECRET_SIZE 16

/** ipudp_proof_open() - the socket, and its number for clients; a descriptor or a negative errno */
int ipudp_proof_open(uint32_t *ret_portid);

/** ipudp_proof_secret() - make a secret; false if there is no randomness */
bool ipudp_proof_secret(uint8_t secret[static IPUDP_SECRET_SIZE]);

/** ipudp_proof_read() - the next secret that came with the proof; false if there is none */
bool ipudp_proof_read(int fd, uint8_t secret[static IPUDP_SECRET_SIZE]);

#endif
