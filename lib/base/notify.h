/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a service tells the service manager, sd_notify(3). By hand, it is one datagram: so that
 * programs run the same where there is no systemd.
 */
#ifndef _LVN_NOTIFY_H
#define _LVN_NOTIFY_H

/** lvn_notify() - tell @state, "READY=1" for example; nothing is done if nobody asked for it */
void lvn_notify(const char *state);

#endif
