/*
 * inotify: which events each operation makes, in which order, on a file and on
 * its directory; cookies, removal, flags, errors.
 */
#include "fixture.h"

#include <sys/inotify.h>
#include <sys/ioctl.h>

static char events[16384] __attribute__((aligned(8)));
static ssize_t events_at, events_end;

static int start(void)
{
	return OK(inotify_init1(IN_NONBLOCK));
}

/* The next event; fails the row if there is none. */
static struct inotify_event *next(int fd)
{
	if (events_at == events_end) {
		events_end = OK(read(fd, events, sizeof(events)));
		events_at = 0;
	}
	struct inotify_event *e = (struct inotify_event *)(events + events_at);

	events_at += sizeof(*e) + e->len;
	CHECK(events_at <= events_end);
	return e;
}

static void expect(int fd, int wd, uint32_t mask, const char *name)
{
	struct inotify_event *e = next(fd);

	EQ(e->mask, mask);
	EQ(e->wd, wd);
	if (name)
		CHECK(e->len > strlen(name) && strcmp(e->name, name) == 0);
	else
		EQ(e->len, 0);
}

static void expect_none(int fd)
{
	char buf[512];

	EQ(events_at, events_end);
	FAILS(EAGAIN, read(fd, buf, sizeof(buf)));
}

static void creates(void)
{
	int fd = start(), wd;

	wd = OK(inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE));
	CHECK(wd >= 1);
	put_file("f", "x");
	OK(mkdir("d", 0755));
	OK(symlink("f", "l"));
	OK(link("f", "h"));
	OK(mkfifo("p", 0600));
	OK(unlink("f"));
	OK(rmdir("d"));
	expect(fd, wd, IN_CREATE, "f");
	expect(fd, wd, IN_CREATE | IN_ISDIR, "d");
	expect(fd, wd, IN_CREATE, "l");
	expect(fd, wd, IN_CREATE, "h");
	expect(fd, wd, IN_CREATE, "p");
	expect(fd, wd, IN_DELETE, "f");
	expect(fd, wd, IN_DELETE | IN_ISDIR, "d");
	expect_none(fd);
}

static void life_of_a_file(void)
{
	int fd, wd, file = make_file("f", "abc");
	char c;

	close(file);
	fd = start();
	wd = OK(inotify_add_watch(fd, "f", IN_ALL_EVENTS));
	file = OK(open("f", O_RDWR));
	EQ(read(file, &c, 1), 1);
	EQ(write(file, "x", 1), 1);
	OK(fchmod(file, 0600));
	OK(ftruncate(file, 0));
	OK(close(file));
	close(OK(open("f", O_RDONLY)));
	expect(fd, wd, IN_OPEN, NULL);
	expect(fd, wd, IN_ACCESS, NULL);
	expect(fd, wd, IN_MODIFY, NULL);
	expect(fd, wd, IN_ATTRIB, NULL);
	expect(fd, wd, IN_MODIFY, NULL);
	expect(fd, wd, IN_CLOSE_WRITE, NULL);
	expect(fd, wd, IN_OPEN, NULL);
	expect(fd, wd, IN_CLOSE_NOWRITE, NULL);
	expect_none(fd);
}

static void from_the_directory(void)
{
	int fd = start(), wd, file;

	wd = OK(inotify_add_watch(fd, ".", IN_CREATE | IN_OPEN | IN_MODIFY | IN_CLOSE));
	file = OK(open("f", O_WRONLY | O_CREAT, 0644));
	EQ(write(file, "x", 1), 1);
	OK(close(file));
	expect(fd, wd, IN_CREATE, "f");
	expect(fd, wd, IN_OPEN, "f");
	expect(fd, wd, IN_MODIFY, "f");
	expect(fd, wd, IN_CLOSE_WRITE, "f");
	expect_none(fd);
}

static void moves(void)
{
	int fd, a, b;
	struct inotify_event *e;
	uint32_t cookie;

	OK(mkdir("a", 0755));
	OK(mkdir("b", 0755));
	put_file("a/f", "");
	fd = start();
	a = OK(inotify_add_watch(fd, "a", IN_MOVE));
	b = OK(inotify_add_watch(fd, "b", IN_MOVE));
	OK(rename("a/f", "b/g"));
	e = next(fd);
	EQ(e->wd, a);
	EQ(e->mask, IN_MOVED_FROM);
	CHECK(strcmp(e->name, "f") == 0);
	cookie = e->cookie;
	CHECK(cookie != 0);
	e = next(fd);
	EQ(e->wd, b);
	EQ(e->mask, IN_MOVED_TO);
	EQ(e->cookie, cookie);
	CHECK(strcmp(e->name, "g") == 0);
	OK(rename("b/g", "b/h"));
	e = next(fd);
	CHECK(e->mask == IN_MOVED_FROM && e->cookie != cookie);
	expect(fd, b, IN_MOVED_TO, "h");
	expect_none(fd);
}

static void move_self(void)
{
	int fd, wd;

	OK(mkdir("d", 0755));
	fd = start();
	wd = OK(inotify_add_watch(fd, "d", IN_MOVE_SELF | IN_CREATE));
	OK(rename("d", "e"));
	put_file("e/f", "");
	expect(fd, wd, IN_MOVE_SELF, NULL);
	expect(fd, wd, IN_CREATE, "f");
	expect_none(fd);
}

static void delete_self(void)
{
	int fd, wd;

	put_file("f", "");
	fd = start();
	wd = OK(inotify_add_watch(fd, "f", IN_DELETE_SELF | IN_ATTRIB));
	OK(unlink("f"));
	/* The link count changes first; then the file goes, and the watch. */
	expect(fd, wd, IN_ATTRIB, NULL);
	expect(fd, wd, IN_DELETE_SELF, NULL);
	expect(fd, wd, IN_IGNORED, NULL);
	expect_none(fd);
	FAILS(EINVAL, inotify_rm_watch(fd, wd));
}

static void delete_while_open(void)
{
	int fd, wd, file = make_file("f", "");

	fd = start();
	wd = OK(inotify_add_watch(fd, "f", IN_DELETE_SELF));
	OK(unlink("f"));
	expect_none(fd);
	OK(close(file));
	expect(fd, wd, IN_DELETE_SELF, NULL);
	expect(fd, wd, IN_IGNORED, NULL);
}

static void replaced(void)
{
	int fd, wd;

	put_file("f", "");
	put_file("new", "");
	fd = start();
	wd = OK(inotify_add_watch(fd, "f", IN_DELETE_SELF));
	OK(rename("new", "f"));
	expect(fd, wd, IN_DELETE_SELF, NULL);
	expect(fd, wd, IN_IGNORED, NULL);
}

static void removed_watch(void)
{
	int fd = start(), wd = OK(inotify_add_watch(fd, ".", IN_CREATE)), again;

	OK(inotify_rm_watch(fd, wd));
	put_file("f", "");
	expect(fd, wd, IN_IGNORED, NULL);
	expect_none(fd);
	again = OK(inotify_add_watch(fd, ".", IN_CREATE));
	CHECK(again > wd);
}

static void same_inode(void)
{
	int fd = start(), wd;

	put_file("f", "");
	OK(link("f", "g"));
	OK(symlink("f", "l"));
	wd = OK(inotify_add_watch(fd, "f", IN_MODIFY));
	EQ(inotify_add_watch(fd, "g", IN_MODIFY), wd);
	EQ(inotify_add_watch(fd, "l", IN_MODIFY), wd);
	CHECK(inotify_add_watch(fd, "l", IN_MODIFY | IN_DONT_FOLLOW) != wd);
	OK(truncate("g", 5));
	expect(fd, wd, IN_MODIFY, NULL);
	expect_none(fd);
}

static void mask_changes(void)
{
	int fd = start(), wd = OK(inotify_add_watch(fd, ".", IN_CREATE));

	EQ(inotify_add_watch(fd, ".", IN_DELETE), wd);
	put_file("f", "");
	expect_none(fd);
	EQ(inotify_add_watch(fd, ".", IN_CREATE | IN_MASK_ADD), wd);
	OK(unlink("f"));
	put_file("f", "");
	expect(fd, wd, IN_DELETE, "f");
	expect(fd, wd, IN_CREATE, "f");
	FAILS(EEXIST, inotify_add_watch(fd, ".", IN_CREATE | IN_MASK_CREATE));
}

static void one_shot(void)
{
	int fd = start(), wd = OK(inotify_add_watch(fd, ".", IN_CREATE | IN_ONESHOT));

	put_file("f", "");
	put_file("g", "");
	expect(fd, wd, IN_CREATE, "f");
	expect(fd, wd, IN_IGNORED, NULL);
	expect_none(fd);
}

static void coalesces(void)
{
	int fd, wd, file = make_file("f", "");

	fd = start();
	wd = OK(inotify_add_watch(fd, "f", IN_MODIFY | IN_ATTRIB));
	/* Equal events in a row are one. */
	for (int i = 0; i < 3; i++)
		EQ(write(file, "x", 1), 1);
	OK(fchmod(file, 0600));
	EQ(write(file, "x", 1), 1);
	expect(fd, wd, IN_MODIFY, NULL);
	expect(fd, wd, IN_ATTRIB, NULL);
	expect(fd, wd, IN_MODIFY, NULL);
	expect_none(fd);
}

static void only_directories(void)
{
	int fd = start();

	put_file("f", "");
	FAILS(ENOTDIR, inotify_add_watch(fd, "f", IN_CREATE | IN_ONLYDIR));
	OK(inotify_add_watch(fd, ".", IN_CREATE | IN_ONLYDIR));
}

static void excludes_unlinked(void)
{
	int fd, wd, file = make_file("f", "");

	fd = start();
	wd = OK(inotify_add_watch(fd, ".", IN_MODIFY | IN_DELETE | IN_EXCL_UNLINK));
	EQ(write(file, "x", 1), 1);
	OK(unlink("f"));
	EQ(write(file, "x", 1), 1);
	expect(fd, wd, IN_MODIFY, "f");
	expect(fd, wd, IN_DELETE, "f");
	expect_none(fd);
}

static void errors(void)
{
	int fd = start(), p[2];

	OK(pipe(p));
	FAILS(EINVAL, inotify_init1(0x40000000));
	FAILS(ENOENT, inotify_add_watch(fd, "none", IN_CREATE));
	FAILS(EINVAL, inotify_add_watch(fd, ".", 0));
	FAILS(EBADF, inotify_add_watch(-1, ".", IN_CREATE));
	FAILS(EINVAL, inotify_add_watch(p[0], ".", IN_CREATE));
	FAILS(EFAULT, inotify_add_watch(fd, wild(), IN_CREATE));
	FAILS(EINVAL, inotify_add_watch(fd, ".", IN_CREATE | IN_MASK_ADD | IN_MASK_CREATE));
	FAILS(EINVAL, inotify_rm_watch(fd, 77));
	FAILS(EINVAL, inotify_rm_watch(p[0], 1));
	FAILS(EBADF, inotify_rm_watch(-1, 1));
	EQ(fcntl(OK(inotify_init1(IN_CLOEXEC)), F_GETFD), FD_CLOEXEC);
	EQ(fcntl(fd, F_GETFD), 0);
	FAILS(EBADF, write(fd, "x", 1));
}

static void small_buffers(void)
{
	int fd = start(), n;
	char buf[64];

	OK(inotify_add_watch(fd, ".", IN_CREATE));
	put_file("a-rather-long-name-for-an-event", "");
	put_file("g", "");
	FAILS(EINVAL, read(fd, buf, 8));
	FAILS(EINVAL, read(fd, buf, 17));
	OK(ioctl(fd, FIONREAD, &n));
	EQ(n % sizeof(struct inotify_event), 0);
	EQ(n, 16 + 32 + 16 + 16);
	/* Only whole events. */
	EQ(read(fd, buf, 64), 48);
	EQ(read(fd, buf, 64), 32);
}

static void polled(void)
{
	int fd = start();
	char buf[256];
	pid_t pid;

	OK(inotify_add_watch(fd, ".", IN_CREATE));
	EQ(poll_one(fd, POLLIN, 0), 0);
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(30);
		put_file("f", "");
		_exit(0);
	}
	EQ(poll_one(fd, POLLIN, -1), POLLIN);
	OK(read(fd, buf, sizeof(buf)));
	EQ(poll_one(fd, POLLIN, 0), 0);
	child_ends(pid);
}

static void blocking_read(void)
{
	int fd = OK(inotify_init());
	char buf[256];
	pid_t pid;

	OK(inotify_add_watch(fd, ".", IN_DELETE));
	put_file("f", "");
	pid = OK(fork());
	if (pid == 0) {
		abi_sleep_ms(30);
		_exit(unlink("f") < 0);
	}
	EQ(read(fd, buf, sizeof(buf)), 32);
	child_ends(pid);
	start_ticks(30, 0);
	FAILS(EINTR, read(fd, buf, sizeof(buf)));
	stop_ticks();
}

static const struct abi_row rows[] = {
	{ creates, "IN_CREATE and IN_DELETE for every kind" },
	{ life_of_a_file, "a watched file's events in order" },
	{ from_the_directory, "the same from its directory, with the name" },
	{ moves, "a move's two halves share a cookie" },
	{ move_self, "a moved directory stays watched" },
	{ delete_self, "unlink: IN_ATTRIB, IN_DELETE_SELF, IN_IGNORED" },
	{ delete_while_open, "an open file is deleted at its last close" },
	{ replaced, "a replaced file is deleted" },
	{ removed_watch, "inotify_rm_watch makes IN_IGNORED" },
	{ same_inode, "all names of a file are one watch" },
	{ mask_changes, "watching again replaces or adds to the mask" },
	{ one_shot, "IN_ONESHOT" },
	{ coalesces, "equal events in a row are one" },
	{ only_directories, "IN_ONLYDIR" },
	{ excludes_unlinked, "IN_EXCL_UNLINK" },
	{ errors, "errors" },
	{ small_buffers, "reads give whole events" },
	{ polled, "poll" },
	{ blocking_read, "read waits and is interrupted" },
};

ABI_MAIN(rows)
