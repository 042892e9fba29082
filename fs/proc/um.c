/* /proc/um: what K says about itself, for those who look for leaks: "name value" lines. */
#include "um/counter.h"

#include "proc.h"

static void show_counter(void *m, const struct counter_value *counter)
{
	seq_printf(m, "%s %llu\n", counter->name, (unsigned long long)counter->value);
}

static int counters_show(struct seq_file *m, void *private __maybe_unused)
{
	counters_each(show_counter, m);
	return 0;
}

PROC_FILE(um_counters) = { "um/counters", 0400, counters_show };
