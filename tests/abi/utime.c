/*
 * utimensat, futimens and the older calls: exact values, UTIME_NOW and
 * UTIME_OMIT, links, and who may do what.
 */
#include "fixture.h"

#include <utime.h>

static const struct timespec old_times[2] = { { 1000, 111000000 }, { 2000, 222000000 } };

static bool is_now(time_t t)
{
	time_t now = time(NULL);

	return t >= now - 30 && t <= now + 1;
}

/* Creates path with the old times. */
static int make_old(const char *path)
{
	int fd = make_file(path, "x");

	OK(futimens(fd, old_times));
	return fd;
}

static void exact(void)
{
	struct timespec t[2] = { { 123456789, 0 }, { 987654321, 999999999 } };

	put_file("f", "");
	OK(utimensat(AT_FDCWD, "f", t, 0));

	struct stat st = stat_of("f");

	EQ(st.st_atime, 123456789);
	EQ(st.st_atim.tv_nsec, 0);
	EQ(st.st_mtime, 987654321);
	/* Some filesystems keep coarser times. */
	CHECK(st.st_mtim.tv_nsec == 999999999 || st.st_mtim.tv_nsec == 999999900 ||
	      st.st_mtim.tv_nsec == 999999000 || st.st_mtim.tv_nsec == 0);
	CHECK(is_now(st.st_ctime));
}

static void by_descriptor(void)
{
	make_old("f");

	struct stat st = stat_of("f");

	EQ(st.st_atime, 1000);
	EQ(st.st_atim.tv_nsec, 111000000);
	EQ(st.st_mtime, 2000);
	EQ(st.st_mtim.tv_nsec, 222000000);
	/* Reading rights suffice: it is the owner who counts. */
	OK(futimens(OK(open("f", O_RDONLY)), NULL));
	CHECK(is_now(stat_of("f").st_mtime));
}

static void null_is_now(void)
{
	make_old("f");
	OK(utimensat(AT_FDCWD, "f", NULL, 0));

	struct stat st = stat_of("f");

	CHECK(is_now(st.st_atime) && is_now(st.st_mtime));
	EQ(st.st_atime, st.st_mtime);
	EQ(st.st_atim.tv_nsec, st.st_mtim.tv_nsec);
}

static void now_and_omit(void)
{
	struct timespec t[2] = { { 77, UTIME_NOW }, { 77, UTIME_OMIT } };

	make_old("f");
	OK(utimensat(AT_FDCWD, "f", t, 0));
	CHECK(is_now(stat_of("f").st_atime));
	EQ(stat_of("f").st_mtime, 2000);
	EQ(stat_of("f").st_mtim.tv_nsec, 222000000);
	t[0] = (struct timespec){ 5, 0 };
	t[1].tv_nsec = UTIME_NOW;
	OK(utimensat(AT_FDCWD, "f", t, 0));
	EQ(stat_of("f").st_atime, 5);
	CHECK(is_now(stat_of("f").st_mtime));
}

static void omit_both(void)
{
	struct timespec t[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };

	make_old("f");

	struct stat before = stat_of("f"), after;

	abi_sleep_ms(30);
	OK(utimensat(AT_FDCWD, "f", t, 0));
	after = stat_of("f");
	EQ(after.st_mtime, before.st_mtime);
	EQ(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
	EQ(after.st_ctime, before.st_ctime);
}

static void bad_values(void)
{
	struct timespec t[2] = { { 1, 1000000000 }, { 1, 0 } };

	make_old("f");
	FAILS(EINVAL, utimensat(AT_FDCWD, "f", t, 0));
	t[0].tv_nsec = -1;
	FAILS(EINVAL, utimensat(AT_FDCWD, "f", t, 0));
	t[0].tv_nsec = 0;
	t[1].tv_nsec = 1000000000;
	FAILS(EINVAL, utimensat(AT_FDCWD, "f", t, 0));
	t[1].tv_nsec = 0;
	FAILS(EINVAL, utimensat(AT_FDCWD, "f", t, 0x40000000));
	EQ(stat_of("f").st_mtime, 2000);
}

static void errors(void)
{
	int fd = make_old("f");

	FAILS(ENOENT, utimensat(AT_FDCWD, "none", old_times, 0));
	FAILS(ENOENT, utimensat(AT_FDCWD, "", old_times, 0));
	FAILS(ENOTDIR, utimensat(AT_FDCWD, "f/x", old_times, 0));
	FAILS(EBADF, utimensat(-1, "f", old_times, 0));
	FAILS(ENOTDIR, utimensat(fd, "x", old_times, 0));
	FAILS(EFAULT, utimensat(AT_FDCWD, wild(), old_times, 0));
	FAILS(EFAULT, utimensat(AT_FDCWD, "f", wild(), 0));
	FAILS(EBADF, syscall(SYS_utimensat, -1, NULL, NULL, 0));
	FAILS(EFAULT, syscall(SYS_utimensat, AT_FDCWD, NULL, NULL, 0));
	FAILS(EBADF, futimens(OK(open("f", O_PATH)), NULL));
}

static void links(void)
{
	make_old("f");
	OK(symlink("f", "l"));

	struct timespec t[2] = { { 50, 0 }, { 60, 0 } };

	OK(utimensat(AT_FDCWD, "l", t, AT_SYMLINK_NOFOLLOW));
	EQ(stat_of("l").st_mtime, 60);
	EQ(stat_of("f").st_mtime, 2000);
	OK(utimensat(AT_FDCWD, "l", t, 0));
	EQ(stat_of("f").st_mtime, 60);
	EQ(stat_of("f").st_atime, 50);
}

static void directories(void)
{
	OK(mkdir("d", 0755));
	OK(utimensat(AT_FDCWD, "d", old_times, 0));
	EQ(stat_of("d").st_mtime, 2000);
	OK(futimens(OK(open("d", O_RDONLY)), NULL));
	CHECK(is_now(stat_of("d").st_mtime));
	OK(utimensat(AT_FDCWD, "d", old_times, 0));
	put_file("d/f", "");
	CHECK(is_now(stat_of("d").st_mtime));
}

static void boundary_times(void)
{
	struct timespec t[2] = { { 0, 0 }, { 0x7fffffff, 0 } };

	put_file("f", "");
	OK(utimensat(AT_FDCWD, "f", t, 0));
	EQ(stat_of("f").st_atime, 0);
	EQ(stat_of("f").st_mtime, 0x7fffffff);
	t[0].tv_sec = -1;
	OK(utimensat(AT_FDCWD, "f", t, 0));
	CHECK(stat_of("f").st_atime == -1 || stat_of("f").st_atime == 0);
}

static void after_2038(void)
{
	struct timespec t[2] = { { 0, 0 }, { 0, 0 } };

	if (sizeof(time_t) < 8)
		abi_skip("time_t ends in 2038");
	t[1].tv_sec = (time_t)(0x80000000LL + 5);
	put_file("f", "");
	OK(utimensat(AT_FDCWD, "f", t, 0));
	/* A filesystem with small inodes clamps. */
	CHECK(stat_of("f").st_mtime == t[1].tv_sec || stat_of("f").st_mtime == 0x7fffffff);
}

static void older_calls(void)
{
	struct timeval tv[2] = { { 10, 500000 }, { 20, 250000 } };
	struct utimbuf ut = { 30, 40 };

	put_file("f", "");
	OK(utimes("f", tv));
	EQ(stat_of("f").st_atime, 10);
	EQ(stat_of("f").st_mtim.tv_nsec, 250000000);
	OK(utime("f", &ut));
	EQ(stat_of("f").st_atime, 30);
	EQ(stat_of("f").st_mtime, 40);
	EQ(stat_of("f").st_mtim.tv_nsec, 0);
	OK(utime("f", NULL));
	CHECK(is_now(stat_of("f").st_mtime));
	FAILS(ENOENT, utime("none", &ut));
	tv[1].tv_usec = 1000000;
	FAILS(EINVAL, utimes("f", tv));
}

static void read_only_mode(void)
{
	make_old("f");
	OK(chmod("f", 0));
	/* The owner needs no write permission, not even for now. */
	OK(utimensat(AT_FDCWD, "f", NULL, 0));
	CHECK(is_now(stat_of("f").st_mtime));
	OK(utimensat(AT_FDCWD, "f", old_times, 0));
	EQ(stat_of("f").st_mtime, 2000);
}

static void try_times(void)
{
	struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct timespec mixed[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };
	struct timespec omit[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };

	/* Someone else may stamp now if he may write, and nothing else. */
	OK(utimensat(AT_FDCWD, "open", NULL, 0));
	OK(utimensat(AT_FDCWD, "open", now, 0));
	FAILS(EPERM, utimensat(AT_FDCWD, "open", old_times, 0));
	FAILS(EPERM, utimensat(AT_FDCWD, "open", mixed, 0));
	FAILS(EACCES, utimensat(AT_FDCWD, "tight", NULL, 0));
	FAILS(EACCES, utimensat(AT_FDCWD, "tight", now, 0));
	FAILS(EPERM, utimensat(AT_FDCWD, "tight", old_times, 0));
	OK(utimensat(AT_FDCWD, "tight", omit, 0));
	FAILS(EACCES, futimens(OK(open("tight", O_RDONLY)), NULL));
	OK(utimensat(AT_FDCWD, "mine", old_times, 0));
	EQ(stat_of("mine").st_mtime, 2000);
}

static void permission(void)
{
	need_root();
	put_file("open", "");
	OK(chmod("open", 0666));
	put_file("tight", "");
	put_file("mine", "");
	OK(chown("mine", OTHER_ID, OTHER_ID));
	OK(chmod("mine", 0));
	become_other_and_run(try_times);
}

static void write_after_set(void)
{
	int fd = make_old("f");

	EQ(write(fd, "y", 1), 1);
	CHECK(is_now(stat_of("f").st_mtime));
	EQ(stat_of("f").st_atime, 1000);
	OK(futimens(fd, old_times));
	OK(close(fd));
	EQ(stat_of("f").st_mtime, 2000);
}

static const struct abi_row rows[] = {
	{ exact, "utimensat sets both times to the nanosecond" },
	{ by_descriptor, "futimens" },
	{ null_is_now, "NULL sets both to one now" },
	{ now_and_omit, "UTIME_NOW and UTIME_OMIT ignore tv_sec" },
	{ omit_both, "UTIME_OMIT twice changes nothing, not even ctime" },
	{ bad_values, "tv_nsec out of range and unknown flags are EINVAL" },
	{ errors, "utimensat errors" },
	{ links, "AT_SYMLINK_NOFOLLOW stamps the link" },
	{ directories, "directories have times too" },
	{ boundary_times, "the epoch, before it, and 2038" },
	{ after_2038, "times after 2038" },
	{ older_calls, "utime and utimes" },
	{ read_only_mode, "the owner needs no permission" },
	{ permission, "another user: EPERM for values, EACCES for now" },
	{ write_after_set, "a write replaces what was set, a close does not" },
};

ABI_MAIN(rows)
