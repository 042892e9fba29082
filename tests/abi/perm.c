/*
 * Owners and modes: chmod, chown, umask, access and faccessat2, set-id bits
 * and what clears them, the groups of new files.
 */
#include "fixture.h"

#include <sys/fsuid.h>

static void modes(void)
{
	int fd = make_file("f", "");

	OK(chmod("f", 0));
	EQ(mode_of("f"), 0);
	OK(chmod("f", 0751));
	EQ(mode_of("f"), 0751);
	OK(fchmod(fd, 0604));
	EQ(mode_of("f"), 0604);
	OK(chmod("f", S_IFDIR | 0640));
	EQ(stat_of("f").st_mode, S_IFREG | 0640);
	OK(chmod("f", 04755));
	EQ(mode_of("f"), 04755);
	OK(fchmodat(AT_FDCWD, "f", 0600, 0));
	EQ(mode_of("f"), 0600);
	OK(mkdir("d", 0755));
	OK(chmod("d", 01770));
	EQ(mode_of("d"), 01770);
	OK(chmod("d", 0755));
}

static void mode_errors(void)
{
	int fd = make_file("f", "");

	OK(symlink("l", "l"));
	FAILS(ENOENT, chmod("none", 0600));
	FAILS(ENOENT, chmod("", 0600));
	FAILS(ENOTDIR, chmod("f/x", 0600));
	FAILS(ELOOP, chmod("l", 0600));
	FAILS(EFAULT, chmod(wild(), 0600));
	FAILS(EBADF, fchmod(-1, 0600));
	FAILS(EBADF, syscall(SYS_fchmodat, -1, "f", 0600));
	FAILS(ENOTDIR, syscall(SYS_fchmodat, fd, "x", 0600));
	FAILS(EPERM, chmod("/proc/self/stat", 0600));
}

static void chmod_follows(void)
{
	put_file("f", "");
	OK(symlink("f", "l"));
	OK(chmod("l", 0611));
	EQ(mode_of("f"), 0611);
	EQ(mode_of("l"), 0777);
}

static void umasks(void)
{
	EQ(umask(0), 022);
	EQ(umask(0777), 0);
	EQ(umask(07777), 0777);
	/* Only the permission bits are kept. */
	EQ(umask(027), 0777);
	put_file("f", "");
	EQ(mode_of("f"), 0640);
	OK(mkdir("d", 0777));
	EQ(mode_of("d"), 0750);
	OK(mkfifo("p", 0666));
	EQ(mode_of("p"), 0640);
	OK(chmod("f", 0666));
	EQ(mode_of("f"), 0666);
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(umask(0) != 027);
	child_ends(pid);
	EQ(umask(022), 027);
}

static void owners(void)
{
	need_root();

	int fd = make_file("f", "");

	OK(chown("f", 1234, 5678));
	EQ(stat_of("f").st_uid, 1234);
	EQ(stat_of("f").st_gid, 5678);
	OK(chown("f", -1, 99));
	EQ(stat_of("f").st_uid, 1234);
	EQ(stat_of("f").st_gid, 99);
	OK(fchown(fd, 7, -1));
	EQ(stat_of("f").st_uid, 7);
	OK(chown("f", -1, -1));
	EQ(stat_of("f").st_gid, 99);
	OK(chown("f", 70000, 4000000000U));
	EQ(stat_of("f").st_uid, 70000);
	EQ(stat_of("f").st_gid, 4000000000U);
	OK(fchownat(fd, "", 1, 2, AT_EMPTY_PATH));
	EQ(stat_of("f").st_uid, 1);
}

static void link_owners(void)
{
	need_root();
	put_file("f", "");
	OK(symlink("f", "l"));
	OK(chown("l", 5, 5));
	EQ(stat_of("f").st_uid, 5);
	EQ(stat_of("l").st_uid, 0);
	OK(lchown("l", 6, 6));
	EQ(stat_of("f").st_uid, 5);
	EQ(stat_of("l").st_uid, 6);
	OK(fchownat(AT_FDCWD, "l", 7, 7, AT_SYMLINK_NOFOLLOW));
	EQ(stat_of("l").st_gid, 7);
	FAILS(EINVAL, fchownat(AT_FDCWD, "f", 7, 7, 0x40000000));
}

static void owner_errors(void)
{
	put_file("f", "");
	FAILS(ENOENT, chown("none", -1, -1));
	FAILS(ENOENT, chown("", -1, -1));
	FAILS(ENOTDIR, chown("f/x", -1, -1));
	FAILS(EFAULT, chown(wild(), -1, -1));
	FAILS(EBADF, fchown(-1, -1, -1));
	FAILS(EBADF, fchownat(-1, "f", -1, -1, 0));
	FAILS(EBADF, fchown(OK(open("f", O_PATH)), -1, -1));
	OK(chown("f", geteuid(), getegid()));
}

static void chown_clears(void)
{
	need_root();
	put_file("f", "");
	OK(chmod("f", 06755));
	OK(chown("f", 5, 5));
	EQ(mode_of("f"), 0755);
	/* Without group execution the set-group-ID bit means locking, and stays. */
	OK(chmod("f", 06744));
	OK(chown("f", 6, 6));
	EQ(mode_of("f"), 02744);
	OK(mkdir("d", 0755));
	OK(chmod("d", 06755));
	OK(chown("d", 5, 5));
	EQ(mode_of("d"), 06755);
}

static void write_as_other(void)
{
	int fd = OK(open("f", O_WRONLY));

	EQ(write(fd, "x", 1), 1);
	EQ(mode_of("f"), 0777);
	fd = OK(open("g", O_WRONLY));
	EQ(write(fd, "", 0), 0);
	EQ(mode_of("g"), 06777);
	OK(truncate("g", 0));
	EQ(mode_of("g"), 0777);
}

static void write_clears(void)
{
	need_root();
	put_file("f", "");
	put_file("g", "");
	OK(chmod("f", 06777));
	OK(chmod("g", 06777));
	put_file("own", "");
	OK(chmod("own", 06777));
	/* CAP_FSETID keeps them. */
	EQ(write(OK(open("own", O_WRONLY)), "x", 1), 1);
	EQ(mode_of("own"), 06777);
	become_other_and_run(write_as_other);
}

static void write_own(void)
{
	int fd = OK(open("f", O_WRONLY | O_CREAT, 0755));

	OK(fchmod(fd, 04755));
	EQ(mode_of("f"), 04755);
	EQ(write(fd, "x", 1), 1);
	EQ(mode_of("f"), 0755);
}

static void owner_write_clears(void)
{
	if (geteuid() != 0) {
		write_own();
		return;
	}
	OK(chmod(".", 0777));
	become_other_and_run(write_own);
}

static void inherits_group(void)
{
	need_root();
	OK(mkdir("d", 0755));
	OK(chown("d", 0, 77));
	OK(chmod("d", 02777));
	put_file("d/f", "");
	EQ(stat_of("d/f").st_gid, 77);
	EQ(mode_of("d/f"), 0644);
	OK(mkdir("d/sub", 0755));
	EQ(stat_of("d/sub").st_gid, 77);
	EQ(mode_of("d/sub"), 02755);
	OK(symlink("x", "d/l"));
	EQ(stat_of("d/l").st_gid, 77);
	put_file("f", "");
	EQ(stat_of("f").st_gid, getegid());
	OK(rename("f", "d/moved"));
	EQ(stat_of("d/moved").st_gid, getegid());
}

static void other_in_setgid(void)
{
	int fd = OK(open("d/f", O_WRONLY | O_CREAT, 02775));
	struct stat st;

	/* Not a member of that group: no set-group-ID program for it. */
	OK(fstat(fd, &st));
	EQ(st.st_gid, 77);
	EQ(st.st_mode & 07777, 0755);
	OK(fchmod(fd, 02755));
	OK(fstat(fd, &st));
	EQ(st.st_mode & 07777, 0755);
}

static void setgid_stripped(void)
{
	need_root();
	OK(mkdir("d", 0755));
	OK(chown("d", 0, 77));
	OK(chmod("d", 02777));
	become_other_and_run(other_in_setgid);
}

static void try_changes(void)
{
	FAILS(EPERM, chmod("theirs", 0600));
	FAILS(EPERM, chown("theirs", OTHER_ID, -1));
	FAILS(EPERM, chown("mine", 0, -1));
	FAILS(EPERM, chown("mine", -1, 0));
	OK(chown("mine", OTHER_ID, OTHER_ID));
	OK(chown("mine", -1, -1));
	OK(chmod("mine", 0600));
	EQ(mode_of("mine"), 0600);
	FAILS(EACCES, chmod("closed/f", 0600));
	FAILS(EPERM, fchmod(OK(open("theirs", O_RDONLY)), 0600));
}

static void permission(void)
{
	need_root();
	put_file("theirs", "");
	put_file("mine", "");
	OK(chown("mine", OTHER_ID, OTHER_ID));
	OK(mkdir("closed", 0700));
	put_file("closed/f", "");
	become_other_and_run(try_changes);
	EQ(mode_of("theirs"), 0644);
}

static void try_classes(void)
{
	/* The first class that matches decides, even if a later one gives more. */
	FAILS(EACCES, open("owner-none", O_RDONLY));
	FAILS(EACCES, open("group-none", O_RDONLY));
	OK(open("other-read", O_RDONLY));
	FAILS(EACCES, open("other-read", O_WRONLY));
	OK(open("group-write", O_WRONLY));
	FAILS(EACCES, open("group-write", O_RDONLY));
	FAILS(EACCES, execl("other-read", "x", NULL));
	OK(open("x-only/f", O_RDONLY));
	FAILS(EACCES, open("x-only", O_RDONLY));
	OK(open("r-only", O_RDONLY));
	FAILS(EACCES, open("r-only/f", O_RDONLY));
}

static void make_owned(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	put_file(name, "");
	OK(chown(name, uid, gid));
	OK(chmod(name, mode));
}

static void classes(void)
{
	need_root();
	make_owned("owner-none", OTHER_ID, OTHER_ID, 0077);
	make_owned("group-none", 0, OTHER_ID, 0707);
	make_owned("other-read", 0, 0, 0004);
	make_owned("group-write", 0, OTHER_ID, 0020);
	OK(mkdir("x-only", 0755));
	put_file("x-only/f", "");
	OK(chmod("x-only", 0711));
	OK(mkdir("r-only", 0755));
	put_file("r-only/f", "");
	OK(chmod("r-only", 0744));
	become_other_and_run(try_classes);
}

static void supplementary(void)
{
	gid_t groups[] = { 40, 41, 42 };

	need_root();
	make_owned("f", 0, 42, 0640);
	OK(setgroups(3, groups));
	OK(setresgid(OTHER_ID, OTHER_ID, OTHER_ID));
	OK(setresuid(OTHER_ID, OTHER_ID, OTHER_ID));
	OK(open("f", O_RDONLY));
	FAILS(EACCES, open("f", O_RDWR));
}

static void accesses(void)
{
	put_file("f", "");
	OK(access("f", F_OK));
	OK(access("f", R_OK | W_OK));
	FAILS(EACCES, access("f", X_OK));
	OK(chmod("f", 0100));
	OK(access("f", X_OK));
	OK(access(".", R_OK | W_OK | X_OK));
	FAILS(ENOENT, access("none", F_OK));
	FAILS(ENOENT, access("", F_OK));
	FAILS(ENOTDIR, access("f/x", F_OK));
	FAILS(EINVAL, access("f", 8));
	FAILS(EFAULT, access(wild(), F_OK));
	FAILS(EBADF, faccessat(-1, "f", F_OK, 0));
	if (geteuid() == 0)
		OK(access("f", R_OK | W_OK));
	else
		FAILS(EACCES, access("f", R_OK));
}

static void access_forms(void)
{
	int fd = make_file("f", "");

	if (syscall(SYS_faccessat2, AT_FDCWD, "f", F_OK, 0) < 0 && errno == ENOSYS)
		abi_skip("no faccessat2");
	OK(symlink("none", "l"));
	FAILS(ENOENT, syscall(SYS_faccessat2, AT_FDCWD, "l", F_OK, 0));
	OK(syscall(SYS_faccessat2, AT_FDCWD, "l", F_OK, AT_SYMLINK_NOFOLLOW));
	OK(syscall(SYS_faccessat2, fd, "", R_OK, AT_EMPTY_PATH));
	FAILS(ENOENT, syscall(SYS_faccessat2, fd, "", R_OK, 0));
	FAILS(EINVAL, syscall(SYS_faccessat2, fd, "f", R_OK, 0x40000000));
	FAILS(EINVAL, syscall(SYS_faccessat2, AT_FDCWD, "f", 16, 0));
	OK(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS));
}

static void access_real_ids(void)
{
	need_root();
	put_file("f", "");
	OK(chmod("f", 0600));
	OK(setresuid(OTHER_ID, 0, 0));
	/* access asks for the real user, open for the effective one. */
	FAILS(EACCES, access("f", R_OK));
	OK(open("f", O_RDONLY));
	if (syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS) < 0)
		CHECK(errno == ENOSYS);
}

static void filesystem_uid(void)
{
	need_root();
	put_file("f", "");
	OK(chmod("f", 0600));
	OK(chmod(".", 0777));
	EQ(setfsuid(OTHER_ID), 0);
	EQ(setfsuid(-1), OTHER_ID);
	FAILS(EACCES, open("f", O_RDONLY));
	put_file("mine", "");
	EQ(stat_of("mine").st_uid, OTHER_ID);
	EQ(geteuid(), 0);
	EQ(setfsuid(0), OTHER_ID);
	OK(open("f", O_RDONLY));
}

static void root_executes(void)
{
	char *argv[] = { "f", NULL };

	put_file("f", "#!/none\n");
	/* Root passes by every mode, except that some x must be set. */
	FAILS(EACCES, execv("f", argv));
	OK(chmod("f", 0111));
	FAILS(ENOENT, execv("f", argv));
	FAILS(EACCES, execv(".", argv));
}

static const struct abi_row rows[] = {
	{ modes, "chmod sets all twelve bits" },
	{ mode_errors, "chmod errors" },
	{ chmod_follows, "chmod follows a link" },
	{ umasks, "umask keeps nine bits, is inherited, binds creation only" },
	{ owners, "chown sets owner and group, -1 keeps" },
	{ link_owners, "chown follows a link, lchown does not" },
	{ owner_errors, "chown errors" },
	{ chown_clears, "chown clears the set-id bits of files" },
	{ write_clears, "another user's write and truncate clear the set-id bits" },
	{ owner_write_clears, "the owner's own write clears the set-user-ID bit" },
	{ inherits_group, "a set-group-ID directory hands down its group" },
	{ setgid_stripped, "no set-group-ID file for a group one is not in" },
	{ permission, "only the owner changes modes, only root owners" },
	{ classes, "owner, group, other: the first match decides" },
	{ supplementary, "supplementary groups count" },
	{ accesses, "access and its errors" },
	{ access_forms, "faccessat2 flags" },
	{ access_real_ids, "access asks for the real user" },
	{ filesystem_uid, "setfsuid changes file access alone" },
	{ root_executes, "execution needs an x bit even for root" },
};

ABI_MAIN(rows)
