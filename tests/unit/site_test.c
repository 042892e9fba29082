/* System call sites of x86_64 code: what is taken for one, what is made of it, and that what is
 * made runs. */
#include <stdbool.h>
#include <string.h>

#include "tap.h"
#include "um/site.h"

#include "../../arch/sys-x86_64/site_insn.h"

#define SIZE 4096
#define SITE_AT 64		/* where test code begins in the page */

/* Of the C library; its header and the kernel's do not go together. */
int mprotect(void *addr, size_t len, int prot);

static u8 page[SIZE] __attribute__((aligned(SIZE)));

/* Puts code into an otherwise unknown page; its syscall's end is found. */
static struct site put(const char *code, size_t n, int nr)
{
	struct site site = { .nr = nr };

	memset(page, 0x06, SIZE); /* no instruction */
	memcpy(page + SITE_AT, code, n);
	for (unsigned i = 0; i + 1 < n; i++)
		if ((u8)code[i] == 0x0f && (u8)code[i + 1] == 0x05)
			site.after = SITE_AT + i + 2;
	return site;
}

#define MATCH(code, number, any)                                                                   \
	({                                                                                         \
		struct site match_site = put(code, sizeof(code) - 1, number);                      \
		site_match(page, SIZE, &match_site, any);                                          \
		match_site;                                                                        \
	})

#define RET_PAD8 "\xc3\x0f\x1f\x84\x00\x00\x00\x00\x00"	/* ret, a nop of 8 bytes */

static void test_near(void)
{
	struct site site = MATCH("\xb8\x27\x00\x00\x00\x0f\x05", 0x27, false);

	ok(site.kind == SITE_NEAR && site.jump == SITE_AT, "mov, syscall");
	ok(!MATCH("\xb8\x27\x00\x00\x00\x0f\x05", 0x28, false).kind, "another number");
	ok(!MATCH("\x41\xb8\x27\x00\x00\x00\x0f\x05", 0x27, false).kind, "mov to r8d");
	ok(!MATCH("\x66\xb8\x27\x00\x00\x00\x0f\x05", 0x27, false).kind, "mov to ax");
	ok(!MATCH("\xc7\x45\xb8\x27\x00\x00\x00\x0f\x05", 0x27, false).kind, "mov to -0x48(%rbp)");
	ok(!MATCH("\xc7\x44\x24\xb8\x27\x00\x00\x00\x0f\x05", 0x27, false).kind,
	   "mov to -0x48(%rsp)");
	ok(!MATCH("\x81\x7d\xb8\x27\x00\x00\x00\x0f\x05", 0x27, false).kind, "cmp of -0x48(%rbp)");
	ok(!MATCH("\x8b\xb8\x27\x00\x00\x00\x0f\x05", 0x27, false).kind, "mov 0x27(%rax)");
	ok(!MATCH("\x8d\xb8\x27\x00\x00\x00\x0f\x05", 0x27, false).kind, "lea 0x27(%rax)");
	ok(!MATCH("\xb8\x27\x00\x00\x00\x90\x0f\x05", 0x27, false).kind, "something in between");
	ok(!MATCH("\xb8\x27\x00\x00\x00\x0f\x34", 0x27, false).kind, "sysenter");
	site = MATCH("\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", 0x0f, false);
	ok(site.kind == SITE_NEAR && site.jump == SITE_AT, "mov to rax, syscall");
	ok(!MATCH("\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", 0x10, false).kind,
	   "... of another number");
	ok(!MATCH("\x66\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", 0x0f, false).kind,
	   "... behind a prefix");
	ok(!MATCH("\x48\xc7\xc1\x0f\x00\x00\x00\x0f\x05", 0x0f, false).kind, "mov to rcx");
}

static void test_edges(void)
{
	static const char code[] = "\xb8\x27\x00\x00\x00\x0f\x05";
	struct site site = { .nr = 0x27, .after = 7 };

	memset(page, 0x06, SIZE);
	memcpy(page, code, 7);
	ok(!site_match(page, SIZE, &site, false), "what is before the page is unknown");
	memcpy(page, code + 1, 6);
	site.after = 6;
	ok(!site_match(page, SIZE, &site, true), "a mov that begins on the page before");
	memcpy(page, code + 6, 1);
	site.after = 1;
	ok(!site_match(page, SIZE, &site, true), "a syscall that begins on the page before");
	memcpy(page + SIZE - 7, code, 7);
	site.after = SIZE;
	ok(site_match(page, SIZE, &site, false) && site.jump == SIZE - 7, "the page's last bytes");
	memcpy(page + SIZE - 2, code + 5, 2);
	ok(!site_match(page, SIZE, &(struct site){ .after = SIZE }, true), "nothing behind it");
}

static void test_short(void)
{
	struct site site = MATCH("\x90\x31\xc0\x0f\x05" RET_PAD8 "\x66\x90", 0, false);

	ok(site.kind == SITE_SHORT && site.jump == SITE_AT + 1 && site.pad == SITE_AT + 6,
	   "xor, syscall, ret, padding");
	ok(!MATCH("\x90\x31\xc0\x0f\x05" RET_PAD8, 1, false).kind, "another number than 0");
	ok(!MATCH("\x90\x31\xc0\x0f\x05\x0f\x1f\x84\x00\x00\x00\x00\x00", 0, false).kind,
	   "nops that are executed");
	ok(!MATCH("\x90\x31\xc0\x0f\x05\x90\x90\x90\x90\x90\x90\xc3\x0f\x1f\x40\x00", 0, false).kind,
	   "padding that is too short");
	ok(!MATCH("\x90\x31\xc0\x0f\x05" "\xc3\x0f\x1f\x84\x00\x00\x00\x00\x01", 0, false).kind,
	   "a nop with an operand of somebody's");
	ok(!MATCH("\x90\x31\xc0\x0f\x05\x06" RET_PAD8, 0, false).kind, "an unknown instruction");
	ok(!MATCH("\x48\x31\xc0\x0f\x05" RET_PAD8, 0, false).kind, "with a prefix");
	ok(!MATCH("\xb9\x00\x00\x31\xc0\x0f\x05" RET_PAD8, 0, false).kind, "an immediate's end");
	site = MATCH("\x90\x31\xc0\x0f\x05\x48\x3d\x00\xf0\xff\xff\x77\x01\xc3\xe9\x00\x00\x00\x00"
		     "\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc", 0, false);
	ok(site.kind == SITE_SHORT && site.pad == SITE_AT + 19, "int3 behind a jmp, further down");
}

static void test_any(void)
{
	ok(!MATCH("\x89\xf8\x0f\x05" RET_PAD8 "\x66\x90\x90", 39, false).kind,
	   "a number of the caller's: not wanted");
	ok(MATCH("\x89\xf8\x0f\x05" RET_PAD8 "\x66\x90\x90", 39, true).kind == SITE_ANY,
	   "a number of the caller's: wanted");
	ok(MATCH("\xb8\x27\x00\x00\x00\x0f\x05" RET_PAD8, 0x27, true).kind == SITE_NEAR,
	   "a mov is preferred");
}

static void test_shared_padding(void)
{
#define TWO_SITES "\x31\xc0\x0f\x05\x90\x31\xc0\x0f\x05" RET_PAD8
	struct site second = { .after = SITE_AT + 4 };
	struct site first = MATCH(TWO_SITES, 0, false);

	page[SITE_AT - 1] = 0x90;
	ok(first.kind == SITE_SHORT && first.after == SITE_AT + 9, "the second of two sites");
	ok(site_match(page, SIZE, &second, false) && second.pad == first.pad,
	   "the first finds the same padding");
	site_patch(page, SIZE, &first, -SIZE);
	ok(!site_match(page, SIZE, &second, false), "... unless it is taken");
	first = MATCH(TWO_SITES "\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc", 0,
		      false);
	page[SITE_AT - 1] = 0x90;
	site_patch(page, SIZE, &first, -SIZE);
	ok(site_match(page, SIZE, &second, false) && second.pad >= first.pad + 5,
	   "or it is long enough for both");
}

static void test_lengths(void)
{
	static const struct { const char *code; unsigned n; } insns[] = {
		{ "\x48\x3d\x00\xf0\xff\xff", 6 }, { "\x0f\x87\xed\x00\x00\x00", 6 },
		{ "\x64\x48\x8b\x14\x25\x28\x00\x00\x00", 9 }, { "\xf3\x0f\x1e\xfa", 4 },
		{ "\x48\xb8\x01\x02\x03\x04\x05\x06\x07\x08", 10 }, { "\x66\xb8\x01\x02", 4 },
		{ "\xf6\x07\x01", 3 }, { "\xf6\xd0", 2 }, { "\xf7\x47\x08\x01\x00\x00\x00", 7 },
		{ "\xc5\xf8\x77", 3 }, { "\xc4\xe2\x7d\x78\xc0", 5 }, { "\x8b\x04\x85\x10\x00\x00\x00", 7 },
		{ "\x66\x0f\x3a\x0f\xc1\x08", 6 }, { "\xe8\x00\x00\x00\x00", 5 }, { "\xeb\x00", 2 },
		{ "\xf0\x0f\xb1\x15\x00\x00\x00\x00", 8 }, { "\x06", 0 }, { "\x62", 0 },
	};
	unsigned right = 0;
	bool ends;

	for (unsigned i = 0; i < ARRAY_SIZE(insns); i++) {
		u8 bytes[16] = { 0 };

		memcpy(bytes, insns[i].code, insns[i].n ? insns[i].n : 1);
		right += insn_length(bytes, sizeof(bytes), &ends) == insns[i].n;
	}
	ok(right == ARRAY_SIZE(insns), "lengths of instructions");
	ok(!insn_length((const u8 *)"\xe8\x00\x00", 3, &ends), "an instruction that is cut off");
	ok(insn_length((const u8 *)"\xc3", 1, &ends) && ends, "ret ends");
	ok(insn_length((const u8 *)"\xff\xe0", 2, &ends) && ends, "jmp *%rax ends");
	ok(insn_length((const u8 *)"\xff\xd0", 2, &ends) && !ends, "call *%rax does not");
}

/* --- running */

/* Where stubs go in this test: notes what it got, and answers 4242. */
__asm__(".text\n"
	"fake_entry:\n"
	"	movl %eax, seen_nr(%rip)\n"
	"	movq %rcx, seen_back(%rip)\n"
	"	pushfq\n popq seen_flags(%rip)\n"
	"	movq $4242, %rax\n"
	"	jmp *%rcx\n"
	/* long run_site(function, rdi): with the carry flag set and the red zone in use. */
	"run_site:\n"
	"	movq %rdi, %rdx\n"
	"	movq %rsi, %rdi\n"
	"	stc\n"
	"	call *%rdx\n"
	"	ret\n");
u32 seen_nr;
unsigned long seen_back, seen_flags;
extern const char fake_entry[];
long run_site(void *function, long arg);

/* a page of stubs, a page of sites */
static u8 text[2 * SIZE] __attribute__((aligned(SIZE)));

static bool runs(struct site site, unsigned start, long arg, int nr)
{
	long stub_at = 3 * SITE_STUB_SIZE;
	long result;

	memcpy(text + SIZE, page, SIZE);
	site_patch(text + SIZE, SIZE, &site, stub_at - SIZE);
	site_stub(text + stub_at, &site, (long)(SIZE + site.after) - stub_at,
		  (unsigned long)fake_entry);
	seen_nr = 0;
	seen_back = seen_flags = 0;
	result = run_site(text + SIZE + start, arg);
	return result == 4242 && seen_nr == (u32)nr && seen_flags & 1 &&
	       seen_back == (unsigned long)text + SIZE + site.after;
}

static void test_running(void)
{
	struct site site;

	if (mprotect(text, sizeof(text), 7)) {
		ok(true, "running # SKIP no memory that can be written and run");
		return;
	}
	site = MATCH("\xb8\x27\x00\x00\x00\x0f\x05\xc3", 0x27, false);
	ok(runs(site, SITE_AT, 0, 0x27), "a mov site runs, with its flags");
	ok(text[SIZE + site.after - 2] == 0x0f && text[SIZE + site.after - 1] == 0x05,
	   "its syscall is still there");
	site = MATCH("\x90\x31\xc0\x0f\x05" RET_PAD8 "\x66\x90", 0, false);
	ok(runs(site, SITE_AT + 1, 0, 0), "a xor site runs");
	ok(text[SIZE + site.after - 2] == 0x0f && text[SIZE + site.after - 1] == 0x05,
	   "its syscall is still there");
	site = MATCH("\x89\xf8\x0f\x05" RET_PAD8 "\x66\x90\x90", 39, true);
	ok(runs(site, SITE_AT, 77, 77), "a site with the caller's number runs");
	ok(runs(site, SITE_AT + 2, 77, (int)(u32)(unsigned long)(text + SIZE + SITE_AT + 2)) ||
		   seen_back == (unsigned long)text + SIZE + site.after,
	   "... and so does a jump to its syscall");
}

int main(void)
{
	test_near();
	test_edges();
	test_short();
	test_any();
	test_shared_padding();
	test_lengths();
	test_running();
	return done();
}
