/*
 * stat and its family, statx and statfs: the fields, their agreement with each
 * other, and how operations change times, links and sizes.
 */
#include "fixture.h"

#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static bool same(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static void regular(void)
{
	time_t before = time(NULL);

	put_file("f", "hello");

	struct stat st = stat_of("f");

	EQ(st.st_mode, S_IFREG | 0644);
	EQ(st.st_size, 5);
	EQ(st.st_nlink, 1);
	EQ(st.st_uid, geteuid());
	CHECK(st.st_ino != 0);
	CHECK(st.st_blksize > 0);
	CHECK(st.st_mtime >= before - 2 && st.st_mtime <= time(NULL) + 2);
	CHECK(st.st_mtim.tv_nsec >= 0 && st.st_mtim.tv_nsec < 1000000000);
	EQ(st.st_dev, stat_of(".").st_dev);
}

static void kinds(void)
{
	int p[2];
	struct stat st;

	OK(mkdir("d", 0755));
	OK(symlink("target", "l"));
	OK(mkfifo("p", 0600));
	CHECK(S_ISDIR(stat_of("d").st_mode));
	CHECK(S_ISLNK(stat_of("l").st_mode));
	EQ(stat_of("l").st_size, 6);
	CHECK(S_ISFIFO(stat_of("p").st_mode));
	EQ(stat_of("p").st_size, 0);
	CHECK(S_ISCHR(stat_of("/dev/null").st_mode));
	EQ(stat_of("/dev/null").st_rdev, makedev(1, 3));
	EQ(stat_of("/dev/zero").st_rdev, makedev(1, 5));
	OK(pipe(p));
	OK(fstat(p[0], &st));
	CHECK(S_ISFIFO(st.st_mode));
	EQ(st.st_nlink, 1);
	EQ(st.st_mode & 0777, 0600);
}

static void follows(void)
{
	struct stat st;

	put_file("f", "hello");
	OK(symlink("f", "l"));
	OK(stat("l", &st));
	EQ(st.st_ino, stat_of("f").st_ino);
	OK(lstat("l", &st));
	CHECK(st.st_ino != stat_of("f").st_ino);
	OK(fstatat(AT_FDCWD, "l", &st, 0));
	CHECK(S_ISREG(st.st_mode));
	OK(fstatat(AT_FDCWD, "l", &st, AT_SYMLINK_NOFOLLOW));
	CHECK(S_ISLNK(st.st_mode));
	OK(symlink(".", "dot"));
	OK(lstat("dot/", &st));
	CHECK(S_ISDIR(st.st_mode));
	FAILS(ENOTDIR, lstat("l/", &st));
}

static void errors(void)
{
	struct stat st;

	put_file("f", "");
	OK(symlink("loop", "loop"));
	FAILS(ENOENT, stat("none", &st));
	FAILS(ENOENT, stat("", &st));
	FAILS(ENOTDIR, stat("f/x", &st));
	FAILS(ELOOP, stat("loop", &st));
	OK(lstat("loop", &st));
	FAILS(EBADF, fstat(-1, &st));
	FAILS(EBADF, fstatat(-1, "f", &st, 0));
	FAILS(EFAULT, stat(wild(), &st));
	FAILS(EFAULT, syscall(SYS_statx, AT_FDCWD, "f", 0, STATX_BASIC_STATS, wild()));
	FAILS(ENOENT, stat("none", wild()));
	FAILS(EINVAL, fstatat(AT_FDCWD, "f", &st, 0x40000000));
	FAILS(ENOTDIR, fstatat(OK(open("f", O_RDONLY)), "x", &st, 0));
}

static void empty_path(void)
{
	struct stat st;
	int fd = make_file("f", "abc");

	OK(fstatat(fd, "", &st, AT_EMPTY_PATH));
	EQ(st.st_ino, stat_of("f").st_ino);
	FAILS(ENOENT, fstatat(fd, "", &st, 0));
	OK(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
	EQ(st.st_ino, stat_of(".").st_ino);
	FAILS(EBADF, fstatat(-1, "", &st, AT_EMPTY_PATH));
}

static void identity(void)
{
	struct stat a, b;

	put_file("f", "");
	put_file("g", "");
	OK(link("f", "h"));
	CHECK(stat_of("f").st_ino != stat_of("g").st_ino);
	EQ(stat_of("f").st_ino, stat_of("h").st_ino);
	OK(fstat(OK(open("h", O_RDONLY)), &a));
	OK(rename("f", "k"));
	b = stat_of("k");
	EQ(a.st_ino, b.st_ino);
	EQ(a.st_dev, b.st_dev);
}

static void links(void)
{
	struct stat st;
	int fd = make_file("f", "");

	OK(link("f", "g"));
	EQ(stat_of("f").st_nlink, 2);
	OK(unlink("f"));
	EQ(stat_of("g").st_nlink, 1);
	OK(unlink("g"));
	OK(fstat(fd, &st));
	EQ(st.st_nlink, 0);
}

static void directory_links(void)
{
	if (stat_of(".").st_nlink != 2)
		abi_skip("directories are not counted here");
	OK(mkdir("a", 0755));
	OK(mkdir("b", 0755));
	EQ(stat_of(".").st_nlink, 4);
	EQ(stat_of("a").st_nlink, 2);
	OK(rename("a", "b/a"));
	EQ(stat_of(".").st_nlink, 3);
	EQ(stat_of("b").st_nlink, 3);
	OK(rmdir("b/a"));
	EQ(stat_of("b").st_nlink, 2);
	put_file("f", "");
	EQ(stat_of(".").st_nlink, 3);
}

static void blocks(void)
{
	char buf[4096];
	int fd = make_file("f", "");

	EQ(stat_of("f").st_blocks, 0);
	memset(buf, 'x', sizeof(buf));
	for (int i = 0; i < 32; i++)
		EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
	OK(fsync(fd));
	CHECK(stat_of("f").st_blocks * 512 >= 32 * 4096);
	OK(ftruncate(fd, 0));
	CHECK(stat_of("f").st_blocks <= 16);
	OK(ftruncate(fd, 1 << 30));
	CHECK(stat_of("f").st_blocks <= 16);
}

/* Long enough for the coarsest clock a filesystem stamps with. */
static void let_time_pass(void)
{
	abi_sleep_ms(30);
}

static void write_times(void)
{
	int fd = make_file("f", "abc");
	struct stat old = stat_of("f"), new;

	let_time_pass();
	EQ(write(fd, "d", 1), 1);
	new = stat_of("f");
	CHECK(later(new.st_mtim, old.st_mtim));
	CHECK(later(new.st_ctim, old.st_ctim));
	CHECK(same(new.st_atim, old.st_atim));
	old = new;
	let_time_pass();
	EQ(write(fd, "", 0), 0);
	new = stat_of("f");
	CHECK(same(new.st_mtim, old.st_mtim));
}

static void inode_times(void)
{
	put_file("f", "abc");

	struct stat old = stat_of("f"), new;

	let_time_pass();
	OK(chmod("f", 0600));
	new = stat_of("f");
	CHECK(later(new.st_ctim, old.st_ctim));
	CHECK(same(new.st_mtim, old.st_mtim));
	let_time_pass();
	OK(link("f", "g"));
	CHECK(later(stat_of("f").st_ctim, new.st_ctim));
	new = stat_of("f");
	let_time_pass();
	OK(unlink("g"));
	CHECK(later(stat_of("f").st_ctim, new.st_ctim));
	CHECK(same(stat_of("f").st_mtim, old.st_mtim));
	new = stat_of("f");
	let_time_pass();
	OK(rename("f", "h"));
	CHECK(same(stat_of("h").st_mtim, old.st_mtim));
}

static void directory_times(void)
{
	OK(mkdir("d", 0755));

	struct stat old = stat_of("d");

	let_time_pass();
	put_file("d/f", "");
	CHECK(later(stat_of("d").st_mtim, old.st_mtim));
	old = stat_of("d");
	let_time_pass();
	put_file("d/f", "more");
	CHECK(same(stat_of("d").st_mtim, old.st_mtim));
	OK(rename("d/f", "d/g"));
	CHECK(later(stat_of("d").st_mtim, old.st_mtim));
	old = stat_of("d");
	let_time_pass();
	OK(unlink("d/g"));
	CHECK(later(stat_of("d").st_mtim, old.st_mtim));
	CHECK(later(stat_of("d").st_ctim, old.st_ctim));
}

static void truncate_times(void)
{
	put_file("f", "abc");

	struct stat old = stat_of("f");

	let_time_pass();
	OK(truncate("f", 3));
	CHECK(later(stat_of("f").st_mtim, old.st_mtim));
	old = stat_of("f");
	let_time_pass();
	close(OK(open("f", O_WRONLY)));
	CHECK(same(stat_of("f").st_mtim, old.st_mtim));
	close(OK(open("f", O_WRONLY | O_TRUNC)));
	CHECK(later(stat_of("f").st_mtim, old.st_mtim));
	CHECK(later(stat_of("f").st_ctim, old.st_ctim));
}

static void read_time(void)
{
	int fd = make_file("f", "abc");
	struct timespec long_ago[2] = { { 1000, 0 }, { 2000, 0 } };
	char c;

	/* relatime stamps when the old access is before the last change. */
	OK(futimens(fd, long_ago));
	EQ(stat_of("f").st_atime, 1000);
	EQ(read(fd, &c, 1), 1);

	struct stat st = stat_of("f");

	if (st.st_atime == 1000)
		abi_skip("mounted noatime");
	CHECK(st.st_atime > 2000);
	EQ(st.st_mtime, 2000);
	OK(futimens(fd, long_ago));
	int quiet = OK(open("f", O_RDONLY | O_NOATIME));

	EQ(read(quiet, &c, 1), 1);
	EQ(stat_of("f").st_atime, 1000);
}

static void statx_agrees(void)
{
	struct statx x;
	struct stat st;

	put_file("f", "hello");
	OK(link("f", "g"));
	OK(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x));
	st = stat_of("f");
	EQ(x.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
	EQ(x.stx_mode, st.st_mode);
	EQ(x.stx_ino, st.st_ino);
	EQ(x.stx_nlink, 2);
	EQ(x.stx_uid, st.st_uid);
	EQ(x.stx_gid, st.st_gid);
	EQ(x.stx_size, 5);
	EQ(x.stx_blocks, st.st_blocks);
	EQ(x.stx_blksize, st.st_blksize);
	EQ(makedev(x.stx_dev_major, x.stx_dev_minor), st.st_dev);
	EQ(x.stx_mtime.tv_sec, st.st_mtim.tv_sec);
	EQ(x.stx_mtime.tv_nsec, st.st_mtim.tv_nsec);
	EQ(x.stx_ctime.tv_sec, st.st_ctim.tv_sec);
	EQ(x.stx_atime.tv_nsec, st.st_atim.tv_nsec);
	OK(statx(AT_FDCWD, "/dev/full", 0, STATX_TYPE, &x));
	EQ(x.stx_rdev_major, 1);
	EQ(x.stx_rdev_minor, 7);
}

static void statx_flags(void)
{
	struct statx x;
	int fd = make_file("f", "hello");

	OK(symlink("f", "l"));
	OK(statx(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &x));
	CHECK(S_ISLNK(x.stx_mode));
	OK(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &x));
	EQ(x.stx_size, 5);
	OK(statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_SIZE, &x));
	OK(statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &x));
	FAILS(EINVAL, statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC,
			    STATX_SIZE, &x));
	FAILS(EINVAL, syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000U, &x));
	FAILS(EINVAL, syscall(SYS_statx, AT_FDCWD, "f", 0x40000000, STATX_SIZE, &x));
	FAILS(ENOENT, statx(AT_FDCWD, "", 0, STATX_SIZE, &x));
	FAILS(EFAULT, syscall(SYS_statx, AT_FDCWD, wild(), 0, STATX_SIZE, &x));
	FAILS(EBADF, syscall(SYS_statx, -1, "f", 0, STATX_SIZE, &x));
}

static void filesystem(void)
{
	struct statfs a, b;
	struct statvfs v;

	put_file("f", "");
	OK(statfs(".", &a));
	OK(fstatfs(OK(open("f", O_RDONLY)), &b));
	CHECK(a.f_type == b.f_type && a.f_type != 0);
	CHECK(a.f_bsize > 0 && a.f_namelen >= 255);
	CHECK(a.f_bfree <= a.f_blocks && a.f_bavail <= a.f_bfree);
	CHECK(a.f_ffree <= a.f_files);
	OK(statvfs(".", &v));
	EQ(v.f_namemax, a.f_namelen);
	EQ(v.f_blocks, a.f_blocks);
	EQ(v.f_flag & ST_RDONLY, 0);
}

static void filesystem_errors(void)
{
	struct statfs s;

	put_file("f", "");
	FAILS(ENOENT, statfs("none", &s));
	FAILS(ENOTDIR, statfs("f/x", &s));
	FAILS(EBADF, fstatfs(-1, &s));
	FAILS(EFAULT, statfs(wild(), &s));
	OK(statfs("/proc/self", &s));
	EQ(s.f_type, PROC_SUPER_MAGIC);
	OK(statfs("/dev/pts", &s));
	EQ(s.f_type, DEVPTS_SUPER_MAGIC);
}

static void nameless_filesystems(void)
{
	struct statfs s;
	int p[2];

	OK(pipe(p));
	OK(fstatfs(p[0], &s));
	EQ(s.f_type, 0x50495045);
	OK(fstatfs(OK(memfd_create("m", 0)), &s));
	EQ(s.f_type, TMPFS_MAGIC);
}

static void other_stats(void)
{
	struct stat st;

	FAILS(EACCES, stat("closed/f", &st));
	OK(stat("closed", &st));
	OK(stat("secret", &st));
	EQ(st.st_uid, 0);
	EQ(st.st_size, 2);
}

static void permission(void)
{
	need_root();
	OK(mkdir("closed", 0755));
	put_file("closed/f", "");
	OK(chmod("closed", 0600));
	put_file("secret", "ab");
	OK(chmod("secret", 0));
	become_other_and_run(other_stats);
}

static void device_nodes(void)
{
	need_root();
	if (mknod("c", S_IFCHR | 0640, makedev(300, 70000)) < 0) {
		CHECK(errno == EPERM);
		abi_skip("device nodes are refused");
	}
	EQ(stat_of("c").st_mode, S_IFCHR | 0640);
	EQ(major(stat_of("c").st_rdev), 300);
	EQ(minor(stat_of("c").st_rdev), 70000);
	OK(mknod("b", S_IFBLK | 0600, makedev(7, 200)));
	CHECK(S_ISBLK(stat_of("b").st_mode));
	FAILS(ENXIO, open("c", O_RDONLY));
}

static void plain_mknod(void)
{
	OK(mknod("f", S_IFREG | 0666, 0));
	EQ(stat_of("f").st_mode, S_IFREG | 0644);
	OK(mknod("z", 0600, 0));
	CHECK(S_ISREG(stat_of("z").st_mode));
	OK(mknod("s", S_IFSOCK | 0600, 0));
	CHECK(S_ISSOCK(stat_of("s").st_mode));
	FAILS(EEXIST, mknod("f", S_IFREG | 0600, 0));
	FAILS(EEXIST, mkfifo("f", 0600));
	FAILS(EPERM, mknod("d", S_IFDIR | 0700, 0));
	FAILS(EINVAL, mknod("x", S_IFLNK | 0700, 0));
	FAILS(ENOENT, mkfifo("none/p", 0600));
	FAILS(EFAULT, mknod(wild(), S_IFREG | 0600, 0));
}

static const struct abi_row rows[] = {
	{ regular, "the fields of a new file" },
	{ kinds, "st_mode tells the kinds, st_rdev the device" },
	{ follows, "stat follows a link, lstat does not" },
	{ errors, "stat errors" },
	{ empty_path, "AT_EMPTY_PATH names the descriptor" },
	{ identity, "st_ino and st_dev identify a file through renames" },
	{ links, "st_nlink counts names" },
	{ directory_links, "a directory's st_nlink counts its children" },
	{ blocks, "st_blocks grows with data, not with holes" },
	{ write_times, "write changes mtime and ctime" },
	{ inode_times, "chmod, link and unlink change ctime alone" },
	{ directory_times, "entries that come and go change a directory's mtime" },
	{ truncate_times, "truncate changes mtime even at the same size" },
	{ read_time, "read changes atime unless O_NOATIME" },
	{ statx_agrees, "statx agrees with stat" },
	{ statx_flags, "statx flags and errors" },
	{ filesystem, "statfs, fstatfs and statvfs agree" },
	{ filesystem_errors, "statfs errors and magics" },
	{ nameless_filesystems, "pipes and memfds have a filesystem too" },
	{ permission, "stat needs search permission only" },
	{ device_nodes, "mknod keeps large device numbers" },
	{ plain_mknod, "mknod of other kinds, and its errors" },
};

ABI_MAIN(rows)
