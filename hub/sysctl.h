/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the kernel for the hub's device.
 */
#ifndef _HUB_SYSCTL_H
#define _HUB_SYSCTL_H

/** hub_sysctl_forward() - forward from @device, and send no redirects; logs what cannot be set */
void hub_sysctl_forward(const char *device);

#endif
