/*
 * Credentials: who a task is and what it may do.  A struct cred never changes once a task or a
 * file holds it; a change makes a copy and commits it.  The rules are those of credentials(7) and
 * capabilities(7).
 */
#include "um/cred.h"

#include "um/bug.h"
#include "um/fs.h"
#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/sched.h"

struct cred *cred_get(struct cred *cred)
{
	cred->refs++;
	return cred;
}

void cred_put(struct cred *cred)
{
	if (!cred || --cred->refs)
		return;
	groups_put(cred->groups);
	kfree(cred);
}

struct cred *cred_dup(const struct cred *cred)
{
	struct cred *copy = kzalloc_type(struct cred);

	*copy = *cred;
	copy->refs = 1;
	copy->groups = groups_get(cred->groups);
	return copy;
}

static bool ids_differ(const struct cred *a, const struct cred *b)
{
	return a->euid != b->euid || a->egid != b->egid || a->fsuid != b->fsuid ||
	       a->fsgid != b->fsgid;
}

/* A process that changed its identity is not to be inspected or core-dumped by its old one. */
void cred_commit(struct cred *new)
{
	struct cred *old = current->cred;

	if (ids_differ(old, new) || (new->permitted & ~old->permitted)) {
		if (current->mm)
			current->mm->dumpable = false;
		current->pdeath_signal = 0;
	}
	current->cred = new;
	cred_put(old);
	if (gate->identity)
		gate->identity(current);
}

struct group_info *groups_alloc(int count)
{
	struct group_info *groups =
		kzalloc(sizeof(*groups) + (size_t)count * sizeof(groups->gid[0]));

	groups->refs = 1;
	groups->count = count;
	return groups;
}

void groups_put(struct group_info *groups)
{
	if (groups && !--groups->refs)
		kfree(groups);
}

struct group_info *groups_get(struct group_info *groups)
{
	if (groups)
		groups->refs++;
	return groups;
}

static bool groups_search(const struct group_info *groups, gid_t gid)
{
	int low = 0, high = groups ? groups->count : 0;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (groups->gid[mid] == gid)
			return true;
		if (groups->gid[mid] < gid)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

bool in_group(gid_t gid)
{
	return gid == current->cred->fsgid || groups_search(current->cred->groups, gid);
}

bool in_egroup(gid_t gid)
{
	return gid == current->cred->egid || groups_search(current->cred->groups, gid);
}

bool cred_capable(const struct cred *cred, int cap)
{
	return cred->effective & CAP_BIT(cap);
}

bool capable(int cap)
{
	if (!cred_capable(current->cred, cap))
		return false;
	current->flags |= PF_SUPERPRIV;
	return true;
}

/* kill(2), DESCRIPTION. */
bool may_signal(struct task *task, int sig)
{
	const struct cred *self = current->cred, *target = task->cred;

	if (same_group(current, task))
		return true;
	if (self->euid == target->suid || self->euid == target->uid || self->uid == target->suid ||
	    self->uid == target->uid || capable(CAP_KILL))
		return true;
	return sig == SIGCONT && current->group->session == task->group->session;
}

static bool same_owner(const struct cred *self, const struct cred *target)
{
	return self->fsuid == target->euid && self->fsuid == target->suid &&
	       self->fsuid == target->uid && self->fsgid == target->egid &&
	       self->fsgid == target->sgid && self->fsgid == target->gid;
}

/* ptrace(2), "Ptrace access mode checking". */
bool may_inspect(struct task *task)
{
	if (same_group(current, task))
		return true;
	if (capable(CAP_SYS_PTRACE))
		return true;
	if (!same_owner(current->cred, task->cred))
		return false;
	if (task->mm && !task->mm->dumpable)
		return false;
	return !(task->cred->permitted & ~current->cred->permitted);
}

/* What the file's security.capability attribute says. */
struct file_caps {
	bool present, effective;
	kcap_t permitted, inheritable;
};

static u32 le32(const u8 *p)
{
	return (u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static void parse_file_caps(struct file_caps *caps, const u8 *data, ssize_t size)
{
	u32 magic;

	if (size < (ssize_t)XATTR_CAPS_SZ_2)
		return;
	magic = le32(data);
	if (!((magic & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_2 && size == XATTR_CAPS_SZ_2) &&
	    !((magic & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_3 && size == XATTR_CAPS_SZ_3 &&
	      le32(data + XATTR_CAPS_SZ_2) == 0))
		return;
	caps->present = true;
	caps->effective = magic & VFS_CAP_FLAGS_EFFECTIVE;
	caps->permitted = (le32(data + 4) | (u64)le32(data + 12) << 32) & CAP_FULL_SET;
	caps->inheritable = (le32(data + 8) | (u64)le32(data + 16) << 32) & CAP_FULL_SET;
}

static void read_file_caps(struct inode *inode, struct file_caps *caps)
{
	u8 data[XATTR_CAPS_SZ_3];
	struct dentry *dentry;

	memset(caps, 0, sizeof(*caps));
	if (!inode->ops || !inode->ops->getxattr)
		return;
	dentry = d_find_alias(inode);
	if (!dentry)
		return;
	parse_file_caps(caps, data,
			inode->ops->getxattr(dentry, "security.capability", data, sizeof(data)));
	dput(dentry);
}

/* A tracer without CAP_SYS_PTRACE could take over what the program is given. */
static bool no_new_rights(void)
{
	const struct task *tracer = current->ptrace.tracer;

	return current->no_new_privs || (tracer && !cred_capable(tracer->cred, CAP_SYS_PTRACE));
}

static void apply_setid_bits(struct cred *new, const struct inode *inode)
{
	if (inode->mode & S_ISUID)
		new->euid = inode->uid;
	if ((inode->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		new->egid = inode->gid;
}

/* The permitted set; true if it is to be effective too. */
static bool exec_permitted(struct cred *new, const struct file_caps *caps)
{
	bool effective = caps->effective;
	bool suid_root = new->uid != 0 && new->euid == 0;

	new->permitted = 0;
	if (caps->present)
		new->permitted = (new->bounding & caps->permitted) |
				 (new->inheritable & caps->inheritable);
	if ((new->securebits & (1 << SECURE_NOROOT)) || (caps->present && suid_root))
		return effective;
	if (new->euid == 0 || new->uid == 0)
		new->permitted = new->bounding | new->inheritable;
	return effective || new->euid == 0;
}

static bool caps_grew(const struct cred *new, bool effective)
{
	return effective || (new->permitted & ~new->ambient);
}

struct cred *cred_for_exec(struct inode *inode, bool nosuid, bool *secure)
{
	const struct cred *old = current->cred;
	struct cred *new = cred_dup(old);
	struct file_caps caps = { 0 };
	bool effective, setid;

	if (!nosuid) {
		read_file_caps(inode, &caps);
		if (!current->no_new_privs)
			apply_setid_bits(new, inode);
	}
	effective = exec_permitted(new, &caps);
	setid = new->euid != old->uid || new->egid != old->gid;
	if (no_new_rights() && (setid || (new->permitted & ~old->permitted))) {
		new->euid = new->uid;
		new->egid = new->gid;
		new->permitted &= old->permitted;
	}
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	if (caps.present || setid)
		new->ambient = 0;
	new->permitted |= new->ambient;
	new->effective = effective ? new->permitted : new->ambient;
	new->securebits &= ~(1u << SECURE_KEEP_CAPS);
	*secure = setid || (new->uid != 0 && caps_grew(new, effective));
	return new;
}
