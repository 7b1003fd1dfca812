/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Doubly linked lists, as the kernel's. */
#ifndef _IPUDP_SHIM_LIST_H
#define _IPUDP_SHIM_LIST_H

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

static inline void INIT_LIST_HEAD(struct list_head *head)
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
	INIT_LIST_HEAD(node);
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

/**
 * struct hlist_node - a place in a list whose head is one pointer
 * @next: the next, NULL at the end
 * @pprev: what points here
 */
struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **pprev;
};

/**
 * struct hlist_head - such a list
 * @first: NULL if it is empty
 */
struct hlist_head {
	struct hlist_node *first;
};

#define INIT_HLIST_HEAD(head) ((head)->first = NULL)

static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	node->next = head->first;
	if (node->next)
		node->next->pprev = &node->next;
	head->first = node;
	node->pprev = &head->first;
}

static inline void hlist_del(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
}

#define hlist_entry container_of
#define hlist_entry_safe(node, type, member)                       \
	({                                                         \
		struct hlist_node *__node = (node);                \
		__node ? hlist_entry(__node, type, member) : NULL; \
	})

#define hlist_for_each_entry(pos, head, member)                                          \
	for ((pos) = hlist_entry_safe((head)->first, __typeof__(*(pos)), member); (pos); \
	     (pos) = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member))

#define hlist_for_each_entry_safe(pos, n, head, member)                           \
	for ((pos) = hlist_entry_safe((head)->first, __typeof__(*(pos)), member); \
	     (pos) && ((n) = (pos)->member.next, true);                           \
	     (pos) = hlist_entry_safe(n, __typeof__(*(pos)), member))

#endif
