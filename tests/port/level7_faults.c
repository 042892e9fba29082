/*
 * Level 7, faults: what a signal frame tells of a bad access.  Each kind is made in this process,
 * and the port's macros look at the frame that the host wrote.
 */
#include <asm/siginfo.h>

#include "check.h"
#include "host.h"
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
	return checks_done();
}
