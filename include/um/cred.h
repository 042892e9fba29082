/* Credentials: immutable once published; a change makes a copy.  kernel/cred.c
 * Rules: credentials(7), capabilities(7). */
#ifndef UM_CRED_H
#define UM_CRED_H

#include <linux/capability.h>
#include <linux/securebits.h>

#include "um/types.h"

typedef u64 kcap_t;	/* bit n is capability n */
#define CAP_FULL_SET ((1ULL << (CAP_LAST_CAP + 1)) - 1)
#define CAP_BIT(cap) (1ULL << (cap))

struct group_info {
	int refs;
	int count;
	gid_t gid[];	/* sorted */
};

struct cred {
	int refs;
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	kcap_t inheritable, permitted, effective, bounding, ambient;
	unsigned securebits;
	struct group_info *groups;
};

/* Ids of the calls whose ids have 16 bits: a larger one is shown as 65534, and 65535 is -1. */
#define OVERFLOW_ID 65534	/* /proc/sys/kernel/overflowuid */
static inline u16 id_to_16(u32 id)
{
	return id > 0xffff ? OVERFLOW_ID : (u16)id;
}

static inline u32 id_from_16(u16 id)
{
	return id == 0xffff ? (u32)-1 : id;
}

struct task;

struct cred *cred_get(struct cred *cred);
void cred_put(struct cred *cred);
struct cred *cred_dup(const struct cred *cred);	/* a private copy, refs 1, to change and commit */
void cred_commit(struct cred *new);		/* becomes current's; takes over the reference */
struct group_info *groups_alloc(int count);
void groups_put(struct group_info *groups);
struct group_info *groups_get(struct group_info *groups);
bool in_group(gid_t gid);			/* fsgid or a supplementary group of current */
bool in_egroup(gid_t gid);			/* egid or a supplementary group */
bool capable(int cap);				/* current's effective set */
bool cred_capable(const struct cred *cred, int cap);
/* May current signal / inspect `task`?  kill(2) and ptrace(2)'s access mode rules. */
bool may_signal(struct task *task, int sig);
bool may_inspect(struct task *task);
/* The credentials that running a file of this owner, mode and mount gives current; refs 1.
 * *secure: AT_SECURE is to be 1. */
struct inode;
struct cred *cred_for_exec(struct inode *inode, bool nosuid, bool *secure);

#define current_uid() (current->cred->uid)
#define current_euid() (current->cred->euid)
#define current_fsuid() (current->cred->fsuid)
#define current_fsgid() (current->cred->fsgid)
struct cred *cred_root(void);			/* user 0 with all capabilities; refs 1 */

#endif
