/* Requests of ptrace(2) that not all CPUs' C libraries have: where the host does not know one it
 * says so.  After <sys/ptrace.h>. */
#ifndef OS_PTRACE_REQUESTS_H
#define OS_PTRACE_REQUESTS_H

#ifdef PT_SYSEMU
#define REQUEST_SYSEMU PTRACE_SYSEMU
#else
#define REQUEST_SYSEMU 31
#endif
#ifdef PT_SYSEMU_SINGLESTEP
#define REQUEST_SYSEMU_STEP PTRACE_SYSEMU_SINGLESTEP
#else
#define REQUEST_SYSEMU_STEP 32
#endif

#endif
