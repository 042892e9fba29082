/* System V IPC: what segments, semaphore sets and message queues share.  kernel/ipc.c */
#ifndef KERNEL_IPC_H
#define KERNEL_IPC_H

#include <asm/bitsperlong.h>
#include <linux/ipc.h>

#include "um/types.h"

/* The first member of each kind's own structure.  Found in its table until it is removed; who
 * sleeps on it holds a reference and looks at `removed` afterwards. */
struct ipc_object {
	int id, key;
	int refs;
	bool removed;
	unsigned short seq;
	uid_t uid, cuid;
	gid_t gid, cgid;
	umode_t mode;		/* permission bits, and the kind's own above them */
};

struct ipc_table {
	struct ipc_object **slots;
	unsigned nr_slots, used, limit;
	unsigned short next_seq;
	void (*free)(struct ipc_object *obj);	/* at the last ipc_put */
};

/* The new object gets key, mode, owner and an id, and the table's reference.  Its id, or -ENOSPC:
 * the caller frees it. */
int ipc_add(struct ipc_table *table, struct ipc_object *obj, int key, int flags);
void ipc_remove(struct ipc_table *table, struct ipc_object *obj);
void ipc_put(struct ipc_table *table, struct ipc_object *obj);
/* By key: the object; NULL: to be made; ERR_PTR(-ENOENT, -EEXIST).  Permissions are not checked. */
struct ipc_object *ipc_find_key(struct ipc_table *table, int key, int flags);
struct ipc_object *ipc_find(struct ipc_table *table, int id);	/* ERR_PTR(-EINVAL) */
struct ipc_object *ipc_find_slot(struct ipc_table *table, int slot); /* for the STAT commands */
int ipc_highest_slot(const struct ipc_table *table);	/* 0 if there is none */
/* mode: the access wanted, in any of the three places of permission bits.  0 or -EACCES. */
int ipc_may(const struct ipc_object *obj, int mode);
int ipc_may_change(const struct ipc_object *obj);	/* IPC_SET, IPC_RMID: 0 or -EPERM */
void ipc_perm_get(struct ipc64_perm *to, const struct ipc_object *obj);
void ipc_perm_set(struct ipc_object *obj, const struct ipc64_perm *from);
s64 ipc_seconds(void);		/* now, as the status structures have it: */
/* Where a long is too short for a time, the structure has another field for its upper half. */
#if __BITS_PER_LONG == 32
#define IPC_PUT_TIME(ds, field, seconds)                                                           \
	((ds).field = (u32)(seconds), (ds).field##_high = (u32)((u64)(seconds) >> 32))
#else
#define IPC_PUT_TIME(ds, field, seconds) ((ds).field = (seconds))
#endif

/* The control calls.  `old`: with the structures from before IPC_64, which only ipc(2) takes. */
long sem_control(int id, unsigned num, int cmd, unsigned long arg, bool old);
long msg_control(int id, int cmd, uaddr_t buf, bool old);
long shm_control(int id, int cmd, uaddr_t buf, bool old);
/* struct ipc_perm, the first field of the old structures, from and to the new. */
void ipc_perm_to_old(struct ipc_perm *to, const struct ipc64_perm *from);
void ipc_perm_from_old(struct ipc64_perm *to, const struct ipc_perm *from);

struct thread_group;
void sem_exit_group(struct thread_group *group);	/* SEM_UNDO */

#endif
