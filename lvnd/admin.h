/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What operators and service managers see of lvnd: control socket, metrics, reload, readiness.
 */
#ifndef _LVND_ADMIN_H
#define _LVND_ADMIN_H

#include <stddef.h>

struct lvnd;

/** lvnd_admin_start() - open the control socket and the metrics */
int lvnd_admin_start(struct lvnd *lvnd);

/**
 * lvnd_admin_reload() - read the configuration again
 * @text: gets a sentence on failure, which is logged, too
 *
 * On failure all is as before, unless it is only the key or the certificate that is wrong: then
 * those in use stay, and all else is applied.
 */
int lvnd_admin_reload(struct lvnd *lvnd, char *text, size_t size);

#endif
