/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Doubly linked lists, as the kernel's. */
#ifndef _IPUDP_LIST_H
#define _IPUDP_LIST_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct list_head - a list, or a place in it
 * @next: the first or next
 * @prev: the last or previous
 */
struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define list_entry container_of
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)

#define list_for_each_entry(pos, head, member)                             \
	for ((pos) = list_entry((head)->next, __typeof__(*(pos)), member); \
	     &(pos)->member != (head);                                     \
	     (pos) = list_entry((pos)->member.next, __typeof__(*(pos)), member))

#define list_for_each_entry_safe(pos, n, head, member)                        \
	for ((pos) = list_entry((head)->next, __typeof__(*(pos)), member),    \
	    (n) = list_entry((pos)->member.next, __typeof__(*(pos)), member); \
	     &(pos)->member != (head);                                        \
	     (pos) = (n), (n) = list_entry((n)->member.next, __typeof__(*(n)), member))

static inline void list_init(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

/** list_add() - enter @node behind @after */
static inline void list_add(struct list_head *node, struct list_head *after)
{
	node->next = after->next;
	node->prev = after;
	after->next->prev = node;
	after->next = node;
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_add(node, head->prev);
}

/** list_del() - take a node out; it is an empty list then */
static inline void list_del(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

#endif
