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
#include "um/ptrace_host.h"
#include "um/signal.h"

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
	int err = reflect_spaces_init(placement_init());

	if (err)
		return err;
	placement_start();
	if (LAYER_CALLS) {
		gate_trampoline_entry =
			layer_addr + (unsigned long)(layer_call - __start_layer_text);
		gate_trampoline_any = true;
		layer_shared->fp_mask = arch_soft_fp_mask(frame_arch_data());
	}
	return 0;
}

/* --- whose event K waits for */

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
		thread_fp_copy(thread, fp_from->gthread);
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
	thread->stepping = single_step;
	if (task->regs_partial && !single_step) {
		bool map = (s32)(__atomic_load_n(&space->common->done, __ATOMIC_ACQUIRE) -
				 space->posted) < 0;

		if (thread->all_posted)
			known_call_needs(thread, false);
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
	if (single_step)
		PT_SET_STEP(task->regs.gp);
	if (thread_reported(thread))
		thread_go(thread, &task->regs);
	else
		ring_wake(space);	/* it is still to be made: look_at sends it on */
}

static bool reflect_can_step(void)
{
	return PT_STEP_FLAG;
}

/* All registers of the running fiber's own task. */
static void reflect_full_regs(struct task *task)
{
	struct gate_thread *thread = task->gthread;

	if (thread->dead)
		return;
	if (!thread->all_posted) {
		known_call_needs(thread, true);
		thread_answer_call(thread, CH_CALL_FULL);
	}
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
	/* Who has not seen that has posted before, and is seen now. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
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

/* What a thread has, to end its user code, since its task is to die, which the layer does at once:
 * so many ticks, if the host gave it a CPU for so long meanwhile; more if it sleeps, perhaps for the
 * mapper.  One that waits for a CPU, or is to give its registers, has the most.  Only a guest that
 * has meddled with its host thread takes longer. */
enum { TICKS_TO_DIE = 20, CPU_MS_TO_DIE = 100, TICKS_ASLEEP = 50, TICKS_TO_TRAP = 500 };

static u64 cpu_time(const struct gate_thread *thread)
{
	u64 ns;

	return os_thread_cpu_time(thread->space->pid, thread->tid, &ns) ? 0 : ns;
}

static bool defies(struct gate_thread *thread)
{
	const struct task *task = thread->task;
	bool to_die = (thread->interrupted && fatal_signal_pending(task)) ||
		      (thread->at == TH_CALLING && task->group->group_exit);

	if (thread->dead || (!to_die && thread->at != TH_CALLING)) {
		thread->defied = 0;
		return false;
	}
	if (++thread->defied == 1)
		thread->defied_cpu = cpu_time(thread);
	if (to_die && thread->defied > TICKS_TO_DIE &&
	    cpu_time(thread) > thread->defied_cpu + CPU_MS_TO_DIE * NSEC_PER_MSEC)
		return true;
	if (to_die && thread->defied > TICKS_ASLEEP &&
	    !os_thread_runnable(thread->space->pid, thread->tid))
		return true;
	return thread->defied > TICKS_TO_TRAP;
}

static void reflect_tick(struct task *task, u64 now __maybe_unused)
{
	struct gate_thread *thread = task->gthread;

	if (!thread)
		return;
	placement_tick(thread, nr_running);
	if (defies(thread)) {
		pr_debug("space %d: a thread does not come back to the kernel\n",
			 thread->space->pid);
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

const struct gate reflect_gate = {
	.name = "reflect",
	.probe = reflect_gate_probe,
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
	.can_step = reflect_can_step,
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
