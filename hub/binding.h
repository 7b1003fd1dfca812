/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub's side of binding: STUN requests (docs/protocol/lvn.md section 2).
 */
#ifndef _HUB_BINDING_H
#define _HUB_BINDING_H

struct hub;
struct server_frame;

/** hub_binding_frame() - handle a STUN datagram */
void hub_binding_frame(struct hub *hub, const struct server_frame *frame);

#endif
