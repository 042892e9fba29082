/* What happened last: rings of system calls and signals, readable with gdb, in a panic report
 * and over mconsole.  The latest entry is at index - 1.  kernel/record.c */
#ifndef UM_RECORD_H
#define UM_RECORD_H

#include "um/types.h"

#define RECORD_ENTRIES 1024
#define RECORD_NOT_RETURNED 0xdeadbeefUL

struct task;

struct syscall_record_entry {
	int host_pid, pid;
	long nr;
	unsigned long result;		/* RECORD_NOT_RETURNED until it has */
	u64 time;			/* ktime_mono */
	unsigned long ip;
};

struct signal_record_entry {
	int host_pid, pid;
	int sig;
	u64 time;
	unsigned long ip, addr;
};

extern struct syscall_record_entry syscall_record[RECORD_ENTRIES];
extern struct signal_record_entry signal_record[RECORD_ENTRIES];
extern unsigned syscall_index, signal_index;

struct syscall_record_entry *record_syscall(struct task *task, long nr);
void record_signal(struct task *task, int sig);
void records_print(unsigned count);	/* the last ones, to the kernel log */

#endif
