// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What several identities, the operator and time can do to the broker: every address and prefix has
 * one owner, always.
 */
#include <stddef.h>
#include <stdint.h>

#include "lib/base/log.h"
#include "tests/unit/broker_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	lvn_log_set_level(0);
	broker_world_run(data, size < 2000 ? size : 2000);
	return 0;
}
