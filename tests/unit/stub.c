/* See stub.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stub.h"
#include "um/boot.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/os.h"
#include "um/printk.h"
#include "um/rewrite.h"
#include "um/syscall.h"

unsigned stub_batches, stub_ops;
bool stub_bad_op;

struct boot_options boot;
uaddr_t task_size = SHADOW_BASE + SHADOW_PAGES * 4096UL;
static struct thread_group group;
static struct cred cred;
static struct task task = { .group = &group, .cred = &cred };
struct task *current_task = &task;
struct task *init_task;
LIST_HEAD(all_tasks);

/* --- the gate */

static struct space *stub_space_get(void)
{
	return kzalloc(sizeof(struct space));
}

static void stub_space_put(struct space *space, void (*empty)(void *arg), void *arg)
{
	kfree(space);
	empty(arg);
}

static int stub_batch(struct space *space, const struct space_op *ops, unsigned nr)
{
	stub_batches++;
	stub_ops += nr;
	for (const struct space_op *op = ops; op < ops + nr; op++) {
		unsigned long at = op->addr, end = op->addr + op->len;

		if (op->type == SPACE_FENCE)
			continue;
		if (!op->len || at & ~PAGE_MASK || op->len & ~PAGE_MASK || end > task_size)
			stub_bad_op = true;
		if (op->type == SPACE_UNMAP && at < SHADOW_BASE)
			at = SHADOW_BASE;
		for (; at < end; at += PAGE_SIZE) {
			unsigned long i = (at - SHADOW_BASE) >> PAGE_SHIFT;

			if (op->type == SPACE_PROTECT && !space->page[i].prot)
				stub_bad_op = true;
			if (op->type == SPACE_MAP)
				space->page[i].pfn = (op->offset + (at - op->addr)) >> PAGE_SHIFT;
			space->page[i].prot = op->type == SPACE_UNMAP ? 0 : op->prot;
		}
	}
	return 0;
}

static const struct gate stub_gate = {
	.name = "stub",
	.space_get = stub_space_get,
	.space_put = stub_space_put,
	.space_batch = stub_batch,
};
const struct gate *gate = &stub_gate;
unsigned long gate_trampoline_entry;
bool gate_trampoline_any;

/* --- the kernel around mm/ */

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "panic: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	os_abort();
}

void warn_report(const char *file, int line, const char *func, const char *what)
{
	fprintf(stderr, "%s:%d %s: %s\n", file, line, func, what);
}

void printk(enum printk_level level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	va_end(args);
}

void mutex_init(struct mutex *m)
{
	m->owner = NULL;
	init_waitqueue_head(&m->waiters);
}

void mutex_lock(struct mutex *m)
{
	BUG_ON(m->owner);
	m->owner = current;
}

void mutex_unlock(struct mutex *m)
{
	BUG_ON(m->owner != current);
	m->owner = NULL;
}

bool wake_task_entry(struct wait_entry *entry, u32 key)
{
	(void)entry;
	(void)key;
	return true;
}

void add_wait_queue(struct wait_queue_head *wq, struct wait_entry *entry)
{
	list_add(&entry->node, &wq->entries);
}

void add_wait_queue_exclusive(struct wait_queue_head *wq, struct wait_entry *entry)
{
	list_add(&entry->node, &wq->entries);
}

void remove_wait_queue(struct wait_entry *entry)
{
	list_del(&entry->node);
}

void wake_up_key(struct wait_queue_head *wq, int nr_exclusive, u32 key)
{
	(void)wq;
	(void)nr_exclusive;
	(void)key;
}

void sleep_until(enum task_state state, u64 deadline)
{
	(void)state;
	(void)deadline;
	panic("a test would sleep");
}

void yield(void)
{
	panic("a test would wait for other threads");
}

int wait_interrupted(enum task_state state, u64 deadline)
{
	(void)state;
	return deadline == KTIME_MAX ? 0 : -ETIMEDOUT;
}

u64 ktime_mono(void)
{
	static u64 now;

	return now += NSEC_PER_USEC;
}

void timer_init(struct timer *timer, void (*fn)(struct timer *))
{
	timer->fn = fn;
}

void timer_arm(struct timer *timer, u64 expires)
{
	timer->expires = expires;
}

u64 rlimit(int resource)
{
	(void)resource;
	return RLIM64_INFINITY;
}

bool capable(int cap)
{
	(void)cap;
	return true;
}

bool may_inspect(struct task *t)
{
	(void)t;
	return true;
}

bool fatal_signal_pending(const struct task *t)
{
	(void)t;
	return false;
}

int send_sig(int sig, struct task *t)
{
	(void)sig;
	(void)t;
	return 0;
}

struct task *find_task(int tid)
{
	(void)tid;
	return NULL;
}

struct task *kthread_run(void (*fn)(void *), void *arg, const char *name)
{
	(void)fn;
	(void)arg;
	(void)name;
	return &task;
}

long host_work(long (*fn)(void *), void *request)
{
	return fn(request);
}

/* --- files */

struct stub_inode {
	struct inode inode;
	unsigned char *disk;
};

static int stub_readpages(struct address_space *mapping, struct page **pages, unsigned nr)
{
	struct stub_inode *si = (struct stub_inode *)mapping->host;

	for (unsigned i = 0; i < nr; i++) {
		BUG_ON(!(pages[i]->flags & PG_LOCKED) || pages[i]->refs < 2);
		if (si->disk)
			memcpy(page_address(pages[i]), si->disk + (pages[i]->index << PAGE_SHIFT),
			       PAGE_SIZE);
		else
			memset(page_address(pages[i]), 0, PAGE_SIZE);
	}
	return 0;
}

static int stub_writepages(struct address_space *mapping, struct page **pages, unsigned nr)
{
	struct stub_inode *si = (struct stub_inode *)mapping->host;

	for (unsigned i = 0; i < nr; i++)
		memcpy(si->disk + (pages[i]->index << PAGE_SHIFT), page_address(pages[i]),
		       PAGE_SIZE);
	return 0;
}

static const struct address_space_ops disk_aops = {
	.readpages = stub_readpages,
	.writepages = stub_writepages,
};
static const struct address_space_ops home_aops = { .readpages = stub_readpages };
static const struct file_ops stub_fops = { .mmap = generic_file_mmap };

struct file *stub_file(unsigned long pages, bool has_disk)
{
	struct stub_inode *si = kzalloc(sizeof(*si));
	struct file *file = kzalloc(sizeof(*file));

	si->inode.refs = 1;
	si->inode.size = (loff_t)(pages << PAGE_SHIFT);
	si->inode.mapping = &si->inode.data;
	address_space_init(&si->inode.data, &si->inode, has_disk ? &disk_aops : &home_aops);
	if (has_disk)
		si->disk = kzalloc(pages * PAGE_SIZE);
	file->refs = 1;
	file->inode = &si->inode;
	file->mapping = &si->inode.data;
	file->ops = &stub_fops;
	file->mode = FMODE_READ | FMODE_WRITE;
	return file;
}

unsigned char *stub_disk(struct file *file)
{
	return ((struct stub_inode *)file->inode)->disk;
}

struct file *shmem_file(const char *name, u64 size, unsigned flags)
{
	(void)name;
	(void)flags;
	return stub_file(size >> PAGE_SHIFT, false);
}

struct file *file_get(struct file *file)
{
	file->refs++;
	return file;
}

void fput(struct file *file)
{
	struct stub_inode *si = (struct stub_inode *)file->inode;

	if (--file->refs)
		return;
	write_back(&si->inode.data, 0, LLONG_MAX);
	truncate_pages(&si->inode.data, 0, LLONG_MAX);
	BUG_ON(si->inode.data.nr_pages || !list_empty(&si->inode.data.mmaps));
	rewrite_mapping_gone(&si->inode.data);
	kfree(si->disk);
	kfree(si);
	kfree(file);
}

struct file *fget_io(int fd)
{
	(void)fd;
	return NULL;
}

struct inode *ihold(struct inode *inode)
{
	inode->refs++;
	return inode;
}

void iput(struct inode *inode)
{
	inode->refs--;
}

void inode_touch(struct inode *inode, unsigned what)
{
	(void)inode;
	(void)what;
}

void touch_atime(struct file *file)
{
	(void)file;
}

bool inode_owner_or_capable(struct inode *inode)
{
	(void)inode;
	return true;
}

int inode_permission(struct inode *inode, int mask)
{
	(void)inode;
	(void)mask;
	return 0;
}

char *d_path(const struct path *path, char *buf, size_t size)
{
	(void)path;
	(void)size;
	return buf;
}

int seq_printf(struct seq_file *m, const char *fmt, ...)
{
	(void)m;
	(void)fmt;
	return 0;
}

void seq_puts(struct seq_file *m, const char *s)
{
	(void)m;
	(void)s;
}

void seq_putc(struct seq_file *m, char c)
{
	(void)m;
	(void)c;
}

void seq_escape(struct seq_file *m, const char *s, const char *what)
{
	(void)m;
	(void)s;
	(void)what;
}

/* --- for the tests */

long stub_call(const char *name, unsigned long a, unsigned long b, unsigned long c,
	       unsigned long d, unsigned long e)
{
	const unsigned long args[SYSCALL_MAX_ARGS] = { a, b, c, d, e, 0 };
	const struct syscall_row *row;

	table_for_each(row, um_syscalls)
		if (!strcmp(row->name, name))
			return row->call(args);
	panic("no row for %s", name);
}

void stub_init(u64 mem)
{
	const struct initcall *call;

	boot.mem = mem;
	table_for_each(call, um_initcalls)
		if (call->call())
			panic("%s failed", call->name);
}
