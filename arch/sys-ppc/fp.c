/* ppc: floating point and vectors, in K's form and in frames. */
#include "um/arch.h"
#include "um/frame.h"
#include "um/os.h"

#include "sysdep/ptrace_user.h"

enum {
	VMX_VSCR = 32 * 16,		/* in the host's register set: the vector with VSCR ... */
	VMX_VRSAVE = VMX_VSCR + 16,	/* ... and the one behind it */
};

/* As Linux starts programs: all zeros but for VSCR's bit that has vector instructions take
 * denormalized numbers for zeros. */
void arch_fp_init(void *buf, size_t size)
{
	const u32 non_java = 0x10000;

	memset(buf, 0, size);
	if (size >= FP_REGSET_SIZE + VMX_VRSAVE)
		memcpy((u8 *)buf + FP_REGSET_SIZE + VMX_VRSAVE - sizeof(u32), &non_java, sizeof(u32));
}

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

/* Where the code has used no vectors the host leaves what was there before.  VRSAVE stays beside
 * VSCR too, as it does there. */
void fp_from_frame(void *fp, const void *in_frame, unsigned long size)
{
	const struct mcontext *mc = container_of(in_frame, struct mcontext, mc_fregs);
	u8 *vmx = (u8 *)fp + FP_REGSET_SIZE;

	if (size < FP_REGSET_SIZE + VMX_REGSET_SIZE)
		return;
	arch_fp_init(fp, size);
	memcpy(fp, mc->mc_fregs, FP_REGSET_SIZE);
	if (mc->mc_gregs[PT_MSR] & MSR_VEC)
		memcpy(vmx, mc->mc_vregs, VMX_VSCR + 16);
	memcpy(vmx + VMX_VRSAVE, (const u8 *)mc->mc_vregs + VMX_VSCR, sizeof(u32));
}
