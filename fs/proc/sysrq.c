/* /proc/sysrq-trigger: each letter that is written asks something of the kernel; answers go to
 * the log. */
#include "um/boot.h"
#include "um/printk.h"

#include "proc.h"

static void sysrq_registers(void)
{
	struct pt_regs regs = { .regs = current->regs };

	pr_notice("sysrq: registers of %s[%d]\n", current->comm, current->pid);
	show_regs(&regs);
}

static void sysrq_tasks(void)
{
	const struct task *t;

	pr_notice("sysrq: tasks\n");
	for_each_task(t)
		pr_notice("%c %5d %5d %s%s\n", task_state_letter(t), t->pid, task_ppid(t), t->comm,
			  t->mm ? "" : " (no memory)");
}

static void sysrq_memory(void)
{
	pr_notice("sysrq: memory in pages: %llu, %llu free, %llu cached, %llu anonymous\n",
		  (unsigned long long)nr_total_pages(), (unsigned long long)nr_free_pages(),
		  (unsigned long long)nr_cached_pages(), (unsigned long long)nr_anon_pages());
}

static void sysrq_sync(void)
{
	sync_all();
	pr_notice("sysrq: synced\n");
}

static void sysrq_off(void)
{
	kernel_shutdown_soon(0);
}

static const struct sysrq_key {
	char key;
	const char *help;
	void (*call)(void);
} keys[] = {
	{ 'm', "memory", sysrq_memory },    { 'o', "power off", sysrq_off },
	{ 'p', "registers", sysrq_registers }, { 's', "sync", sysrq_sync },
	{ 't', "tasks", sysrq_tasks },
};

static void sysrq_help(void)
{
	pr_notice("sysrq: what can be asked for:\n");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		pr_notice("  %c  %s\n", keys[i].key, keys[i].help);
}

/* Only the first letter counts, as ever. */
static int sysrq_write(const char *text, size_t n)
{
	if (!n)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].key == text[0]) {
			keys[i].call();
			return 0;
		}
	}
	sysrq_help();
	return 0;
}

PROC_FILE(sysrq_trigger) = { .path = "sysrq-trigger", .mode = 0200, .write = sysrq_write };
