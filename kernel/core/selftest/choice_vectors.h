/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Vectors of which tunnel of a rule a flow takes: the choice by priority, idleness and weight. For
 * the module, the daemon in user space and the eBPF programs, all of which must choose alike. Made
 * with another implementation than the one that they test.
 */
#ifndef _IPUDP_CHOICE_VECTORS_H
#define _IPUDP_CHOICE_VECTORS_H

#include "flow_vectors.h"

/* Tunnels of the largest rule. */
#define CHOICE_TARGETS_MAX 5

/**
 * struct choice_target - a tunnel of a rule
 * @priority: lower is preferred
 * @weight: share of the flows
 * @idle: nothing was heard of it
 */
struct choice_target {
	unsigned int priority;
	unsigned short weight;
	bool idle;
};

/**
 * struct choice_set - a rule, and what it makes of the flows
 * @what: for people
 * @targets: in the order in which the rule has them
 * @n_targets: how many
 * @want: for each of choice_flows, the target that it takes
 */
struct choice_set {
	const char *what;
	struct choice_target targets[CHOICE_TARGETS_MAX];
	unsigned char n_targets;
	unsigned char want[CHOICE_FLOWS];
};

static const struct choice_set choice_sets[] = {
	{
		.what = "one",
		.n_targets = 1,
		.targets = { { 0, 1, false } },
		.want = {
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0
		},
	},
	{
		.what = "one, idle",
		.n_targets = 1,
		.targets = { { 0, 1, true } },
		.want = {
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0
		},
	},
	{
		.what = "two alike",
		.n_targets = 2,
		.targets = { { 0, 1, false }, { 0, 1, false } },
		.want = {
			0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1,
			0, 0, 0
		},
	},
	{
		.what = "three alike",
		.n_targets = 3,
		.targets = { { 0, 1, false }, { 0, 1, false }, { 0, 1, false } },
		.want = {
			0, 0, 1, 1, 1, 1, 0, 0, 0, 2, 2, 2, 0, 2, 2, 1, 0, 0, 1, 1, 2, 2, 2, 1,
			0, 0, 0
		},
	},
	{
		.what = "weights of 1 and 3",
		.n_targets = 2,
		.targets = { { 0, 1, false }, { 0, 3, false } },
		.want = {
			0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1,
			0, 0, 0
		},
	},
	{
		.what = "weights of 65535, 1 and 65535",
		.n_targets = 3,
		.targets = { { 0, 65535, false }, { 0, 1, false }, { 0, 65535, false } },
		.want = {
			0, 0, 2, 2, 2, 2, 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 0, 0, 2, 2, 2, 2, 2, 2,
			0, 0, 0
		},
	},
	{
		.what = "the second of three idle",
		.n_targets = 3,
		.targets = { { 0, 1, false }, { 0, 1, true }, { 0, 1, false } },
		.want = {
			0, 0, 2, 2, 2, 2, 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 0, 0, 2, 2, 2, 2, 2, 2,
			0, 0, 0
		},
	},
	{
		.what = "the better one",
		.n_targets = 2,
		.targets = { { 1, 1, false }, { 2, 100, false } },
		.want = {
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0
		},
	},
	{
		.what = "the better one idle",
		.n_targets = 3,
		.targets = { { 1, 1, true }, { 2, 1, false }, { 2, 1, false } },
		.want = {
			1, 1, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 1, 2, 2, 2, 1, 1, 2, 2, 2, 2, 2, 2,
			1, 1, 1
		},
	},
	{
		.what = "the better ones idle but one",
		.n_targets = 3,
		.targets = { { 1, 1, true }, { 1, 1, false }, { 2, 1, false } },
		.want = {
			1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			1, 1, 1
		},
	},
	{
		.what = "two better ones idle, and one of the worse",
		.n_targets = 5,
		.targets = {
			{ 1, 1, true },
			{ 1, 1, true },
			{ 2, 1, true },
			{ 2, 1, false },
			{ 3, 1, false },
		},
		.want = {
			3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
			3, 3, 3
		},
	},
	{
		.what = "all idle: the better ones",
		.n_targets = 3,
		.targets = { { 1, 1, true }, { 1, 2, true }, { 2, 7, true } },
		.want = {
			0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1,
			0, 0, 0
		},
	},
};

#endif
