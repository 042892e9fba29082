/*
 * physmem: the guest's RAM, one memory file of mem= bytes that K maps whole.  The host gives it
 * pages as they are touched, huge ones where it can, and gets them back by os_release_range.
 */
#include <stdio.h>

#include "internal.h"
#include "um/boot.h"
#include "um/init.h"
#include "um/os.h"
#include "um/os_heap.h"
#include "um/os_hugefile.h"
#include "um/printk.h"
#include "um/timer.h"

#define MEM_MIN (16ULL << 20)
#define MEM_DEFAULT_MIN (64ULL << 20)
#define MEM_DEFAULT_MAX (2ULL << 30)
/* Of what an address can reach, physmem takes a quarter at most, and an eighth unless told
 * otherwise: K needs the rest.  It matters where addresses are short. */
#define MEM_MAX ((u64)(ULONG_MAX / 4) + 1)
/* Above this, K's view of physmem is unmapped now and then (its contents stay). */
#define TRIM_ABOVE (14ULL << 20)
#define TRIM_PERIOD (2 * NSEC_PER_SEC)

u64 physmem_size;
int physmem_memfd = -1;
char *physmem_base;
pfn_t physmem_pages;
struct page *mem_map;

static struct timer trim_timer;
static bool trim_ready;

struct page *pfn_to_page(pfn_t pfn)
{
	return mem_map + pfn;
}

pfn_t page_to_pfn(const struct page *page)
{
	return (pfn_t)(page - mem_map);
}

void *page_address(const struct page *page)
{
	return physmem_base + (page_to_pfn(page) << PAGE_SHIFT);
}

int physmem_fd(void)
{
	return physmem_memfd;
}

/* The power of two that a size's suffix stands for; -1: none known. */
static int suffix_shift(char c)
{
	switch (c) {
	case '\0':
		return 0;
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	case 't':
	case 'T':
		return 40;
	}
	return -1;
}

static const char *parse_size(const char *s, u64 *size)
{
	u64 value = 0;
	int shift;

	if (*s < '0' || *s > '9')
		return "is not a size: a number with K, M or G is needed, as in 256M";
	for (; *s >= '0' && *s <= '9'; s++) {
		if (value > (UINT64_MAX - 9) / 10)
			return "is too large a number";
		value = value * 10 + (u64)(*s - '0');
	}
	shift = suffix_shift(*s);
	if (shift < 0 || (*s && s[1]))
		return "is not a size: only K, M or G may follow the number, as in 256M";
	if (shift && value >> (64 - shift))
		return "is too large a number";
	*size = value << shift;
	return NULL;
}

static const char *out_of_bounds(const char *what, u64 bound)
{
	static char message[80];

	snprintf(message, sizeof(message), "is %s is %lluM", what,
		 (unsigned long long)(bound >> 20));
	return message;
}

static const char *parse_mem(const char *value)
{
	const char *wrong;
	u64 size;

	wrong = parse_size(value, &size);
	if (wrong)
		return wrong;
	if (size < MEM_MIN)
		return out_of_bounds("too little memory: the minimum", MEM_MIN);
	/* The host gives pages as they are used, but K's records of them must fit. */
	if ((size >> PAGE_SHIFT) * sizeof(struct page) > os_host_memory() / 2)
		return "is more memory than this host can manage";
	if (size > MEM_MAX)
		return out_of_bounds("more than this CPU's addresses reach: the maximum", MEM_MAX);
	boot.mem = size;
	return NULL;
}

UM_SWITCH(mem) = {
	.name = "mem=",
	.value = "SIZE",
	.group = "Machine",
	.help = "the guest's memory, as in 256M or 1G (default: half of the host's, at most 2G)",
	.parse = parse_mem,
};

static u64 default_size(void)
{
	u64 half = os_host_memory() / 2;

	return min(max(half, MEM_DEFAULT_MIN), min(MEM_DEFAULT_MAX, MEM_MAX / 2));
}

static bool small_pages;

static const char *parse_nohugemem(const char *value)
{
	(void)value;
	small_pages = true;
	return NULL;
}

UM_SWITCH(nohugemem) = {
	.name = "nohugemem",
	.group = "Machine",
	.help = "the guest's memory in small pages of the host, even if it has huge ones",
	.parse = parse_nohugemem,
};

/* A file in huge pages, whose size is then in *huge; else a plain one. */
static int open_physmem(u64 *huge)
{
	int fd = -ENOSYS;

	*huge = small_pages ? 0 : os_huge_page_size();
	if (*huge > PAGE_SIZE && physmem_size >= *huge)
		fd = os_memfile_huge(physmem_size);
	if (fd >= 0)
		return fd;
	*huge = 0;
	return os_memfd("physmem", physmem_size);
}

/* Whether the first huge page, which boot needs anyway, comes in one piece. */
static bool huge_works(u64 huge)
{
	if (!huge)
		return false;
	*(volatile char *)physmem_base = 0;
	return os_page_exists(physmem_base + huge - PAGE_SIZE);
}

static unsigned log2_of(u64 n)
{
	return (unsigned)__builtin_ctzll(n);
}

static int physmem_init(void)
{
	u64 size = boot.mem ? boot.mem : default_size(), huge;

	physmem_pages = (pfn_t)(size >> PAGE_SHIFT);
	physmem_size = (u64)physmem_pages << PAGE_SHIFT;
	boot.mem = physmem_size;
	physmem_memfd = open_physmem(&huge);
	if (physmem_memfd < 0) {
		pr_err("physmem: the host refuses %lluM of memory: %s\n",
		       (unsigned long long)(physmem_size >> 20), os_strerror(-physmem_memfd));
		return physmem_memfd;
	}
	physmem_base = os_map_shared(physmem_memfd, 0, physmem_size, true);
	if (IS_ERR(physmem_base)) {
		pr_err("physmem: cannot map %lluM: %s\n",
		       (unsigned long long)(physmem_size >> 20),
		       os_strerror((int)-PTR_ERR(physmem_base)));
		return (int)PTR_ERR(physmem_base);
	}
	mem_map = os_map_private(physmem_pages * sizeof(struct page));
	if (IS_ERR(mem_map))
		return (int)PTR_ERR(mem_map);
	chunks_init(huge_works(huge) ? log2_of(huge) - (unsigned)PAGE_SHIFT : 0);
	page_alloc_init(physmem_pages);
	return 0;
}
INITCALL(INIT_CORE, physmem_init);

static void trim_run(struct timer *timer)
{
	(void)timer;
	release_unused();
	if (os_resident_bytes() > TRIM_ABOVE)
		os_mapping_trim(physmem_base, physmem_size);
}

void trim_later(void)
{
	if (trim_ready && !timer_armed(&trim_timer))
		timer_arm(&trim_timer, ktime_mono() + TRIM_PERIOD);
}

static int trim_init(void)
{
	timer_init(&trim_timer, trim_run);
	trim_ready = true;
	return 0;
}
INITCALL(INIT_LATE, trim_init);
