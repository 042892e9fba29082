/*
 * /proc/PID: what is in a task's memory: mem, maps, smaps, cmdline, environ, auxv, statm.
 *
 * Reading another's memory may sleep, and the task may leave its mm meanwhile: the structure is
 * held, and once its users have gone nothing is found in it.
 */
#include "um/kmalloc.h"
#include "um/uaccess.h"

#include "proc.h"

/* What a file shows of memory at most: PR_SET_MM may have named any part of it. */
#define TEXT_MAX (8UL << 20)

static struct mm *task_mm_hold(const struct task *task)
{
	return task->mm ? mm_hold(task->mm) : NULL;
}

/* --- mem */

static int mem_open(struct inode *inode, struct file *file)
{
	struct task *task = pid_inode_task(inode);
	int err = 0;

	if (!task)
		return -ESRCH;
	if (may_inspect(task))
		file->private = task_mm_hold(task);
	else
		err = -EACCES;
	task_put(task);
	return err;
}

static void mem_release(struct file *file)
{
	if (file->private)
		mm_drop(file->private);
}

static size_t page_rest(uaddr_t addr, size_t n)
{
	return min(n, (size_t)(PAGE_SIZE - (addr & ~PAGE_MASK)));
}

static ssize_t mem_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct mm *mm = file->private;
	char *page = kzalloc(PAGE_SIZE);
	ssize_t done = 0, err = -EIO;

	while (mm && mm->users && to->count) {
		size_t n = page_rest((uaddr_t)*pos, to->count), copied;

		n = access_mm(mm, (uaddr_t)*pos, page, n, false, true);
		if (!n)
			goto out;
		copied = copy_to_iter(page, n, to);
		done += copied;
		*pos += copied;
		err = -EFAULT;
		if (copied < n)
			goto out;
		err = -EIO;
	}
	err = 0;
out:
	kfree(page);
	return done ? done : err;
}

static ssize_t mem_write(struct file *file, struct iov_iter *from, loff_t *pos)
{
	struct mm *mm = file->private;
	char *page = kzalloc(PAGE_SIZE);
	ssize_t done = 0, err = 0;

	while (mm && mm->users && from->count) {
		size_t want = page_rest((uaddr_t)*pos, from->count);
		size_t n = copy_from_iter(page, want, from), written;

		err = -EFAULT;
		if (!n)
			break;
		written = access_mm(mm, (uaddr_t)*pos, page, n, true, true);
		done += written;
		*pos += written;
		err = -EIO;
		if (written < want)
			break;
		err = 0;
	}
	kfree(page);
	return done ? done : err;
}

/* Addresses are positions: there is no end to count from. */
static loff_t mem_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset = (loff_t)((u64)offset + (u64)file->pos);
	else if (whence != SEEK_SET)
		return -EINVAL;
	file->pos = offset;
	return offset;
}

const struct file_ops pid_mem_fops = {
	.open = mem_open,
	.release = mem_release,
	.read = mem_read,
	.write = mem_write,
	.llseek = mem_llseek,
};

/* --- areas: maps, smaps.  Nothing here sleeps, so they stay as they are */

static int show_areas(struct seq_file *m, struct task *task, bool smaps)
{
	struct vm_area *vma;

	if (task->mm)
		list_for_each_entry(vma, &task->mm->areas, list)
			vma_show(m, vma, smaps);
	return 0;
}

int pid_maps_show(struct seq_file *m, struct task *task)
{
	return show_areas(m, task, false);
}

int pid_smaps_show(struct seq_file *m, struct task *task)
{
	return show_areas(m, task, true);
}

/* smaps_rollup: the sums over all areas, taken from the lines that smaps shows for each. */
#define ROLLUP_LINES 32

struct rollup {
	int count;
	struct {
		char name[24];		/* "Rss:" */
		unsigned long long kb;
	} line[ROLLUP_LINES];
};

static bool line_is_summed(const char *line, size_t n)
{
	static const char *const each[] = { "Size:", "KernelPageSize:", "MMUPageSize:" };

	if (n < 4 || memcmp(line + n - 3, " kB", 3))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(each); i++)
		if (n > strlen(each[i]) && !memcmp(line, each[i], strlen(each[i])))
			return false;
	return true;
}

static void rollup_add(struct rollup *sums, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n), *p;
	unsigned long long kb = 0;
	size_t len;
	int i;

	if (!line_is_summed(line, n) || !colon)
		return;
	len = (size_t)(colon - line) + 1;
	if (len >= sizeof(sums->line[0].name))
		return;
	for (p = colon + 1; p < line + n; p++)
		if (*p >= '0' && *p <= '9')
			kb = kb * 10 + (unsigned)(*p - '0');
	for (i = 0; i < sums->count; i++)
		if (strlen(sums->line[i].name) == len && !memcmp(sums->line[i].name, line, len))
			break;
	if (i == ROLLUP_LINES)
		return;
	if (i == sums->count) {
		memcpy(sums->line[i].name, line, len);
		sums->count++;
	}
	sums->line[i].kb += kb;
}

/* Takes an area's lines, from `begin` on, off the text again. */
static void rollup_take(struct rollup *sums, struct seq_file *m, size_t begin)
{
	const char *p = m->buf + begin, *end = m->buf + m->len;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		if (!newline)
			break;
		rollup_add(sums, p, (size_t)(newline - p));
		p = newline + 1;
	}
	m->len = begin;
}

int pid_smaps_rollup_show(struct seq_file *m, struct task *task)
{
	struct mm *mm = task->mm;
	struct rollup *sums;
	struct vm_area *vma;

	if (!mm || list_empty(&mm->areas))
		return mm ? 0 : -ESRCH;
	sums = kzalloc_type(struct rollup);
	list_for_each_entry(vma, &mm->areas, list) {
		vma_show(m, vma, true);
		rollup_take(sums, m, 0);
	}
	vma = list_first_entry(&mm->areas, struct vm_area, list);
	seq_printf(m, "%08lx-", vma->start);
	vma = list_last_entry(&mm->areas, struct vm_area, list);
	seq_printf(m, "%08lx ---p 00000000 00:00 0 ", vma->end);
	while (m->len && m->len < 25 + sizeof(void *) * 6 - 1)
		seq_putc(m, ' ');
	seq_puts(m, "[rollup]\n");
	for (int i = 0; i < sums->count; i++)
		seq_printf(m, "%-16s%8llu kB\n", sums->line[i].name, sums->line[i].kb);
	kfree(sums);
	return 0;
}

/* --- text at the stack's top */

static void show_memory(struct seq_file *m, struct mm *mm, uaddr_t start, uaddr_t end)
{
	char *page = kzalloc(PAGE_SIZE);

	if (end > start && end - start > TEXT_MAX)
		end = start + TEXT_MAX;
	while (start < end) {
		size_t want = page_rest(start, end - start);
		size_t n = access_mm(mm, start, page, want, false, true);

		seq_write(m, page, n);
		if (n < want)
			break;
		start += n;
	}
	kfree(page);
}

/* One page from addr on, up to and with the first NUL. */
static void show_string(struct seq_file *m, struct mm *mm, uaddr_t addr)
{
	char *page = kzalloc(PAGE_SIZE);
	size_t n = access_mm(mm, addr, page, PAGE_SIZE, false, true);
	size_t len = strnlen(page, n);

	seq_write(m, page, len < n ? len + 1 : n);
	kfree(page);
}

/* A program that overwrites its arguments with a longer title (setproctitle) leaves no NUL at
 * their end: then what it wrote is one string that may run on into the environment. */
int pid_cmdline_show(struct seq_file *m, struct task *task)
{
	struct mm *mm = task_mm_hold(task);
	char last;

	if (!mm)
		return 0;
	if (mm->arg_start < mm->arg_end) {
		if (access_mm(mm, mm->arg_end - 1, &last, 1, false, true) == 1 && last)
			show_string(m, mm, mm->arg_start);
		else
			show_memory(m, mm, mm->arg_start, mm->arg_end);
	}
	mm_drop(mm);
	return 0;
}

int pid_environ_show(struct seq_file *m, struct task *task)
{
	struct mm *mm = task_mm_hold(task);

	if (!mm)
		return 0;
	show_memory(m, mm, mm->env_start, mm->env_end);
	mm_drop(mm);
	return 0;
}

/* The vector that exec gave the program, its AT_NULL included. */
int pid_auxv_show(struct seq_file *m, struct task *task)
{
	if (task->mm)
		seq_write(m, task->mm->saved_auxv,
			  (size_t)task->mm->saved_auxv_words * sizeof(unsigned long));
	return 0;
}

int pid_statm_show(struct seq_file *m, struct task *task)
{
	const struct mm *mm = task->mm;
	unsigned long text;

	if (!mm) {
		seq_puts(m, "0 0 0 0 0 0 0\n");
		return 0;
	}
	text = (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >> PAGE_SHIFT;
	seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", mm->total_vm, mm->rss,
		   mm->file_rss + mm->shmem_rss, text, mm->data_vm + mm->stack_vm);
	return 0;
}
