/*
 * The host's own vDSO, kept in spaces so that a guest reads the clocks as the host's programs do.
 * os/vdso.c
 *
 * Its code finds its data by distance, so all of its areas ([vvar]..., [vdso]) are moved together.
 */
#ifndef UM_OS_VDSO_H
#define UM_OS_VDSO_H

#include "um/types.h"

/* Bytes of address space that all areas take together; 0: there is none, or none that can be
 * moved. */
size_t os_vdso_size(void);
/* Moves this process's vDSO to `to`, page-aligned, with os_vdso_size() bytes free from there on
 * (-EEXIST if they are not).  Only for children that then call no clock function of the C library.
 * 0 or -errno. */
int os_vdso_move(unsigned long to);
/* Where the named function is in a process whose vDSO has been moved to `to`; 0: it has none.
 * Asked where it has not been moved. */
unsigned long os_vdso_function(const char *name, unsigned long to);
/* Tries on a throwaway child whether the function of this name, clock_gettime's, works at another
 * address and makes no system call.  0 or -errno, with *what set to what failed. */
int os_probe_vdso(const char *name, const char **what);

#endif
