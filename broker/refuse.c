// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Refusing: the code that a spoke is told, and what is counted.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "broker/private.h"

const char *const broker_refusal_names[BROKER_REFUSALS] = {
	"busy", "denied", "duplicate", "limit", "pool-exhausted", "prefix", "token", "other",
};

int broker_refuse(struct broker *broker, struct broker_refusal *refusal, const char *code,
		  const char *text)
{
	unsigned int i = 0;

	while (i < BROKER_REFUSALS - 1 && strcmp(code, broker_refusal_names[i]) != 0)
		i++;
	broker->stats.refused[i]++;
	*refusal = (struct broker_refusal){ .code = code };
	snprintf(refusal->text, sizeof(refusal->text), "%s", text);
	return -EPERM;
}
