/*
 * fcntl's record locks.  A user's lock has offsets of longs, and 64-bit ones in the commands of
 * 32-bit CPUs' fcntl64: those of their own, and the ones for open file descriptions.
 */
#include "um/sched.h"
#include "um/uaccess.h"
#include "locks.h"

/* 64-bit CPUs' headers do not name them. */
#ifndef F_GETLK64
#define F_GETLK64 F_GETLK
#define F_SETLK64 F_SETLK
#define F_SETLKW64 F_SETLKW
#endif

struct lock_cmd {
	bool get, wait;
	bool ofd;	/* owned by the open file description */
	bool wide;	/* struct flock64 */
};

static bool is_ofd(unsigned cmd)
{
	return cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
}

static bool is_wide(unsigned cmd)
{
	return is_ofd(cmd) || cmd == F_GETLK64 || cmd == F_SETLK64 || cmd == F_SETLKW64;
}

bool fcntl_needs_64(unsigned cmd)
{
	return sizeof(long) < sizeof(loff_t) && is_wide(cmd);
}

static bool parse_cmd(struct lock_cmd *lc, unsigned cmd)
{
	bool get = cmd == F_GETLK || cmd == F_GETLK64 || cmd == F_OFD_GETLK;
	bool set = cmd == F_SETLK || cmd == F_SETLK64 || cmd == F_OFD_SETLK;
	bool wait = cmd == F_SETLKW || cmd == F_SETLKW64 || cmd == F_OFD_SETLKW;

	*lc = (struct lock_cmd){ .get = get, .wait = wait, .ofd = is_ofd(cmd),
				 .wide = is_wide(cmd) };
	return get || set || wait;
}

/* Two structures with the same fields. */
#define LOCK_FROM_USER(kl, fl)                                                                     \
	(*(kl) = (struct klock){ .type = (fl).l_type, .whence = (fl).l_whence, .pid = (fl).l_pid,  \
				 .start = (fl).l_start, .len = (fl).l_len })

static int get_klock(struct klock *kl, uaddr_t arg, bool wide)
{
	struct flock64 fl64;
	struct flock fl;

	if (wide ? get_user(fl64, arg) : get_user(fl, arg))
		return -EFAULT;
	if (wide)
		LOCK_FROM_USER(kl, fl64);
	else
		LOCK_FROM_USER(kl, fl);
	return 0;
}

/* What is not set stays as the user had it, padding included. */
#define LOCK_TO_USER(arg, fl, kl)                                                                  \
	do {                                                                                       \
		if (get_user(fl, arg))                                                             \
			return -EFAULT;                                                            \
		(fl).l_type = (kl)->type;                                                          \
		if ((kl)->type != F_UNLCK) {                                                       \
			(fl).l_whence = (kl)->whence;                                              \
			(fl).l_start = (__typeof__((fl).l_start))(kl)->start;                      \
			(fl).l_len = (__typeof__((fl).l_len))(kl)->len;                            \
			(fl).l_pid = (kl)->pid;                                                    \
			if ((fl).l_start != (kl)->start || (fl).l_len != (kl)->len)                \
				return -EOVERFLOW;                                                 \
		}                                                                                  \
		return put_user(fl, arg);                                                          \
	} while (0)

static int put_klock64(uaddr_t arg, const struct klock *kl)
{
	struct flock64 fl;

	LOCK_TO_USER(arg, fl, kl);
}

static int put_klock(uaddr_t arg, const struct klock *kl)
{
	struct flock fl;

	LOCK_TO_USER(arg, fl, kl);
}

static long lock_get(struct file *file, struct klock *kl, uaddr_t arg, const struct lock_cmd *lc)
{
	int err = fcntl_getlk(file, kl, lc->ofd);

	if (err)
		return err;
	return lc->wide ? put_klock64(arg, kl) : put_klock(arg, kl);
}

static long lock_set(int fd, struct file *file, const struct klock *kl, const struct lock_cmd *lc)
{
	struct file *now;
	int err = fcntl_setlk(file, kl, lc->wait, lc->ofd);

	if (err || lc->ofd)
		return err;
	/* Another thread may have closed the descriptor meanwhile: then the lock goes too. */
	now = fget(fd);
	if (now != file)
		locks_remove_posix(file, current->files);
	if (now)
		fput(now);
	return now == file ? 0 : -EBADF;
}

long fcntl_lock(int fd, struct file *file, unsigned cmd, uaddr_t arg)
{
	struct lock_cmd lc;
	struct klock kl;

	if (!parse_cmd(&lc, cmd))
		return -EINVAL;
	if (get_klock(&kl, arg, lc.wide))
		return -EFAULT;
	return lc.get ? lock_get(file, &kl, arg, &lc) : lock_set(fd, file, &kl, &lc);
}
