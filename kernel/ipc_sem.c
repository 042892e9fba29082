/*
 * System V semaphores: semget, semop, semtimedop, semctl.
 *
 * A call's operations are tried as a whole and change nothing unless all can be made.  Who cannot
 * go on sleeps on the set and tries again, in order of arrival, at each change.  What SEM_UNDO
 * is to take back is kept with the set, per process, until the process ends.
 */
#include <linux/sem.h>

#include "ipc.h"
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/proc_fs.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/timer.h"
#include "um/uaccess.h"

struct semaphore_value {
	int value, pid;
};

struct sem_undo {
	struct list_head node;
	struct thread_group *group;	/* only compared: the record goes before it does */
	short adjust[];
};

/* A sleeping semop. */
struct sem_sleeper {
	struct list_head node;
	unsigned num;			/* the semaphore that it waits for */
	bool for_zero;
};

struct sem_set {
	struct ipc_object obj;
	unsigned nsems;
	s64 otime, ctime;
	struct wait_queue_head wait;
	struct list_head sleepers, undos;
	struct semaphore_value sems[];
};

static void sem_free(struct ipc_object *obj)
{
	struct sem_set *set = container_of(obj, struct sem_set, obj);

	while (!list_empty(&set->undos)) {
		struct sem_undo *undo = list_first_entry(&set->undos, struct sem_undo, node);

		list_del(&undo->node);
		kfree(undo);
	}
	kfree(set);
}

static struct ipc_table sem_table = { .limit = SEMMNI, .free = sem_free };

static struct sem_set *to_set(struct ipc_object *obj)
{
	return container_of(obj, struct sem_set, obj);
}

/* --- semget */

static int new_set(int key, int nsems, int flags)
{
	struct sem_set *set;
	int id;

	if (!nsems)
		return -EINVAL;
	set = kzalloc(sizeof(*set) + (size_t)nsems * sizeof(set->sems[0]));
	set->nsems = (unsigned)nsems;
	set->ctime = ipc_seconds();
	init_waitqueue_head(&set->wait);
	INIT_LIST_HEAD(&set->sleepers);
	INIT_LIST_HEAD(&set->undos);
	id = ipc_add(&sem_table, &set->obj, key, flags);
	if (id < 0)
		kfree(set);
	return id;
}

SYSCALL_DEFINE3(semget, A_HEX, int, key, A_INT, int, nsems, A_HEX, int, flags)
{
	struct ipc_object *obj;
	int err;

	if (nsems < 0 || nsems > SEMMSL)
		return -EINVAL;
	obj = ipc_find_key(&sem_table, key, flags);
	if (!obj)
		return new_set(key, nsems, flags);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (to_set(obj)->nsems < (unsigned)nsems)
		return -EINVAL;
	err = ipc_may(obj, flags);
	return err ? err : obj->id;
}

/* --- semop */

static struct sem_undo *undo_of(struct sem_set *set)
{
	struct sem_undo *undo;

	list_for_each_entry(undo, &set->undos, node)
		if (undo->group == current->group)
			return undo;
	undo = kzalloc(sizeof(*undo) + set->nsems * sizeof(undo->adjust[0]));
	undo->group = current->group;
	list_add_tail(&undo->node, &set->undos);
	return undo;
}

static void revert(struct sem_set *set, const struct sembuf *ops, unsigned n)
{
	while (n-- > 0)
		set->sems[ops[n].sem_num].value -= ops[n].sem_op;
}

/* 0: this one is made; 1: it must wait; -ERANGE, -EAGAIN. */
static int try_one(struct sem_set *set, const struct sembuf *op, const struct sem_undo *undo)
{
	struct semaphore_value *sem = &set->sems[op->sem_num];
	int result = sem->value + op->sem_op;

	if ((!op->sem_op && sem->value) || result < 0)
		return op->sem_flg & IPC_NOWAIT ? -EAGAIN : 1;
	if (result > SEMVMX)
		return -ERANGE;
	if (op->sem_flg & SEM_UNDO) {
		int adjust = undo->adjust[op->sem_num] - op->sem_op;

		if (adjust < -SEMAEM - 1 || adjust > SEMAEM)
			return -ERANGE;
	}
	sem->value = result;
	return 0;
}

/* All or none.  1: *blocking is what it must wait for. */
static int try_ops(struct sem_set *set, const struct sembuf *ops, unsigned n,
		   struct sem_undo *undo, const struct sembuf **blocking)
{
	for (unsigned i = 0; i < n; i++) {
		int result = try_one(set, &ops[i], undo);

		if (result) {
			*blocking = &ops[i];
			revert(set, ops, i);
			return result;
		}
	}
	for (unsigned i = 0; i < n; i++) {
		set->sems[ops[i].sem_num].pid = current->tgid;
		if (ops[i].sem_flg & SEM_UNDO)
			undo->adjust[ops[i].sem_num] -= ops[i].sem_op;
	}
	set->otime = ipc_seconds();
	return 0;
}

static long run_ops(struct sem_set *set, const struct sembuf *ops, unsigned n, u64 deadline)
{
	const struct sembuf *blocking = NULL;
	struct sem_sleeper sleeper;
	struct sem_undo *undo = NULL;
	int result = 0, err;

	for (unsigned i = 0; i < n && !undo; i++)
		if (ops[i].sem_flg & SEM_UNDO)
			undo = undo_of(set);
	result = try_ops(set, ops, n, undo, &blocking);
	if (result <= 0)
		goto out;
	INIT_LIST_HEAD(&sleeper.node);
	list_add_tail(&sleeper.node, &set->sleepers);
	err = wait_event_interruptible_until(&set->wait, ({
		if (!set->obj.removed && result > 0) {
			sleeper.num = blocking->sem_num;
			sleeper.for_zero = !blocking->sem_op;
			result = try_ops(set, ops, n, undo, &blocking);
		}
		set->obj.removed || result <= 0;
	}), deadline);
	list_del(&sleeper.node);
	if (result > 0) {
		if (set->obj.removed)
			return -EIDRM;
		return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
	}
out:
	if (!result)
		wake_up_all(&set->wait);
	return result;
}

static int check_ops(const struct sem_set *set, const struct sembuf *ops, unsigned n)
{
	bool alter = false;

	for (unsigned i = 0; i < n; i++) {
		if (ops[i].sem_num >= set->nsems)
			return -EFBIG;
		alter = alter || ops[i].sem_op;
	}
	return ipc_may(&set->obj, alter ? 0222 : 0444);
}

static long do_semop(int id, uaddr_t uops, unsigned n, uaddr_t timeout)
{
	u64 deadline = KTIME_MAX, ns;
	struct ipc_object *obj;
	struct sembuf *ops;
	long err;

	if (n < 1 || id < 0)
		return -EINVAL;
	if (n > SEMOPM)
		return -E2BIG;
	if (timeout) {
		err = timespec_get(&ns, timeout);
		if (err)
			return err;
		deadline = ktime_mono();
		deadline = ns < KTIME_MAX - deadline ? deadline + ns : KTIME_MAX;
	}
	ops = kzalloc(n * sizeof(*ops));
	err = copy_from_user(ops, uops, n * sizeof(*ops));
	if (err)
		goto free_ops;
	obj = ipc_find(&sem_table, id);
	err = IS_ERR(obj) ? PTR_ERR(obj) : check_ops(to_set(obj), ops, n);
	if (err)
		goto free_ops;
	obj->refs++;
	err = run_ops(to_set(obj), ops, n, deadline);
	ipc_put(&sem_table, obj);
free_ops:
	kfree(ops);
	return err;
}

SYSCALL_DEFINE3(semop, A_INT, int, id, A_PTR, uaddr_t, ops, A_UINT, unsigned, n)
{
	return do_semop(id, ops, n, 0);
}

SYSCALL_TIME4(semtimedop, semtimedop_time64, A_INT, int, id, A_PTR, uaddr_t, ops, A_UINT, unsigned,
	      n, A_TIMESPEC_IN, uaddr_t, timeout)
{
	return do_semop(id, ops, n, timeout);
}

static void undo_all(struct sem_set *set, const struct sem_undo *undo)
{
	for (unsigned i = 0; i < set->nsems; i++) {
		int value = set->sems[i].value + undo->adjust[i];

		if (!undo->adjust[i])
			continue;
		set->sems[i].value = max(0, min(value, SEMVMX));
		set->sems[i].pid = current->tgid;
	}
}

void sem_exit_group(struct thread_group *group)
{
	for (unsigned i = 0; i < sem_table.nr_slots; i++) {
		struct sem_undo *undo, *next;
		struct sem_set *set;

		if (!sem_table.slots[i])
			continue;
		set = to_set(sem_table.slots[i]);
		list_for_each_entry_safe(undo, next, &set->undos, node) {
			if (undo->group != group)
				continue;
			undo_all(set, undo);
			list_del(&undo->node);
			kfree(undo);
			set->otime = ipc_seconds();
			wake_up_all(&set->wait);
		}
	}
}

/* --- semctl */

static void forget_undo(struct sem_set *set, unsigned num)
{
	struct sem_undo *undo;

	list_for_each_entry(undo, &set->undos, node)
		undo->adjust[num] = 0;
}

static void set_value(struct sem_set *set, unsigned num, int value)
{
	set->sems[num].value = value;
	set->sems[num].pid = current->tgid;
	forget_undo(set, num);
}

static long set_one(struct sem_set *set, unsigned num, int value)
{
	if (num >= set->nsems)
		return -EINVAL;
	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	set_value(set, num, value);
	set->ctime = ipc_seconds();
	wake_up_all(&set->wait);
	return 0;
}

static long count_sleepers(const struct sem_set *set, unsigned num, bool for_zero)
{
	const struct sem_sleeper *sleeper;
	long n = 0;

	list_for_each_entry(sleeper, &set->sleepers, node)
		n += sleeper->num == num && sleeper->for_zero == for_zero;
	return n;
}

static long get_one(const struct sem_set *set, unsigned num, int cmd)
{
	if (num >= set->nsems)
		return -EINVAL;
	switch (cmd) {
	case GETVAL:
		return set->sems[num].value;
	case GETPID:
		return set->sems[num].pid;
	}
	return count_sleepers(set, num, cmd == GETZCNT);
}

/* The copy may sleep: the caller holds a reference. */
static long move_all(struct sem_set *set, uaddr_t at, bool store)
{
	size_t size = set->nsems * sizeof(unsigned short);
	unsigned short *values = kzalloc(size);
	long err = 0;

	if (store)
		err = copy_from_user(values, at, size);
	for (unsigned i = 0; i < set->nsems && !err; i++) {
		if (!store)
			values[i] = (unsigned short)set->sems[i].value;
		else if (values[i] > SEMVMX)
			err = -ERANGE;
	}
	if (!err && store && set->obj.removed)
		err = -EIDRM;
	if (!err && !store)
		err = copy_to_user(at, values, size);
	for (unsigned i = 0; i < set->nsems && !err && store; i++)
		set_value(set, i, values[i]);
	if (!err && store) {
		set->ctime = ipc_seconds();
		wake_up_all(&set->wait);
	}
	kfree(values);
	return err;
}

static long put_old_set(uaddr_t to, const struct semid64_ds *from)
{
	struct semid_ds ds;

	memset(&ds, 0, sizeof(ds));
	ipc_perm_to_old(&ds.sem_perm, &from->sem_perm);
	ds.sem_otime = (__kernel_old_time_t)from->sem_otime;
	ds.sem_ctime = (__kernel_old_time_t)from->sem_ctime;
	ds.sem_nsems = (unsigned short)from->sem_nsems;
	return copy_to_user(to, &ds, sizeof(ds));
}

static long stat_set(const struct sem_set *set, uaddr_t to, bool old)
{
	struct semid64_ds ds;

	memset(&ds, 0, sizeof(ds));
	ipc_perm_get(&ds.sem_perm, &set->obj);
	IPC_PUT_TIME(ds, sem_otime, set->otime);
	IPC_PUT_TIME(ds, sem_ctime, set->ctime);
	ds.sem_nsems = set->nsems;
	return old ? put_old_set(to, &ds) : copy_to_user(to, &ds, sizeof(ds));
}

static int get_set(struct semid64_ds *ds, uaddr_t from, bool old)
{
	struct semid_ds narrow;

	if (!old)
		return copy_from_user(ds, from, sizeof(*ds));
	if (get_user(narrow, from))
		return -EFAULT;
	ipc_perm_from_old(&ds->sem_perm, &narrow.sem_perm);
	return 0;
}

static long change_set(int id, uaddr_t from, bool old)
{
	struct ipc_object *obj;
	struct semid64_ds ds;
	int err;

	if (get_set(&ds, from, old))
		return -EFAULT;
	obj = ipc_find(&sem_table, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = ipc_may_change(obj);
	if (err)
		return err;
	ipc_perm_set(obj, &ds.sem_perm);
	to_set(obj)->ctime = ipc_seconds();
	return 0;
}

static long remove_set(int id)
{
	struct ipc_object *obj = ipc_find(&sem_table, id);
	struct sem_set *set;
	int err;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = ipc_may_change(obj);
	if (err)
		return err;
	set = to_set(obj);
	obj->refs++;
	ipc_remove(&sem_table, obj);
	wake_up_all(&set->wait);
	ipc_put(&sem_table, obj);
	return 0;
}

static long sem_limits(uaddr_t to, bool usage)
{
	struct seminfo info = {
		.semmni = SEMMNI, .semmsl = SEMMSL, .semmns = SEMMNS, .semopm = SEMOPM,
		.semvmx = SEMVMX, .semmnu = SEMMNU, .semmap = SEMMAP, .semume = SEMUME,
		.semusz = SEMUSZ, .semaem = SEMAEM,
	};

	if (usage) {
		info.semusz = (int)sem_table.used;
		info.semaem = 0;
		for (unsigned i = 0; i < sem_table.nr_slots; i++)
			if (sem_table.slots[i])
				info.semaem += (int)to_set(sem_table.slots[i])->nsems;
	}
	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : ipc_highest_slot(&sem_table);
}

static long sem_stat(int id, int cmd, uaddr_t to, bool old)
{
	struct ipc_object *obj;
	long err = 0;

	obj = cmd == IPC_STAT ? ipc_find(&sem_table, id) : ipc_find_slot(&sem_table, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (cmd != SEM_STAT_ANY)
		err = ipc_may(obj, 0444);
	id = obj->id;
	if (!err)
		err = stat_set(to_set(obj), to, old);
	return err || cmd == IPC_STAT ? err : id;
}

/* The commands that look at or set values. */
static long value_command(int id, unsigned num, int cmd, unsigned long arg)
{
	struct ipc_object *obj = ipc_find(&sem_table, id);
	bool store = cmd == SETVAL || cmd == SETALL;
	long result;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	result = ipc_may(obj, store ? 0222 : 0444);
	if (result)
		return result;
	obj->refs++;
	if (cmd == SETVAL)
		result = set_one(to_set(obj), num, (int)arg);
	else if (cmd == SETALL || cmd == GETALL)
		result = move_all(to_set(obj), arg, store);
	else
		result = get_one(to_set(obj), num, cmd);
	ipc_put(&sem_table, obj);
	return result;
}

long sem_control(int id, unsigned num, int cmd, unsigned long arg, bool old)
{
	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return sem_limits(arg, cmd == SEM_INFO);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return sem_stat(id, cmd, arg, old);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
	case GETALL:
	case SETVAL:
	case SETALL:
		return value_command(id, num, cmd, arg);
	case IPC_SET:
		return change_set(id, arg, old);
	case IPC_RMID:
		return remove_set(id);
	}
	return -EINVAL;
}

SYSCALL_DEFINE4(semctl, A_INT, int, id, A_UINT, unsigned, num, A_INT, int, cmd, A_HEX,
		unsigned long, arg)
{
	return sem_control(id, num, cmd & ~IPC_64, arg, false);
}

static int sysvipc_sem_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_puts(m, "       key      semid perms      nsems   uid   gid  cuid  cgid      otime"
		    "      ctime\n");
	for (unsigned i = 0; i < sem_table.nr_slots; i++) {
		struct ipc_object *obj = sem_table.slots[i];

		if (obj)
			seq_printf(m, "%10d %10d  %4o %10u %5u %5u %5u %5u %10lld %10lld\n",
				   obj->key, obj->id, obj->mode, to_set(obj)->nsems, obj->uid,
				   obj->gid, obj->cuid, obj->cgid, (long long)to_set(obj)->otime,
				   (long long)to_set(obj)->ctime);
	}
	return 0;
}

PROC_FILE(sysvipc_sem) = { "sysvipc/sem", 0444, sysvipc_sem_show };
