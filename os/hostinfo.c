/* What the host says about itself, for guests to see. */
#include <errno.h>
#include <fcntl.h>
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
