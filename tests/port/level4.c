/*
 * Level 4: system calls.  A child makes one with six arguments that differ; the host is kept from
 * it in each of the gate's ways, and the child is given a result, as a guest would be.  What the
 * child then saw of it, through its C library, is the proof.
 */
#include <stdio.h>

#include "check.h"
#include "host.h"
#include "kernel_stub.h"
#include "um/os_process.h"
#include "um/syscall.h"

#include "sysdep/ptrace_user.h"
/* A port without calls of its own need not have it. */
#if __has_include("sysdep/syscalls.h")
#include "sysdep/syscalls.h"
#endif

/* Every host has it, with no arguments; nothing that a C library or a kernel reads is in them. */
#define CALL __NR_getppid
static const unsigned long sent[6] = { 0x11111, 0x22222, 0x33333, 0x44444, 0x55555, 0x66666 };

enum way { WAY_ENTRY, WAY_SYSEMU, WAY_SECCOMP, NR_WAYS };
static const char *const way_name[] = { "getpid in its place", "PTRACE_SYSEMU", "RET_TRACE" };

static struct host_answer *answer;	/* what the child was told; shared */

static int caller(void *arg)
{
	(void)arg;
	*answer = host_call(CALL, sent);
	return 0;
}

/* Runs the child to its call: registers and number in the task.  False: it ended or went astray. */
static bool run_to_call(struct task *task, int pid, enum way way, long nr)
{
	static const enum os_resume resume[] = { OS_SYSCALL, OS_SYSEMU, OS_CONT };
	struct os_stop stop;

	for (int tries = 0; tries < 8; tries++) {
		if (os_resume(pid, resume[way]) || os_wait_stop(pid, true, &stop) ||
		    stop.why != (way == WAY_SECCOMP ? STOP_SECCOMP : STOP_SYSCALL) ||
		    !stub_load(task))
			return false;
		task->regs.syscall = (long)(int)PT_SYSCALL_NR(task->regs.gp);
		if (task->regs.syscall == nr)
			return true;
	}
	return false;
}

/* As the gate does it (kernel/gate/ptrace.c): getpid is made in place of the call, and the child
 * stands behind it with the registers that it had at entry. */
static bool nullify(struct task *task, int pid)
{
	unsigned long *gp = task->regs.gp;
	struct os_stop stop;

	PT_SYSCALL_NR(gp) = __NR_getpid;
	if (!stub_store(task) || os_resume(pid, OS_SYSCALL) || os_wait_stop(pid, true, &stop) ||
	    stop.why != STOP_SYSCALL)
		return false;
	PT_SYSCALL_NR(gp) = (unsigned long)CALL;
	return true;
}

/* Keeps the host from the call: from here on what K does with the registers counts. */
static bool keep_from_host(struct task *task, int pid, enum way way)
{
	if (way == WAY_ENTRY && !nullify(task, pid))
		return false;
	PT_SYSCALL_NR(task->regs.gp) = -1UL;
	return true;
}

static int caller_start(enum way way)
{
	return host_child_filtered(caller, NULL, way == WAY_SECCOMP ? CALL : -1);
}

/* --- what is found at the entry */

static void check_arguments(struct task *task)
{
	static const char *const upt[] = { "UPT_SYSCALL_ARG1", "UPT_SYSCALL_ARG2",
					   "UPT_SYSCALL_ARG3", "UPT_SYSCALL_ARG4",
					   "UPT_SYSCALL_ARG5", "UPT_SYSCALL_ARG6" };
	static const char *const pt[] = { "PT_SYSCALL_ARG1_OFFSET", "PT_SYSCALL_ARG2_OFFSET",
					  "PT_SYSCALL_ARG3_OFFSET", "PT_SYSCALL_ARG4_OFFSET",
					  "PT_SYSCALL_ARG5_OFFSET", "PT_SYSCALL_ARG6_OFFSET" };
	static const unsigned long offset[] = { PT_SYSCALL_ARG1_OFFSET, PT_SYSCALL_ARG2_OFFSET,
						PT_SYSCALL_ARG3_OFFSET, PT_SYSCALL_ARG4_OFFSET,
						PT_SYSCALL_ARG5_OFFSET, PT_SYSCALL_ARG6_OFFSET };
	struct uml_pt_regs *regs = &task->regs;
	const unsigned long found[] = { UPT_SYSCALL_ARG1(regs), UPT_SYSCALL_ARG2(regs),
					UPT_SYSCALL_ARG3(regs), UPT_SYSCALL_ARG4(regs),
					UPT_SYSCALL_ARG5(regs), UPT_SYSCALL_ARG6(regs) };

	check_same("PT_SYSCALL_NR", "the call's number", PT_SYSCALL_NR(regs->gp), CALL);
	check_same("PT_SYSCALL_NR_OFFSET", "the call's number",
		   regs->gp[PT_SYSCALL_NR_OFFSET / sizeof(long)], CALL);
	check_same("UPT_SYSCALL_NR", "the call's number", (unsigned long)UPT_SYSCALL_NR(regs),
		   CALL);
	for (int i = 0; i < 6; i++) {
		check_same(upt[i], "an argument", found[i], sent[i]);
		check_same(pt[i], "an argument", regs->gp[offset[i] / sizeof(long)], sent[i]);
	}
}

static void check_trace_entry(struct task *task)
{
	struct uml_pt_regs before = task->regs;
	bool same;

	UPT_TRACE_ENTRY(&task->regs);
	same = UPT_SYSCALL_NR(&task->regs) == CALL;
	same = same && UPT_SYSCALL_ARG1(&task->regs) == sent[0] &&
	       UPT_SYSCALL_ARG2(&task->regs) == sent[1];
	check("UPT_TRACE_ENTRY", "what a tracer sees leaves number and arguments alone", same);
	task->regs = before;
}

static void check_entry(void)
{
	int pid = caller_start(WAY_ENTRY);
	struct task *task = stub_task(pid);

#ifdef LAST_ARCH_SYSCALL
	check("LAST_ARCH_SYSCALL", "the calls of Linux 6.1 have room",
	      LAST_ARCH_SYSCALL >= __NR_futex_waitv);
#endif
	if (check("PT_SYSCALL_NR", "a child's call is seen",
		  run_to_call(task, pid, WAY_ENTRY, CALL))) {
		check_arguments(task);
		check_trace_entry(task);
	}
	host_end(pid);
}

/* --- arguments of 64 bits, which 32-bit CPUs pass in two registers */

static const unsigned long long wide = 0x123456789abcdefULL;

static int wide_caller(void *arg)
{
	(void)arg;
	host_pread(wide);
	return 0;
}

static void check_wide(void)
{
	const struct syscall_row row = { .name = "pread64", .nargs = 4, .size = { 4, sizeof(long),
					 sizeof(long), 8 } };
	int pid = host_child(wide_caller, NULL);
	struct task *task = stub_task(pid);
	struct uml_pt_regs *regs = &task->regs;

	if (check("PT_SYSCALL_NR", "a child's pread64 is seen",
		  run_to_call(task, pid, WAY_ENTRY, __NR_pread64))) {
		const unsigned long found[] = { UPT_SYSCALL_ARG1(regs), UPT_SYSCALL_ARG2(regs),
						UPT_SYSCALL_ARG3(regs), UPT_SYSCALL_ARG4(regs),
						UPT_SYSCALL_ARG5(regs), UPT_SYSCALL_ARG6(regs) };

		check("ARCH_SPLIT_ARGS_ALIGNED", "an argument of 64 bits",
		      syscall_arg(&row, found, 3) == wide);
	}
	host_end(pid);
}

/* --- what is found at the exit of a call that the host has made */

static int closer(void *arg)
{
	const unsigned long bad[6] = { -1UL, 0, 0, 0, 0, 0 };

	(void)arg;
	return (int)host_call(__NR_close, bad).result;
}

static void check_exit(void)
{
	int pid = host_child(closer, NULL);
	struct task *task = stub_task(pid);
	struct host_stop stop = { 0 };
	struct os_stop os_stop;

	for (int tries = 0; tries < 16 && stop.result != -EBADF; tries++)
		if (os_resume(pid, OS_SYSCALL) || os_wait_stop(pid, true, &os_stop) ||
		    os_stop.why != STOP_SYSCALL || !host_stop_info(pid, &stop))
			break;
	if (stop.result != -EBADF || !stub_load(task)) {
		skip("UPT_SYSCALL_RET", "a result of the host's", "no PTRACE_GET_SYSCALL_INFO");
	} else {
		check_same("UPT_SYSCALL_RET", "an error of the host's",
			   (unsigned long)UPT_SYSCALL_RET(&task->regs), (unsigned long)stop.result);
		task->regs.gp[PT_SYSCALL_RET_OFFSET / sizeof(long)] = 0x1234;
		check("PT_SYSCALL_RET_OFFSET", "the register that results are read from",
		      PT_SYSCALL_RET(task->regs.gp) == 0x1234);
	}
	host_end(pid);
}

/* --- results */

/* The register alone: whether a result is an error some CPUs have elsewhere. */
static void check_ret(void)
{
	struct uml_pt_regs regs = EMPTY_UML_PT_REGS;

	PT_SYSCALL_RET(regs.gp) = LONG_MAX / 2;
	check_same("UPT_SYSCALL_RET", "a whole word", (unsigned long)UPT_SYSCALL_RET(&regs),
		   LONG_MAX / 2);
}

/* The child's answer to a call that K has given `result`. */
static bool answered(enum way way, long result, bool restart, struct uml_pt_regs *after)
{
	int pid = caller_start(way);
	struct task *task = stub_task(pid);
	struct os_stop stop;
	bool good = run_to_call(task, pid, way, CALL) && keep_from_host(task, pid, way);

	memset(answer, 0x77, sizeof(*answer));
	if (good && restart) {
		/* -ERESTARTSYS, as the call's result */
		UPT_SET_SYSCALL_RETURN(&task->regs, -512);
		UPT_RESTART_SYSCALL(&task->regs);
		good = stub_store(task) && run_to_call(task, pid, way, CALL);
		*after = task->regs;
		good = good && keep_from_host(task, pid, way);
	}
	if (good) {
		UPT_SET_SYSCALL_RETURN(&task->regs, result);
		good = UPT_SYSCALL_RET(&task->regs) == result && stub_store(task) &&
		       !os_resume(pid, OS_CONT) && !os_wait_stop(pid, true, &stop) &&
		       stop.why == STOP_GONE;
	}
	if (!good)
		host_end(pid);
	return good;
}

static void check_result(enum way way, long result)
{
	bool error = result < 0 && result >= -4095;
	char what[80];

	snprintf(what, sizeof(what), "%ld arrives (%s)", result, way_name[way]);
	if (!answered(way, result, false, NULL)) {
		check("UPT_SET_SYSCALL_RETURN", what, false);
		note("the child went astray, or UPT_SYSCALL_RET reads another");
		return;
	}
	if (!check("UPT_SET_SYSCALL_RETURN", what,
		   error ? answer->result == -1 && answer->error == -result :
			   answer->result == result))
		note("the child's C library saw %ld, errno %d", answer->result, answer->error);
}

static void check_restart(enum way way)
{
	struct uml_pt_regs regs = EMPTY_UML_PT_REGS;
	char what[80];

	snprintf(what, sizeof(what), "the call comes again (%s)", way_name[way]);
	if (!check("UPT_RESTART_SYSCALL", what, answered(way, 42, true, &regs)))
		return;
	check("UPT_RESTART_SYSCALL", "... with the same arguments",
	      UPT_SYSCALL_ARG1(&regs) == sent[0] && UPT_SYSCALL_ARG2(&regs) == sent[1] &&
	      UPT_SYSCALL_ARG3(&regs) == sent[2] && UPT_SYSCALL_ARG4(&regs) == sent[3] &&
	      UPT_SYSCALL_ARG5(&regs) == sent[4] && UPT_SYSCALL_ARG6(&regs) == sent[5]);
	check("UPT_RESTART_SYSCALL", "... and then its result arrives",
	      answer->result == 42 && answer->error == 0);
}

/* Programs find all but the result as it was, also the number: it may be dropped with the call, but
 * not where they look for it. */
static void check_number_kept(enum way way)
{
	int pid = caller_start(way);
	struct task *task = stub_task(pid);
	struct uml_pt_regs expected;
	struct os_stop stop;
	bool good = run_to_call(task, pid, way, CALL);
	char what[80];

	expected = task->regs;
	UPT_SET_SYSCALL_RETURN(&expected, 42);
	good = good && keep_from_host(task, pid, way);
	if (good) {
		UPT_SET_SYSCALL_RETURN(&task->regs, 42);
		good = stub_store(task) && !os_stop_thread(pid, pid) && !os_resume(pid, OS_CONT) &&
		       !os_wait_stop(pid, true, &stop) && stop.why == STOP_SIGNAL &&
		       stub_load(task);
	}
	snprintf(what, sizeof(what), "the number's register is as it was (%s)", way_name[way]);
	if (check("PT_SYSCALL_NR", what, good))
		check_same("PT_SYSCALL_NR", what, UPT_ORIG_SYSCALL(&task->regs),
			   UPT_ORIG_SYSCALL(&expected));
	host_end(pid);
}

/* restart_syscall(2): the instruction once more, with another number. */
static void check_other_number(void)
{
	int pid = caller_start(WAY_ENTRY);
	struct task *task = stub_task(pid);
	struct os_stop stop;
	bool good = run_to_call(task, pid, WAY_ENTRY, CALL) && keep_from_host(task, pid, WAY_ENTRY);

	if (good) {
		UPT_SET_SYSCALL_RETURN(&task->regs, -516);	/* -ERESTART_RESTARTBLOCK */
		UPT_RESTART_SYSCALL(&task->regs);
		UPT_ORIG_SYSCALL(&task->regs) = __NR_restart_syscall;
		good = stub_store(task) && !os_resume(pid, OS_SYSCALL) &&
		       !os_wait_stop(pid, true, &stop) && stop.why == STOP_SYSCALL &&
		       stub_load(task) && PT_SYSCALL_NR(task->regs.gp) == __NR_restart_syscall;
	}
	check("UPT_ORIG_SYSCALL", "the call comes again with another number", good);
	host_end(pid);
}

static bool way_works(enum way way)
{
	const char *what;

	switch (way) {
	case WAY_SYSEMU:
		return os_probe_sysemu(&what) == 0;
	case WAY_SECCOMP:
		return os_probe_seccomp_trace(&what) == 0;
	default:
		return true;
	}
}

int main(void)
{
	static const long results[] = { 42, 0, -1, -4095, -4096, -38, LONG_MAX / 2 };

	answer = host_shared(sizeof(*answer));
	check_entry();
	check_wide();
	check_exit();
	check_ret();
	for (enum way way = WAY_ENTRY; way < NR_WAYS; way++) {
		if (!way_works(way)) {
			skip("UPT_SET_SYSCALL_RETURN", way_name[way], "not on this host");
			continue;
		}
		for (size_t i = 0; i < ARRAY_SIZE(results); i++)
			check_result(way, results[i]);
		check_restart(way);
		check_number_kept(way);
	}
	check_other_number();
	return checks_done();
}
