/* riscv64: between the registers, a sigcontext in K, and a sigcontext on a guest's stack; and how a
 * handler is called (arch/generic/signal.c does the rest). */
#include "sysdep/sigcontext.h"

#include "um/arch.h"
#include "um/frame.h"
#include "um/gate.h"
#include "um/sigpage.h"
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

/* Any value of any register is one that user code can have. */
void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc)
{
	memcpy(regs->gp, &sc->sc_regs, sizeof(sc->sc_regs));
	UPT_REG(regs, HOST_SYSCALL) = -1UL;
	regs->syscall = -1;
}

void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall)
{
	regs->sc = NULL;
	sc_restore_regs(regs, sc);
	UPT_REG(regs, HOST_ORIG_A0) = sc->sc_regs.a0;
	regs->syscall = (long)syscall;
	regs->is_user = 1;
}

void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs)
{
	memcpy(&sc->sc_regs, regs->gp, sizeof(sc->sc_regs));
}

int sc_save_state(struct sigcontext *sc, struct task *task, ksigset_t oldset __maybe_unused)
{
	return gate->fp_get(task, &sc->sc_fpregs.d, sizeof(sc->sc_fpregs.d)) < 0 ? -EFAULT : 0;
}

/* Linux refuses records of extensions that it does not know, and all are unknown here. */
int sc_restore_state(struct task *task, struct sigcontext *sc)
{
	for (unsigned i = 0; i < ARRAY_SIZE(sc->sc_fpregs.q.reserved); i++)
		if (sc->sc_fpregs.q.reserved[i])
			return -EFAULT;
	return gate->fp_set(task, &sc->sc_fpregs.d, sizeof(sc->sc_fpregs.d));
}

void arch_enter_handler(struct task *task, int sig, const struct k_sigaction *action,
			const struct user_frame *frame)
{
	struct uml_pt_regs *regs = &task->regs;

	UPT_SET(regs, HOST_A0, (unsigned long)sig);
	UPT_SET(regs, HOST_A1, frame->siginfo);
	UPT_SET(regs, HOST_A2, frame->ucontext);
	UPT_SET(regs, HOST_RA, sigpage_restorer(task, action));
	UPT_SP(regs) = frame->sp;
	UPT_IP(regs) = action->handler;
}
