/*
 * Level 7, frames.  A child with known registers and floating-point state gets a signal, first from
 * the host, then from the port's arch_signal_frame: handlers must find the same.  The host's frame
 * is given to the port's sigreturn, and the port's to the host's: both must restore the child.
 *
 * The handler is an address where nothing is mapped, so that the child stops at its first
 * instruction; and so is the place that the child was interrupted at.
 */
#include <asm/unistd.h>
#include <stdio.h>

#include "check.h"
#include "frame_child.h"
#include "host.h"
#include "um/frame.h"
#include "um/gate.h"
#include "um/mm.h"
#include "um/os_frame.h"
#include "um/os_process.h"
#include "um/sigpage.h"

#include "sysdep/ptrace_user.h"
#include "sysdep/sigcontext.h"

#include <asm/ucontext.h>

enum {
	FRAME_ROOM = 24 * 1024,	/* more than a frame has */
	PHASES = 16,		/* stack pointers that are tried, 16 bytes apart */
};

/* --- the host's frames */

static struct frame_raw raw;
static unsigned char frame[FRAME_ROOM];

static struct {
	struct uml_pt_regs at_handler;	/* for the stack pointer of `before` */
	unsigned long align;		/* of frames, by what their addresses have in common */
	unsigned long redzone;		/* bytes below the stack pointer that no frame touched */
} host;

static struct sigcontext *frame_sc(void)
{
	return (struct sigcontext *)(frame + (raw.sigcontext - raw.sp));
}

/* How far below `sp` the host left everything as it was. */
static unsigned long untouched_below(unsigned long sp)
{
	unsigned long n = 0;

	while (n < 4096 && *(char *)(sp - n - 1) == 0x5a)
		n++;
	return n;
}

static bool host_frames(void)
{
	unsigned long first = 0;

	host.redzone = ~0UL;
	for (unsigned i = 0; i < PHASES; i++) {
		unsigned long sp = UPT_SP(&before) + i * 16;

		memset(stack, 0x5a, STACK_SIZE);
		if (!state_reset(sp) || !run_to(SIGUSR1, handler))
			return false;
		host.redzone = min(host.redzone, untouched_below(sp));
		if (i == 0) {
			first = UPT_SP(&task->regs);
			host.at_handler = task->regs;
			memcpy(frame, (void *)first, sizeof(frame));
		}
		host.align |= UPT_SP(&task->regs) - first;
	}
	host.align &= -host.align;	/* the lowest bit in which they differ */
	host.redzone &= -32UL;
	return true;
}

/* Spoils the registers that a handler finds as they were, all but what it needs itself. */
static void spoil(struct uml_pt_regs *regs, const bool *which)
{
	for (int i = 0; i < nr_words; i++)
		if (which[i] && regs->gp[i] == before.gp[i] &&
		    before.gp[i] == host_distinct((size_t)i))
			regs->gp[i] = 0x2222;
}

/* Which registers come back when a handler that has changed all of them returns, by the host's own
 * sigreturn. */
static bool find_carried(void)
{
	if (!state_reset(UPT_SP(&before)) || !run_to(SIGUSR1, handler))
		return false;
	for (int i = 0; i < nr_words; i++)
		carried[i] = before.gp[i] == host_distinct((size_t)i) &&
			     task->regs.gp[i] == before.gp[i];
	spoil(&task->regs, carried);
	UPT_IP(&task->regs) = (unsigned long)returns;
	if (!stub_store(task) || !run_to(0, place))
		return false;
	for (int i = 0; i < nr_words; i++)
		carried[i] = carried[i] && task->regs.gp[i] == before.gp[i];
	carried[PT_IP_OFFSET / sizeof(long)] = carried[PT_SP_OFFSET / sizeof(long)] = true;
	return true;
}

static void check_template(void)
{
	siginfo_t *info = (siginfo_t *)(frame + (raw.siginfo - raw.sp));
	const unsigned char *mask = frame + (raw.ucontext - raw.sp) +
				    offsetof(struct ucontext, uc_sigmask);

	check("frame_sp", "siginfo is so far from the handler's stack pointer",
	      raw.siginfo - raw.sp < FRAME_ROOM && info->si_signo == SIGUSR1);
	check("frame_sp", "... and the ucontext", host_mask_from(mask) == old_mask);
	if (host_action_of(SIGUSR2).restorer) {
		unsigned long slot = 0;

		if (raw.restorer - raw.sp < FRAME_ROOM)
			memcpy(&slot, frame + (raw.restorer - raw.sp), sizeof(slot));
		check_same("frame_restorer", "where the frame has the restorer", slot,
			   host_action_of(SIGUSR2).restorer);
	}
	check("FRAME_ALIGN", "frames are so aligned", host.align && FRAME_ALIGN % host.align == 0);
	check("sc_size", "room for a sigcontext", sc_size((void *)frame_arch_data()) >=
	      (int)sizeof(struct sigcontext));
}

static void check_sc(void)
{
	struct sigcontext *sc = frame_sc();
	static unsigned char copy[sizeof(struct sigcontext)];

	task->regs = before;
	spoil(&task->regs, carried);
	trying("sc_to_regs");
	sc_to_regs(&task->regs, sc, 17);
	check_from_frame("sc_to_regs", "the registers of the host's frame");
	check("sc_to_regs", "the call's number", UPT_SYSCALL_NR(&task->regs) == 17);
	sc_to_sc(copy, sc);
	check("sc_to_sc", "a copy of all of it", !memcmp(copy, sc, sizeof(*sc)));
	SC_SET_SYSCALL_RETURN(sc, 4242);
	sc_to_regs(&task->regs, sc, 17);
	check("SC_SET_SYSCALL_RETURN", "the result", UPT_SYSCALL_RET(&task->regs) == 4242);
	SC_RESTART_SYSCALL(sc);
	sc_to_regs(&task->regs, sc, 17);
	check_same("SC_RESTART_SYSCALL", "back to the system call instruction",
		   UPT_IP(&task->regs), UPT_IP(&before) - UPT_SYSCALL_INSN_SIZE);
}

/* Where the stack pointer is when a handler has returned and calls sigreturn.  Where the C library
 * brings no restorer the call is made from a page of the host's, with the same stack pointer. */
static void check_sp_at_sigreturn(void)
{
	struct os_stop stop;
	bool found = state_reset(UPT_SP(&before)) && run_to(SIGUSR1, handler);

	/* Stopped at its first instruction: from another's on, to its system call. */
	UPT_IP(&task->regs) = (unsigned long)returns;
	found = found && stub_store(task) && !os_resume(pid, OS_SYSCALL) &&
		!os_wait_stop(pid, true, &stop) && stop.why == STOP_SYSCALL && stub_load(task) &&
		PT_SYSCALL_NR(task->regs.gp) == __NR_rt_sigreturn;
	if (!check("frame_restorer", "the host's handler calls sigreturn", found))
		return;
	check_same("FRAME_SP_AT_SIGRETURN", "so much above the handler's stack pointer",
		   FRAME_SP_AT_SIGRETURN, UPT_SP(&task->regs) - UPT_SP(&host.at_handler));
	run_to(0, place);
}

static void check_sigreturn(void)
{
	ksigset_t set = 0;
	long err;

	state_reset(UPT_SP(&before));
	if (!check("UPT_SP", "the host's handler is entered", run_to(SIGUSR1, handler)))
		return;
	state_spoil();
	spoil(&task->regs, carried);
	UPT_SP(&task->regs) = UPT_SP(&host.at_handler) + FRAME_SP_AT_SIGRETURN;
	trying("arch_sigreturn");
	err = arch_sigreturn(task, &set);
	check("FRAME_SP_AT_SIGRETURN", "the frame is found, and its mask", !err && set == old_mask);
	check_from_frame("arch_sigreturn", "registers of the host's frame");
	check_fp("copy_sc_from_user", "the floating-point state of the host's frame");
}

/* --- the port's frames */

/* As kernel/sigpage.c has it in each process. */
static void sigpage_make(void)
{
#ifdef FRAME_SIGRETURN_IMAGE
	extern const char sigtramp_image_start[], sigtramp_image_end[];
	const size_t size = (size_t)(sigtramp_image_end - sigtramp_image_start);

	stub_mm.sigpage = (unsigned long)host_code(sigtramp_image_start, size) + SIGTRAMP_TEXT +
			  FRAME_SIGRETURN_IMAGE;
#elif defined FRAME_SIGRETURN_CODE
	static const u32 code[] = FRAME_SIGRETURN_CODE;

	stub_mm.sigpage = (unsigned long)host_code(code, sizeof(code));
#endif
}

static struct k_sigaction action_for(unsigned long to)
{
	struct host_action record = host_action_of(SIGUSR2);

	return (struct k_sigaction){ .handler = to,
				     .flags = record.flags,
				     .restorer = record.restorer };
}

/* The frame and the registers of a handler at `to`, written by the port; its action
 * has not the flags `without`. */
static bool port_frame_of(unsigned long sp, unsigned long to, unsigned long without)
{
	struct k_sigaction action = action_for(to);
	siginfo_t info = { .si_signo = SIGUSR1 };

	action.flags &= ~without;
	stub_forget();
	trying("arch_signal_frame");
	return state_reset(sp) && arch_signal_frame(task, SIGUSR1, &action, &info, old_mask) == 0;
}

static bool port_frame(unsigned long sp, unsigned long to)
{
	return port_frame_of(sp, to, 0);
}

static void check_place(void)
{
	unsigned long sp = UPT_SP(&before);
	bool below = true, aligned = true;

	for (unsigned i = 0; i < PHASES; i++) {
		if (!port_frame(sp + i * 16, handler)) {
			check("arch_signal_frame", "writes a frame", false);
			return;
		}
		below = below && stub_highest <= sp + i * 16 - host.redzone;
		aligned = aligned &&
			  (UPT_SP(&task->regs) - UPT_SP(&host.at_handler)) % host.align == 0;
	}
	check("FRAME_REDZONE", "what the host leaves alone below the stack pointer", below);
	check("FRAME_ALIGN", "the frame is aligned as the host's", aligned);
}

/* As the host's handler was entered; addresses in the frame move with it. */
static void check_entry(void)
{
	unsigned long moved, low = (unsigned long)stack, high = low + STACK_SIZE;
	int i;

	if (!check("arch_signal_frame", "writes a frame", port_frame(UPT_SP(&before), handler)))
		return;
	moved = UPT_SP(&task->regs) - UPT_SP(&host.at_handler);
	if (!check("arch_signal_frame", "the host takes the handler's registers",
		   stub_store(task) && run_to(0, handler)))
		return;
	for (i = 0; i < nr_words; i++)
		if (host.at_handler.gp[i] >= low && host.at_handler.gp[i] < high)
			host.at_handler.gp[i] += moved;
	i = first_changed(&task->regs, &host.at_handler);
	if (!check("arch_signal_frame", "registers at the handler's entry are the host's", i < 0))
		note("register %d: %#lx, the host's %#lx", i, task->regs.gp[i],
		     host.at_handler.gp[i]);
}

/* A real handler, which returns into the host's sigreturn. */
static void check_return(unsigned long without)
{
	unsigned long long mask = 0;

	if (!port_frame_of(UPT_SP(&before), (unsigned long)returns, without) || !stub_store(task))
		return;
	state_spoil();
	if (!check("frame_restorer", "the handler comes back to where it was", run_to(0, place)))
		return;
	host_get_mask(pid, &mask);
	check("arch_signal_frame", "the mask of blocked signals", mask == old_mask);
	check_restored("regs_to_sc", "registers, by the host's sigreturn");
	check_fp("copy_sc_to_user", "floating-point state, by the host's sigreturn");
}

/* Only on CPUs whose frames have such details. */
#ifdef SC_FAULT_ADDR
/* Where the child's handler would be there is no memory, for it to fault on. */
static void writes(void)
{
	*(volatile char *)(handler + 0x450) = 1;
}

/* The details are in the event, or the host has left them among the child's registers. */
static void check_fault_info(void)
{
	const unsigned long addr = handler + 0x450;
	struct k_sigaction action = action_for(handler);
	struct os_stop stop;

	state_reset(UPT_SP(&before));
	UPT_IP(&task->regs) = (unsigned long)writes;
	if (!check("ptrace_setregs", "the child goes to a write that faults",
		   stub_store(task) && !os_resume(pid, OS_CONT) &&
		   !os_wait_stop(pid, true, &stop) && stop.why == STOP_SIGNAL &&
		   stop.sig == SIGSEGV && stub_load(task)))
		return;
	task->event = (struct gate_event){ .type = EV_FAULT, .addr = addr, .access = FAULT_WRITE,
					   .fixable = true };
	task->event.info.si_signo = SIGSEGV;
	task->event.info.si_code = SEGV_MAPERR;
	arch_fault_info(task);
	if (arch_signal_frame(task, SIGSEGV, &action, &task->event.info, old_mask))
		return;
	memcpy(frame, (void *)UPT_SP(&task->regs), sizeof(frame));
	check_same("arch_fault_info", "the address of a fault",
		   (unsigned long)SC_FAULT_ADDR(frame_sc()), addr);
	check("arch_fault_info", "a write", SC_FAULT_WRITE(frame_sc()));
	check("arch_fault_info", "... that mapping a page would cure", SEGV_IS_FIXABLE(frame_sc()));
}
#else
static void check_fault_info(void)
{
	arch_fault_info(task);
	skip("arch_fault_info", "the address of a fault", "frames of this CPU do not have it");
}
#endif

int main(void)
{
	static char capture_stack[STACK_SIZE];
	struct os_stop stop;

	trying("setup_arch_frame");
	stub_boot();
	sigpage_make();
	stack = host_shared(STACK_SIZE);
	handler = host_free_range(2 * host_page_size());
	place = handler + host_page_size();
	host_set_handler(SIGUSR2, (unsigned long)returns);
	check("frame_sp", "a frame of this process",
	      os_capture_frame(capture_stack, STACK_SIZE, false, &raw) == 0);
	pid = host_child(child_main, NULL);
	task = stub_task(pid);
	os_resume(pid, OS_CONT);
	os_wait_stop(pid, true, &stop);
	state_make();
	if (check("UPT_SP", "the host delivers a signal to a child",
		  host_frames() && find_carried())) {
		check_template();
		check_sc();
		check_sp_at_sigreturn();
		check_sigreturn();
		check_place();
		check_entry();
		check_return(0);
		/* On some CPUs it has an older frame, and a sigreturn of its own. */
		note("a handler without SA_SIGINFO");
		check_return(SA_SIGINFO);
		check_fault_info();
	}
	host_end(pid);
	return checks_done();
}
