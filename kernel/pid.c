/* Process ids: numbers in ascending order, wrapping, each free while nothing uses it. */
#include "um/bug.h"
#include "um/counter.h"
#include "um/kmalloc.h"
#include "um/pid.h"

#define PID_BUCKETS 1024
#define PIDS_RESERVED 300	/* not given out again after the first wrap, as Linux does */

static struct list_head buckets[PID_BUCKETS];
int pid_last;
static int nr_pids;

static struct list_head *bucket(int nr)
{
	struct list_head *head = &buckets[(unsigned)nr % PID_BUCKETS];

	if (!head->next)
		INIT_LIST_HEAD(head);
	return head;
}

struct pid *pid_find(int nr)
{
	struct pid *pid;

	list_for_each_entry(pid, bucket(nr), hash_node)
		if (pid->nr == nr)
			return pid;
	return NULL;
}

static int free_number(void)
{
	int nr = pid_last;

	do
		nr = nr + 1 < PID_MAX_DEFAULT ? nr + 1 : PIDS_RESERVED;
	while (pid_find(nr));
	return nr;
}

struct pid *pid_alloc(void)
{
	struct pid *pid;

	if (nr_pids >= PID_MAX_DEFAULT - PIDS_RESERVED - 1)
		return NULL;
	pid = kzalloc_type(struct pid);
	pid->nr = pid_last = free_number();
	pid->refs = 1;
	INIT_LIST_HEAD(&pid->pgrp_members);
	INIT_LIST_HEAD(&pid->session_members);
	init_waitqueue_head(&pid->poll_wait);
	list_add(&pid->hash_node, bucket(pid->nr));
	nr_pids++;
	return pid;
}

struct pid *pid_get(struct pid *pid)
{
	if (pid)
		pid->refs++;
	return pid;
}

void pid_put(struct pid *pid)
{
	if (!pid || --pid->refs)
		return;
	BUG_ON(pid->task);
	list_del(&pid->hash_node);
	nr_pids--;
	kfree(pid);
}

UM_COUNTER(pids)
{
	return (u64)nr_pids;
}
