/*
 * Directories: getdents64 and readdir, mkdir, rmdir, moving directories, the
 * working directory, the sticky bit.
 */
#include "fixture.h"

#include <dirent.h>

/* What getdents64 fills in. */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static long entries_read(int fd, void *buf, size_t size)
{
	return syscall(SYS_getdents64, fd, buf, size);
}

/* How often name is listed in the open directory. */
static int times_listed(DIR *dir, const char *name)
{
	int times = 0;

	rewinddir(dir);
	for (struct dirent *d; (d = readdir(dir));)
		times += strcmp(d->d_name, name) == 0;
	return times;
}

static bool listed(const char *path, const char *name)
{
	DIR *dir = opendir(path);

	CHECK(dir);
	int times = times_listed(dir, name);

	CHECK(times <= 1);
	closedir(dir);
	return times;
}

static void raw_entries(void)
{
	_Alignas(8) char buf[4096];
	int seen = 0;

	put_file("file", "");
	OK(mkdir("sub", 0755));
	OK(symlink("file", "link"));
	OK(mkfifo("fifo", 0600));

	int fd = OK(open(".", O_RDONLY | O_DIRECTORY));
	long n = OK(entries_read(fd, buf, sizeof(buf)));

	for (long at = 0; at < n;) {
		struct entry *e = (struct entry *)(buf + at);
		struct stat st = stat_of(e->name);

		EQ(e->reclen % 8, 0);
		CHECK(e->reclen >= offsetof(struct entry, name) + strlen(e->name) + 1);
		CHECK(e->ino != 0);
		if (strcmp(e->name, "..") != 0)
			EQ(e->ino, st.st_ino);
		CHECK(e->type == DT_UNKNOWN || e->type == IFTODT(st.st_mode));
		seen++;
		at += e->reclen;
		CHECK(at <= n);
	}
	EQ(seen, 6);
	EQ(entries_read(fd, buf, sizeof(buf)), 0);
	EQ(lseek(fd, 0, SEEK_SET), 0);
	EQ(entries_read(fd, buf, sizeof(buf)), n);
}

static void raw_errors(void)
{
	char buf[512];
	int file = make_file("f", ""), dir = OK(open(".", O_RDONLY));

	FAILS(ENOTDIR, entries_read(file, buf, sizeof(buf)));
	FAILS(EBADF, entries_read(-1, buf, sizeof(buf)));
	FAILS(EINVAL, entries_read(dir, buf, 8));
	FAILS(EINVAL, entries_read(dir, buf, 0));
	FAILS(EFAULT, entries_read(dir, wild(), sizeof(buf)));
	CHECK(OK(entries_read(dir, buf, sizeof(buf))) > 0);
}

static void many_entries(void)
{
	enum { COUNT = 500 };
	static char seen[COUNT];
	char name[64], buf[256];
	int fd, left = COUNT;

	OK(mkdir("d", 0755));
	fd = OK(open("d", O_RDONLY | O_DIRECTORY));
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "entry-with-a-longer-name-%d", i);
		close(OK(openat(fd, name, O_WRONLY | O_CREAT, 0600)));
	}
	for (long n; (n = OK(entries_read(fd, buf, sizeof(buf)))) > 0;)
		for (long at = 0; at < n; at += ((struct entry *)(buf + at))->reclen) {
			const char *e = ((struct entry *)(buf + at))->name;

			if (e[0] == '.')
				continue;
			int i = atoi(e + strlen("entry-with-a-longer-name-"));

			CHECK(i >= 0 && i < COUNT && !seen[i]);
			seen[i] = 1;
			left--;
		}
	EQ(left, 0);
}

static void unlink_while_reading(void)
{
	char name[32];
	int removed = 0;

	OK(mkdir("d", 0755));
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		put_file(name, "");
	}

	DIR *dir = opendir("d");

	CHECK(dir);
	for (struct dirent *d; (d = readdir(dir));)
		if (d->d_name[0] != '.') {
			OK(unlinkat(dirfd(dir), d->d_name, 0));
			removed++;
		}
	EQ(removed, 200);
	OK(rmdir("d"));
}

static void seeks(void)
{
	char name[32], names[64][32];
	long places[64];
	int count = 0;

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "%d", i);
		put_file(name, "");
	}

	DIR *dir = opendir(".");

	CHECK(dir);
	for (;;) {
		places[count] = telldir(dir);

		struct dirent *d = readdir(dir);

		if (!d)
			break;
		snprintf(names[count++], sizeof(names[0]), "%.31s", d->d_name);
	}
	EQ(count, 42);
	for (int i = count - 1; i >= 0; i -= 5) {
		seekdir(dir, places[i]);

		struct dirent *d = readdir(dir);

		CHECK(d && strcmp(d->d_name, names[i]) == 0);
	}
	seekdir(dir, places[count]);
	CHECK(!readdir(dir));
	rewinddir(dir);
	CHECK(readdir(dir));
}

static void rewinds(void)
{
	DIR *dir = opendir(".");

	CHECK(dir);
	EQ(times_listed(dir, "new"), 0);
	put_file("new", "");
	EQ(times_listed(dir, "new"), 1);
	OK(unlink("new"));
	EQ(times_listed(dir, "new"), 0);
	EQ(times_listed(dir, "."), 1);
	EQ(times_listed(dir, ".."), 1);
}

static void shares_position(void)
{
	char buf[4096];
	int fd = OK(open(".", O_RDONLY)), copy = OK(dup(fd)), own = OK(open(".", O_RDONLY));

	CHECK(OK(entries_read(fd, buf, sizeof(buf))) > 0);
	EQ(entries_read(copy, buf, sizeof(buf)), 0);
	CHECK(OK(entries_read(own, buf, sizeof(buf))) > 0);
}

static void makes(void)
{
	OK(mkdir("a", 0777));
	EQ(stat_of("a").st_mode, S_IFDIR | 0755);
	OK(mkdir("b/", 01777));
	EQ(mode_of("b"), 01755);
	umask(0);
	OK(mkdir("c", 0));
	EQ(mode_of("c"), 0);
	OK(mkdirat(OK(open("a", O_RDONLY)), "in", 0700));
	CHECK(exists("a/in"));
	CHECK(listed("a", "in"));
	OK(chmod("c", 0700));
}

static void make_errors(void)
{
	put_file("f", "");
	OK(symlink("nowhere", "l"));
	FAILS(EEXIST, mkdir(".", 0755));
	FAILS(EEXIST, mkdir("f", 0755));
	FAILS(EEXIST, mkdir("l", 0755));
	FAILS(EEXIST, mkdir("/", 0755));
	FAILS(ENOENT, mkdir("", 0755));
	FAILS(ENOENT, mkdir("none/d", 0755));
	FAILS(ENOTDIR, mkdir("f/d", 0755));
	FAILS(EFAULT, mkdir(wild(), 0755));
	FAILS(EBADF, mkdirat(-1, "d", 0755));
	FAILS(ENOTDIR, mkdirat(OK(open("f", O_RDONLY)), "d", 0755));
}

static void removes(void)
{
	OK(mkdir("d", 0755));
	put_file("d/f", "");
	FAILS(ENOTEMPTY, rmdir("d"));
	OK(unlink("d/f"));
	OK(mkdir("d/e", 0755));
	FAILS(ENOTEMPTY, rmdir("d"));
	OK(rmdir("d/e/"));
	OK(rmdir("d"));
	CHECK(!exists("d"));
	CHECK(!listed(".", "d"));
	OK(mkdir("d", 0755));
	OK(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
}

static void remove_errors(void)
{
	put_file("f", "");
	OK(mkdir("d", 0755));
	OK(mkdir("d/e", 0755));
	OK(symlink("d", "l"));
	FAILS(ENOTDIR, rmdir("f"));
	FAILS(ENOTDIR, rmdir("l"));
	FAILS(ENOTDIR, rmdir("l/"));
	FAILS(EINVAL, rmdir("."));
	FAILS(EINVAL, rmdir("d/e/."));
	FAILS(ENOTEMPTY, rmdir("d/e/.."));
	FAILS(ENOENT, rmdir("none"));
	FAILS(ENOENT, rmdir(""));
	FAILS(EBUSY, rmdir("/"));
	FAILS(EFAULT, rmdir(wild()));
	FAILS(EISDIR, unlink("d"));
	FAILS(EISDIR, unlink("d/"));
}

static void moves(void)
{
	struct stat st;

	OK(mkdir("a", 0755));
	OK(mkdir("b", 0755));
	put_file("a/f", "x");

	int a = OK(open("a", O_RDONLY));

	OK(rename("a", "b/c"));
	CHECK(!exists("a") && file_is("b/c/f", "x"));
	OK(fstatat(a, "f", &st, 0));
	EQ(stat_of("b/c/..").st_ino, stat_of("b").st_ino);
	OK(fchdir(a));
	OK(chdir(".."));
	EQ(stat_of(".").st_ino, stat_of("../b").st_ino);
}

static void move_over(void)
{
	OK(mkdir("full", 0755));
	put_file("full/f", "");
	OK(mkdir("empty", 0755));
	OK(mkdir("d", 0755));
	put_file("plain", "");
	FAILS(ENOTEMPTY, rename("d", "full"));
	FAILS(ENOTDIR, rename("d", "plain"));
	FAILS(EISDIR, rename("plain", "d"));
	OK(rename("full", "empty"));
	CHECK(exists("empty/f") && !exists("full"));
	OK(mkdir("empty/sub", 0755));
	FAILS(EINVAL, rename("empty", "empty/sub/x"));
	FAILS(EINVAL, rename("empty", "empty/x"));
	FAILS(ENOTEMPTY, rename("empty/sub", "empty"));
	FAILS(EBUSY, rename(".", "x"));
	FAILS(EBUSY, rename("d/..", "x"));
}

static void working_directory(void)
{
	static char top[8192], path[8192];

	OK(syscall(SYS_getcwd, top, sizeof(top)));
	CHECK(top[0] == '/');
	EQ(syscall(SYS_getcwd, path, sizeof(path)), strlen(top) + 1);
	EQ(syscall(SYS_getcwd, path, strlen(top) + 1), strlen(top) + 1);
	FAILS(ERANGE, syscall(SYS_getcwd, path, strlen(top)));
	FAILS(ERANGE, syscall(SYS_getcwd, path, 0));
	FAILS(EFAULT, syscall(SYS_getcwd, wild(), sizeof(path)));
	OK(mkdir("d", 0755));
	OK(symlink("d", "l"));
	OK(chdir("l"));
	strcat(top, "/d");
	OK(syscall(SYS_getcwd, path, sizeof(path)));
	CHECK(strcmp(path, top) == 0);
	OK(rename("../d", "../renamed"));
	OK(syscall(SYS_getcwd, path, sizeof(path)));
	CHECK(strcmp(strrchr(path, '/'), "/renamed") == 0);
}

static void chdir_errors(void)
{
	put_file("f", "");
	OK(symlink("l", "l"));
	FAILS(ENOENT, chdir("none"));
	FAILS(ENOENT, chdir(""));
	FAILS(ENOTDIR, chdir("f"));
	FAILS(ELOOP, chdir("l"));
	FAILS(EFAULT, chdir(wild()));
	FAILS(EBADF, fchdir(-1));
	FAILS(ENOTDIR, fchdir(OK(open("f", O_RDONLY))));
	OK(fchdir(OK(open(".", O_PATH))));
	CHECK(exists("f"));
}

static void deleted_directory(void)
{
	char path[4096];
	int up = OK(open(".", O_RDONLY)), fd;
	struct stat st;

	OK(mkdir("d", 0755));
	OK(chdir("d"));
	fd = OK(open(".", O_RDONLY));
	OK(rmdir("../d"));
	FAILS(ENOENT, syscall(SYS_getcwd, path, sizeof(path)));
	FAILS(ENOENT, open("f", O_WRONLY | O_CREAT, 0600));
	FAILS(ENOENT, mkdir("e", 0755));
	FAILS(ENOENT, symlink("x", "y"));
	FAILS(ENOENT, entries_read(fd, path, sizeof(path)));
	OK(fstat(fd, &st));
	EQ(st.st_nlink, 0);
	OK(open(".", O_RDONLY));
	OK(chdir(".."));
	EQ(stat_of(".").st_ino, (OK(fstat(up, &st)), st.st_ino));
}

static void inherited_directory(void)
{
	OK(mkdir("d", 0755));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(chdir("d"));
		put_file("f", "");
		_exit(0);
	}
	child_ends(pid);
	CHECK(exists("d/f") && !exists("f"));
	OK(chdir("d"));
	pid = OK(fork());
	if (pid == 0)
		_exit(!exists("f"));
	child_ends(pid);
}

static void try_sticky(void)
{
	OK(chdir("tmp"));
	FAILS(EPERM, unlink("theirs"));
	FAILS(EPERM, rename("theirs", "x"));
	FAILS(EPERM, rmdir("their-dir"));
	put_file("mine", "");
	FAILS(EPERM, rename("mine", "theirs"));
	OK(rename("mine", "mine2"));
	OK(unlink("mine2"));
	OK(chdir(".."));
	OK(unlink("open/theirs"));
	FAILS(EACCES, unlink("tight/theirs"));
	FAILS(EACCES, mkdir("tight/d", 0755));
	FAILS(ENOENT, rmdir("tight/none-such/x"));
	FAILS(ENOENT, unlink("tight/none"));
}

static void sticky(void)
{
	need_root();
	umask(0);
	OK(mkdir("tmp", 01777));
	OK(mkdir("open", 0777));
	OK(mkdir("tight", 0744));
	put_file("tmp/theirs", "");
	OK(mkdir("tmp/their-dir", 0777));
	put_file("open/theirs", "");
	put_file("tight/theirs", "");
	OK(chmod("tight", 0755));
	become_other_and_run(try_sticky);
}

static void deep(void)
{
	int top = OK(open(".", O_RDONLY));
	char name[201];

	memset(name, 'd', 200);
	name[200] = '\0';
	for (int i = 0; i < 30; i++) {
		OK(mkdir(name, 0755));
		OK(chdir(name));
	}
	/* Deeper than any path can say; only steps lead there. */
	static char path[16384];

	FAILS(ENAMETOOLONG, syscall(SYS_getcwd, path, sizeof(path)));
	put_file("f", "");
	OK(unlink("f"));
	for (int i = 0; i < 30; i++) {
		OK(chdir(".."));
		OK(rmdir(name));
	}
	struct stat st;

	OK(fstat(top, &st));
	EQ(stat_of(".").st_ino, st.st_ino);
}

static void recreated(void)
{
	OK(mkdir("d", 0755));

	int old = OK(open("d", O_RDONLY));

	OK(rmdir("d"));
	OK(mkdir("d", 0755));
	put_file("d/f", "");
	FAILS(ENOENT, openat(old, "f", O_RDONLY));
	FAILS(ENOENT, openat(old, "g", O_WRONLY | O_CREAT, 0600));
	CHECK(exists("d/f"));
}

static const struct abi_row rows[] = {
	{ raw_entries, "getdents64 lists every entry with inode and kind" },
	{ raw_errors, "getdents64 errors" },
	{ many_entries, "many entries come once each through a small buffer" },
	{ unlink_while_reading, "unlinking while reading skips nothing" },
	{ seeks, "seekdir returns to where telldir was" },
	{ rewinds, "rewinddir sees what came and went" },
	{ shares_position, "a dup shares the directory position" },
	{ makes, "mkdir modes and mkdirat" },
	{ make_errors, "mkdir errors" },
	{ removes, "rmdir wants an empty directory" },
	{ remove_errors, "rmdir errors" },
	{ moves, "a moved directory keeps its content and gets a new parent" },
	{ move_over, "renaming directories over others" },
	{ working_directory, "getcwd follows renames; its length and errors" },
	{ chdir_errors, "chdir and fchdir errors" },
	{ deleted_directory, "a deleted working directory is empty and closed" },
	{ inherited_directory, "the working directory is copied at fork" },
	{ sticky, "the sticky bit protects others' entries" },
	{ deep, "directories deeper than PATH_MAX" },
	{ recreated, "a new directory of the same name is another one" },
};

ABI_MAIN(rows)
