/* Which gate, and how the ptrace gate stops system calls: tried at boot, as UML does, each
 * check printed with its verdict. */
#include "ptrace_space.h"
#include "um/boot.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/printk.h"

const struct gate *gate;
enum stop_way stop_way;

static bool way_forced;
static enum { MODE_AUTO, MODE_PTRACE } mode;

static const char *parse_mode(const char *value)
{
	if (!strcmp(value, "auto"))
		mode = MODE_AUTO;
	else if (!strcmp(value, "ptrace"))
		mode = MODE_PTRACE;
	else
		return "is neither auto nor ptrace";
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

UM_SWITCH(mode) = { "mode=", "auto|ptrace", "Gate", "how guest code reaches the kernel", parse_mode };
UM_SWITCH(nosysemu) = { "nosysemu", NULL, "Gate",
			"stop system calls by turning them into getpid (ptrace=syscall)",
			parse_nosysemu };
UM_SWITCH(ptrace) = { "ptrace=", "sysemu|seccomp|syscall", "Gate",
		      "how the ptrace gate stops system calls", parse_ptrace };

static int check(const char *text, int (*probe)(const char **what), bool needed)
{
	const char *what = "";
	int err = probe(&what);

	if (!err)
		printk(LOG_INFO, "%s...OK\n", text);
	else
		printk(needed ? LOG_ERR : LOG_INFO, "%s...failed: %s\n", text, what);
	return err;
}

int ptrace_gate_probe(void)
{
	static const struct {
		const char *text;
		int (*probe)(const char **what);
	} ways[] = {
		{ "Checking syscall emulation patch for ptrace", os_probe_sysemu },
		{ "Checking that seccomp can hand system calls to ptrace", os_probe_seccomp_trace },
	};

	if (check("Checking that ptrace can change system call numbers", os_probe_ptrace, true))
		return -EPERM;
	if (way_forced)
		return stop_way == WAY_SYSCALL ? 0 :
		       check(ways[stop_way].text, ways[stop_way].probe, true);
	for (stop_way = WAY_SYSEMU; stop_way < WAY_SYSCALL; stop_way++)
		if (!check(ways[stop_way].text, ways[stop_way].probe, false))
			return 0;
	return 0;
}

int gate_select(void)
{
	int err;

	gate = &ptrace_gate;
	err = gate->probe();
	return err ? err : gate->init();
}
