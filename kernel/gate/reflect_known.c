/*
 * Calls of which the layer knows something, by a table in the ring's page, which the guest cannot
 * write: a task that is traced or filtered has all its calls come to K.
 *
 * Some it answers itself, from values that K keeps in each thread's channel: who the task is.  A
 * guest that changes its own channel lies to itself.
 *
 * Others it posts with all registers, since K would ask for them anyway: those that always need
 * them, and whichever did so last time in this space, such as a kill() of itself.
 */
#include <asm/unistd.h>

#include "reflect.h"
#include "um/syscall.h"

/* 32-bit CPUs kept the old calls' 16-bit ids beside these. */
#ifdef __NR_getuid32
#define ID_CALL(name) __NR_##name##32
#else
#define ID_CALL(name) __NR_##name
#endif

static const struct {
	unsigned nr;
	u8 value;
} known[] = {
	{ __NR_getpid, VALUE_PID },
	{ __NR_getppid, VALUE_PPID },
	{ __NR_gettid, VALUE_TID },
	{ ID_CALL(getuid), VALUE_UID },
	{ ID_CALL(geteuid), VALUE_EUID },
	{ ID_CALL(getgid), VALUE_GID },
	{ ID_CALL(getegid), VALUE_EGID },
	{ __NR_clone, QUICK_ALL },
	{ __NR_clone3, QUICK_ALL },
#ifdef __NR_fork
	{ __NR_fork, QUICK_ALL },
	{ __NR_vfork, QUICK_ALL },
#endif
	{ __NR_execve, QUICK_ALL },
	{ __NR_exit, QUICK_ALL },
	{ __NR_exit_group, QUICK_ALL },
	{ __NR_rt_sigreturn, QUICK_ALL },
};

static u8 how_known(u8 value)
{
	bool can_save = layer_shared->fp_mask;

	return strace_on || (value == QUICK_ALL && !can_save) ? 0 : value;
}

void known_values_set(struct gate_thread *thread)
{
	const struct task *task = thread->task;
	u64 *value = thread->ch->value;

	value[VALUE_PID] = (u64)task->tgid;
	value[VALUE_PPID] = (u64)task_ppid(task);
	value[VALUE_TID] = (u64)task->pid;
	value[VALUE_UID] = task->cred->uid;
	value[VALUE_EUID] = task->cred->euid;
	value[VALUE_GID] = task->cred->gid;
	value[VALUE_EGID] = task->cred->egid;
}

void known_calls_on(struct space *space)
{
	for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].nr < QUICK_CALLS)
			space->ring->quick[known[i].nr] = how_known(known[i].value);
	space->known_calls = true;
}

void known_call_needs(struct gate_thread *thread, bool all)
{
	struct space *space = thread->space;
	long nr = thread->task->regs.syscall;

	if (space->known_calls && nr >= 0 && nr < QUICK_CALLS)
		space->ring->quick[nr] = how_known(all ? QUICK_ALL : 0);
}

void known_calls_off(struct space *space)
{
	memset(space->ring->quick, 0, sizeof(space->ring->quick));
	space->known_calls = false;
}
