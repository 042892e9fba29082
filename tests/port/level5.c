/*
 * Level 5: batches.  The layer's batch executor runs in a child that has nothing else to run on: no
 * stack, no registers but those that LAYER_BATCH_START sets.  What its calls did is looked for in
 * the child's memory.
 */
#include <asm/mman.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/mman.h>

#include "check.h"
#include "host.h"
#include "kernel_stub.h"
#include "um/os_process.h"
#include "um/ptrace_host.h"

enum { PAGES = 6 };

static struct layer_op *ops;	/* the batch page; shared with the child */
static unsigned long text, room;
static int fd;
static struct uml_pt_regs first_regs;

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int executor_start(void)
{
	int pid = host_child(nothing, NULL);
	struct task *task = stub_task(pid);

	stub_load(task);
	first_regs = task->regs;
	return pid;
}

/* Runs the first `count` operations.  The signal that it stops with; 0: it is gone. */
static int executor_run(struct task *task, int pid, unsigned count)
{
	struct os_stop stop;

	task->regs = first_regs;
	UPT_SP(&task->regs) = 0;	/* no stack, unless it is where
					   the port has the operations */
	LAYER_BATCH_START(task->regs.gp, text + (unsigned long)(layer_batch - layer_text_start),
			  (unsigned long)ops, count);
	if (!stub_store(task) || os_resume(pid, OS_CONT) || os_wait_stop(pid, true, &stop) ||
	    stop.why != STOP_SIGNAL || !stub_load(task))
		return 0;
	return stop.sig;
}

/* Page `page` of the numbered file is to be at place `at`, with its neighbour. */
static struct layer_op map_op(unsigned at, unsigned page)
{
	size_t size = host_page_size();

	return (struct layer_op){ LAYER_NR_MMAP,
				  { room + at * size, 2 * size, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_FIXED, (unsigned long)fd,
				    LAYER_MMAP_OFFSET(page * size) } };
}

static struct layer_op bad_op(void)
{
	return (struct layer_op){ __NR_munmap, { room + 1, 1 } };
}

/* The number of the file's page that is at place `at`; 0: none. */
static int page_at(int pid, unsigned at)
{
	char byte;

	return host_read(pid, &byte, room + at * host_page_size(), 1) ? byte : 0;
}

static void check_one(struct task *task, int pid)
{
	int sig;

	ops[0] = map_op(0, 1);
	ops[1] = bad_op();
	sig = executor_run(task, pid, 1);
	check("layer_batch", "one call, which the host made, then it stops", sig && sig != SIGILL &&
	      sig != SIGSEGV);
	check("layer_batch", "the call was made with its six arguments",
	      page_at(pid, 0) == 2 && page_at(pid, 1) == 3 && page_at(pid, 2) == 0);
	check_same("LAYER_DONE_SIGNAL", "the signal of the stop", (unsigned long)sig,
		   LAYER_DONE_SIGNAL);
}

static void check_many(struct task *task, int pid)
{
	for (unsigned i = 0; i < 4; i++)
		ops[i] = map_op(i, 4 - i);
	ops[4] = bad_op();
	check("layer_batch", "several calls in order",
	      executor_run(task, pid, 4) == LAYER_DONE_SIGNAL && page_at(pid, 0) == 5 &&
		      page_at(pid, 1) == 4 && page_at(pid, 2) == 3 && page_at(pid, 3) == 2 &&
		      page_at(pid, 4) == 3);
}

static void check_failing(struct task *task, int pid)
{
	int sig;

	ops[0] = map_op(0, 0);
	ops[1] = bad_op();
	ops[2] = map_op(2, 0);
	ops[3] = map_op(3, 0);
	sig = executor_run(task, pid, 4);
	check("layer_batch", "a failing call stops it with SIGILL", sig == SIGILL);
	check("layer_batch", "what stands before it was done, what follows was not",
	      page_at(pid, 0) == 1 && page_at(pid, 2) == 3 && page_at(pid, 3) == 2);
	check_same("LAYER_BATCH_RESULT", "the failing call's error",
		   (unsigned long)LAYER_BATCH_RESULT(task->regs.gp), -EINVAL);
	check_same("LAYER_BATCH_LEFT", "how many were left, with it",
		   (unsigned long)LAYER_BATCH_LEFT(task->regs.gp), 3);
}

/* A call whose result is an address: not an error, however large. */
static void check_large_result(struct task *task, int pid)
{
	ops[0] = (struct layer_op){ LAYER_NR_MMAP, { 0, host_page_size(), PROT_READ,
						     MAP_PRIVATE | MAP_ANONYMOUS, -1UL, 0 } };
	check("layer_batch", "an address is no error",
	      executor_run(task, pid, 1) == LAYER_DONE_SIGNAL);
}

int main(void)
{
	size_t size = (size_t)(layer_text_end - layer_text_start);
	struct task *task;
	int pid;

	text = (unsigned long)host_code(layer_text_start, size);
	ops = host_shared(host_page_size());
	fd = host_numbered_file(PAGES);
	room = host_free_range(8 * host_page_size());
	pid = executor_start();
	task = stub_task(pid);
	check_one(task, pid);
	check_many(task, pid);
	check_failing(task, pid);
	check_large_result(task, pid);
	host_end(pid);
	return checks_done();
}
