/*
 * System call sites of x86_64 code, and what is made of them.
 *
 *	b8 nr nr nr nr	mov $nr,%eax		e9 rel32	jmp stub		SITE_NEAR
 *	0f 05		syscall			0f 05
 *	(or 48 c7 c0 nr nr nr nr, mov $nr,%rax, as in the C library's sigreturn)
 *
 *	31 c0		xor %eax,%eax		eb rel8		jmp padding		SITE_SHORT
 *	0f 05		syscall			0f 05
 *
 *	0f 05		syscall			eb rel8		jmp padding		SITE_ANY
 *
 * where the padding, which was never executed, becomes e9 rel32, jmp stub.  In the first two the
 * syscall instruction stays for whoever comes to it another way.
 *
 * Certainty: that the syscall is one we know, since it trapped.  Padding is looked for by walking
 * the instructions behind it, one by one, to an unconditional jump or return: fillers behind that
 * up to a multiple of 16 are there for alignment, and nothing goes there.
 */
#include "site_insn.h"
#include "um/bug.h"
#include "um/site.h"

enum {
	MOV_EAX = 0xb8,
	MOV_RAX_SIZE = 7,	/* 48 c7 c0, and the number */
	JMP_NEAR = 0xe9,
	JMP_NEAR_SIZE = 5,
	JMP_SHORT = 0xeb,
	JMP_SHORT_SIZE = 2,
	JMP_SHORT_REACH = 127,
	CODE_ALIGN = 16,	/* of what compilers pad for */
	NOP = 0x90,
};

static void put32(u8 *p, long value)
{
	s32 v = (s32)value;

	BUG_ON(v != value);
	memcpy(p, &v, sizeof(v));
}

static long get32(const u8 *p)
{
	s32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* b8 as the displacement of an instruction with a 32-bit immediate, such as
 * movl $nr,-0x48(%rbp): c7 45 b8 nr.  `at` is the offset of the b8. */
static bool is_displacement(const u8 *page, unsigned at)
{
	static const u8 opcodes[] = { 0xc7, 0x81, 0x69, 0xf7 };
	bool sib = at >= 2 && (page[at - 2] & 0xc7) == 0x44;
	bool plain = at >= 1 && (page[at - 1] & 0xc0) == 0x40;

	for (unsigned i = 0; i < sizeof(opcodes); i++) {
		if (plain && at >= 2 && page[at - 2] == opcodes[i])
			return true;
		if (sib && at >= 3 && page[at - 3] == opcodes[i])
			return true;
	}
	return false;
}

/* Is the b8 at offset `at` a mov to eax, and no part of another instruction?  A REX prefix or
 * 66 makes it one of another register or size; behind 8b, 8d and other opcodes it is a ModRM. */
static bool is_mov_eax(const u8 *page, unsigned at)
{
	u8 before = at ? page[at - 1] : 0;

	if (page[at] != MOV_EAX || !at)
		return false;
	if ((before & 0xf0) == 0x40 || before == 0x66)
		return false;
	if ((before & 0xfc) == 0x88 || before == 0x8d || before == 0x63 || before == 0x87)
		return false;
	return !is_displacement(page, at);
}

/* mov $nr,%rax.  No prefix in front: that would be the jump's. */
static bool match_mov_rax(const u8 *page, struct site *site)
{
	static const u8 prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf2, 0xf3 };
	static const u8 mov[] = { 0x48, 0xc7, 0xc0 };
	unsigned at = site->after - SITE_INSN_SIZE - MOV_RAX_SIZE;

	if (site->after < SITE_INSN_SIZE + MOV_RAX_SIZE + 1 || memcmp(page + at, mov, sizeof(mov)) ||
	    get32(page + at + sizeof(mov)) != site->nr)
		return false;
	if (memchr(prefixes, page[at - 1], sizeof(prefixes)))
		return false;
	site->kind = SITE_NEAR;
	site->jump = at;
	return true;
}

static bool match_near(const u8 *page, struct site *site)
{
	unsigned at = site->after - SITE_INSN_SIZE - JMP_NEAR_SIZE;

	if (site->after < SITE_INSN_SIZE + JMP_NEAR_SIZE || !is_mov_eax(page, at) ||
	    get32(page + at + 1) != site->nr)
		return false;
	site->kind = SITE_NEAR;
	site->jump = at;
	return true;
}

static bool padding_usable(unsigned from, unsigned pad, unsigned len)
{
	unsigned end = ALIGN(pad + JMP_NEAR_SIZE, (unsigned)CODE_ALIGN);

	return pad - (from + JMP_SHORT_SIZE) <= JMP_SHORT_REACH && end <= pad + len;
}

/* Padding behind site->after that a short jump at `from` reaches. */
static bool find_padding(const u8 *page, size_t size, struct site *site, unsigned from)
{
	unsigned at = site->after, len;
	bool ends = false;

	while (at < size && at <= from + JMP_SHORT_SIZE + JMP_SHORT_REACH) {
		if (ends) {
			len = padding_length(page + at, size - at);
			if (padding_usable(from, at, len)) {
				site->jump = from;
				site->pad = at;
				return true;
			}
			at += len;
			if (at >= size)
				return false;
		}
		len = insn_length(page + at, size - at, &ends);
		if (!len)
			return false;
		at += len;
	}
	return false;
}

/* Could the two bytes at `at` be the upper half of an immediate, as in mov $0xc0310000,%ecx? */
static bool is_immediate(const u8 *page, unsigned at)
{
	u8 opcode = at >= 3 ? page[at - 3] : MOV_EAX, with_modrm = at >= 4 ? page[at - 4] : 0xc7;

	return (opcode & 0xf8) == MOV_EAX || (opcode & 0xc7) == 0x05 || opcode == 0xa9 ||
	       opcode == 0x68 || with_modrm == 0xc7 || with_modrm == 0x81 || with_modrm == 0x69 ||
	       with_modrm == 0xf7;
}

/* Behind a prefix the jump would not begin where the xor does. */
static bool match_short(const u8 *page, size_t size, struct site *site)
{
	unsigned at = site->after - SITE_INSN_SIZE - JMP_SHORT_SIZE;

	if (site->nr != 0 || site->after < SITE_INSN_SIZE + JMP_SHORT_SIZE + 1 ||
	    page[at] != 0x31 || page[at + 1] != 0xc0)
		return false;
	if ((page[at - 1] & 0xf0) == 0x40 || page[at - 1] == 0x66 || page[at - 1] == 0x0f ||
	    is_immediate(page, at))
		return false;
	if (!find_padding(page, size, site, at))
		return false;
	site->kind = SITE_SHORT;
	return true;
}

static bool match_any(const u8 *page, size_t size, struct site *site)
{
	if (!find_padding(page, size, site, site->after - SITE_INSN_SIZE))
		return false;
	site->kind = SITE_ANY;
	return true;
}

static bool is_syscall(const u8 *page, size_t size, unsigned after)
{
	return after >= SITE_INSN_SIZE && after <= size && page[after - 2] == 0x0f &&
	       page[after - 1] == 0x05;
}

bool site_match(const u8 *page, size_t size, struct site *site, bool any)
{
	site->kind = SITE_NONE;
	if (!is_syscall(page, size, site->after))
		return false;
	return match_near(page, site) || match_mov_rax(page, site) ||
	       match_short(page, size, site) ||
	       (any && match_any(page, size, site));
}

static void put_jump(u8 *page, unsigned at, long to)
{
	page[at] = JMP_NEAR;
	put32(page + at + 1, to - (long)(at + JMP_NEAR_SIZE));
}

void site_patch(u8 *page, size_t size, const struct site *site, long to)
{
	unsigned len;

	if (site->kind == SITE_NEAR) {
		put_jump(page, site->jump, to);
		return;
	}
	len = padding_length(page + site->pad, size - site->pad);
	/* What is left of a filler that is cut must still be one. */
	memset(page + site->pad, NOP, len);
	put_jump(page, site->pad, to);
	page[site->jump] = JMP_SHORT;
	page[site->jump + 1] = (u8)(site->pad - (site->jump + JMP_SHORT_SIZE));
}

void site_stub(u8 *stub, const struct site *site, long back, unsigned long entry)
{
	static const u8 lea_rcx[] = { 0x48, 0x8d, 0x0d }, movabs_r11[] = { 0x49, 0xbb };
	static const u8 jmp_r11[] = { 0x41, 0xff, 0xe3 };
	u8 *p = stub;

	if (site->kind != SITE_ANY) {
		*p = MOV_EAX;
		put32(p + 1, site->nr);
		p += 5;
	}
	memcpy(p, lea_rcx, sizeof(lea_rcx));
	p += sizeof(lea_rcx) + 4;
	put32(p - 4, back - (p - stub));
	memcpy(p, movabs_r11, sizeof(movabs_r11));
	memcpy(p + sizeof(movabs_r11), &entry, sizeof(entry));
	p += sizeof(movabs_r11) + sizeof(entry);
	memcpy(p, jmp_r11, sizeof(jmp_r11));
	BUG_ON(p + sizeof(jmp_r11) > stub + SITE_STUB_SIZE);
}
