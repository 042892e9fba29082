/* x86_64: between the registers, a sigcontext in K, and a sigcontext on a guest's stack. */
#include "sysdep/sigcontext.h"

#include "sysdep/frame.h"
#include "um/arch.h"
#include "um/uaccess.h"

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

	if (sc->fpstate) {
		copy.fpstate = (struct _fpstate *)to_fp;
		if (copy_to_user(to_fp, sc->fpstate, arch->fpstate_size))
			return -EFAULT;
	}
	return copy_to_user((uaddr_t)to, &copy, sizeof(copy));
}

/* The guest may have put anything at `from`, also an FP state without the extended part, which
 * then need not be readable. */
int copy_sc_from_user(void *to, void *from, void *data)
{
	struct arch_frame_data *arch = data;
	struct sigcontext *sc = to;
	struct _fpstate *room = sc->fpstate;
	size_t legacy = sizeof(*room);
	uaddr_t fp;

	if (copy_from_user(sc, (uaddr_t)from, sizeof(*sc)))
		return -EFAULT;
	fp = (uaddr_t)sc->fpstate;
	sc->fpstate = fp ? room : NULL;
	if (!fp)
		return 0;
	if (copy_from_user(room, fp, legacy))
		return -EFAULT;
	if (room->sw_reserved.magic1 != FP_XSTATE_MAGIC1 || arch->fpstate_size <= legacy)
		return 0;
	return copy_from_user((u8 *)room + legacy, fp + legacy, arch->fpstate_size - legacy);
}

void sc_to_sc(void *to, void *from)
{
	memcpy(to, from, sizeof(struct sigcontext));
}

static void general_from_sc(unsigned long *gp, const struct sigcontext *sc)
{
	gp[HOST_R8] = sc->r8;
	gp[HOST_R9] = sc->r9;
	gp[HOST_R10] = sc->r10;
	gp[HOST_R11] = sc->r11;
	gp[HOST_R12] = sc->r12;
	gp[HOST_R13] = sc->r13;
	gp[HOST_R14] = sc->r14;
	gp[HOST_R15] = sc->r15;
	gp[HOST_DI] = sc->rdi;
	gp[HOST_SI] = sc->rsi;
	gp[HOST_BP] = sc->rbp;
	gp[HOST_BX] = sc->rbx;
	gp[HOST_DX] = sc->rdx;
	gp[HOST_AX] = sc->rax;
	gp[HOST_CX] = sc->rcx;
	gp[HOST_SP] = sc->rsp;
	gp[HOST_IP] = sc->rip;
}

void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc)
{
	unsigned long gp[MAX_REG_NR], flags;
	int i;

	for (i = 0; i < MAX_REG_NR; i++)
		gp[i] = UPT_REG(regs, i);
	flags = gp[HOST_EFLAGS] & ~SC_USER_EFLAGS;
	general_from_sc(gp, sc);
	gp[HOST_EFLAGS] = flags | (sc->eflags & SC_USER_EFLAGS);
	gp[HOST_ORIG_AX] = -1UL;
	for (i = 0; i < MAX_REG_NR; i++)
		UPT_SET(regs, i, gp[i]);
	regs->syscall = -1;
}

void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall)
{
	regs->sc = NULL;
	general_from_sc(regs->gp, sc);
	regs->gp[HOST_EFLAGS] = sc->eflags;
	regs->gp[HOST_CS] = sc->cs;
	regs->gp[HOST_SS] = sc->ss;
	regs->gp[HOST_ORIG_AX] = syscall;
	regs->syscall = (long)syscall;
	regs->is_user = 1;
}

void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs)
{
	sc->r8 = UPT_REG(regs, HOST_R8);
	sc->r9 = UPT_REG(regs, HOST_R9);
	sc->r10 = UPT_REG(regs, HOST_R10);
	sc->r11 = UPT_REG(regs, HOST_R11);
	sc->r12 = UPT_REG(regs, HOST_R12);
	sc->r13 = UPT_REG(regs, HOST_R13);
	sc->r14 = UPT_REG(regs, HOST_R14);
	sc->r15 = UPT_REG(regs, HOST_R15);
	sc->rdi = UPT_REG(regs, HOST_DI);
	sc->rsi = UPT_REG(regs, HOST_SI);
	sc->rbp = UPT_REG(regs, HOST_BP);
	sc->rbx = UPT_REG(regs, HOST_BX);
	sc->rdx = UPT_REG(regs, HOST_DX);
	sc->rax = UPT_REG(regs, HOST_AX);
	sc->rcx = UPT_REG(regs, HOST_CX);
	sc->rsp = UPT_REG(regs, HOST_SP);
	sc->rip = UPT_REG(regs, HOST_IP);
	sc->eflags = UPT_REG(regs, HOST_EFLAGS);
	sc->cs = (u16)UPT_REG(regs, HOST_CS);
	sc->ss = (u16)UPT_REG(regs, HOST_SS);
}
