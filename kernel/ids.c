/* The calls that show and change user and group ids: the getuid and setuid families, groups. */
#include "um/cred.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define KEEP_ID ((u32)-1)
#define NGROUPS_LIMIT 65536	/* setgroups(2): NGROUPS_MAX */

/* Capabilities that fsuid 0 stands for (capabilities(7), "Effect of user ID changes"). */
#define CAP_FS_MASK                                                                                \
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_DAC_OVERRIDE) |                     \
	 CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_FSETID) |                \
	 CAP_BIT(CAP_LINUX_IMMUTABLE) | CAP_BIT(CAP_MAC_OVERRIDE))

SYSCALL_ID0(getuid, getuid32)
{
	return current->cred->uid;
}

SYSCALL_ID0(geteuid, geteuid32)
{
	return current->cred->euid;
}

SYSCALL_ID0(getgid, getgid32)
{
	return current->cred->gid;
}

SYSCALL_ID0(getegid, getegid32)
{
	return current->cred->egid;
}

static int put_ids(const uaddr_t to[3], u32 real, u32 effective, u32 saved)
{
	if (put_user(real, to[0]) || put_user(effective, to[1]) || put_user(saved, to[2]))
		return -EFAULT;
	return 0;
}

SYSCALL_NEWER3(getresuid, getresuid32, A_PTR, uaddr_t, ruid, A_PTR, uaddr_t, euid, A_PTR, uaddr_t,
	       suid)
{
	const struct cred *cred = current->cred;

	return put_ids((const uaddr_t[]){ ruid, euid, suid }, cred->uid, cred->euid, cred->suid);
}

SYSCALL_NEWER3(getresgid, getresgid32, A_PTR, uaddr_t, rgid, A_PTR, uaddr_t, egid, A_PTR, uaddr_t,
	       sgid)
{
	const struct cred *cred = current->cred;

	return put_ids((const uaddr_t[]){ rgid, egid, sgid }, cred->gid, cred->egid, cred->sgid);
}

static int put_ids16(const uaddr_t to[3], u32 real, u32 effective, u32 saved)
{
	const u16 narrow[3] = { id_to_16(real), id_to_16(effective), id_to_16(saved) };

	for (int i = 0; i < 3; i++)
		if (put_user(narrow[i], to[i]))
			return -EFAULT;
	return 0;
}

SYSCALL_OLDER3(getresuid, getresuid32, A_PTR, uaddr_t, ruid, A_PTR, uaddr_t, euid, A_PTR, uaddr_t,
	       suid)
{
	const struct cred *cred = current->cred;

	return put_ids16((const uaddr_t[]){ ruid, euid, suid }, cred->uid, cred->euid, cred->suid);
}

SYSCALL_OLDER3(getresgid, getresgid32, A_PTR, uaddr_t, rgid, A_PTR, uaddr_t, egid, A_PTR, uaddr_t,
	       sgid)
{
	const struct cred *cred = current->cred;

	return put_ids16((const uaddr_t[]){ rgid, egid, sgid }, cred->gid, cred->egid, cred->sgid);
}

static bool any_root(const struct cred *cred)
{
	return cred->uid == 0 || cred->euid == 0 || cred->suid == 0;
}

/* Leaving and entering user id 0 takes and gives capabilities. */
static void fix_caps(struct cred *new, const struct cred *old)
{
	if (new->securebits & (1 << SECURE_NO_SETUID_FIXUP))
		return;
	if (any_root(old) && !any_root(new)) {
		if (!(new->securebits & (1 << SECURE_KEEP_CAPS))) {
			new->permitted = 0;
			new->effective = 0;
		}
		new->ambient = 0;
	}
	if (old->euid == 0 && new->euid != 0)
		new->effective = 0;
	if (old->euid != 0 && new->euid == 0)
		new->effective = new->permitted;
}

static long commit_uids(struct cred *new)
{
	fix_caps(new, current->cred);
	cred_commit(new);
	return 0;
}

static long abort_change(struct cred *new)
{
	cred_put(new);
	return -EPERM;
}

SYSCALL_ID1(setuid, setuid32, A_UID, uid_t, uid)
{
	const struct cred *old = current->cred;
	struct cred *new;

	if (uid == KEEP_ID)
		return -EINVAL;
	new = cred_dup(old);
	if (capable(CAP_SETUID))
		new->uid = new->suid = uid;
	else if (uid != old->uid && uid != old->suid)
		return abort_change(new);
	new->euid = new->fsuid = uid;
	return commit_uids(new);
}

SYSCALL_ID1(setgid, setgid32, A_UID, gid_t, gid)
{
	const struct cred *old = current->cred;
	struct cred *new;

	if (gid == KEEP_ID)
		return -EINVAL;
	new = cred_dup(old);
	if (capable(CAP_SETGID))
		new->gid = new->sgid = gid;
	else if (gid != old->gid && gid != old->sgid)
		return abort_change(new);
	new->egid = new->fsgid = gid;
	cred_commit(new);
	return 0;
}

SYSCALL_ID2(setreuid, setreuid32, A_UID, uid_t, ruid, A_UID, uid_t, euid)
{
	const struct cred *old = current->cred;
	struct cred *new = cred_dup(old);

	if (ruid != KEEP_ID) {
		new->uid = ruid;
		if (ruid != old->uid && ruid != old->euid && !capable(CAP_SETUID))
			return abort_change(new);
	}
	if (euid != KEEP_ID) {
		new->euid = euid;
		if (euid != old->uid && euid != old->euid && euid != old->suid &&
		    !capable(CAP_SETUID))
			return abort_change(new);
	}
	if (ruid != KEEP_ID || (euid != KEEP_ID && euid != old->uid))
		new->suid = new->euid;
	new->fsuid = new->euid;
	return commit_uids(new);
}

SYSCALL_ID2(setregid, setregid32, A_UID, gid_t, rgid, A_UID, gid_t, egid)
{
	const struct cred *old = current->cred;
	struct cred *new = cred_dup(old);

	if (rgid != KEEP_ID) {
		new->gid = rgid;
		if (rgid != old->gid && rgid != old->egid && !capable(CAP_SETGID))
			return abort_change(new);
	}
	if (egid != KEEP_ID) {
		new->egid = egid;
		if (egid != old->gid && egid != old->egid && egid != old->sgid &&
		    !capable(CAP_SETGID))
			return abort_change(new);
	}
	if (rgid != KEEP_ID || (egid != KEEP_ID && egid != old->gid))
		new->sgid = new->egid;
	new->fsgid = new->egid;
	cred_commit(new);
	return 0;
}

static bool id_allowed(u32 id, u32 real, u32 effective, u32 saved)
{
	return id == KEEP_ID || id == real || id == effective || id == saved;
}

SYSCALL_ID3(setresuid, setresuid32, A_UID, uid_t, ruid, A_UID, uid_t, euid, A_UID, uid_t, suid)
{
	const struct cred *old = current->cred;
	struct cred *new;

	if (!(id_allowed(ruid, old->uid, old->euid, old->suid) &&
	      id_allowed(euid, old->uid, old->euid, old->suid) &&
	      id_allowed(suid, old->uid, old->euid, old->suid)) &&
	    !capable(CAP_SETUID))
		return -EPERM;
	new = cred_dup(old);
	if (ruid != KEEP_ID)
		new->uid = ruid;
	if (euid != KEEP_ID)
		new->euid = euid;
	if (suid != KEEP_ID)
		new->suid = suid;
	new->fsuid = new->euid;
	return commit_uids(new);
}

SYSCALL_ID3(setresgid, setresgid32, A_UID, gid_t, rgid, A_UID, gid_t, egid, A_UID, gid_t, sgid)
{
	const struct cred *old = current->cred;
	struct cred *new;

	if (!(id_allowed(rgid, old->gid, old->egid, old->sgid) &&
	      id_allowed(egid, old->gid, old->egid, old->sgid) &&
	      id_allowed(sgid, old->gid, old->egid, old->sgid)) &&
	    !capable(CAP_SETGID))
		return -EPERM;
	new = cred_dup(old);
	if (rgid != KEEP_ID)
		new->gid = rgid;
	if (egid != KEEP_ID)
		new->egid = egid;
	if (sgid != KEEP_ID)
		new->sgid = sgid;
	new->fsgid = new->egid;
	cred_commit(new);
	return 0;
}

static void fix_fs_caps(struct cred *new, const struct cred *old)
{
	if (new->securebits & (1 << SECURE_NO_SETUID_FIXUP))
		return;
	if (old->fsuid == 0 && new->fsuid != 0)
		new->effective &= ~CAP_FS_MASK;
	if (old->fsuid != 0 && new->fsuid == 0)
		new->effective |= new->permitted & CAP_FS_MASK;
}

/* The result is the old id in any case: setfsuid(2), BUGS. */
SYSCALL_ID1(setfsuid, setfsuid32, A_UID, uid_t, uid)
{
	const struct cred *old = current->cred;
	uid_t before = old->fsuid;
	struct cred *new;

	if (uid == KEEP_ID || uid == before ||
	    (uid != old->uid && uid != old->euid && uid != old->suid && !capable(CAP_SETUID)))
		return before;
	new = cred_dup(old);
	new->fsuid = uid;
	fix_fs_caps(new, old);
	cred_commit(new);
	return before;
}

SYSCALL_ID1(setfsgid, setfsgid32, A_UID, gid_t, gid)
{
	const struct cred *old = current->cred;
	gid_t before = old->fsgid;
	struct cred *new;

	if (gid == KEEP_ID || gid == before ||
	    (gid != old->gid && gid != old->egid && gid != old->sgid && !capable(CAP_SETGID)))
		return before;
	new = cred_dup(old);
	new->fsgid = gid;
	cred_commit(new);
	return before;
}

/* --- supplementary groups.  id_size: 4, or 2 for the calls with 16-bit ids. */

static int export_groups(const struct group_info *groups, uaddr_t list, size_t id_size)
{
	u16 narrow;

	if (id_size == sizeof(gid_t))
		return copy_to_user(list, groups->gid, (size_t)groups->count * sizeof(gid_t));
	for (int i = 0; i < groups->count; i++) {
		narrow = id_to_16(groups->gid[i]);
		if (put_user(narrow, list + (size_t)i * sizeof(narrow)))
			return -EFAULT;
	}
	return 0;
}

static long get_groups(int size, uaddr_t list, size_t id_size)
{
	const struct group_info *groups = current->cred->groups;
	int count = groups ? groups->count : 0;

	if (size < 0)
		return -EINVAL;
	if (size) {
		if (count > size)
			return -EINVAL;
		if (count && export_groups(groups, list, id_size))
			return -EFAULT;
	}
	return count;
}

SYSCALL_NEWER2(getgroups, getgroups32, A_INT, int, size, A_PTR, uaddr_t, list)
{
	return get_groups(size, list, sizeof(gid_t));
}

SYSCALL_OLDER2(getgroups, getgroups32, A_INT, int, size, A_PTR, uaddr_t, list)
{
	return get_groups(size, list, sizeof(u16));
}

static int compare_gids(const void *a, const void *b)
{
	const gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return x < y ? -1 : x > y;
}

static int copy_groups(struct group_info *groups, uaddr_t list, size_t id_size)
{
	u16 narrow;

	if (id_size == sizeof(gid_t))
		return groups->count ? copy_from_user(groups->gid, list,
						      (size_t)groups->count * sizeof(gid_t)) : 0;
	for (int i = 0; i < groups->count; i++) {
		if (get_user(narrow, list + (size_t)i * sizeof(narrow)))
			return -EFAULT;
		groups->gid[i] = id_from_16(narrow);
	}
	return 0;
}

static int import_groups(struct group_info *groups, uaddr_t list, size_t id_size)
{
	if (copy_groups(groups, list, id_size))
		return -EFAULT;
	for (int i = 0; i < groups->count; i++)
		if (groups->gid[i] == KEEP_ID)
			return -EINVAL;
	ksort(groups->gid, (size_t)groups->count, sizeof(gid_t), compare_gids);
	return 0;
}

static long set_groups(int size, uaddr_t list, size_t id_size)
{
	struct group_info *groups;
	struct cred *new;
	int err;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if ((unsigned)size > NGROUPS_LIMIT)
		return -EINVAL;
	groups = groups_alloc(size);
	err = import_groups(groups, list, id_size);
	if (err) {
		groups_put(groups);
		return err;
	}
	new = cred_dup(current->cred);
	groups_put(new->groups);
	new->groups = groups;
	cred_commit(new);
	return 0;
}

SYSCALL_NEWER2(setgroups, setgroups32, A_INT, int, size, A_PTR, uaddr_t, list)
{
	return set_groups(size, list, sizeof(gid_t));
}

SYSCALL_OLDER2(setgroups, setgroups32, A_INT, int, size, A_PTR, uaddr_t, list)
{
	return set_groups(size, list, sizeof(u16));
}
