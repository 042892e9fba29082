/*
 * x86_64: the guest's registers when a signal came while its thread was in a trampoline's call
 * (layer_entry.S): what the call has moved is put back, as if the guest were about to execute
 * `syscall`, or had just done so.
 *
 * What comes from the channel may be anything the guest likes: its own registers.
 */
#include "um/layer.h"
#include "um/layer_regs.h"

#include "sysdep/frame.h"
#include "sysdep/ptrace.h"

#define HIDDEN __attribute__((visibility("hidden")))
extern const char layer_call_saved[] HIDDEN, layer_call_flags[] HIDDEN, layer_call_known[] HIDDEN;
extern const char layer_call_known_end[] HIDDEN, layer_call_posted[] HIDDEN;
extern const char layer_call_restored[] HIDDEN, layer_call_restored_end[] HIDDEN;
extern const char layer_call_fast_end[] HIDDEN;

/* As layer_entry.S has them in channel.save. */
enum { SAVE_SP, SAVE_BX, SAVE_BP, SAVE_R12, SAVE_R13, SAVE_R14, SAVE_R15, SAVE_RET, SAVE_FLAGS };

/* What lahf and seto put into ax: SF ZF AF PF CF in ah, OF in al (SDM vol. 2). */
#define AH_FLAGS 0xd5UL
#define FLAG_OF 0x800UL
#define SYSCALL_INSN_SIZE 2

static void restore_flags(unsigned long *gp, unsigned long ax)
{
	unsigned long al = ax & 0xff;

	gp[HOST_EFLAGS] &= ~(AH_FLAGS | FLAG_OF);
	gp[HOST_EFLAGS] |= ax >> 8 & AH_FLAGS;
	/* 1, or what becomes of it on the way back to the flag. */
	if (al == 1 || al == 0x80)
		gp[HOST_EFLAGS] |= FLAG_OF;
}

static bool within(const char *at, const char *from, const char *to)
{
	return at >= from && at < to;
}

static void from_channel(unsigned long *gp, const struct channel *ch)
{
	gp[HOST_DI] = ch->arg[0];
	gp[HOST_SI] = ch->arg[1];
	gp[HOST_DX] = ch->arg[2];
	gp[HOST_R10] = ch->arg[3];
	gp[HOST_R8] = ch->arg[4];
	gp[HOST_R9] = ch->arg[5];
	gp[HOST_SP] = ch->save[SAVE_SP];
	gp[HOST_BX] = ch->save[SAVE_BX];
	gp[HOST_BP] = ch->save[SAVE_BP];
	gp[HOST_R12] = ch->save[SAVE_R12];
	gp[HOST_R13] = ch->save[SAVE_R13];
	gp[HOST_R14] = ch->save[SAVE_R14];
	gp[HOST_R15] = ch->save[SAVE_R15];
	restore_flags(gp, ch->save[SAVE_FLAGS]);
}

enum layer_place arch_layer_regs(struct uml_pt_regs *regs, const struct channel *ch,
				 unsigned long offset)
{
	const char *at = __start_layer_text + offset;
	unsigned long *gp = regs->gp, ret = ch->save[SAVE_RET];

	if (within(at, layer_call, layer_call_posted)) {
		if (at < layer_call_saved) {
			ret = gp[HOST_CX];
		} else {
			if (at >= layer_call_flags && !within(at, layer_call_known, layer_call_known_end))
				restore_flags(gp, gp[HOST_AX]);
			gp[HOST_AX] = ch->nr;
		}
		gp[HOST_IP] = ret - SYSCALL_INSN_SIZE;
		return LAYER_BEFORE_CALL;
	}
	if (!within(at, layer_call_posted, layer_call_fast_end))
		from_channel(gp, ch);
	else if (!within(at, layer_call_restored, layer_call_restored_end))
		restore_flags(gp, gp[HOST_AX]);
	gp[HOST_IP] = ret;
	gp[HOST_CX] = ret;
	gp[HOST_R11] = gp[HOST_EFLAGS];
	return LAYER_IN_CALL;
}

void arch_call_all_regs(struct uml_pt_regs *regs, const struct channel *ch)
{
	from_channel(regs->gp, ch);
	regs->gp[HOST_IP] = regs->gp[HOST_CX] = ch->save[SAVE_RET];
	regs->gp[HOST_R11] = regs->gp[HOST_EFLAGS];
}

/* As layer_entry.S loads them. */
static const u8 soft_order[] = { HOST_R8,  HOST_R9,  HOST_R10, HOST_R11, HOST_R12,    HOST_R13,
				 HOST_R14, HOST_R15, HOST_DI,  HOST_SI,  HOST_BP,     HOST_BX,
				 HOST_DX,  HOST_AX,  HOST_CX,  HOST_SP,  HOST_IP,     HOST_EFLAGS };

bool arch_soft_regs(struct channel *ch, const struct uml_pt_regs *regs)
{
	const unsigned long trap_flag = 0x100, gs = regs->gp[HOST_GS_BASE];

	/* A step would trap in the layer, and another gs would not lead to the channel. */
	if (regs->gp[HOST_EFLAGS] & trap_flag || gs)
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(soft_order); i++)
		ch->soft[i] = regs->gp[soft_order[i]];
	return true;
}

void arch_softened_regs(struct uml_pt_regs *regs, const struct channel *ch)
{
	for (unsigned i = 0; i < ARRAY_SIZE(soft_order); i++)
		regs->gp[soft_order[i]] = ch->soft[i];
}

u64 arch_soft_fp_mask(const struct arch_frame_data *arch)
{
	return arch->sw.magic1 == FP_XSTATE_MAGIC1 ? arch->sw.xfeatures : 0;
}

void arch_call_regs(struct uml_pt_regs *regs, const struct channel *ch)
{
	regs->gp[HOST_DI] = ch->arg[0];
	regs->gp[HOST_SI] = ch->arg[1];
	regs->gp[HOST_DX] = ch->arg[2];
	regs->gp[HOST_R10] = ch->arg[3];
	regs->gp[HOST_R8] = ch->arg[4];
	regs->gp[HOST_R9] = ch->arg[5];
	regs->gp[HOST_AX] = ch->nr;
	regs->gp[HOST_IP] = ch->word;
	regs->gp[HOST_ORIG_AX] = -1UL;
	regs->syscall = (long)(int)ch->nr;
}
