// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages in two tables, each a ring of steps.
 */
#include "tsp/diary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

/**
 * struct tsp_page - the last steps of a user, or of an address
 * @key: name or address, zeros behind
 * @steps: ring
 * @n: how many were ever written
 * @prev: in the list
 * @next: likewise
 * @hh: in the table
 */
struct tsp_page {
	char key[TSP_DIALOGUE_USER_SIZE];
	struct tsp_step steps[TSP_DIARY_STEPS];
	unsigned int n;
	struct tsp_page *prev, *next;
	UT_hash_handle hh;
};

static void make_key(const struct tsp_step *step, char ret_key[TSP_DIALOGUE_USER_SIZE])
{
	memset(ret_key, 0, TSP_DIALOGUE_USER_SIZE);
	if (step->is_known) {
		memcpy(ret_key, step->user, strlen(step->user));
	} else {
		ret_key[0] = (char)step->remote.addr.family;
		memcpy(ret_key + 1, step->remote.addr.bytes, sizeof(step->remote.addr.bytes));
	}
}

static void remove_page(struct tsp_pages *pages, struct tsp_page *page)
{
	HASH_DEL(pages->table, page);
	DL_DELETE(pages->list, page);
	pages->n--;
	free(page);
}

static struct tsp_page *find(struct tsp_pages *pages, const char key[TSP_DIALOGUE_USER_SIZE])
{
	struct tsp_page *page;

	HASH_FIND(hh, pages->table, key, TSP_DIALOGUE_USER_SIZE, page);
	return page;
}

/* Return: the page of a key, now the last one to go; NULL without memory. */
static struct tsp_page *turn_to(struct tsp_pages *pages, const char key[TSP_DIALOGUE_USER_SIZE])
{
	struct tsp_page *page = find(pages, key);

	if (page) {
		DL_DELETE(pages->list, page);
		DL_APPEND(pages->list, page);
		return page;
	}
	if (pages->n >= TSP_DIARY_PAGES)
		remove_page(pages, pages->list);
	page = calloc(1, sizeof(*page));
	if (!page)
		return NULL;
	memcpy(page->key, key, sizeof(page->key));
	HASH_ADD(hh, pages->table, key, sizeof(page->key), page);
	DL_APPEND(pages->list, page);
	pages->n++;
	return page;
}

void tsp_diary_note(struct tsp_diary *diary, const struct tsp_step *step)
{
	char key[TSP_DIALOGUE_USER_SIZE];
	struct tsp_page *page;
	struct tsp_step *at;

	make_key(step, key);
	page = turn_to(step->is_known ? &diary->users : &diary->strangers, key);
	if (!page)
		return;
	at = &page->steps[page->n++ % TSP_DIARY_STEPS];
	*at = *step;
	at->number = ++diary->number;
}

/**
 * struct selection - steps that were asked for
 * @user: NULL for any
 * @addr: NULL for any
 * @list: of @n, owned
 * @n: how many
 * @size: of @list
 */
struct selection {
	const char *user;
	const struct lvn_addr *addr;
	const struct tsp_step **list;
	size_t n, size;
};

static int select_step(struct selection *selection, const struct tsp_step *step)
{
	const struct tsp_step **list;

	if (selection->user && strcmp(selection->user, step->user) != 0)
		return 0;
	if (selection->addr && !lvn_addr_equal(selection->addr, &step->remote.addr))
		return 0;
	if (selection->n == selection->size) {
		selection->size = selection->size ? 2 * selection->size : 64;
		list = realloc(selection->list, selection->size * sizeof(*list));
		if (!list)
			return -ENOMEM;
		selection->list = list;
	}
	selection->list[selection->n++] = step;
	return 0;
}

static int select_pages(struct selection *selection, const struct tsp_pages *pages)
{
	const struct tsp_page *page;
	unsigned int i;
	int ret;

	DL_FOREACH(pages->list, page) {
		for (i = 0; i < TSP_DIARY_STEPS && i < page->n; i++) {
			ret = select_step(selection, &page->steps[i]);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct tsp_step *const *one = a, *const *two = b;

	return (*one)->number < (*two)->number ? -1 : (*one)->number > (*two)->number;
}

int tsp_diary_read(const struct tsp_diary *diary, const char *user, const struct lvn_addr *addr,
		   tsp_step_fn *fn, void *arg)
{
	struct selection selection = { .user = user, .addr = addr };
	int ret = select_pages(&selection, &diary->users);
	size_t i;

	if (!ret)
		ret = select_pages(&selection, &diary->strangers);
	if (selection.n)
		qsort(selection.list, selection.n, sizeof(*selection.list), compare);
	for (i = 0; !ret && i < selection.n; i++)
		fn(arg, selection.list[i]);
	free(selection.list);
	return ret < 0 ? ret : (int)selection.n;
}

void tsp_diary_forget(struct tsp_diary *diary, const char *user)
{
	struct tsp_step step = { .is_known = true };
	char key[TSP_DIALOGUE_USER_SIZE];
	struct tsp_page *page;

	if (strlen(user) >= sizeof(step.user))
		return;
	strcpy(step.user, user);
	make_key(&step, key);
	page = find(&diary->users, key);
	if (page)
		remove_page(&diary->users, page);
}

void tsp_diary_destroy(struct tsp_diary *diary)
{
	while (diary->users.list)
		remove_page(&diary->users, diary->users.list);
	while (diary->strangers.list)
		remove_page(&diary->strangers, diary->strangers.list);
}
