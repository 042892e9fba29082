/* Small questions to the host, and the plainest operations on its descriptors. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "um/os.h"

void os_exit(int status)
{
	_exit(status);
}

void os_abort(void)
{
	abort();
}

int os_pid(void)
{
	return getpid();
}

void os_random(void *buf, size_t n)
{
	char *p = buf;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0) {
			if (errno == EINTR)
				continue;
			abort();
		}
		p += got;
		n -= got;
	}
}

/* How many CPUs K may use.  Asked once: K later ties itself to one. */
int os_cpu_count(void)
{
	static int count;
	cpu_set_t set;

	if (!count) {
		count = 1;
		if (!sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) > 0)
			count = CPU_COUNT(&set);
	}
	return count;
}

/* Everything, as far as it can be written; there is nobody to tell of an error. */
void os_write_stderr(const char *s, size_t n)
{
	while (n) {
		ssize_t done = write(STDERR_FILENO, s, n);

		if (done < 0 && errno != EINTR)
			return;
		if (done > 0) {
			s += done;
			n -= done;
		}
	}
}

ssize_t os_read(int fd, void *buf, size_t n)
{
	ssize_t done;

	do
		done = read(fd, buf, n);
	while (done < 0 && errno == EINTR);
	return done < 0 ? -errno : done;
}

ssize_t os_write(int fd, const void *buf, size_t n)
{
	ssize_t done;

	do
		done = write(fd, buf, n);
	while (done < 0 && errno == EINTR);
	return done < 0 ? -errno : done;
}

/* Not repeated on EINTR: Linux has closed the descriptor then. */
int os_close(int fd)
{
	return close(fd) && errno != EINTR ? -errno : 0;
}

u64 os_host_memory(void)
{
	return (u64)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
}

const char *os_getenv(const char *name)
{
	return getenv(name);
}

static void copy_string(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	to[n] = 0;
}

int os_uname(char *release, size_t n, char *machine, size_t m)
{
	struct utsname uts;

	if (uname(&uts))
		return -errno;
	copy_string(release, uts.release, n);
	copy_string(machine, uts.machine, m);
	return 0;
}

/* For an errno, of either sign. */
const char *os_strerror(int err)
{
	return strerror(err < 0 ? -err : err);
}

void os_raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}
