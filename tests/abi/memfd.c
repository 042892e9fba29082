/*
 * memfd_create: anonymous files, their seals, sharing by mapping.
 */
#include "fixture.h"

static int make(unsigned int flags)
{
	return OK(memfd_create("m", flags));
}

static int seal(int fd, int seals)
{
	return fcntl(fd, F_ADD_SEALS, seals);
}

static void is_a_file(void)
{
	int fd = make(0);
	struct stat st;
	char buf[8];

	OK(fstat(fd, &st));
	CHECK(S_ISREG(st.st_mode));
	EQ(st.st_mode & 07777, 0777);
	EQ(st.st_size, 0);
	EQ(st.st_nlink, 0);
	EQ(st.st_uid, geteuid());
	EQ(write(fd, "hello", 5), 5);
	EQ(lseek(fd, 1, SEEK_SET), 1);
	EQ(read(fd, buf, sizeof(buf)), 4);
	EQ(pwrite(fd, "x", 1, 100), 1);
	EQ(lseek(fd, 0, SEEK_END), 101);
	OK(ftruncate(fd, 3));
	EQ(pread(fd, buf, sizeof(buf), 0), 3);
	EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
}

static void creation(void)
{
	static char name[300];

	EQ(fcntl(make(MFD_CLOEXEC), F_GETFD), FD_CLOEXEC);
	EQ(fcntl(make(0), F_GETFD), 0);
	OK(memfd_create("", 0));
	memset(name, 'n', 249);
	OK(memfd_create(name, 0));
	name[249] = 'n';
	FAILS(EINVAL, memfd_create(name, 0));
	FAILS(EFAULT, syscall(SYS_memfd_create, wild(), 0));
	FAILS(EINVAL, memfd_create("m", 0x02000000));
}

static void same_names(void)
{
	struct stat a, b;

	OK(fstat(make(0), &a));
	OK(fstat(make(0), &b));
	CHECK(a.st_ino != b.st_ino);
	EQ(a.st_dev, b.st_dev);
}

static void named_in_proc(void)
{
	char path[64], target[128];
	int fd = OK(memfd_create("a name", 0));
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = OK(readlink(path, target, sizeof(target) - 1));
	target[n] = '\0';
	CHECK(strcmp(target, "/memfd:a name (deleted)") == 0);
}

static void reopened(void)
{
	char path[64], c;
	int fd = make(0), ro;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EQ(write(fd, "x", 1), 1);
	ro = OK(open(path, O_RDONLY));
	EQ(read(ro, &c, 1), 1);
	FAILS(EBADF, write(ro, &c, 1));
	EQ(lseek(fd, 0, SEEK_CUR), 1);
	OK(open(path, O_RDWR | O_TRUNC));
	EQ(lseek(fd, 0, SEEK_END), 0);
}

static void initial_seals(void)
{
	int fd = make(0);

	EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
	FAILS(EPERM, seal(fd, F_SEAL_WRITE));
	fd = make(MFD_ALLOW_SEALING);
	EQ(fcntl(fd, F_GET_SEALS), 0);
	OK(seal(fd, F_SEAL_GROW));
	OK(seal(fd, F_SEAL_SHRINK));
	EQ(fcntl(fd, F_GET_SEALS), F_SEAL_GROW | F_SEAL_SHRINK);
	OK(seal(fd, F_SEAL_SEAL));
	FAILS(EPERM, seal(fd, F_SEAL_WRITE));
	FAILS(EPERM, seal(fd, 0));
	EQ(fcntl(fd, F_GET_SEALS), F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
}

static void seal_errors(void)
{
	int fd = make(MFD_ALLOW_SEALING), p[2];
	char path[64];

	OK(pipe(p));
	FAILS(EINVAL, seal(fd, 0x4000));
	FAILS(EINVAL, fcntl(p[0], F_GET_SEALS));
	FAILS(EINVAL, seal(p[1], F_SEAL_SEAL));
	FAILS(EBADF, fcntl(-1, F_GET_SEALS));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FAILS(EPERM, seal(OK(open(path, O_RDONLY)), F_SEAL_WRITE));
	EQ(fcntl(fd, F_GET_SEALS), 0);
}

static void shrink_and_grow(void)
{
	int fd = make(MFD_ALLOW_SEALING);

	OK(ftruncate(fd, 100));
	OK(seal(fd, F_SEAL_SHRINK));
	FAILS(EPERM, ftruncate(fd, 99));
	OK(ftruncate(fd, 101));
	OK(seal(fd, F_SEAL_GROW));
	FAILS(EPERM, ftruncate(fd, 102));
	FAILS(EPERM, ftruncate(fd, 100));
	OK(ftruncate(fd, 101));
	EQ(pwrite(fd, "x", 1, 100), 1);
	FAILS(EPERM, pwrite(fd, "x", 1, 1000000));
	FAILS(EPERM, fallocate(fd, 0, 0, 1000000));
	EQ(lseek(fd, 0, SEEK_END), 101);
}

static void write_sealed(void)
{
	size_t size = page_size();
	int fd = make(MFD_ALLOW_SEALING);
	char c;

	OK(ftruncate(fd, size));
	EQ(write(fd, "data", 4), 4);
	OK(seal(fd, F_SEAL_WRITE));
	FAILS(EPERM, pwrite(fd, "x", 1, 0));
	EQ(pwrite(fd, "x", 0, 0), 0);
	FAILS(EPERM, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size));
	FAILS(EPERM, mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	EQ(pread(fd, &c, 1, 0), 1);
	EQ(c, 'd');
	/* Private mappings may be written, shared ones read. */
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	CHECK(at != MAP_FAILED);
	at[0] = 'x';
	EQ(pread(fd, &c, 1, 0), 1);
	EQ(c, 'd');
	OK(ftruncate(fd, 2 * size));
}

static void write_seal_busy(void)
{
	size_t size = page_size();
	int fd = make(MFD_ALLOW_SEALING);
	char *at;

	OK(ftruncate(fd, size));
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(at != MAP_FAILED);
	FAILS(EBUSY, seal(fd, F_SEAL_WRITE));
	EQ(fcntl(fd, F_GET_SEALS), 0);
	OK(seal(fd, F_SEAL_SHRINK));
	OK(munmap(at, size));
	OK(seal(fd, F_SEAL_WRITE));
}

static void future_write(void)
{
	size_t size = page_size();
	int fd = make(MFD_ALLOW_SEALING);
	char *at, *ro, c;

	OK(ftruncate(fd, size));
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(at != MAP_FAILED);
	OK(seal(fd, F_SEAL_FUTURE_WRITE));
	at[0] = 'k';
	EQ(pread(fd, &c, 1, 0), 1);
	EQ(c, 'k');
	FAILS(EPERM, pwrite(fd, "x", 1, 0));
	FAILS(EPERM, mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	ro = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(ro != MAP_FAILED);
	EQ(ro[0], 'k');
	FAILS(EACCES, mprotect(ro, size, PROT_READ | PROT_WRITE));
}

static void shared_mapping(void)
{
	size_t size = page_size();
	int fd = make(0);
	char *at, c;
	pid_t pid;

	OK(ftruncate(fd, 2 * size));
	pid = OK(fork());
	if (pid == 0) {
		/* Two processes, two mappings, one memory. */
		at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, size);
		CHECK(at != MAP_FAILED);
		strcpy(at, "from the child");
		_exit(0);
	}
	child_ends(pid);
	at = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(at != MAP_FAILED);
	CHECK(strcmp(at + size, "from the child") == 0);
	EQ(pwrite(fd, "w", 1, 3), 1);
	EQ(at[3], 'w');
	at[4] = 'm';
	EQ(pread(fd, &c, 1, 4), 1);
	EQ(c, 'm');
}

static void outlives(void)
{
	size_t size = page_size();
	int fd = make(0);
	char *at;

	OK(ftruncate(fd, size));
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(at != MAP_FAILED);
	OK(close(fd));
	at[0] = 'x';
	pid_t pid = OK(fork());

	if (pid == 0) {
		at[0]++;
		_exit(0);
	}
	child_ends(pid);
	EQ(at[0], 'y');
}

static void runs_program(void)
{
	int in = OK(open("/proc/self/exe", O_RDONLY)), fd = make(MFD_CLOEXEC), p[2];
	char buf[65536], *argv[] = { "memfd", "no such row", NULL };
	pid_t pid;
	ssize_t n;

	while ((n = OK(read(in, buf, sizeof(buf)))) > 0)
		EQ(write(fd, buf, n), n);
	OK(pipe(p));
	pid = OK(fork());
	if (pid == 0) {
		OK(dup2(p[1], 1));
		OK(syscall(SYS_execveat, fd, "", argv, argv + 2, AT_EMPTY_PATH));
	}
	OK(close(p[1]));
	EQ(read(p[0], buf, sizeof(buf)), 5);
	CHECK(memcmp(buf, "1..0\n", 5) == 0);
	child_ends(pid);
}

static const struct abi_row rows[] = {
	{ is_a_file, "a memfd is a regular file without a name" },
	{ creation, "flags, name length, errors" },
	{ same_names, "equal names make different files" },
	{ named_in_proc, "its name shows in /proc/self/fd" },
	{ reopened, "it opens again through /proc/self/fd" },
	{ initial_seals, "seals add up until F_SEAL_SEAL" },
	{ seal_errors, "errors of sealing" },
	{ shrink_and_grow, "F_SEAL_SHRINK and F_SEAL_GROW" },
	{ write_sealed, "F_SEAL_WRITE" },
	{ write_seal_busy, "F_SEAL_WRITE waits for no writable mapping" },
	{ future_write, "F_SEAL_FUTURE_WRITE spares existing mappings" },
	{ shared_mapping, "two processes map one memory" },
	{ outlives, "a mapping outlives the descriptor" },
	{ runs_program, "a program runs from a memfd" },
};

ABI_MAIN(rows)
