/*
 * User memory of the current task (or of another mm), reached through K's page tables and the
 * mapping of physmem: no host call on the way.  Faults pages in as the guest's own access would,
 * so all of these may sleep.  mm/uaccess.c
 *
 * The guest's other threads may change what is read at any time: copy once, check, then use.
 */
#ifndef UM_UACCESS_H
#define UM_UACCESS_H

#include "um/err.h"
#include "um/types.h"

struct mm;

/* 0 or -EFAULT; a part may have been copied. */
int copy_from_user(void *to, uaddr_t from, size_t n) __must_check;
int copy_to_user(uaddr_t to, const void *from, size_t n) __must_check;
int clear_user(uaddr_t to, size_t n) __must_check;
/* How many bytes were copied before the first bad address: for read and write's short counts. */
size_t copy_from_user_partial(void *to, uaddr_t from, size_t n);
size_t copy_to_user_partial(uaddr_t to, const void *from, size_t n);
/* The string's length without its NUL (size if it has none within size), or -EFAULT. */
long strncpy_from_user(char *to, uaddr_t from, size_t size);
/* A string of less than `max` bytes in a kmalloc'ed buffer; ERR_PTR(-EFAULT, -ENAMETOOLONG). */
char *strndup_user(uaddr_t from, size_t max);

#define get_user(x, uaddr) copy_from_user(&(x), (uaddr), sizeof(x))
#define put_user(x, uaddr)                                                                         \
	({                                                                                         \
		__typeof__(x) pu_value = (x);                                                      \
		copy_to_user((uaddr), &pu_value, sizeof(pu_value));                                \
	})

/* As above in another mm (ptrace, /proc/PID/mem, exec's new stack).  `force`: as ptrace does,
 * read and write also where the protection forbids it (writes break copy-on-write).  Count of
 * bytes done. */
size_t access_mm(struct mm *mm, uaddr_t addr, void *buf, size_t n, bool write, bool force);

/* K's own address of the user byte `addr` and, in *len (in/out), how much is contiguous there:
 * up to the page's end.  Faulted in for reading or writing.  NULL: -EFAULT.  Valid until the
 * caller sleeps. */
void *user_page(uaddr_t addr, bool write, size_t *len);

/* An atomic 32-bit compare-and-exchange on user memory, for futexes.  0 and *old, or -EFAULT. */
int cmpxchg_user_u32(uaddr_t addr, u32 *old, u32 new);

#endif
