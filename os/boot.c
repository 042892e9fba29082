/* What K asks of the host around its own start and end. */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "um/os.h"

unsigned long os_auxval(unsigned long type)
{
	return getauxval(type);
}

void os_print_backtrace(void)
{
	void *frames[64];
	int n = backtrace(frames, 64);

	backtrace_symbols_fd(frames, n, 2);
}

void os_debug_stop(void)
{
	fprintf(stderr, "um: pid %d waits for a debugger: gdb -p %d, then `signal SIGCONT`\n",
		getpid(), getpid());
	raise(SIGSTOP);
}

int os_dir_check(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return access(path, X_OK) ? -errno : 0;
}

int os_create_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);

	return fd < 0 ? -errno : fd;
}
