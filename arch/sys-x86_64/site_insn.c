/*
 * The lengths of instructions in 64-bit mode (Intel SDM 2, appendix A).  What is not in the
 * tables, such as EVEX, has length 0, and nothing is concluded from it.
 */
#include "site_insn.h"

/* What follows an opcode, by opcode:
 *	.	unknown here		0	nothing
 *	1 2 4	immediate bytes		z	immediate of operand size, at most 4 bytes
 *	m	ModRM			M	ModRM and an immediate byte
 *	Z	ModRM and operand-size immediate
 *	t T	ModRM, immediate (1 byte, operand size) only for /0 and /1: group 3
 *	v	immediate of operand size, up to 8 bytes
 */
static const char one_byte[256 + 1] =
	/* 00 */ "mmmm1z..mmmm1z.."
	/* 10 */ "mmmm1z..mmmm1z.."
	/* 20 */ "mmmm1z..mmmm1z.."
	/* 30 */ "mmmm1z..mmmm1z.."
	/* 40 */ "................"
	/* 50 */ "0000000000000000"
	/* 60 */ "...m....zZ1M...."
	/* 70 */ "1111111111111111"
	/* 80 */ "MZ.Mmmmmmmmm.m.."
	/* 90 */ "0000000000.00000"
	/* a0 */ "....00001z000000"
	/* b0 */ "11111111vvvvvvvv"
	/* c0 */ "MM20..MZ.0..01.."
	/* d0 */ "mmmm...0mmmmmmmm"
	/* e0 */ "1111111144.1...."
	/* f0 */ ".0..00tT000000mm";

static const char two_byte[256 + 1] =
	/* 00 */ "mmmm.0.0.0.0.m.."
	/* 10 */ "mmmmmmmmmmmmmmmm"
	/* 20 */ "........mmmmmmmm"
	/* 30 */ "0000.0.........."
	/* 40 */ "mmmmmmmmmmmmmmmm"
	/* 50 */ "mmmmmmmmmmmmmmmm"
	/* 60 */ "mmmmmmmmmmmmmmmm"
	/* 70 */ "MMMMmmm0....mmmm"
	/* 80 */ "4444444444444444"
	/* 90 */ "mmmmmmmmmmmmmmmm"
	/* a0 */ "000mMm..000mMmmm"
	/* b0 */ "mmmmmmmmmmMmmmmm"
	/* c0 */ "mmMmMMMm00000000"
	/* d0 */ "mmmmmmmmmmmmmmmm"
	/* e0 */ "mmmmmmmmmmmmmmmm"
	/* f0 */ "mmmmmmmmmmmmmmmm";

struct insn {
	const u8 *p, *end;
	bool data16, wide;	/* prefix 66, REX.W */
	bool short_of;		/* an instruction that goes on behind the end */
};

static u8 next(struct insn *in)
{
	if (in->p < in->end)
		return *in->p++;
	in->short_of = true;
	return 0;
}

static void skip(struct insn *in, size_t n)
{
	if (n > (size_t)(in->end - in->p))
		in->short_of = true;
	else
		in->p += n;
}

static u8 prefixes(struct insn *in)
{
	u8 byte = next(in);

	for (;; byte = next(in)) {
		if (byte == 0x66)
			in->data16 = true;
		else if (byte != 0xf0 && byte != 0xf2 && byte != 0xf3 && byte != 0x2e &&
			 byte != 0x36 && byte != 0x3e && byte != 0x26 && byte != 0x64 && byte != 0x65)
			break;
	}
	if ((byte & 0xf0) == 0x40) {
		in->wide = byte & 8;
		byte = next(in);
	}
	return byte;
}

/* ModRM with what it brings along; its reg field. */
static unsigned modrm(struct insn *in)
{
	u8 byte = next(in), mod = byte >> 6, rm = byte & 7;
	bool base_disp32 = false;

	if (mod != 3 && rm == 4)
		base_disp32 = (next(in) & 7) == 5;
	if (mod == 1)
		skip(in, 1);
	else if (mod == 2 || (mod == 0 && (rm == 5 || base_disp32)))
		skip(in, 4);
	return byte >> 3 & 7;
}

static size_t operand_size(const struct insn *in)
{
	return in->data16 && !in->wide ? 2 : 4;
}

/* Skips the operands; false: unknown. */
static bool operands(struct insn *in, char kind)
{
	unsigned reg;

	switch (kind) {
	case '0':
		return true;
	case '1':
	case '2':
	case '4':
		skip(in, (size_t)(kind - '0'));
		return true;
	case 'z':
		skip(in, operand_size(in));
		return true;
	case 'v':
		skip(in, in->wide ? 8 : operand_size(in));
		return true;
	case 'm':
		modrm(in);
		return true;
	case 'M':
		modrm(in);
		skip(in, 1);
		return true;
	case 'Z':
		modrm(in);
		skip(in, operand_size(in));
		return true;
	case 't':
	case 'T':
		reg = modrm(in);
		if (reg < 2)
			skip(in, kind == 't' ? 1 : operand_size(in));
		return true;
	}
	return false;
}

/* The opcode maps behind 0f, plain and (map 1 to 3) of VEX. */
static char map_kind(unsigned map, u8 opcode)
{
	if (map == 1)
		return two_byte[opcode];
	return map == 2 ? 'm' : map == 3 ? 'M' : '.';
}

static char opcode_kind(struct insn *in, u8 opcode)
{
	u8 second;

	if (opcode == 0xc5) {
		skip(in, 1);
		return map_kind(1, next(in));
	}
	if (opcode == 0xc4) {
		second = next(in);
		skip(in, 1);
		return map_kind(second & 0x1f, next(in));
	}
	if (opcode != 0x0f)
		return one_byte[opcode];
	second = next(in);
	if (second == 0x38)
		return map_kind(2, next(in));
	return second == 0x3a ? map_kind(3, next(in)) : map_kind(1, second);
}

/* ret, jmp, int3, hlt, ud2, and jmp through memory or a register. */
static bool is_end(const u8 *opcode, u8 first)
{
	if (first == 0xff)
		return (opcode[1] >> 3 & 7) == 4;
	if (first == 0x0f)
		return opcode[1] == 0x0b;
	return first == 0xc3 || first == 0xc2 || first == 0xe9 || first == 0xeb || first == 0xcc ||
	       first == 0xf4;
}

unsigned insn_length(const u8 *p, size_t n, bool *ends)
{
	struct insn in = { .p = p, .end = p + n };
	u8 opcode = prefixes(&in);
	const u8 *at = in.p - 1;

	if (in.short_of || !operands(&in, opcode_kind(&in, opcode)) || in.short_of)
		return 0;
	*ends = is_end(at, opcode);
	return (unsigned)(in.p - p);
}

/* One filler: int3, nop, or the long nops of the manuals with the prefixes that assemblers put
 * before them. */
static unsigned filler_length(const u8 *p, size_t n)
{
	unsigned len;
	size_t i = 0;
	bool ends;

	while (i < n && i < 10 && (p[i] == 0x66 || p[i] == 0x2e))
		i++;
	if (n - i >= 1 && p[i] == 0x90)
		return (unsigned)i + 1;
	if (i == 0 && n && p[0] == 0xcc)
		return 1;
	if (n - i < 3 || p[i] != 0x0f || p[i + 1] != 0x1f)
		return 0;
	len = insn_length(p, n, &ends);
	/* Every byte of the operand is zero but the one that says how long it is. */
	if (p[i + 2] != 0x00 && p[i + 2] != 0x40 && p[i + 2] != 0x44 && p[i + 2] != 0x80 &&
	    p[i + 2] != 0x84)
		return 0;
	for (i += 3; i < len; i++)
		if (p[i])
			return 0;
	return len;
}

unsigned padding_length(const u8 *p, size_t n)
{
	unsigned total = 0, len;

	while (total < n && (len = filler_length(p + total, n - total)) != 0)
		total += len;
	return total;
}
