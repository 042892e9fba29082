/* The boot command line's decisions that other parts read.  kernel/main.c fills it. */
#ifndef UM_BOOT_H
#define UM_BOOT_H

#include "um/types.h"

struct boot_options {
	u64 mem;			/* mem= */
	const char *root;		/* root= / rootflags=: a host directory */
	const char *rootfstype;
	const char *rootflags;
	bool root_ro;
	const char *init;		/* init= */
	char **init_argv;		/* words that are no switch; NULL-terminated */
	char **init_envp;
	bool quiet, debugtrace;
	const char *hostname;
	const char *umid;
	const char *strace_file;
	/* um run */
	bool run;			/* `um run`: argv[0] of init_argv is the command */
	bool run_volatile;
	const char *run_cwd;
	uid_t run_uid;
	gid_t run_gid;
	struct run_bind {
		const char *host, *guest;
	} *binds;
	int nr_binds;
};

extern struct boot_options boot;
extern char saved_command_line[];	/* /proc/cmdline */

/* Ends um: guest's sync, terminal restored, all host processes gone.  status is um's exit
 * status. */
void kernel_shutdown(int status) __noreturn;	/* on a fiber: sleeps */
void kernel_shutdown_soon(int status);		/* the same from anywhere, in a thread of its own */

#endif
