// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which data plane is wanted, and why there is none.
 */
#include "server/datapath.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "server/conf.h"

int server_datapath_choose(const struct server_conf *conf, enum ipudp_datapath *ret)
{
	const char *name = conf->datapath, *environment = secure_getenv("IPUDP_DATAPATH");

	if (!*name && environment)
		name = environment;
	*ret = IPUDP_DATAPATH_AUTO;
	if (!*name || !ipudp_datapath_parse(name, ret))
		return 0;
	lvn_error("IPUDP_DATAPATH: '%s' must be one of auto, module, user", name);
	return -EINVAL;
}

/* Where a program was looked for is what helps somebody who installed it elsewhere. */
void server_datapath_complain(enum ipudp_datapath datapath, int error)
{
	const char *sentence = ipudp_open_error(datapath, error);
	char missing[256];

	if (!*sentence)
		sentence = strerror(-error);
	if (error == -EOPNOTSUPP && ipudp_open_missing(datapath, missing, sizeof(missing)))
		lvn_error("data plane: %s (%s)", sentence, missing);
	else
		lvn_error("data plane: %s", sentence);
}
