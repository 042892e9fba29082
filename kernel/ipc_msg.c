/*
 * System V message queues: msgget, msgsnd, msgrcv, msgctl.
 *
 * Senders sleep while a queue is full, receivers while it has nothing for them; each change wakes
 * all, who look again.
 */
#include <linux/msg.h>

#include "ipc.h"
#include "um/cred.h"
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/proc_fs.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

struct message {
	struct list_head node;
	long type;
	size_t size;
	char text[];
};

struct msg_queue {
	struct ipc_object obj;
	struct list_head messages;
	struct wait_queue_head wait;
	unsigned long cbytes, qnum, qbytes;
	s64 stime, rtime, ctime;
	int lspid, lrpid;
};

static void msg_free(struct ipc_object *obj)
{
	struct msg_queue *queue = container_of(obj, struct msg_queue, obj);

	while (!list_empty(&queue->messages)) {
		struct message *msg = list_first_entry(&queue->messages, struct message, node);

		list_del(&msg->node);
		kfree(msg);
	}
	kfree(queue);
}

static struct ipc_table msg_table = { .limit = MSGMNI, .free = msg_free };

static struct msg_queue *to_queue(struct ipc_object *obj)
{
	return container_of(obj, struct msg_queue, obj);
}

SYSCALL_DEFINE2(msgget, A_HEX, int, key, A_HEX, int, flags)
{
	struct ipc_object *obj = ipc_find_key(&msg_table, key, flags);
	struct msg_queue *queue;
	int id;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (obj) {
		int err = ipc_may(obj, flags);

		return err ? err : obj->id;
	}
	queue = kzalloc_type(struct msg_queue);
	INIT_LIST_HEAD(&queue->messages);
	init_waitqueue_head(&queue->wait);
	queue->qbytes = MSGMNB;
	queue->ctime = ipc_seconds();
	id = ipc_add(&msg_table, &queue->obj, key, flags);
	if (id < 0)
		kfree(queue);
	return id;
}

/* --- msgsnd */

static struct message *message_from_user(uaddr_t umsg, size_t size)
{
	struct message *msg;
	long type;

	if (get_user(type, umsg))
		return ERR_PTR(-EFAULT);
	if (type < 1)
		return ERR_PTR(-EINVAL);
	msg = kzalloc(sizeof(*msg) + size);
	msg->type = type;
	msg->size = size;
	if (copy_from_user(msg->text, umsg + sizeof(type), size)) {
		kfree(msg);
		return ERR_PTR(-EFAULT);
	}
	return msg;
}

static bool has_room(const struct msg_queue *queue, size_t size)
{
	return queue->cbytes + size <= queue->qbytes && queue->qnum + 1 <= queue->qbytes;
}

static long send(struct msg_queue *queue, struct message *msg, int flags)
{
	int err = ipc_may(&queue->obj, 0222);

	if (err)
		return err;
	if (!has_room(queue, msg->size)) {
		if (flags & IPC_NOWAIT)
			return -EAGAIN;
		err = wait_event_interruptible(&queue->wait, queue->obj.removed ||
							     has_room(queue, msg->size));
		if (queue->obj.removed)
			return -EIDRM;
		if (err)
			return -ERESTARTNOHAND;
	}
	list_add_tail(&msg->node, &queue->messages);
	queue->cbytes += msg->size;
	queue->qnum++;
	queue->stime = ipc_seconds();
	queue->lspid = current->tgid;
	wake_up_all(&queue->wait);
	return 0;
}

SYSCALL_DEFINE4(msgsnd, A_INT, int, id, A_PTR, uaddr_t, umsg, A_SIZE, size_t, size, A_HEX, int,
		flags)
{
	struct ipc_object *obj;
	struct message *msg;
	long err;

	if (size > MSGMAX || id < 0)
		return -EINVAL;
	msg = message_from_user(umsg, size);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	obj = ipc_find(&msg_table, id);
	if (IS_ERR(obj)) {
		kfree(msg);
		return PTR_ERR(obj);
	}
	obj->refs++;
	err = send(to_queue(obj), msg, flags);
	if (err)
		kfree(msg);
	ipc_put(&msg_table, obj);
	return err;
}

/* --- msgrcv */

/* The message that msgrcv(2)'s type asks for, or NULL. */
static struct message *choose(struct msg_queue *queue, long type, int flags)
{
	struct message *msg, *best = NULL;
	unsigned long limit;

	list_for_each_entry(msg, &queue->messages, node) {
		if (!type)
			return msg;
		if (type > 0) {
			if ((msg->type == type) != !!(flags & MSG_EXCEPT))
				return msg;
			continue;
		}
		limit = best ? (unsigned long)best->type - 1 : -(unsigned long)type;
		if ((unsigned long)msg->type <= limit)
			best = msg;
	}
	return best;
}

/* Takes it off the queue, or says why not. */
static struct message *receive(struct msg_queue *queue, size_t size, long type, int flags)
{
	struct message *msg;
	int err = ipc_may(&queue->obj, 0444);

	if (err)
		return ERR_PTR(err);
	msg = choose(queue, type, flags);
	if (!msg) {
		if (flags & IPC_NOWAIT)
			return ERR_PTR(-ENOMSG);
		err = wait_event_interruptible(&queue->wait,
					       queue->obj.removed ||
						       (msg = choose(queue, type, flags)));
		if (queue->obj.removed)
			return ERR_PTR(-EIDRM);
		if (err)
			return ERR_PTR(-ERESTARTNOHAND);
	}
	if (msg->size > size && !(flags & MSG_NOERROR))
		return ERR_PTR(-E2BIG);
	list_del(&msg->node);
	queue->cbytes -= msg->size;
	queue->qnum--;
	queue->rtime = ipc_seconds();
	queue->lrpid = current->tgid;
	wake_up_all(&queue->wait);
	return msg;
}

SYSCALL_DEFINE5(msgrcv, A_INT, int, id, A_PTR, uaddr_t, umsg, A_SIZE, size_t, size, A_LONG, long,
		type, A_HEX, int, flags)
{
	struct ipc_object *obj;
	struct message *msg;
	long result;

	if (id < 0 || (ssize_t)size < 0)
		return -EINVAL;
	if (flags & MSG_COPY)
		return -ENOSYS;	/* as a Linux without checkpoint support */
	obj = ipc_find(&msg_table, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	obj->refs++;
	msg = receive(to_queue(obj), size, type, flags);
	ipc_put(&msg_table, obj);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	size = min(size, msg->size);
	result = (long)size;
	if (put_user(msg->type, umsg) || copy_to_user(umsg + sizeof(msg->type), msg->text, size))
		result = -EFAULT;
	kfree(msg);
	return result;
}

/* --- msgctl */

static long put_old_queue(uaddr_t to, const struct msqid64_ds *from)
{
	struct msqid_ds ds;

	memset(&ds, 0, sizeof(ds));
	ipc_perm_to_old(&ds.msg_perm, &from->msg_perm);
	ds.msg_stime = (__kernel_old_time_t)from->msg_stime;
	ds.msg_rtime = (__kernel_old_time_t)from->msg_rtime;
	ds.msg_ctime = (__kernel_old_time_t)from->msg_ctime;
	ds.msg_cbytes = (unsigned short)min(from->msg_cbytes, (__kernel_ulong_t)USHRT_MAX);
	ds.msg_lcbytes = from->msg_cbytes;
	ds.msg_qnum = (unsigned short)min(from->msg_qnum, (__kernel_ulong_t)USHRT_MAX);
	ds.msg_qbytes = (unsigned short)min(from->msg_qbytes, (__kernel_ulong_t)USHRT_MAX);
	ds.msg_lqbytes = from->msg_qbytes;
	ds.msg_lspid = (__kernel_ipc_pid_t)from->msg_lspid;
	ds.msg_lrpid = (__kernel_ipc_pid_t)from->msg_lrpid;
	return copy_to_user(to, &ds, sizeof(ds));
}

static long stat_queue(const struct msg_queue *queue, uaddr_t to, bool old)
{
	struct msqid64_ds ds;

	memset(&ds, 0, sizeof(ds));
	ipc_perm_get(&ds.msg_perm, &queue->obj);
	IPC_PUT_TIME(ds, msg_stime, queue->stime);
	IPC_PUT_TIME(ds, msg_rtime, queue->rtime);
	IPC_PUT_TIME(ds, msg_ctime, queue->ctime);
	ds.msg_cbytes = queue->cbytes;
	ds.msg_qnum = queue->qnum;
	ds.msg_qbytes = queue->qbytes;
	ds.msg_lspid = queue->lspid;
	ds.msg_lrpid = queue->lrpid;
	return old ? put_old_queue(to, &ds) : copy_to_user(to, &ds, sizeof(ds));
}

static long msg_stat(int id, int cmd, uaddr_t to, bool old)
{
	struct ipc_object *obj;
	long err = 0;

	obj = cmd == IPC_STAT ? ipc_find(&msg_table, id) : ipc_find_slot(&msg_table, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (cmd != MSG_STAT_ANY)
		err = ipc_may(obj, 0444);
	id = obj->id;
	if (!err)
		err = stat_queue(to_queue(obj), to, old);
	return err || cmd == IPC_STAT ? err : id;
}

static int get_queue(struct msqid64_ds *ds, uaddr_t from, bool old)
{
	struct msqid_ds narrow;

	if (!old)
		return copy_from_user(ds, from, sizeof(*ds));
	if (get_user(narrow, from))
		return -EFAULT;
	ipc_perm_from_old(&ds->msg_perm, &narrow.msg_perm);
	ds->msg_qbytes = narrow.msg_qbytes ? narrow.msg_qbytes : narrow.msg_lqbytes;
	return 0;
}

static long change_queue(int id, uaddr_t from, bool old)
{
	struct ipc_object *obj;
	struct msqid64_ds ds;
	int err;

	if (get_queue(&ds, from, old))
		return -EFAULT;
	obj = ipc_find(&msg_table, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = ipc_may_change(obj);
	if (err)
		return err;
	if (ds.msg_qbytes > MSGMNB && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	ipc_perm_set(obj, &ds.msg_perm);
	to_queue(obj)->qbytes = ds.msg_qbytes;
	to_queue(obj)->ctime = ipc_seconds();
	wake_up_all(&to_queue(obj)->wait);
	return 0;
}

static long remove_queue(int id)
{
	struct ipc_object *obj = ipc_find(&msg_table, id);
	int err = IS_ERR(obj) ? (int)PTR_ERR(obj) : ipc_may_change(obj);

	if (err)
		return err;
	obj->refs++;
	ipc_remove(&msg_table, obj);
	wake_up_all(&to_queue(obj)->wait);
	ipc_put(&msg_table, obj);
	return 0;
}

static long msg_limits(uaddr_t to, bool usage)
{
	struct msginfo info = {
		.msgmni = MSGMNI, .msgmax = MSGMAX, .msgmnb = MSGMNB, .msgssz = MSGSSZ,
		.msgseg = (unsigned short)MSGSEG, .msgmap = MSGMAP, .msgpool = MSGPOOL,
		.msgtql = MSGTQL,
	};

	if (usage) {
		info.msgpool = (int)msg_table.used;
		info.msgmap = info.msgtql = 0;
		for (unsigned i = 0; i < msg_table.nr_slots; i++) {
			if (!msg_table.slots[i])
				continue;
			info.msgmap += (int)to_queue(msg_table.slots[i])->qnum;
			info.msgtql += (int)to_queue(msg_table.slots[i])->cbytes;
		}
	}
	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : ipc_highest_slot(&msg_table);
}

long msg_control(int id, int cmd, uaddr_t buf, bool old)
{
	if (id < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return msg_limits(buf, cmd == MSG_INFO);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return msg_stat(id, cmd, buf, old);
	case IPC_SET:
		return change_queue(id, buf, old);
	case IPC_RMID:
		return remove_queue(id);
	}
	return -EINVAL;
}

SYSCALL_DEFINE3(msgctl, A_INT, int, id, A_INT, int, cmd, A_PTR, uaddr_t, buf)
{
	return msg_control(id, cmd & ~IPC_64, buf, false);
}

static int sysvipc_msg_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_puts(m, "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid"
		    "  cuid  cgid      stime      rtime      ctime\n");
	for (unsigned i = 0; i < msg_table.nr_slots; i++) {
		struct ipc_object *obj = msg_table.slots[i];
		const struct msg_queue *q;

		if (!obj)
			continue;
		q = to_queue(obj);
		seq_printf(m, "%10d %10d  %4o  %10lu %10lu %5u %5u ", obj->key, obj->id, obj->mode,
			   q->cbytes, q->qnum, (unsigned)q->lspid, (unsigned)q->lrpid);
		seq_printf(m, "%5u %5u %5u %5u %10lld %10lld %10lld\n", obj->uid, obj->gid,
			   obj->cuid, obj->cgid, (long long)q->stime, (long long)q->rtime,
			   (long long)q->ctime);
	}
	return 0;
}

PROC_FILE(sysvipc_msg) = { "sysvipc/msg", 0444, sysvipc_msg_show };
