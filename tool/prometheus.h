/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters in Prometheus' text format, for the textfile collector of node_exporter. */
#ifndef _TOOL_PROMETHEUS_H
#define _TOOL_PROMETHEUS_H

struct tool;

/**
 * tool_prometheus() - print all devices and listeners, or one device
 * @name: of the device, or ""
 *
 * Prints nothing if it fails. Return: 0, or a negative errno of the library.
 */
int tool_prometheus(struct tool *tool, const char *name);

#endif
