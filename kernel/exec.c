/*
 * execve: gathers the strings, finds the program (through scripts to their interpreters), builds
 * a whole new mm with it, and only then gives up the old one.  So every error is returned to
 * the caller, whose program is still whole; after the point of no return a task can only be killed.
 */
#include <stdio.h>

#include "um/binfmt.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/fs.h"
#include "um/gate.h"
#include "um/itimer.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/posix_timer.h"
#include "um/printk.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#include "task.h"

enum { INTERP_DEPTH_MAX = 5 };

/* --- strings */

static u64 strings_limit(void)
{
	/* execve(2), Limits: a quarter of the stack's limit, at least 128 KiB, at most 6 MiB. */
	u64 limit = rlimit(RLIMIT_STACK) / 4;

	return max((u64)128 << 10, min(limit, (u64)6 << 20));
}

/* Room for a list's own limit; what both lists and their pointers take together is checked when
 * they are complete. */
static int list_reserve(struct string_list *list, size_t more)
{
	size_t size = list->size ? list->size : 4096;
	char *data;

	if (list->len + (list->count + 1) * sizeof(uaddr_t) + more > strings_limit())
		return -E2BIG;
	while (size < list->len + more)
		size *= 2;
	if (size == list->size)
		return 0;
	data = kmalloc_user(size);
	if (!data)
		return -ENOMEM;
	if (list->len)
		memcpy(data, list->data, list->len);
	kfree(list->data);
	list->data = data;
	list->size = size;
	return 0;
}

static int list_append(struct string_list *list, const char *s)
{
	size_t n = strlen(s) + 1;
	int err = list_reserve(list, n);

	if (err)
		return err;
	memcpy(list->data + list->len, s, n);
	list->len += n;
	list->count++;
	return 0;
}

static int list_append_user(struct string_list *list, uaddr_t us)
{
	/* In steps, so that a long list of short strings does not reserve the largest each time. */
	for (size_t room = 256;; room *= 4) {
		long n;
		int err;

		room = min(room, (size_t)MAX_ARG_STRLEN);
		err = list_reserve(list, room);
		if (err && list->len + room > strings_limit() && list->size > list->len) {
			room = list->size - list->len;
			err = 0;
		}
		if (err)
			return err;
		n = strncpy_from_user(list->data + list->len, us, room);
		if (n < 0)
			return (int)n;
		if ((size_t)n < room) {
			list->len += (size_t)n + 1;
			list->count++;
			return list->len > strings_limit() ? -E2BIG : 0;
		}
		if (room == MAX_ARG_STRLEN || list->len + room >= strings_limit())
			return -E2BIG;
	}
}

static int list_from_user(struct string_list *list, uaddr_t array)
{
	for (; array; array += sizeof(uaddr_t)) {
		uaddr_t us;
		int err;

		if (get_user(us, array))
			return -EFAULT;
		if (!us)
			break;
		err = list_append_user(list, us);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int list_from_kernel(struct string_list *list, char *const array[])
{
	int err = 0;

	for (; !err && *array; array++)
		err = list_append(list, *array);
	return err;
}

/* execve(2): strings and pointers of both lists count. */
static int check_lists(const struct binprm *bprm)
{
	u64 pointers = ((u64)bprm->args.count + bprm->env.count) * sizeof(uaddr_t);

	return bprm->args.len + bprm->env.len + pointers > strings_limit() ? -E2BIG : 0;
}

static void list_free(struct string_list *list)
{
	kfree(list->data);
	*list = (struct string_list){ 0 };
}

/* --- the file */

/* Makes `file`, from open_exec and so held against writers, what bprm loads;
 * takes the reference. */
static int set_program(struct binprm *bprm, struct file *file)
{
	loff_t pos = 0;
	ssize_t n;

	if (bprm->file)
		fput(bprm->file);
	bprm->file = file;
	memset(bprm->head, 0, sizeof(bprm->head));
	n = kernel_read(file, bprm->head, sizeof(bprm->head), &pos);
	return n < 0 ? (int)n : 0;
}

/* --- scripts */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Splits "#!interp optional-argument" in place; the argument is the line's rest, or NULL.
 * -ENOEXEC for a line without an interpreter or one that does not end within the head. */
static int parse_script(struct binprm *bprm, char **interp, char **arg)
{
	char *line = (char *)bprm->head + 2, *end = memchr(line, '\n', BINPRM_HEAD - 2);

	*arg = NULL;
	if (!end) {
		/* Without its end, the interpreter's name may have been cut short. */
		end = (char *)bprm->head + BINPRM_HEAD - 1;
		if (strnlen(line, BINPRM_HEAD - 2) == BINPRM_HEAD - 2) {
			char *p = line;

			while (p < end && is_blank(*p))
				p++;
			while (p < end && !is_blank(*p))
				p++;
			if (p == end)
				return -ENOEXEC;
		}
	}
	*end = '\0';
	end = line + strlen(line);
	while (end > line && is_blank(end[-1]))
		*--end = '\0';
	while (is_blank(*line))
		line++;
	if (!*line)
		return -ENOEXEC;
	*interp = line;
	while (*line && !is_blank(*line))
		line++;
	if (*line) {
		*line++ = '\0';
		while (is_blank(*line))
			line++;
		*arg = *line ? line : NULL;
	}
	return 0;
}

/* argv[0] gives way to interpreter, its argument, and the script's path. */
static int script_args(struct binprm *bprm, const char *interp, const char *arg)
{
	struct string_list old = bprm->args;
	size_t skip = old.count ? strlen(old.data) + 1 : 0;
	int err;

	bprm->args = (struct string_list){ 0 };
	err = list_append(&bprm->args, interp);
	if (!err && arg)
		err = list_append(&bprm->args, arg);
	if (!err)
		err = list_append(&bprm->args, bprm->interp);
	if (!err)
		err = list_reserve(&bprm->args, old.len - skip);
	if (!err && old.count) {
		memcpy(bprm->args.data + bprm->args.len, old.data + skip, old.len - skip);
		bprm->args.len += old.len - skip;
		bprm->args.count += old.count - 1;
	}
	list_free(&old);
	return err;
}

static int load_script(struct binprm *bprm)
{
	char *interp, *arg, *path;
	struct file *file;
	int err = parse_script(bprm, &interp, &arg);

	if (err)
		return err;
	if (++bprm->depth > INTERP_DEPTH_MAX)
		return -ELOOP;
	err = script_args(bprm, interp, arg);
	if (err)
		return err;
	path = kstrdup(interp);
	kfree(bprm->interp);
	bprm->interp = path;
	file = open_exec(AT_FDCWD, path, 0);
	return IS_ERR(file) ? (int)PTR_ERR(file) : set_program(bprm, file);
}

static int load_program(struct binprm *bprm)
{
	int err;

	while (bprm->head[0] == '#' && bprm->head[1] == '!') {
		err = load_script(bprm);
		if (err)
			return err;
	}
	bprm->cred = cred_for_exec(bprm->file->inode, bprm->file->path.mnt->flags & MS_NOSUID,
				   &bprm->secure);
	if (IS_ERR(bprm->cred)) {
		err = (int)PTR_ERR(bprm->cred);
		bprm->cred = NULL;
		return err;
	}
	bprm->mm = mm_new();
	if (IS_ERR(bprm->mm)) {
		err = (int)PTR_ERR(bprm->mm);
		bprm->mm = NULL;
		return err;
	}
	return elf_load(bprm);
}

/* --- the point of no return */

static void set_comm(const char *path)
{
	const char *slash = strrchr(path, '/');

	memset(current->comm, 0, sizeof(current->comm));
	snprintf(current->comm, sizeof(current->comm), "%s", slash ? slash + 1 : path);
}

/* The task leaves its old mm and host thread for the new ones.  -errno: it must be killed. */
static int switch_mm(struct mm *mm)
{
	struct mm *old = current->mm;

	if (old) {
		struct cpu_times t;

		mm_release(current);
		current->counts.maxrss_kb =
			max(current->counts.maxrss_kb,
			    (u64)max(old->hiwater_rss, old->rss) * (PAGE_SIZE / 1024));
		t = task_times(current);
		gate->thread_end(current);
		current->times = t;
		current->entered = ktime_mono();
	}
	current->mm = mm;
	if (old)
		mm_put_users(old);
	return gate->thread_add(mm->space, current, NULL);
}

static void commit(struct binprm *bprm)
{
	struct mm *mm = bprm->mm;

	bprm->mm = NULL;
	mm->exe_file = file_get(bprm->file);
	mm->dumpable = !bprm->secure && inode_permission(bprm->file->inode, MAY_READ) == 0;
	if (switch_mm(mm)) {
		pr_err("%s[%d]: the host gives no thread for a new program\n", current->comm,
		       current->pid);
		do_group_exit(SIGKILL);
	}
	current->flags &= ~(PF_FORKNOEXEC | PF_KTHREAD);
	current->group->did_exec = true;
	current->group->exit_signal = SIGCHLD;
	posix_timers_exit(current->group);
	signals_exec(current);
	cred_commit(bprm->cred);
	bprm->cred = NULL;
	if (bprm->secure)
		current->pdeath_signal = 0;
	files_close_on_exec(current->files);
	set_comm(bprm->filename);
	current->clear_child_tid = current->set_child_tid = 0;
	current->robust = (struct robust_list_state){ 0 };
	current->restart.fn = NULL;
	arch_start_thread(&current->regs, bprm->entry, bprm->sp);
	current->in_syscall = false;
}

static int exec_file(struct binprm *bprm, struct file *file)
{
	int err = set_program(bprm, file);

	if (!err)
		err = load_program(bprm);
	if (!err)
		err = files_unshare();
	if (!err)
		err = de_thread();
	if (!err)
		commit(bprm);
	return err;
}

static void binprm_free(struct binprm *bprm)
{
	if (bprm->mm)
		mm_put_users(bprm->mm);
	if (bprm->file)
		fput(bprm->file);
	if (bprm->cred)
		cred_put(bprm->cred);
	list_free(&bprm->args);
	list_free(&bprm->env);
	kfree(bprm->filename);
	kfree(bprm->interp);
	kfree(bprm);
}

static int check_nproc(void)
{
	struct task *task;
	u64 n = 0, limit = rlimit(RLIMIT_NPROC);

	if (limit == RLIM64_INFINITY || current_uid() == 0 || capable(CAP_SYS_RESOURCE))
		return 0;
	for_each_task(task)
		n += task->cred->uid == current_uid();
	return n > limit ? -EAGAIN : 0;
}

/* What AT_EXECFN and a script's interpreter get for a program given by descriptor. */
static char *exec_name(int dfd, const char *path)
{
	if (dfd == AT_FDCWD || path[0] == '/')
		return kstrdup(path);
	if (!path[0])
		return kasprintf("/dev/fd/%d", dfd);
	return kasprintf("/dev/fd/%d/%s", dfd, path);
}

static int do_execveat(int dfd, uaddr_t upath, uaddr_t argv, uaddr_t envp, int flags)
{
	struct binprm *bprm;
	struct file *file;
	char *path;
	int err, pid = current->pid;

	task_full_regs(current);
	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	err = check_nproc();
	if (err)
		return err;
	path = getname(upath, flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	if (IS_ERR(path))
		return (int)PTR_ERR(path);
	bprm = kzalloc_type(struct binprm);
	bprm->filename = exec_name(dfd, path);
	bprm->interp = kstrdup(bprm->filename);
	file = open_exec(dfd, path, flags);
	err = IS_ERR(file) ? (int)PTR_ERR(file) : 0;
	if (!err) {
		err = list_from_user(&bprm->args, argv);
		if (!err && !bprm->args.count)
			err = list_append(&bprm->args, "");
		if (!err)
			err = list_from_user(&bprm->env, envp);
		if (!err)
			err = check_lists(bprm);
		if (!err)
			err = exec_file(bprm, file);
		else
			fput(file);
	}
	kfree(path);
	binprm_free(bprm);
	if (!err)
		ptrace_exec(pid);
	return err;
}

/* For a script it is the interpreter that cannot be run. */
static char *explain(const struct binprm *bprm)
{
	char *cpu = elf_other_cpu(bprm), *text = cpu;

	if (cpu && strcmp(bprm->interp, bprm->filename)) {
		text = kasprintf("its interpreter %s is %s", bprm->interp, cpu);
		kfree(cpu);
	}
	return text;
}

int kernel_execve(const char *path, char *const argv[], char *const envp[], char **why)
{
	struct binprm *bprm = kzalloc_type(struct binprm);
	struct file *file = open_exec(AT_FDCWD, path, 0);
	int err = IS_ERR(file) ? (int)PTR_ERR(file) : 0;

	bprm->filename = kstrdup(path);
	bprm->interp = kstrdup(path);
	if (!err) {
		err = list_from_kernel(&bprm->args, argv);
		if (!err)
			err = list_from_kernel(&bprm->env, envp);
		if (!err)
			err = exec_file(bprm, file);
		else
			fput(file);
	}
	*why = err == -ENOEXEC ? explain(bprm) : NULL;
	binprm_free(bprm);
	return err;
}

SYSCALL_DEFINE3(execve, A_PATH, uaddr_t, path, A_STRV, uaddr_t, argv, A_PTR, uaddr_t, envp)
{
	return do_execveat(AT_FDCWD, path, argv, envp, 0);
}

SYSCALL_DEFINE5(execveat, A_DFD, int, dfd, A_PATH, uaddr_t, path, A_STRV, uaddr_t, argv, A_PTR,
		uaddr_t, envp, A_ATFLAGS, int, flags)
{
	return do_execveat(dfd, path, argv, envp, flags);
}
