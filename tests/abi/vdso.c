/*
 * The vDSO, found as a C library finds it: the image behind AT_SYSINFO_EHDR, its functions by name
 * and version, their answers next to the system calls', in threads, children and new programs; and
 * the areas that it lives in.
 */
#include "child.h"

#include <elf.h>
#include <inttypes.h>
#include <link.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/time.h>

#if defined(__x86_64__)
#define PREFIX "__vdso_"
#define VERSION "LINUX_2.6"
#define GUESTS_HAVE_ONE 1
#define HAS_TIME_AND_CPU 1
#elif defined(__aarch64__)
#define PREFIX "__kernel_"
#define VERSION "LINUX_2.6.39"
#define GUESTS_HAVE_ONE 0
#define HAS_TIME_AND_CPU 0
#else
#define PREFIX "__vdso_"
#define VERSION ""
#define GUESTS_HAVE_ONE 0
#define HAS_TIME_AND_CPU 0
#endif

typedef int clock_fn(clockid_t clock, struct timespec *ts);

static const clockid_t clocks[] = {
	CLOCK_REALTIME,	       CLOCK_MONOTONIC,	 CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
	CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI,
};
enum { CLOCKS = sizeof(clocks) / sizeof(clocks[0]) };

static const ElfW(Ehdr) *image(void)
{
	const ElfW(Ehdr) *head = (const ElfW(Ehdr) *)getauxval(AT_SYSINFO_EHDR);

	/* Where only the host has one there is nothing to compare. */
	if (!head || !GUESTS_HAVE_ONE)
		abi_skip("guests of this CPU have no vDSO");
	return head;
}

/* --- its symbols */

struct symbols {
	uintptr_t bias;
	const ElfW(Sym) *symbol;
	const char *strings;
	const ElfW(Half) *version;
	const ElfW(Verdef) *verdef;
	const uint32_t *hash, *gnu_hash;
};

static void read_image(struct symbols *s)
{
	const ElfW(Ehdr) *head = image();
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)((uintptr_t)head + head->e_phoff);
	const ElfW(Dyn) *d = NULL;

	memset(s, 0, sizeof(*s));
	for (int i = 0; i < head->e_phnum; i++) {
		if (p[i].p_type == PT_LOAD)
			s->bias = (uintptr_t)head + p[i].p_offset - p[i].p_vaddr;
		if (p[i].p_type == PT_DYNAMIC)
			d = (const ElfW(Dyn) *)((uintptr_t)head + p[i].p_offset);
	}
	CHECK(s->bias && d);
	for (; d->d_tag != DT_NULL; d++) {
		void *at = (void *)(s->bias + d->d_un.d_ptr);

		switch (d->d_tag) {
		case DT_SYMTAB: s->symbol = at; break;
		case DT_STRTAB: s->strings = at; break;
		case DT_VERSYM: s->version = at; break;
		case DT_VERDEF: s->verdef = at; break;
		case DT_HASH: s->hash = at; break;
		case DT_GNU_HASH: s->gnu_hash = at; break;
		}
	}
	CHECK(s->symbol && s->strings && s->version && s->verdef && (s->hash || s->gnu_hash));
}

static bool good_version(const struct symbols *s, unsigned index)
{
	const ElfW(Verdef) *def = s->verdef;
	const ElfW(Verdaux) *aux;

	while ((def->vd_ndx & 0x7fff) != (s->version[index] & 0x7fff)) {
		if (!def->vd_next)
			return false;
		def = (const void *)((const char *)def + def->vd_next);
	}
	aux = (const void *)((const char *)def + def->vd_aux);
	return strcmp(s->strings + aux->vda_name, VERSION) == 0;
}

static bool is_symbol(const struct symbols *s, unsigned index, const char *name)
{
	const ElfW(Sym) *symbol = &s->symbol[index];

	return symbol->st_shndx != SHN_UNDEF && strcmp(s->strings + symbol->st_name, name) == 0 &&
	       good_version(s, index);
}

static unsigned find_sysv(const struct symbols *s, const char *name)
{
	uint32_t hash = 0, nbucket = s->hash[0];
	unsigned index;

	for (const char *c = name; *c; c++) {
		uint32_t high;

		hash = (hash << 4) + (unsigned char)*c;
		high = hash & 0xf0000000;
		hash = (hash ^ high >> 24) & ~high;
	}
	for (index = s->hash[2 + hash % nbucket]; index; index = s->hash[2 + nbucket + index])
		if (is_symbol(s, index, name))
			break;
	return index;
}

static unsigned find_gnu(const struct symbols *s, const char *name)
{
	const uint32_t *t = s->gnu_hash, *buckets = t + 4 + t[2] * (sizeof(ElfW(Addr)) / 4);
	const uint32_t *chains = buckets + t[0];
	uint32_t hash = 5381;

	for (const char *c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	for (unsigned index = buckets[hash % t[0]]; index; index++) {
		if ((chains[index - t[1]] | 1) == (hash | 1) && is_symbol(s, index, name))
			return index;
		if (chains[index - t[1]] & 1)
			break;
	}
	return 0;
}

/* The function's address; NULL if one of the image's hash tables does not lead there. */
static void *find(const char *name)
{
	struct symbols s;
	unsigned index = 0;

	read_image(&s);
	if (s.hash && !(index = find_sysv(&s, name)))
		return NULL;
	if (s.gnu_hash && !(index = find_gnu(&s, name)))
		return NULL;
	return (void *)(s.bias + s.symbol[index].st_value);
}

static clock_fn *gettime(void)
{
	clock_fn *fn = (clock_fn *)find(PREFIX "clock_gettime");

	CHECK(fn != NULL);
	return fn;
}

static long long ns(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000LL + ts->tv_nsec;
}

static long long by_call(clockid_t clock)
{
	struct timespec ts;

	OK(syscall(SYS_clock_gettime, clock, &ts));
	return ns(&ts);
}

static long long by_vdso(clock_fn *fn, clockid_t clock)
{
	struct timespec ts;

	EQ(fn(clock, &ts), 0);
	CHECK(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	return ns(&ts);
}

/* The clock by system call, by the vDSO, by system call: in order.  The host's own clock may be set
 * meanwhile, so it has some tries. */
static bool in_order(clock_fn *fn, clockid_t clock)
{
	for (int i = 0; i < 3; i++) {
		long long before = by_call(clock), now = by_vdso(fn, clock), after = by_call(clock);

		if (before <= now && now <= after)
			return true;
	}
	return false;
}

static void all_in_order(void)
{
	clock_fn *fn = gettime();

	for (int n = 0; n < 100; n++)
		for (int i = 0; i < CLOCKS; i++)
			CHECK(in_order(fn, clocks[i]));
}

/* --- rows */

static void elf_image(void)
{
	const ElfW(Ehdr) *head = image();
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)((uintptr_t)head + head->e_phoff);
	int loads = 0;

	EQ((uintptr_t)head % page_size(), 0);
	CHECK(memcmp(head->e_ident, ELFMAG, SELFMAG) == 0);
	EQ(head->e_type, ET_DYN);
	EQ(head->e_phentsize, sizeof(*p));
	for (int i = 0; i < head->e_phnum; i++)
		if (p[i].p_type == PT_LOAD) {
			loads++;
			EQ(p[i].p_flags, PF_R | PF_X);
		}
	EQ(loads, 1);
}

static void functions(void)
{
	image();
	CHECK(find(PREFIX "clock_gettime") != NULL);
	CHECK(find(PREFIX "gettimeofday") != NULL);
	CHECK(find(PREFIX "clock_getres") != NULL);
	if (HAS_TIME_AND_CPU) {
		CHECK(find(PREFIX "time") != NULL);
		CHECK(find(PREFIX "getcpu") != NULL);
	}
	CHECK(find(PREFIX "no_such_call") == NULL);
}

static void time_of_day(void)
{
	int (*fn)(struct timeval *, struct timezone *) = find(PREFIX "gettimeofday");
	struct timeval before, now, after;
	struct timezone zone = { -1, -1 }, zone_by_call;
	bool good = false;

	for (int i = 0; i < 3 && !good; i++) {
		OK(syscall(SYS_gettimeofday, &before, &zone_by_call));
		EQ(fn(&now, NULL), 0);
		OK(syscall(SYS_gettimeofday, &after, NULL));
		CHECK(now.tv_usec >= 0 && now.tv_usec < 1000000);
		good = !timercmp(&before, &now, >) && !timercmp(&now, &after, >);
	}
	CHECK(good);
	EQ(fn(NULL, &zone), 0);
	EQ(zone.tz_minuteswest, zone_by_call.tz_minuteswest);
	EQ(zone.tz_dsttime, zone_by_call.tz_dsttime);
	EQ(fn(NULL, NULL), 0);
}

static void seconds(void)
{
	time_t (*fn)(time_t *) = find(PREFIX "time"), now, stored;
	long long before;

	if (!HAS_TIME_AND_CPU)
		abi_skip("this CPU has no such function");
	before = by_call(CLOCK_REALTIME) / 1000000000;
	now = fn(&stored);
	EQ(now, stored);
	/* Linux reads a coarse clock for this. */
	CHECK(now >= before - 1 && now <= by_call(CLOCK_REALTIME) / 1000000000);
	CHECK(fn(NULL) >= now);
}

static void resolutions(void)
{
	clock_fn *fn = (clock_fn *)find(PREFIX "clock_getres");
	struct timespec ours, call;

	for (int i = 0; i < CLOCKS; i++) {
		OK(syscall(SYS_clock_getres, clocks[i], &call));
		EQ(fn(clocks[i], &ours), 0);
		EQ(ns(&ours), ns(&call));
		EQ(fn(clocks[i], NULL), 0);
	}
	EQ(fn(CLOCK_THREAD_CPUTIME_ID, &ours), 0);
	EQ(fn(99, &ours), -EINVAL);
	EQ(fn(-1000, NULL), syscall(SYS_clock_getres, -1000, NULL) ? -errno : 0);
}

static void which_cpu(void)
{
	long (*fn)(unsigned *, unsigned *, void *) = find(PREFIX "getcpu");
	unsigned cpu, node, cpu_by_call, node_by_call;
	cpu_set_t set;
	int first = 0;

	if (!HAS_TIME_AND_CPU)
		abi_skip("this CPU has no such function");
	OK(sched_getaffinity(0, sizeof(set), &set));
	while (!CPU_ISSET(first, &set))
		first++;
	CPU_ZERO(&set);
	CPU_SET(first, &set);
	OK(sched_setaffinity(0, sizeof(set), &set));
	EQ(fn(&cpu, &node, NULL), 0);
	OK(syscall(SYS_getcpu, &cpu_by_call, &node_by_call, NULL));
	EQ(cpu, cpu_by_call);
	EQ(node, node_by_call);
	EQ(fn(NULL, NULL, NULL), 0);
}

static void other_clocks(void)
{
	clock_fn *fn = gettime();
	struct timespec ts;

	CHECK(by_call(CLOCK_PROCESS_CPUTIME_ID) <= by_vdso(fn, CLOCK_PROCESS_CPUTIME_ID));
	CHECK(by_call(CLOCK_THREAD_CPUTIME_ID) <= by_vdso(fn, CLOCK_THREAD_CPUTIME_ID));
	EQ(fn(CLOCK_TAI + 1, &ts), -EINVAL);
	EQ(fn(32, &ts), -EINVAL);
	EQ(fn(99, &ts), -EINVAL);
	EQ(fn(-1000, &ts), syscall(SYS_clock_gettime, -1000, &ts) ? -errno : 0);
}

/* What all threads have seen so far: nobody may read less afterwards. */
static _Atomic long long latest;

static void *racer(void *arg)
{
	clock_fn *fn = gettime();
	bool *good = arg;

	for (int i = 0; i < 3000; i++) {
		long long seen = latest, now;

		now = i & 1 ? by_call(CLOCK_MONOTONIC) : by_vdso(fn, CLOCK_MONOTONIC);
		*good = *good && now >= seen;
		while (seen < now && !atomic_compare_exchange_weak(&latest, &seen, now))
			;
	}
	return NULL;
}

static void monotonic(void)
{
	bool good[4] = { true, true, true, true };
	pthread_t thread[4];

	image();
	for (int i = 0; i < 4; i++)
		EQ(pthread_create(&thread[i], NULL, racer, &good[i]), 0);
	for (int i = 0; i < 4; i++)
		EQ(pthread_join(thread[i], NULL), 0);
	for (int i = 0; i < 4; i++)
		CHECK(good[i]);
}

static void in_child(void)
{
	long long before = by_vdso(gettime(), CLOCK_MONOTONIC);
	pid_t pid = OK(fork());

	if (pid == 0) {
		CHECK(by_vdso(gettime(), CLOCK_MONOTONIC) >= before);
		all_in_order();
		_exit(0);
	}
	child_join(pid);
	all_in_order();
}

static void after_exec(void)
{
	pid_t pid;

	image();
	pid = OK(fork());
	if (pid == 0) {
		int null = OK(open("/dev/null", O_RDWR));

		OK(dup2(null, 1));
		OK(execl("/proc/self/exe", "vdso", "every clock", NULL));
	}
	EQ(abi_wait(pid), 0);
}

static int by_bad_pointer(void (*call)(void))
{
	pid_t pid = OK(fork());

	if (pid == 0) {
		call();
		_exit(0);
	}
	int status = abi_wait(pid);

	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void bad_gettime(void)
{
	gettime()(CLOCK_MONOTONIC, bad_ptr());
}

static void bad_getres(void)
{
	((clock_fn *)find(PREFIX "clock_getres"))(CLOCK_MONOTONIC, bad_ptr());
}

static void bad_pointers(void)
{
	image();
	EQ(by_bad_pointer(bad_gettime), SIGSEGV);
	EQ(by_bad_pointer(bad_getres), SIGSEGV);
	EQ(gettime()(CLOCK_THREAD_CPUTIME_ID, bad_ptr()), -EFAULT);
}

/* --- its areas */

struct area {
	uintptr_t start, end;
	char mode[8], name[32];
};

/* The vDSO's areas of this process, data and image; how many. */
static int find_areas(struct area *area, int max)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	int n = 0;

	CHECK(maps != NULL);
	while (n < max && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %31s", &area[n].start,
			   &area[n].end, area[n].mode, area[n].name) == 4 &&
		    (strncmp(area[n].name, "[vvar", 5) == 0 || strcmp(area[n].name, "[vdso]") == 0))
			n++;
	fclose(maps);
	return n;
}

static void areas(void)
{
	struct area area[8];
	int n;

	image();
	n = find_areas(area, 8);
	CHECK(n >= 2);
	EQ(strcmp(area[0].name, "[vvar]"), 0);
	EQ(strcmp(area[0].mode, "r--p"), 0);
	EQ(strcmp(area[n - 1].name, "[vdso]"), 0);
	EQ(strcmp(area[n - 1].mode, "r-xp"), 0);
	EQ(area[n - 1].start, (uintptr_t)image());
	for (int i = 1; i < n; i++)
		EQ(area[i].start, area[i - 1].end);
	FAILS(EACCES, mprotect((void *)area[0].start, page_size(), PROT_READ | PROT_WRITE));
	FAILS(EFAULT, mremap((void *)area[0].start, page_size(), 16 * page_size(), MREMAP_MAYMOVE));
	EQ(touch((void *)area[0].start, true), SIGSEGV);
	EQ(touch((void *)area[n - 1].start, true), SIGSEGV);
	all_in_order();
}

static void moved(void)
{
	struct area area[8];
	clock_fn *fn = gettime();
	int n = find_areas(area, 8);
	size_t size = area[n - 1].end - area[0].start;
	uintptr_t to = (uintptr_t)mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < n; i++) {
		size_t len = area[i].end - area[i].start;
		void *at = (void *)(to + (area[i].start - area[0].start));

		if (mremap((void *)area[i].start, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, at) !=
		    at)
			_exit(errno == EPERM ? 77 : 1);
	}
	fn = (clock_fn *)((uintptr_t)fn - area[0].start + to);
	for (int i = 0; i < CLOCKS; i++)
		CHECK(in_order(fn, clocks[i]));
	/* And gone: the C library must not need it from here on. */
	OK(munmap((void *)to, size));
	OK(by_call(CLOCK_MONOTONIC));
	_exit(0);
}

static void move_and_unmap(void)
{
	pid_t pid;
	int status;

	image();
	pid = OK(fork());
	if (pid == 0)
		moved();
	status = abi_wait(pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		abi_skip("the vDSO is sealed here");
	child_good(status);
	all_in_order();
}

/* A debugger's breakpoint in a child's image is the child's alone. */
static void poked(void)
{
	long *last = (long *)((uintptr_t)image() + page_size()) - 1, before = *last, word;
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(ptrace(PTRACE_TRACEME, 0, 0, 0));
		raise(SIGSTOP);
		_exit(*last == ~before ? 0 : 1);
	}
	CHECK(WIFSTOPPED(abi_wait(pid)));
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, last, 0);
	EQ(errno, 0);
	EQ(word, before);
	OK(ptrace(PTRACE_POKEDATA, pid, last, ~before));
	OK(ptrace(PTRACE_CONT, pid, 0, 0));
	EQ(abi_wait(pid), 0);
	EQ(*last, before);
}

static const struct abi_row rows[] = {
	{ elf_image, "AT_SYSINFO_EHDR leads to an ELF image" },
	{ functions, "the functions by name and version" },
	{ all_in_order, "every clock, between two system calls" },
	{ time_of_day, "gettimeofday" },
	{ seconds, "time" },
	{ resolutions, "clock_getres" },
	{ which_cpu, "getcpu" },
	{ other_clocks, "clocks that need a system call, and no clocks" },
	{ monotonic, "threads mix functions and system calls" },
	{ in_child, "after fork" },
	{ after_exec, "after exec" },
	{ bad_pointers, "bad pointers" },
	{ areas, "the areas and their rights" },
	{ move_and_unmap, "moved by mremap, then unmapped" },
	{ poked, "written to by a debugger" },
};

ABI_MAIN(rows)
