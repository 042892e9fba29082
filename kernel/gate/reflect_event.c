/*
 * From a channel to its task: what a thread has posted, as an event with registers.
 *
 * A channel can say anything.  It is copied once; the most a lie can do is to give the liar
 * wrong registers.
 */
#include <asm/signal.h>

#include "reflect.h"
#include "um/frame.h"
#include "um/layer_regs.h"
#include "um/os_reflect.h"
#include "um/ptrace_host.h"

#include "sysdep/sigcontext.h"

static void call_event(struct gate_thread *thread, bool all_posted)
{
	struct task *task = thread->task;
	struct channel copy;

	memcpy(&copy, thread->ch, offsetof(struct channel, self));
	thread->at = TH_CALLING;
	thread->all_posted = all_posted;
	thread->softened = false;
	arch_call_regs(&task->regs, &copy);
	task->regs_partial = true;
	task->event.type = EV_SYSCALL;
}

/* On a CPU whose frames say nothing of a fault, what the siginfo says of it stands. */
#ifdef SC_FAULT_ADDR
static void fault_details(struct gate_event *ev, struct sigcontext *sc)
{
	ev->fixable = SEGV_IS_FIXABLE(sc);
	ev->addr = SC_FAULT_ADDR(sc);
	ev->access = SC_FAULT_EXEC(sc) ? FAULT_EXEC : SC_FAULT_WRITE(sc) ? FAULT_WRITE : FAULT_READ;
}
#else
static void fault_details(struct gate_event *ev __maybe_unused,
			  struct sigcontext *sc __maybe_unused)
{
}
#endif

/* A first argument that the host took for a result when it made the frame (os/space_filter.c): it
 * is put back, and the place behind the call. */
#ifdef UPT_SET_SYSCALL_ARG1
static void argument_hidden(struct gate_thread *thread)
{
	const siginfo_t *info = frame_siginfo(thread_frame(thread));
	s16 argument = (s16)info->si_errno;

	if (!argument)
		return;
	UPT_SET_SYSCALL_ARG1(&thread->task->regs, (long)argument);
	UPT_IP(&thread->task->regs) = (unsigned long)info->si_call_addr;
}
#else
static void argument_hidden(struct gate_thread *thread __maybe_unused)
{
}
#endif

static void signal_event(struct gate_thread *thread, int sig, struct sigcontext *sc)
{
	struct gate_event *ev = &thread->task->event;

	ev->type = EV_INTERRUPT;
	switch (sig) {
	case SIGSYS:
		ev->type = EV_SYSCALL;
		thread->task->regs.syscall = (long)(int)UPT_ORIG_SYSCALL(&thread->task->regs);
		argument_hidden(thread);
		return;
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGTRAP:
		memcpy(&ev->info, frame_siginfo(thread_frame(thread)), sizeof(ev->info));
		ev->info.si_signo = sig;
		if (ev->info.si_code <= 0)
			return;		/* sent by a host process: not the guest's business */
		break;
	default:
		return;
	}
	ev->type = EV_TRAP;
	if (sig == SIGSEGV) {
		gate_fault(thread->task);
		fault_details(ev, sc);
	}
}

/* A signal came while the thread was in the layer, for a call: makes the registers the guest's.
 * False: in some other part, where only a guest's own jump leads. */
static bool leave_layer(struct gate_thread *thread, struct task *task)
{
	unsigned long offset = UPT_IP(&task->regs) - layer_addr;
	struct channel copy;
	bool fresh;

	if (!LAYER_CALLS || offset >= (unsigned long)(__stop_layer_text - __start_layer_text))
		return false;
	memcpy(&copy, thread->ch, sizeof(copy));
	task->event.type = EV_INTERRUPT;
	/* Not its own TLS any more, if that is why it came: it is set afresh. */
	thread->tls_known = false;
	if (arch_layer_regs(&task->regs, &copy, offset) == LAYER_BEFORE_CALL)
		return true;
	fresh = copy.nr != ~0U;
	if (fresh) {
		UPT_SET_SYSCALL_RETURN(&task->regs, copy.nr);
		task->regs.syscall = (long)(int)copy.nr;
		task->event.type = EV_SYSCALL;
	} else if (thread->softened) {
		arch_softened_regs(&task->regs, &copy);
		thread_fp_set(thread, (char *)thread->ch + CHANNEL_SOFT_FP, frame_fp_size());
	} else {
		UPT_SET_SYSCALL_RETURN(&task->regs, thread->result);
	}
	return true;
}

static struct sigcontext frame_registers(struct gate_thread *thread, struct uml_pt_regs *regs)
{
	struct sigcontext sc;

	memcpy(&sc, frame_sigcontext(thread_frame(thread)), sizeof(sc));
	sc_to_regs(regs, &sc, -1UL);
	if (thread->stepping)
		PT_CLEAR_STEP(regs->gp);
	return sc;
}

static void trap_event(struct gate_thread *thread)
{
	struct task *task = thread->task;
	int sig = (int)thread->ch->sig;
	struct sigcontext sc = frame_registers(thread, &task->regs);

	if (sig == OS_INTERRUPT_SIGNAL)
		thread->interrupted = false;
	thread->at = TH_TRAPPED;
	thread->soft = false;
	task->regs_partial = false;
	if (LAYER_TLS_CHANGES) {
		memcpy(thread->tls, thread->ch->tls, sizeof(thread->tls));
		arch_note_tls(&task->regs, thread->tls);
		thread->tls_known = true;
	}
	if (!leave_layer(thread, task))
		signal_event(thread, sig, &sc);
	thread->softened = false;
}

/* The trap that reflect_full_regs asked for, or a signal's that came before it: the call goes on
 * with all registers, its number, arguments and result being as they are. */
static void full_regs_event(struct gate_thread *thread, bool soft)
{
	struct task *task = thread->task;
	struct uml_pt_regs regs = task->regs;
	struct channel copy;

	memcpy(&copy, thread->ch, sizeof(copy));
	if (soft) {
		arch_call_all_regs(&regs, &copy);
	} else {
		unsigned long offset;

		if ((int)thread->ch->sig == OS_INTERRUPT_SIGNAL)
			thread->interrupted = false;
		frame_registers(thread, &regs);
		offset = UPT_IP(&regs) - layer_addr;
		if (offset < (unsigned long)(__stop_layer_text - __start_layer_text))
			arch_layer_regs(&regs, &copy, offset);
	}
	UPT_IP(&regs) = UPT_IP(&task->regs);
	UPT_SET_SYSCALL_RETURN(&regs, UPT_SYSCALL_RET(&task->regs));
	regs.syscall = task->regs.syscall;
	task->regs = regs;
	task->regs_partial = false;
	thread->soft = soft;
	thread->at = TH_TRAPPED;
}

static bool is_soft(u32 state)
{
	return state == CH_SOFT || state == CH_SOFT_PARK || state == CH_SOFT_ASLEEP;
}

/* True: the thread's event has come, and is in its task. */
bool look_at(struct gate_thread *thread)
{
	u32 state;

	if (thread->at == TH_STARTING) {
		if (thread_reported(thread))
			thread_go(thread, &thread->task->regs);
		return false;
	}
	state = __atomic_load_n(&thread->ch->state, __ATOMIC_ACQUIRE);
	if (state == CH_TRAP || state == CH_TRAP_ASLEEP) {
		if (LAYER_CALLS && thread->at == TH_CALLING)
			full_regs_event(thread, false);
		else
			trap_event(thread);
		return true;
	}
	/* Without a layer_call only a lie says that there are others: it gets no answer. */
	if (!LAYER_CALLS)
		return false;
	if (thread->at == TH_CALLING && is_soft(state)) {
		full_regs_event(thread, true);
		return true;
	}
	if (thread->at == TH_RUNNING && (state == CH_CALL || state == CH_CALL_ASLEEP ||
					 is_soft(state))) {
		call_event(thread, is_soft(state));
		return true;
	}
	return false;
}
