/* The capability operations of prctl(2): kernel/capability.c, called by kernel/prctl.c. */
#ifndef KERNEL_CAPABILITY_H
#define KERNEL_CAPABILITY_H

#include <linux/prctl.h>

long prctl_capbset_read(unsigned long cap);
long prctl_capbset_drop(unsigned long cap);
long prctl_set_securebits(unsigned long bits);
long prctl_set_keepcaps(unsigned long keep);
long prctl_cap_ambient(unsigned long op, unsigned long cap);

#endif
