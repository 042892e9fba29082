/*
 * Rewritten sites in the whole of mm/, with a space that is an array: when a patched page is
 * mapped and when the original, for all that can happen to the page, the file and the areas.
 */
#include <string.h>

#include "../../mm/rewrite.h"
#include "stub.h"
#include "tap.h"
#include "um/fs.h"
#include "um/rewrite.h"
#include "um/site.h"
#include "um/uaccess.h"

#define BASE (SHADOW_BASE + 64 * PAGE_SIZE)
#define STUBS (BASE - PAGE_SIZE)
#define TEXT (BASE + PAGE_SIZE)		/* page 1 of the file */
#define FILE_PAGES 4
#define MEM (16UL << 20)
#define ENTRY 0x7abcdef0UL

/* mov $0x27,%eax; syscall; ret, and once more with another number. */
static const u8 code[] = { 0x90, 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05, 0xc3,
			   0x90, 0xb8, 0x6e, 0, 0, 0, 0x0f, 0x05, 0xc3 };
enum { FIRST = 8, SECOND = 17 };	/* behind the two system calls */

static struct file *file;

static struct file *code_file(void)
{
	struct file *f = stub_file(FILE_PAGES, true);

	memcpy(stub_disk(f), "\177ELF", 4);
	for (int i = 1; i < FILE_PAGES; i++)
		memcpy(stub_disk(f) + (unsigned long)i * PAGE_SIZE, code, sizeof(code));
	return f;
}

static void map_file(struct mm *mm)
{
	mm_map(mm, BASE, FILE_PAGES * PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED,
	       file, 0);
}

static struct mm *new_process(void)
{
	struct mm *mm = mm_new();

	current->mm = mm;
	map_file(mm);
	return mm;
}

static void fault(struct mm *mm, uaddr_t addr, enum fault_access access)
{
	int sig, code;

	current->mm = mm;
	mm_fault(mm, addr, access, &sig, &code);
	space_flush(mm);
}

static void trap(struct mm *mm, uaddr_t ip, long nr, int times)
{
	current->mm = mm;
	for (int i = 0; i < times; i++)
		rewrite_site(mm, ip, nr);
	space_flush(mm);
}

static unsigned prot_at(const struct mm *mm, uaddr_t addr)
{
	return mm->space->page[(addr - SHADOW_BASE) >> PAGE_SHIFT].prot;
}

/* The byte that the space's thread would run. */
static u8 *byte_at(const struct mm *mm, uaddr_t addr)
{
	pfn_t pfn = mm->space->page[(addr - SHADOW_BASE) >> PAGE_SHIFT].pfn;

	return (u8 *)page_address(pfn_to_page(pfn)) + (addr & ~PAGE_MASK);
}

static bool is_patched(const struct mm *mm, uaddr_t text, unsigned after)
{
	return prot_at(mm, text) == SPACE_EXEC && *byte_at(mm, text + after - 7) == 0xe9 &&
	       *byte_at(mm, text + after - 2) == 0x0f;
}

static bool is_original(const struct mm *mm, uaddr_t text)
{
	return prot_at(mm, text) == (SPACE_READ | SPACE_EXEC) &&
	       !memcmp(byte_at(mm, text), code, sizeof(code));
}

/* A process with the first site hot. */
static struct mm *hot_process(void)
{
	struct mm *mm = new_process();

	fault(mm, TEXT, FAULT_EXEC);
	trap(mm, TEXT + FIRST, 0x27, 10);
	return mm;
}

static void test_hot(void)
{
	struct mm *mm = new_process(), *other;
	uaddr_t ip;
	u8 bytes[sizeof(code)];
	long nr;

	fault(mm, TEXT, FAULT_EXEC);
	trap(mm, TEXT + FIRST, 0x27, 1);
	ok(is_original(mm, TEXT), "one trap changes nothing");
	trap(mm, TEXT + FIRST, 0x27, 10);
	ok(is_patched(mm, TEXT, FIRST), "a hot site is patched");
	ok(*byte_at(mm, TEXT + SECOND - 7) == 0xb8, "and no other");
	ok(prot_at(mm, STUBS) == SPACE_EXEC, "its stubs can only be executed");
	ok(access_mm(mm, TEXT, bytes, sizeof(bytes), false, false) == sizeof(bytes) &&
		   !memcmp(bytes, code, sizeof(code)), "K reads the original");
	ok(rewrite_stub_site(mm, STUBS, &ip, &nr) && ip == TEXT + FIRST - 2 && nr == 0x27,
	   "a stub's site is found");
	ok(rewrite_stub_site(mm, STUBS + SITE_STUB_SIZE - 1, &ip, &nr), "from its last byte");
	ok(!rewrite_stub_site(mm, STUBS + SITE_STUB_SIZE, &ip, &nr), "behind it there is none");
	ok(!rewrite_stub_site(mm, TEXT, &ip, &nr), "text is no stub");
	other = new_process();
	fault(other, TEXT, FAULT_EXEC);
	trap(other, TEXT + FIRST, 0x27, WORTH_TRAPS - 1);
	ok(is_original(other, TEXT), "another process begins with the original");
	trap(other, TEXT + FIRST, 0x27, 1);
	ok(is_patched(other, TEXT, FIRST) && prot_at(other, STUBS) == SPACE_EXEC,
	   "and has the copy soon");
	trap(mm, TEXT + SECOND, 0x6e, 10);
	ok(is_patched(mm, TEXT, FIRST) && is_patched(mm, TEXT, SECOND), "a second site joins it");
	ok(is_patched(other, TEXT, FIRST) && !is_patched(other, TEXT, SECOND),
	   "the other keeps its copy");
	trap(other, TEXT + SECOND, 0x6e, 1);
	ok(is_patched(other, TEXT, FIRST) && is_patched(other, TEXT, SECOND), "until it traps");
	mm_put_users(other);
	ok(is_patched(mm, TEXT, FIRST), "which does nothing to the first");
	mm_put_users(mm);
}

/* Does a process that makes no call from the page begin with the copy? */
static bool begins_patched(void)
{
	struct mm *mm = new_process();
	bool patched;

	fault(mm, TEXT, FAULT_EXEC);
	patched = is_patched(mm, TEXT, FIRST);
	mm_put_users(mm);
	return patched;
}

static void test_worth(void)
{
	struct mm *mm = hot_process(), *other = new_process();
	unsigned patched = 0;

	fault(other, TEXT, FAULT_EXEC);
	trap(other, TEXT + FIRST, 0x27, WORTH_TRAPS);
	ok(begins_patched(), "what another process needed, the next one has at once");
	for (int i = 0; i < 100; i++)
		patched += begins_patched();
	ok(patched > 3 && patched < 50 && !begins_patched(), "and none that come long after");
	mm_put_users(other);
	mm_put_users(mm);
}

static void test_readers(void)
{
	struct mm *mm = hot_process();

	fault(mm, TEXT, FAULT_READ);
	ok(is_original(mm, TEXT), "a read brings the original");
	trap(mm, TEXT + FIRST, 0x27, 20);
	ok(is_original(mm, TEXT), "and it stays");
	mm_put_users(mm);
	mm = hot_process();
	ok(is_patched(mm, TEXT, FIRST), "in another process it is patched");
	rewrite_traced(mm, true);
	space_flush(mm);
	ok(is_original(mm, TEXT), "not while it is traced");
	trap(mm, TEXT + FIRST, 0x27, 20);
	ok(is_original(mm, TEXT), "however often it traps");
	rewrite_traced(mm, false);
	trap(mm, TEXT + FIRST, 0x27, 1);
	ok(is_patched(mm, TEXT, FIRST), "afterwards it is");
	mm_put_users(mm);
}

static void test_places(void)
{
	struct mm *mm = hot_process();

	mm_map(mm, STUBS, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0);
	space_flush(mm);
	ok(is_original(mm, TEXT) && !prot_at(mm, STUBS), "an area in the stubs' place ends them");
	trap(mm, TEXT + FIRST, 0x27, 20);
	ok(is_original(mm, TEXT), "and there are no others");
	mm_unmap(mm, STUBS, PAGE_SIZE);
	trap(mm, TEXT + FIRST, 0x27, 20);
	ok(is_patched(mm, TEXT, FIRST) && prot_at(mm, STUBS) == SPACE_EXEC,
	   "until it is free again");
	space_forget(mm);
	space_flush(mm);
	fault(mm, TEXT, FAULT_EXEC);
	ok(is_patched(mm, TEXT, FIRST), "a space that is mapped anew gets the patched page");
	fault(mm, STUBS, FAULT_EXEC);
	ok(prot_at(mm, STUBS) == SPACE_EXEC, "and, by a fault, the stubs");
	mm_unmap(mm, BASE, FILE_PAGES * PAGE_SIZE);
	space_flush(mm);
	ok(!prot_at(mm, TEXT), "text that is unmapped is gone");
	map_file(mm);
	fault(mm, TEXT, FAULT_EXEC);
	ok(is_patched(mm, TEXT, FIRST), "and patched where it is mapped again");
	ok(mm_map(mm, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, NULL, 0) !=
		   (long)STUBS, "a search leaves the stubs their place");
	mm_put_users(mm);
}

static void test_protection(void)
{
	struct mm *mm = hot_process();

	current->mm = mm;
	stub_call("mprotect", TEXT, PAGE_SIZE, PROT_READ, 0, 0);
	space_flush(mm);
	ok(prot_at(mm, TEXT) == SPACE_READ && *byte_at(mm, TEXT + 1) == 0xb8,
	   "text that can only be read is the original");
	stub_call("mprotect", TEXT, PAGE_SIZE, PROT_READ | PROT_EXEC, 0, 0);
	fault(mm, TEXT, FAULT_EXEC);
	ok(is_patched(mm, TEXT, FIRST), "it comes back with the right to run");
	stub_call("mprotect", TEXT, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, 0, 0);
	space_flush(mm);
	ok(is_original(mm, TEXT), "text that can be written is the original");
	fault(mm, TEXT, FAULT_WRITE);
	*byte_at(mm, TEXT) = 0xcc;
	stub_call("mprotect", TEXT, PAGE_SIZE, PROT_READ | PROT_EXEC, 0, 0);
	fault(mm, TEXT, FAULT_EXEC);
	trap(mm, TEXT + FIRST, 0x27, 20);
	ok(prot_at(mm, TEXT) == (SPACE_READ | SPACE_EXEC) && *byte_at(mm, TEXT) == 0xcc,
	   "text that was written is the process's own");
	mm_put_users(mm);
}

static void test_file(void)
{
	struct mm *mm = hot_process();
	struct page *page = find_page(file->mapping, 1);
	u8 *bytes = page_address(page);

	ok(is_patched(mm, TEXT, FIRST), "the file's page is patched");
	bytes[2] = 0x28;
	set_page_dirty(page);
	space_flush(mm);
	ok(prot_at(mm, TEXT) == (SPACE_READ | SPACE_EXEC) && *byte_at(mm, TEXT + 2) == 0x28,
	   "a page that is written is itself again");
	trap(mm, TEXT + FIRST, 0x28, 20);
	ok(is_patched(mm, TEXT, FIRST), "its new code becomes hot");
	bytes[2] = 0x27;
	rewrite_page_changed(page);
	page_put(page);
	trap(mm, TEXT + FIRST, 0x27, 20);
	ok(is_patched(mm, TEXT, FIRST), "and its old code again");
	mm_map(mm, BASE + 64 * PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	space_flush(mm);
	trap(mm, TEXT + FIRST, 0x27, 20);
	ok(is_original(mm, TEXT), "not while someone may write it through a mapping");
	mm_unmap(mm, BASE + 64 * PAGE_SIZE, PAGE_SIZE);
	trap(mm, TEXT + FIRST, 0x27, 20);
	ok(is_patched(mm, TEXT, FIRST), "afterwards it may be patched");
	truncate_pages(file->mapping, PAGE_SIZE, LLONG_MAX);
	space_flush(mm);
	ok(!prot_at(mm, TEXT), "a page that is truncated is gone");
	mm_put_users(mm);
}

static void test_others(void)
{
	struct mm *mm = mm_new();
	uaddr_t addr = BASE;

	current->mm = mm;
	mm_map(mm, addr, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
	       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0);
	fault(mm, addr, FAULT_WRITE);
	memcpy(byte_at(mm, addr), code, sizeof(code));
	trap(mm, addr + FIRST, 0x27, 20);
	ok(!memcmp(byte_at(mm, addr), code, sizeof(code)), "code made at run time is left alone");
	trap(mm, addr + PAGE_SIZE, 0x27, 20);
	trap(mm, 0, 0x27, 20);
	ok(true, "addresses where nothing is do no harm");
	mm_put_users(mm);
	mm = new_process();
	mm_map(mm, STUBS, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0);
	fault(mm, TEXT, FAULT_EXEC);
	trap(mm, TEXT + FIRST, 0x27, 20);
	ok(is_original(mm, TEXT), "without a place for stubs nothing is rewritten");
	mm_put_users(mm);
	gate_trampoline_entry = 0;
	mm = hot_process();
	ok(is_original(mm, TEXT), "nor for a gate without an entry");
	mm_put_users(mm);
	gate_trampoline_entry = ENTRY;
}

int main(void)
{
	static void (*const tests[])(void) = {
		test_hot, test_worth, test_readers, test_places, test_protection, test_file,
		test_others,
	};
	u64 free_before;

	stub_init(MEM);
	free_before = nr_free_pages();
	gate_trampoline_entry = ENTRY;
	for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
		file = code_file();
		tests[i]();
		fput(file);
	}
	ok(rewrite_count(REWRITE_SITES) && rewrite_count(REWRITE_WITHDRAWN), "there are counts");
	ok(nr_free_pages() == free_before, "no page is lost");
	ok(!stub_bad_op, "no operation that a host would refuse");
	return done();
}
