/* Gathers what um/counter.h is about: the registered counters and the gate's. */
#include "um/bug.h"
#include "um/counter.h"
#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/os_hostinfo.h"

enum { GATE_COUNTERS_MAX = 32 };

struct counter_list {
	struct counter_value *values;
	size_t count, space;
};

void counter_add(struct counter_list *list, const char *name, u64 value)
{
	BUG_ON(list->count == list->space);
	list->values[list->count++] = (struct counter_value){ name, value };
}

static int compare_names(const void *a, const void *b)
{
	const struct counter_value *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void counters_each(void (*show)(void *arg, const struct counter_value *counter), void *arg)
{
	struct counter_list list = { NULL, 0, GATE_COUNTERS_MAX };
	const struct um_counter *counter;

	list.space += (size_t)(__stop_um_counters - __start_um_counters);
	list.values = kzalloc(list.space * sizeof(*list.values));
	table_for_each(counter, um_counters)
		counter_add(&list, counter->name, counter->count());
	if (gate->counters)
		gate->counters(&list);
	ksort(list.values, list.count, sizeof(*list.values), compare_names);
	for (size_t i = 0; i < list.count; i++)
		show(arg, &list.values[i]);
	kfree(list.values);
}

static u64 known(int count)
{
	return count < 0 ? 0 : (u64)count;
}

/* Of um itself. */
UM_COUNTER(host_fds)
{
	return known(os_fd_count());
}

UM_COUNTER(kernel_threads)
{
	return known(os_thread_count());
}
