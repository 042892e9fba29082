/* capget(2), capset(2), and the prctl(2) operations on capabilities. */
#include "capability.h"

#include "um/cred.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

/* How many 32-bit parts the header's version has; a wrong version is answered with ours. */
static int cap_version(uaddr_t uheader, struct __user_cap_header_struct *header)
{
	const u32 preferred = _LINUX_CAPABILITY_VERSION_3;

	if (copy_from_user(header, uheader, sizeof(*header)))
		return -EFAULT;
	switch (header->version) {
	case _LINUX_CAPABILITY_VERSION_1:
		return _LINUX_CAPABILITY_U32S_1;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		return _LINUX_CAPABILITY_U32S_3;
	}
	return put_user(preferred, uheader) ? -EFAULT : -EINVAL;
}

SYSCALL_DEFINE2(capget, A_PTR, uaddr_t, uheader, A_PTR, uaddr_t, udata)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_header_struct header;
	const struct cred *cred;
	struct task *task;
	int i, parts = cap_version(uheader, &header);

	if (parts < 0)
		return !udata && parts == -EINVAL ? 0 : parts;
	if (header.pid < 0)
		return -EINVAL;
	task = header.pid ? find_task(header.pid) : current;
	if (!task)
		return -ESRCH;
	if (!udata)
		return 0;
	cred = task->cred;
	for (i = 0; i < parts; i++) {
		data[i].effective = (u32)(cred->effective >> (32 * i));
		data[i].permitted = (u32)(cred->permitted >> (32 * i));
		data[i].inheritable = (u32)(cred->inheritable >> (32 * i));
	}
	return copy_to_user(udata, data, (size_t)parts * sizeof(data[0]));
}

static bool subset(kcap_t a, kcap_t of)
{
	return !(a & ~of);
}

static long change_caps(kcap_t effective, kcap_t permitted, kcap_t inheritable)
{
	const struct cred *old = current->cred;
	struct cred *new;

	if (!cred_capable(old, CAP_SETPCAP) &&
	    !subset(inheritable, old->inheritable | old->permitted))
		return -EPERM;
	if (!subset(inheritable, old->inheritable | old->bounding) ||
	    !subset(permitted, old->permitted) || !subset(effective, permitted))
		return -EPERM;
	new = cred_dup(old);
	new->effective = effective;
	new->permitted = permitted;
	new->inheritable = inheritable;
	new->ambient &= permitted & inheritable;
	cred_commit(new);
	return 0;
}

SYSCALL_DEFINE2(capset, A_PTR, uaddr_t, uheader, A_PTR, uaddr_t, udata)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_header_struct header;
	kcap_t effective = 0, permitted = 0, inheritable = 0;
	int i, parts = cap_version(uheader, &header);

	if (parts < 0)
		return parts;
	if (header.pid && header.pid != current->pid)
		return -EPERM;
	if (copy_from_user(data, udata, (size_t)parts * sizeof(data[0])))
		return -EFAULT;
	for (i = 0; i < parts; i++) {
		effective |= (kcap_t)data[i].effective << (32 * i);
		permitted |= (kcap_t)data[i].permitted << (32 * i);
		inheritable |= (kcap_t)data[i].inheritable << (32 * i);
	}
	return change_caps(effective & CAP_FULL_SET, permitted & CAP_FULL_SET,
			   inheritable & CAP_FULL_SET);
}

long prctl_capbset_read(unsigned long cap)
{
	if (!cap_valid(cap))
		return -EINVAL;
	return !!(current->cred->bounding & CAP_BIT(cap));
}

long prctl_capbset_drop(unsigned long cap)
{
	struct cred *new;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (!cap_valid(cap))
		return -EINVAL;
	new = cred_dup(current->cred);
	new->bounding &= ~CAP_BIT(cap);
	cred_commit(new);
	return 0;
}

/* securebits: locked bits stay, locks stay locked, and only CAP_SETPCAP may change any. */
long prctl_set_securebits(unsigned long bits)
{
	unsigned old = current->cred->securebits, changed = old ^ (unsigned)bits;
	struct cred *new;

	if ((((old & SECURE_ALL_LOCKS) >> 1) & changed) || (old & SECURE_ALL_LOCKS & ~bits) ||
	    (bits & ~(unsigned long)(SECURE_ALL_LOCKS | SECURE_ALL_BITS)) ||
	    !capable(CAP_SETPCAP))
		return -EPERM;
	new = cred_dup(current->cred);
	new->securebits = (unsigned)bits;
	cred_commit(new);
	return 0;
}

long prctl_set_keepcaps(unsigned long keep)
{
	struct cred *new;

	if (keep > 1)
		return -EINVAL;
	if (current->cred->securebits & (1 << SECURE_KEEP_CAPS_LOCKED))
		return -EPERM;
	new = cred_dup(current->cred);
	new->securebits &= ~(1u << SECURE_KEEP_CAPS);
	if (keep)
		new->securebits |= 1u << SECURE_KEEP_CAPS;
	cred_commit(new);
	return 0;
}

static long change_ambient(bool raise, unsigned long cap)
{
	const struct cred *old = current->cred;
	struct cred *new;

	if (raise && (!(old->permitted & old->inheritable & CAP_BIT(cap)) ||
		      (old->securebits & (1 << SECURE_NO_CAP_AMBIENT_RAISE))))
		return -EPERM;
	new = cred_dup(old);
	if (raise)
		new->ambient |= CAP_BIT(cap);
	else
		new->ambient &= ~CAP_BIT(cap);
	cred_commit(new);
	return 0;
}

long prctl_cap_ambient(unsigned long op, unsigned long cap)
{
	struct cred *new;

	if (op == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (cap)
			return -EINVAL;
		new = cred_dup(current->cred);
		new->ambient = 0;
		cred_commit(new);
		return 0;
	}
	if (!cap_valid(cap))
		return -EINVAL;
	switch (op) {
	case PR_CAP_AMBIENT_IS_SET:
		return !!(current->cred->ambient & CAP_BIT(cap));
	case PR_CAP_AMBIENT_RAISE:
		return change_ambient(true, cap);
	case PR_CAP_AMBIENT_LOWER:
		return change_ambient(false, cap);
	}
	return -EINVAL;
}
