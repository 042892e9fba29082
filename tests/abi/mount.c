/*
 * Mounts: tmpfs, bind mounts, read-only, moving, busy and detached mounts,
 * chroot and pivot_root.
 *
 * Rows run in a mount namespace of their own, for an ordinary user within a
 * user namespace.  Where root finds no namespaces the rows mount for real, so
 * each one takes down what it put up.
 */
#include "fixture.h"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

static bool separate;

static bool write_map(const char *path, const char *map)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && write(fd, map, strlen(map)) == (ssize_t)strlen(map);

	close(fd);
	return good;
}

static void enter_user_namespace(void)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "0 %u 1\n", (unsigned int)geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1\n", (unsigned int)getegid());
	if (unshare(CLONE_NEWUSER) < 0)
		abi_skip("needs root or a user namespace");
	if (!write_map("/proc/self/setgroups", "deny") || !write_map("/proc/self/uid_map", uids) ||
	    !write_map("/proc/self/gid_map", gids))
		abi_skip("no way into a user namespace");
}

static void prepare(void)
{
	if (geteuid() != 0)
		enter_user_namespace();
	separate =
		unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	OK(mkdir("m", 0755));
}

static void mount_tmpfs(const char *dir, unsigned long flags, const char *options)
{
	OK(mount("none", dir, "tmpfs", flags, options));
}

static void bind_dir(const char *from, const char *to, unsigned long flags)
{
	OK(mount(from, to, NULL, MS_BIND | flags, NULL));
}

static void covers(void)
{
	struct statfs s;

	prepare();
	put_file("m/hidden", "h");
	dev_t outer = stat_of("m").st_dev;

	mount_tmpfs("m", 0, "size=1m,mode=0710");
	CHECK(!exists("m/hidden"));
	CHECK(stat_of("m").st_dev != outer);
	EQ(mode_of("m"), 0710);
	OK(statfs("m", &s));
	EQ(s.f_type, TMPFS_MAGIC);
	EQ(s.f_blocks * s.f_bsize, 1 << 20);
	put_file("m/new", "n");
	OK(umount("m"));
	CHECK(exists("m/hidden") && !exists("m/new"));
	FAILS(EINVAL, umount("m"));
}

static void dot_dot(void)
{
	struct stat st;
	char path[4096];

	prepare();
	ino_t top = stat_of(".").st_ino;

	mount_tmpfs("m", 0, NULL);
	OK(stat("m/..", &st));
	EQ(st.st_ino, top);
	OK(chdir("m"));
	CHECK(getcwd(path, sizeof(path)));
	CHECK(strcmp(path + strlen(path) - 2, "/m") == 0);
	OK(chdir(".."));
	EQ(stat_of(".").st_ino, top);
	OK(umount("m"));
}

static void busy(void)
{
	int fd;

	prepare();
	mount_tmpfs("m", 0, NULL);
	fd = make_file("m/f", "x");
	FAILS(EBUSY, umount("m"));
	OK(close(fd));
	OK(chdir("m"));
	FAILS(EBUSY, umount("."));
	OK(chdir(".."));
	OK(mkdir("m/sub", 0755));
	mount_tmpfs("m/sub", 0, NULL);
	FAILS(EBUSY, umount("m"));
	OK(umount("m/sub"));
	OK(umount("m"));
}

static void detached(void)
{
	int fd, dir;
	char c;

	prepare();
	mount_tmpfs("m", 0, NULL);
	fd = make_file("m/f", "x");
	dir = OK(open("m", O_RDONLY));
	OK(umount2("m", MNT_DETACH));
	CHECK(!exists("m/f"));
	/* Who is inside stays inside. */
	EQ(read(fd, &c, 1), 1);
	OK(openat(dir, "f", O_RDONLY));
	OK(openat(dir, "new", O_WRONLY | O_CREAT, 0600));
	FAILS(ENOENT, openat(dir, "../m/f", O_RDONLY));
	FAILS(EINVAL, umount("m"));
}

static void expires(void)
{
	prepare();
	mount_tmpfs("m", 0, NULL);
	FAILS(EINVAL, umount2("m", MNT_EXPIRE | MNT_DETACH));
	FAILS(EAGAIN, umount2("m", MNT_EXPIRE));
	/* Use takes the mark off. */
	put_file("m/f", "");
	FAILS(EAGAIN, umount2("m", MNT_EXPIRE));
	OK(umount2("m", MNT_EXPIRE));
	FAILS(EINVAL, umount("m"));
}

static void stacked(void)
{
	prepare();
	mount_tmpfs("m", 0, NULL);
	put_file("m/first", "");
	mount_tmpfs("m", 0, NULL);
	put_file("m/second", "");
	CHECK(!exists("m/first") && exists("m/second"));
	OK(umount("m"));
	CHECK(exists("m/first") && !exists("m/second"));
	OK(umount("m"));
}

static void binds(void)
{
	prepare();
	OK(mkdir("d", 0755));
	put_file("d/f", "x");
	bind_dir("d", "m", 0);
	CHECK(file_is("m/f", "x"));
	EQ(stat_of("m/f").st_ino, stat_of("d/f").st_ino);
	EQ(stat_of("m").st_dev, stat_of("d").st_dev);
	put_file("m/g", "y");
	CHECK(file_is("d/g", "y"));
	OK(umount("m"));
	CHECK(!exists("m/f") && file_is("d/g", "y"));
}

static void binds_file(void)
{
	prepare();
	put_file("a", "a");
	put_file("b", "b");
	bind_dir("a", "b", 0);
	CHECK(file_is("b", "a"));
	FAILS(EBUSY, unlink("b"));
	FAILS(EBUSY, rename("b", "c"));
	FAILS(EBUSY, rename("a", "b"));
	FAILS(ENOTDIR, mount("m", "b", NULL, MS_BIND, NULL));
	FAILS(ENOTDIR, mount("a", "m", NULL, MS_BIND, NULL));
	OK(umount("b"));
	CHECK(file_is("b", "b"));
	OK(unlink("b"));
}

static void crossing(void)
{
	prepare();
	OK(mkdir("d", 0755));
	put_file("d/f", "x");
	bind_dir("d", "m", 0);
	/* The same filesystem, but another mount. */
	FAILS(EXDEV, rename("d/f", "m/g"));
	FAILS(EXDEV, link("d/f", "m/g"));
	OK(rename("m/f", "m/g"));
	CHECK(exists("d/g"));
	FAILS(EBUSY, rmdir("m"));
	FAILS(EBUSY, rename("m", "n"));
	OK(umount("m"));
	OK(rmdir("m"));
}

static void read_only_bind(void)
{
	prepare();
	OK(mkdir("d", 0755));
	put_file("d/f", "x");
	bind_dir("d", "m", 0);
	OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	CHECK(file_is("m/f", "x"));
	FAILS(EROFS, open("m/f", O_WRONLY));
	FAILS(EROFS, open("m/new", O_WRONLY | O_CREAT, 0600));
	FAILS(EROFS, unlink("m/f"));
	FAILS(EROFS, mkdir("m/d", 0755));
	FAILS(EROFS, rename("m/f", "m/g"));
	FAILS(EROFS, chmod("m/f", 0600));
	FAILS(EROFS, chown("m/f", -1, -1));
	FAILS(EROFS, truncate("m/f", 0));
	FAILS(EROFS, utimensat(AT_FDCWD, "m/f", NULL, 0));
	FAILS(EROFS, access("m/f", W_OK));
	FAILS(EEXIST, mkdir("m/f", 0755));
	put_file("d/f", "changed");
	CHECK(file_is("m/f", "changed"));
	OK(umount("m"));
}

static void read_only_tmpfs(void)
{
	struct statvfs s;
	int fd;

	prepare();
	mount_tmpfs("m", 0, NULL);
	fd = make_file("m/f", "x");
	FAILS(EBUSY, mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	OK(close(fd));
	OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	FAILS(EROFS, open("m/f", O_WRONLY));
	OK(statvfs("m", &s));
	EQ(s.f_flag & ST_RDONLY, ST_RDONLY);
	OK(mount(NULL, "m", NULL, MS_REMOUNT, NULL));
	put_file("m/f", "y");
	OK(umount("m"));
}

static void moves(void)
{
	prepare();
	OK(mkdir("n", 0755));
	mount_tmpfs("m", 0, NULL);
	put_file("m/f", "x");
	int fd = OK(open("m/f", O_RDONLY));

	if (mount("m", "n", NULL, MS_MOVE, NULL) < 0) {
		/* A shared root mount forbids it, where there are no namespaces. */
		CHECK(!separate && errno == EINVAL);
		close(fd);
		OK(umount("m"));
		abi_skip("the root mount is shared");
	}
	CHECK(!exists("m/f") && file_is("n/f", "x"));
	FAILS(EINVAL, mount("m", "n", NULL, MS_MOVE, NULL));
	OK(mkdir("n/sub", 0755));
	FAILS(ELOOP, mount("n", "n/sub", NULL, MS_MOVE, NULL));
	OK(close(fd));
	OK(umount("n"));
}

static void recursive_bind(void)
{
	prepare();
	OK(mkdir("d", 0755));
	OK(mkdir("d/sub", 0755));
	mount_tmpfs("d/sub", 0, NULL);
	put_file("d/sub/f", "x");
	bind_dir("d", "m", 0);
	CHECK(exists("m/sub") && !exists("m/sub/f"));
	OK(umount("m"));
	bind_dir("d", "m", MS_REC);
	CHECK(file_is("m/sub/f", "x"));
	FAILS(EBUSY, umount("m"));
	OK(umount("m/sub"));
	CHECK(file_is("d/sub/f", "x"));
	OK(umount("m"));
	OK(umount("d/sub"));
}

static void flags(void)
{
	struct statvfs s;
	char *argv[] = { "f", NULL };
	int fd;

	prepare();
	mount_tmpfs("m", MS_NOEXEC | MS_NOSUID | MS_NODEV, NULL);
	fd = make_file("m/f", "#!/none\n");
	OK(fchmod(fd, 0755));
	FAILS(EACCES, execv("m/f", argv));
	FAILS(EPERM, mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0));
	FAILS(EACCES, access("m/f", X_OK));
	OK(statvfs("m", &s));
	EQ(s.f_flag & (ST_NOEXEC | ST_NOSUID | ST_NODEV | ST_RDONLY),
	   ST_NOEXEC | ST_NOSUID | ST_NODEV);
	OK(close(fd));
	OK(umount("m"));
}

static void full(void)
{
	static char block[16384];
	int fd;

	prepare();
	mount_tmpfs("m", 0, "size=256k,nr_inodes=5");
	fd = OK(open("m/f", O_WRONLY | O_CREAT, 0600));
	for (int i = 0; i < 16; i++)
		EQ(write(fd, block, sizeof(block)), sizeof(block));
	FAILS(ENOSPC, write(fd, block, 1));
	OK(ftruncate(fd, 0));
	OK(lseek(fd, 0, SEEK_SET));
	EQ(write(fd, block, sizeof(block)), sizeof(block));
	OK(close(fd));
	for (int i = 0; i < 5; i++) {
		fd = open((char[]){ 'm', '/', 'a' + i, 0 }, O_WRONLY | O_CREAT, 0600);
		if (fd < 0)
			break;
		close(fd);
	}
	EQ(fd, -1);
	EQ(errno, ENOSPC);
	OK(umount("m"));
}

static void errors(void)
{
	prepare();
	put_file("f", "");
	OK(symlink("m", "l"));
	FAILS(ENOENT, mount("none", "missing", "tmpfs", 0, NULL));
	FAILS(ENOTDIR, mount("none", "f", "tmpfs", 0, NULL));
	FAILS(ENODEV, mount("none", "m", "nosuchfs", 0, NULL));
	FAILS(EINVAL, mount("none", "m", NULL, 0, NULL));
	FAILS(EFAULT, mount("none", wild(), "tmpfs", 0, NULL));
	FAILS(EFAULT, mount("none", "m", wild(), 0, NULL));
	FAILS(EFAULT, mount(wild(), "m", "tmpfs", 0, NULL));
	FAILS(EINVAL, mount("none", "m", "tmpfs", 0, "size=nonsense"));
	FAILS(EINVAL, mount("none", "m", "tmpfs", 0, "no_such_option=1"));
	FAILS(ENOENT, mount("missing", "m", NULL, MS_BIND, NULL));
	FAILS(EINVAL, mount(NULL, "m", NULL, MS_REMOUNT, NULL));
	FAILS(EINVAL, umount("m"));
	FAILS(EINVAL, umount("f"));
	FAILS(ENOENT, umount("missing"));
	FAILS(EFAULT, umount(wild()));
	FAILS(EINVAL, umount2("m", 0x10000));
	mount_tmpfs("m", 0, NULL);
	FAILS(EINVAL, umount2("l", UMOUNT_NOFOLLOW));
	OK(umount("l"));
}

/* How many lines of the mount table end a mount point with this. */
static int table_lines(const char *dir)
{
	char line[4096], want[64];
	int lines = 0;
	FILE *f = fopen("/proc/self/mounts", "r");

	CHECK(f);
	snprintf(want, sizeof(want), "/%s tmpfs rw", dir);
	while (fgets(line, sizeof(line), f))
		lines += strstr(line, want) != NULL;
	fclose(f);
	return lines;
}

static void in_the_table(void)
{
	int before;

	prepare();
	OK(mkdir("strange name", 0755));
	before = table_lines("strange\\040name");
	mount_tmpfs("strange name", 0, NULL);
	EQ(table_lines("strange\\040name"), before + 1);
	OK(umount("strange name"));
	EQ(table_lines("strange\\040name"), before);
}

static void covered_directory(void)
{
	int fd;

	prepare();
	fd = OK(open("m", O_RDONLY));
	mount_tmpfs("m", 0, NULL);
	/* A descriptor from before still leads below the mount. */
	OK(openat(fd, "below", O_WRONLY | O_CREAT, 0600));
	CHECK(!exists("m/below"));
	OK(umount("m"));
	CHECK(exists("m/below"));
}

static void private_namespace(void)
{
	int p[2];
	pid_t pid;
	char c;

	prepare();
	if (!separate)
		abi_skip("no mount namespaces");
	OK(pipe(p));
	pid = OK(fork());
	if (pid == 0) {
		OK(unshare(CLONE_NEWNS));
		mount_tmpfs("m", 0, NULL);
		put_file("m/f", "");
		EQ(write(p[1], "x", 1), 1);
		abi_sleep_ms(10);
		_exit(!exists("m/f"));
	}
	EQ(read(p[0], &c, 1), 1);
	CHECK(!exists("m/f"));
	FAILS(EINVAL, umount("m"));
	child_ends(pid);
}

static void chroot_body(void)
{
	struct stat st;
	char path[4096];

	OK(stat("m", &st));
	OK(chroot("m"));
	EQ(stat_of("/").st_ino, st.st_ino);
	EQ(stat_of("/..").st_ino, st.st_ino);
	CHECK(file_is("/f", "inside"));
	FAILS(ENOENT, open("/m/f", O_RDONLY));
	/* The working directory is still outside. */
	CHECK(file_is("f", "outside"));
	EQ(syscall(SYS_getcwd, path, sizeof(path)) > 0, 1);
	CHECK(strncmp(path, "(unreachable)", 13) == 0);
	OK(chdir("/"));
	CHECK(file_is("f", "inside"));
	CHECK(file_is("../../f", "inside"));
	OK(symlink("/f", "absolute"));
	CHECK(file_is("absolute", "inside"));
	OK(chdir("/sub"));
	EQ(syscall(SYS_getcwd, path, sizeof(path)), 5);
	CHECK(strcmp(path, "/sub") == 0);
}

static void chroots(void)
{
	prepare();
	put_file("f", "outside");
	put_file("m/f", "inside");
	OK(mkdir("m/sub", 0755));
	in_child(chroot_body);
	/* The parent's root is its own. */
	CHECK(exists("/proc/self"));
}

static void escape_body(void)
{
	struct stat outside;
	int fd = OK(open(".", O_RDONLY));

	OK(fstat(fd, &outside));
	OK(chroot("m"));
	OK(chdir("/"));
	EQ(stat_of("..").st_ino, stat_of(".").st_ino);
	/* Linux lets a held directory lead out again. */
	OK(fchdir(fd));
	EQ(stat_of(".").st_ino, outside.st_ino);
	CHECK(file_is("f", "outside"));
	CHECK(stat_of("..").st_ino != outside.st_ino);
	OK(chroot("."));
	EQ(stat_of("/").st_ino, outside.st_ino);
}

static void chroot_escape(void)
{
	prepare();
	put_file("f", "outside");
	in_child(escape_body);
}

static void chroot_errors(void)
{
	prepare();
	put_file("f", "");
	FAILS(ENOENT, chroot("missing"));
	FAILS(ENOTDIR, chroot("f"));
	FAILS(EFAULT, chroot(wild()));
	OK(symlink("l", "l"));
	FAILS(ELOOP, chroot("l"));
}

static void pivot_errors(void)
{
	prepare();
	put_file("f", "");
	OK(mkdir("m/old", 0755));
	/* Not a mount, or in the root's own mount, whichever is looked at first. */
	EQ(syscall(SYS_pivot_root, "m", "m/old"), -1);
	CHECK(errno == EBUSY || errno == EINVAL);
	FAILS(ENOTDIR, syscall(SYS_pivot_root, "f", "f"));
	FAILS(ENOENT, syscall(SYS_pivot_root, "missing", "m"));
	FAILS(EFAULT, syscall(SYS_pivot_root, wild(), "m"));
	FAILS(EFAULT, syscall(SYS_pivot_root, "m", wild()));
}

static void pivots(void)
{
	prepare();
	if (!separate)
		abi_skip("no mount namespaces");
	mount_tmpfs("m", 0, NULL);
	OK(mkdir("m/old", 0755));
	put_file("m/f", "new root");
	if (syscall(SYS_pivot_root, "m", "m/old") < 0) {
		EQ(errno, EINVAL);
		abi_skip("the root is the initial one");
	}
	OK(chdir("/"));
	CHECK(file_is("/f", "new root"));
	CHECK(exists("/old/proc"));
	OK(umount2("/old", MNT_DETACH));
	CHECK(!exists("/old/proc"));
	OK(rmdir("/old"));
}

static void try_mounts(void)
{
	FAILS(EPERM, mount("none", "m", "tmpfs", 0, NULL));
	FAILS(EPERM, mount("m", "m", NULL, MS_BIND, NULL));
	FAILS(EPERM, umount("m"));
	FAILS(EPERM, chroot("m"));
	FAILS(EPERM, syscall(SYS_pivot_root, "m", "m"));
}

static void permission(void)
{
	need_root();
	OK(mkdir("m", 0755));
	become_other_and_run(try_mounts);
}

static const struct abi_row rows[] = {
	{ covers, "a mount covers its directory" },
	{ dot_dot, ".. leads out of a mount" },
	{ busy, "EBUSY while in use" },
	{ detached, "MNT_DETACH" },
	{ expires, "MNT_EXPIRE" },
	{ stacked, "mounts stack" },
	{ binds, "a bind mount shows the same files" },
	{ binds_file, "a file bound over a file" },
	{ crossing, "EXDEV between mounts of one filesystem" },
	{ read_only_bind, "a read-only bind mount" },
	{ read_only_tmpfs, "MS_REMOUNT to read-only and back" },
	{ moves, "MS_MOVE" },
	{ recursive_bind, "MS_REC" },
	{ flags, "MS_NOEXEC and other flags" },
	{ full, "ENOSPC for space and inodes" },
	{ errors, "mount and umount errors" },
	{ in_the_table, "/proc/self/mounts follows and quotes" },
	{ covered_directory, "a descriptor reaches below a mount" },
	{ private_namespace, "a namespace's mounts are its own" },
	{ chroots, "chroot moves the root, not the working directory" },
	{ chroot_escape, "a held directory leads out of a chroot" },
	{ chroot_errors, "chroot errors" },
	{ pivot_errors, "pivot_root errors" },
	{ pivots, "pivot_root" },
	{ permission, "another user may do none of it" },
};

ABI_MAIN(rows)
