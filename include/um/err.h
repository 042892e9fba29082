/* Errors: functions return 0 (or a count) or -errno; pointers carry -errno by ERR_PTR. */
#ifndef UM_ERR_H
#define UM_ERR_H

#include "um/types.h"

#define MAX_ERRNO 4095

/* Never seen by a guest: how a call that a signal cut short wants to go on.  The numbers are
 * Linux's, since strace and guest ptrace show them. */
#define ERESTARTSYS 512		  /* restart if SA_RESTART, else EINTR */
#define ERESTARTNOINTR 513	  /* always restart */
#define ERESTARTNOHAND 514	  /* restart if no handler ran, else EINTR */
#define ERESTART_RESTARTBLOCK 516 /* go on through restart_syscall, else EINTR */
#define ENOIOCTLCMD 515		  /* this ioctl is not for this driver; becomes ENOTTY */
#define ENOTSUPP 524		  /* internal: not offered here */

static inline void *ERR_PTR(long err)
{
	return (void *)err;
}

static inline long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(const void *ptr)
{
	return (unsigned long)ptr >= (unsigned long)-MAX_ERRNO;
}

static inline bool IS_ERR_OR_NULL(const void *ptr)
{
	return !ptr || IS_ERR(ptr);
}

#endif
