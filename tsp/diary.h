/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last messages of each client and what was answered, so that an operator can see why it does
 * not work. Bounded: a page has room for a few dialogues, and the pages of those who have been silent
 * for longest go first. Strangers have pages of their own, by their addresses: however many they
 * are, they take none from users.
 */
#ifndef _TSP_DIARY_H
#define _TSP_DIARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "tsp/dialogue.h"

/** Steps that a page has room for, and pages of each kind. */
#define TSP_DIARY_STEPS 16
#define TSP_DIARY_PAGES 1024

/** Texts of a step with the final NUL. */
#define TSP_ASKED_SIZE 48
#define TSP_ANSWERED_SIZE 128

/**
 * struct tsp_step - a message and its answer; never a secret
 * @number: they count up
 * @at: when, seconds since 1970
 * @remote: of the client
 * @is_stream: by TCP
 * @is_known: @user has proved to be that
 * @user: who it is, or claims to be; "" if it has not said
 * @asked: what the message was, printable
 * @answered: what was answered, printable
 */
struct tsp_step {
	uint64_t number;
	int64_t at;
	struct lvn_endpoint remote;
	bool is_stream;
	bool is_known;
	char user[TSP_DIALOGUE_USER_SIZE];
	char asked[TSP_ASKED_SIZE];
	char answered[TSP_ANSWERED_SIZE];
};

struct tsp_page;

/**
 * struct tsp_pages - pages of a kind
 * @table: by their keys
 * @list: the longest silent first
 * @n: how many
 */
struct tsp_pages {
	struct tsp_page *table;
	struct tsp_page *list;
	unsigned int n;
};

/**
 * struct tsp_diary - all zeros is an empty one
 * @users: by name
 * @strangers: by address
 * @number: of the last step
 */
struct tsp_diary {
	struct tsp_pages users;
	struct tsp_pages strangers;
	uint64_t number;
};

/** tsp_diary_note() - write a step; its number is given. Without memory nothing is written */
void tsp_diary_note(struct tsp_diary *diary, const struct tsp_step *step);

/** typedef tsp_step_fn - sees one step; must not change anything */
typedef void tsp_step_fn(void *arg, const struct tsp_step *step);

/**
 * tsp_diary_read() - call @fn for the steps of a user or of an address, oldest first
 * @user: also those of strangers who claimed to be him; NULL for any
 * @addr: of the remote; NULL for any
 *
 * Return: how many, or -ENOMEM.
 */
int tsp_diary_read(const struct tsp_diary *diary, const char *user, const struct lvn_addr *addr,
		   tsp_step_fn *fn, void *arg);

/** tsp_diary_forget() - the page of a user who is no more */
void tsp_diary_forget(struct tsp_diary *diary, const char *user);

/** tsp_diary_destroy() - free all; it is empty then */
void tsp_diary_destroy(struct tsp_diary *diary);

#endif
