/* arm64: between the registers, a sigcontext in K, and a sigcontext on a guest's stack. */
#include "sysdep/sigcontext.h"

#include "um/arch.h"
#include "um/uaccess.h"

/* The first record must be whole, and each must lie in the sigcontext's room (um's frames need no
 * more), or the search ends. */
void *sc_record(struct sigcontext *sc, unsigned magic, unsigned long size)
{
	unsigned long at = 0;

	while (at + sizeof(struct _aarch64_ctx) <= sizeof(sc->__reserved)) {
		struct _aarch64_ctx head;

		memcpy(&head, sc->__reserved + at, sizeof(head));
		if (head.size < sizeof(head) || head.size % 16 ||
		    head.size > sizeof(sc->__reserved) - at)
			return NULL;
		if (head.magic == magic)
			return head.size >= size ? sc->__reserved + at : NULL;
		at += head.size;
	}
	return NULL;
}

unsigned long sc_esr(struct sigcontext *sc)
{
	const struct esr_context *record = sc_record(sc, ESR_MAGIC, sizeof(*record));

	return record ? record->esr : 0;
}

/* Behind the sigcontext is the frame record, for unwinders that follow x29. */
struct frame_record {
	unsigned long fp, lr;
};

int sc_size(void *data __maybe_unused)
{
	return sizeof(struct sigcontext) + sizeof(struct frame_record);
}

int copy_sc_to_user(void *to, void *from, void *data __maybe_unused)
{
	const struct sigcontext *sc = from;
	const struct frame_record record = { sc->regs[HOST_X29], sc->regs[HOST_X30] };

	if (copy_to_user((uaddr_t)to, sc, sizeof(*sc)))
		return -EFAULT;
	return copy_to_user((uaddr_t)to + sizeof(*sc), &record, sizeof(record));
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
	memcpy(regs->gp, sc->regs, sizeof(sc->regs));
	UPT_SP(regs) = sc->sp;
	UPT_IP(regs) = sc->pc;
	UPT_REG(regs, HOST_PSTATE) = sc->pstate & PSTATE_USER;
	UPT_REG(regs, HOST_SYSCALL) = -1UL;
	regs->syscall = -1;
}

/* The TLS register is not in frames: regs keeps what it has. */
void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall)
{
	regs->sc = NULL;
	sc_restore_regs(regs, sc);
	UPT_REG(regs, HOST_ORIG_X0) = sc->regs[0];
	regs->syscall = (long)syscall;
	regs->is_user = 1;
}

/* The host takes no frame without FP state: one that has none gets a record of zeros. */
void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs)
{
	struct fpsimd_context *fp = (struct fpsimd_context *)sc->__reserved;

	memcpy(sc->regs, regs->gp, sizeof(sc->regs));
	sc->sp = UPT_SP(regs);
	sc->pc = UPT_IP(regs);
	sc->pstate = UPT_REG(regs, HOST_PSTATE);
	fp->head = (struct _aarch64_ctx){ FPSIMD_MAGIC, sizeof(*fp) };
}
