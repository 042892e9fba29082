/* arm64: the part of arch/generic/signal.c that knows the CPU: the records of a frame, and how a
 * handler is called. */
#include <asm/sigcontext.h>

#include "um/frame.h"
#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/sigpage.h"

#include <asm/ucontext.h>

#include "sysdep/sigcontext.h"

int sc_save_state(struct sigcontext *sc, struct task *task, ksigset_t oldset __maybe_unused)
{
	struct fpsimd_context *fp = (struct fpsimd_context *)sc->__reserved;
	struct esr_context *esr = (struct esr_context *)(fp + 1);
	u8 state[sizeof(*fp)];

	if (gate->fp_get(task, state, sizeof(state)) < 0)
		return -EFAULT;
	fp_to_frame(fp, state, sizeof(state));
	sc->fault_address = task->arch.fault_addr;
	if (task->arch.fault_err)
		*esr = (struct esr_context){ { ESR_MAGIC, sizeof(*esr) }, task->arch.fault_err };
	return 0;
}

int sc_restore_state(struct task *task, struct sigcontext *sc)
{
	struct fpsimd_context *fp = sc_record(sc, FPSIMD_MAGIC, sizeof(*fp));
	u8 state[sizeof(*fp)] = { 0 };

	if (!fp)
		return -EFAULT;
	fp_from_frame(state, fp, sizeof(state));
	return gate->fp_set(task, state, sizeof(state));
}

void arch_enter_handler(struct task *task, int sig, const struct k_sigaction *action,
			const struct user_frame *frame)
{
	struct uml_pt_regs *regs = &task->regs;

	UPT_SET(regs, HOST_X0, (unsigned long)sig);
	UPT_SET(regs, HOST_X1, frame->siginfo);
	UPT_SET(regs, HOST_X2, frame->ucontext);
	UPT_SET(regs, HOST_X29, frame->ucontext + sizeof(struct ucontext));
	UPT_SET(regs, HOST_X30, sigpage_restorer(task, action));
	UPT_SET(regs, HOST_PSTATE, UPT_REG(regs, HOST_PSTATE) & ~PSTATE_NOT_IN_HANDLER);
	UPT_SP(regs) = frame->sp;
	UPT_IP(regs) = action->handler;
}
