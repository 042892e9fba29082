/*
 * mprotect: what each protection allows, how mappings split and join as
 * /proc/self/maps shows it, partial success, program text, and errors.
 */
#include "child.h"

#define RW (PROT_READ | PROT_WRITE)
#define PAGES(n) (page_size() * (n))

static char *anon(size_t pages, int prot)
{
	char *mem = mmap(NULL, PAGES(pages), prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	return mem;
}

/*
 * The protections of the mappings in a range, as "rw- 2 r-- 1": letters and
 * pages, with "gap" where nothing is mapped.
 */
static void shape(const char *mem, size_t pages, char *text, size_t size)
{
	FILE *file = fopen("/proc/self/maps", "r");
	unsigned long long at = (uintptr_t)mem, stop = at + PAGES(pages), start, end;
	char line[4400], perms[8];

	CHECK(file != NULL);
	text[0] = '\0';
	while (at < stop && fgets(line, sizeof(line), file)) {
		size_t used = strlen(text);

		CHECK(sscanf(line, "%llx-%llx %7s", &start, &end, perms) == 3);
		if (end <= at)
			continue;
		if (start >= stop)
			break;
		if (start > at) {
			used += snprintf(text + used, size - used, "gap %llu ",
					 (start - at) / page_size());
			at = start;
		}
		end = end < stop ? end : stop;
		snprintf(text + used, size - used, "%.3s %llu ", perms, (end - at) / page_size());
		at = end;
	}
	if (at < stop)
		snprintf(text + strlen(text), size - strlen(text), "gap %llu ",
			 (stop - at) / page_size());
	fclose(file);
}

#define SHAPE(mem, pages, want)                                                                    \
	do {                                                                                       \
		char shape_text[256];                                                              \
		shape(mem, pages, shape_text, sizeof(shape_text));                                 \
		EQ(strcmp(shape_text, want), 0);                                                   \
	} while (0)

static void each_protection(void)
{
	char *mem = anon(1, RW);

	mem[0] = 5;
	OK(mprotect(mem, PAGES(1), PROT_READ));
	EQ(touch(mem, false), 0);
	EQ(touch(mem, true), SIGSEGV);
	OK(mprotect(mem, PAGES(1), PROT_NONE));
	EQ(touch(mem, false), SIGSEGV);
	OK(mprotect(mem, PAGES(1), PROT_READ | PROT_EXEC));
	EQ(touch(mem, false), 0);
	EQ(touch(mem, true), SIGSEGV);
	OK(mprotect(mem, PAGES(1), PROT_WRITE));
	*(volatile char *)(mem + 1) = 6;
	OK(mprotect(mem, PAGES(1), RW));
	EQ(mem[0], 5);
	EQ(mem[1], 6);
}

static void split(void)
{
	char *mem = anon(6, RW);

	SHAPE(mem, 6, "rw- 6 ");
	OK(mprotect(mem + PAGES(2), PAGES(1), PROT_READ));
	SHAPE(mem, 6, "rw- 2 r-- 1 rw- 3 ");
	OK(mprotect(mem, PAGES(1), PROT_NONE));
	SHAPE(mem, 6, "--- 1 rw- 1 r-- 1 rw- 3 ");
	OK(mprotect(mem + PAGES(5), PAGES(1), PROT_READ | PROT_EXEC));
	SHAPE(mem, 6, "--- 1 rw- 1 r-- 1 rw- 2 r-x 1 ");
	EQ(touch(mem + PAGES(1), true), 0);
	EQ(touch(mem + PAGES(2), true), SIGSEGV);
	EQ(touch(mem + PAGES(3), true), 0);
}

static void join(void)
{
	char *area = anon(8, PROT_NONE), *mem = area + PAGES(1);

	OK(mprotect(mem, PAGES(6), RW));
	OK(mprotect(mem + PAGES(1), PAGES(1), PROT_READ));
	OK(mprotect(mem + PAGES(3), PAGES(1), PROT_READ));
	SHAPE(mem, 6, "rw- 1 r-- 1 rw- 1 r-- 1 rw- 2 ");
	OK(mprotect(mem + PAGES(2), PAGES(1), PROT_READ));
	SHAPE(mem, 6, "rw- 1 r-- 3 rw- 2 ");
	OK(mprotect(mem, PAGES(6), RW));
	SHAPE(mem, 6, "rw- 6 ");
}

static void across_mappings(void)
{
	char *mem = anon(6, PROT_NONE);

	OK(mprotect(mem + PAGES(1), PAGES(2), PROT_READ));
	OK(mprotect(mem + PAGES(3), PAGES(2), RW));
	OK(mprotect(mem + PAGES(2), PAGES(2), PROT_NONE));
	SHAPE(mem, 6, "--- 1 r-- 1 --- 2 rw- 1 --- 1 ");
}

static void holes(void)
{
	char *mem = anon(5, RW);

	OK(munmap(mem + PAGES(2), PAGES(1)));
	FAILS(ENOMEM, mprotect(mem, PAGES(5), PROT_READ));
	/* What came before the hole has changed. */
	SHAPE(mem, 5, "r-- 2 gap 1 rw- 2 ");
	FAILS(ENOMEM, mprotect(mem + PAGES(2), PAGES(1), PROT_READ));
	FAILS(ENOMEM, mprotect(mem + PAGES(2), PAGES(2), PROT_READ));
	SHAPE(mem, 5, "r-- 2 gap 1 rw- 2 ");
}

static void errors(void)
{
	char *mem = anon(2, RW);

	FAILS(EINVAL, mprotect(mem + 1, PAGES(1), PROT_READ));
	FAILS(EINVAL, mprotect(mem, PAGES(1), 0x100));
	FAILS(EINVAL, mprotect(mem, PAGES(1), PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP));
	FAILS(EINVAL, mprotect(mem, PAGES(1), PROT_READ | PROT_GROWSDOWN));
	OK(mprotect(mem, 0, PROT_NONE));
	OK(mprotect(mem, 1, PROT_READ));
	EQ(touch(mem + PAGES(1) - 1, true), SIGSEGV);
	EQ(touch(mem + PAGES(1), true), 0);
	FAILS(EINVAL, mprotect(mem + 1, 0, PROT_READ));
}

static void file_modes(void)
{
	int writer = OK(open("f", O_RDWR | O_CREAT, 0644));

	OK(ftruncate(writer, PAGES(1)));
	int reader = OK(open("f", O_RDONLY));
	char *mem = mmap(NULL, PAGES(1), PROT_READ, MAP_SHARED, reader, 0);

	CHECK(mem != MAP_FAILED);
	FAILS(EACCES, mprotect(mem, PAGES(1), RW));
	FAILS(EACCES, mprotect(mem, PAGES(1), PROT_WRITE));
	OK(mprotect(mem, PAGES(1), PROT_NONE));
	OK(mprotect(mem, PAGES(1), PROT_READ));
	mem = mmap(NULL, PAGES(1), PROT_READ, MAP_PRIVATE, reader, 0);
	CHECK(mem != MAP_FAILED);
	OK(mprotect(mem, PAGES(1), RW));
	mem[0] = 'X';
	char byte;

	EQ(pread(reader, &byte, 1, 0), 1);
	EQ(byte, 0);
	mem = mmap(NULL, PAGES(1), PROT_READ, MAP_SHARED, writer, 0);
	OK(mprotect(mem, PAGES(1), RW));
	mem[0] = 'Y';
	EQ(pread(reader, &byte, 1, 0), 1);
	EQ(byte, 'Y');
}

static const char constant[64] = "constant";

static void constants(void)
{
	CHECK(strcmp((const char *)(uintptr_t)constant, "constant") == 0);
	EQ(touch(constant, false), 0);
	EQ(touch(constant, true), SIGSEGV);
}

static __attribute__((noinline, aligned(64))) int text_function(void)
{
	return 3;
}

static void text(void)
{
#ifdef _CALL_AIXDESC
	abi_skip("a function pointer is not an address");
#endif
	int (*volatile call)(void) = text_function;
	char *code = (char *)(uintptr_t)call, *page;

	EQ(touch(code, true), SIGSEGV);
	EQ(call(), 3);
	page = (char *)((uintptr_t)code & ~(uintptr_t)(page_size() - 1));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(mprotect(page, PAGES(1), RW | PROT_EXEC));
		EQ(touch(code, true), 0);
		/* The child's own copy of the text, not the file's. */
		memset(code, 0, 16);
		_exit(0);
	}
	child_join(pid);
	EQ(call(), 3);
}

static void system_calls_obey(void)
{
	char *mem = anon(1, RW);
	int zero = OK(open("/dev/zero", O_RDONLY)), pipefd[2];

	OK(pipe(pipefd));
	EQ(read(zero, mem, 10), 10);
	OK(mprotect(mem, PAGES(1), PROT_READ));
	FAILS(EFAULT, read(zero, mem, 10));
	EQ(write(pipefd[1], mem, 10), 10);
	OK(mprotect(mem, PAGES(1), PROT_NONE));
	FAILS(EFAULT, write(pipefd[1], mem, 10));
	OK(mprotect(mem, PAGES(1), RW));
	EQ(read(zero, mem, 10), 10);
}

static volatile char *fixed_page;
static atomic_int fixes;

static void fix(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	uintptr_t page = (uintptr_t)info->si_addr & ~(uintptr_t)(page_size() - 1);

	fixes++;
	mprotect((void *)page, page_size(), RW);
}

static void fixed_in_handler(void)
{
	fixed_page = anon(20, PROT_NONE);
	on_siginfo(SIGSEGV, fix, 0);
	for (int i = 0; i < 20; i++) {
		fixed_page[PAGES(i) + i] = (char)(i + 1);
		EQ(fixes, i + 1);
		EQ(fixed_page[PAGES(i) + i], i + 1);
	}
	/* Write protection, as a garbage collector has it. */
	OK(mprotect((void *)(uintptr_t)fixed_page, PAGES(20), PROT_READ));
	EQ(fixed_page[3 * page_size() + 3], 4);
	EQ(fixes, 20);
	fixed_page[PAGES(3)] = 1;
	EQ(fixes, 21);
	fixed_page[PAGES(3)] = 2;
	EQ(fixes, 21);
}

static void per_process(void)
{
	char *mem = anon(2, RW), *shared = shared_mem(PAGES(1));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(mprotect(mem, PAGES(1), PROT_NONE));
		OK(mprotect(shared, PAGES(1), PROT_READ));
		EQ(touch(mem, false), SIGSEGV);
		EQ(touch(shared, true), SIGSEGV);
		_exit(0);
	}
	child_join(pid);
	EQ(touch(mem, true), 0);
	EQ(touch(shared, true), 0);
	OK(mprotect(mem, PAGES(1), PROT_READ));
	pid = OK(fork());
	if (pid == 0) {
		EQ(touch(mem, true), SIGSEGV);
		OK(mprotect(mem, PAGES(1), RW));
		EQ(touch(mem, true), 0);
		_exit(0);
	}
	child_join(pid);
	EQ(touch(mem, true), SIGSEGV);
}

static void toggles(void)
{
	char *mem = anon(4, RW);

	memset(mem, 9, PAGES(4));
	for (int i = 0; i < 60; i++) {
		OK(mprotect(mem + PAGES(i % 4), PAGES(1), i & 1 ? PROT_NONE : PROT_READ));
		EQ(touch(mem + PAGES(i % 4), true), SIGSEGV);
		OK(mprotect(mem + PAGES(i % 4), PAGES(1), RW));
		EQ(touch(mem + PAGES(i % 4), true), 0);
	}
	for (size_t i = 0; i < PAGES(4); i++)
		EQ(mem[i], 9);
}

static void many_pieces(void)
{
	enum { MANY = 200 };
	char *mem = anon(MANY, RW);

	memset(mem, 1, PAGES(MANY));
	for (int i = 1; i < MANY; i += 2)
		OK(mprotect(mem + PAGES(i), PAGES(1), PROT_READ));
	for (int i = 0; i < MANY; i++)
		EQ(touch(mem + PAGES(i), true), i & 1 ? SIGSEGV : 0);
	OK(mprotect(mem, PAGES(MANY), RW));
	SHAPE(mem + PAGES(1), MANY - 2, "rw- 198 ");
}

static const struct abi_row rows[] = {
	{ each_protection, "what each protection allows" },
	{ split, "a change inside splits a mapping" },
	{ join, "equal neighbours join again" },
	{ across_mappings, "a change across mappings" },
	{ holes, "ENOMEM at a hole, after what came before" },
	{ errors, "EINVAL; length 0; length rounds up" },
	{ file_modes, "EACCES for what the file's open mode forbids" },
	{ constants, "constants cannot be written" },
	{ text, "text cannot be written, until made so, privately" },
	{ system_calls_obey, "EFAULT for system calls on protected memory" },
	{ fixed_in_handler, "a fault handler repairs the protection" },
	{ per_process, "a child's protections are its own" },
	{ toggles, "protections back and forth" },
	{ many_pieces, "two hundred pieces become one" },
};

ABI_MAIN(rows)
