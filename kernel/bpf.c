/*
 * Classic BPF for seccomp: the check of a program that a guest gives, and its interpreter.
 *
 * Jumps go forward only, so a checked program ends after at most its length in steps.  It reads
 * nothing but the call's description, whole words of it, and scratch words that it has written
 * on every way there (seccomp(2), and filter.rst of the Linux documentation).
 */
#include "um/bpf.h"

#include "um/err.h"
#include "um/kmalloc.h"

#define ALL_WORDS 0xffff	/* one bit per scratch word */

struct bpf_state {
	u32 a, x;
	u32 mem[BPF_MEMWORDS];
};

static bool is_alu_code(u16 code)
{
	switch (code & ~BPF_X) {
	case BPF_ALU | BPF_ADD:
	case BPF_ALU | BPF_SUB:
	case BPF_ALU | BPF_MUL:
	case BPF_ALU | BPF_DIV:
	case BPF_ALU | BPF_AND:
	case BPF_ALU | BPF_OR:
	case BPF_ALU | BPF_XOR:
	case BPF_ALU | BPF_LSH:
	case BPF_ALU | BPF_RSH:
		return true;
	}
	return code == (BPF_ALU | BPF_NEG);
}

static bool is_jump_code(u16 code)
{
	switch (code & ~BPF_X) {
	case BPF_JMP | BPF_JEQ:
	case BPF_JMP | BPF_JGT:
	case BPF_JMP | BPF_JGE:
	case BPF_JMP | BPF_JSET:
		return true;
	}
	return false;
}

static bool alu_constant_valid(const struct sock_filter *insn)
{
	if (insn->code == (BPF_ALU | BPF_DIV | BPF_K))
		return insn->k != 0;
	if (insn->code == (BPF_ALU | BPF_LSH | BPF_K) || insn->code == (BPF_ALU | BPF_RSH | BPF_K))
		return insn->k < 32;
	return true;
}

/* One instruction by itself; `left` is how many follow it. */
static bool insn_valid(struct sock_filter *insn, unsigned left)
{
	if (is_alu_code(insn->code))
		return alu_constant_valid(insn);
	if (is_jump_code(insn->code))
		return insn->jt < left && insn->jf < left;
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return insn->k < sizeof(struct seccomp_data) && insn->k % sizeof(u32) == 0;
	case BPF_LD | BPF_W | BPF_LEN:
		insn->code = BPF_LD | BPF_IMM;
		insn->k = sizeof(struct seccomp_data);
		return true;
	case BPF_LDX | BPF_W | BPF_LEN:
		insn->code = BPF_LDX | BPF_IMM;
		insn->k = sizeof(struct seccomp_data);
		return true;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return insn->k < BPF_MEMWORDS;
	case BPF_JMP | BPF_JA:
		return insn->k < left;
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
		return true;
	}
	return false;
}

/* known[i]: the scratch words that are set on every way to i that was seen so far. */
static bool scratch_valid(const struct sock_filter *insns, unsigned len, u16 *known)
{
	u16 set = 0;

	memset(known, 0xff, len * sizeof(*known));
	for (unsigned i = 0; i < len; i++) {
		const struct sock_filter *insn = &insns[i];

		set &= known[i];
		switch (BPF_CLASS(insn->code)) {
		case BPF_ST:
		case BPF_STX:
			set |= 1 << insn->k;
			break;
		case BPF_LD:
		case BPF_LDX:
			if (BPF_MODE(insn->code) == BPF_MEM && !(set & 1 << insn->k))
				return false;
			break;
		case BPF_JMP:
			if (BPF_OP(insn->code) == BPF_JA) {
				known[i + 1 + insn->k] &= set;
			} else {
				known[i + 1 + insn->jt] &= set;
				known[i + 1 + insn->jf] &= set;
			}
			set = ALL_WORDS;
			break;
		}
	}
	return true;
}

int bpf_check_seccomp(struct sock_filter *insns, unsigned len)
{
	u16 last, *known;
	bool valid;

	for (unsigned i = 0; i < len; i++)
		if (!insn_valid(&insns[i], len - i - 1))
			return -EINVAL;
	last = insns[len - 1].code;
	if (last != (BPF_RET | BPF_K) && last != (BPF_RET | BPF_A))
		return -EINVAL;
	known = kzalloc(len * sizeof(*known));
	valid = scratch_valid(insns, len, known);
	kfree(known);
	return valid ? 0 : -EINVAL;
}

/* False: a division by zero, which ends the program with 0. */
static bool run_alu(struct bpf_state *s, u16 code, u32 operand)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
		s->a += operand;
		break;
	case BPF_SUB:
		s->a -= operand;
		break;
	case BPF_MUL:
		s->a *= operand;
		break;
	case BPF_DIV:
		if (!operand)
			return false;
		s->a /= operand;
		break;
	case BPF_AND:
		s->a &= operand;
		break;
	case BPF_OR:
		s->a |= operand;
		break;
	case BPF_XOR:
		s->a ^= operand;
		break;
	case BPF_LSH:
		s->a <<= operand & 31;
		break;
	case BPF_RSH:
		s->a >>= operand & 31;
		break;
	case BPF_NEG:
		s->a = -s->a;
		break;
	}
	return true;
}

static bool jump_taken(const struct bpf_state *s, u16 code, u32 operand)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return s->a == operand;
	case BPF_JGT:
		return s->a > operand;
	case BPF_JGE:
		return s->a >= operand;
	}
	return s->a & operand;
}

static u32 load(const struct bpf_state *s, const struct sock_filter *insn,
		const struct seccomp_data *data)
{
	u32 word;

	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		memcpy(&word, (const u8 *)data + insn->k, sizeof(word));
		return word;
	case BPF_MEM:
		return s->mem[insn->k];
	}
	return insn->k;
}

u32 bpf_run(const struct sock_filter *insns, const struct seccomp_data *data)
{
	struct bpf_state s = { 0 };

	for (const struct sock_filter *insn = insns;; insn++) {
		u32 operand = BPF_SRC(insn->code) == BPF_X ? s.x : insn->k;

		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
			s.a = load(&s, insn, data);
			break;
		case BPF_LDX:
			s.x = load(&s, insn, data);
			break;
		case BPF_ST:
			s.mem[insn->k] = s.a;
			break;
		case BPF_STX:
			s.mem[insn->k] = s.x;
			break;
		case BPF_ALU:
			if (!run_alu(&s, insn->code, operand))
				return 0;
			break;
		case BPF_JMP:
			if (BPF_OP(insn->code) == BPF_JA)
				insn += insn->k;
			else
				insn += jump_taken(&s, insn->code, operand) ? insn->jt : insn->jf;
			break;
		case BPF_RET:
			return BPF_RVAL(insn->code) == BPF_A ? s.a : insn->k;
		case BPF_MISC:
			if (BPF_MISCOP(insn->code) == BPF_TAX)
				s.x = s.a;
			else
				s.a = s.x;
			break;
		}
	}
}
