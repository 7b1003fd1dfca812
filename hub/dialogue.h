/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dialogue of hub and spoke over a connection.
 */
#ifndef _HUB_DIALOGUE_H
#define _HUB_DIALOGUE_H

struct broker_front;
struct hub;
struct hub_dialogue;

/** hub_dialogue() - what connections are to call; static */
const struct hub_dialogue *hub_dialogue(void);

/** hub_dialogue_front() - what the broker calls; @front's arg is the hub */
void hub_dialogue_front(struct hub *hub, struct broker_front *front);

#endif
