/*
 * The file calls of 32-bit CPUs: offsets and sizes in two registers, structures with narrow and
 * wide fields, and what does not fit.
 */
#include "narrow.h"

#include <dirent.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#ifndef SYS_stat64
#define SYS_stat64 NO_CALL
#endif
#ifndef SYS_lstat64
#define SYS_lstat64 NO_CALL
#endif
#ifndef SYS_fstat64
#define SYS_fstat64 NO_CALL
#endif
#ifndef SYS_fstatat64
#define SYS_fstatat64 NO_CALL
#endif
#ifndef SYS_oldstat
#define SYS_oldstat NO_CALL
#define SYS_oldlstat NO_CALL
#define SYS_oldfstat NO_CALL
#endif
#ifndef SYS_stat
#define SYS_stat NO_CALL
#define SYS_lstat NO_CALL
#endif
#ifndef SYS_fstat
#define SYS_fstat NO_CALL
#endif
#ifndef SYS_statfs64
#define SYS_statfs64 NO_CALL
#define SYS_fstatfs64 NO_CALL
#endif
#ifndef SYS_truncate64
#define SYS_truncate64 NO_CALL
#define SYS_ftruncate64 NO_CALL
#endif
#ifndef SYS__llseek
#define SYS__llseek NO_CALL
#endif
#ifndef SYS_fcntl64
#define SYS_fcntl64 NO_CALL
#endif
#ifndef SYS_fcntl
#define SYS_fcntl NO_CALL
#endif
#ifndef SYS_sendfile64
#define SYS_sendfile64 NO_CALL
#endif
#ifndef SYS_mmap
#define SYS_mmap NO_CALL
#endif
#ifndef SYS_mmap2
#define SYS_mmap2 NO_CALL
#endif
#ifndef SYS_readdir
#define SYS_readdir NO_CALL
#endif
#ifndef SYS_getdents
#define SYS_getdents NO_CALL
#endif
#ifndef SYS_fadvise64
#define SYS_fadvise64 NO_CALL
#endif
#ifndef SYS_fadvise64_64
#define SYS_fadvise64_64 NO_CALL
#endif
#ifndef SYS_sync_file_range
#define SYS_sync_file_range NO_CALL
#endif
#ifndef SYS__newselect
#define SYS__newselect NO_CALL
#endif
#ifndef SYS_select
#define SYS_select NO_CALL
#endif
#ifndef SYS_open
#define SYS_open NO_CALL
#endif
#ifndef F_GETLK64
#define F_GETLK64 12
#define F_SETLK64 13
#endif
/* The kernel's, which the C library hides when offsets are 64-bit; and its commands for it. */
enum { NARROW_GETLK = 5, NARROW_SETLK = 6, WIDE_GETLK = 12, WIDE_SETLK = 13 };
struct narrow_flock {
	short type, whence;
	int32_t start, len, pid;
};
struct wide_flock {
	short type, whence;
	int64_t start, len;
	int32_t pid;
};

/* A sparse file of this size, without the C library's help. */
static int big_file(const char *path, long long size)
{
	int fd = make_file(path, "begin");

	OK(syscall(SYS_ftruncate64, fd, ODD PAIR(size)));
	return fd;
}

/* --- stat */

static void stat64_family(void)
{
	need_call(SYS_fstat64);
	char room[256];
	struct stat want, *have = (struct stat *)room;
	int fd = big_file("f", 5 * GIB + 7);

	if (sizeof(struct stat) > sizeof(room))
		abi_skip("struct stat is large");
	OK(symlink("f", "link"));
	/* With 64-bit offsets and 32-bit times the C library's structure is the kernel's. */
	memset(room, 0xaa, sizeof(room));
	OK(syscall(SYS_fstat64, fd, room));
	OK(fstat(fd, &want));
	EQ(have->st_size, 5 * GIB + 7);
	EQ(have->st_ino, want.st_ino);
	EQ(have->st_mode, want.st_mode);
	EQ(have->st_mtime, want.st_mtime);
	EQ(have->st_blocks, want.st_blocks);
	OK(syscall(SYS_fstatat64, AT_FDCWD, "link", room, AT_SYMLINK_NOFOLLOW));
	CHECK(S_ISLNK(have->st_mode));
	FAILS(EINVAL, syscall(SYS_fstatat64, AT_FDCWD, "link", room, 0x40000000));
	FAILS(EFAULT, syscall(SYS_fstat64, fd, wild()));
	FAILS(EBADF, syscall(SYS_fstat64, -1, room));
	if (SYS_stat64 == NO_CALL)
		return;
	OK(syscall(SYS_stat64, "link", room));
	EQ(have->st_size, 5 * GIB + 7);
	OK(syscall(SYS_lstat64, "link", room));
	EQ(have->st_size, 1);
	FAILS(ENOENT, syscall(SYS_stat64, "none", room));
}

static void narrow_stat(void)
{
	need_call(SYS_stat);
	char room[256];

	put_file("small", "text");
	big_file("big", 2 * GIB);
	OK(syscall(SYS_stat, "small", room));
	OK(syscall(SYS_lstat, "small", room));
	FAILS(EOVERFLOW, syscall(SYS_stat, "big", room));
	FAILS(EOVERFLOW, syscall(SYS_lstat, "big", room));
	FAILS(EFAULT, syscall(SYS_stat, "small", wild()));
	OK(truncate("big", 2 * GIB - 1));
	OK(syscall(SYS_stat, "big", room));
}

static void oldest_stat(void)
{
	need_call(SYS_oldstat);
	char room[64];
	int fd = big_file("big", 2 * GIB);

	FAILS(EOVERFLOW, syscall(SYS_oldstat, "big", room));
	FAILS(EOVERFLOW, syscall(SYS_oldlstat, "big", room));
	FAILS(EOVERFLOW, syscall(SYS_oldfstat, fd, room));
	FAILS(ENOENT, syscall(SYS_oldstat, "none", room));
	FAILS(EBADF, syscall(SYS_oldfstat, -1, room));
}

static void statfs_wide(void)
{
	need_call(SYS_statfs64);
	struct statfs64 want, have;
	int fd = make_file("f", "");

	memset(&have, 0xaa, sizeof(have));
	OK(statfs64(".", &want));
	OK(syscall(SYS_statfs64, ".", sizeof(have), &have));
	EQ(have.f_type, want.f_type);
	EQ(have.f_bsize, want.f_bsize);
	EQ(have.f_blocks, want.f_blocks);
	EQ(have.f_namelen, want.f_namelen);
	OK(syscall(SYS_fstatfs64, fd, sizeof(have), &have));
	EQ(have.f_blocks, want.f_blocks);
	FAILS(EINVAL, syscall(SYS_statfs64, ".", sizeof(have) - 4, &have));
	FAILS(EINVAL, syscall(SYS_fstatfs64, fd, sizeof(have) + 4, &have));
	FAILS(EFAULT, syscall(SYS_statfs64, ".", sizeof(have), wild()));
	FAILS(EINVAL, syscall(SYS_statfs64, "none", 0, &have));
	FAILS(ENOENT, syscall(SYS_statfs64, "none", sizeof(have), &have));
}

/* --- sizes and positions */

static void truncate_wide(void)
{
	need_call(SYS_truncate64);
	int fd = make_file("f", "abc");

	OK(syscall(SYS_ftruncate64, fd, ODD PAIR(6 * GIB + 1)));
	EQ(stat_of("f").st_size, 6 * GIB + 1);
	OK(syscall(SYS_truncate64, "f", ODD PAIR(4 * GIB)));
	EQ(stat_of("f").st_size, 4 * GIB);
	FAILS(EINVAL, syscall(SYS_truncate64, "f", ODD PAIR(-1LL)));
	FAILS(EINVAL, syscall(SYS_ftruncate64, fd, ODD PAIR(-4 * GIB)));
	OK(syscall(SYS_ftruncate, fd, 3));
	EQ(stat_of("f").st_size, 3);
	FAILS(EINVAL, syscall(SYS_truncate, "f", -1));
}

static void positioned(void)
{
	need_call(SYS__llseek);
	int fd = big_file("f", 5 * GIB);
	struct iovec part = { "YZ", 2 };
	char have[4];

	EQ(syscall(SYS_pwrite64, fd, "WX", 2, ODD PAIR(4 * GIB + 10)), 2);
	EQ(syscall(SYS_pread64, fd, have, 4, ODD PAIR(4 * GIB + 9)), 4);
	CHECK(memcmp(have, "\0WX", 4) == 0);
	EQ(syscall(SYS_pread64, fd, have, 2, ODD PAIR(10)), 0 + 2);
	CHECK(have[0] == 0);
	FAILS(EINVAL, syscall(SYS_pread64, fd, have, 2, ODD PAIR(-1LL)));
	/* The halves of these come low first everywhere. */
	EQ(syscall(SYS_pwritev, fd, &part, 1, 12, 1), 2);
	part.iov_base = have;
	EQ(syscall(SYS_preadv, fd, &part, 1, 12, 1), 2);
	CHECK(memcmp(have, "YZ", 2) == 0);
	FAILS(EINVAL, syscall(SYS_preadv, fd, &part, 1, 0, -1));
	EQ(syscall(SYS_pread64, fd, have, 2, ODD PAIR(4 * GIB + 12)), 2);
	CHECK(memcmp(have, "YZ", 2) == 0);
}

static void seeks(void)
{
	need_call(SYS__llseek);
	int fd = big_file("f", 5 * GIB);
	long long at = 7;

	OK(syscall(SYS__llseek, fd, 1, 5, &at, SEEK_SET));
	EQ(at, 4 * GIB + 5);
	OK(syscall(SYS__llseek, fd, -1, -6, &at, SEEK_CUR));
	EQ(at, 4 * GIB - 1);
	EQ(syscall(SYS_lseek, fd, 100, SEEK_SET), 100);
	OK(syscall(SYS__llseek, fd, 0, 0, &at, SEEK_END));
	EQ(at, 5 * GIB);
	at = 7;
	FAILS(EINVAL, syscall(SYS__llseek, fd, -1, 0, &at, SEEK_SET));
	EQ(at, 7);
	FAILS(EFAULT, syscall(SYS__llseek, fd, 0, 0, wild(), SEEK_SET));
}

/* As 32-bit kernels do; 64-bit ones give their 32-bit programs the lower half. */
static void seek_overflow(void)
{
	need_call(SYS__llseek);
	int fd = big_file("f", 5 * GIB);
	long long at;

	OK(syscall(SYS__llseek, fd, 1, 5, &at, SEEK_SET));
	FAILS(EOVERFLOW, syscall(SYS_lseek, fd, 0, SEEK_CUR));
}

static void no_large_file(void)
{
	need_call(SYS__llseek);
	int fd;

	big_file("big", 2 * GIB);
	fd = (int)syscall(SYS_openat, AT_FDCWD, "big", O_RDWR);
	if (fd >= 0)
		abi_skip("this file system does not look at O_LARGEFILE");
	EQ(errno, EOVERFLOW);
	OK(syscall(SYS_openat, AT_FDCWD, "big", O_RDWR | O_LARGEFILE));
	put_file("f", "");
	fd = OK(syscall(SYS_openat, AT_FDCWD, "f", O_RDWR));
	EQ(syscall(SYS_pwrite64, fd, "abcd", 4, ODD PAIR(2 * GIB - 3)), 2);
	FAILS(EFBIG, syscall(SYS_pwrite64, fd, "abcd", 4, ODD PAIR(2 * GIB - 1)));
	EQ(stat_of("f").st_size, 2 * GIB - 1);
}

static void ranges(void)
{
	need_call(SYS_fadvise64_64);
	int fd = big_file("f", 5 * GIB);

	OK(syscall(SYS_fallocate, fd, 0, PAIR(5 * GIB), PAIR(100)));
	EQ(stat_of("f").st_size, 5 * GIB + 100);
	FAILS(EINVAL, syscall(SYS_fallocate, fd, 0, PAIR(-1LL), PAIR(100)));
	FAILS(EINVAL, syscall(SYS_fallocate, fd, 0, PAIR(0), PAIR(-4 * GIB)));
	OK(syscall(SYS_readahead, fd, ODD PAIR(4 * GIB), 4096));
	OK(syscall(SYS_fadvise64, fd, ODD PAIR(4 * GIB), 4096, POSIX_FADV_WILLNEED));
	FAILS(EINVAL, syscall(SYS_fadvise64, fd, ODD PAIR(4 * GIB), 4096, 99));
	if (PAIRS_ARE_ALIGNED)
		OK(syscall(SYS_fadvise64_64, fd, POSIX_FADV_NORMAL, PAIR(4 * GIB), PAIR(GIB)));
	else
		OK(syscall(SYS_fadvise64_64, fd, PAIR(4 * GIB), PAIR(GIB), POSIX_FADV_NORMAL));
	if (PAIRS_ARE_ALIGNED)
		FAILS(EINVAL, syscall(SYS_fadvise64_64, fd, 99, PAIR(4 * GIB), PAIR(GIB)));
	else
		FAILS(EINVAL, syscall(SYS_fadvise64_64, fd, PAIR(4 * GIB), PAIR(GIB), 99));
	if (SYS_sync_file_range != NO_CALL) {
		OK(syscall(SYS_sync_file_range, fd, PAIR(4 * GIB), PAIR(4096), 0));
		FAILS(EINVAL, syscall(SYS_sync_file_range, fd, PAIR(-1LL), PAIR(4096), 0));
	}
}

static void file_to_file(void)
{
	need_call(SYS_sendfile64);
	int from = big_file("f", 5 * GIB), to = make_file("to", "");
	long long wide = 4 * GIB;
	int32_t narrow = 0;

	EQ(pwrite(from, "there", 5, wide), 5);
	EQ(syscall(SYS_sendfile64, to, from, &wide, 5), 5);
	EQ(wide, 4 * GIB + 5);
	EQ(syscall(SYS_sendfile, to, from, &narrow, 5), 5);
	EQ(narrow, 5);
	CHECK(file_is("to", "therebegin"));
}

/* --- locks */

static void wide_locks(void)
{
	need_call(SYS_fcntl64);
	int fd = big_file("f", 5 * GIB);
	struct wide_flock wide = { F_WRLCK, SEEK_SET, 4 * GIB, 10, 0 };
	struct narrow_flock narrow = { F_WRLCK, SEEK_SET, 0, 0, 0 };

	OK(syscall(SYS_fcntl64, fd, WIDE_SETLK, &wide));
	pid_t pid = OK(fork());
	if (pid == 0) {
		fd = OK(open("f", O_RDWR));
		wide.len = 1;
		OK(syscall(SYS_fcntl64, fd, WIDE_GETLK, &wide));
		EQ(wide.start, 4 * GIB);
		EQ(wide.len, 10);
		EQ(wide.pid, getppid());
		FAILS(EOVERFLOW, syscall(SYS_fcntl64, fd, NARROW_GETLK, &narrow));
		narrow.len = 100;
		OK(syscall(SYS_fcntl64, fd, NARROW_GETLK, &narrow));
		EQ(narrow.type, F_UNLCK);
		_exit(0);
	}
	EQ(abi_wait(pid), 0);
	narrow.len = 50;
	OK(syscall(SYS_fcntl64, fd, NARROW_SETLK, &narrow));
	FAILS(EFAULT, syscall(SYS_fcntl64, fd, WIDE_SETLK, wild()));
}

/* As 32-bit kernels do; 64-bit ones make it fcntl64 for i386 programs. */
static void narrow_fcntl(void)
{
	need_call(SYS_fcntl);
	int fd = make_file("f", "");
	struct narrow_flock narrow = { F_RDLCK, SEEK_SET, 0, 5, 0 };
	struct wide_flock wide = { F_RDLCK, SEEK_SET, 0, 5, 0 };

	OK(syscall(SYS_fcntl, fd, NARROW_SETLK, &narrow));
	FAILS(EINVAL, syscall(SYS_fcntl, fd, WIDE_SETLK, &wide));
	FAILS(EINVAL, syscall(SYS_fcntl, fd, F_OFD_SETLK, &wide));
	OK(syscall(SYS_fcntl64, fd, F_OFD_SETLK, &wide));
	EQ(OK(syscall(SYS_fcntl, fd, F_GETFD)), 0);
}

/* --- maps */

static void map_pages(void)
{
	need_call(SYS_mmap2);
	size_t page = page_size();
	int fd = big_file("f", 5 * GIB);
	char *at;

	EQ(pwrite(fd, "far", 3, 4 * GIB + (long long)page), 3);
	at = (char *)syscall(SYS_mmap2, NULL, page, PROT_READ, MAP_SHARED, fd,
			     (long)((4 * GIB + (long long)page) / 4096));
	CHECK(at != MAP_FAILED);
	CHECK(memcmp(at, "far", 3) == 0);
	FAILS(EBADF, syscall(SYS_mmap2, NULL, page, PROT_READ, MAP_SHARED, -1, 0));
	FAILS(EINVAL, syscall(SYS_mmap2, NULL, 0, PROT_READ, MAP_SHARED, fd, 0));
}

static void need_args_in_memory(void)
{
	if (!ARGS_IN_MEMORY)
		abi_skip("this CPU has no such call");
}

static void map_by_structure(void)
{
	need_args_in_memory();
	size_t page = page_size();
	int fd = make_file("f", "");
	long args[6] = { 0, (long)page, PROT_READ, MAP_SHARED, fd, (long)page };
	char *at;

	EQ(pwrite(fd, "second", 6, (off_t)page), 6);
	at = (char *)syscall(SYS_mmap, args);
	CHECK(at != MAP_FAILED);
	CHECK(memcmp(at, "second", 6) == 0);
	args[5] = 100;
	FAILS(EINVAL, syscall(SYS_mmap, args));
	FAILS(EFAULT, syscall(SYS_mmap, wild()));
}

/* --- directories */

struct narrow_dirent {
	unsigned long ino, off;
	unsigned short length;
	char name[256];
};

static void directory_entries(void)
{
	need_call(SYS_readdir);
	struct narrow_dirent de;
	char buf[1024];
	int fd, count = 0;
	long n;
	bool seen = false;

	put_file("entry", "");
	fd = OK(open(".", O_RDONLY | O_DIRECTORY));
	while (OK(syscall(SYS_readdir, fd, &de, 1)) == 1) {
		EQ(de.length, strlen(de.name));
		seen = seen || (strcmp(de.name, "entry") == 0 &&
				de.ino == (unsigned long)stat_of("entry").st_ino);
		count++;
	}
	EQ(count, 3);
	CHECK(seen);
	FAILS(ENOTDIR, syscall(SYS_readdir, OK(open("entry", O_RDONLY)), &de, 1));
	FAILS(EBADF, syscall(SYS_readdir, -1, &de, 1));
	OK(lseek(fd, 0, SEEK_SET));
	FAILS(EFAULT, syscall(SYS_readdir, fd, wild(), 1));
	n = OK(syscall(SYS_getdents, fd, buf, sizeof(buf)));
	for (char *p = buf; p < buf + n; p += ((struct narrow_dirent *)p)->length) {
		struct narrow_dirent *entry = (struct narrow_dirent *)p;

		if (strcmp(entry->name, "entry") == 0)
			EQ(p[entry->length - 1], DT_REG);
		count--;
	}
	EQ(count, 0);
}

/* --- select */

static void selects(void)
{
	need_call(SYS__newselect);
	struct timeval tv = { 0, 1000 };
	fd_set in;
	int p[2];

	OK(pipe(p));
	EQ(write(p[1], "x", 1), 1);
	FD_ZERO(&in);
	FD_SET(p[0], &in);
	EQ(syscall(SYS__newselect, p[0] + 1, &in, NULL, NULL, &tv), 1);
	CHECK(FD_ISSET(p[0], &in));
	FD_ZERO(&in);
	EQ(syscall(SYS__newselect, 1, &in, NULL, NULL, &tv), 0);
	EQ(tv.tv_usec, 0);

	if (!ARGS_IN_MEMORY)
		return;

	long args[5] = { p[0] + 1, (long)&in, 0, 0, (long)&tv };

	FD_SET(p[0], &in);
	EQ(syscall(SYS_select, args), 1);
	FAILS(EFAULT, syscall(SYS_select, wild()));
}

static const struct abi_row rows[] = {
	{ stat64_family, "stat64 and its kin show sizes beyond 4 GiB" },
	{ narrow_stat, "stat: sizes beyond 2 GiB are EOVERFLOW" },
	{ oldest_stat, "oldstat and its kin" },
	{ statfs_wide, "statfs64 wants the size of its structure" },
	{ truncate_wide, "truncate64, ftruncate64" },
	{ positioned, "pread64, pwrite64, preadv, pwritev beyond 4 GiB" },
	{ seeks, "_llseek" },
	{ seek_overflow, "lseek: EOVERFLOW where the position does not fit" },
	{ no_large_file, "without O_LARGEFILE: EOVERFLOW, EFBIG" },
	{ ranges, "fallocate, readahead, fadvise, sync_file_range in two registers" },
	{ file_to_file, "sendfile and sendfile64" },
	{ wide_locks, "fcntl64: locks beyond 4 GiB" },
	{ narrow_fcntl, "fcntl knows no wide locks" },
	{ map_pages, "mmap2 counts 4096 bytes" },
	{ map_by_structure, "mmap with all arguments in memory" },
	{ directory_entries, "readdir, getdents" },
	{ selects, "_newselect, and select with all arguments in memory" },
};

ABI_MAIN(rows)
