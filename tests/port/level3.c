/*
 * Level 3: registers.  A stopped child's registers are set through the host's own register set,
 * NT_PRSTATUS, and looked for by the port's ways; then the other way round.
 *
 * Which of them can be set at all is found by trying: each word of the set that takes a new value
 * gets one that no other has.
 */
#include <stdio.h>

#include "check.h"
#include "host.h"
#include "kernel_stub.h"
#include "um/os_process.h"
#include "um/ptrace_host.h"

enum { WORDS = 512 };

static int pid;
static size_t nr_words;
static unsigned long words[WORDS];	/* what the child's registers hold now */
static bool settable[WORDS];

static int sleeper(void *arg)
{
	(void)arg;
	return 0;
}

static void check_getregs(struct task *task)
{
	size_t n = min(nr_words, (size_t)FRAME_SIZE);

	check("FRAME_SIZE", "room for the host's register set", FRAME_SIZE >= nr_words);
	check("MAX_REG_NR", "room for what ptrace_getregs writes", MAX_REG_NR >= FRAME_SIZE);
	check("FRAME_SIZE_OFFSET", "FRAME_SIZE in bytes",
	      FRAME_SIZE_OFFSET == FRAME_SIZE * sizeof(long));
	/* Behind the host's set a port may keep more (i386: TLS descriptors). */
	check("sys_pt_regs", "room for FRAME_SIZE words, and no more than MAX_REG_NR",
	      sizeof(struct sys_pt_regs) >= FRAME_SIZE_OFFSET &&
	      sizeof(struct sys_pt_regs) <= MAX_REG_NR * sizeof(long));
	if (!check("ptrace_getregs", "reads a stopped child's registers", stub_load(task)))
		return;
	for (size_t i = 0; i < n; i++)
		if (task->regs.gp[i] != words[i]) {
			check_same("ptrace_getregs", "registers in the host's order",
				   task->regs.gp[i], words[i]);
			note("register %zu", i);
			return;
		}
	check("ptrace_getregs", "registers in the host's order", true);
}

/* As K has it at all stops but those of calls: there is none for the host to make or to change. */
static void no_call(struct task *task)
{
	PT_SYSCALL_NR(task->regs.gp) = -1UL;
}

static void check_setregs(struct task *task)
{
	unsigned long now[WORDS];

	no_call(task);
	for (size_t i = 0; i < nr_words; i++)
		if (settable[i])
			words[i] = task->regs.gp[i] = host_distinct(nr_words - i);
	if (!check("ptrace_setregs", "writes a stopped child's registers", stub_store(task)))
		return;
	host_get_words(pid, now, WORDS);
	for (size_t i = 0; i < nr_words; i++)
		if (now[i] != words[i] && !PT_IS_STATE(i)) {
			check_same("ptrace_setregs", "registers in the host's order", words[i],
				   now[i]);
			note("register %zu", i);
			return;
		}
	check("ptrace_setregs", "registers in the host's order", true);
}

/* The instruction and stack pointers, by each of their names. */
static void check_pointers(struct task *task)
{
	struct uml_pt_regs *regs = &task->regs;
	struct host_stop stop;

	if (!host_stop_info(pid, &stop)) {
		skip("UPT_IP", "the instruction pointer", "no PTRACE_GET_SYSCALL_INFO");
		return;
	}
	check_same("PT_IP", "the instruction pointer", PT_IP(regs->gp), stop.ip);
	check_same("PT_IP_OFFSET", "the instruction pointer", regs->gp[PT_IP_OFFSET / sizeof(long)],
		   stop.ip);
	check_same("UPT_IP", "the instruction pointer", UPT_IP(regs), stop.ip);
	PT_SYSCALL_NR(regs->gp) = 77;
	check("PT_SYSCALL_NR_OFFSET", "the register of PT_SYSCALL_NR",
	      regs->gp[PT_SYSCALL_NR_OFFSET / sizeof(long)] == 77);
	check_same("PT_SP", "the stack pointer", PT_SP(regs->gp), stop.sp);
	check_same("PT_SP_OFFSET", "the stack pointer", regs->gp[PT_SP_OFFSET / sizeof(long)],
		   stop.sp);
	check_same("UPT_SP", "the stack pointer", UPT_SP(regs), stop.sp);
	check_same("ARCH_AUDIT", "this CPU's name for seccomp", ARCH_AUDIT, stop.arch);
}

static void check_upt(struct task *task)
{
	struct uml_pt_regs empty = EMPTY_UML_PT_REGS, *regs = &task->regs;
	struct uml_pt_regs saved = *regs;
	bool zero = true, same = true;

	for (size_t i = 0; i < MAX_REG_NR; i++) {
		zero = zero && (!UPT_REG(&empty, i) || i == PT_SYSCALL_NR_OFFSET / sizeof(long));
		UPT_SET(regs, i, host_distinct(i));
	}
	check("EMPTY_UML_PT_REGS", "no call, no register",
	      zero && UPT_SYSCALL_NR(&empty) == -1 && !empty.sc);
	for (int i = 0; i < MAX_REG_NR; i++)
		same = same && UPT_REG(regs, i) == host_distinct((size_t)i);
	check("UPT_SET", "each register keeps its own value", same);
	*regs = saved;
}

/* --- getreg and putreg, as a guest's debugger uses them */

/* Whether the host takes the value and keeps it, when putreg does.  Without a call the host has
 * nothing to say about the number's register. */
static bool host_agrees(struct task *task, unsigned long regno, unsigned long value)
{
	struct uml_pt_regs before = task->regs;
	unsigned long here[MAX_REG_NR];
	bool agrees = true;

	if (putreg(task, regno, value) == 0) {
		memcpy(here, task->regs.gp, sizeof(here));
		agrees = stub_store(task) && stub_load(task);
		for (size_t i = 0; i < nr_words; i++)
			agrees = agrees && (here[i] == task->regs.gp[i] || PT_IS_STATE(i));
	}
	task->regs = before;
	stub_store(task);
	return agrees;
}

static void check_values(struct task *task)
{
	for (unsigned long regno = 0; regno < MAX_REG_NR * sizeof(long); regno += sizeof(long))
		for (int bit = -2; bit < (int)(8 * sizeof(long)); bit++) {
			unsigned long value = bit == -2 ? 0 : bit == -1 ? ~0UL : 1UL << bit;

			if (host_agrees(task, regno, value))
				continue;
			check("putreg", "takes no value that user code cannot hold", false);
			note("register %lu, value %#lx: the host keeps another",
			     regno / sizeof(long), value);
			return;
		}
	check("putreg", "takes no value that user code cannot hold", true);
}

static void check_getreg(struct task *task)
{
	/* putreg may not take the others: what they hold is the host's. */
	bool same = true;

	for (size_t i = 0; i < min(nr_words, (size_t)MAX_REG_NR); i++)
		if (settable[i] && i != PT_SYSCALL_NR_OFFSET / sizeof(long))
			same = same && getreg(task, i * sizeof(long)) == task->regs.gp[i];
	check("getreg", "each register's value", same);
	check("getreg", "bad register number", getreg(task, MAX_REG_NR * sizeof(long)) == -1UL &&
	      getreg(task, 1) == -1UL);
}

/* On some CPUs debuggers find no word for the number, but change it where programs have put it;
 * whether there is a call then is not for them to say. */
static void check_number(struct task *task)
{
	const size_t programs = (size_t)(&UPT_ORIG_SYSCALL(&task->regs) - task->regs.gp);
	const bool own = putreg(task, PT_SYSCALL_NR_OFFSET, 20) != -EIO;
	const unsigned long offset = own ? PT_SYSCALL_NR_OFFSET : programs * sizeof(long);

	task->in_syscall = !own;
	check("putreg", "the call's number: one, and none",
	      putreg(task, offset, 39) == 0 && UPT_SYSCALL_NR(&task->regs) == 39 &&
	      task->in_syscall && putreg(task, offset, -1UL) == 0 &&
	      UPT_SYSCALL_NR(&task->regs) == -1 && (!own || !task->in_syscall));
}

static void check_putreg(struct task *task)
{
	static const struct {
		unsigned long offset;
		const char *what;
	} plain[] = {
		{ PT_IP_OFFSET, "sets the instruction pointer" },
		{ PT_SP_OFFSET, "sets the stack pointer" },
		{ PT_SYSCALL_ARG1_OFFSET, "sets an argument" },
		{ PT_SYSCALL_RET_OFFSET, "sets the result" },
	};

	check("putreg", "bad register number gives -EIO",
	      putreg(task, MAX_REG_NR * sizeof(long), 0) == -EIO &&
	      putreg(task, -sizeof(long), 0) == -EIO && putreg(task, 1, 0) == -EIO);
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		check("putreg", plain[i].what,
		      putreg(task, plain[i].offset, 0x12340) == 0 &&
		      task->regs.gp[plain[i].offset / sizeof(long)] == 0x12340 &&
		      getreg(task, plain[i].offset) == 0x12340);
	check_number(task);
}

int main(void)
{
	struct task *task;

	pid = host_child(sleeper, NULL);
	task = stub_task(pid);
	nr_words = host_make_distinct(pid, words, settable, WORDS);
	check_upt(task);
	check_getregs(task);
	check_pointers(task);
	check_setregs(task);
	stub_load(task);
	no_call(task);
	trying("getreg");
	check_getreg(task);
	trying("putreg");
	check_values(task);
	check_putreg(task);
	host_end(pid);
	return checks_done();
}
