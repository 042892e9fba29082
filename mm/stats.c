/*
 * /proc/um/memory: what memory work has cost since boot.  A batch is a trip into a space and an
 * operation a host call there, so these counts, not K's own time, say why a fork or an exec is
 * dear.
 */
#include "internal.h"
#include "um/proc_fs.h"

struct mm_counts mm_counts;

void count_batch(const struct space_op *ops, unsigned nr)
{
	mm_counts.batches++;
	for (unsigned i = 0; i < nr; i++) {
		mm_counts.ops[ops[i].type]++;
		if (ops[i].type == SPACE_MAP)
			mm_counts.mapped += ops[i].len >> PAGE_SHIFT;
	}
}

static void show_count(struct seq_file *m, const char *what, u64 n)
{
	seq_printf(m, "%-16s%12llu\n", what, (unsigned long long)n);
}

static int memory_show(struct seq_file *m, void *private)
{
	(void)private;
	show_count(m, "faults", mm_counts.faults);
	show_count(m, "batches", mm_counts.batches);
	show_count(m, "maps", mm_counts.ops[SPACE_MAP]);
	show_count(m, "unmaps", mm_counts.ops[SPACE_UNMAP]);
	show_count(m, "protects", mm_counts.ops[SPACE_PROTECT]);
	show_count(m, "pages_mapped", mm_counts.mapped);
	show_count(m, "pages_copied", mm_counts.copied);
	show_count(m, "pages_cleared", mm_counts.cleared);
	return 0;
}
PROC_FILE(um_memory) = { "um/memory", 0444, memory_show };
