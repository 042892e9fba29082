/*
 * Calls that reach other processes through a descriptor or a pid, and small
 * calls of one row: pidfd_getfd, kcmp, process_madvise, process_mrelease,
 * setns, pkey_*, sysfs.
 */
#include "child.h"

#include <linux/kcmp.h>
#include <sys/uio.h>

#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

static int pidfd_of(pid_t pid)
{
	return OK(syscall(SYS_pidfd_open, pid, 0));
}

static long kcmp(pid_t a, pid_t b, int type, unsigned long x, unsigned long y)
{
	return syscall(SYS_kcmp, a, b, type, x, y);
}

/* A child that waits to be killed, with what was opened before. */
static pid_t sleeper(void)
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static void end_sleeper(pid_t pid)
{
	OK(kill(pid, SIGKILL));
	EQ(abi_wait(pid), SIGKILL);
}

static void getfd(void)
{
	int pipes[2], pidfd, taken;
	pid_t pid;
	char c;

	OK(pipe(pipes));
	pid = sleeper();
	pidfd = pidfd_of(pid);
	taken = OK(syscall(SYS_pidfd_getfd, pidfd, pipes[1], 0));
	EQ(fcntl(taken, F_GETFD), FD_CLOEXEC);
	EQ(write(taken, "x", 1), 1);
	EQ(read(pipes[0], &c, 1), 1);
	FAILS(EINVAL, syscall(SYS_pidfd_getfd, pidfd, pipes[1], 1));
	FAILS(EBADF, syscall(SYS_pidfd_getfd, pidfd, 1000, 0));
	FAILS(EBADF, syscall(SYS_pidfd_getfd, pidfd, -1, 0));
	FAILS(EBADF, syscall(SYS_pidfd_getfd, -1, 0, 0));
	FAILS(EBADF, syscall(SYS_pidfd_getfd, pipes[0], 0, 0));
	end_sleeper(pid);
	FAILS(ESRCH, syscall(SYS_pidfd_getfd, pidfd, pipes[1], 0));
}

static void getfd_of_others(void)
{
	pid_t pid, child;
	int pidfd, status;

	if (geteuid() != 0)
		abi_skip("needs root");
	pid = sleeper();
	pidfd = pidfd_of(pid);
	child = OK(fork());
	if (child == 0) {
		drop_root();
		FAILS(EPERM, syscall(SYS_pidfd_getfd, pidfd, 0, 0));
		FAILS(EPERM, kcmp(getpid(), pid, KCMP_VM, 0, 0));
		_exit(0);
	}
	status = abi_wait(child);
	end_sleeper(pid);
	child_good(status);
}

static void compare(void)
{
	pid_t self = getpid(), pid;
	int a = OK(open("/dev/null", O_RDONLY)), b = OK(dup(a));
	int c = OK(open("/dev/null", O_RDONLY));
	long order;

	EQ(kcmp(self, self, KCMP_VM, 0, 0), 0);
	EQ(kcmp(self, self, KCMP_FILE, a, b), 0);
	order = kcmp(self, self, KCMP_FILE, a, c);
	CHECK(order == 1 || order == 2);
	EQ(kcmp(self, self, KCMP_FILE, c, a), 3 - order);
	FAILS(EBADF, kcmp(self, self, KCMP_FILE, a, 1000));
	FAILS(EINVAL, kcmp(self, self, 100, 0, 0));
	FAILS(EINVAL, kcmp(self, self, -1, 0, 0));
	FAILS(ESRCH, kcmp(self, 0x7ffffff0, KCMP_VM, 0, 0));
	pid = sleeper();
	EQ(kcmp(self, pid, KCMP_FILE, a, b), 0);
	CHECK(kcmp(self, pid, KCMP_VM, 0, 0) > 0);
	CHECK(kcmp(self, pid, KCMP_FILES, 0, 0) > 0);
	CHECK(kcmp(self, pid, KCMP_FS, 0, 0) > 0);
	CHECK(kcmp(self, pid, KCMP_SIGHAND, 0, 0) > 0);
	end_sleeper(pid);
}

static void advise(void)
{
	size_t size = page_size();
	char *mem =
		mmap(NULL, 4 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec vec[2] = { { mem, size }, { mem + 2 * size, size } };
	pid_t pid;
	int fd;

	memset(mem, 'x', 4 * size);
	pid = sleeper();
	fd = pidfd_of(pid);
	FAILS(EINVAL, syscall(SYS_process_madvise, fd, vec, 2, MADV_COLD, 1));
	FAILS(EBADF, syscall(SYS_process_madvise, -1, vec, 2, MADV_COLD, 0));
	FAILS(EBADF, syscall(SYS_process_madvise, 0, vec, 2, MADV_COLD, 0));
	FAILS(EFAULT, syscall(SYS_process_madvise, fd, bad_ptr(), 2, MADV_COLD, 0));
	if (has_cap(23)) {
		EQ(syscall(SYS_process_madvise, fd, vec, 2, MADV_COLD, 0), 2 * size);
		EQ(syscall(SYS_process_madvise, fd, vec, 1, MADV_WILLNEED, 0), size);
		EQ(syscall(SYS_process_madvise, fd, vec, 0, MADV_COLD, 0), 0);
		OK(munmap(mem + 2 * size, size));
		FAILS(EINVAL, syscall(SYS_process_madvise, fd, vec, 2, MADV_DONTNEED, 0));
		vec[1].iov_base = mem + 1;
		EQ(syscall(SYS_process_madvise, fd, vec, 2, MADV_COLD, 0), size);
	} else {
		FAILS(EPERM, syscall(SYS_process_madvise, fd, vec, 2, MADV_COLD, 0));
	}
	end_sleeper(pid);
	FAILS(ESRCH, syscall(SYS_process_madvise, fd, vec, 2, MADV_COLD, 0));
}

static void release(void)
{
	pid_t pid = sleeper();
	int fd = pidfd_of(pid);

	FAILS(EINVAL, syscall(SYS_process_mrelease, fd, 1));
	FAILS(EBADF, syscall(SYS_process_mrelease, -1, 0));
	FAILS(EBADF, syscall(SYS_process_mrelease, 0, 0));
	FAILS(EINVAL, syscall(SYS_process_mrelease, fd, 0));
	end_sleeper(pid);
	FAILS(ESRCH, syscall(SYS_process_mrelease, fd, 0));
}

static void enter_own(void)
{
	int fd = pidfd_of(getpid()), null = OK(open("/dev/null", O_RDONLY));

	FAILS(EBADF, syscall(SYS_setns, -1, 0));
	FAILS(EINVAL, syscall(SYS_setns, null, 0));
	FAILS(EINVAL, syscall(SYS_setns, null, CLONE_NEWUTS));
	FAILS(EINVAL, syscall(SYS_setns, fd, 0));
	FAILS(EINVAL, syscall(SYS_setns, fd, CLONE_VM));
	FAILS(EINVAL, syscall(SYS_setns, fd, CLONE_NEWUSER));
	if (has_cap(21))
		OK(syscall(SYS_setns, fd, CLONE_NEWUTS | CLONE_NEWIPC));
	else
		FAILS(EPERM, syscall(SYS_setns, fd, CLONE_NEWUTS | CLONE_NEWIPC));
}

static void keys(void)
{
	size_t size = page_size();
	char *mem = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	FAILS(EINVAL, syscall(SYS_pkey_alloc, 1, 0));
	FAILS(EINVAL, syscall(SYS_pkey_alloc, 0, 4));
	FAILS(EINVAL, syscall(SYS_pkey_free, 14));
	FAILS(EINVAL, syscall(SYS_pkey_free, -1));
	FAILS(EINVAL, syscall(SYS_pkey_mprotect, mem, size, PROT_READ, 14));
	FAILS(EINVAL, syscall(SYS_pkey_mprotect, mem + 1, size, PROT_READ, -1));
	OK(syscall(SYS_pkey_mprotect, mem, size, PROT_READ | PROT_WRITE, -1));
	mem[0] = 'x';
	OK(syscall(SYS_pkey_mprotect, mem, size, PROT_READ, -1));
	EQ(touch(mem, true), SIGSEGV);
}

static void fs_types(void)
{
#ifdef SYS_sysfs
	char text[64] = "";
	long n = OK(syscall(SYS_sysfs, 3)), index = OK(syscall(SYS_sysfs, 1, "tmpfs"));

	CHECK(index >= 0 && index < n);
	OK(syscall(SYS_sysfs, 2, index, text));
	CHECK(!strcmp(text, "tmpfs"));
	FAILS(EINVAL, syscall(SYS_sysfs, 2, n, text));
	FAILS(EFAULT, syscall(SYS_sysfs, 2, index, bad_ptr()));
	FAILS(EINVAL, syscall(SYS_sysfs, 1, "nosuchfs"));
	FAILS(EFAULT, syscall(SYS_sysfs, 1, bad_ptr()));
	FAILS(EINVAL, syscall(SYS_sysfs, 4));
#endif
}

struct own_handle {
	struct file_handle head;
	unsigned char bytes[128];
};

/* The row's directory may lie where there are no handles: /dev/shm is a tmpfs. */
static void file_handles(void)
{
	struct own_handle a = { .head.handle_bytes = 128 }, b = a,
			  small = { .head.handle_bytes = 1 };
	char path[64];
	struct stat st, st2;
	int fd, dir, id, id2;

	snprintf(path, sizeof(path), "/dev/shm/abi.%d", getpid());
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		abi_skip("no /dev/shm to write in");
	OK(fstat(fd, &st));
	dir = OK(open("/dev/shm", O_RDONLY | O_DIRECTORY));
	if (name_to_handle_at(AT_FDCWD, path, &a.head, &id, 0) < 0 && errno == EOPNOTSUPP) {
		unlink(path);
		abi_skip("no tmpfs on /dev/shm");
	}
	OK(name_to_handle_at(fd, "", &b.head, &id2, AT_EMPTY_PATH));
	EQ(id, id2);
	EQ(a.head.handle_bytes, b.head.handle_bytes);
	CHECK(!memcmp(a.head.f_handle, b.head.f_handle, a.head.handle_bytes));
	FAILS(EOVERFLOW, name_to_handle_at(fd, "", &small.head, &id2, AT_EMPTY_PATH));
	EQ(small.head.handle_bytes, a.head.handle_bytes);
	small.head.handle_bytes = 129;
	FAILS(EINVAL, name_to_handle_at(fd, "", &small.head, &id2, AT_EMPTY_PATH));
	FAILS(EINVAL, name_to_handle_at(fd, "", &b.head, &id2, 0x40000));
	FAILS(ENOENT, name_to_handle_at(fd, "", &b.head, &id2, 0));
	FAILS(EFAULT, name_to_handle_at(fd, "", bad_ptr(), &id2, AT_EMPTY_PATH));
	close(fd);
	if (!has_cap(2)) {
		unlink(path);
		FAILS(EPERM, open_by_handle_at(dir, &a.head, O_RDONLY));
		return;
	}
	fd = OK(open_by_handle_at(dir, &a.head, O_RDWR | O_CLOEXEC));
	OK(fstat(fd, &st2));
	CHECK(st.st_ino == st2.st_ino && st.st_dev == st2.st_dev);
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(write(fd, "x", 1), 1);
	FAILS(ENOTDIR, open_by_handle_at(dir, &a.head, O_RDONLY | O_DIRECTORY));
	FAILS(EBADF, open_by_handle_at(1000, &a.head, O_RDONLY));
	FAILS(EFAULT, open_by_handle_at(dir, bad_ptr(), O_RDONLY));
	b.head.handle_bytes = 0;
	FAILS(EINVAL, open_by_handle_at(dir, &b.head, O_RDONLY));
	OK(unlink(path));
	close(fd);
	FAILS(ESTALE, open_by_handle_at(dir, &a.head, O_RDONLY));
}

static const struct abi_row rows[] = {
	{ getfd, "pidfd_getfd" },
	{ getfd_of_others, "pidfd_getfd and kcmp ask for ptrace's permission" },
	{ compare, "kcmp" },
	{ advise, "process_madvise" },
	{ release, "process_mrelease: errors" },
	{ enter_own, "setns to the own namespaces" },
	{ keys, "pkey calls without a key" },
	{ fs_types, "sysfs" },
	{ file_handles, "name_to_handle_at and open_by_handle_at" },
};

ABI_MAIN(rows)
