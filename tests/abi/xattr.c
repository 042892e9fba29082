/*
 * Extended attributes of the user class: set, get, list and remove through
 * paths, links and descriptors, with flags, sizes and errors.
 */
#include "fixture.h"

#include <sys/xattr.h>

static int make_supported(const char *path)
{
	int fd = make_file(path, "");

	if (fsetxattr(fd, "user.probe", "", 0, 0) < 0 && errno == EOPNOTSUPP)
		abi_skip("no user attributes here");
	OK(fremovexattr(fd, "user.probe"));
	return fd;
}

/* How often name stands in the list of path. */
static int listed(const char *path, const char *name)
{
	char list[4096];
	ssize_t n = OK(listxattr(path, list, sizeof(list)));
	int times = 0;

	for (char *at = list; at < list + n; at += strlen(at) + 1)
		times += strcmp(at, name) == 0;
	return times;
}

static void set_and_get(void)
{
	char buf[32];

	make_supported("f");
	OK(setxattr("f", "user.a", "value", 5, 0));
	memset(buf, '#', sizeof(buf));
	EQ(getxattr("f", "user.a", buf, sizeof(buf)), 5);
	CHECK(memcmp(buf, "value#", 6) == 0);
	OK(setxattr("f", "user.a", "x\0y", 3, 0));
	EQ(getxattr("f", "user.a", buf, sizeof(buf)), 3);
	CHECK(memcmp(buf, "x\0y", 3) == 0);
	OK(setxattr("f", "user.empty", NULL, 0, 0));
	EQ(getxattr("f", "user.empty", buf, sizeof(buf)), 0);
}

static void sizes(void)
{
	char buf[8];

	make_supported("f");
	OK(setxattr("f", "user.a", "12345", 5, 0));
	EQ(getxattr("f", "user.a", NULL, 0), 5);
	EQ(getxattr("f", "user.a", wild(), 0), 5);
	EQ(getxattr("f", "user.a", buf, 5), 5);
	FAILS(ERANGE, getxattr("f", "user.a", buf, 4));
	EQ(listxattr("f", NULL, 0), listxattr("f", wild(), 0));
	CHECK(listxattr("f", NULL, 0) >= 7);
	FAILS(ERANGE, listxattr("f", buf, 1));
}

static void flags(void)
{
	make_supported("f");
	FAILS(ENODATA, setxattr("f", "user.a", "1", 1, XATTR_REPLACE));
	OK(setxattr("f", "user.a", "1", 1, XATTR_CREATE));
	FAILS(EEXIST, setxattr("f", "user.a", "2", 1, XATTR_CREATE));
	OK(setxattr("f", "user.a", "3", 1, XATTR_REPLACE));
	FAILS(EINVAL, setxattr("f", "user.a", "4", 1, 0x80));

	char c;

	EQ(getxattr("f", "user.a", &c, 1), 1);
	EQ(c, '3');
}

static void lists(void)
{
	char name[32];

	make_supported("f");
	EQ(listed("f", "user.n0"), 0);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "user.n%d", i);
		OK(setxattr("f", name, name, strlen(name), 0));
	}
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "user.n%d", i);
		EQ(listed("f", name), 1);
	}
	OK(removexattr("f", "user.n7"));
	EQ(listed("f", "user.n7"), 0);
	EQ(listed("f", "user.n8"), 1);
}

static void removes(void)
{
	char c;

	make_supported("f");
	FAILS(ENODATA, removexattr("f", "user.a"));
	OK(setxattr("f", "user.a", "1", 1, 0));
	OK(removexattr("f", "user.a"));
	FAILS(ENODATA, getxattr("f", "user.a", &c, 1));
	FAILS(ENODATA, removexattr("f", "user.a"));
}

static void descriptors(void)
{
	int fd = make_supported("f");
	char buf[8];

	OK(fsetxattr(fd, "user.a", "fd", 2, 0));
	EQ(getxattr("f", "user.a", buf, sizeof(buf)), 2);
	EQ(fgetxattr(fd, "user.a", buf, sizeof(buf)), 2);
	EQ(flistxattr(fd, NULL, 0), listxattr("f", NULL, 0));
	OK(fremovexattr(fd, "user.a"));
	FAILS(ENODATA, fgetxattr(fd, "user.a", buf, sizeof(buf)));
	FAILS(EBADF, fsetxattr(-1, "user.a", "1", 1, 0));
	FAILS(EBADF, fgetxattr(-1, "user.a", buf, 1));
	FAILS(EBADF, flistxattr(-1, buf, 1));
	FAILS(EBADF, fremovexattr(-1, "user.a"));
	FAILS(EBADF, fgetxattr(OK(open("f", O_PATH)), "user.a", buf, 1));
	OK(fsetxattr(OK(open("f", O_RDONLY)), "user.b", "1", 1, 0));
}

static void links(void)
{
	char buf[8];

	make_supported("f");
	OK(symlink("f", "l"));
	OK(setxattr("l", "user.a", "1", 1, 0));
	EQ(getxattr("f", "user.a", buf, sizeof(buf)), 1);
	EQ(lgetxattr("f", "user.a", buf, sizeof(buf)), 1);
	/* Links themselves carry no user attributes. */
	FAILS(EPERM, lsetxattr("l", "user.a", "1", 1, 0));
	EQ(lgetxattr("l", "user.a", buf, sizeof(buf)), -1);
	CHECK(errno == ENODATA || errno == EPERM);
	OK(symlink("none", "m"));
	FAILS(ENOENT, setxattr("m", "user.a", "1", 1, 0));
}

static void hard_links(void)
{
	char buf[8];

	make_supported("f");
	OK(setxattr("f", "user.a", "12", 2, 0));
	OK(link("f", "g"));
	EQ(getxattr("g", "user.a", buf, sizeof(buf)), 2);
	OK(unlink("f"));
	OK(rename("g", "h"));
	EQ(getxattr("h", "user.a", buf, sizeof(buf)), 2);
	put_file("h2", "");
	EQ(listed("h2", "user.a"), 0);
}

static void other_kinds(void)
{
	char c;

	make_supported("f");
	OK(mkdir("d", 0755));
	OK(setxattr("d", "user.a", "1", 1, 0));
	EQ(getxattr("d", "user.a", &c, 1), 1);
	EQ(listed("d", "user.a"), 1);
	OK(mkfifo("p", 0600));
	FAILS(EPERM, setxattr("p", "user.a", "1", 1, 0));
}

static void bad_names(void)
{
	static char name[300];
	char c;

	make_supported("f");
	memcpy(name, "user.", 5);
	memset(name + 5, 'n', 250);
	OK(setxattr("f", name, "1", 1, 0));
	EQ(getxattr("f", name, &c, 1), 1);
	name[255] = 'n';
	FAILS(ERANGE, setxattr("f", name, "1", 1, 0));
	FAILS(ERANGE, getxattr("f", name, &c, 1));
	FAILS(ERANGE, setxattr("f", "", "1", 1, 0));
	FAILS(EOPNOTSUPP, setxattr("f", "nosuchclass.a", "1", 1, 0));
	FAILS(EOPNOTSUPP, setxattr("f", "user", "1", 1, 0));
	FAILS(EINVAL, setxattr("f", "user.", "1", 1, 0));
}

static void errors(void)
{
	static char big[65537];
	char c;

	make_supported("f");
	FAILS(ENOENT, setxattr("none", "user.a", "1", 1, 0));
	FAILS(ENOENT, getxattr("none", "user.a", &c, 1));
	FAILS(ENOENT, listxattr("none", &c, 1));
	FAILS(ENOENT, removexattr("none", "user.a"));
	FAILS(ENOTDIR, getxattr("f/x", "user.a", &c, 1));
	FAILS(EFAULT, setxattr(wild(), "user.a", "1", 1, 0));
	FAILS(EFAULT, setxattr("f", wild(), "1", 1, 0));
	FAILS(EFAULT, setxattr("f", "user.a", wild(), 1, 0));
	FAILS(EFAULT, getxattr("f", wild(), &c, 1));
	FAILS(EFAULT, removexattr("f", wild()));
	FAILS(E2BIG, setxattr("f", "user.a", big, sizeof(big), 0));
	OK(setxattr("f", "user.a", "1", 1, 0));
	FAILS(EFAULT, getxattr("f", "user.a", wild(), 1));
	FAILS(EFAULT, listxattr("f", wild(), 1000));
}

static void larger_value(void)
{
	static char out[1500], in[1500];

	make_supported("f");
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = i * 3;
	OK(setxattr("f", "user.big", out, sizeof(out), 0));
	EQ(getxattr("f", "user.big", in, sizeof(in)), sizeof(in));
	CHECK(memcmp(in, out, sizeof(in)) == 0);
	OK(setxattr("f", "user.big", "s", 1, 0));
	EQ(getxattr("f", "user.big", in, sizeof(in)), 1);
}

static void changes_ctime(void)
{
	struct stat before, after;

	make_supported("f");
	before = stat_of("f");
	abi_sleep_ms(30);
	OK(setxattr("f", "user.a", "1", 1, 0));
	after = stat_of("f");
	CHECK(after.st_ctim.tv_sec != before.st_ctim.tv_sec ||
	      after.st_ctim.tv_nsec != before.st_ctim.tv_nsec);
	EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

static void try_attributes(void)
{
	char c;

	EQ(getxattr("shared", "user.a", &c, 1), 1);
	FAILS(EACCES, setxattr("shared", "user.a", "2", 1, 0));
	FAILS(EACCES, removexattr("shared", "user.a"));
	FAILS(EACCES, getxattr("secret", "user.a", &c, 1));
	EQ(listed("secret", "user.a"), 1);
	OK(setxattr("open", "user.a", "2", 1, 0));
	FAILS(EPERM, setxattr("open", "trusted.a", "1", 1, 0));
	/* In a sticky directory's own attributes only its owner writes. */
	FAILS(EPERM, setxattr("tmp", "user.a", "1", 1, 0));
}

static void permission(void)
{
	need_root();
	make_supported("shared");
	OK(setxattr("shared", "user.a", "1", 1, 0));
	put_file("secret", "");
	OK(setxattr("secret", "user.a", "1", 1, 0));
	OK(chmod("secret", 0600));
	put_file("open", "");
	OK(chmod("open", 0666));
	OK(mkdir("tmp", 0755));
	OK(chmod("tmp", 01777));
	become_other_and_run(try_attributes);
}

static const struct abi_row rows[] = {
	{ set_and_get, "values come back, also empty and with zeros" },
	{ sizes, "size 0 asks, too small is ERANGE" },
	{ flags, "XATTR_CREATE and XATTR_REPLACE" },
	{ lists, "the list holds every name once" },
	{ removes, "removal, then ENODATA" },
	{ descriptors, "the forms on descriptors" },
	{ links, "links are followed and carry none" },
	{ hard_links, "attributes belong to the file, not the name" },
	{ other_kinds, "directories carry them, fifos do not" },
	{ bad_names, "name lengths and unknown classes" },
	{ errors, "errors" },
	{ larger_value, "a larger value" },
	{ changes_ctime, "setting changes ctime, not mtime" },
	{ permission, "file permissions guard the user class" },
};

ABI_MAIN(rows)
