/*
 * prctl(2): operations on the calling task.  What K does not have (speculation control, tagged
 * addresses...) is EINVAL, as on a Linux without it.
 */
#include <linux/prctl.h>

#include "capability.h"
#include "um/fs.h"
#include "um/gate.h"
#include "um/mm.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

static long set_name(uaddr_t name)
{
	char comm[TASK_COMM_LEN];
	long len;

	memset(comm, 0, sizeof(comm));
	len = strncpy_from_user(comm, name, sizeof(comm) - 1);
	if (len < 0)
		return -EFAULT;
	comm[sizeof(comm) - 1] = '\0';
	memset(current->comm, 0, sizeof(current->comm));
	memcpy(current->comm, comm, strlen(comm));
	return 0;
}

static long get_name(uaddr_t name)
{
	char comm[TASK_COMM_LEN];

	memset(comm, 0, sizeof(comm));
	memcpy(comm, current->comm, strnlen(current->comm, sizeof(comm) - 1));
	return copy_to_user(name, comm, sizeof(comm));
}

static long set_pdeathsig(unsigned long sig)
{
	if (sig > KNSIG)
		return -EINVAL;
	current->pdeath_signal = (int)sig;
	return 0;
}

static long set_dumpable(unsigned long value)
{
	if (value > 1)
		return -EINVAL;
	current->mm->dumpable = value;
	return 0;
}

static long set_no_new_privs(unsigned long on, bool rest_zero)
{
	if (on != 1 || !rest_zero)
		return -EINVAL;
	current->no_new_privs = true;
	return 0;
}

/* All descendants that are born from now on will look for their reaper (fork passes it on). */
static long set_subreaper(unsigned long on)
{
	struct task *t;
	struct thread_group *up;

	current->group->is_child_subreaper = on;
	if (!on)
		return 0;
	for_each_task(t) {
		if (t->state == TASK_DEAD || t->group->leader != t)
			continue;
		for (up = t->group->parent; up && up != up->parent; up = up->parent) {
			if (up == current->group) {
				t->group->has_child_subreaper = true;
				break;
			}
		}
	}
	return 0;
}

static bool is_mapped(struct mm *mm, uaddr_t addr)
{
	struct vm_area *vma = find_vma(mm, addr);

	return vma && vma->start <= addr;
}

static long set_exe_file(int fd)
{
	struct file *file = fget_io(fd), *old;

	if (!file)
		return -EBADF;
	if ((file->inode->mode & S_IFMT) != S_IFREG || inode_permission(file->inode, MAY_EXEC)) {
		fput(file);
		return -EACCES;
	}
	old = current->mm->exe_file;
	current->mm->exe_file = file;
	if (old)
		fput(old);
	return 0;
}

static long set_auxv(struct mm *mm, uaddr_t addr, unsigned long len)
{
	unsigned long auxv[ARRAY_SIZE(mm->saved_auxv)];

	if (len > sizeof(auxv) || len % (2 * sizeof(long)))
		return -EINVAL;
	memset(auxv, 0, sizeof(auxv));
	if (copy_from_user(auxv, addr, len))
		return -EFAULT;
	auxv[ARRAY_SIZE(auxv) - 2] = 0;
	auxv[ARRAY_SIZE(auxv) - 1] = 0;
	memcpy(mm->saved_auxv, auxv, sizeof(auxv));
	mm->saved_auxv_words = (int)(len / sizeof(long));
	return 0;
}

/* The field of mm that PR_SET_MM_* names; NULL if it is none. */
static uaddr_t *mm_field(struct mm *mm, unsigned long op)
{
	switch (op) {
	case PR_SET_MM_START_CODE:
		return &mm->start_code;
	case PR_SET_MM_END_CODE:
		return &mm->end_code;
	case PR_SET_MM_START_DATA:
		return &mm->start_data;
	case PR_SET_MM_END_DATA:
		return &mm->end_data;
	case PR_SET_MM_START_STACK:
		return &mm->start_stack;
	case PR_SET_MM_START_BRK:
		return &mm->start_brk;
	case PR_SET_MM_BRK:
		return &mm->brk;
	case PR_SET_MM_ARG_START:
		return &mm->arg_start;
	case PR_SET_MM_ARG_END:
		return &mm->arg_end;
	case PR_SET_MM_ENV_START:
		return &mm->env_start;
	case PR_SET_MM_ENV_END:
		return &mm->env_end;
	}
	return NULL;
}

/* Setproctitle's tool: moves what /proc/PID/cmdline and stat show. */
static long set_mm(unsigned long op, uaddr_t addr, unsigned long arg4, unsigned long arg5)
{
	struct mm *mm = current->mm;
	uaddr_t *field = mm_field(mm, op);

	if (arg5 || (arg4 && op != PR_SET_MM_AUXV))
		return -EINVAL;
	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (op == PR_SET_MM_EXE_FILE)
		return set_exe_file((int)addr);
	if (op == PR_SET_MM_AUXV)
		return set_auxv(mm, addr, arg4);
	if (!field || addr >= task_size || addr < PAGE_SIZE)
		return -EINVAL;
	if (op == PR_SET_MM_START_BRK || op == PR_SET_MM_BRK) {
		if ((op == PR_SET_MM_BRK ? mm->start_brk > addr : addr > mm->brk) ||
		    addr <= mm->end_data)
			return -EINVAL;
	} else if (!is_mapped(mm, addr)) {
		return -EINVAL;
	}
	*field = addr;
	return 0;
}

/* The name itself is only for /proc/PID/maps of kernels built with it; it is checked and let go. */
static long set_vma_name(unsigned long op, uaddr_t name)
{
	char text[80];
	long len;

	if (op != PR_SET_VMA_ANON_NAME)
		return -EINVAL;
	if (!name)
		return 0;
	len = strncpy_from_user(text, name, sizeof(text));
	if (len < 0)
		return -EFAULT;
	if (len == sizeof(text))
		return -EINVAL;
	for (long i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e || strchr("\\`$[]", text[i]))
			return -EINVAL;
	return 0;
}

static long set_timer_slack(unsigned long ns)
{
	if (!current->default_timer_slack)
		current->default_timer_slack = current->timer_slack;
	current->timer_slack = (long)ns <= 0 ? current->default_timer_slack : ns;
	return 0;
}

/* There are no huge pages to begin with; all threads show the same. */
static long set_thp_disable(unsigned long on)
{
	struct task *t;

	for_each_thread(current->group, t)
		t->thp_disable = on;
	return 0;
}

/* Machine-check handling: the policy is the default and stays it. */
static long mce_kill(unsigned long op, unsigned long value, bool rest_zero)
{
	if (!rest_zero)
		return -EINVAL;
	if (op == PR_MCE_KILL_CLEAR)
		return value ? -EINVAL : 0;
	if (op == PR_MCE_KILL_SET)
		return value <= PR_MCE_KILL_DEFAULT ? 0 : -EINVAL;
	return -EINVAL;
}

/* Operations that only show something. */
static long prctl_get(int option, uaddr_t arg2, bool rest_zero)
{
	switch (option) {
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, arg2);
	case PR_GET_DUMPABLE:
		return current->mm->dumpable;
	case PR_GET_KEEPCAPS:
		return !!(current->cred->securebits & (1 << SECURE_KEEP_CAPS));
	case PR_GET_SECUREBITS:
		return current->cred->securebits;
	case PR_GET_TIMING:
		return PR_TIMING_STATISTICAL;
	case PR_GET_NAME:
		return get_name(arg2);
	case PR_GET_TIMERSLACK:
		return (long)min(current->timer_slack, (u64)LONG_MAX);
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)current->group->is_child_subreaper, arg2);
	case PR_GET_NO_NEW_PRIVS:
		return arg2 || !rest_zero ? -EINVAL : current->no_new_privs;
	case PR_GET_THP_DISABLE:
		return arg2 || !rest_zero ? -EINVAL : current->thp_disable;
	case PR_MCE_KILL_GET:
		return arg2 || !rest_zero ? -EINVAL : PR_MCE_KILL_DEFAULT;
	case PR_GET_TID_ADDRESS:
		return put_user(current->clear_child_tid, arg2);
	case PR_GET_SECCOMP:
		return current->seccomp.mode;
	}
	return -EINVAL;
}

SYSCALL_DEFINE5(prctl, A_PRCTL, int, option, A_HEX, unsigned long, arg2, A_HEX, unsigned long, arg3,
		A_HEX, unsigned long, arg4, A_HEX, unsigned long, arg5)
{
	bool rest_zero = !arg3 && !arg4 && !arg5;

	switch (option) {
	case PR_SET_PDEATHSIG:
		return set_pdeathsig(arg2);
	case PR_SET_DUMPABLE:
		return set_dumpable(arg2);
	case PR_SET_KEEPCAPS:
		return prctl_set_keepcaps(arg2);
	case PR_SET_SECUREBITS:
		return prctl_set_securebits(arg2);
	case PR_CAPBSET_READ:
		return prctl_capbset_read(arg2);
	case PR_CAPBSET_DROP:
		return prctl_capbset_drop(arg2);
	case PR_CAP_AMBIENT:
		return arg4 || arg5 ? -EINVAL : prctl_cap_ambient(arg2, arg3);
	case PR_SET_TIMING:
		return arg2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_SET_NAME:
		return set_name(arg2);
	case PR_SET_TIMERSLACK:
		return set_timer_slack(arg2);
	case PR_SET_CHILD_SUBREAPER:
		return set_subreaper(arg2);
	case PR_SET_NO_NEW_PRIVS:
		return set_no_new_privs(arg2, rest_zero);
	case PR_SET_THP_DISABLE:
		return rest_zero ? set_thp_disable(arg2) : -EINVAL;
	case PR_MCE_KILL:
		return mce_kill(arg2, arg3, !arg4 && !arg5);
	case PR_SET_MM:
		return set_mm(arg2, arg3, arg4, arg5);
	case PR_SET_SECCOMP:
		return prctl_set_seccomp(arg2, arg3);
	case PR_SET_VMA:
		return set_vma_name(arg2, arg5);
	}
	return prctl_get(option, arg2, rest_zero);
}
