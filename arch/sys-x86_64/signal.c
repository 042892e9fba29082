/*
 * x86_64: entering a signal handler and coming back.  The frame is kernel/frame.c's; here are the
 * registers and the FP state (XSAVE area, standard form, Intel SDM vol. 1, 13.4).
 *
 * A guest can call sigreturn with any frame.  Selectors and system flags never come from it, and
 * the XSAVE header is cut to what the host's own frames contain.
 */
#include "um/signal.h"

#include <asm/sigcontext.h>

#include "sysdep/frame.h"
#include "sysdep/sigcontext.h"
#include "um/frame.h"
#include "um/gate.h"
#include "um/kmalloc.h"

#define XFEATURES_LEGACY 3ULL	/* x87 and SSE: what FXSAVE holds */
/* DF, TF and RF are off in a handler (System V ABI, 3.2.1). */
#define HANDLER_EFLAGS_OFF 0x10500UL

/* arch/sys-x86_64/thread.c: the state of a new program. */
void arch_fp_init(void *buf, size_t size);

static struct _header *xsave_header(void *fp)
{
	return &((struct _xstate *)fp)->xstate_hdr;
}

static bool has_xsave(const struct arch_frame_data *arch)
{
	return arch->sw.magic1 == FP_XSTATE_MAGIC1;
}

/* The task's FP state as a frame has it; the caller kfrees.  NULL: the gate could not tell. */
static struct _fpstate *fpstate_save(struct task *task)
{
	const struct arch_frame_data *arch = frame_arch_data();
	const u32 magic2 = FP_XSTATE_MAGIC2;
	ssize_t size = gate->fp_get(task, NULL, 0);
	struct _fpstate *fp;

	if (size < (ssize_t)sizeof(*fp))
		return NULL;
	fp = kzalloc(max((size_t)size, (size_t)arch->fpstate_size));
	if (gate->fp_get(task, fp, (size_t)size) < 0) {
		kfree(fp);
		return NULL;
	}
	fp->sw_reserved = arch->sw;
	if (has_xsave(arch)) {
		xsave_header(fp)->xfeatures &= arch->sw.xfeatures;
		memcpy((u8 *)fp + arch->sw.xstate_size, &magic2, sizeof(magic2));
	}
	return fp;
}

/* Does the frame's own description of its extended part hold? */
static bool extended_valid(const struct _fpstate *fp, const struct arch_frame_data *arch)
{
	const struct _fpx_sw_bytes *sw = &fp->sw_reserved;
	u32 magic2;

	if (!has_xsave(arch) || sw->magic1 != FP_XSTATE_MAGIC1 ||
	    sw->xstate_size < offsetof(struct _xstate, ymmh) ||
	    sw->xstate_size > arch->sw.xstate_size || sw->xstate_size > sw->extended_size)
		return false;
	memcpy(&magic2, (const u8 *)fp + sw->xstate_size, sizeof(magic2));
	return magic2 == FP_XSTATE_MAGIC2;
}

static void sanitize_xsave(struct _fpstate *fp, const struct arch_frame_data *arch, size_t size)
{
	u64 features = fp->sw_reserved.xfeatures & arch->sw.xfeatures;
	struct _header *header = xsave_header(fp);
	size_t used = sizeof(*fp);

	if (size < offsetof(struct _xstate, ymmh))
		return;
	if (extended_valid(fp, arch)) {
		features &= header->xfeatures;
		used = fp->sw_reserved.xstate_size;
	} else {
		features = XFEATURES_LEGACY;
	}
	if (used < size)
		memset((u8 *)fp + used, 0, size - used);
	memset(header, 0, sizeof(*header));
	header->xfeatures = features;
}

/* fp NULL: initial state, as a frame without one asks for. */
static int fpstate_restore(struct task *task, struct _fpstate *fp, size_t size)
{
	const struct arch_frame_data *arch = frame_arch_data();
	void *fresh = NULL;
	int err;

	if (fp) {
		sanitize_xsave(fp, arch, size);
	} else {
		fresh = kzalloc(size);
		arch_fp_init(fresh, size);
	}
	err = gate->fp_set(task, fp ? (void *)fp : fresh, size);
	kfree(fresh);
	return err ? -EFAULT : 0;
}

static void enter_handler(struct task *task, int sig, const struct k_sigaction *action,
			  const struct user_frame *frame)
{
	struct uml_pt_regs *regs = &task->regs;

	UPT_SET(regs, HOST_DI, (unsigned long)sig);
	UPT_SET(regs, HOST_SI, frame->siginfo);
	UPT_SET(regs, HOST_DX, frame->ucontext);
	UPT_SET(regs, HOST_AX, 0);
	UPT_SET(regs, HOST_EFLAGS, UPT_REG(regs, HOST_EFLAGS) & ~HANDLER_EFLAGS_OFF);
	UPT_SET(regs, HOST_ORIG_AX, -1UL);
	UPT_SP(regs) = frame->sp;
	UPT_IP(regs) = action->handler;
	regs->syscall = -1;
}

int arch_signal_frame(struct task *task, int sig, const struct k_sigaction *action,
		      const siginfo_t *info, ksigset_t oldset)
{
	struct user_frame frame;
	struct sigcontext sc;
	int err;

	if (!(action->flags & SA_RESTORER))
		return -EFAULT;
	memset(&sc, 0, sizeof(sc));
	regs_to_sc(&sc, &task->regs);
	sc.err = task->arch.fault_err;
	sc.trapno = task->arch.fault_trap;
	sc.cr2 = task->arch.fault_addr;
	sc.oldmask = oldset;
	sc.fpstate = fpstate_save(task);
	err = frame_put(task, action, info, oldset, &sc, &frame);
	kfree(sc.fpstate);
	if (err)
		return err;
	/* A handler begins with the FP state of a new program. */
	fpstate_restore(task, NULL, (size_t)gate->fp_get(task, NULL, 0));
	enter_handler(task, sig, action, &frame);
	return 0;
}

long arch_sigreturn(struct task *task, ksigset_t *set)
{
	ssize_t fp_size = gate->fp_get(task, NULL, 0);
	struct sigcontext sc;
	struct _fpstate *room;
	stack_t altstack;
	int err;

	if (fp_size < 0)
		return -EFAULT;
	room = kzalloc(max((size_t)fp_size, frame_fp_size()));
	sc.fpstate = room;
	err = frame_get(task, &sc, set, &altstack);
	if (!err)
		err = fpstate_restore(task, sc.fpstate, (size_t)fp_size);
	kfree(room);
	if (err)
		return -EFAULT;
	sc_restore_regs(&task->regs, &sc);
	/* An alternate stack that is refused stays as it was, and nobody is told (Linux). */
	sigaltstack_set(task, &altstack, UPT_SP(&task->regs));
	return 0;
}
