/*
 * The reflect gate: system calls, faults and traps are posted by the guest's own thread in its
 * channel, where K looks for them.  No context switch while both sides are awake.
 *
 * Two roads lead here.  A trap: the host has written a signal frame into the channel, and the
 * registers are read from it and put back into it.  A call: a trampoline has posted number and
 * arguments only; when more is needed (reflect_full_regs), the thread is made to trap.
 *
 * A channel can say anything.  It is copied once; the most a lie can do is to give the liar
 * wrong registers.
 */
#include <asm/sigcontext.h>
#include <asm/signal.h>

#include "reflect.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/frame.h"
#include "um/kmalloc.h"
#include "um/layer_regs.h"
#include "um/mm.h"
#include "um/os.h"
#include "um/os_event.h"
#include "um/os_process.h"
#include "um/os_reflect.h"
#include "um/printk.h"
#include "um/signal.h"

#include "sysdep/ptrace_user.h"
#include "sysdep/sigcontext.h"

static LIST_HEAD(running_threads);	/* whose event K waits for */
static unsigned nr_running;

static void doorbell_rang(struct os_watch *watch, unsigned events __maybe_unused)
{
	u64 count;

	os_read(watch->fd, &count, sizeof(count));
}

static struct os_watch doorbell_watch = { .events = OS_EV_IN, .ready = doorbell_rang };

void reflect_watch_doorbell(int fd)
{
	doorbell_watch.fd = fd;
	if (os_watch_add(&doorbell_watch))
		panic("the doorbell cannot be watched");
}

static int reflect_init(void)
{
	int err;

	home_cpu_reflect = placement_init();
	err = reflect_spaces_init();
	if (err)
		return err;
	placement_start();
	gate_trampoline_entry = layer_addr + (unsigned long)(layer_call - __start_layer_text);
	gate_trampoline_any = true;
	layer_shared->fp_mask = arch_soft_fp_mask(frame_arch_data());
	return 0;
}

/* --- from the channel to the task */

void running_del(struct gate_thread *thread)
{
	if (list_empty(&thread->run_node))
		return;
	list_del(&thread->run_node);
	INIT_LIST_HEAD(&thread->run_node);
	nr_running--;
}

static void running_add(struct gate_thread *thread)
{
	list_add(&thread->run_node, &running_threads);
	nr_running++;
}

static void event_arrived(struct gate_thread *thread)
{
	running_del(thread);
	thread->events++;
	thread->task->event.task = thread->task;
	gate_event_arrived(thread->task);
}

static void call_event(struct gate_thread *thread)
{
	struct task *task = thread->task;
	struct channel copy;

	memcpy(&copy, thread->ch, offsetof(struct channel, self));
	thread->at = TH_CALLING;
	thread->softened = false;
	arch_call_regs(&task->regs, &copy);
	task->regs_partial = true;
	task->event.type = EV_SYSCALL;
}

static void fault_event(struct gate_event *ev, struct sigcontext *sc)
{
	ev->type = EV_FAULT;
	ev->fixable = SEGV_IS_FIXABLE(sc);
	ev->addr = SC_FAULT_ADDR(sc);
	ev->access = SC_FAULT_EXEC(sc) ? FAULT_EXEC : SC_FAULT_WRITE(sc) ? FAULT_WRITE : FAULT_READ;
}

static void signal_event(struct gate_thread *thread, int sig, struct sigcontext *sc)
{
	struct gate_event *ev = &thread->task->event;

	ev->type = EV_INTERRUPT;
	switch (sig) {
	case SIGSYS:
		ev->type = EV_SYSCALL;
		thread->task->regs.syscall = (long)(int)UPT_ORIG_SYSCALL(&thread->task->regs);
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
	if (sig == SIGSEGV)
		fault_event(ev, sc);
}

/* A signal came while the thread was in the layer, for a call: makes the registers the guest's.
 * False: in some other part, where only a guest's own jump leads. */
static bool leave_layer(struct gate_thread *thread, struct task *task)
{
	unsigned long offset = UPT_IP(&task->regs) - layer_addr;
	struct channel copy;
	bool fresh;

	if (offset >= (unsigned long)(__stop_layer_text - __start_layer_text))
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

/* True: the thread's event has come, and is in its task. */
static bool look_at(struct gate_thread *thread)
{
	u32 state;

	if (thread->at == TH_STARTING) {
		if (thread_reported(thread))
			thread_go(thread, &thread->task->regs);
		return false;
	}
	state = __atomic_load_n(&thread->ch->state, __ATOMIC_ACQUIRE);
	if (state == CH_TRAP || state == CH_TRAP_ASLEEP) {
		if (thread->at == TH_CALLING)
			full_regs_event(thread, false);
		else
			trap_event(thread);
		return true;
	}
	if (thread->at == TH_CALLING && (state == CH_SOFT || state == CH_SOFT_ASLEEP)) {
		full_regs_event(thread, true);
		return true;
	}
	if (thread->at == TH_RUNNING && (state == CH_CALL || state == CH_CALL_ASLEEP)) {
		call_event(thread);
		return true;
	}
	return false;
}

static bool look_at_all(void)
{
	struct gate_thread *thread, *next;
	bool found = false;

	list_for_each_entry_safe(thread, next, &running_threads, run_node) {
		if (look_at(thread)) {
			event_arrived(thread);
			found = true;
		}
	}
	return found;
}

/* --- the gate's operations */

static int reflect_thread_add(struct space *space, struct task *task, struct task *fp_from)
{
	struct gate_thread *thread = space_take_thread(space);

	if (!thread)
		return -EAGAIN;
	thread->task = task;
	task->gthread = thread;
	thread_reported(thread);
	if (task->pid)
		known_values_set(thread);
	if (!task->syscall_work && (!space->known_calls || task->mm->users == 1))
		known_calls_on(space);
	if (fp_from && fp_from->gthread && fp_from->gthread->at == TH_TRAPPED)
		thread_fp_set(thread, thread_fp(fp_from->gthread), frame_fp_size());
	else
		thread_fp_reset(thread);
	if (thread->tid)
		os_thread_cpu_time(space->pid, thread->tid, &thread->time_base);
	return 0;
}

static void reflect_thread_end(struct task *task)
{
	struct gate_thread *thread = task->gthread;

	if (!thread)
		return;
	running_del(thread);
	task->gthread = NULL;
	BUG_ON(!thread->dead && (thread->at == TH_CALLING || thread->at == TH_RUNNING));
	space_give_thread(thread);
}

static void reflect_resume(struct task *task, bool single_step)
{
	struct gate_thread *thread = task->gthread;
	struct space *space = thread->space;

	if (thread->dead || space->dead) {
		gate_task_lost(task);
		return;
	}
	if (unlikely(task->syscall_work) && space->known_calls)
		known_calls_off(space);
	running_add(thread);
	if (task->regs_partial && !single_step) {
		bool map = (s32)(__atomic_load_n(&space->common->done, __ATOMIC_ACQUIRE) -
				 space->posted) < 0;

		thread->result = UPT_SYSCALL_RET(&task->regs);
		thread->at = TH_RUNNING;
		thread->ch->word = (u64)thread->result;
		thread->ch->nr = ~0U;
		if (map)
			thread->ch->map_seq = space->posted;
		/* A signal may have come meanwhile: then the frame is what is answered. */
		thread_answer_call(thread, map ? CH_CALL_MAP : CH_CALL_DONE);
		return;
	}
	thread->stepping = single_step;
	if (single_step)
		PT_SET_STEP(task->regs.gp);
	if (thread_reported(thread))
		thread_go(thread, &task->regs);
	else
		ring_wake(space);	/* it is still to be made: look_at sends it on */
}

/* All registers of the running fiber's own task. */
static void reflect_full_regs(struct task *task)
{
	struct gate_thread *thread = task->gthread;

	if (thread->dead)
		return;
	thread_answer_call(thread, CH_CALL_FULL);
	for (unsigned turns = 0; turns < 2000; turns++) {
		if (look_at(thread))
			return;
	}
	running_add(thread);
	gate_wait_for_event(task);
}

static void reflect_interrupt(struct task *task)
{
	struct gate_thread *thread = task->gthread;
	int tid = thread ? thread_tid(thread) : 0;

	if (!thread || thread->interrupted || thread->dead)
		return;
	if (thread->at == TH_STARTING) {
		/* It has yet to begin: take its task back at once. */
		task->event.type = EV_INTERRUPT;
		event_arrived(thread);
		return;
	}
	thread->interrupted = true;
	if (!tid || os_interrupt_thread(thread->space->pid, tid)) {
		pr_err("%s[%d]: its host thread %d is gone\n", task->comm, task->pid, tid);
		space_lost(thread->space);
	}
}

static void reflect_identity(struct task *task)
{
	if (task->gthread)
		known_values_set(task->gthread);
}

static void reflect_park(struct task *task)
{
	if (task->gthread && !task->gthread->dead)
		thread_park(task->gthread);
}

/* --- waiting */

static bool spin(void)
{
	u64 begin = os_clock_mono(), budget = placement_spin_ns(nr_running);

	for (unsigned turns = 1;; turns++) {
		if (look_at_all())
			return true;
		if (turns % 64)
			continue;
		if (os_events_pending()) {
			os_events_dispatch();
			return true;
		}
		if (os_clock_mono() - begin > budget)
			return false;
	}
}

/* Threads ring the doorbell from here on. */
static void sleep_in_host(void)
{
	u64 begin = os_clock_mono();
	unsigned running = nr_running;

	__atomic_store_n(&layer_shared->sleeping, 1, __ATOMIC_SEQ_CST);
	if (!look_at_all())
		os_wait_events();
	__atomic_store_n(&layer_shared->sleeping, 0, __ATOMIC_SEQ_CST);
	if (running)
		placement_slept(os_clock_mono() - begin, running);
}

static void reflect_wait(bool block)
{
	spaces_tend(false);
	if (look_at_all() || !block) {
		static unsigned waits;

		if (++waits % 16 == 0)
			os_events_dispatch();
		return;
	}
	if (placement_spins(nr_running)) {
		bool found = spin();

		placement_spun(found, nr_running);
		if (found)
			return;
	}
	spaces_tend(true);
	sleep_in_host();
	os_events_dispatch();
	look_at_all();
}

static bool reflect_spin(struct task *task)
{
	struct gate_thread *thread = task->gthread;

	if (!placement_spins(nr_running) || thread->dead)
		return false;
	for (unsigned turns = 0; turns < 500; turns++) {
		if (look_at(thread)) {
			running_del(thread);
			thread->events++;
			task->event.task = task;
			return true;
		}
	}
	return false;
}

/* Ticks that a thread has: to end its user code, since its task is to die; to give its registers,
 * which the layer does at once.  Only a guest that has meddled with its host thread takes longer. */
enum { TICKS_TO_DIE = 20, TICKS_TO_TRAP = 500 };

static bool defies(struct gate_thread *thread)
{
	const struct task *task = thread->task;
	bool to_die = (thread->interrupted && fatal_signal_pending(task)) ||
		      (thread->at == TH_CALLING && task->group->group_exit);

	if (thread->dead || (!to_die && thread->at != TH_CALLING)) {
		thread->defied = 0;
		return false;
	}
	return ++thread->defied > (to_die ? TICKS_TO_DIE : TICKS_TO_TRAP);
}

static void reflect_tick(struct task *task, u64 now __maybe_unused)
{
	struct gate_thread *thread = task->gthread;

	if (!thread)
		return;
	placement_tick(thread, nr_running);
	if (defies(thread)) {
		pr_debug("space %d: a thread does not come back to the kernel\n", thread->space->pid);
		space_lost(thread->space);
	}
}

static ssize_t reflect_fp_get(struct task *task, void *buf, size_t size)
{
	int err;

	if (!buf)
		return (ssize_t)frame_fp_size();
	if (!task->gthread)
		return -ESRCH;
	size = min(size, frame_fp_size());
	err = thread_fp_get(task->gthread, buf, size);
	return err ? err : (ssize_t)size;
}

static int reflect_fp_set(struct task *task, const void *buf, size_t size)
{
	return task->gthread ? thread_fp_set(task->gthread, buf, size) : -ESRCH;
}

static int reflect_debug_get(struct task *task __maybe_unused, unsigned long offset __maybe_unused,
			     unsigned long *word)
{
	*word = 0;
	return 0;
}

static int reflect_debug_set(struct task *task __maybe_unused, unsigned long offset __maybe_unused,
			     unsigned long word)
{
	return word ? -EIO : 0;
}

static u64 reflect_user_time(struct task *task)
{
	struct gate_thread *thread = task->gthread;
	u64 now;

	if (!thread || thread->dead || !thread->tid ||
	    os_thread_cpu_time(thread->space->pid, thread->tid, &now))
		return 0;
	return now - thread->time_base;
}

static int reflect_host_tid(struct task *task)
{
	return task->gthread ? task->gthread->tid : 0;
}

/* After a failure nothing counts as done, until the mm begins again from an empty space. */
static bool reflect_settle(struct space *space)
{
	return ring_settle(space) && !space->failed;
}

static u64 reflect_ticket(struct space *space)
{
	return space->posted;
}

static bool reflect_settled(struct space *space, u64 ticket)
{
	return !space->failed && (s32)(space->acked - (u32)ticket) >= 0;
}

static const char *reflect_probe(void)
{
	return reflect_gate_probe();
}

const struct gate reflect_gate = {
	.name = "reflect",
	.probe = reflect_probe,
	.init = reflect_init,
	.shutdown = reflect_spaces_shutdown,
	.space_get = reflect_space_get,
	.space_put = reflect_space_put,
	.space_batch = reflect_space_batch,
	.space_ticket = reflect_ticket,
	.space_settled = reflect_settled,
	.space_settle = reflect_settle,
	.reclaim = reflect_reclaim,
	.thread_add = reflect_thread_add,
	.thread_end = reflect_thread_end,
	.resume = reflect_resume,
	.spin = reflect_spin,
	.park = reflect_park,
	.identity = reflect_identity,
	.full_regs = reflect_full_regs,
	.interrupt = reflect_interrupt,
	.wait = reflect_wait,
	.tick = reflect_tick,
	.fp_get = reflect_fp_get,
	.fp_set = reflect_fp_set,
	.debug_get = reflect_debug_get,
	.debug_set = reflect_debug_set,
	.host_tid = reflect_host_tid,
	.counters = reflect_counters,
	.user_time = reflect_user_time,
};
