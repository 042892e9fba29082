/*
 * The guests' vDSO: a small ELF image that K maps into every process, where the C library finds
 * functions that read the clocks without a system call.  kernel/vdso.c, layer/vdso/
 *
 * The functions do not compute the time themselves: the host's own vDSO, which the gate has kept
 * in every space, reads the host's clock, and they add what the guest's differs by.  So what they
 * say is exactly what the system call would, which does the same in K.
 */
#ifndef UM_VDSO_H
#define UM_VDSO_H

#include "um/types.h"

/* Linux's tick with CONFIG_HZ=250, what the COARSE clocks and most CPU clocks advance by, ns. */
#define COARSE_NS 4000000

/* An amount of time: ns is 0 to 999999999, sec may be negative. */
struct vvar_offset {
	s64 sec, ns;
};

/* The data page before the image, which guests can only read. */
struct vvar {
	u32 seq;			/* odd while K changes the rest; differs afterwards */
	unsigned long host_clock_gettime; /* the host's function in this space; 0: make the call */
	struct vvar_offset mono, real;	/* the guest's clock minus the host's */
};

struct mm;

/* Maps data page and image into a new program's mm.  The image's address, 0 without a vDSO, or
 * -errno. */
long vdso_map(struct mm *mm);
/* The guest's clocks have been set: tells the data page. */
void vdso_update(void);

/* --- for gates.  At boot, before the first space is made: */

/* Bytes that the host's vDSO takes in a space, by os_vdso_move (os_vdso.h); 0: it is not to be
 * kept, since it does not work without system calls (logged) or is not wanted. */
size_t vdso_host_probe(void);
/* The gate has it at `start` in every space. */
void vdso_host_moved(unsigned long start, size_t size);

extern unsigned long vdso_host_start;
extern size_t vdso_host_size;
/*
 * Was the system call at ip made by the host's vDSO?  It makes one when it can no longer do
 * without (the host has changed to a clock that only its kernel reads).  To answer it would give
 * the guest's time to one who adds the difference once more: it gets ENOSYS, and our function,
 * to whom it returns that, makes the call itself.
 */
static inline bool vdso_host_call(unsigned long ip)
{
	return ip - vdso_host_start < vdso_host_size;
}

#endif
