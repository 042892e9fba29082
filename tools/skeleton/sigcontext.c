/* @CPU@: between the registers, a sigcontext in K, and a sigcontext on a guest's stack; and how a
 * handler is called (arch/generic/signal.c does the rest). */
#include "sysdep/sigcontext.h"

#include "um/arch.h"
#include "um/bug.h"
#include "um/frame.h"
#include "um/signal.h"

/* Bytes from the start of the sigcontext to the end of its FP state.  data: struct arch_frame_data. */
int sc_size(void *data)
{
	(void)data;
	panic("not yet: sc_size");
}

/* `to` is a user address, `from` K's.  0, -EFAULT. */
int copy_sc_to_user(void *to, void *from, void *data)
{
	(void)to, (void)from, (void)data;
	panic("not yet: copy_sc_to_user");
}

/* The other way: the guest may have put anything there. */
int copy_sc_from_user(void *to, void *from, void *data)
{
	(void)to, (void)from, (void)data;
	panic("not yet: copy_sc_from_user");
}

void sc_to_sc(void *to, void *from)
{
	memcpy(to, from, sizeof(struct sigcontext));
}

/* What user code may set of a frame goes into regs; system flags stay. */
void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc)
{
	(void)regs, (void)sc;
	panic("not yet: sc_restore_regs");
}

/* The registers of a frame that a call or fault left; syscall is -1 for none. */
void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall)
{
	(void)regs, (void)sc, (void)syscall;
	panic("not yet: sc_to_regs");
}

void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs)
{
	(void)sc, (void)regs;
	panic("not yet: regs_to_sc");
}

/* The task's FP state and its last fault into the sigcontext.  0, -EFAULT. */
int sc_save_state(struct sigcontext *sc, struct task *task, ksigset_t oldset)
{
	(void)sc, (void)task, (void)oldset;
	panic("not yet: sc_save_state");
}

/* The FP state of a guest's own frame into the task, if it is one.  0, -EFAULT. */
int sc_restore_state(struct task *task, struct sigcontext *sc)
{
	(void)task, (void)sc;
	panic("not yet: sc_restore_state");
}

/* The registers of a handler at its first instruction. */
void arch_enter_handler(struct task *task, int sig, const struct k_sigaction *action,
			const struct user_frame *frame)
{
	(void)task, (void)sig, (void)action, (void)frame;
	panic("not yet: arch_enter_handler");
}
