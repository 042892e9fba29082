/*
 * The signal frame template and its copies on guest stacks.
 *
 * The template is the host's frame from the handler's stack pointer up to the end of siginfo and
 * ucontext.  A copy keeps its stack pointer modulo FRAME_ALIGN, so that everything in it,
 * including the FP state that the port puts above, is as aligned as in the host's.
 */
#include "um/frame.h"

#include <asm/sigcontext.h>
#include <asm/ucontext.h>

#include "sysdep/sigcontext.h"
#include "um/bug.h"
#include "um/init.h"
#include "um/kmalloc.h"
#include "um/os_frame.h"
#include "um/uaccess.h"

#define CAPTURE_STACK_SIZE (256 * 1024)
#define NO_RESTORER ((size_t)-1)

static struct {
	u8 *bytes;
	size_t size;
	size_t sp_phase;	/* the stack pointer modulo FRAME_ALIGN */
	size_t restorer, siginfo, ucontext, sigcontext;	/* offsets */
	struct arch_frame_data arch;
} template;

static int frame_init(void)
{
	struct frame_raw raw;
	unsigned long end;
	void *stack = kzalloc(CAPTURE_STACK_SIZE);
	int err;

	err = os_capture_frame(stack, CAPTURE_STACK_SIZE, &raw);
	if (err)
		goto free_stack;
	end = max(raw.siginfo + sizeof(siginfo_t), raw.ucontext + sizeof(struct ucontext));
	template.size = end - raw.sp;
	template.bytes = kzalloc(template.size);
	memcpy(template.bytes, (void *)raw.sp, template.size);
	template.sp_phase = raw.sp % FRAME_ALIGN;
	template.siginfo = raw.siginfo - raw.sp;
	template.ucontext = raw.ucontext - raw.sp;
	template.sigcontext = raw.sigcontext - raw.sp;
	template.restorer = raw.restorer - raw.sp;
	if (template.restorer >= template.size)
		template.restorer = NO_RESTORER;
	setup_arch_frame(&raw.arch, &template.arch);

free_stack:
	kfree(stack);
	return err;
}

INITCALL(INIT_CORE, frame_init);

size_t frame_fp_size(void)
{
	return template.arch.fpstate_size;
}

struct sigcontext *frame_sigcontext(void *frame)
{
	return (struct sigcontext *)((u8 *)frame + template.sigcontext);
}

const siginfo_t *frame_siginfo(const void *frame)
{
	return (const siginfo_t *)((const u8 *)frame + template.siginfo);
}

void *frame_fpstate(void *frame)
{
	return (u8 *)frame + template.sigcontext + template.arch.fpstate_offset;
}

void frame_set_host_state(void *frame, ksigset_t mask, uaddr_t stack, size_t stack_size)
{
	struct ucontext *uc = (struct ucontext *)((u8 *)frame + template.ucontext);

	memcpy(&uc->uc_sigmask, &mask, sizeof(mask));
	uc->uc_flags = ((struct ucontext *)(template.bytes + template.ucontext))->uc_flags;
	uc->uc_link = NULL;
	uc->uc_stack.ss_sp = (void *)stack;
	uc->uc_stack.ss_flags = 0;
	uc->uc_stack.ss_size = stack_size;
}

void frame_fp_seal(void *frame, uaddr_t addr)
{
	seal_arch_frame(frame_sigcontext(frame), frame_fpstate(frame),
			addr + template.sigcontext + template.arch.fpstate_offset, &template.arch);
}

void frame_first(void *frame, const struct uml_pt_regs *regs)
{
	struct sigcontext *sc = frame_sigcontext(frame);
	struct uml_pt_regs copy = *regs;

	memset(frame, 0, template.size);
	regs_to_sc(sc, &copy);
}

const struct arch_frame_data *frame_arch_data(void)
{
	return &template.arch;
}

static bool within_altstack(const struct task *task, uaddr_t sp)
{
	return sp > task->sas_sp && sp - task->sas_sp <= task->sas_size;
}

/* The new frame's address; 0 if it would not fit on the alternate stack. */
static uaddr_t place_frame(struct task *task, const struct k_sigaction *action)
{
	size_t size = max(template.size, template.sigcontext + (size_t)sc_size(&template.arch));
	uaddr_t sp = UPT_SP(&task->regs) - FRAME_REDZONE;
	bool autodisarm = task->sas_flags & (int)SS_AUTODISARM;
	bool on_altstack = !autodisarm && within_altstack(task, sp);

	if ((action->flags & SA_ONSTACK) && task->sas_size && !on_altstack) {
		sp = task->sas_sp + task->sas_size;
		on_altstack = true;
	}
	if (sp < size + 2 * FRAME_ALIGN)
		return 0;
	sp = ALIGN_DOWN(sp - size - template.sp_phase, (uaddr_t)FRAME_ALIGN) + template.sp_phase;
	if (on_altstack && !within_altstack(task, sp))
		return 0;
	return sp;
}

static void fill_ucontext(struct ucontext *uc, const struct task *task)
{
	memset(&uc->uc_stack, 0, sizeof(uc->uc_stack));
	uc->uc_stack.ss_sp = (void *)task->sas_sp;
	uc->uc_stack.ss_flags = task->sas_flags;
	uc->uc_stack.ss_size = task->sas_size;
	uc->uc_link = NULL;
}

static int write_head(const struct task *task, const struct k_sigaction *action, uaddr_t at)
{
	u8 *head = kzalloc(template.size);
	unsigned long restorer = action->restorer;
	int err;

	memcpy(head, template.bytes, template.size);
	if (template.restorer != NO_RESTORER)
		memcpy(head + template.restorer, &restorer, sizeof(restorer));
	fill_ucontext((struct ucontext *)(head + template.ucontext), task);
	err = copy_to_user(at, head, template.size);
	kfree(head);
	return err;
}

int frame_put(struct task *task, const struct k_sigaction *action, const siginfo_t *info,
	      ksigset_t oldset, struct sigcontext *sc, struct user_frame *out)
{
	uaddr_t at = place_frame(task, action);

	if (!at)
		return -EFAULT;
	if (write_head(task, action, at) || siginfo_put(at + template.siginfo, info) ||
	    copy_sc_to_user((void *)(at + template.sigcontext), sc, &template.arch) ||
	    sigset_put(at + template.ucontext + offsetof(struct ucontext, uc_sigmask), oldset))
		return -EFAULT;
	out->sp = at;
	out->siginfo = at + template.siginfo;
	out->ucontext = at + template.ucontext;
	return 0;
}

int frame_get(struct task *task, struct sigcontext *sc, ksigset_t *set, stack_t *altstack)
{
	uaddr_t at = UPT_SP(&task->regs) - FRAME_SP_AT_SIGRETURN;
	uaddr_t uc = at + template.ucontext;

	if (sigset_get(set, uc + offsetof(struct ucontext, uc_sigmask)) ||
	    copy_from_user(altstack, uc + offsetof(struct ucontext, uc_stack), sizeof(*altstack)) ||
	    copy_sc_from_user(sc, (void *)(at + template.sigcontext), &template.arch))
		return -EFAULT;
	return 0;
}
