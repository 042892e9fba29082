/*
 * The host's vDSO: where it is in this process, its functions, and how to move it.
 *
 * The host maps it as several areas side by side: data ([vvar], on newer hosts [vvar_vclock] too)
 * and code ([vdso], an ELF image that AT_SYSINFO_EHDR points to).  mremap(2) moves each.
 */
#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "um/os_vdso.h"

enum {
	AREAS_MAX = 8,
	SPAN_MAX = 1 << 20,	/* areas further apart than this are none that belong together */
};

static struct {
	bool looked;
	unsigned nr;
	struct {
		unsigned long start, end;
	} area[AREAS_MAX];
	unsigned long start, end;	/* of all together */
} vdso;

static void area_add(unsigned long start, unsigned long end)
{
	if (!vdso.nr || start < vdso.start)
		vdso.start = start;
	if (end > vdso.end)
		vdso.end = end;
	vdso.area[vdso.nr].start = start;
	vdso.area[vdso.nr++].end = end;
}

static void find_areas(void)
{
	unsigned long start, end, image = getauxval(AT_SYSINFO_EHDR);
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps) && vdso.nr < AREAS_MAX)
		if ((strstr(line, " [vdso]") || strstr(line, " [vvar")) &&
		    sscanf(line, "%lx-%lx", &start, &end) == 2)
			area_add(start, end);
	if (maps)
		fclose(maps);
	if (image < vdso.start || image >= vdso.end || vdso.end - vdso.start > SPAN_MAX)
		vdso.nr = 0;
}

static unsigned nr_areas(void)
{
	if (!vdso.looked)
		find_areas();
	vdso.looked = true;
	return vdso.nr;
}

size_t os_vdso_size(void)
{
	return nr_areas() ? vdso.end - vdso.start : 0;
}

int os_vdso_move(unsigned long to)
{
	if (!nr_areas())
		return -ENOENT;
	/* mremap would replace what is there: the caller's stack, for one. */
	if (mmap((void *)to, os_vdso_size(), PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (void *)to)
		return -EEXIST;
	for (unsigned i = 0; i < vdso.nr; i++) {
		unsigned long start = vdso.area[i].start;
		size_t size = vdso.area[i].end - start;

		if (mremap((void *)start, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
			   (void *)(to + (start - vdso.start))) == MAP_FAILED)
			return -errno;
	}
	return 0;
}

/* --- the ELF image */

struct image {
	unsigned long bias;
	const ElfW(Sym) *symbols;
	const char *strings;
	unsigned long nr_symbols;
};

/* DT_GNU_HASH counts no symbols: the last one ends the chain of the highest bucket. */
static unsigned long count_by_gnu_hash(const u32 *table)
{
	u32 nr_buckets = table[0], first = table[1], bloom_words = table[2], last = 0;
	const u32 *buckets = table + 4 + bloom_words * (sizeof(ElfW(Addr)) / sizeof(u32));
	const u32 *chains = buckets + nr_buckets;

	for (u32 i = 0; i < nr_buckets; i++)
		last = max(last, buckets[i]);
	if (last < first)
		return first;
	while (!(chains[last - first] & 1))
		last++;
	return last + 1;
}

/* The image is the host kernel's own and trusted. */
static void read_dynamic(struct image *image, const ElfW(Dyn) *d)
{
	for (; d->d_tag != DT_NULL; d++) {
		void *at = (void *)(image->bias + d->d_un.d_ptr);

		switch (d->d_tag) {
		case DT_SYMTAB:
			image->symbols = at;
			break;
		case DT_STRTAB:
			image->strings = at;
			break;
		case DT_HASH:
			image->nr_symbols = ((const u32 *)at)[1];
			break;
		case DT_GNU_HASH:
			if (!image->nr_symbols)
				image->nr_symbols = count_by_gnu_hash(at);
			break;
		}
	}
}

static bool image_open(struct image *image, unsigned long addr)
{
	const ElfW(Ehdr) *head = (const ElfW(Ehdr) *)addr;
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)(addr + head->e_phoff);
	const ElfW(Dyn) *dynamic = NULL;
	bool loaded = false;

	memset(image, 0, sizeof(*image));
	for (unsigned i = 0; i < head->e_phnum; i++, p++) {
		if (p->p_type == PT_LOAD && !loaded) {
			image->bias = addr + p->p_offset - p->p_vaddr;
			loaded = true;
		} else if (p->p_type == PT_DYNAMIC) {
			dynamic = (const ElfW(Dyn) *)(addr + p->p_offset);
		}
	}
	if (!loaded || !dynamic)
		return false;
	read_dynamic(image, dynamic);
	return image->symbols && image->strings;
}

unsigned long os_vdso_function(const char *name, unsigned long to)
{
	struct image image;

	if (!nr_areas() || !image_open(&image, getauxval(AT_SYSINFO_EHDR)))
		return 0;
	for (unsigned long i = 0; i < image.nr_symbols; i++) {
		const ElfW(Sym) *symbol = &image.symbols[i];

		if (symbol->st_shndx != SHN_UNDEF && !strcmp(image.strings + symbol->st_name, name))
			return image.bias + symbol->st_value - vdso.start + to;
	}
	return 0;
}

/* --- the probe */

/* From here on the caller can only end. */
static int forbid_all_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

enum { CANNOT_MOVE = 1, NO_FILTER, WRONG_TIME };

static void probe_child(const char *name)
{
	const struct rlimit no_core = { 0, 0 };
	int (*clock_get)(clockid_t, struct timespec *);
	struct timespec real = { 0 }, mono = { 0 };
	void *to = mmap(NULL, os_vdso_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	setrlimit(RLIMIT_CORE, &no_core);
	/* The image can be read only while it is at its first place. */
	clock_get =
		(int (*)(clockid_t, struct timespec *))os_vdso_function(name, (unsigned long)to);
	if (to == MAP_FAILED || munmap(to, os_vdso_size()) || os_vdso_move((unsigned long)to))
		_exit(CANNOT_MOVE);
	if (forbid_all_calls())
		_exit(NO_FILTER);
	if (clock_get(CLOCK_REALTIME, &real) || clock_get(CLOCK_MONOTONIC, &mono) || !real.tv_sec)
		_exit(WRONG_TIME);
	_exit(0);
}

static const char *verdict(int status)
{
	if (!WIFEXITED(status))
		return WTERMSIG(status) == SIGSYS ? "it makes a system call" :
						    "it crashes elsewhere";
	switch (WEXITSTATUS(status)) {
	case CANNOT_MOVE:
		return "it cannot be moved";
	case NO_FILTER:
		return "installing a seccomp filter";
	}
	return "it does not know the time";
}

int os_probe_vdso(const char *name, const char **what)
{
	int status;
	pid_t pid;

	*what = "there is none";
	if (!os_vdso_function(name, 0))
		return -ENOENT;
	*what = "starting a child";
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		probe_child(name);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	*what = verdict(status);
	return -EIO;
}
