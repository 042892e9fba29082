/*
 * mremap: growing, shrinking, moving, to a given place, leaving the old place
 * mapped, duplicating shared memory, and errors.
 */
#include "child.h"

#define RW (PROT_READ | PROT_WRITE)
#define PAGES(n) (page_size() * (n))

static char *anon(size_t pages)
{
	char *mem = mmap(NULL, PAGES(pages), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	return mem;
}

/* The first pages of a range whose remainder is free. */
static char *with_room(size_t pages, size_t free_pages)
{
	char *mem = anon(pages + free_pages);

	if (free_pages)
		OK(munmap(mem + PAGES(pages), PAGES(free_pages)));
	for (size_t i = 0; i < pages; i++)
		mem[PAGES(i)] = (char)(i + 1);
	return mem;
}

static void remap_fails(int err, void *addr, size_t old, size_t new, int flags, void *to)
{
	errno = 0;
	CHECK(mremap(addr, old, new, flags, to) == MAP_FAILED);
	EQ(errno, err);
}

static void grow_in_place(void)
{
	char *mem = with_room(2, 6);

	CHECK(mremap(mem, PAGES(2), PAGES(5), 0) == mem);
	EQ(mem[0], 1);
	EQ(mem[PAGES(1)], 2);
	for (int i = 2; i < 5; i++)
		EQ(mem[PAGES(i)], 0);
	mem[PAGES(5) - 1] = 9;
	EQ(touch(mem + PAGES(5), false), SIGSEGV);
}

static void no_room(void)
{
	char *mem = anon(4);

	mem[0] = 1;
	mem[PAGES(2)] = 3;
	remap_fails(ENOMEM, mem, PAGES(2), PAGES(6), 0, NULL);
	EQ(mem[0], 1);
	EQ(mem[PAGES(2)], 3);
}

static void shrink(void)
{
	char *mem = with_room(4, 0);

	CHECK(mremap(mem, PAGES(4), PAGES(2), 0) == mem);
	EQ(mem[PAGES(1)], 2);
	EQ(touch(mem + PAGES(2), false), SIGSEGV);
	EQ(touch(mem + PAGES(3), false), SIGSEGV);
	CHECK(mremap(mem, PAGES(2), 1, MREMAP_MAYMOVE) == mem);
	EQ(touch(mem + PAGES(1), false), SIGSEGV);
	EQ(mem[0], 1);
}

static void shrink_the_middle(void)
{
	char *mem = with_room(6, 0);

	CHECK(mremap(mem + PAGES(1), PAGES(3), PAGES(1), 0) == mem + PAGES(1));
	EQ(mem[0], 1);
	EQ(mem[PAGES(1)], 2);
	EQ(touch(mem + PAGES(2), false), SIGSEGV);
	EQ(touch(mem + PAGES(3), false), SIGSEGV);
	EQ(mem[PAGES(4)], 5);
}

static void same_size(void)
{
	char *mem = with_room(2, 0);

	CHECK(mremap(mem, PAGES(2), PAGES(2), 0) == mem);
	CHECK(mremap(mem, PAGES(2), PAGES(2), MREMAP_MAYMOVE) == mem);
	CHECK(mremap(mem, PAGES(2) - 5, PAGES(2) - 9, 0) == mem);
	EQ(mem[0], 1);
}

static void move(void)
{
	char *mem = with_room(4, 0);

	/* The two pages that follow are in the way. */
	char *moved = mremap(mem, PAGES(2), PAGES(20), MREMAP_MAYMOVE);

	CHECK(moved != MAP_FAILED && moved != mem);
	EQ(moved[0], 1);
	EQ(moved[PAGES(1)], 2);
	EQ(moved[PAGES(2)], 0);
	moved[PAGES(20) - 1] = 1;
	EQ(touch(mem, false), SIGSEGV);
	EQ(touch(mem + PAGES(1), false), SIGSEGV);
	EQ(mem[PAGES(2)], 3);
}

static void fixed(void)
{
	char *mem = with_room(2, 0), *target = with_room(4, 0);

	CHECK(mremap(mem, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED, target + PAGES(1)) ==
	      target + PAGES(1));
	EQ(target[0], 1);
	EQ(target[PAGES(1)], 1);
	EQ(target[PAGES(2)], 2);
	EQ(target[PAGES(3)], 4);
	EQ(touch(mem, false), SIGSEGV);
	mem = with_room(3, 0);
	CHECK(mremap(mem, PAGES(3), PAGES(1), MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
	EQ(target[0], 1);
	EQ(target[PAGES(1)], 1);
	EQ(touch(mem + PAGES(1), false), SIGSEGV);
	EQ(touch(mem + PAGES(2), false), SIGSEGV);
}

static void errors(void)
{
	char *mem = with_room(4, 0), *target = anon(4);
	size_t too_much = sizeof(size_t) > 4 ? SIZE_MAX / 4 + 1 : SIZE_MAX - PAGES(1024) + 1;

	remap_fails(EINVAL, mem + 1, PAGES(1), PAGES(2), MREMAP_MAYMOVE, NULL);
	remap_fails(EINVAL, mem, PAGES(1), 0, MREMAP_MAYMOVE, NULL);
	remap_fails(EINVAL, mem, PAGES(1), PAGES(2), 8, NULL);
	remap_fails(EINVAL, mem, PAGES(1), PAGES(1), MREMAP_FIXED, target);
	remap_fails(EINVAL, mem, PAGES(1), PAGES(1), MREMAP_MAYMOVE | MREMAP_FIXED, target + 1);
	remap_fails(EINVAL, mem, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED, mem + PAGES(1));
	remap_fails(EINVAL, mem, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED, mem);
	remap_fails(EINVAL, mem, 0, PAGES(1), MREMAP_MAYMOVE, NULL);
	remap_fails(EINVAL, mem, PAGES(1), PAGES(2), MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	remap_fails(EINVAL, mem, PAGES(1), PAGES(1), MREMAP_DONTUNMAP, NULL);
	OK(munmap(mem + PAGES(1), PAGES(1)));
	remap_fails(EFAULT, mem + PAGES(1), PAGES(1), PAGES(2), MREMAP_MAYMOVE, NULL);
	/* Growth of a range that is not one mapping. */
	remap_fails(EFAULT, mem, PAGES(3), PAGES(6), MREMAP_MAYMOVE, NULL);
	/* EINVAL since Linux 6.17 for what exceeds the address space as a whole. */
	CHECK(mremap(mem, PAGES(1), too_much, MREMAP_MAYMOVE) == MAP_FAILED);
	CHECK(errno == ENOMEM || errno == EINVAL);
	EQ(mem[0], 1);
	EQ(mem[PAGES(2)], 3);
}

static void across_protections(void)
{
	char *mem = with_room(4, 0);

	OK(mprotect(mem + PAGES(1), PAGES(1), PROT_READ));
	remap_fails(EFAULT, mem, PAGES(2), PAGES(8), MREMAP_MAYMOVE, NULL);
	/* Shrinking unmaps whatever is there. */
	CHECK(mremap(mem, PAGES(4), PAGES(1), 0) == mem);
	EQ(touch(mem + PAGES(1), false), SIGSEGV);
	EQ(mem[0], 1);
}

static void keeps_protection(void)
{
	char *mem = with_room(3, 0);

	OK(mprotect(mem, PAGES(1), PROT_READ));
	char *moved = mremap(mem, PAGES(1), PAGES(9), MREMAP_MAYMOVE);

	CHECK(moved != MAP_FAILED);
	EQ(moved[0], 1);
	EQ(touch(moved, true), SIGSEGV);
	EQ(touch(moved + PAGES(8), true), SIGSEGV);
	EQ(touch(moved + PAGES(8), false), 0);
}

static int make_file(int pages)
{
	int fd = OK(open("f", O_RDWR | O_CREAT, 0644));

	for (int i = 0; i < pages; i++)
		EQ(pwrite(fd, &(char){ 'a' + i }, 1, PAGES(i)), 1);
	OK(ftruncate(fd, PAGES(pages)));
	return fd;
}

static void file_mapping(void)
{
	int fd = make_file(4);
	char *mem = mmap(NULL, PAGES(1), RW, MAP_SHARED, fd, PAGES(1)), byte;

	CHECK(mem != MAP_FAILED);
	char *moved = mremap(mem, PAGES(1), PAGES(4), MREMAP_MAYMOVE);

	CHECK(moved != MAP_FAILED);
	EQ(moved[0], 'b');
	EQ(moved[PAGES(1)], 'c');
	EQ(moved[PAGES(2)], 'd');
	EQ(touch(moved + PAGES(3), false), SIGBUS);
	moved[PAGES(2)] = 'X';
	EQ(pread(fd, &byte, 1, PAGES(3)), 1);
	EQ(byte, 'X');
}

static void file_private(void)
{
	int fd = make_file(3);
	char *area = anon(3);
	char *mem = mmap(area, PAGES(2), RW, MAP_PRIVATE | MAP_FIXED, fd, 0);

	CHECK(mem == area);
	mem[0] = 'X';
	char *moved = mremap(mem, PAGES(2), PAGES(3), MREMAP_MAYMOVE);

	CHECK(moved != MAP_FAILED && moved != mem);
	EQ(moved[0], 'X');
	EQ(moved[PAGES(1)], 'b');
	EQ(moved[PAGES(2)], 'c');
}

static void duplicate_shared(void)
{
	char *mem = shared_mem(PAGES(2));

	mem[0] = 5;
	char *twin = mremap(mem, 0, PAGES(2), MREMAP_MAYMOVE);

	CHECK(twin != MAP_FAILED && twin != mem);
	EQ(twin[0], 5);
	twin[PAGES(1)] = 7;
	EQ(mem[PAGES(1)], 7);
	OK(munmap(mem, PAGES(2)));
	EQ(twin[0], 5);
}

static void dont_unmap(void)
{
	char *mem = with_room(2, 0);
	char *moved = mremap(mem, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);

	if (moved == MAP_FAILED && errno == EINVAL)
		abi_skip("no MREMAP_DONTUNMAP");
	CHECK(moved != MAP_FAILED && moved != mem);
	EQ(moved[0], 1);
	EQ(moved[PAGES(1)], 2);
	/* The old place is still mapped, and empty. */
	EQ(mem[0], 0);
	EQ(mem[PAGES(1)], 0);
	mem[0] = 8;
	EQ(moved[0], 1);
	char *target = anon(2);

	CHECK(mremap(mem, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_DONTUNMAP | MREMAP_FIXED,
		     target) == target);
	EQ(target[0], 8);
	EQ(mem[0], 0);
}

static void after_fork(void)
{
	char *mem = with_room(3, 0), *shared = shared_mem(PAGES(2));
	pid_t pid = OK(fork());

	if (pid == 0) {
		char *moved = mremap(mem, PAGES(2), PAGES(9), MREMAP_MAYMOVE);

		CHECK(moved != MAP_FAILED);
		EQ(moved[PAGES(1)], 2);
		moved[0] = 50;
		moved = mremap(shared, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED, mem);
		CHECK(moved == mem);
		moved[0] = 60;
		_exit(0);
	}
	child_join(pid);
	EQ(mem[0], 1);
	EQ(mem[PAGES(1)], 2);
	EQ(shared[0], 60);
}

static void grow_shared_past_end(void)
{
	char *mem = mmap(NULL, PAGES(1), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	mem[0] = 4;
	char *moved = mremap(mem, PAGES(1), PAGES(3), MREMAP_MAYMOVE);

	CHECK(moved != MAP_FAILED);
	EQ(moved[0], 4);
	/* The object behind has kept its size. */
	EQ(touch(moved + PAGES(1), false), SIGBUS);
}

static void grow_often(void)
{
	size_t pages = 1;
	char *mem = anon(1);

	for (mem[0] = 1; pages < 200; pages += 7) {
		char *grown = mremap(mem, PAGES(pages), PAGES(pages + 7), MREMAP_MAYMOVE);

		CHECK(grown != MAP_FAILED);
		mem = grown;
		mem[PAGES(pages + 6)] = (char)pages;
	}
	EQ(mem[0], 1);
	for (size_t i = 1; i < pages; i += 7)
		EQ(mem[PAGES(i + 6)], (char)i);
}

/* A window of a shared mapping shows other pages of the file. */
static void file_pages(void)
{
	char *mem = mmap(NULL, PAGES(4), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *alone = anon(1);

	CHECK(mem != MAP_FAILED);
	for (int i = 0; i < 4; i++)
		mem[PAGES(i)] = (char)(i + 1);
	OK(remap_file_pages(mem, PAGES(2), 0, 2, 0));
	EQ(mem[0], 3);
	EQ(mem[PAGES(1)], 4);
	EQ(mem[PAGES(2)], 3);
	mem[1] = 7;
	EQ(mem[PAGES(2) + 1], 7);
	OK(mprotect(mem + PAGES(2), PAGES(2), PROT_READ));
	FAILS(EINVAL, remap_file_pages(mem + PAGES(1), PAGES(2), 0, 0, 0));
	OK(remap_file_pages(mem + PAGES(3) + 5, PAGES(1), 0, 0, 0));
	EQ(mem[PAGES(3)], 1);
	EQ(touch(mem + PAGES(3), true), SIGSEGV);
	FAILS(EINVAL, remap_file_pages(mem, PAGES(1), PROT_READ, 0, 0));
	FAILS(EINVAL, remap_file_pages(mem, 0, 0, 0, 0));
	FAILS(EINVAL, remap_file_pages(alone, PAGES(1), 0, 0, 0));
	OK(munmap(alone, PAGES(1)));
	FAILS(EINVAL, remap_file_pages(alone, PAGES(1), 0, 0, 0));
}

static const struct abi_row rows[] = {
	{ grow_in_place, "growth into free room" },
	{ no_room, "ENOMEM without room and without leave to move" },
	{ shrink, "shrinking unmaps the tail" },
	{ shrink_the_middle, "shrinking a part in the middle" },
	{ same_size, "the same size changes nothing" },
	{ move, "moving takes the pages along" },
	{ fixed, "MREMAP_FIXED replaces what is there" },
	{ errors, "EINVAL, EFAULT, ENOMEM" },
	{ across_protections, "growth across two mappings fails, shrinking does not" },
	{ keeps_protection, "the protection moves along" },
	{ file_mapping, "a shared file mapping grows by its offset" },
	{ file_private, "a private file mapping keeps its copies" },
	{ duplicate_shared, "old size 0 duplicates shared memory" },
	{ dont_unmap, "MREMAP_DONTUNMAP" },
	{ after_fork, "moves after a fork are the child's own" },
	{ grow_shared_past_end, "shared memory does not grow with its mapping" },
	{ file_pages, "remap_file_pages shows other pages of the file" },
	{ grow_often, "thirty growths keep every page" },
};

ABI_MAIN(rows)
