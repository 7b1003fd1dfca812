/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong at the moment, as sentences for the log and the status. Each is logged when it comes
 * and when it goes, however often the reason is looked at.
 */
#ifndef _LVN_PROBLEMS_H
#define _LVN_PROBLEMS_H

#include <stdbool.h>

#define LVN_PROBLEMS_MAX 24
#define LVN_PROBLEM_SIZE 224

/**
 * struct lvn_problems - a list; a zeroed one is empty
 * @n: how many are in @texts
 * @missed: how many had no room
 * @texts: sentences without full stop
 */
struct lvn_problems {
	unsigned int n;
	unsigned int missed;
	char texts[LVN_PROBLEMS_MAX][LVN_PROBLEM_SIZE];
};

/** lvn_problems_add() - add a sentence, unless it is there */
void lvn_problems_add(struct lvn_problems *problems, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** lvn_problems_replace() - @now are all there are; log what is new, and what is over */
void lvn_problems_replace(struct lvn_problems *problems, const struct lvn_problems *now,
			  const char *device);

#endif
