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
	remove(path);
}
