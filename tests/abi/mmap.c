/*
 * mmap and munmap: anonymous and file mappings, private and shared, placement,
 * partial unmapping, the end of a file inside and outside its last page,
 * growing down, executing, and errors.
 */
#include "child.h"

#include <sys/resource.h>

#define RW (PROT_READ | PROT_WRITE)

static char *map(size_t pages, int prot, int flags, int fd, off_t offset)
{
	char *mem = mmap(NULL, pages * page_size(), prot, flags, fd, offset);

	CHECK(mem != MAP_FAILED);
	return mem;
}

static char *anon(size_t pages, int prot)
{
	return map(pages, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A new file of so many pages, each filled with its own letter. */
static int pages_file(const char *name, int pages)
{
	int fd = OK(open(name, O_RDWR | O_CREAT | O_EXCL, 0644));
	char *data = malloc(page_size());

	for (int i = 0; i < pages; i++) {
		memset(data, 'a' + i, page_size());
		EQ(write(fd, data, page_size()), (ssize_t)page_size());
	}
	free(data);
	return fd;
}

static void map_fails(int err, void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
	errno = 0;
	CHECK(mmap(addr, size, prot, flags, fd, offset) == MAP_FAILED);
	EQ(errno, err);
}

static void anonymous(void)
{
	size_t page = page_size();
	char *mem = anon(3, RW);

	EQ((uintptr_t)mem % page, 0);
	for (size_t i = 0; i < 3 * page; i++)
		EQ(mem[i], 0);
	memset(mem, 7, 3 * page);
	EQ(mem[3 * page - 1], 7);
	OK(munmap(mem, 3 * page));
	for (int i = 0; i < 3; i++)
		EQ(touch(mem + i * page, false), SIGSEGV);
	/* New memory in the same place is zero again. */
	char *again = mmap(mem, page, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	CHECK(again == mem);
	EQ(again[0], 0);
}

static void file_private(void)
{
	int fd = pages_file("f", 2);
	size_t page = page_size();
	char *mem = map(2, RW, MAP_PRIVATE, fd, 0), byte;

	EQ(mem[0], 'a');
	EQ(mem[page], 'b');
	mem[0] = 'X';
	EQ(pread(fd, &byte, 1, 0), 1);
	EQ(byte, 'a');
	/* A page that has been written no longer follows the file. */
	EQ(pwrite(fd, "Y", 1, 0), 1);
	EQ(mem[0], 'X');
	close(fd);
	OK(unlink("f"));
	EQ(mem[page + 1], 'b');
}

static void file_shared(void)
{
	int fd = pages_file("f", 2);
	size_t page = page_size();
	char *mem = map(2, RW, MAP_SHARED, fd, 0), *other = map(1, PROT_READ, MAP_SHARED, fd, page);
	char byte;

	mem[page + 3] = 'X';
	EQ(other[3], 'X');
	EQ(pread(fd, &byte, 1, page + 3), 1);
	EQ(byte, 'X');
	EQ(pwrite(fd, "Y", 1, page + 4), 1);
	EQ(mem[page + 4], 'Y');
	EQ(other[4], 'Y');
	OK(munmap(mem, 2 * page));
	EQ(pread(fd, &byte, 1, page + 3), 1);
	EQ(byte, 'X');
}

static void private_sees_shared(void)
{
	int fd = pages_file("f", 1);
	char *shared = map(1, RW, MAP_SHARED, fd, 0), *private = map(1, RW, MAP_PRIVATE, fd, 0);

	shared[5] = 'S';
	EQ(private[5], 'S');
	private[6] = 'P';
	EQ(shared[6], 'a');
	shared[7] = 'T';
	EQ(private[7], 'a');
}

static void offsets(void)
{
	int fd = pages_file("f", 4);
	size_t page = page_size();
	char *mem = map(2, PROT_READ, MAP_PRIVATE, fd, 2 * page);

	EQ(mem[0], 'c');
	EQ(mem[page], 'd');
	map_fails(EINVAL, NULL, page, PROT_READ, MAP_PRIVATE, fd, 1);
	map_fails(EINVAL, NULL, page, PROT_READ, MAP_PRIVATE, fd, page / 2);
}

static void tail_of_page(void)
{
	int fd = pages_file("f", 1);
	size_t page = page_size();

	OK(ftruncate(fd, 100));
	char *mem = map(1, RW, MAP_SHARED, fd, 0), byte;

	EQ(mem[99], 'a');
	for (size_t i = 100; i < page; i++)
		EQ(mem[i], 0);
	mem[100] = 'X';
	EQ(pread(fd, &byte, 1, 100), 0);
	/* What was written past the end does not become part of the file. */
	OK(munmap(mem, page));
	mem = map(1, RW, MAP_PRIVATE, fd, 0);
	EQ(mem[99], 'a');
	mem[200] = 'Y';
	EQ(lseek(fd, 0, SEEK_END), 100);
}

static void past_the_end(void)
{
	int fd = pages_file("f", 1);
	size_t page = page_size();
	char *shared = map(3, RW, MAP_SHARED, fd, 0), *private = map(3, RW, MAP_PRIVATE, fd, 0);

	EQ(touch(shared + page, false), SIGBUS);
	EQ(touch(shared + page, true), SIGBUS);
	EQ(touch(private + 2 * page, true), SIGBUS);
	OK(ftruncate(fd, page + 1));
	EQ(touch(shared + page, true), 0);
	EQ(touch(private + page + 5, true), 0);
	EQ(touch(shared + 2 * page, false), SIGBUS);
	/* A private copy of what is cut off goes with it. */
	private[0] = 'P';
	OK(ftruncate(fd, 0));
	EQ(touch(shared, false), SIGBUS);
	EQ(touch(private, false), SIGBUS);
	OK(ftruncate(fd, page));
	EQ(shared[0], 0);
	EQ(private[0], 0);
}

static void fixed(void)
{
	size_t page = page_size();
	char *mem = anon(5, RW);

	memset(mem, 1, 5 * page);
	char *middle =
		mmap(mem + 2 * page, page, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	CHECK(middle == mem + 2 * page);
	EQ(middle[0], 0);
	EQ(middle[-1], 1);
	EQ(middle[page], 1);
	map_fails(EINVAL, mem + 1, page, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void fixed_fails_early(void)
{
	size_t page = page_size();
	char *mem = anon(1, RW);

	/* An error found before the old mapping goes leaves it there. */
	mem[0] = 5;
	map_fails(EBADF, mem, page, RW, MAP_PRIVATE | MAP_FIXED, 999, 0);
	EQ(mem[0], 5);
}

static void no_replace(void)
{
	size_t page = page_size();
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	char *mem = anon(3, RW);

	mem[0] = 5;
	map_fails(EEXIST, mem, page, RW, flags, -1, 0);
	OK(munmap(mem + page, page));
	map_fails(EEXIST, mem, 3 * page, RW, flags, -1, 0);
	map_fails(EEXIST, mem + page, 2 * page, RW, flags, -1, 0);
	EQ(mem[0], 5);
	CHECK(mmap(mem + page, page, RW, flags, -1, 0) == mem + page);
}

static void hints(void)
{
	size_t page = page_size();
	char *mem = anon(3, RW);

	OK(munmap(mem, 3 * page));
	CHECK(mmap(mem + page, page, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == mem + page);
	mem[page] = 9;
	char *other = mmap(mem + page, page, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(other != MAP_FAILED && other != mem + page);
	EQ(mem[page], 9);
	/* A hint is rounded to a page. */
	CHECK(mmap(mem + 5, page, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != mem + 5);
}

static void errors(void)
{
	size_t page = page_size();
	int fd = pages_file("f", 1), pipefd[2];

	map_fails(EINVAL, NULL, 0, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	map_fails(EINVAL, NULL, page, RW, MAP_ANONYMOUS, -1, 0);
	map_fails(EINVAL, NULL, page, RW, 0, fd, 0);
	map_fails(EBADF, NULL, page, RW, MAP_PRIVATE, -1, 0);
	map_fails(EBADF, NULL, page, RW, MAP_PRIVATE, 999, 0);
	map_fails(ENOMEM, NULL, -page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	map_fails(ENOMEM, NULL, SIZE_MAX, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	map_fails(EOPNOTSUPP, NULL, page, RW, MAP_SHARED_VALIDATE | 1 << 25, fd, 0);
	OK(pipe(pipefd));
	map_fails(ENODEV, NULL, page, PROT_READ, MAP_PRIVATE, pipefd[0], 0);
	map_fails(ENODEV, NULL, page, PROT_READ, MAP_PRIVATE, OK(open(".", O_RDONLY)), 0);
	map_fails(EBADF, NULL, page, PROT_READ, MAP_PRIVATE, OK(open("f", O_PATH)), 0);
}

static void file_modes(void)
{
	size_t page = page_size();

	close(pages_file("f", 1));
	int reader = OK(open("f", O_RDONLY)), writer = OK(open("f", O_WRONLY));

	map_fails(EACCES, NULL, page, PROT_READ, MAP_PRIVATE, writer, 0);
	map_fails(EACCES, NULL, page, PROT_WRITE, MAP_SHARED, writer, 0);
	map_fails(EACCES, NULL, page, RW, MAP_SHARED, reader, 0);
	char *mem = map(1, RW, MAP_PRIVATE, reader, 0);

	mem[0] = 'X';
	mem = map(1, PROT_READ, MAP_SHARED, reader, 0);
	EQ(mem[0], 'a');
	FAILS(EACCES, mprotect(mem, page, RW));
	EQ(touch(mem, true), SIGSEGV);
}

static void unmap_parts(void)
{
	size_t page = page_size();
	char *mem = anon(6, RW);

	memset(mem, 3, 6 * page);
	OK(munmap(mem + 2 * page, page));
	OK(munmap(mem, 1));
	OK(munmap(mem + 4 * page, 2 * page - 1));
	static const int want[] = { SIGSEGV, 0, SIGSEGV, 0, SIGSEGV, SIGSEGV };

	for (int i = 0; i < 6; i++)
		EQ(touch(mem + i * page, true), want[i]);
	EQ(mem[page], 3);
	/* A range with holes, and one with nothing at all. */
	OK(munmap(mem, 6 * page));
	OK(munmap(mem, 6 * page));
	FAILS(EINVAL, munmap(mem + 1, page));
	FAILS(EINVAL, munmap(mem, 0));
	FAILS(EINVAL, munmap(mem, -page));
}

static void no_access(void)
{
	char *mem = anon(2, PROT_NONE);

	EQ(touch(mem, false), SIGSEGV);
	EQ(touch(mem, true), SIGSEGV);
	int fd = OK(open("/dev/zero", O_RDONLY));

	FAILS(EFAULT, read(fd, mem, 1));
	mem = anon(1, PROT_READ);
	EQ(touch(mem, false), 0);
	EQ(touch(mem, true), SIGSEGV);
	FAILS(EFAULT, read(fd, mem, 1));
	mem = anon(1, PROT_WRITE);
	*(volatile char *)mem = 1;
}

static __attribute__((noinline, aligned(64))) int answer(int a, int b)
{
	return a * 3 + b;
}

static void executable(void)
{
#ifdef _CALL_AIXDESC
	abi_skip("a function pointer is not an address");
#endif
	size_t page = page_size();
	char *mem = anon(1, RW);
	int (*volatile call)(int, int) = answer;

	memcpy(mem, (void *)(uintptr_t)call, 64);
	OK(mprotect(mem, page, PROT_READ | PROT_EXEC));
	__builtin___clear_cache(mem, mem + 64);
	call = (int (*)(int, int))(uintptr_t)mem;
	EQ(call(5, 2), 17);
	EQ(touch(mem, true), SIGSEGV);
	mem = anon(1, RW | PROT_EXEC);
	call = answer;
	memcpy(mem, (void *)(uintptr_t)call, 64);
	__builtin___clear_cache(mem, mem + 64);
	call = (int (*)(int, int))(uintptr_t)mem;
	EQ(call(1, 1), 4);
}

static void not_executable(void)
{
	if (sizeof(void *) < 8)
		abi_skip("the CPU may have no such protection");
	char *mem = anon(1, RW);
	int (*volatile call)(int, int) = (int (*)(int, int))(uintptr_t)mem;
	volatile int ran = 0;
	int sig = sigsetjmp(touch_jump, 1);

	if (sig == 0) {
		on_signal(SIGSEGV, touch_fault, 0);
		ran = call(1, 1);
	}
	EQ(sig, SIGSEGV);
	EQ(ran, 0);
}

static void executable_file(void)
{
	int self = OK(open("/proc/self/exe", O_RDONLY));
	char magic[4], *mem = map(1, PROT_READ | PROT_EXEC, MAP_PRIVATE, self, 0);

	EQ(pread(self, magic, 4, 0), 4);
	EQ(memcmp(mem, magic, 4), 0);
	EQ(touch(mem, true), SIGSEGV);
}

static void dev_zero(void)
{
	int fd = OK(open("/dev/zero", O_RDWR));
	char *private = map(2, RW, MAP_PRIVATE, fd, 0), *shared = map(1, RW, MAP_SHARED, fd, 0);
	char *other = map(1, RW, MAP_SHARED, fd, 0);

	close(fd);
	EQ(private[page_size() + 7], 0);
	private[0] = 'x';
	EQ(shared[0], 0);
	pid_t pid = OK(fork());

	if (pid == 0) {
		shared[0] = 's';
		private[0] = 'y';
		_exit(0);
	}
	child_join(pid);
	EQ(shared[0], 's');
	EQ(private[0], 'x');
	/* Each shared mapping of it is its own. */
	EQ(other[0], 0);
}

static void grows_down(void)
{
	size_t page = page_size(), room = 1024;
	char *area = anon(room, PROT_NONE);

	OK(munmap(area, room * page));
	char *top = mmap(area + (room - 1) * page, page, RW,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0);

	CHECK(top == area + (room - 1) * page);
	top[0] = 1;
	for (int i = 1; i <= 20; i++)
		EQ(touch(top - i * page, true), 0);
	EQ(top[-20 * (long)page], 0);
	EQ(top[0], 1);
	EQ(touch(top - 60 * page, true), 0);
	EQ(touch(top - 59 * page, true), 0);
}

/* The line of /proc/self/maps that covers addr. */
static void maps_line(const void *addr, char *line, size_t size)
{
	FILE *file = fopen("/proc/self/maps", "r");
	unsigned long long start, end, want = (uintptr_t)addr;
	bool found = false;

	CHECK(file != NULL);
	while (!found && fgets(line, size, file))
		found = sscanf(line, "%llx-%llx", &start, &end) == 2 && start <= want && want < end;
	fclose(file);
	CHECK(found);
}

static void maps_file(void)
{
	int fd = pages_file("f", 4);
	size_t page = page_size();
	char *mem = map(2, PROT_READ, MAP_SHARED, fd, page), line[4400], perms[8], path[4100];
	unsigned long long start, end, offset, inode;
	struct stat st;

	OK(fstat(fd, &st));
	maps_line(mem, line, sizeof(line));
	EQ(sscanf(line, "%llx-%llx %7s %llx %*x:%*x %llu %4099s", &start, &end, perms, &offset,
		  &inode, path),
	   6);
	EQ(start, (uintptr_t)mem);
	EQ(end - start, 2 * page);
	EQ(strcmp(perms, "r--s"), 0);
	EQ(offset, page);
	EQ(inode, st.st_ino);
	EQ(strcmp(strrchr(path, '/'), "/f"), 0);
	OK(unlink("f"));
	maps_line(mem, line, sizeof(line));
	CHECK(strstr(line, "/f (deleted)") != NULL);
	maps_line(line, line, sizeof(line));
	CHECK(strstr(line, "[stack]") != NULL && strstr(line, " rw") != NULL);
}

static void from_own_mapping(void)
{
	int fd = pages_file("f", 2);
	size_t page = page_size();
	char *mem = map(2, RW, MAP_SHARED, fd, 0), byte;

	/* A file read into and written from a mapping of itself. */
	EQ(pread(fd, mem, 10, page), 10);
	EQ(mem[0], 'b');
	EQ(pwrite(fd, mem + 100, 10, page + 50), 10);
	EQ(pread(fd, &byte, 1, page + 50), 1);
	EQ(byte, 'a');
	EQ(pwrite(fd, mem + 5, page, 2 * page), (ssize_t)page);
	EQ(lseek(fd, 0, SEEK_END), 3 * page);
}

static void lowest_page(void)
{
	drop_root();
	map_fails(EPERM, NULL, page_size(), RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void many_mappings(void)
{
	enum { MANY = 600 };
	size_t page = page_size();
	char *mem = anon(2 * MANY, RW);

	for (int i = 0; i < MANY; i++) {
		mem[2 * i * page] = (char)i;
		OK(munmap(mem + (2 * i + 1) * page, page));
	}
	for (int i = 0; i < MANY; i++)
		EQ(mem[2 * i * page], (char)i);
	EQ(touch(mem + 301 * page, false), SIGSEGV);
	OK(munmap(mem, 2 * MANY * page));
}

static const struct abi_row rows[] = {
	{ anonymous, "anonymous memory is zero, and gone after munmap" },
	{ file_private, "a private file mapping keeps writes to itself" },
	{ file_shared, "a shared file mapping, read, write and another mapping agree" },
	{ private_sees_shared, "a private page follows the file until written" },
	{ offsets, "file offsets" },
	{ tail_of_page, "the rest of a file's last page is zero and not stored" },
	{ past_the_end, "SIGBUS past the last page, as the file grows and shrinks" },
	{ fixed, "MAP_FIXED replaces" },
	{ fixed_fails_early, "a failing MAP_FIXED leaves the old mapping" },
	{ no_replace, "MAP_FIXED_NOREPLACE" },
	{ hints, "hints" },
	{ errors, "EINVAL, EBADF, ENOMEM, ENODEV, EOPNOTSUPP" },
	{ file_modes, "the file's open mode limits the mapping" },
	{ unmap_parts, "munmap of parts and holes, and its errors" },
	{ no_access, "PROT_NONE, read-only and write-only" },
	{ executable, "code copied into memory runs" },
	{ not_executable, "data does not run" },
	{ executable_file, "an executable mapping of a file" },
	{ dev_zero, "/dev/zero" },
	{ grows_down, "MAP_GROWSDOWN" },
	{ maps_file, "/proc/self/maps" },
	{ from_own_mapping, "a file read into a mapping of itself" },
	{ lowest_page, "address 0 is not for ordinary users" },
	{ many_mappings, "six hundred mappings with holes between" },
};

ABI_MAIN(rows)
