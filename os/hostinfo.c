/* What the host says about itself, for guests to see. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "um/os.h"
#include "um/os_hostinfo.h"

ssize_t os_host_cpuinfo(char *buf, size_t size)
{
	int fd = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
	size_t done = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (done < size && (n = os_read(fd, buf + done, size - done)) > 0)
		done += (size_t)n;
	os_close(fd);
	return n < 0 ? n : (ssize_t)done;
}

int os_fd_count(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int count = -1;		/* its own */

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

int os_thread_count(void)
{
	struct stat st;

	/* A directory for each, beside . and .. */
	return stat("/proc/self/task", &st) ? -errno : (int)st.st_nlink - 2;
}
