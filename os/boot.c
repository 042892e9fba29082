/* What K asks of the host around its own start and end. */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

#include "um/os.h"

unsigned long os_auxval(unsigned long type)
{
	return getauxval(type);
}

struct backtrace {
	void *frame[64];
	int n;
};

static _Unwind_Reason_Code backtrace_add(struct _Unwind_Context *context, void *arg)
{
	struct backtrace *trace = arg;

	if (trace->n == 64)
		return _URC_END_OF_STACK;
	trace->frame[trace->n++] = (void *)_Unwind_GetIP(context);
	return _URC_NO_REASON;
}

/* Not backtrace(3), which loads a library when it is first called: by then K may not. */
void os_print_backtrace(void)
{
	struct backtrace trace = { .n = 0 };

	_Unwind_Backtrace(backtrace_add, &trace);
	backtrace_symbols_fd(trace.frame, trace.n, 2);
}

void os_debug_stop(void)
{
	fprintf(stderr, "um: pid %d waits for a debugger: gdb -p %d, then kill -CONT %d\n",
		getpid(), getpid(), getpid());
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

int os_make_dir(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

int os_pid_file_write(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	fprintf(file, "%d\n", getpid());
	return fclose(file) ? -errno : 0;
}

int os_pid_file_holder(const char *path)
{
	FILE *file = fopen(path, "re");
	int pid = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM) ? pid : 0;
}

void os_remove(const char *path)
{
	if (unlinkat(AT_FDCWD, path, 0))
		unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}
