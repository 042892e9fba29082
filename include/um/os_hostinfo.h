/* What the host says about itself.  os/hostinfo.c */
#ifndef UM_OS_HOSTINFO_H
#define UM_OS_HOSTINFO_H

#include "um/types.h"

/* The beginning of the host's /proc/cpuinfo: bytes (size: there may be more), or -errno. */
ssize_t os_host_cpuinfo(char *buf, size_t size);

/* How many open descriptors and how many threads K has; -errno where the host does not say. */
int os_fd_count(void);
int os_thread_count(void);

#endif
