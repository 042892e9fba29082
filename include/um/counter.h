/*
 * K's own counters: how much there is of each thing that K keeps, registered beside what is
 * counted:
 *
 *	UM_COUNTER(tasks)
 *	{
 *		return nr_tasks;
 *	}
 *
 * After a guest's processes have gone all of them are back where they were, but for what is
 * cached.  Seen in /proc/um/counters; the gate in use adds its own (gate->counters).
 */
#ifndef UM_COUNTER_H
#define UM_COUNTER_H

#include "um/init.h"

struct um_counter {
	const char *name;	/* lower case and underscores; unique */
	u64 (*count)(void);	/* now; must not sleep */
};
TABLE_DECLARE(const struct um_counter, um_counters);

#define UM_COUNTER(ident)                                                                          \
	static u64 count_##ident(void);                                                            \
	static const struct um_counter counter_##ident TABLE_ROW(um_counters) = { #ident,          \
										  count_##ident }; \
	static u64 count_##ident(void)

struct counter_value {
	const char *name;
	u64 value;
};

/* For gates: the counters' values are added here. */
struct counter_list;
void counter_add(struct counter_list *list, const char *name, u64 value);

/* Calls `show` for each counter, in the order of their names. */
void counters_each(void (*show)(void *arg, const struct counter_value *counter), void *arg);

#endif
