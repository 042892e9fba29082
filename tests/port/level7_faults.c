/*
 * Level 7, faults: what a signal frame tells of a bad access.  Each kind is made in this process,
 * and the port's macros look at the frame that the host wrote.  And how the handlers run that guest
 * threads have for faults and all else.
 */
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/unistd.h>

#include "check.h"
#include "host.h"
#include "um/layer.h"
#include "um/os_reflect.h"
#include "um/types.h"

#include "sysdep/sigcontext.h"

/* Where the frame says nothing of a fault, K has the siginfo alone (kernel/gate/fault.c). */
#ifdef SC_FAULT_ADDR
enum { FAULTS_IN_FRAME = true };
#else
enum { FAULTS_IN_FRAME = false };
#endif

struct seen {
	unsigned long addr;
	bool write, exec, fixable;
	int code;
};

static void look(void *sigcontext, int code, unsigned long addr, void *out)
{
	struct sigcontext *sc = sigcontext;
	struct seen *seen = out;

	seen->code = code;
#ifdef SC_FAULT_ADDR
	(void)addr;
	seen->addr = (unsigned long)SC_FAULT_ADDR(sc);
	seen->write = SC_FAULT_WRITE(sc);
	seen->exec = SC_FAULT_EXEC(sc);
	seen->fixable = SEGV_IS_FIXABLE(sc);
#else
	struct uml_pt_regs regs;

	sc_to_regs(&regs, sc, -1UL);
	seen->addr = addr;
	seen->exec = UPT_IP(&regs) == addr;
	seen->fixable = code != SI_KERNEL;
#endif
}

static void do_read(void *arg)
{
	*(volatile char *)arg;
}

static void do_write(void *arg)
{
	*(volatile char *)arg = 1;
}

static void do_exec(void *arg)
{
	((void (*)(void))arg)();
}

enum access { READ, WRITE, EXEC };

static void check_fault(const char *where, enum access access, void *at)
{
	static void (*const act[])(void *arg) = { do_read, do_write, do_exec };
	static const char *const name[] = { "read", "write", "execution" };
	struct seen seen = { 0 };

	if (!host_fault(act[access], at, look, &seen)) {
		skip("SC_FAULT_ADDR", where, "the host allows it");
		return;
	}
	note("%s of %s", name[access], where);
	check_same("SC_FAULT_ADDR", "the address", seen.addr, (unsigned long)at);
	/* What executes is not a write, and whether it counts as a read is nobody's question. */
	if (FAULTS_IN_FRAME)
		check("SC_FAULT_WRITE", "a write or not", seen.write == (access == WRITE));
	check("SC_FAULT_EXEC", "an execution or not", seen.exec == (access == EXEC));
	check("SEGV_IS_FIXABLE", "mapping a page would help", seen.fixable);
}

/* An address that no mapping can be at.  Some CPUs do not even call that a page fault. */
static void check_wild(void)
{
	void *wild = (void *)((1UL << (8 * sizeof(long) - 1)) + 0x1000);
	struct seen seen = { 0 };

	if (!host_fault(do_read, wild, look, &seen) || seen.code != SI_KERNEL)
		skip("SEGV_IS_FIXABLE", "an address that is none", "a page fault like others here");
	else
		check("SEGV_IS_FIXABLE", "an address that is none", !seen.fixable);
}

enum { MASK_WORDS = 8 / sizeof(long) };
static unsigned long blocked[MASK_WORDS];	/* in the handler, by the host's word */

static void note_blocked(int sig __maybe_unused)
{
	const unsigned long arg[6] = { 0, 0, (unsigned long)blocked, sizeof(blocked) };

	host_call(__NR_rt_sigprocmask, arg);
}

/* A handler that another signal interrupts would have two frames where K looks for one. */
static void check_guest_handlers(void)
{
	const unsigned long unblockable = 1UL << (SIGKILL - 1) | 1UL << (SIGSTOP - 1);
	const unsigned long none[6] = { 0 };
	const unsigned long pid = (unsigned long)host_call(__NR_getpid, none).result;
	const volatile unsigned long restorer = (unsigned long)layer_restorer;
	bool all = true;

	if (!restorer) {
		skip("layer_restorer", "handlers return", "the port has no reflect gate yet");
		return;
	}
	trying("layer_restorer");
	if (!check("layer_handler", "the host takes handlers of guest threads",
		   os_guest_handlers((unsigned long)note_blocked, restorer) == 0))
		return;
	host_call(__NR_kill, (unsigned long[6]){ pid, OS_INTERRUPT_SIGNAL });
	for (int i = 0; i < MASK_WORDS; i++)
		all = all && (blocked[i] | (i ? 0 : unblockable)) == ~0UL;
	check("layer_handler", "all other signals wait until one has returned", all);
}

int main(void)
{
	char *readable = host_fault_pages(), *closed = readable + host_page_size();
	char *hole = (char *)host_free_range(host_page_size());

	check_fault("a page of no access", READ, closed + 8);
	check_fault("a page of no access", WRITE, closed + 16);
	check_fault("a page that is read-only", WRITE, readable + 24);
	check_fault("nothing", READ, hole + 32);
	check_fault("nothing", WRITE, hole + 40);
	check_fault("nothing", EXEC, hole);
	check_fault("a page that is read-only", EXEC, readable);
	check_wild();
	check_guest_handlers();
	return checks_done();
}
