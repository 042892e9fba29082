/* ppc: between the registers, a frame's struct mcontext in K, and that on a guest's stack. */
#include "sysdep/sigcontext.h"

#include "sysdep/frame.h"
#include "sysdep/ptrace_user.h"
#include "um/arch.h"
#include "um/os.h"
#include "um/uaccess.h"

int sc_size(void *data __maybe_unused)
{
	return sizeof(struct sigcontext);
}

int copy_sc_to_user(void *to, void *from, void *data __maybe_unused)
{
	return copy_to_user((uaddr_t)to, from, sizeof(struct sigcontext));
}

int copy_sc_from_user(void *to, void *from, void *data __maybe_unused)
{
	return copy_from_user(to, (uaddr_t)from, sizeof(struct sigcontext));
}

void sc_to_sc(void *to, void *from)
{
	memcpy(to, from, sizeof(struct sigcontext));
}

void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc)
{
	unsigned long msr = regs->gp[PT_MSR];

	memcpy(regs->gp, sc->mc_gregs, sizeof(sc->mc_gregs));
	regs->gp[PT_MSR] = msr;
	regs->gp[PT_TRAP] = 0;
	regs->gp[HOST_SYSCALL] = -1UL;
	regs->syscall = -1;
}

/* The host takes the first argument of a trapped call for its result: one that looks like an error has
 * become a positive number, and one like ERESTARTNOINTR has the call made again. */
static void undo_result(unsigned long *gp)
{
	const unsigned long restart_no_intr = -513UL;

	if (gp[PT_ORIG_R3] == restart_no_intr)
		gp[PT_NIP] += UPT_SYSCALL_INSN_SIZE;
	gp[PT_R3] = gp[PT_ORIG_R3];
	gp[PT_CCR] &= ~CR0_SO;
}

void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall)
{
	regs->sc = NULL;
	memcpy(regs->gp, sc->mc_gregs, sizeof(sc->mc_gregs));
	if (regs->gp[PT_TRAP] == TRAP_SYSCALL)
		undo_result(regs->gp);
	regs->gp[PT_MSR] &= ~MSR_VEC;
	regs->gp[HOST_SYSCALL] = -1UL;
	regs->syscall = (long)syscall;
	regs->is_user = 1;
}

void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs)
{
	unsigned long has_vectors = sc->mc_gregs[PT_MSR] & MSR_VEC;

	memcpy(sc->mc_gregs, regs->gp, sizeof(sc->mc_gregs));
	sc->mc_gregs[PT_MSR] = (regs->gp[PT_MSR] & ~MSR_VEC) | has_vectors;
}

/* --- floating point and vectors */

enum {
	VMX_VSCR = 32 * 16,		/* in the host's register set: the vector with VSCR ... */
	VMX_VRSAVE = VMX_VSCR + 16,	/* ... and the one behind it */
};

void setup_arch_frame(struct arch_frame_data_raw *in __maybe_unused, struct arch_frame_data *out)
{
	out->fpstate_offset = offsetof(struct mcontext, mc_fregs);
	out->fpstate_size = FP_REGSET_SIZE + VMX_REGSET_SIZE;
}

/* A frame has VRSAVE in the first word of the vector whose last one is VSCR. */
void fp_to_frame(void *in_frame, const void *fp, unsigned long size)
{
	struct mcontext *mc = container_of(in_frame, struct mcontext, mc_fregs);
	const u8 *vmx = (const u8 *)fp + FP_REGSET_SIZE;

	if (size < FP_REGSET_SIZE + VMX_REGSET_SIZE)
		return;
	memcpy(mc->mc_fregs, fp, FP_REGSET_SIZE);
	memcpy(mc->mc_vregs, vmx, VMX_VSCR + 16);
	memcpy((u8 *)mc->mc_vregs + VMX_VSCR, vmx + VMX_VRSAVE, sizeof(u32));
	if (os_auxval(AT_HWCAP) & PPC_FEATURE_HAS_ALTIVEC)
		mc->mc_gregs[PT_MSR] |= MSR_VEC;
}

/* Where the code has used no vectors the host leaves what was there before. */
void fp_from_frame(void *fp, const void *in_frame, unsigned long size)
{
	const struct mcontext *mc = container_of(in_frame, struct mcontext, mc_fregs);
	u8 *vmx = (u8 *)fp + FP_REGSET_SIZE;

	if (size < FP_REGSET_SIZE + VMX_REGSET_SIZE)
		return;
	arch_fp_init(fp, size);
	memcpy(fp, mc->mc_fregs, FP_REGSET_SIZE);
	if (mc->mc_gregs[PT_MSR] & MSR_VEC) {
		memcpy(vmx, mc->mc_vregs, VMX_VSCR + 16);
		memset(vmx + VMX_VSCR, 0, sizeof(u32));
	}
	memcpy(vmx + VMX_VRSAVE, (const u8 *)mc->mc_vregs + VMX_VSCR, sizeof(u32));
}

/* fp_to_frame has done all that the host asks for. */
void seal_arch_frame(struct sigcontext *sc __maybe_unused, void *fp __maybe_unused,
		     unsigned long addr __maybe_unused,
		     const struct arch_frame_data *arch __maybe_unused)
{
}
