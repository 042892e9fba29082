/*
 * The host interface: everything K asks of the host goes through os_ functions, in os/.  They
 * return -errno, loop on EINTR inside, and have no C library type in their signature.  Larger
 * areas have headers of their own: os_event.h, os_file.h, os_process.h, os_tty.h.
 */
#ifndef UM_OS_H
#define UM_OS_H

#include "um/types.h"

/* --- os/mem.c */
int os_memfd(const char *name, u64 size);			/* a descriptor, close-on-exec */
void *os_map_shared(int fd, u64 offset, size_t len, bool write);	/* ERR_PTR */
void *os_map_private(size_t len);				/* zeroed; ERR_PTR */
int os_unmap(void *addr, size_t len);
/* True: nothing of K was mapped there, and nothing will be until os_unmap. */
bool os_range_reserve(unsigned long addr, size_t len);
/* Where the addresses of host processes end; `usual` is looked at first. */
unsigned long os_task_top(unsigned long usual);
int os_protect_none(void *addr, size_t len);
int os_release_range(int memfd, u64 offset, u64 len);	/* gives the pages back to the host */
size_t os_page_size(void);
u64 os_resident_bytes(void);				/* of K */

/* --- os/time.c: nanoseconds */
u64 os_clock_mono(void);
u64 os_clock_real(void);
u64 os_clock_real_coarse(void);					/* in ticks of the host */
u64 os_clock_cpu(void);						/* K's own CPU time */
void os_sleep_ns(u64 ns);

/* --- os/main.c and friends */
void os_exit(int status) __noreturn;				/* exits at once */
void os_abort(void) __noreturn;
int os_pid(void);
void os_random(void *buf, size_t n);
int os_cpu_count(void);
void os_write_stderr(const char *s, size_t n);
ssize_t os_read(int fd, void *buf, size_t n);			/* -EAGAIN when it would block */
ssize_t os_write(int fd, const void *buf, size_t n);
int os_close(int fd);
u64 os_host_memory(void);				/* bytes of RAM of the host */
const char *os_getenv(const char *name);
int os_uname(char *release, size_t n, char *machine, size_t m);	/* the host's */
unsigned long os_auxval(unsigned long type);		/* getauxval(3): 0 if absent */
void os_print_backtrace(void);				/* of the running stack, to stderr */
int os_dir_check(const char *path);			/* 0: a directory that K may enter */
int os_create_log(const char *path);			/* a descriptor: a new, empty file */
int os_make_dir(const char *path);			/* 0 also if it is there */
int os_pid_file_write(const char *path);
int os_pid_file_holder(const char *path);		/* a living process it names, or 0 */
void os_remove(const char *path);			/* a file or an empty directory */
void os_debug_stop(void);				/* waits for a debugger to attach */
const char *os_strerror(int err);
void os_raise_fd_limit(void);

#endif
