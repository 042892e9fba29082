/*
 * The run queue and the main loop.
 *
 * The main loop is the idle task: it runs ready fibers one after the other until none is left,
 * then timers, then waits in the gate for whatever comes next.  A task whose user code runs is in
 * state TASK_USER and on no list; the gate's event makes it ready again.
 */
#include "um/bug.h"
#include "um/err.h"
#include "um/gate.h"
#include "um/itimer.h"
#include "um/kmalloc.h"
#include "um/os_event.h"
#include "um/printk.h"
#include "um/sched.h"
#include "um/timer.h"

#include "task.h"

#define TICK_NS (10 * NSEC_PER_MSEC)

static struct task idle_task = { .comm = "swapper", .state = TASK_RUNNING };
struct task *current_task = &idle_task;
static LIST_HEAD(run_queue);
static struct fiber *dead_fiber;
static struct timer tick_timer;
static int nr_user;		/* tasks in state TASK_USER */
u64 nr_context_switches;

static void run_queue_add(struct task *task)
{
	task->state = TASK_RUNNING;
	BUG_ON(!list_empty(&task->run_node));
	list_add_tail(&task->run_node, &run_queue);
}

void wake_up_task(struct task *task)
{
	wake_up_state(task, WAKE_SLEEPING);
}

bool wake_up_state(struct task *task, unsigned states)
{
	if (!(states & 1U << task->state))
		return false;
	run_queue_add(task);
	return true;
}

void kick_task(struct task *task)
{
	if (task->state == TASK_USER)
		gate->interrupt(task);
}

int nr_running_tasks(void)
{
	struct list_head *node;
	int n = nr_user + (current != &idle_task);

	list_for_each(node, &run_queue)
		n++;
	return n;
}

/* K's time since `entered` is the task's system time. */
static void account_system(struct task *task)
{
	u64 now = ktime_mono();

	task->times.system += now - task->entered;
	task->entered = now;
}

void schedule(void)
{
	struct task *self = current;

	BUG_ON(self == &idle_task);
	account_system(self);
	nr_context_switches++;
	if (self->state != TASK_RUNNING) {
		self->counts.nvcsw++;
		if (gate->park && self->gthread)
			gate->park(self);
	} else {
		self->counts.nivcsw++;
	}
	fiber_switch(&main_fiber);
	BUG_ON(current != self || self->state != TASK_RUNNING);
	self->entered = ktime_mono();
}

void yield(void)
{
	run_queue_add(current);
	schedule();
}

void task_fiber_gone(void)
{
	dead_fiber = current->fiber;
	current->fiber = NULL;
	fiber_switch(&main_fiber);
	BUG();
}

static void run_task(struct task *task)
{
	list_del(&task->run_node);
	current_task = task;
	fiber_switch(task->fiber);
	current_task = &idle_task;
	if (dead_fiber) {
		fiber_free(dead_fiber);
		dead_fiber = NULL;
		task_put(task);
	}
}

static void tick(struct timer *timer)
{
	u64 now = ktime_mono();
	struct task *task;

	if (!nr_user)
		return;
	for_each_task(task) {
		if (task->state != TASK_USER)
			continue;
		if (gate->tick)
			gate->tick(task, now);
		itimers_tick(task);
	}
	timer_arm(timer, now + TICK_NS);
}

void gate_wait_for_event(struct task *task)
{
	task->state = TASK_USER;
	nr_user++;
	fiber_switch(&main_fiber);
	BUG_ON(current != task);
}

void task_full_regs(struct task *task)
{
	if (task->regs_partial)
		gate->full_regs(task);
}

/* How often in a row a task's events are waited for here, before timers and descriptors get
 * their turn. */
#define SPINS_IN_A_ROW 32

/* True: nobody else has anything to do, and the task's next event has come already.  K's time is
 * not accounted for then: the host thread's, which waited, is. */
static bool next_event_is_near(struct task *task)
{
	static unsigned in_a_row;

	if (!gate->spin || !list_empty(&run_queue) || ++in_a_row % SPINS_IN_A_ROW == 0)
		return false;
	if (!gate->spin(task))
		return false;
	task->state = TASK_RUNNING;
	nr_user--;
	return true;
}

void user_mode_run(struct task *task, bool single_step)
{
	if (single_step)
		task_full_regs(task);
	task->state = TASK_USER;
	nr_user++;
	gate->resume(task, single_step);
	if (task->state == TASK_USER && next_event_is_near(task))
		return;
	account_system(task);
	if (!timer_armed(&tick_timer))
		timer_arm(&tick_timer, task->entered + TICK_NS);
	if (task->state == TASK_USER)
		nr_context_switches++;
	fiber_switch(&main_fiber);
	BUG_ON(current != task);
}

void gate_event_arrived(struct task *task)
{
	BUG_ON(task->state != TASK_USER);
	nr_user--;
	task->entered = ktime_mono();
	run_queue_add(task);
}

void gate_task_lost(struct task *task)
{
	task->event.type = EV_EXIT;
	task->event.task = task;
	if (task->state == TASK_USER)
		gate_event_arrived(task);
	send_signal(SIGKILL, NULL, task, false);
}

/* Tells the host when the next timer is due.  A host timer that fires too early only costs a
 * turn of the main loop, so it is set again only for something earlier. */
static void set_host_deadline(u64 deadline)
{
	static u64 armed = KTIME_MAX;

	if (armed != KTIME_MAX && armed <= ktime_mono())
		armed = KTIME_MAX;
	if (deadline < armed) {
		os_event_deadline(ktime_to_host(deadline));
		armed = deadline;
	}
}

static void run_ready(void)
{
	LIST_HEAD(batch);

	list_splice_tail_init(&run_queue, &batch);
	while (!list_empty(&batch))
		run_task(list_first_entry(&batch, struct task, run_node));
}

void main_loop(void)
{
	timer_init(&tick_timer, tick);
	for (;;) {
		u64 deadline;

		run_ready();
		deadline = timers_run();
		if (list_empty(&run_queue)) {
			set_host_deadline(deadline);
			gate->wait(true);
		} else {
			gate->wait(false);
		}
	}
}
