/*
 * Names: link, symlink, readlink, unlink and their *at forms; trailing slashes,
 * loops, counts.
 */
#include "fixture.h"

static void hard_link(void)
{
	int fd = make_file("f", "old");

	OK(link("f", "g"));
	EQ(stat_of("f").st_ino, stat_of("g").st_ino);
	EQ(stat_of("g").st_nlink, 2);
	EQ(write(fd, "new", 3), 3);
	CHECK(file_is("g", "new"));
	OK(unlink("f"));
	CHECK(file_is("g", "new"));
	EQ(stat_of("g").st_nlink, 1);
}

static void link_errors(void)
{
	put_file("f", "");
	put_file("g", "");
	OK(mkdir("d", 0755));
	FAILS(EEXIST, link("f", "g"));
	FAILS(EEXIST, link("f", "f"));
	FAILS(EEXIST, link("f", "d"));
	FAILS(ENOENT, link("none", "x"));
	FAILS(ENOENT, link("f", "none/x"));
	FAILS(ENOENT, link("", "x"));
	FAILS(ENOENT, link("f", ""));
	FAILS(ENOTDIR, link("f/x", "x"));
	FAILS(ENOTDIR, link("f", "g/x"));
	FAILS(EPERM, link("d", "x"));
	FAILS(ENOENT, link("f", "x/"));
	FAILS(EFAULT, link(wild(), "x"));
	FAILS(EFAULT, link("f", wild()));
	EQ(stat_of("f").st_nlink, 1);
}

static void other_filesystem(void)
{
	put_file("f", "");
	FAILS(EXDEV, link("/proc/self/stat", "x"));
	FAILS(EXDEV, rename("f", "/proc/self/x"));
}

static void link_to_symlink(void)
{
	put_file("f", "");
	OK(symlink("f", "l"));
	/* Without AT_SYMLINK_FOLLOW the link itself gets a second name. */
	OK(link("l", "l2"));
	CHECK(S_ISLNK(stat_of("l2").st_mode));
	EQ(stat_of("l").st_nlink, 2);
	OK(linkat(AT_FDCWD, "l", AT_FDCWD, "f2", AT_SYMLINK_FOLLOW));
	EQ(stat_of("f2").st_ino, stat_of("f").st_ino);
	EQ(stat_of("f").st_nlink, 2);
}

static void linkat_forms(void)
{
	OK(mkdir("a", 0755));
	OK(mkdir("b", 0755));
	put_file("a/f", "x");

	int a = OK(open("a", O_RDONLY)), b = OK(open("b", O_PATH)), f = OK(open("a/f", O_RDONLY));

	OK(linkat(a, "f", b, "g", 0));
	CHECK(file_is("b/g", "x"));
	FAILS(EINVAL, linkat(a, "f", b, "h", 0x40000000));
	FAILS(EBADF, linkat(-1, "f", b, "h", 0));
	FAILS(EBADF, linkat(a, "f", -1, "h", 0));
	FAILS(ENOTDIR, linkat(f, "f", b, "h", 0));
	FAILS(ENOTDIR, linkat(a, "f", f, "h", 0));
	FAILS(ENOENT, linkat(f, "", b, "h", 0));
}

static void linkat_empty_path(void)
{
	int fd = make_file("f", "x");

	/* Linux 6.10 lets the one who opened the file do it too; before, it is ENOENT. */
	if (geteuid() != 0)
		abi_skip("needs CAP_DAC_READ_SEARCH before Linux 6.10");
	OK(linkat(fd, "", AT_FDCWD, "g", AT_EMPTY_PATH));
	EQ(stat_of("g").st_nlink, 2);
	OK(unlink("f"));
	OK(unlink("g"));
	FAILS(ENOENT, linkat(fd, "", AT_FDCWD, "g", AT_EMPTY_PATH));
}

static void revive_refused(void)
{
	char name[64];
	int fd = make_file("f", "x");

	OK(unlink("f"));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	FAILS(ENOENT, linkat(AT_FDCWD, name, AT_FDCWD, "g", AT_SYMLINK_FOLLOW));
}

static void symbolic(void)
{
	char buf[32];

	OK(symlink("no/such//thing", "l"));
	EQ(stat_of("l").st_mode, S_IFLNK | 0777);
	EQ(stat_of("l").st_size, 14);
	memset(buf, '#', sizeof(buf));
	EQ(readlink("l", buf, sizeof(buf)), 14);
	CHECK(memcmp(buf, "no/such//thing##", 16) == 0);
	EQ(readlink("l", buf, 4), 4);
	OK(symlinkat("x", OK(open(".", O_RDONLY)), "m"));
	EQ(readlinkat(AT_FDCWD, "m", buf, 1), 1);
	EQ(buf[0], 'x');
}

static void symlink_errors(void)
{
	put_file("f", "");
	FAILS(ENOENT, symlink("", "l"));
	FAILS(ENOENT, symlink("x", ""));
	FAILS(EEXIST, symlink("x", "f"));
	FAILS(EEXIST, symlink("x", "."));
	FAILS(ENOENT, symlink("x", "none/l"));
	FAILS(ENOTDIR, symlink("x", "f/l"));
	FAILS(ENOENT, symlink("x", "l/"));
	FAILS(EFAULT, symlink(wild(), "l"));
	FAILS(EFAULT, symlink("x", wild()));
	FAILS(EBADF, symlinkat("x", -1, "l"));
	CHECK(!exists("l"));
}

static void symlink_lengths(void)
{
	static char text[5000], back[5000];

	memset(text, 't', sizeof(text));
	text[4096] = '\0';
	FAILS(ENAMETOOLONG, symlink(text, "l"));
	/* The longest that every filesystem keeps. */
	text[1000] = '\0';
	OK(symlink(text, "l"));
	EQ(readlink("l", back, sizeof(back)), 1000);
	CHECK(memcmp(text, back, 1000) == 0);
	FAILS(ENAMETOOLONG, open("l", O_RDONLY));
	text[30] = '\0';
	OK(symlink(text, "m"));
	EQ(readlink("m", back, sizeof(back)), 30);
}

static void readlink_errors(void)
{
	char buf[8];

	put_file("f", "");
	OK(symlink("f", "l"));
	FAILS(EINVAL, readlink("f", buf, sizeof(buf)));
	FAILS(EINVAL, readlink(".", buf, sizeof(buf)));
	FAILS(ENOENT, readlink("none", buf, sizeof(buf)));
	FAILS(ENOENT, readlink("", buf, sizeof(buf)));
	FAILS(ENOTDIR, readlink("f/x", buf, sizeof(buf)));
	FAILS(EFAULT, readlink(wild(), buf, sizeof(buf)));
	FAILS(EFAULT, syscall(SYS_readlinkat, AT_FDCWD, "l", wild(), 8L));
	FAILS(EINVAL, syscall(SYS_readlinkat, AT_FDCWD, "l", buf, 0L));
	FAILS(EINVAL, syscall(SYS_readlinkat, AT_FDCWD, "l", buf, -1L));
	FAILS(EBADF, readlinkat(-1, "l", buf, sizeof(buf)));
	FAILS(ENOTDIR, readlink("l/", buf, sizeof(buf)));
}

static void resolution(void)
{
	OK(mkdir("d", 0755));
	OK(mkdir("d/e", 0755));
	put_file("d/f", "in d");
	put_file("f", "on top");
	OK(symlink("../f", "d/e/up"));
	OK(symlink("d/e", "e"));
	/* A link's text counts from the link's own directory. */
	CHECK(file_is("d/e/up", "in d"));
	CHECK(file_is("e/up", "in d"));
	CHECK(file_is("e/../f", "in d"));
	OK(rename("d/e/up", "up"));
	CHECK(!file_is("up", "in d"));
	OK(symlink("d/", "slash"));
	CHECK(file_is("slash/f", "in d"));
	OK(symlink("f/", "fslash"));
	FAILS(ENOTDIR, open("fslash", O_RDONLY));
}

static void loops(void)
{
	struct stat st;

	OK(symlink("b", "a"));
	OK(symlink("a", "b"));
	FAILS(ELOOP, stat("a", &st));
	FAILS(ELOOP, open("a/x", O_RDONLY));
	FAILS(ELOOP, mkdir("a/x", 0755));
	FAILS(ELOOP, open("a", O_WRONLY | O_CREAT, 0600));
	FAILS(ELOOP, chmod("b", 0600));
	OK(symlink(".", "here"));
	put_file("f", "x");
	CHECK(file_is("here/here/here/f", "x"));
	OK(unlink("a"));
	FAILS(ENOENT, stat("b", &st));
}

static void unlinks(void)
{
	put_file("f", "");
	OK(symlink("f", "l"));
	OK(unlink("l"));
	CHECK(exists("f") && !exists("l"));
	OK(unlinkat(AT_FDCWD, "f", 0));
	CHECK(!exists("f"));
	OK(mkfifo("p", 0600));
	OK(unlink("p"));
	OK(symlink("none", "dangling"));
	OK(unlink("dangling"));
	put_file("ro", "");
	OK(chmod("ro", 0));
	OK(unlink("ro"));
}

static void unlink_errors(void)
{
	put_file("f", "");
	OK(mkdir("d", 0755));
	OK(symlink("f", "l"));
	FAILS(ENOENT, unlink("none"));
	FAILS(ENOENT, unlink(""));
	FAILS(EISDIR, unlink("d"));
	FAILS(EISDIR, unlink("."));
	FAILS(EISDIR, unlink("d/.."));
	FAILS(ENOTDIR, unlink("f/"));
	FAILS(ENOTDIR, unlink("l/"));
	FAILS(ENOTDIR, unlink("f/x"));
	FAILS(ENOENT, unlink("none/"));
	FAILS(EFAULT, unlink(wild()));
	FAILS(EINVAL, unlinkat(AT_FDCWD, "f", 0x40000000));
	FAILS(ENOTDIR, unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
	FAILS(EBADF, unlinkat(-1, "f", 0));
	FAILS(ENOTDIR, unlinkat(OK(open("f", O_RDONLY)), "x", 0));
	CHECK(exists("f") && exists("l"));
}

static void many_links(void)
{
	char name[16];

	put_file("f", "");
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		OK(link("f", name));
	}
	EQ(stat_of("f").st_nlink, 61);
	for (int i = 0; i < 60; i += 2) {
		snprintf(name, sizeof(name), "n%d", i);
		OK(unlink(name));
	}
	EQ(stat_of("n1").st_nlink, 31);
}

static void deleted_link(void)
{
	char buf[4096], name[64];
	int fd = make_file("gone", "");
	ssize_t n;

	OK(unlink("gone"));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = OK(readlink(name, buf, sizeof(buf) - 1));
	buf[n] = '\0';
	CHECK(n > 15 && strcmp(buf + n - 15, "/gone (deleted)") == 0);
	FAILS(ENOENT, open(buf, O_RDONLY));
	OK(open(name, O_RDONLY));
}

static void replaced_while_open(void)
{
	char c;
	int old = make_file("f", "1");

	OK(unlink("f"));
	put_file("f", "2");
	EQ(read(old, &c, 1), 1);
	EQ(c, '1');
	CHECK(file_is("f", "2"));
}

static void try_links(void)
{
	FAILS(EACCES, link("mine", "tight/x"));
	FAILS(EACCES, symlink("x", "tight/x"));
	FAILS(EACCES, unlink("tight/f"));
	FAILS(EACCES, link("closed/f", "x"));
	OK(link("mine", "mine2"));
}

static void permission(void)
{
	need_root();
	OK(chmod(".", 0777));
	put_file("mine", "");
	OK(chown("mine", OTHER_ID, OTHER_ID));
	OK(mkdir("tight", 0755));
	put_file("tight/f", "");
	OK(mkdir("closed", 0700));
	put_file("closed/f", "");
	become_other_and_run(try_links);
}

static const struct abi_row rows[] = {
	{ hard_link, "link gives a second equal name" },
	{ link_errors, "link errors" },
	{ other_filesystem, "EXDEV between filesystems" },
	{ link_to_symlink, "link does not follow, linkat may" },
	{ linkat_forms, "linkat with directories, and its errors" },
	{ linkat_empty_path, "linkat with AT_EMPTY_PATH" },
	{ revive_refused, "a file without names gets no new one" },
	{ symbolic, "symlink keeps any text, readlink gives it back" },
	{ symlink_errors, "symlink errors" },
	{ symlink_lengths, "long symlinks" },
	{ readlink_errors, "readlink errors" },
	{ resolution, "a relative link starts at its own directory" },
	{ loops, "loops are ELOOP everywhere" },
	{ unlinks, "unlink removes the name itself" },
	{ unlink_errors, "unlink errors" },
	{ many_links, "st_nlink follows many links" },
	{ deleted_link, "a deleted open file's magic link" },
	{ replaced_while_open, "unlink and create make two files" },
	{ permission, "names need write permission on the directory" },
};

ABI_MAIN(rows)
