/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A broker whose world is in memory: data plane, store, clock. Bytes tell what several identities,
 * the operator and time do to it; after each step it is checked that every address, prefix, rule and
 * tunnel has the owner it must have, and only that one.
 */
#ifndef _TESTS_UNIT_BROKER_WORLD_H
#define _TESTS_UNIT_BROKER_WORLD_H

#include <stddef.h>
#include <stdint.h>

/** broker_world_run() - do what the bytes say; abort() with a line on stderr if something is wrong */
void broker_world_run(const uint8_t *data, size_t size);

#endif
