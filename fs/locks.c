/*
 * Advisory locks: flock(2), POSIX record locks and open file description locks of fcntl(2).
 *
 * An inode's locks hang on a context made at the first one: flocks in one list; record locks in
 * another, sorted by start, those of one owner never overlapping or touching with the same type.
 * POSIX locks belong to a descriptor table, the others to an open file.
 *
 * A blocked request sleeps on the context's wait queue and tries again whenever something was
 * unlocked.  For POSIX locks it is on all_waiting meanwhile, where deadlocks are looked for.
 */
#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "locks.h"

/* In all, against a guest that wants K's memory; beyond it ENOLCK. */
#define LOCKS_MAX 65536
#define DEADLOCK_STEPS 100

struct file_lock {
	struct list_head node;
	bool flock, ofd;
	void *owner;		/* struct files, or struct file */
	int pid;		/* -1: ofd */
	int type;		/* F_RDLCK, F_WRLCK */
	loff_t start, end;	/* end inclusive; LLONG_MAX: to infinity */
};

struct file_lock_context {
	struct list_head flocks, records;
	struct wait_queue_head changed;
	struct inode *inode;
	struct list_head all_node;	/* all_contexts */
	int waiters;
};

/* A POSIX request that sleeps: whose it is and whom it waits for. */
struct waiting {
	struct list_head node;
	void *owner, *blocker;
};

static LIST_HEAD(all_contexts);
static LIST_HEAD(all_waiting);
static unsigned nr_locks;

static struct file_lock_context *context_of(struct inode *inode)
{
	struct file_lock_context *ctx = inode->locks;

	if (ctx)
		return ctx;
	ctx = kzalloc_type(struct file_lock_context);
	INIT_LIST_HEAD(&ctx->flocks);
	INIT_LIST_HEAD(&ctx->records);
	init_waitqueue_head(&ctx->changed);
	ctx->inode = inode;
	list_add_tail(&ctx->all_node, &all_contexts);
	inode->locks = ctx;
	return ctx;
}

static void lock_free(struct file_lock *lock)
{
	list_del(&lock->node);
	kfree(lock);
	nr_locks--;
}

/* At the inode's end; nobody has it open any more. */
void locks_free_context(struct inode *inode)
{
	struct file_lock_context *ctx = inode->locks;

	if (!ctx)
		return;
	while (!list_empty(&ctx->flocks))
		lock_free(list_first_entry(&ctx->flocks, struct file_lock, node));
	while (!list_empty(&ctx->records))
		lock_free(list_first_entry(&ctx->records, struct file_lock, node));
	list_del(&ctx->all_node);
	kfree(ctx);
	inode->locks = NULL;
}

static struct file_lock *lock_copy(const struct file_lock *from)
{
	struct file_lock *lock = kzalloc_type(struct file_lock);

	*lock = *from;
	INIT_LIST_HEAD(&lock->node);
	nr_locks++;
	return lock;
}

/* --- record locks */

static bool overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static bool record_conflict(const struct file_lock *a, const struct file_lock *b)
{
	return a->owner != b->owner && overlap(a, b) &&
	       (a->type == F_WRLCK || b->type == F_WRLCK);
}

static struct file_lock *find_conflict(struct file_lock_context *ctx, const struct file_lock *want)
{
	struct file_lock *l;

	list_for_each_entry(l, &ctx->records, node) {
		if (record_conflict(l, want))
			return l;
	}
	return NULL;
}

static void insert_sorted(struct file_lock_context *ctx, struct file_lock *lock)
{
	struct file_lock *l;

	list_for_each_entry(l, &ctx->records, node) {
		if (l->start > lock->start)
			break;
	}
	list_add_tail(&lock->node, &l->node);
}

/* Takes [want->start, want->end] away from the owner's lock, which may leave two pieces. */
static void cut_out(struct file_lock_context *ctx, struct file_lock *have,
		    const struct file_lock *want)
{
	struct file_lock *right;

	if (have->end > want->end) {
		right = lock_copy(have);
		right->start = want->end + 1;
		insert_sorted(ctx, right);
	}
	if (have->start < want->start)
		have->end = want->start - 1;
	else
		lock_free(have);
}

static bool touches(const struct file_lock *a, const struct file_lock *b)
{
	return (a->end == LLONG_MAX || a->end + 1 >= b->start) &&
	       (b->end == LLONG_MAX || b->end + 1 >= a->start);
}

/* Sets what no conflict forbids: replaces what the owner has in the range, merges neighbours of
 * the same type.  type F_UNLCK: only takes away. */
static void set_range(struct file_lock_context *ctx, const struct file_lock *want)
{
	struct file_lock *l, *next, merged = *want;

	list_for_each_entry_safe(l, next, &ctx->records, node) {
		if (l->owner != want->owner)
			continue;
		if (l->type == want->type && touches(l, &merged)) {
			merged.start = min(merged.start, l->start);
			merged.end = max(merged.end, l->end);
			lock_free(l);
		} else if (overlap(l, want)) {
			cut_out(ctx, l, want);
		}
	}
	if (want->type != F_UNLCK)
		insert_sorted(ctx, lock_copy(&merged));
	wake_up_all(&ctx->changed);
}

/* Would waiting for `blocker` close a circle back to `owner`? */
static bool would_deadlock(void *owner, void *blocker)
{
	int steps;

	for (steps = 0; steps < DEADLOCK_STEPS; steps++) {
		struct waiting *w, *found = NULL;

		if (blocker == owner)
			return true;
		list_for_each_entry(w, &all_waiting, node) {
			if (w->owner == blocker) {
				found = w;
				break;
			}
		}
		if (!found)
			return false;
		blocker = found->blocker;
	}
	return false;
}

static int wait_for_record(struct file_lock_context *ctx, const struct file_lock *want)
{
	struct waiting w = { .owner = want->owner };
	struct file_lock *conflict;
	int err = 0;

	INIT_LIST_HEAD(&w.node);
	ctx->waiters++;
	while (!err && (conflict = find_conflict(ctx, want))) {
		if (!want->ofd && !conflict->ofd && would_deadlock(want->owner, conflict->owner)) {
			err = -EDEADLK;
			break;
		}
		if (!want->ofd) {
			w.blocker = conflict->owner;
			list_add(&w.node, &all_waiting);
		}
		err = wait_event_interruptible(&ctx->changed,
					       find_conflict(ctx, want) != conflict);
		list_del(&w.node);
	}
	ctx->waiters--;
	return err;
}

static int set_record(struct inode *inode, const struct file_lock *want, bool wait)
{
	struct file_lock_context *ctx = context_of(inode);
	int err = 0;

	if (want->type != F_UNLCK && find_conflict(ctx, want))
		err = wait ? wait_for_record(ctx, want) : -EAGAIN;
	if (err)
		return err;
	if (nr_locks >= LOCKS_MAX)
		return -ENOLCK;
	set_range(ctx, want);
	return 0;
}

/* --- fcntl */

static int range_of(struct file *file, const struct klock *kl, struct file_lock *lock)
{
	loff_t start, end;

	switch (kl->whence) {
	case SEEK_SET:
		start = 0;
		break;
	case SEEK_CUR:
		start = file->pos;
		break;
	case SEEK_END:
		start = file->inode->size;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(start, kl->start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	end = LLONG_MAX;
	if (kl->len > 0 && __builtin_add_overflow(start, kl->len - 1, &end))
		return -EOVERFLOW;
	if (kl->len < 0) {
		end = start - 1;
		start += kl->len;
		if (start < 0)
			return -EINVAL;
	}
	lock->start = start;
	lock->end = end;
	return 0;
}

static int lock_from_user(struct file *file, const struct klock *kl, bool ofd,
			  struct file_lock *lock)
{
	*lock = (struct file_lock){ .type = kl->type, .ofd = ofd };
	INIT_LIST_HEAD(&lock->node);
	if (ofd && kl->pid)
		return -EINVAL;
	lock->owner = ofd ? (void *)file : (void *)current->files;
	lock->pid = ofd ? -1 : current->tgid;
	return range_of(file, kl, lock);
}

/* F_GETLK, F_OFD_GETLK: what is in the way of *kl, put into *kl. */
int fcntl_getlk(struct file *file, struct klock *kl, bool ofd)
{
	struct file_lock lock, *conflict;
	int err;

	if (kl->type != F_RDLCK && kl->type != F_WRLCK)
		return -EINVAL;
	err = lock_from_user(file, kl, ofd, &lock);
	if (err)
		return err;
	conflict = find_conflict(context_of(file->inode), &lock);
	if (!conflict) {
		kl->type = F_UNLCK;
		return 0;
	}
	kl->type = conflict->type;
	kl->whence = SEEK_SET;
	kl->start = conflict->start;
	kl->len = conflict->end == LLONG_MAX ? 0 : conflict->end - conflict->start + 1;
	kl->pid = conflict->pid;
	return 0;
}

/* F_SETLK and its relatives. */
int fcntl_setlk(struct file *file, const struct klock *kl, bool wait, bool ofd)
{
	struct file_lock lock;
	int err = lock_from_user(file, kl, ofd, &lock);

	if (err)
		return err;
	switch (kl->type) {
	case F_RDLCK:
		if (!(file->mode & FMODE_READ))
			return -EBADF;
		break;
	case F_WRLCK:
		if (!(file->mode & FMODE_WRITE))
			return -EBADF;
		break;
	case F_UNLCK:
		break;
	default:
		return -EINVAL;
	}
	return set_record(file->inode, &lock, wait);
}

static bool owner_has_records(const struct file_lock_context *ctx, const void *owner)
{
	const struct file_lock *l;

	list_for_each_entry(l, &ctx->records, node) {
		if (l->owner == owner)
			return true;
	}
	return false;
}

static void unlock_all_records(struct file *file, void *owner)
{
	struct file_lock all = { .type = F_UNLCK, .owner = owner, .end = LLONG_MAX };
	struct file_lock_context *ctx = file->inode ? file->inode->locks : NULL;

	if (ctx && owner_has_records(ctx, owner))
		set_range(ctx, &all);
}

/* A descriptor was closed: the table's POSIX locks on the file go. */
void locks_remove_posix(struct file *file, struct files *owner)
{
	unlock_all_records(file, owner);
}

/* --- flock */

static bool flock_conflict(struct file_lock_context *ctx, const void *owner, int type)
{
	struct file_lock *l;

	list_for_each_entry(l, &ctx->flocks, node) {
		if (l->owner != owner && (l->type == F_WRLCK || type == F_WRLCK))
			return true;
	}
	return false;
}

static struct file_lock *flock_of(struct file_lock_context *ctx, const void *owner)
{
	struct file_lock *l;

	list_for_each_entry(l, &ctx->flocks, node) {
		if (l->owner == owner)
			return l;
	}
	return NULL;
}

static int flock_lock(struct file *file, int type, bool wait)
{
	struct file_lock_context *ctx = context_of(file->inode);
	struct file_lock *lock = flock_of(ctx, file);
	struct file_lock want = { .flock = true, .owner = file, .type = type,
				  .pid = current->tgid, .end = LLONG_MAX };
	int err = 0;

	if (lock && lock->type == type)
		return 0;
	/* A conversion is not atomic: the old lock goes first, as flock(2) warns. */
	if (lock) {
		lock_free(lock);
		wake_up_all(&ctx->changed);
	}
	if (flock_conflict(ctx, file, type)) {
		if (!wait)
			return -EAGAIN;
		ctx->waiters++;
		err = wait_event_interruptible(&ctx->changed, !flock_conflict(ctx, file, type));
		ctx->waiters--;
	}
	if (err)
		return err;
	if (nr_locks >= LOCKS_MAX)
		return -ENOLCK;
	lock = flock_of(ctx, file);
	if (lock)
		lock_free(lock);
	list_add_tail(&lock_copy(&want)->node, &ctx->flocks);
	return 0;
}

static int flock_unlock(struct file *file)
{
	struct file_lock_context *ctx = file->inode->locks;
	struct file_lock *lock = ctx ? flock_of(ctx, file) : NULL;

	if (lock) {
		lock_free(lock);
		wake_up_all(&ctx->changed);
	}
	return 0;
}

/* The open file goes: with it its flock and its description's record locks. */
void locks_remove_file(struct file *file)
{
	if (!file->inode->locks)
		return;
	unlock_all_records(file, file);
	flock_unlock(file);
}

static long do_flock(struct file *file, int op)
{
	bool wait = !(op & LOCK_NB);

	if (op & LOCK_UN)
		return flock_unlock(file);
	if (!(file->mode & (FMODE_READ | FMODE_WRITE)))
		return -EBADF;
	return flock_lock(file, op & LOCK_EX ? F_WRLCK : F_RDLCK, wait);
}

SYSCALL_DEFINE2(flock, A_FD, int, fd, A_HEX, int, op)
{
	struct file *file;
	int cmd = op & ~LOCK_NB;
	long err;

	if (cmd != LOCK_SH && cmd != LOCK_EX && cmd != LOCK_UN)
		return -EINVAL;
	file = fget_io(fd);
	if (!file)
		return -EBADF;
	err = do_flock(file, op);
	fput(file);
	return err;
}

/* --- /proc/locks */

static void show_lock(struct seq_file *m, const struct file_lock *l, const struct inode *inode,
		      int id)
{
	seq_printf(m, "%d: %s  ADVISORY  %s %d %02x:%02x:%llu %lld ", id,
		   l->flock ? "FLOCK" : l->ofd ? "OFDLCK" : "POSIX",
		   l->type == F_WRLCK ? "WRITE" : "READ ", l->pid, MAJOR(inode->sb->dev),
		   MINOR(inode->sb->dev), (unsigned long long)inode->ino, (long long)l->start);
	if (l->end == LLONG_MAX)
		seq_puts(m, "EOF\n");
	else
		seq_printf(m, "%lld\n", (long long)l->end);
}

void show_locks(struct seq_file *m)
{
	struct file_lock_context *ctx;
	struct file_lock *l;
	int id = 0;

	list_for_each_entry(ctx, &all_contexts, all_node) {
		list_for_each_entry(l, &ctx->flocks, node)
			show_lock(m, l, ctx->inode, ++id);
		list_for_each_entry(l, &ctx->records, node)
			show_lock(m, l, ctx->inode, ++id);
	}
}
