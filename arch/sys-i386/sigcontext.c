/* i386: between the registers, a sigcontext in K, and a sigcontext on a guest's stack. */
#include "sysdep/sigcontext.h"

#include "asm-um/xsave.h"
#include "sysdep/frame.h"
#include "um/arch.h"
#include "um/uaccess.h"

#include "fsave.h"

/* Flags that sigreturn may set: AC OF DF TF SF ZF AF PF CF RF, as Linux's restores. */
#define SC_USER_EFLAGS 0x50dd5UL

int sc_size(void *data)
{
	struct arch_frame_data *arch = data;

	return (int)(arch->fpstate_offset + arch->fpstate_size);
}

int copy_sc_to_user(void *to, void *from, void *data)
{
	struct arch_frame_data *arch = data;
	struct sigcontext *sc = from;
	struct sigcontext copy = *sc;
	uaddr_t to_fp = (uaddr_t)to + arch->fpstate_offset;
	u8 fsave[FRAME_FSAVE_SIZE];

	if (sc->fpstate) {
		copy.fpstate = (struct _fpstate_32 *)(to_fp - sizeof(fsave));
		fsave_from_fxsave(fsave, (u8 *)sc->fpstate);
		if (copy_to_user(to_fp - sizeof(fsave), fsave, sizeof(fsave)) ||
		    copy_to_user(to_fp, sc->fpstate, arch->fpstate_size))
			return -EFAULT;
	}
	return copy_to_user((uaddr_t)to, &copy, sizeof(copy));
}

/* The guest may have put anything at `from`, also an FP state without the extended part, which
 * then need not be readable.  Of the x87 state the FSAVE image counts (Linux). */
int copy_sc_from_user(void *to, void *from, void *data)
{
	struct arch_frame_data *arch = data;
	struct sigcontext *sc = to;
	u8 *room = (u8 *)sc->fpstate, fsave[FRAME_FSAVE_SIZE];
	const struct _fpx_sw_bytes *sw = (struct _fpx_sw_bytes *)(room + FXSAVE_SOFTWARE);
	size_t legacy = FXSAVE_SIZE;
	uaddr_t fp;

	if (copy_from_user(sc, (uaddr_t)from, sizeof(*sc)))
		return -EFAULT;
	fp = (uaddr_t)sc->fpstate;
	sc->fpstate = fp ? (struct _fpstate_32 *)room : NULL;
	if (!fp)
		return 0;
	if (copy_from_user(fsave, fp, sizeof(fsave)) ||
	    copy_from_user(room, fp + sizeof(fsave), legacy))
		return -EFAULT;
	fsave_to_fxsave(room, fsave);
	if (sw->magic1 != FP_XSTATE_MAGIC1 || arch->fpstate_size <= legacy)
		return 0;
	return copy_from_user(room + legacy, fp + sizeof(fsave) + legacy,
			      arch->fpstate_size - legacy);
}

void seal_arch_frame(struct sigcontext *sc, void *fp, unsigned long addr,
		     const struct arch_frame_data *arch)
{
	const u32 magic2 = FP_XSTATE_MAGIC2;

	sc->fpstate = (struct _fpstate_32 *)(addr - FRAME_FSAVE_SIZE);
	fsave_from_fxsave((u8 *)fp - FRAME_FSAVE_SIZE, fp);
	memcpy((u8 *)fp + FXSAVE_SOFTWARE, &arch->sw, sizeof(arch->sw));
	if (arch->sw.magic1 == FP_XSTATE_MAGIC1)
		memcpy((u8 *)fp + arch->sw.xstate_size, &magic2, sizeof(magic2));
}

void sc_to_sc(void *to, void *from)
{
	memcpy(to, from, sizeof(struct sigcontext));
}

static void general_from_sc(unsigned long *gp, const struct sigcontext *sc)
{
	gp[HOST_BX] = sc->ebx;
	gp[HOST_CX] = sc->ecx;
	gp[HOST_DX] = sc->edx;
	gp[HOST_SI] = sc->esi;
	gp[HOST_DI] = sc->edi;
	gp[HOST_BP] = sc->ebp;
	gp[HOST_AX] = sc->eax;
	gp[HOST_SP] = sc->esp;
	gp[HOST_IP] = sc->eip;
	gp[HOST_DS] = sc->ds;
	gp[HOST_ES] = sc->es;
	gp[HOST_FS] = sc->fs;
	gp[HOST_GS] = sc->gs;
}

/* As the host would take it from a frame: of user code's privilege, or none. */
static unsigned long user_selector(unsigned long selector)
{
	selector &= 0xffff;
	return selector > 3 ? selector | 3 : 0;
}

void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc)
{
	unsigned long *gp = regs->gp, flags = gp[HOST_EFLAGS] & ~SC_USER_EFLAGS;

	general_from_sc(gp, sc);
	for (int reg = HOST_DS; reg <= HOST_GS; reg++)
		gp[reg] = user_selector(gp[reg]);
	gp[HOST_EFLAGS] = flags | (sc->eflags & SC_USER_EFLAGS);
	gp[HOST_ORIG_AX] = -1UL;
	regs->syscall = -1;
}

/* The code and stack segments stay what K gave the program: no others are of use to it, and those
 * of 64-bit code, to which a program can jump under a 64-bit kernel, would be another CPU's. */
void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall)
{
	regs->sc = NULL;
	general_from_sc(regs->gp, sc);
	regs->gp[HOST_EFLAGS] = sc->eflags;
	regs->gp[HOST_ORIG_AX] = syscall;
	regs->syscall = (long)syscall;
	regs->is_user = 1;
}

void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs)
{
	const unsigned long *gp = regs->gp;

	sc->ebx = gp[HOST_BX];
	sc->ecx = gp[HOST_CX];
	sc->edx = gp[HOST_DX];
	sc->esi = gp[HOST_SI];
	sc->edi = gp[HOST_DI];
	sc->ebp = gp[HOST_BP];
	sc->eax = gp[HOST_AX];
	sc->esp = sc->esp_at_signal = gp[HOST_SP];
	sc->eip = gp[HOST_IP];
	sc->eflags = gp[HOST_EFLAGS];
	sc->cs = (u16)gp[HOST_CS];
	sc->ss = (u16)gp[HOST_SS];
	sc->ds = (u16)gp[HOST_DS];
	sc->es = (u16)gp[HOST_ES];
	sc->fs = (u16)gp[HOST_FS];
	sc->gs = (u16)gp[HOST_GS];
}
