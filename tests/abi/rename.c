/*
 * rename and renameat2: what is replaced, what survives, RENAME_NOREPLACE and
 * RENAME_EXCHANGE, and the errors.
 */
#include "fixture.h"

static void plain(void)
{
	put_file("f", "x");

	ino_t ino = stat_of("f").st_ino;

	OK(rename("f", "g"));
	CHECK(!exists("f"));
	EQ(stat_of("g").st_ino, ino);
	EQ(stat_of("g").st_nlink, 1);
	OK(mkdir("d", 0755));
	OK(rename("g", "d/h"));
	EQ(stat_of("d/h").st_ino, ino);
}

static void over_existing(void)
{
	char c;

	put_file("new", "n");
	int old = make_file("old", "o");
	struct stat st;

	OK(rename("new", "old"));
	CHECK(file_is("old", "n") && !exists("new"));
	EQ(read(old, &c, 1), 1);
	EQ(c, 'o');
	OK(fstat(old, &st));
	EQ(st.st_nlink, 0);
}

static void open_survives(void)
{
	char buf[4096], name[64];
	int fd = make_file("f", "");
	ssize_t n;

	OK(rename("f", "g"));
	EQ(write(fd, "late", 4), 4);
	CHECK(file_is("g", "late"));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = OK(readlink(name, buf, sizeof(buf)));
	CHECK(n > 2 && memcmp(buf + n - 2, "/g", 2) == 0);
}

static void same_file(void)
{
	put_file("f", "x");
	OK(rename("f", "f"));
	CHECK(exists("f"));
	/* Two names of one file: rename does nothing and succeeds. */
	OK(link("f", "g"));
	OK(rename("f", "g"));
	CHECK(exists("f") && exists("g"));
	EQ(stat_of("f").st_nlink, 2);
	OK(mkdir("d", 0755));
	OK(rename("d", "d"));
}

static void symlinks(void)
{
	put_file("f", "x");
	put_file("g", "y");
	OK(symlink("f", "l"));
	OK(rename("l", "m"));
	CHECK(S_ISLNK(stat_of("m").st_mode) && exists("f"));
	OK(rename("g", "m"));
	CHECK(S_ISREG(stat_of("m").st_mode));
	CHECK(file_is("f", "x") && file_is("m", "y"));
	OK(symlink("none", "dangling"));
	OK(rename("dangling", "f"));
	CHECK(S_ISLNK(stat_of("f").st_mode));
}

static void kinds_differ(void)
{
	put_file("f", "");
	OK(mkdir("d", 0755));
	OK(symlink("d", "l"));
	FAILS(EISDIR, rename("f", "d"));
	FAILS(ENOTDIR, rename("d", "f"));
	FAILS(ENOTDIR, rename("d", "l"));
	OK(rename("f", "l"));
	CHECK(S_ISREG(stat_of("l").st_mode));
}

static void into_itself(void)
{
	OK(mkdir("d", 0755));
	OK(mkdir("d/e", 0755));
	OK(mkdir("dd", 0755));
	FAILS(EINVAL, rename("d", "d/x"));
	FAILS(EINVAL, rename("d", "d/e/x"));
	FAILS(EINVAL, rename("d", "d/e"));
	FAILS(ENOTEMPTY, rename("d/e", "d"));
	OK(rename("d", "dd/d"));
	CHECK(exists("dd/d/e"));
}

static void slashes(void)
{
	put_file("f", "");
	OK(mkdir("d", 0755));
	FAILS(ENOTDIR, rename("f/", "g"));
	FAILS(ENOTDIR, rename("f", "g/"));
	FAILS(ENOTDIR, rename("d", "f/"));
	OK(rename("d/", "e/"));
	CHECK(S_ISDIR(stat_of("e").st_mode));
	FAILS(EBUSY, rename("e/.", "x"));
	FAILS(EBUSY, rename("e/..", "x"));
	FAILS(EBUSY, rename("e", "."));
	FAILS(EBUSY, rename("e", "e/.."));
	FAILS(EBUSY, rename("/", "x"));
}

static void errors(void)
{
	put_file("f", "");
	OK(symlink("l", "l"));
	FAILS(ENOENT, rename("none", "x"));
	FAILS(ENOENT, rename("f", "none/x"));
	FAILS(ENOENT, rename("", "x"));
	FAILS(ENOENT, rename("f", ""));
	FAILS(ENOTDIR, rename("f/x", "x"));
	FAILS(ENOTDIR, rename("f", "f/x"));
	FAILS(ELOOP, rename("f", "l/x"));
	FAILS(EFAULT, rename(wild(), "x"));
	FAILS(EFAULT, rename("f", wild()));
	FAILS(EBADF, renameat(-1, "f", AT_FDCWD, "x"));
	FAILS(EBADF, renameat(AT_FDCWD, "f", -1, "x"));
	FAILS(ENOTDIR, renameat(OK(open("f", O_RDONLY)), "f", AT_FDCWD, "x"));
	CHECK(exists("f"));
}

static void long_target(void)
{
	static char name[300];

	put_file("f", "");
	memset(name, 'n', 256);
	FAILS(ENAMETOOLONG, rename("f", name));
	name[255] = '\0';
	OK(rename("f", name));
	CHECK(exists(name));
	OK(rename(name, "f"));
}

static void at_directories(void)
{
	OK(mkdir("a", 0755));
	OK(mkdir("b", 0755));
	put_file("a/f", "x");

	int a = OK(open("a", O_RDONLY)), b = OK(open("b", O_PATH));

	OK(renameat(a, "f", b, "g"));
	CHECK(file_is("b/g", "x"));
	OK(renameat2(b, "g", a, "h", 0));
	CHECK(file_is("a/h", "x"));
}

static void no_replace(void)
{
	put_file("f", "f");
	put_file("g", "g");
	OK(symlink("none", "l"));
	FAILS(EEXIST, renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_NOREPLACE));
	FAILS(EEXIST, renameat2(AT_FDCWD, "f", AT_FDCWD, "l", RENAME_NOREPLACE));
	FAILS(EEXIST, renameat2(AT_FDCWD, "f", AT_FDCWD, "f", RENAME_NOREPLACE));
	FAILS(EEXIST, renameat2(AT_FDCWD, "f", AT_FDCWD, ".", RENAME_NOREPLACE));
	CHECK(file_is("f", "f") && file_is("g", "g"));
	OK(renameat2(AT_FDCWD, "f", AT_FDCWD, "h", RENAME_NOREPLACE));
	CHECK(file_is("h", "f"));
}

static void exchange(void)
{
	put_file("f", "f");
	OK(mkdir("d", 0755));
	put_file("d/in", "in");
	OK(renameat2(AT_FDCWD, "f", AT_FDCWD, "d", RENAME_EXCHANGE));
	CHECK(file_is("d", "f") && file_is("f/in", "in"));
	put_file("f/deep", "deep");
	OK(renameat2(AT_FDCWD, "d", AT_FDCWD, "f/deep", RENAME_EXCHANGE));
	CHECK(file_is("d", "deep") && file_is("f/deep", "f"));
	OK(renameat2(AT_FDCWD, "d", AT_FDCWD, "d", RENAME_EXCHANGE));
	FAILS(ENOENT, renameat2(AT_FDCWD, "d", AT_FDCWD, "none", RENAME_EXCHANGE));
	FAILS(EINVAL, renameat2(AT_FDCWD, "f", AT_FDCWD, "f/deep", RENAME_EXCHANGE));
	FAILS(EINVAL, renameat2(AT_FDCWD, "f/deep", AT_FDCWD, "f", RENAME_EXCHANGE));
}

static void exchange_directories(void)
{
	OK(mkdir("a", 0755));
	OK(mkdir("b", 0755));
	OK(mkdir("a/x", 0755));
	OK(mkdir("b/y", 0755));
	put_file("b/y/f", "");
	OK(renameat2(AT_FDCWD, "a/x", AT_FDCWD, "b/y", RENAME_EXCHANGE));
	CHECK(exists("a/x/f") && !exists("b/y/f"));
	EQ(stat_of("a/x/..").st_ino, stat_of("a").st_ino);
	EQ(stat_of("b/y/..").st_ino, stat_of("b").st_ino);
}

static void bad_flags(void)
{
	put_file("f", "");
	put_file("g", "");
	FAILS(EINVAL, renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_NOREPLACE | RENAME_EXCHANGE));
	FAILS(EINVAL, renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_WHITEOUT | RENAME_EXCHANGE));
	FAILS(EINVAL, renameat2(AT_FDCWD, "f", AT_FDCWD, "g", 0x40000000));
	CHECK(exists("f") && exists("g"));
}

static void try_renames(void)
{
	FAILS(EACCES, rename("tight/f", "x"));
	FAILS(EACCES, rename("mine", "tight/x"));
	FAILS(EPERM, rename("tmp/theirs", "x"));
	FAILS(EPERM, rename("mine", "tmp/theirs"));
	/* A directory that changes parents is itself written to. */
	FAILS(EACCES, rename("their-dir", "sub/d"));
	OK(rename("their-dir", "their-dir2"));
	OK(rename("mine", "mine2"));
}

static void permission(void)
{
	need_root();
	OK(chmod(".", 0777));
	put_file("mine", "");
	OK(chown("mine", OTHER_ID, OTHER_ID));
	OK(mkdir("tight", 0755));
	put_file("tight/f", "");
	OK(mkdir("tmp", 0755));
	OK(chmod("tmp", 01777));
	put_file("tmp/theirs", "");
	OK(mkdir("their-dir", 0755));
	OK(mkdir("sub", 0777));
	OK(chmod("sub", 0777));
	become_other_and_run(try_renames);
}

static void swap_race(void)
{
	pid_t pid;

	/* While one process replaces the name, another always finds it. */
	put_file("f", "1");
	pid = OK(fork());
	if (pid == 0) {
		for (int i = 0; i < 200; i++) {
			put_file("t", "2");
			OK(rename("t", "f"));
		}
		_exit(0);
	}
	for (int i = 0; i < 500; i++)
		close(OK(open("f", O_RDONLY)));
	child_ends(pid);
}

static const struct abi_row rows[] = {
	{ plain, "rename moves the name, not the file" },
	{ over_existing, "the replaced file lives on while open" },
	{ open_survives, "an open file follows its new name" },
	{ same_file, "two names of one file: nothing happens" },
	{ symlinks, "links are moved and replaced, not followed" },
	{ kinds_differ, "EISDIR and ENOTDIR between kinds" },
	{ into_itself, "a directory does not go into itself" },
	{ slashes, "trailing slashes, dots and the root" },
	{ errors, "rename errors" },
	{ long_target, "the longest name" },
	{ at_directories, "renameat between directories" },
	{ no_replace, "RENAME_NOREPLACE" },
	{ exchange, "RENAME_EXCHANGE swaps any two" },
	{ exchange_directories, "RENAME_EXCHANGE gives directories new parents" },
	{ bad_flags, "renameat2 refuses flags that contradict" },
	{ permission, "rename needs both directories, and the moved one" },
	{ swap_race, "a replaced name is never missing" },
};

ABI_MAIN(rows)
