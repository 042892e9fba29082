/*
 * open, openat and openat2: what each flag does, how names resolve, which
 * errors come first.
 */
#include "fixture.h"

#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static long openat2_raw(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .mode = mode, .resolve = resolve };
	long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

	if (fd < 0 && errno == ENOSYS)
		abi_skip("no openat2");
	return fd;
}

static void exclusive(void)
{
	int fd = OK(open("new", O_WRONLY | O_CREAT | O_EXCL, 0600));

	EQ(write(fd, "x", 1), 1);
	FAILS(EEXIST, open("new", O_WRONLY | O_CREAT | O_EXCL, 0600));
	OK(symlink("nowhere", "dangling"));
	FAILS(EEXIST, open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600));
	CHECK(!exists("nowhere"));
	OK(mkdir("dir", 0755));
	FAILS(EEXIST, open("dir", O_WRONLY | O_CREAT | O_EXCL, 0600));
	FAILS(EEXIST, open(".", O_RDONLY | O_CREAT | O_EXCL, 0600));
}

static void create_mode(void)
{
	close(OK(open("a", O_WRONLY | O_CREAT, 0666)));
	EQ(mode_of("a"), 0644);
	umask(077);
	close(OK(open("b", O_WRONLY | O_CREAT, 04777)));
	EQ(mode_of("b"), 04700);
	umask(0);
	close(OK(open("a", O_WRONLY | O_CREAT, 0777)));
	EQ(mode_of("a"), 0644);

	/* The mode binds later opens, not this one. */
	int fd = OK(open("c", O_RDWR | O_CREAT, 0));

	EQ(write(fd, "x", 1), 1);
	EQ(mode_of("c"), 0);
}

static void truncates(void)
{
	put_file("f", "hello");
	close(OK(open("f", O_WRONLY)));
	EQ(stat_of("f").st_size, 5);
	close(OK(open("f", O_WRONLY | O_TRUNC)));
	EQ(stat_of("f").st_size, 0);
	put_file("f", "hello");
	FAILS(EEXIST, open("f", O_WRONLY | O_CREAT | O_EXCL | O_TRUNC, 0600));
	EQ(stat_of("f").st_size, 5);
}

static void append(void)
{
	put_file("f", "abc");

	int fd = OK(open("f", O_RDWR | O_APPEND)), fd2 = OK(open("f", O_WRONLY | O_APPEND));
	char buf[16];

	EQ(lseek(fd, 0, SEEK_CUR), 0);
	EQ(write(fd, "d", 1), 1);
	EQ(lseek(fd, 0, SEEK_CUR), 4);
	EQ(write(fd2, "e", 1), 1);
	OK(lseek(fd, 0, SEEK_SET));
	EQ(write(fd, "f", 1), 1);
	CHECK(file_is("f", "abcdef"));
	OK(lseek(fd, 1, SEEK_SET));
	EQ(read(fd, buf, sizeof(buf)), 5);
	OK(fcntl(fd, F_SETFL, 0));
	OK(lseek(fd, 0, SEEK_SET));
	EQ(write(fd, "X", 1), 1);
	CHECK(file_is("f", "Xbcdef"));
}

static void directories(void)
{
	put_file("f", "");
	OK(mkdir("d", 0755));
	FAILS(ENOTDIR, open("f", O_RDONLY | O_DIRECTORY));
	FAILS(ENOENT, open("none", O_RDONLY | O_DIRECTORY));
	FAILS(EISDIR, open("d", O_WRONLY));
	FAILS(EISDIR, open("d", O_RDWR));
	FAILS(EISDIR, open("d", O_RDONLY | O_CREAT, 0600));
	FAILS(EISDIR, open("d", O_WRONLY | O_TRUNC));
	FAILS(EISDIR, open(".", O_RDWR | O_DIRECTORY));

	int fd = OK(open("d", O_RDONLY | O_DIRECTORY));
	char c;

	FAILS(EISDIR, read(fd, &c, 1));
	FAILS(EBADF, write(fd, &c, 1));
	OK(symlink("d", "l"));
	OK(open("l", O_RDONLY | O_DIRECTORY));
	OK(open("l/", O_RDONLY));
}

static void nofollow(void)
{
	put_file("f", "x");
	OK(mkdir("d", 0755));
	put_file("d/g", "x");
	OK(symlink("f", "lf"));
	OK(symlink("d", "ld"));
	OK(open("lf", O_RDONLY));
	OK(open("f", O_RDONLY | O_NOFOLLOW));
	FAILS(ELOOP, open("lf", O_RDONLY | O_NOFOLLOW));
	FAILS(ELOOP, open("lf", O_WRONLY | O_CREAT | O_NOFOLLOW, 0600));
	FAILS(ENOTDIR, open("ld", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	OK(open("ld/g", O_RDONLY | O_NOFOLLOW));
	OK(open("ld/", O_RDONLY | O_NOFOLLOW));
}

static void path_only(void)
{
	put_file("f", "data");

	int fd = OK(open("f", O_PATH | O_RDWR | O_APPEND | O_CLOEXEC));
	struct stat st;
	char c;

	FAILS(EBADF, read(fd, &c, 1));
	FAILS(EBADF, write(fd, &c, 1));
	FAILS(EBADF, lseek(fd, 0, SEEK_SET));
	FAILS(EBADF, fchmod(fd, 0600));
	FAILS(EBADF, ftruncate(fd, 0));
	FAILS(EBADF, fsync(fd));
	FAILS(EBADF, mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0));
	EQ(poll_one(fd, POLLIN, 0), POLLNVAL);
	OK(fstat(fd, &st));
	EQ(st.st_size, 4);
	EQ(fcntl(fd, F_GETFL) & (O_PATH | O_ACCMODE | O_APPEND), O_PATH);
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	FAILS(EBADF, fcntl(fd, F_SETFL, O_NONBLOCK));

	int copy = OK(dup(fd));

	OK(close(fd));
	OK(fstat(copy, &st));
}

static void path_directory(void)
{
	OK(mkdir("d", 0755));
	put_file("d/f", "data");

	int dir = OK(open("d", O_PATH));
	char buf[256], name[64];

	FAILS(EBADF, syscall(SYS_getdents64, dir, buf, sizeof(buf)));
	OK(openat(dir, "f", O_RDONLY));
	OK(fchdir(dir));
	CHECK(exists("f"));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", (int)OK(open("f", O_PATH)));
	EQ(read(OK(open(name, O_RDONLY)), buf, sizeof(buf)), 4);
}

static void path_symlink(void)
{
	char buf[16];
	struct stat st;

	OK(symlink("nowhere", "l"));

	int fd = OK(open("l", O_PATH | O_NOFOLLOW));

	OK(fstat(fd, &st));
	CHECK(S_ISLNK(st.st_mode));
	EQ(readlinkat(fd, "", buf, sizeof(buf)), 7);
	CHECK(memcmp(buf, "nowhere", 7) == 0);
	FAILS(ENOTDIR, openat(fd, "x", O_RDONLY));
	FAILS(ENOENT, open("l", O_PATH));
}

static void tmpfile_links(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR, 0640);
	char name[64];
	struct stat st;

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		abi_skip("no O_TMPFILE here");
	OK(fd);
	EQ(write(fd, "abc", 3), 3);
	OK(fstat(fd, &st));
	EQ(st.st_nlink, 0);
	EQ(st.st_size, 3);
	EQ(st.st_mode, S_IFREG | 0640);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	OK(linkat(AT_FDCWD, name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	CHECK(file_is("named", "abc"));
	EQ(stat_of("named").st_nlink, 1);

	fd = OK(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	FAILS(ENOENT, linkat(AT_FDCWD, name, AT_FDCWD, "other", AT_SYMLINK_FOLLOW));
}

static void tmpfile_errors(void)
{
	int fd = open(".", O_TMPFILE | O_WRONLY, 0640);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		abi_skip("no O_TMPFILE here");
	OK(fd);
	put_file("f", "");
	FAILS(EINVAL, open(".", O_TMPFILE | O_RDONLY, 0600));
	FAILS(ENOTDIR, open("f", O_TMPFILE | O_RDWR, 0600));
	FAILS(ENOENT, open("none", O_TMPFILE | O_RDWR, 0600));
}

static void missing(void)
{
	FAILS(ENOENT, open("", O_RDONLY));
	FAILS(ENOENT, open("none", O_RDONLY));
	FAILS(ENOENT, open("none/f", O_RDONLY | O_CREAT, 0600));
	OK(symlink("target", "l"));
	FAILS(ENOENT, open("l", O_RDONLY));
	close(OK(open("l", O_WRONLY | O_CREAT, 0600)));
	CHECK(exists("target"));
	OK(symlink("none/target", "l2"));
	FAILS(ENOENT, open("l2", O_WRONLY | O_CREAT, 0600));
}

static void not_directory(void)
{
	put_file("f", "");
	FAILS(ENOTDIR, open("f/x", O_RDONLY));
	FAILS(ENOTDIR, open("f/", O_RDONLY));
	FAILS(ENOTDIR, open("f/.", O_RDONLY));
	FAILS(ENOTDIR, open("f/..", O_RDONLY));
	FAILS(EISDIR, open("new/", O_WRONLY | O_CREAT, 0600));
	CHECK(!exists("new"));
	OK(mkdir("d", 0755));
	FAILS(ENOENT, open("d/none/..", O_RDONLY));
	OK(open("d//.././/d/", O_RDONLY));
}

static void link_loops(void)
{
	char from[16], to[16];

	OK(symlink("self", "self"));
	FAILS(ELOOP, open("self", O_RDONLY));
	FAILS(ELOOP, open("self/x", O_RDONLY));
	put_file("l0", "");
	for (int i = 1; i <= 41; i++) {
		snprintf(from, sizeof(from), "l%d", i - 1);
		snprintf(to, sizeof(to), "l%d", i);
		OK(symlink(from, to));
	}
	OK(open("l40", O_RDONLY));
	FAILS(ELOOP, open("l41", O_RDONLY));
}

static void long_names(void)
{
	static char name[8192];

	memset(name, 'n', 255);
	close(OK(open(name, O_WRONLY | O_CREAT, 0600)));
	name[255] = 'n';
	FAILS(ENAMETOOLONG, open(name, O_WRONLY | O_CREAT, 0600));
	FAILS(ENAMETOOLONG, open(name, O_RDONLY));
	memset(name, '/', sizeof(name) - 1);
	for (int i = 0; i < 4096; i += 2)
		name[i] = '.';
	memcpy(name + 4094, "f", 2);
	close(OK(open(name, O_WRONLY | O_CREAT, 0600)));
	CHECK(exists("f"));
	memcpy(name + 4094, "/f", 3);
	FAILS(ENAMETOOLONG, open(name, O_RDONLY));
}

static void bad_address(void)
{
	char *page = page_before_wild();

	FAILS(EFAULT, open(wild(), O_RDONLY));
	FAILS(EFAULT, openat(-1, wild(), O_RDONLY));
	FAILS(EFAULT, open((char *)-1L, O_RDONLY));

	/* A name that ends right before the wild page is good. */
	put_file("abc", "");
	strcpy(page + page_size() - 4, "abc");
	OK(open(page + page_size() - 4, O_RDONLY));
	page[page_size() - 1] = 'd';
	FAILS(EFAULT, open(page + page_size() - 4, O_RDONLY));
}

static void too_many(void)
{
	struct rlimit limit;
	int last = -1, fd, pair[2] = { -7, -7 };

	close_inherited();
	OK(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 16;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	while ((fd = open(".", O_RDONLY)) >= 0)
		last = fd;
	EQ(errno, EMFILE);
	EQ(last, 15);
	FAILS(EMFILE, dup(0));
	FAILS(EMFILE, open("new", O_WRONLY | O_CREAT, 0600));
	CHECK(!exists("new"));
	close(15);
	FAILS(EMFILE, pipe(pair));
	EQ(pair[0], -7);
	EQ(open(".", O_RDONLY), 15);
	FAILS(EBADF, dup2(0, 16));
	FAILS(EINVAL, fcntl(0, F_DUPFD, 16));
}

static void relative_to(void)
{
	OK(mkdir("d", 0755));
	put_file("d/f", "in");
	put_file("g", "out");

	int dir = OK(open("d", O_RDONLY)), file = OK(open("g", O_RDONLY));

	OK(openat(dir, "f", O_RDONLY));
	OK(openat(dir, "../g", O_RDONLY));
	OK(openat(AT_FDCWD, "g", O_RDONLY));
	FAILS(ENOENT, openat(dir, "g", O_RDONLY));
	OK(openat(-1, "/dev/null", O_RDONLY));
	FAILS(EBADF, openat(-1, "g", O_RDONLY));
	FAILS(EBADF, openat(999, "g", O_RDONLY));
	FAILS(ENOTDIR, openat(file, "g", O_RDONLY));
	FAILS(ENOENT, openat(dir, "", O_RDONLY));
	OK(rename("d", "e"));
	OK(openat(dir, "f", O_RDONLY));
}

static void status_flags(void)
{
	int want = O_APPEND | O_NONBLOCK | O_RDWR;
	int fd = OK(open("f", want | O_CREAT | O_TRUNC | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600));
	int mask = O_ACCMODE | O_APPEND | O_NONBLOCK | O_CREAT | O_TRUNC | O_EXCL | O_NOCTTY |
		   O_CLOEXEC;

	EQ(fcntl(fd, F_GETFL) & mask, want);
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	fd = OK(open("f", O_WRONLY));
	EQ(fcntl(fd, F_GETFL) & mask, O_WRONLY);
	EQ(fcntl(fd, F_GETFD), 0);
}

static void access_modes(void)
{
	char c = 'x';

	put_file("f", "x");

	int ro = OK(open("f", O_RDONLY)), wo = OK(open("f", O_WRONLY)), no = OK(open("f", 3));

	FAILS(EBADF, write(ro, &c, 1));
	FAILS(EBADF, read(wo, &c, 1));
	FAILS(EBADF, read(no, &c, 1));
	FAILS(EBADF, write(no, &c, 1));
	FAILS(EBADF, pread(wo, &c, 1, 0));
	FAILS(EBADF, write(ro, &c, 0));
	FAILS(EINVAL, ftruncate(ro, 0));
	FAILS(EACCES, mmap(NULL, 1, PROT_READ, MAP_PRIVATE, wo, 0));
}

static void how_checked(void)
{
	struct {
		struct open_how how;
		uint64_t more;
	} big = { .how.flags = O_RDONLY };

	OK(openat2_raw(AT_FDCWD, ".", O_RDONLY, 0, 0));
	OK(syscall(SYS_openat2, AT_FDCWD, ".", &big, sizeof(big)));
	big.more = 1;
	FAILS(E2BIG, syscall(SYS_openat2, AT_FDCWD, ".", &big, sizeof(big)));
	FAILS(EINVAL, syscall(SYS_openat2, AT_FDCWD, ".", &big, 0));
	FAILS(EINVAL, syscall(SYS_openat2, AT_FDCWD, ".", &big, sizeof(big.how) - 1));
	FAILS(EFAULT, syscall(SYS_openat2, AT_FDCWD, ".", wild(), sizeof(big.how)));
	FAILS(EINVAL, openat2_raw(AT_FDCWD, ".", O_RDONLY, 0600, 0));
	FAILS(EINVAL, openat2_raw(AT_FDCWD, "f", O_WRONLY | O_CREAT, 010000, 0));
	FAILS(EINVAL, openat2_raw(AT_FDCWD, ".", 1ULL << 60, 0, 0));
	FAILS(EINVAL, openat2_raw(AT_FDCWD, ".", O_RDONLY, 0, 1ULL << 60));
	FAILS(EINVAL, openat2_raw(AT_FDCWD, ".", O_PATH | O_APPEND, 0, 0));
	FAILS(EINVAL, openat2_raw(AT_FDCWD, ".", 0, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT));
	OK(openat2_raw(AT_FDCWD, "f", O_WRONLY | O_CREAT, 0600, 0));
	EQ(mode_of("f"), 0600);
}

static void resolve_tree(void)
{
	OK(mkdir("d", 0755));
	OK(mkdir("d/sub", 0755));
	put_file("d/f", "");
	put_file("out", "");
	OK(symlink("../f", "d/sub/up"));
	OK(symlink("../out", "d/escape"));
	OK(symlink("/f", "d/absolute"));
	OK(symlink("f", "d/plain"));
}

static void resolve_beneath(void)
{
	resolve_tree();

	int d = OK(open("d", O_PATH));

	OK(openat2_raw(d, "f", O_RDONLY, 0, RESOLVE_BENEATH));
	OK(openat2_raw(d, "sub/../f", O_RDONLY, 0, RESOLVE_BENEATH));
	OK(openat2_raw(d, "sub/up", O_RDONLY, 0, RESOLVE_BENEATH));
	FAILS(EXDEV, openat2_raw(d, "..", O_RDONLY, 0, RESOLVE_BENEATH));
	FAILS(EXDEV, openat2_raw(d, "../out", O_RDONLY, 0, RESOLVE_BENEATH));
	FAILS(EXDEV, openat2_raw(d, "../d/f", O_RDONLY, 0, RESOLVE_BENEATH));
	FAILS(EXDEV, openat2_raw(d, "escape", O_RDONLY, 0, RESOLVE_BENEATH));
	FAILS(EXDEV, openat2_raw(d, "absolute", O_RDONLY, 0, RESOLVE_BENEATH));
	FAILS(EXDEV, openat2_raw(d, "/f", O_RDONLY, 0, RESOLVE_BENEATH));
}

static void resolve_in_root(void)
{
	resolve_tree();

	int d = OK(open("d", O_PATH));

	OK(openat2_raw(d, "/f", O_RDONLY, 0, RESOLVE_IN_ROOT));
	OK(openat2_raw(d, "../../../f", O_RDONLY, 0, RESOLVE_IN_ROOT));
	OK(openat2_raw(d, "absolute", O_RDONLY, 0, RESOLVE_IN_ROOT));
	FAILS(ENOENT, openat2_raw(d, "escape", O_RDONLY, 0, RESOLVE_IN_ROOT));
	FAILS(ENOENT, openat2_raw(d, "../out", O_RDONLY, 0, RESOLVE_IN_ROOT));
}

static void resolve_links(void)
{
	char name[64];

	resolve_tree();
	OK(openat2_raw(AT_FDCWD, "d/f", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	FAILS(ELOOP, openat2_raw(AT_FDCWD, "d/plain", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
	OK(openat2_raw(AT_FDCWD, "d/plain", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS));
	OK(openat2_raw(AT_FDCWD, "d/plain", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", (int)OK(open("d/f", O_RDONLY)));
	OK(openat2_raw(AT_FDCWD, name, O_RDONLY, 0, 0));
	FAILS(ELOOP, openat2_raw(AT_FDCWD, name, O_RDONLY, 0, RESOLVE_NO_MAGICLINKS));
}

static void resolve_mounts(void)
{
	int top = OK(open("/", O_PATH)), proc = OK(open("/proc", O_PATH));

	OK(openat2_raw(proc, "self/stat", O_RDONLY, 0, RESOLVE_NO_XDEV));
	OK(openat2_raw(top, "proc/self/stat", O_RDONLY, 0, 0));
	FAILS(EXDEV, openat2_raw(top, "proc/self/stat", O_RDONLY, 0, RESOLVE_NO_XDEV));
	FAILS(EXDEV, openat2_raw(proc, "..", O_PATH, 0, RESOLVE_NO_XDEV));
}

static void no_device(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "sock" };
	int sock = OK(socket(AF_UNIX, SOCK_STREAM, 0));

	OK(mkfifo("fifo", 0600));
	FAILS(ENXIO, open("fifo", O_WRONLY | O_NONBLOCK));
	OK(open("fifo", O_RDONLY | O_NONBLOCK));
	OK(open("fifo", O_WRONLY | O_NONBLOCK));
	OK(bind(sock, (struct sockaddr *)&addr, sizeof(addr)));
	FAILS(ENXIO, open("sock", O_RDWR));
	OK(open("sock", O_PATH));
}

static void text_busy(void)
{
	char *argv[] = { "prog", NULL };
	int fd = OK(open("prog", O_WRONLY | O_CREAT, 0755));

	FAILS(ETXTBSY, execv("prog", argv));
	close(fd);
	FAILS(ENOEXEC, execve("prog", argv, argv + 1));
	errno = 0;
	CHECK(open("/proc/self/exe", O_WRONLY) < 0);
	CHECK(errno == ETXTBSY || (geteuid() != 0 && errno == EACCES));
}

static void other_opens(void)
{
	FAILS(EACCES, open("secret", O_RDONLY));
	FAILS(EACCES, open("shared", O_WRONLY));
	FAILS(EACCES, open("shared", O_RDONLY | O_TRUNC));
	FAILS(EACCES, open("shared", O_RDWR | O_CREAT, 0600));
	FAILS(EACCES, open("new", O_WRONLY | O_CREAT, 0600));
	FAILS(EACCES, open("closed/f", O_RDONLY));
	FAILS(EPERM, open("shared", O_RDONLY | O_NOATIME));
	OK(open("shared", O_RDONLY));
	OK(open("secret", O_PATH));
	FAILS(EACCES, open("closed", O_RDONLY));
	OK(open("closed", O_PATH));
}

static void permission(void)
{
	need_root();
	put_file("secret", "s");
	OK(chmod("secret", 0600));
	put_file("shared", "s");
	OK(mkdir("closed", 0755));
	put_file("closed/f", "");
	OK(chmod("closed", 0700));
	become_other_and_run(other_opens);
	CHECK(file_is("shared", "s"));
}

static void unlinked_stays(void)
{
	char buf[8];
	int fd = make_file("f", "data");
	struct stat st;

	OK(unlink("f"));
	OK(fstat(fd, &st));
	EQ(st.st_nlink, 0);
	EQ(read(fd, buf, sizeof(buf)), 4);
	put_file("f", "new");
	EQ(pread(fd, buf, sizeof(buf), 0), 4);
	CHECK(file_is("f", "new"));
}

enum { BIG = 1 << 20, MANY = 2500 };

/* A file of which only the first byte has been read. */
static void put_big(const char *path)
{
	int fd = OK(open(path, O_RDWR | O_CREAT, 0644));
	char byte;

	EQ(pwrite(fd, "last", 4, BIG), 4);
	close(fd);
	fd = OK(open(path, O_RDONLY));
	EQ(read(fd, &byte, 1), 1);
	close(fd);
}

static void has_last(int fd)
{
	char buf[8];

	EQ(pread(fd, buf, sizeof(buf), BIG), 4);
	CHECK(memcmp(buf, "last", 4) == 0);
}

/* More files than a kernel that keeps something open for each of them would like. */
static void open_many(void)
{
	char path[32];

	OK(mkdir("many", 0755));
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "many/%d", i);
		put_file(path, "x");
		CHECK(file_is(path, "x"));
	}
}

static void opened_again(void)
{
	int unlinked, replaced, moved, closed, below, written;

	OK(mkdir("d", 0755));
	for (const char *name = "urmcbw"; *name; name++)
		put_big((char[]){ 'd', '/', *name, 0 });
	open_many();
	unlinked = OK(open("d/u", O_RDONLY));
	replaced = OK(open("d/r", O_RDONLY));
	moved = OK(open("d/m", O_RDONLY));
	closed = OK(open("d/c", O_RDONLY));
	below = OK(open("d/b", O_RDONLY));
	written = OK(open("d/w", O_RDONLY));
	OK(unlink("d/u"));
	put_file("new", "new");
	OK(rename("new", "d/r"));
	OK(rename("d/m", "m"));
	OK(chmod("d/c", 0));
	OK(rename("d", "e"));
	EQ(pwrite(OK(open("e/w", O_WRONLY)), "LAST", 4, BIG), 4);
	has_last(unlinked);
	has_last(replaced);
	has_last(moved);
	has_last(closed);
	has_last(below);
	CHECK(file_is("e/r", "new"));

	char buf[4];

	EQ(pread(written, buf, 4, BIG), 4);
	CHECK(memcmp(buf, "LAST", 4) == 0);
}

static void mapped_again(void)
{
	int fd;
	char *map;

	put_big("f");
	open_many();
	fd = OK(open("f", O_RDONLY));
	map = mmap(NULL, BIG + page_size(), PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(map != MAP_FAILED);
	close(fd);
	OK(unlink("f"));
	CHECK(memcmp(map + BIG, "last", 4) == 0);
}

static const struct abi_row rows[] = {
	{ exclusive, "O_EXCL refuses whatever exists, even a dangling link" },
	{ create_mode, "a new file's mode is the argument without the umask" },
	{ truncates, "O_TRUNC empties, and only when the open succeeds" },
	{ append, "O_APPEND writes at the end, whatever the offset" },
	{ directories, "directories open for reading only" },
	{ nofollow, "O_NOFOLLOW refuses a link as the last component" },
	{ path_only, "O_PATH names a file without access to it" },
	{ path_directory, "O_PATH on a directory serves as a start" },
	{ path_symlink, "O_PATH with O_NOFOLLOW holds the link itself" },
	{ tmpfile_links, "O_TMPFILE has no name until linked" },
	{ tmpfile_errors, "O_TMPFILE wants a directory and write access" },
	{ missing, "ENOENT for what is missing; O_CREAT through a dangling link" },
	{ not_directory, "ENOTDIR and EISDIR from components and slashes" },
	{ link_loops, "forty links resolve, forty-one are ELOOP" },
	{ long_names, "ENAMETOOLONG past 255 in a name, past 4095 in a path" },
	{ bad_address, "EFAULT for a wild or unterminated name" },
	{ too_many, "EMFILE at RLIMIT_NOFILE, without side effects" },
	{ relative_to, "openat starts at its directory" },
	{ status_flags, "F_GETFL keeps status flags, not creation flags" },
	{ access_modes, "the access mode binds the descriptor" },
	{ how_checked, "openat2 checks its whole argument" },
	{ resolve_beneath, "RESOLVE_BENEATH stays below the directory" },
	{ resolve_in_root, "RESOLVE_IN_ROOT makes the directory the root" },
	{ resolve_links, "RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS" },
	{ resolve_mounts, "RESOLVE_NO_XDEV crosses no mount" },
	{ no_device, "ENXIO for a fifo without reader and for a socket" },
	{ text_busy, "ETXTBSY both ways" },
	{ permission, "another user meets EACCES and EPERM" },
	{ unlinked_stays, "an open file survives its name" },
	{ opened_again, "a file opened again is read after its name, mode or place changed" },
	{ mapped_again, "a file opened again, mapped, closed and unlinked is still read" },
};

ABI_MAIN(rows)
