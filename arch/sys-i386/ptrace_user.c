/* i386: a stopped thread's registers.  Its TLS descriptors go with them, when it does not have
 * them yet: a task keeps its host thread until exec, which begins with fresh registers. */
#include <errno.h>
#include <sys/ptrace.h>

#include "sysdep/ptrace_user.h"
#include "sysdep/tls.h"

/* The descriptors are what they were: nobody changes them but K.  A program can load selectors in
 * forms that PTRACE_SETREGS refuses; their lowest bits make no difference in user code. */
int ptrace_getregs(long pid, struct sys_pt_regs *regs_out)
{
	unsigned long *regs = regs_out->regs;

	regs[HOST_TLS_OWNER] = (unsigned long)pid;
	if (ptrace(PTRACE_GETREGS, pid, 0, regs_out))
		return -errno;
	for (int i = HOST_DS; i <= HOST_GS; i++)
		regs[i] = (regs[i] & 0xffff) > 3 ? regs[i] | 3 : 0;
	return 0;
}

static int set_descriptors(long pid, const unsigned long *words)
{
	struct tls_desc desc;

	for (unsigned i = 0; i < TLS_ENTRIES; i++) {
		tls_unpack(&desc, tls_first_entry() + i, words[2 * i], words[2 * i + 1]);
		if (ptrace(PTRACE_SET_THREAD_AREA, pid, (long)desc.entry, &desc))
			return -errno;
	}
	return 0;
}

int ptrace_setregs(long pid, struct sys_pt_regs *regs)
{
	unsigned long *owner = &regs->regs[HOST_TLS_OWNER];

	if (*owner != -1UL && *owner != (unsigned long)pid) {
		int err = set_descriptors(pid, &regs->regs[HOST_TLS]);

		if (err)
			return err;
		*owner = (unsigned long)pid;
	}
	return ptrace(PTRACE_SETREGS, pid, 0, regs) ? -errno : 0;
}
