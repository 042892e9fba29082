/* x86: between the registers, a sigcontext in K, and a sigcontext on a guest's stack. */
#include "sysdep/sigcontext.h"

#include "asm-um/fsave.h"
#include "sysdep/frame.h"
#include "um/arch.h"
#include "um/uaccess.h"

/* Flags that sigreturn may set: AC OF DF TF SF ZF AF PF CF RF, as Linux's restores. */
#define SC_USER_EFLAGS 0x50dd5UL

/* Before the XSAVE area: the older form of the x87 state, where frames have one. */
enum { FSAVE_ROOM = FRAME_FSAVE_SIZE ? FRAME_FSAVE_SIZE : 1 };

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
	u8 fsave[FSAVE_ROOM] = { 0 };

	if (sc->fpstate) {
		copy.fpstate = (struct _fpstate *)(to_fp - FRAME_FSAVE_SIZE);
		if (FRAME_FSAVE_SIZE)
			fsave_from_fxsave(fsave, (u8 *)sc->fpstate);
		if (copy_to_user(to_fp - FRAME_FSAVE_SIZE, fsave, FRAME_FSAVE_SIZE) ||
		    copy_to_user(to_fp, sc->fpstate, arch->fpstate_size))
			return -EFAULT;
	}
	return copy_to_user((uaddr_t)to, &copy, sizeof(copy));
}

/* The guest may have put anything at `from`, also an FP state without the extended part, which
 * then need not be readable.  Of the x87 state the older form counts (Linux). */
int copy_sc_from_user(void *to, void *from, void *data)
{
	struct arch_frame_data *arch = data;
	struct sigcontext *sc = to;
	u8 *room = (u8 *)sc->fpstate, fsave[FSAVE_ROOM];
	struct _fpx_sw_bytes sw;
	uaddr_t fp;

	if (copy_from_user(sc, (uaddr_t)from, sizeof(*sc)))
		return -EFAULT;
	fp = (uaddr_t)sc->fpstate;
	sc->fpstate = fp ? (struct _fpstate *)room : NULL;
	if (!fp)
		return 0;
	if (copy_from_user(fsave, fp, FRAME_FSAVE_SIZE) ||
	    copy_from_user(room, fp + FRAME_FSAVE_SIZE, FXSAVE_SIZE))
		return -EFAULT;
	if (FRAME_FSAVE_SIZE)
		fsave_to_fxsave(room, fsave);
	memcpy(&sw, room + FXSAVE_SOFTWARE, sizeof(sw));
	if (sw.magic1 != FP_XSTATE_MAGIC1 || arch->fpstate_size <= FXSAVE_SIZE)
		return 0;
	return copy_from_user(room + FXSAVE_SIZE, fp + FRAME_FSAVE_SIZE + FXSAVE_SIZE,
			      arch->fpstate_size - FXSAVE_SIZE);
}

void seal_arch_frame(struct sigcontext *sc, void *fp, unsigned long addr,
		     const struct arch_frame_data *arch)
{
	const u32 magic2 = FP_XSTATE_MAGIC2;

	sc->fpstate = (struct _fpstate *)(addr - FRAME_FSAVE_SIZE);
	if (FRAME_FSAVE_SIZE)
		fsave_from_fxsave((u8 *)fp - FRAME_FSAVE_SIZE, fp);
	memcpy((u8 *)fp + FXSAVE_SOFTWARE, &arch->sw, sizeof(arch->sw));
	if (arch->sw.magic1 == FP_XSTATE_MAGIC1)
		memcpy((u8 *)fp + arch->sw.xstate_size, &magic2, sizeof(magic2));
}

void sc_to_sc(void *to, void *from)
{
	memcpy(to, from, sizeof(struct sigcontext));
}

#define FROM_SC(reg, field) gp[HOST_##reg] = sc->field;
#define TO_SC(reg, field) sc->field = (__typeof__(sc->field))gp[HOST_##reg];
/* As the host would take it from a frame: of user code's privilege, or none. */
#define USER_SELECTOR(reg, field) gp[HOST_##reg] = sc->field > 3 ? sc->field | 3 : 0;

void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc)
{
	unsigned long *gp = regs->gp, flags = gp[HOST_EFLAGS] & ~SC_USER_EFLAGS;

	ARCH_SC_REGS(FROM_SC)
	ARCH_SC_SELECTORS(USER_SELECTOR)
	gp[HOST_EFLAGS] = flags | (sc->eflags & SC_USER_EFLAGS);
	gp[HOST_ORIG_AX] = -1UL;
	regs->syscall = -1;
}

void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall)
{
	unsigned long *gp = regs->gp;

	regs->sc = NULL;
	ARCH_SC_REGS(FROM_SC)
	ARCH_SC_SELECTORS(FROM_SC)
	gp[HOST_EFLAGS] = sc->eflags;
	gp[HOST_CS] = sc->cs;
	gp[HOST_SS] = sc->ss;
	gp[HOST_ORIG_AX] = syscall;
	regs->syscall = (long)syscall;
	regs->is_user = 1;
}

void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs)
{
	const unsigned long *gp = regs->gp;

	ARCH_SC_REGS(TO_SC)
	ARCH_SC_SELECTORS(TO_SC)
	sc->eflags = gp[HOST_EFLAGS];
	sc->cs = (u16)gp[HOST_CS];
	sc->ss = (u16)gp[HOST_SS];
}
