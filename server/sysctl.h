/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the kernel for the server's device.
 */
#ifndef _SERVER_SYSCTL_H
#define _SERVER_SYSCTL_H

/**
 * server_sysctl_protect() - what comes out of @device does not configure the host
 *
 * No router advertisements or redirects are obeyed, and there is no link-local address unless somebody
 * adds one. Before the interface is up; logs what cannot be set.
 */
void server_sysctl_protect(const char *device);

/** server_sysctl_forward() - forward from @device, and send no redirects; logs what cannot be set */
void server_sysctl_forward(const char *device);

#endif
