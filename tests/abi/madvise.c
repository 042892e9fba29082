/*
 * madvise and the calls around it: DONTNEED, FREE, DONTFORK, WIPEONFORK,
 * REMOVE; mincore, msync, the mlock family, brk; errors of each.
 */
#include "child.h"

#include <linux/capability.h>
#include <sys/resource.h>

#define RW (PROT_READ | PROT_WRITE)
#define PAGES(n) (page_size() * (n))

static char *map(size_t pages, int prot, int flags, int fd)
{
	char *mem = mmap(NULL, PAGES(pages), prot, flags, fd, 0);

	CHECK(mem != MAP_FAILED);
	return mem;
}

static char *anon(size_t pages)
{
	char *mem = map(pages, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	memset(mem, 7, PAGES(pages));
	return mem;
}

static int file_of(int pages)
{
	int fd = OK(open("f", O_RDWR | O_CREAT, 0644));

	for (int i = 0; i < pages; i++)
		EQ(pwrite(fd, &(char){ 'a' + i }, 1, PAGES(i)), 1);
	OK(ftruncate(fd, PAGES(pages)));
	return fd;
}

static void dontneed_anonymous(void)
{
	char *mem = anon(4);

	OK(madvise(mem + PAGES(1), PAGES(2), MADV_DONTNEED));
	EQ(mem[0], 7);
	EQ(mem[PAGES(1)], 0);
	EQ(mem[PAGES(3) - 1], 0);
	EQ(mem[PAGES(3)], 7);
	mem[PAGES(1)] = 1;
	EQ(mem[PAGES(1)], 1);
	/* The length is rounded up. */
	OK(madvise(mem, 1, MADV_DONTNEED));
	EQ(mem[PAGES(1) - 1], 0);
}

static void dontneed_file(void)
{
	int fd = file_of(2);
	char *private = map(2, RW, MAP_PRIVATE, fd), *shared = map(2, RW, MAP_SHARED, fd), byte;

	private[0] = 'X';
	shared[PAGES(1)] = 'S';
	OK(madvise(private, PAGES(2), MADV_DONTNEED));
	OK(madvise(shared, PAGES(2), MADV_DONTNEED));
	/* The private copy is gone, the shared one is the file. */
	EQ(private[0], 'a');
	EQ(private[PAGES(1)], 'S');
	EQ(shared[PAGES(1)], 'S');
	EQ(pread(fd, &byte, 1, PAGES(1)), 1);
	EQ(byte, 'S');
}

static void dontneed_shared(void)
{
	char *mem = shared_mem(PAGES(1));

	mem[0] = 5;
	OK(madvise(mem, PAGES(1), MADV_DONTNEED));
	EQ(mem[0], 5);
}

static void dontneed_after_fork(void)
{
	char *mem = anon(1);
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(madvise(mem, PAGES(1), MADV_DONTNEED));
		EQ(mem[0], 0);
		_exit(0);
	}
	child_join(pid);
	EQ(mem[0], 7);
}

static void free_pages(void)
{
	char *mem = anon(3), *shared = shared_mem(PAGES(1));

	OK(madvise(mem, PAGES(3), MADV_FREE));
	/* Each page is as it was or zero; what is written afterwards stays. */
	for (int i = 0; i < 3; i++)
		CHECK(mem[PAGES(i)] == 7 || mem[PAGES(i)] == 0);
	mem[0] = 9;
	EQ(mem[0], 9);
	FAILS(EINVAL, madvise(shared, PAGES(1), MADV_FREE));
	FAILS(EINVAL, madvise(map(1, RW, MAP_PRIVATE, file_of(1)), PAGES(1), MADV_FREE));
}

static void hints(void)
{
	static const int advices[] = { MADV_NORMAL,   MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
				       MADV_DONTFORK, MADV_DOFORK, MADV_DONTDUMP,   MADV_DODUMP };
	char *mem = anon(2), *file = map(2, RW, MAP_SHARED, file_of(2));

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		OK(madvise(mem, PAGES(2), advices[i]));
		OK(madvise(file, PAGES(2), advices[i]));
	}
	EQ(mem[PAGES(1)], 7);
	EQ(file[PAGES(1)], 'b');
}

static void errors(void)
{
	char *mem = anon(3);

	FAILS(EINVAL, madvise(mem + 1, PAGES(1), MADV_DONTNEED));
	FAILS(EINVAL, madvise(mem, PAGES(1), 7777));
	FAILS(EINVAL, madvise(mem, -PAGES(1), 7777));
	FAILS(EINVAL, madvise(mem, SIZE_MAX, MADV_NORMAL));
	OK(madvise(mem, 0, MADV_DONTNEED));
	EQ(mem[0], 7);
	OK(munmap(mem + PAGES(1), PAGES(1)));
	FAILS(ENOMEM, madvise(mem, PAGES(3), MADV_DONTNEED));
	/* What is mapped on both sides of the hole was done. */
	EQ(mem[0], 0);
	EQ(mem[PAGES(2)], 0);
	FAILS(ENOMEM, madvise(mem + PAGES(1), PAGES(1), MADV_NORMAL));
	FAILS(EINVAL, madvise(mem, PAGES(1), MADV_REMOVE));
}

static void dont_fork(void)
{
	char *mem = anon(3);

	OK(madvise(mem + PAGES(1), PAGES(1), MADV_DONTFORK));
	for (int again = 0; again < 2; again++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			EQ(touch(mem, false), 0);
			EQ(touch(mem + PAGES(1), false), again ? 0 : SIGSEGV);
			EQ(touch(mem + PAGES(2), false), 0);
			_exit(0);
		}
		child_join(pid);
		EQ(mem[PAGES(1)], 7);
		OK(madvise(mem + PAGES(1), PAGES(1), MADV_DOFORK));
	}
}

static void wipe_on_fork(void)
{
	char *mem = anon(2);

	OK(madvise(mem, PAGES(1), MADV_WIPEONFORK));
	for (int keep = 0; keep < 2; keep++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			EQ(mem[0], keep ? 7 : 0);
			EQ(mem[PAGES(1)], 7);
			_exit(0);
		}
		child_join(pid);
		EQ(mem[0], 7);
		OK(madvise(mem, PAGES(1), MADV_KEEPONFORK));
	}
	FAILS(EINVAL, madvise(shared_mem(PAGES(1)), PAGES(1), MADV_WIPEONFORK));
}

static void remove_shared(void)
{
	char *mem = shared_mem(PAGES(3));

	memset(mem, 3, PAGES(3));
	OK(madvise(mem + PAGES(1), PAGES(1), MADV_REMOVE));
	EQ(mem[0], 3);
	EQ(mem[PAGES(1)], 0);
	EQ(mem[PAGES(2)], 3);
}

static void resident(void)
{
	char *mem = map(4, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned char vec[4];

	memset(vec, 0xff, sizeof(vec));
	OK(mincore(mem, PAGES(4), vec));
	for (int i = 0; i < 4; i++)
		EQ(vec[i] & 1, 0);
	mem[PAGES(1)] = mem[PAGES(2)] = 1;
	OK(mincore(mem, PAGES(4), vec));
	EQ(vec[0] & 1, 0);
	EQ(vec[1] & 1, 1);
	EQ(vec[2] & 1, 1);
	OK(madvise(mem + PAGES(1), PAGES(1), MADV_DONTNEED));
	OK(mincore(mem, PAGES(4) - 1, vec));
	EQ(vec[1] & 1, 0);
	EQ(vec[2] & 1, 1);
}

static void resident_errors(void)
{
	char *mem = anon(3);
	unsigned char vec[4];

	FAILS(EINVAL, mincore(mem + 1, PAGES(1), vec));
	FAILS(EFAULT, mincore(mem, PAGES(1), bad_ptr()));
	OK(munmap(mem + PAGES(1), PAGES(1)));
	FAILS(ENOMEM, mincore(mem, PAGES(3), vec));
	FAILS(ENOMEM, mincore(mem + PAGES(1), PAGES(1), vec));
	FAILS(ENOMEM, mincore(mem, -PAGES(1), vec));
	OK(mincore(mem, 0, vec));
}

static void sync_file(void)
{
	int fd = file_of(2);
	char *mem = map(2, RW, MAP_SHARED, fd), byte;

	mem[PAGES(1)] = 'Z';
	OK(msync(mem, PAGES(2), MS_SYNC));
	OK(msync(mem, PAGES(2), MS_ASYNC));
	OK(msync(mem, PAGES(2), MS_SYNC | MS_INVALIDATE));
	OK(msync(mem, 0, MS_SYNC));
	OK(msync(mem, PAGES(1), 0));
	EQ(pread(fd, &byte, 1, PAGES(1)), 1);
	EQ(byte, 'Z');
	OK(msync(anon(1), PAGES(1), MS_SYNC));
}

static void sync_errors(void)
{
	char *mem = anon(3);

	FAILS(EINVAL, msync(mem + 1, PAGES(1), MS_SYNC));
	FAILS(EINVAL, msync(mem, PAGES(1), MS_SYNC | MS_ASYNC));
	FAILS(EINVAL, msync(mem, PAGES(1), 0x100));
	OK(munmap(mem + PAGES(1), PAGES(1)));
	FAILS(ENOMEM, msync(mem, PAGES(3), MS_SYNC));
	FAILS(ENOMEM, msync(mem + PAGES(1), PAGES(1), MS_ASYNC));
	FAILS(ENOMEM, msync(mem, -PAGES(1), MS_SYNC));
}

static long locked_kb(void)
{
	return atol(proc_field("/proc/self/status", "VmLck"));
}

static void lock(void)
{
	char *mem = map(4, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned char vec[4];
	long kb = page_size() / 1024;

	EQ(locked_kb(), 0);
	OK(mlock(mem + 5, PAGES(1)));
	EQ(locked_kb(), 2 * kb);
	OK(mincore(mem, PAGES(4), vec));
	EQ(vec[0] & 1, 1);
	EQ(vec[1] & 1, 1);
	EQ(vec[2] & 1, 0);
	/* Locked memory cannot be thrown away. */
	FAILS(EINVAL, madvise(mem, PAGES(1), MADV_DONTNEED));
	FAILS(EBUSY, msync(mem, PAGES(1), MS_INVALIDATE));
	OK(munlock(mem, PAGES(1)));
	EQ(locked_kb(), kb);
	OK(munlock(mem, PAGES(4)));
	EQ(locked_kb(), 0);
	OK(madvise(mem, PAGES(1), MADV_DONTNEED));
	OK(mlock(mem, PAGES(4)));
	OK(munmap(mem, PAGES(4)));
	EQ(locked_kb(), 0);
}

static void lock_errors(void)
{
	char *mem = anon(3);

	OK(mlock(mem, 0));
	OK(munmap(mem + PAGES(1), PAGES(1)));
	FAILS(ENOMEM, mlock(mem, PAGES(3)));
	FAILS(ENOMEM, munlock(mem, PAGES(3)));
	FAILS(EINVAL, mlockall(0));
	FAILS(EINVAL, mlockall(64));
	FAILS(EINVAL, mlockall(MCL_ONFAULT));
	FAILS(EINVAL, syscall(SYS_mlock2, mem, PAGES(1), 2));
	OK(munlockall());
	EQ(locked_kb(), 0);
}

static void lock_on_fault(void)
{
	char *mem = map(2, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned char vec[2];

	OK(syscall(SYS_mlock2, mem, PAGES(2), 1));
	EQ(locked_kb(), (long)(2 * page_size() / 1024));
	OK(mincore(mem, PAGES(2), vec));
	EQ(vec[0] & 1, 0);
	mem[0] = 1;
	OK(mincore(mem, PAGES(2), vec));
	EQ(vec[0] & 1, 1);
}

static void lock_and_fork(void)
{
	char *mem = anon(1);

	OK(mlock(mem, PAGES(1)));
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(locked_kb(), 0);
		OK(madvise(mem, PAGES(1), MADV_DONTNEED));
		EQ(mem[0], 0);
		_exit(0);
	}
	child_join(pid);
	EQ(mem[0], 7);
}

static void lock_future(void)
{
	unsigned char vec[2];

	if (!has_cap(CAP_IPC_LOCK))
		abi_skip("needs CAP_IPC_LOCK");
	OK(mlockall(MCL_CURRENT | MCL_FUTURE));
	char *mem = map(2, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	OK(mincore(mem, PAGES(2), vec));
	EQ(vec[0] & 1, 1);
	EQ(vec[1] & 1, 1);
	OK(munlockall());
	EQ(locked_kb(), 0);
}

static char *raw_brk(void *want)
{
	return (char *)syscall(SYS_brk, want);
}

static void break_grows(void)
{
	char *start = raw_brk(NULL), *page;

	CHECK(start != NULL);
	CHECK(raw_brk(start + PAGES(4)) == start + PAGES(4));
	page = (char *)(((uintptr_t)start + PAGES(1) - 1) & ~(uintptr_t)(PAGES(1) - 1));
	for (int i = 0; i < 3; i++) {
		EQ(page[PAGES(i)], 0);
		page[PAGES(i)] = 4;
	}
	CHECK(raw_brk(NULL) == start + PAGES(4));
	CHECK(raw_brk(start) == start);
	EQ(touch(page + PAGES(1), false), SIGSEGV);
	/* What is given back comes again as zero. */
	CHECK(raw_brk(start + PAGES(4)) == start + PAGES(4));
	EQ(page[PAGES(1)], 0);
	CHECK(raw_brk(start + 10) == start + 10);
	CHECK(raw_brk(NULL) == start + 10);
}

static void break_refuses(void)
{
	char *start = raw_brk(NULL);

	/* Failure is the unchanged break. */
	CHECK(raw_brk((void *)1) == start);
	CHECK(raw_brk((void *)-PAGES(1)) == start);
	struct rlimit lim = { 8 * 1024 * 1024, 8 * 1024 * 1024 };

	OK(setrlimit(RLIMIT_DATA, &lim));
	CHECK(raw_brk(start + 64 * 1024 * 1024) == start);
	/* Something is in the way. */
	char *page = (char *)(((uintptr_t)start + PAGES(9)) & ~(uintptr_t)(PAGES(1) - 1));

	CHECK(mmap(page, PAGES(1), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	      page);
	CHECK(raw_brk(page + PAGES(2)) == start);
	OK(munmap(page, PAGES(1)));
}

static void break_and_fork(void)
{
	char *start = raw_brk(NULL);

	CHECK(raw_brk(start + PAGES(2)) == start + PAGES(2));
	start[PAGES(1)] = 5;
	pid_t pid = OK(fork());

	if (pid == 0) {
		CHECK(raw_brk(NULL) == start + PAGES(2));
		EQ(start[PAGES(1)], 5);
		start[PAGES(1)] = 6;
		CHECK(raw_brk(start) == start);
		_exit(0);
	}
	child_join(pid);
	CHECK(raw_brk(NULL) == start + PAGES(2));
	EQ(start[PAGES(1)], 5);
}

static const struct abi_row rows[] = {
	{ dontneed_anonymous, "DONTNEED zeroes private anonymous memory" },
	{ dontneed_file, "DONTNEED shows the file again" },
	{ dontneed_shared, "DONTNEED leaves shared memory" },
	{ dontneed_after_fork, "DONTNEED in a child leaves the parent's pages" },
	{ free_pages, "FREE" },
	{ hints, "hints change nothing" },
	{ errors, "madvise errors" },
	{ dont_fork, "DONTFORK and DOFORK" },
	{ wipe_on_fork, "WIPEONFORK and KEEPONFORK" },
	{ remove_shared, "REMOVE punches shared memory" },
	{ resident, "mincore shows touched pages" },
	{ resident_errors, "mincore errors" },
	{ sync_file, "msync" },
	{ sync_errors, "msync errors" },
	{ lock, "mlock and munlock" },
	{ lock_errors, "mlock, mlock2 and mlockall errors" },
	{ lock_on_fault, "mlock2 with MLOCK_ONFAULT" },
	{ lock_and_fork, "a child inherits no locks" },
	{ lock_future, "MCL_FUTURE" },
	{ break_grows, "brk grows and shrinks" },
	{ break_refuses, "brk refuses by not moving" },
	{ break_and_fork, "a child's break is its own" },
};

ABI_MAIN(rows)
