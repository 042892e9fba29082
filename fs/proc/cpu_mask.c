/* Sets of CPUs as text: the two forms that /proc and /sys use. */
#include "um/os.h"

#include "proc.h"

/* The guest's CPUs as a set; masks are 64 bits wide, so it has no use for more. */
u64 guest_cpu_mask(void)
{
	int cpus = os_cpu_count();

	return cpus >= 64 ? ~0ULL : (1ULL << cpus) - 1;
}

/* Hexadecimal, in groups of 32 bits, as many digits as the guest has CPUs: "3", "ff,ffffffff". */
void show_cpu_mask(struct seq_file *m, u64 mask)
{
	int cpus = min(os_cpu_count(), 64);

	mask &= guest_cpu_mask();
	if (cpus > 32)
		seq_printf(m, "%0*x,%08x", (cpus - 32 + 3) / 4, (u32)(mask >> 32), (u32)mask);
	else
		seq_printf(m, "%0*x", (cpus + 3) / 4, (u32)mask);
}

/* Ranges: "0-1,4". */
void show_cpu_list(struct seq_file *m, u64 mask)
{
	const char *comma = "";

	mask &= guest_cpu_mask();
	for (int first = 0; first < 64; first++) {
		int last = first;

		if (!(mask >> first & 1))
			continue;
		while (last < 63 && mask >> (last + 1) & 1)
			last++;
		seq_printf(m, last > first ? "%s%d-%d" : "%s%d", comma, first, last);
		comma = ",";
		first = last;
	}
}
