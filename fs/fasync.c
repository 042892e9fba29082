/*
 * O_ASYNC: signals when a file becomes ready.
 *
 * Works for whatever can be polled: an entry on each of the wait queues that the file's poll
 * operation names sends the signal when the queue is woken.
 */
#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"
#include "internal.h"

struct fasync_entry {
	struct wait_entry wait;
	struct fasync *fasync;
	struct fasync_entry *next;
};

struct fasync {
	struct file *file;
	int fd;
	struct fasync_entry *entries;
};

struct fasync_table {
	struct poll_table pt;
	struct fasync *fasync;
};

/* Who is signalled for the file; NULL: nobody. */
void file_set_owner(struct file *file, struct pid *pid, int type)
{
	struct pid *old = file->owner.pid;

	file->owner.pid = pid_get(pid);
	file->owner.type = type;
	file->owner.uid = current->cred->uid;
	file->owner.euid = current->cred->euid;
	pid_put(old);
}

static bool owner_may_signal(const struct fown *owner, const struct task *task)
{
	const struct cred *cred = task->cred;

	return owner->euid == 0 || owner->euid == cred->suid || owner->euid == cred->uid ||
	       owner->uid == cred->suid || owner->uid == cred->uid;
}

static void fill_info(siginfo_t *info, const struct fasync *fa, u32 key)
{
	memset(info, 0, sizeof(*info));
	info->si_fd = fa->fd;
	info->si_band = key;
	if (key & EPOLLHUP)
		info->si_code = POLL_HUP;
	else if (key & EPOLLERR)
		info->si_code = POLL_ERR;
	else if (key & EPOLLPRI)
		info->si_code = POLL_PRI;
	else
		info->si_code = key & EPOLLIN || !key ? POLL_IN : POLL_OUT;
}

static void signal_task(const struct fown *owner, struct task *task, bool group,
			const siginfo_t *info)
{
	if (!owner_may_signal(owner, task))
		return;
	/* Without a queue entry for the chosen signal, plain SIGIO says that one was lost. */
	if (owner->sig && !send_signal(owner->sig, info, task, group))
		return;
	send_signal(SIGIO, NULL, task, group);
}

void file_signal_owner(struct file *file, siginfo_t *info)
{
	const struct fown *owner = &file->owner;
	struct thread_group *group;

	if (!owner->pid)
		return;
	info->si_signo = owner->sig;
	if (owner->type == F_OWNER_PGRP) {
		list_for_each_entry(group, &owner->pid->pgrp_members, pgrp_node)
			signal_task(owner, group->leader, true, info);
	} else if (owner->pid->task) {
		signal_task(owner, owner->pid->task, owner->type == F_OWNER_PID, info);
	}
}

static bool fasync_wake(struct wait_entry *wait, u32 key)
{
	struct fasync_entry *entry = container_of(wait, struct fasync_entry, wait);

	siginfo_t info;

	fill_info(&info, entry->fasync, key);
	file_signal_owner(entry->fasync->file, &info);
	return false;
}

static void fasync_queue(struct file *file __maybe_unused, struct wait_queue_head *wq,
			 struct poll_table *pt)
{
	struct fasync *fa = container_of(pt, struct fasync_table, pt)->fasync;
	struct fasync_entry *entry = kzalloc_type(struct fasync_entry);

	INIT_LIST_HEAD(&entry->wait.node);
	entry->wait.wake = fasync_wake;
	entry->fasync = fa;
	entry->next = fa->entries;
	fa->entries = entry;
	add_wait_queue(wq, &entry->wait);
}

/* Begins to signal, if the file can become ready at all. */
void fasync_on(struct file *file, int fd)
{
	struct fasync_table table = { .pt = { .queue = fasync_queue, .events = ~0u } };

	file->flags |= FASYNC;
	if (file->fasync) {
		file->fasync->fd = fd;
		return;
	}
	if (!file->ops->poll)
		return;
	file->fasync = table.fasync = kzalloc_type(struct fasync);
	file->fasync->file = file;
	file->fasync->fd = fd;
	file->ops->poll(file, &table.pt);
}

void fasync_off(struct file *file)
{
	struct fasync *fa = file->fasync;

	file->flags &= ~(unsigned)FASYNC;
	file->fasync = NULL;
	if (!fa)
		return;
	while (fa->entries) {
		struct fasync_entry *entry = fa->entries;

		fa->entries = entry->next;
		remove_wait_queue(&entry->wait);
		kfree(entry);
	}
	kfree(fa);
}
