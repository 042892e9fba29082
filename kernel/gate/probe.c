/* Which gate, and how the ptrace gate stops system calls: tried at boot, as UML does, each
 * check printed with its verdict. */
#include "ptrace_space.h"
#include "um/boot.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/mm.h"
#include "um/os.h"
#include "um/printk.h"
#include "um/ptrace_host.h"

const struct gate *gate;
enum stop_way stop_way;
uaddr_t task_size = ARCH_TASK_SIZE;
unsigned long host_task_size = ARCH_HOST_TASK_SIZE;
unsigned long gate_trampoline_entry;
bool gate_trampoline_any;
bool ptrace_rewrite;

static bool way_forced;
static enum { MODE_AUTO, MODE_REFLECT, MODE_PTRACE } mode;

static const char *parse_mode(const char *value)
{
	if (!strcmp(value, "auto"))
		mode = MODE_AUTO;
	else if (!strcmp(value, "reflect"))
		mode = MODE_REFLECT;
	else if (!strcmp(value, "ptrace"))
		mode = MODE_PTRACE;
	else
		return "is none of auto, reflect, ptrace";
	return NULL;
}

static const char *parse_nosysemu(const char *value __maybe_unused)
{
	way_forced = true;
	stop_way = WAY_SYSCALL;
	return NULL;
}

static const char *parse_ptrace(const char *value)
{
	static const char *const names[] = { "sysemu", "seccomp", "syscall" };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(value, names[i])) {
			way_forced = true;
			stop_way = (enum stop_way)i;
			return NULL;
		}
	}
	return "is none of sysemu, seccomp, syscall";
}

static const char *parse_rewrite(const char *value __maybe_unused)
{
	ptrace_rewrite = true;
	return NULL;
}

UM_SWITCH(mode) = { "mode=", "auto|reflect|ptrace", "Gate", "how guest code reaches the kernel",
		    parse_mode };
UM_SWITCH(nosysemu) = { "nosysemu", NULL, "Gate",
			"stop system calls by turning them into getpid (ptrace=syscall)",
			parse_nosysemu };
UM_SWITCH(ptrace) = { "ptrace=", "sysemu|seccomp|syscall", "Gate",
		      "how the ptrace gate stops system calls", parse_ptrace };

UM_SWITCH(rewrite) = {
	"rewrite", NULL, "Gate",
	"with the ptrace gate too, turn system call sites into jumps (to a breakpoint)",
	parse_rewrite
};

/* NULL, or what the check says is missing. */
static const char *check(const char *text, int (*probe)(const char **what))
{
	const char *what = "";

	if (!probe(&what)) {
		pr_info("%s...OK", text);
		return NULL;
	}
	pr_info("%s...failed: %s", text, what);
	return what;
}

const char *ptrace_gate_probe(void)
{
	static const struct {
		const char *text;
		int (*probe)(const char **what);
	} ways[] = {
		{ "Checking syscall emulation patch for ptrace", os_probe_sysemu },
		{ "Checking that seccomp can hand system calls to ptrace", os_probe_seccomp_trace },
	};
	const char *problem;

	problem = check("Checking that ptrace can change system call numbers", os_probe_ptrace);
	if (problem)
		return problem;
	if (way_forced)
		return stop_way == WAY_SYSCALL ? NULL :
						 check(ways[stop_way].text, ways[stop_way].probe);
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
		stop_way = PT_STOPS_HIDE ? WAY_SECCOMP - i : WAY_SYSEMU + i;
		if (!check(ways[stop_way].text, ways[stop_way].probe))
			return NULL;
	}
	stop_way = WAY_SYSCALL;
	return NULL;
}

const char *reflect_gate_probe(void)
{
	return check("Checking that seccomp can hand system calls to the process itself",
		     os_probe_seccomp_trap);
}

/* Not linked for a port without the layer's entry. */
#pragma weak reflect_gate

static const char *try_gate(const struct gate *candidate)
{
	const char *problem;
	int err;

	if (!candidate)
		return "this CPU's port has no such gate";
	gate = candidate;
	problem = gate->probe();
	if (problem)
		return problem;
	err = gate->init();
	if (!err && gate_trampoline_entry)
		check("Checking that the host can keep code from being read", os_probe_exec_only);
	if (err == -ECHILD)
		return "the process that others are to be copied from ended as it was made";
	return err ? os_strerror(-err) : NULL;
}

/* What the port says of the host's addresses is what most hosts have: others have less. */
static void addresses_init(void)
{
	const unsigned long room = ARCH_HOST_TASK_SIZE - ARCH_TASK_SIZE;

	host_task_size = os_task_top(ARCH_HOST_TASK_SIZE);
	if (host_task_size < ARCH_HOST_TASK_SIZE)
		task_size =
			min(task_size,
			    ALIGN_DOWN(host_task_size - min(room, host_task_size / 4), PAGE_SIZE));
}

const char *gate_select(void)
{
	/* Switches that say how to trace ask for that gate. */
	const char *problem = "";

	addresses_init();
	if (mode == MODE_REFLECT || (mode == MODE_AUTO && !way_forced)) {
		problem = try_gate(&reflect_gate);
		if (!problem || mode == MODE_REFLECT)
			return problem;
		pr_warn("the reflect gate does not work here (%s): using ptrace\n", problem);
	}
	return try_gate(&ptrace_gate);
}
