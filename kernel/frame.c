/*
 * The signal frame template and its copies on guest stacks.
 *
 * The template is the host's frame from the handler's stack pointer up to the end of siginfo and
 * ucontext.  A copy keeps its stack pointer modulo FRAME_ALIGN, so that everything in it,
 * including the FP state that the port puts above, is as aligned as in the host's.
 */
#include "um/frame.h"

#include "sysdep/sigcontext.h"

#include <asm/ucontext.h>

#include "um/bug.h"
#include "um/init.h"
#include "um/kmalloc.h"
#include "um/os_frame.h"
#include "um/uaccess.h"

#define CAPTURE_STACK_SIZE (256 * 1024)
#define NO_RESTORER ((size_t)-1)

#ifndef FRAME_TAIL_SIZE
#define FRAME_TAIL_SIZE 0	/* bytes behind siginfo and ucontext that belong to the frame */
#endif
#ifndef FRAME_GAP_SIZE
#define FRAME_GAP_SIZE 0	/* bytes at its end that stay as they are */
#endif

/* A frame without SA_SIGINFO has no siginfo and no ucontext, only the sigcontext. */
struct template {
	u8 *bytes;
	size_t size;
	size_t sp_phase;	/* the stack pointer modulo FRAME_ALIGN */
	size_t restorer, siginfo, ucontext, sigcontext;	/* offsets */
	struct arch_frame_data arch;
};

static struct template template;
#ifdef FRAME_OLD_CONTEXT
static struct template old_template;
#endif

static void keep_template(struct template *t, const struct frame_raw *raw, size_t size)
{
	struct frame_raw copy = *raw;

	t->size = size;
	t->bytes = kzalloc(size);
	memcpy(t->bytes, (void *)raw->sp, size);
	t->sp_phase = raw->sp % FRAME_ALIGN;
	t->sigcontext = raw->sigcontext - raw->sp;
	t->restorer = raw->restorer - raw->sp;
	if (t->restorer >= size)
		t->restorer = NO_RESTORER;
	setup_arch_frame(&copy.arch, &t->arch);
}

static int learn_template(void *stack)
{
	struct frame_raw raw;
	unsigned long mask_end, end;
	int err = os_capture_frame(stack, CAPTURE_STACK_SIZE, false, &raw);

	if (err)
		return err;
	mask_end = offsetof(struct ucontext, uc_sigmask) + sizeof(ksigset_t);
	end = raw.ucontext + max(mask_end, (unsigned long)sizeof(struct ucontext)) +
	      FRAME_TAIL_SIZE + FRAME_GAP_SIZE;
	end = max(raw.siginfo + sizeof(siginfo_t), end);
	keep_template(&template, &raw, end - raw.sp);
	template.siginfo = raw.siginfo - raw.sp;
	template.ucontext = raw.ucontext - raw.sp;
	return 0;
}

static int frame_init(void)
{
	void *stack = kzalloc(CAPTURE_STACK_SIZE);
	int err = learn_template(stack);
#ifdef FRAME_OLD_CONTEXT
	struct frame_raw raw;

	if (!err)
		err = os_capture_frame(stack, CAPTURE_STACK_SIZE, true, &raw);
	if (!err)
		keep_template(&old_template, &raw, FRAME_OLD_SIZE);
#endif
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

/* The mask as the host has it: words, the first of which has the lowest signals. */
static void set_host_mask(struct ucontext *uc, ksigset_t mask)
{
	unsigned long words[sizeof(mask) / sizeof(long)];

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = (unsigned long)(mask >> (8 * sizeof(long) * i));
	memcpy((u8 *)uc + offsetof(struct ucontext, uc_sigmask), words, sizeof(words));
}

/* On some CPUs the ucontext has a pointer to the registers. */
static void point_to_registers(struct ucontext *uc __maybe_unused, uaddr_t frame __maybe_unused)
{
#ifdef FRAME_REGS_FIELD
	uc->FRAME_REGS_FIELD = (void *)(frame + template.sigcontext);
#endif
}

void frame_set_host_state(void *frame, uaddr_t addr, ksigset_t mask, uaddr_t stack,
			  size_t stack_size)
{
	struct ucontext *uc = (struct ucontext *)((u8 *)frame + template.ucontext);

	set_host_mask(uc, mask);
	point_to_registers(uc, addr);
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
static uaddr_t place_frame(struct task *task, const struct k_sigaction *action, struct template *t)
{
	size_t size = max(t->size, t->sigcontext + (size_t)sc_size(&t->arch));
	uaddr_t sp = UPT_SP(&task->regs) - FRAME_REDZONE;
	bool autodisarm = task->sas_flags & (int)SS_AUTODISARM;
	bool on_altstack = !autodisarm && within_altstack(task, sp);

	if ((action->flags & SA_ONSTACK) && task->sas_size && !on_altstack) {
		sp = task->sas_sp + task->sas_size;
		on_altstack = true;
	}
	if (sp < size + 2 * FRAME_ALIGN)
		return 0;
	sp = ALIGN_DOWN(sp - size - t->sp_phase, (uaddr_t)FRAME_ALIGN) + t->sp_phase;
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

static int write_head(const struct task *task, const struct k_sigaction *action,
		      const struct template *t, uaddr_t at)
{
	u8 *head = kzalloc(t->size);
	unsigned long restorer = action->restorer;
	int err;

	memcpy(head, t->bytes, t->size);
	if (t->restorer != NO_RESTORER)
		memcpy(head + t->restorer, &restorer, sizeof(restorer));
	if (t->ucontext) {
		fill_ucontext((struct ucontext *)(head + t->ucontext), task);
		point_to_registers((struct ucontext *)(head + t->ucontext), at);
	}
	err = copy_to_user(at, head, t->size - FRAME_GAP_SIZE);
	kfree(head);
	return err;
}

static int put_info(uaddr_t at, const siginfo_t *info, ksigset_t oldset, struct user_frame *out)
{
	out->siginfo = at + template.siginfo;
	out->ucontext = at + template.ucontext;
	if (siginfo_put(out->siginfo, info))
		return -EFAULT;
	return sigset_put(out->ucontext + offsetof(struct ucontext, uc_sigmask), oldset);
}

#ifdef FRAME_OLD_CONTEXT
static bool is_old(const struct k_sigaction *action)
{
	return !(action->flags & SA_SIGINFO);
}

static int put_old_mask(uaddr_t at, ksigset_t oldset)
{
	const u32 low = (u32)oldset, high = (u32)(oldset >> 32);

	at += old_template.sigcontext;
	if (put_user(low, at + FRAME_OLD_MASK_LOW))
		return -EFAULT;
	return put_user(high, at + FRAME_OLD_MASK_HIGH);
}

int frame_get_old(struct task *task, struct sigcontext *sc, ksigset_t *set)
{
	uaddr_t at = UPT_SP(&task->regs) - FRAME_OLD_SP_AT_SIGRETURN + old_template.sigcontext;
	u32 low, high;

	if (get_user(low, at + FRAME_OLD_MASK_LOW) || get_user(high, at + FRAME_OLD_MASK_HIGH) ||
	    copy_sc_from_user(sc, (void *)at, &old_template.arch))
		return -EFAULT;
	*set = low | (u64)high << 32;
	return 0;
}
#endif

int frame_put(struct task *task, const struct k_sigaction *action, const siginfo_t *info,
	      ksigset_t oldset, struct sigcontext *sc, struct user_frame *out)
{
	struct template *t = &template;
	uaddr_t at;

#ifdef FRAME_OLD_CONTEXT
	if (is_old(action))
		t = &old_template;
#endif
	at = place_frame(task, action, t);
	*out = (struct user_frame){ .sp = at };
	if (!at || write_head(task, action, t, at) ||
	    copy_sc_to_user((void *)(at + t->sigcontext), sc, &t->arch))
		return -EFAULT;
#ifdef FRAME_OLD_CONTEXT
	if (t == &old_template)
		return put_old_mask(at, oldset);
#endif
	return put_info(at, info, oldset, out);
}

/* Where the registers are of a frame at `at`, which the guest may have changed. */
static int find_registers(uaddr_t at, uaddr_t *registers)
{
#ifdef FRAME_REGS_FIELD
	return get_user(*registers,
			at + template.ucontext + offsetof(struct ucontext, FRAME_REGS_FIELD));
#else
	*registers = at + template.sigcontext;
	return 0;
#endif
}

int frame_get(struct task *task, struct sigcontext *sc, ksigset_t *set, stack_t *altstack)
{
	uaddr_t at = UPT_SP(&task->regs) - FRAME_SP_AT_SIGRETURN;
	uaddr_t uc = at + template.ucontext, registers;

	if (find_registers(at, &registers) ||
	    sigset_get(set, uc + offsetof(struct ucontext, uc_sigmask)) ||
	    copy_from_user(altstack, uc + offsetof(struct ucontext, uc_stack), sizeof(*altstack)) ||
	    copy_sc_from_user(sc, (void *)registers, &template.arch))
		return -EFAULT;
	return 0;
}
