/* syscall_record and signal_record. */
#include "um/gate.h"
#include "um/printk.h"
#include "um/record.h"
#include "um/syscall.h"

struct syscall_record_entry syscall_record[RECORD_ENTRIES];
struct signal_record_entry signal_record[RECORD_ENTRIES];
unsigned syscall_index, signal_index;

static int host_pid(struct task *task)
{
	return task->gthread && gate->host_tid ? gate->host_tid(task) : 0;
}

struct syscall_record_entry *record_syscall(struct task *task, long nr)
{
	struct syscall_record_entry *entry = &syscall_record[syscall_index];

	syscall_index = (syscall_index + 1) % RECORD_ENTRIES;
	*entry = (struct syscall_record_entry){
		.host_pid = host_pid(task),
		.pid = task->pid,
		.nr = nr,
		.result = RECORD_NOT_RETURNED,
		.time = task->entered,
		.ip = UPT_IP(&task->regs),
	};
	return entry;
}

void record_signal(struct task *task, int sig)
{
	struct signal_record_entry *entry = &signal_record[signal_index];

	signal_index = (signal_index + 1) % RECORD_ENTRIES;
	*entry = (struct signal_record_entry){
		.host_pid = host_pid(task),
		.pid = task->pid,
		.sig = sig,
		.time = task->entered,
		.ip = UPT_IP(&task->regs),
		.addr = task->event.type == EV_FAULT ? task->event.addr : 0,
	};
}

static const char *call_name(long nr)
{
	return nr >= 0 && nr < nr_syscalls && sys_call_table[nr] ? sys_call_table[nr]->name : "?";
}

void records_print(unsigned count)
{
	pr_err("last system calls (newest last):\n");
	for (unsigned i = count; i > 0; i--) {
		const struct syscall_record_entry *e =
			&syscall_record[(syscall_index + RECORD_ENTRIES - i) % RECORD_ENTRIES];

		if (e->pid)
			pr_err("  pid %d call %ld %s = %#lx at ip %#lx\n", e->pid, e->nr,
			       call_name(e->nr), e->result, e->ip);
	}
	pr_err("last signals:\n");
	for (unsigned i = count; i > 0; i--) {
		const struct signal_record_entry *e =
			&signal_record[(signal_index + RECORD_ENTRIES - i) % RECORD_ENTRIES];

		if (e->pid)
			pr_err("  pid %d signal %d at ip %#lx address %#lx\n", e->pid, e->sig,
			       e->ip, e->addr);
	}
}
