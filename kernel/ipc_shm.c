/*
 * System V shared memory: shmget, shmat, shmdt, shmctl.
 *
 * A segment is a tmpfs file without a name.  Each area that maps it counts in nattch and holds a
 * reference, so forks and splits count themselves; a segment marked for removal keeps its id
 * until the last area has gone.
 */
#define _UNISTD_H	/* <linux/shm.h> asks for the C library's; nothing of it is needed */
#include <linux/shm.h>

#include "ipc.h"
#include "um/cred.h"
#include "um/err.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/proc_fs.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#include <stdio.h>

/* In the mode of the status structure (shmctl(2)). */
#define SHM_DEST 01000
#define SHM_LOCKED 02000

struct shm_segment {
	struct ipc_object obj;
	struct file *file;
	size_t size;
	unsigned long nattch;
	s64 atime, dtime, ctime;
	int cpid, lpid;
};

static void shm_free(struct ipc_object *obj)
{
	struct shm_segment *seg = container_of(obj, struct shm_segment, obj);

	fput(seg->file);
	kfree(seg);
}

static struct ipc_table shm_table = { .limit = SHMMNI, .free = shm_free };

static struct shm_segment *to_segment(struct ipc_object *obj)
{
	return container_of(obj, struct shm_segment, obj);
}

static unsigned long pages_of(const struct shm_segment *seg)
{
	return PAGE_ALIGN(seg->size) >> PAGE_SHIFT;
}

static unsigned long total_pages(void)
{
	unsigned long sum = 0;

	for (unsigned i = 0; i < shm_table.nr_slots; i++)
		if (shm_table.slots[i])
			sum += pages_of(to_segment(shm_table.slots[i]));
	return sum;
}

static u64 resident_pages(const struct shm_segment *seg)
{
	return seg->file->inode->mapping->nr_pages;
}

/* --- areas */

static void shm_open(struct vm_area *vma)
{
	struct shm_segment *seg = vma->private_data;

	seg->obj.refs++;
	seg->nattch++;
	seg->atime = ipc_seconds();
	seg->lpid = current->tgid;
}

static void shm_close(struct vm_area *vma)
{
	struct shm_segment *seg = vma->private_data;

	seg->nattch--;
	seg->dtime = ipc_seconds();
	seg->lpid = current->tgid;
	if (!seg->nattch && seg->obj.mode & SHM_DEST && !seg->obj.removed)
		ipc_remove(&shm_table, &seg->obj);
	ipc_put(&shm_table, &seg->obj);
}

static const struct vm_ops shm_vm_ops = {
	.open = shm_open,
	.close = shm_close,
};

/* --- shmget */

static int new_segment(int key, size_t size, int flags)
{
	struct shm_segment *seg;
	struct file *file;
	char name[24];
	int id;

	if (size < SHMMIN || size > SHMMAX || PAGE_ALIGN(size) < size)
		return -EINVAL;
	if (flags & SHM_HUGETLB)
		return -ENOMEM;	/* there is no pool of huge pages */
	if ((PAGE_ALIGN(size) >> PAGE_SHIFT) + total_pages() > SHMALL)
		return -ENOSPC;
	snprintf(name, sizeof(name), "SYSV%08x", (unsigned)key);
	file = shmem_file(name, PAGE_ALIGN(size), O_LARGEFILE);
	if (IS_ERR(file))
		return PTR_ERR(file) == -EINVAL ? -ENOMEM : (int)PTR_ERR(file);
	seg = kzalloc_type(struct shm_segment);
	seg->file = file;
	seg->size = size;
	seg->cpid = current->tgid;
	seg->ctime = ipc_seconds();
	id = ipc_add(&shm_table, &seg->obj, key, flags);
	if (id < 0)
		shm_free(&seg->obj);
	else
		file->inode->ino = (u64)id;
	return id;
}

SYSCALL_DEFINE3(shmget, A_HEX, int, key, A_SIZE, size_t, size, A_HEX, int, flags)
{
	struct ipc_object *obj = ipc_find_key(&shm_table, key, flags);
	int err;

	if (!obj)
		return new_segment(key, size, flags);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = ipc_may(obj, flags);
	if (err)
		return err;
	return to_segment(obj)->size < size ? -EINVAL : obj->id;
}

/* --- shmat, shmdt */

/* Where to attach: in *addr; 0: anywhere.  MAP_ flags or -EINVAL. */
static int attach_place(uaddr_t *addr, int flags)
{
	if (!*addr)
		return flags & SHM_REMAP ? -EINVAL : 0;
	if (*addr & ~PAGE_MASK) {
		if (!(flags & SHM_RND))
			return -EINVAL;
		*addr &= PAGE_MASK;
		if (!*addr && flags & SHM_REMAP)
			return -EINVAL;
	}
	return flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
}

/* The areas at the new place become the segment's own. */
static void adopt_area(struct shm_segment *seg, uaddr_t addr)
{
	struct vm_area *vma = find_vma(current->mm, addr);

	if (!vma || vma->start != addr || vma->ops || vma->file != seg->file)
		return;
	vma->ops = &shm_vm_ops;
	vma->private_data = seg;
	shm_open(vma);
}

static long attach_segment(struct shm_segment *seg, uaddr_t addr, int flags)
{
	int prot = PROT_READ, wanted = 0444, place = attach_place(&addr, flags);
	long result;

	if (place < 0)
		return place;
	if (!(flags & SHM_RDONLY)) {
		prot |= PROT_WRITE;
		wanted |= 0222;
	}
	if (flags & SHM_EXEC) {
		prot |= PROT_EXEC;
		wanted |= 0111;
	}
	result = ipc_may(&seg->obj, wanted);
	if (result)
		return result;
	if (addr && addr + PAGE_ALIGN(seg->size) < addr)
		return -EINVAL;
	result = mm_map(current->mm, addr, seg->size, prot, MAP_SHARED | place, seg->file, 0);
	if (result == -EEXIST)
		return -EINVAL;
	if (!IS_ERR((void *)result))
		adopt_area(seg, (uaddr_t)result);
	return result;
}

SYSCALL_DEFINE3(shmat, A_INT, int, id, A_PTR, uaddr_t, addr, A_HEX, int, flags)
{
	struct ipc_object *obj = ipc_find(&shm_table, id);
	long result;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	obj->refs++;
	result = attach_segment(to_segment(obj), addr, flags);
	ipc_put(&shm_table, obj);
	return result;
}

/* The first area that is a part of an attachment at addr; what was cut off its front does not
 * matter. */
static struct vm_area *attached_at(uaddr_t addr)
{
	struct vm_area *vma;

	list_for_each_entry(vma, &current->mm->areas, list)
		if (vma->ops == &shm_vm_ops && vma->start - (vma->pgoff << PAGE_SHIFT) == addr)
			return vma;
	return NULL;
}

SYSCALL_DEFINE1(shmdt, A_PTR, uaddr_t, addr)
{
	struct vm_area *vma = attached_at(addr);
	struct shm_segment *seg;
	uaddr_t end;

	if (addr & ~PAGE_MASK || !vma)
		return -EINVAL;
	seg = vma->private_data;
	end = addr + PAGE_ALIGN(seg->size);
	while (vma && vma->private_data == seg && vma->end <= end) {
		int err = mm_unmap(current->mm, vma->start, vma->end - vma->start);

		if (err)
			return err;
		vma = attached_at(addr);
	}
	return 0;
}

/* --- shmctl */

static long put_old_segment(uaddr_t to, const struct shmid64_ds *from)
{
	struct shmid_ds ds;

	memset(&ds, 0, sizeof(ds));
	ipc_perm_to_old(&ds.shm_perm, &from->shm_perm);
	ds.shm_segsz = (int)min(from->shm_segsz, (__kernel_size_t)INT_MAX);
	ds.shm_atime = (__kernel_old_time_t)from->shm_atime;
	ds.shm_dtime = (__kernel_old_time_t)from->shm_dtime;
	ds.shm_ctime = (__kernel_old_time_t)from->shm_ctime;
	ds.shm_cpid = (__kernel_ipc_pid_t)from->shm_cpid;
	ds.shm_lpid = (__kernel_ipc_pid_t)from->shm_lpid;
	ds.shm_nattch = (unsigned short)from->shm_nattch;
	return copy_to_user(to, &ds, sizeof(ds));
}

static long stat_segment(const struct shm_segment *seg, uaddr_t to, bool old)
{
	struct shmid64_ds ds;

	memset(&ds, 0, sizeof(ds));
	ipc_perm_get(&ds.shm_perm, &seg->obj);
	ds.shm_segsz = seg->size;
	IPC_PUT_TIME(ds, shm_atime, seg->atime);
	IPC_PUT_TIME(ds, shm_dtime, seg->dtime);
	IPC_PUT_TIME(ds, shm_ctime, seg->ctime);
	ds.shm_cpid = seg->cpid;
	ds.shm_lpid = seg->lpid;
	ds.shm_nattch = seg->nattch;
	return old ? put_old_segment(to, &ds) : copy_to_user(to, &ds, sizeof(ds));
}

static int get_segment(struct shmid64_ds *ds, uaddr_t from, bool old)
{
	struct shmid_ds narrow;

	if (!old)
		return copy_from_user(ds, from, sizeof(*ds));
	if (get_user(narrow, from))
		return -EFAULT;
	ipc_perm_from_old(&ds->shm_perm, &narrow.shm_perm);
	return 0;
}

static long set_segment(int id, uaddr_t from, bool old)
{
	struct ipc_object *obj;
	struct shmid64_ds ds;
	int err;

	if (get_segment(&ds, from, old))
		return -EFAULT;
	obj = ipc_find(&shm_table, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = ipc_may_change(obj);
	if (err)
		return err;
	ipc_perm_set(obj, &ds.shm_perm);
	to_segment(obj)->ctime = ipc_seconds();
	return 0;
}

static long remove_segment(struct shm_segment *seg)
{
	int err = ipc_may_change(&seg->obj);

	if (err)
		return err;
	if (seg->nattch) {
		seg->obj.mode |= SHM_DEST;
		seg->obj.key = IPC_PRIVATE;
	} else {
		ipc_remove(&shm_table, &seg->obj);
	}
	return 0;
}

static long lock_segment(struct shm_segment *seg, bool on)
{
	uid_t self = current->cred->euid;

	if (!capable(CAP_IPC_LOCK) && self != seg->obj.uid && self != seg->obj.cuid)
		return -EPERM;
	/* Pages never leave memory. */
	seg->obj.mode = on ? seg->obj.mode | SHM_LOCKED : seg->obj.mode & ~(umode_t)SHM_LOCKED;
	return 0;
}

static long limits(uaddr_t to, bool old)
{
	const struct shminfo narrow = {
		.shmmax = (int)min(SHMMAX, (unsigned long)INT_MAX), .shmmin = SHMMIN,
		.shmmni = SHMMNI, .shmseg = SHMSEG,
		.shmall = (int)min((unsigned long)SHMALL, (unsigned long)INT_MAX),
	};
	const struct shminfo64 info = {
		.shmmax = SHMMAX, .shmmin = SHMMIN, .shmmni = SHMMNI, .shmseg = SHMSEG,
		.shmall = SHMALL,
	};

	if (old ? copy_to_user(to, &narrow, sizeof(narrow)) : copy_to_user(to, &info, sizeof(info)))
		return -EFAULT;
	return ipc_highest_slot(&shm_table);
}

static long usage(uaddr_t to)
{
	struct shm_info info;

	memset(&info, 0, sizeof(info));
	info.used_ids = (int)shm_table.used;
	info.shm_tot = total_pages();
	for (unsigned i = 0; i < shm_table.nr_slots; i++)
		if (shm_table.slots[i])
			info.shm_rss += resident_pages(to_segment(shm_table.slots[i]));
	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : ipc_highest_slot(&shm_table);
}

static long shm_stat(int id, int cmd, uaddr_t buf, bool old)
{
	struct ipc_object *obj;
	int err = 0;

	obj = cmd == IPC_STAT ? ipc_find(&shm_table, id) : ipc_find_slot(&shm_table, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (cmd != SHM_STAT_ANY)
		err = ipc_may(obj, 0444);
	id = obj->id;
	if (!err)
		err = (int)stat_segment(to_segment(obj), buf, old);
	return err || cmd == IPC_STAT ? err : id;
}

long shm_control(int id, int cmd, uaddr_t buf, bool old)
{
	struct ipc_object *obj;

	if (cmd < 0 || id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
		return limits(buf, old);
	case SHM_INFO:
		return usage(buf);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return shm_stat(id, cmd, buf, old);
	case IPC_SET:
		return set_segment(id, buf, old);
	}
	obj = ipc_find(&shm_table, id);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (cmd == IPC_RMID)
		return remove_segment(to_segment(obj));
	if (cmd == SHM_LOCK || cmd == SHM_UNLOCK)
		return lock_segment(to_segment(obj), cmd == SHM_LOCK);
	return -EINVAL;
}

SYSCALL_DEFINE3(shmctl, A_INT, int, id, A_INT, int, cmd, A_PTR, uaddr_t, buf)
{
	return shm_control(id, cmd & ~IPC_64, buf, false);
}

static int sysvipc_shm_show(struct seq_file *m, void *private __maybe_unused)
{
	seq_puts(m, "       key      shmid perms                  size  cpid  lpid nattch   uid"
		    "   gid  cuid  cgid      atime      dtime      ctime                   rss"
		    "                  swap\n");
	for (unsigned i = 0; i < shm_table.nr_slots; i++) {
		const struct ipc_object *obj = shm_table.slots[i];
		const struct shm_segment *seg;

		if (!obj)
			continue;
		seg = container_of(obj, struct shm_segment, obj);
		seq_printf(m, "%10d %10d  %4o %21zu %5u %5u  %5lu %5u %5u %5u %5u "
			      "%10lld %10lld %10lld ",
			   obj->key, obj->id, obj->mode, seg->size, (unsigned)seg->cpid,
			   (unsigned)seg->lpid, seg->nattch, obj->uid, obj->gid, obj->cuid,
			   obj->cgid, (long long)seg->atime, (long long)seg->dtime,
			   (long long)seg->ctime);
		seq_printf(m, "%21llu %21u\n",
			   (unsigned long long)resident_pages(seg) << PAGE_SHIFT, 0);
	}
	return 0;
}

PROC_FILE(sysvipc_shm) = { "sysvipc/shm", 0444, sysvipc_shm_show };
