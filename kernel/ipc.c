/*
 * System V IPC's common part: ids, keys and permissions.
 *
 * An id is a slot of the table and a sequence number above it, so that the id of a removed
 * object does not soon name another (svipc(7)).
 */
#include "ipc.h"

#include "um/clock.h"
#include "um/cred.h"
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/sched.h"

#define SLOT_BITS 15	/* Linux's IPCMNI_SHIFT */
#define SLOT_MASK ((1 << SLOT_BITS) - 1)
#define MODE_BITS 0777

static int free_slot(struct ipc_table *table)
{
	unsigned i, grown;

	if (table->used >= table->limit)
		return -ENOSPC;
	for (i = 0; i < table->nr_slots; i++)
		if (!table->slots[i])
			return (int)i;
	grown = min(table->nr_slots ? table->nr_slots * 2 : 16, table->limit);
	table->slots = krealloc(table->slots, grown * sizeof(table->slots[0]));
	memset(table->slots + table->nr_slots, 0,
	       (grown - table->nr_slots) * sizeof(table->slots[0]));
	table->nr_slots = grown;
	return (int)i;
}

int ipc_add(struct ipc_table *table, struct ipc_object *obj, int key, int flags)
{
	int slot = free_slot(table);

	if (slot < 0)
		return slot;
	obj->key = key;
	obj->mode = flags & MODE_BITS;
	obj->uid = obj->cuid = current->cred->euid;
	obj->gid = obj->cgid = current->cred->egid;
	obj->seq = table->next_seq;
	obj->id = obj->seq << SLOT_BITS | slot;
	obj->refs = 1;
	/* Ids are never negative. */
	table->next_seq = (unsigned short)((table->next_seq + 1) & 0xffff);
	obj->id &= INT_MAX;
	table->slots[slot] = obj;
	table->used++;
	return obj->id;
}

void ipc_put(struct ipc_table *table, struct ipc_object *obj)
{
	if (--obj->refs == 0)
		table->free(obj);
}

void ipc_remove(struct ipc_table *table, struct ipc_object *obj)
{
	table->slots[obj->id & SLOT_MASK] = NULL;
	table->used--;
	obj->removed = true;
	ipc_put(table, obj);
}

struct ipc_object *ipc_find_key(struct ipc_table *table, int key, int flags)
{
	if (key == IPC_PRIVATE)
		return NULL;
	for (unsigned i = 0; i < table->nr_slots; i++) {
		struct ipc_object *obj = table->slots[i];

		if (!obj || obj->key != key)
			continue;
		return (flags & IPC_CREAT) && (flags & IPC_EXCL) ? ERR_PTR(-EEXIST) : obj;
	}
	return flags & IPC_CREAT ? NULL : ERR_PTR(-ENOENT);
}

struct ipc_object *ipc_find_slot(struct ipc_table *table, int slot)
{
	if (slot < 0 || (unsigned)slot >= table->nr_slots || !table->slots[slot])
		return ERR_PTR(-EINVAL);
	return table->slots[slot];
}

struct ipc_object *ipc_find(struct ipc_table *table, int id)
{
	struct ipc_object *obj = id < 0 ? ERR_PTR(-EINVAL) : ipc_find_slot(table, id & SLOT_MASK);

	return IS_ERR(obj) || obj->id == id ? obj : ERR_PTR(-EINVAL);
}

int ipc_highest_slot(const struct ipc_table *table)
{
	for (unsigned i = table->nr_slots; i-- > 0;)
		if (table->slots[i])
			return (int)i;
	return 0;
}

int ipc_may(const struct ipc_object *obj, int mode)
{
	const struct cred *cred = current->cred;
	unsigned wanted = (unsigned)(mode >> 6 | mode >> 3 | mode), granted = obj->mode;

	if (cred->euid == obj->cuid || cred->euid == obj->uid)
		granted >>= 6;
	else if (in_egroup(obj->cgid) || in_egroup(obj->gid))
		granted >>= 3;
	return (wanted & ~granted & 7) && !capable(CAP_IPC_OWNER) ? -EACCES : 0;
}

int ipc_may_change(const struct ipc_object *obj)
{
	uid_t self = current->cred->euid;

	return self == obj->cuid || self == obj->uid || capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

void ipc_perm_get(struct ipc64_perm *to, const struct ipc_object *obj)
{
	memset(to, 0, sizeof(*to));
	to->key = obj->key;
	to->uid = obj->uid;
	to->gid = obj->gid;
	to->cuid = obj->cuid;
	to->cgid = obj->cgid;
	to->mode = (__kernel_mode_t)obj->mode;
	to->seq = obj->seq;
}

void ipc_perm_set(struct ipc_object *obj, const struct ipc64_perm *from)
{
	obj->uid = from->uid;
	obj->gid = from->gid;
	obj->mode = (obj->mode & ~(umode_t)MODE_BITS) | (from->mode & MODE_BITS);
}

void ipc_perm_to_old(struct ipc_perm *to, const struct ipc64_perm *from)
{
	to->key = from->key;
	to->uid = id_to_16(from->uid);
	to->gid = id_to_16(from->gid);
	to->cuid = id_to_16(from->cuid);
	to->cgid = id_to_16(from->cgid);
	to->mode = (__typeof__(to->mode))from->mode;
	to->seq = (__typeof__(to->seq))from->seq;
}

void ipc_perm_from_old(struct ipc64_perm *to, const struct ipc_perm *from)
{
	to->uid = id_from_16((u16)from->uid);
	to->gid = id_from_16((u16)from->gid);
	to->mode = from->mode;
}

s64 ipc_seconds(void)
{
	return (s64)(clock_now(CLOCK_REALTIME) / NSEC_PER_SEC);
}
