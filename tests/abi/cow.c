/*
 * Copy on write: what fork makes private and what stays shared, for heap,
 * stack, data, anonymous and file memory, written by either side, by the
 * kernel on a program's behalf, over many generations and at the same time.
 */
#include "child.h"

#include <pthread.h>

#define RW (PROT_READ | PROT_WRITE)
#define PAGES(n) (page_size() * (n))

static int data_word = 11;
static int zero_word;

static char *anon(size_t pages, int flags)
{
	char *mem = mmap(NULL, PAGES(pages), RW, flags | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	return mem;
}

static void all_kinds(void)
{
	int stack_word = 22, *heap = malloc(sizeof(*heap));
	char *mem = anon(1, MAP_PRIVATE);

	*heap = 33;
	mem[0] = 44;
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(data_word, 11);
		EQ(stack_word, 22);
		EQ(*heap, 33);
		EQ(mem[0], 44);
		EQ(zero_word, 0);
		data_word = *(volatile int *)&stack_word = *heap = zero_word = 1;
		mem[0] = 1;
		_exit(0);
	}
	child_join(pid);
	EQ(data_word, 11);
	EQ(*(volatile int *)&stack_word, 22);
	EQ(*heap, 33);
	EQ(mem[0], 44);
	EQ(zero_word, 0);
}

static void parent_writes(void)
{
	char *mem = anon(2, MAP_PRIVATE);
	atomic_int *step = shared_mem(sizeof(*step));

	mem[0] = mem[PAGES(1)] = 1;
	pid_t pid = OK(fork());

	if (pid == 0) {
		await(step, 1);
		EQ(mem[0], 1);
		EQ(mem[PAGES(1)], 1);
		mem[PAGES(1)] = 3;
		*step = 2;
		await(step, 3);
		EQ(mem[0], 1);
		EQ(mem[PAGES(1)], 3);
		_exit(0);
	}
	mem[0] = 2;
	*step = 1;
	await(step, 2);
	EQ(mem[0], 2);
	EQ(mem[PAGES(1)], 1);
	mem[PAGES(1)] = 4;
	*step = 3;
	child_join(pid);
}

static void shared_both_ways(void)
{
	char *mem = anon(2, MAP_SHARED);
	atomic_int *step = shared_mem(sizeof(*step));
	pid_t pid = OK(fork());

	if (pid == 0) {
		await(step, 1);
		EQ(mem[0], 5);
		/* A page nobody had touched before the fork. */
		mem[PAGES(1)] = 6;
		*step = 2;
		_exit(0);
	}
	mem[0] = 5;
	*step = 1;
	await(step, 2);
	EQ(mem[PAGES(1)], 6);
	child_join(pid);
}

static void untouched(void)
{
	char *mem = anon(3, MAP_PRIVATE);
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(mem[0], 0);
		mem[PAGES(1)] = 1;
		_exit(0);
	}
	mem[PAGES(2)] = 2;
	child_join(pid);
	EQ(mem[0], 0);
	EQ(mem[PAGES(1)], 0);
	EQ(mem[PAGES(2)], 2);
}

static void kernel_writes(void)
{
	char *mem = anon(1, MAP_PRIVATE);
	int pipefd[2];

	memset(mem, 'p', PAGES(1));
	OK(pipe(pipefd));
	OK(write(pipefd[1], "child", 5));
	pid_t pid = OK(fork());

	if (pid == 0) {
		/* read() breaks the sharing as a store does. */
		EQ(read(pipefd[0], mem + 10, 5), 5);
		EQ(memcmp(mem + 8, "ppchildpp", 9), 0);
		_exit(0);
	}
	child_join(pid);
	EQ(memcmp(mem + 8, "ppppppppp", 9), 0);
}

static void file_and_write(void)
{
	int fd = OK(open("f", O_RDWR | O_CREAT, 0644));

	EQ(pwrite(fd, "abcdef", 6, 0), 6);
	char *one = mmap(NULL, PAGES(1), RW, MAP_PRIVATE, fd, 0);
	char *two = mmap(NULL, PAGES(1), RW, MAP_PRIVATE, fd, 0), byte;

	CHECK(one != MAP_FAILED && two != MAP_FAILED);
	one[0] = 'X';
	EQ(two[0], 'a');
	EQ(pwrite(fd, "ZZ", 2, 1), 2);
	EQ(one[1], 'b');
	EQ(two[1], 'Z');
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(one[0], 'X');
		EQ(two[1], 'Z');
		two[2] = 'C';
		one[2] = 'C';
		_exit(0);
	}
	child_join(pid);
	EQ(one[2], 'c');
	EQ(two[2], 'Z');
	EQ(pread(fd, &byte, 1, 0), 1);
	EQ(byte, 'a');
}

static void file_shared(void)
{
	int fd = OK(open("f", O_RDWR | O_CREAT, 0644));

	OK(ftruncate(fd, PAGES(1)));
	char *mem = mmap(NULL, PAGES(1), RW, MAP_SHARED, fd, 0), byte;

	CHECK(mem != MAP_FAILED);
	pid_t pid = OK(fork());

	if (pid == 0) {
		mem[3] = 'c';
		OK(munmap(mem, PAGES(1)));
		_exit(0);
	}
	child_join(pid);
	EQ(mem[3], 'c');
	EQ(pread(fd, &byte, 1, 3), 1);
	EQ(byte, 'c');
}

static void vfork_shares(void)
{
	char *mem = anon(1, MAP_PRIVATE);
	volatile int local = 1;
	pid_t pid = vfork();

	CHECK(pid >= 0);
	if (pid == 0) {
		mem[0] = 9;
		local = 2;
		data_word = 3;
		_exit(0);
	}
	child_join(pid);
	EQ(mem[0], 9);
	EQ(local, 2);
	EQ(*(volatile int *)&data_word, 3);
}

static void generations(void)
{
	enum { DEEP = 25 };
	char *mem = anon(DEEP + 1, MAP_PRIVATE);
	int *sum = shared_mem(sizeof(*sum));
	pid_t pid = 0;

	for (int level = 0; level < DEEP; level++) {
		mem[PAGES(level)] = (char)(level + 1);
		mem[PAGES(DEEP)] = (char)level;
		pid = OK(fork());
		if (pid != 0) {
			child_join(pid);
			/* No descendant's write shows here. */
			EQ(mem[PAGES(DEEP)], level);
			if (level + 1 < DEEP)
				EQ(mem[PAGES(level + 1)], 0);
			if (level > 0)
				_exit(0);
			EQ(*sum, DEEP * (DEEP + 1) / 2);
			return;
		}
	}
	for (int level = 0; level < DEEP; level++)
		*sum += mem[PAGES(level)];
	_exit(0);
}

static void siblings(void)
{
	enum { MANY = 20 };
	pid_t pids[MANY];
	char *mem = anon(4, MAP_PRIVATE);
	atomic_int *started = shared_mem(sizeof(*started));

	memset(mem, 1, PAGES(4));
	for (int i = 0; i < MANY; i++) {
		pids[i] = OK(fork());
		if (pids[i] == 0) {
			memset(mem, i + 10, PAGES(4));
			++*started;
			await(started, MANY);
			for (size_t at = 0; at < PAGES(4); at += 97)
				EQ(mem[at], i + 10);
			_exit(0);
		}
	}
	for (int i = 0; i < MANY; i++)
		child_join(pids[i]);
	for (size_t at = 0; at < PAGES(4); at += 97)
		EQ(mem[at], 1);
}

static void last_owner(void)
{
	char *mem = anon(8, MAP_PRIVATE);

	/* Again and again the page is shared, and then its writer's alone. */
	for (int round = 0; round < 30; round++) {
		memset(mem, round, PAGES(8));
		pid_t pid = OK(fork());

		if (pid == 0) {
			EQ(mem[PAGES(7)], round);
			mem[PAGES(round % 8)] = 99;
			_exit(0);
		}
		mem[PAGES((round + 1) % 8)] = 98;
		child_join(pid);
		for (int i = 0; i < 8; i++)
			EQ(mem[PAGES(i)], i == (round + 1) % 8 ? 98 : round);
	}
}

static void protection_and_sharing(void)
{
	char *mem = anon(1, MAP_PRIVATE);

	mem[0] = 1;
	OK(mprotect(mem, PAGES(1), PROT_READ));
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(touch(mem, true), SIGSEGV);
		OK(mprotect(mem, PAGES(1), RW));
		mem[0] = 2;
		_exit(0);
	}
	child_join(pid);
	EQ(mem[0], 1);
	OK(mprotect(mem, PAGES(1), RW));
	mem[0] = 3;
	EQ(mem[0], 3);
}

static void unmap_after_fork(void)
{
	char *mem = anon(3, MAP_PRIVATE);

	memset(mem, 4, PAGES(3));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(munmap(mem, PAGES(1)));
		char *fresh = mmap(mem + PAGES(1), PAGES(1), RW,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

		EQ(fresh[0], 0);
		EQ(mem[PAGES(2)], 4);
		_exit(0);
	}
	child_join(pid);
	for (int i = 0; i < 3; i++)
		EQ(mem[PAGES(i)], 4);
}

static char *busy_mem;
static atomic_int busy_stop, busy_rounds;

static void *busy_writer(void *arg)
{
	(void)arg;
	for (unsigned int round = 1; !busy_stop; round++) {
		for (int i = 0; i < 16; i++)
			*(volatile unsigned int *)(busy_mem + PAGES(i)) = round;
		busy_rounds++;
		if (round % 16 == 0)
			sched_yield();
	}
	return NULL;
}

/* Within a child nothing moves, though a thread writes across the fork. */
static void fork_under_fire(void)
{
	pthread_t thread;

	busy_mem = anon(16, MAP_PRIVATE);
	EQ(pthread_create(&thread, NULL, busy_writer, NULL), 0);
	await(&busy_rounds, 1);
	for (int i = 0; i < 10; i++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			unsigned int first[16];

			for (int j = 0; j < 16; j++)
				first[j] = *(volatile unsigned int *)(busy_mem + PAGES(j));
			abi_sleep_ms(3);
			for (int j = 0; j < 16; j++) {
				EQ(*(volatile unsigned int *)(busy_mem + PAGES(j)), first[j]);
				CHECK(j == 0 || first[j] == first[0] || first[j] + 1 == first[0]);
			}
			_exit(0);
		}
		child_join(pid);
	}
	busy_stop = 1;
	EQ(pthread_join(thread, NULL), 0);
}

static void big_area(void)
{
	enum { AREA = 8 * 1024 * 1024 };
	char *mem = mmap(NULL, AREA, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	for (size_t at = 0; at < AREA; at += PAGES(1))
		mem[at] = (char)(at / PAGES(1));
	pid_t pid = OK(fork());

	if (pid == 0) {
		for (size_t at = 0; at < AREA; at += PAGES(2)) {
			EQ(mem[at], (char)(at / PAGES(1)));
			mem[at]++;
		}
		_exit(0);
	}
	child_join(pid);
	for (size_t at = 0; at < AREA; at += PAGES(1))
		EQ(mem[at], (char)(at / PAGES(1)));
}

static const struct abi_row rows[] = {
	{ all_kinds, "data, stack, heap and anonymous memory become private" },
	{ parent_writes, "parent and child write in turns and see only their own" },
	{ shared_both_ways, "shared memory is seen by both" },
	{ untouched, "memory first touched after the fork" },
	{ kernel_writes, "a system call's write is private too" },
	{ file_and_write, "private file pages, write(2) and fork" },
	{ file_shared, "a child's shared file page is the parent's" },
	{ vfork_shares, "vfork shares everything" },
	{ generations, "twenty-five generations" },
	{ siblings, "twenty siblings" },
	{ last_owner, "thirty rounds of sharing and unsharing" },
	{ protection_and_sharing, "protection and sharing are two things" },
	{ unmap_after_fork, "a child's unmapping is its own" },
	{ fork_under_fire, "fork while a thread writes" },
	{ big_area, "eight megabytes" },
};

ABI_MAIN(rows)
