/* x86_64: new fibers, new programs, TLS, fault details. */
#include <cpuid.h>

#include "um/arch.h"
#include "um/sched.h"

/* What switch_to pops: MXCSR and control word, six registers, the return address. */
struct switch_frame {
	u32 mxcsr;
	u16 fpu_cw, pad;
	unsigned long r15, r14, r13, r12, rbx, rbp;
	void (*ip)(void);
	unsigned long no_caller;	/* keeps the stack as after a call, and ends backtraces */
};

void *switch_prepare(void *stack_top, void (*entry)(void))
{
	struct switch_frame *frame = (struct switch_frame *)((char *)stack_top - sizeof(*frame));

	/* At entry() the stack is 16-byte aligned plus the 8 bytes of a return address. */
	frame = (struct switch_frame *)(ALIGN_DOWN((unsigned long)frame, 16) - 8);
	*frame = (struct switch_frame){ .mxcsr = 0x1f80, .fpu_cw = 0x37f, .ip = entry };
	return frame;
}

/* User code and data selectors of 64-bit Linux, arch/x86 segment ABI as ptrace(2) shows them. */
enum { USER_CS = 0x33, USER_SS = 0x2b, EFLAGS_IF_FIXED = 0x202 };

void arch_start_thread(struct uml_pt_regs *regs, unsigned long ip, unsigned long sp)
{
	*regs = (struct uml_pt_regs)EMPTY_UML_PT_REGS;
	regs->gp[HOST_IP] = ip;
	regs->gp[HOST_SP] = sp;
	regs->gp[HOST_CS] = USER_CS;
	regs->gp[HOST_SS] = USER_SS;
	regs->gp[HOST_EFLAGS] = EFLAGS_IF_FIXED;
	regs->gp[HOST_ORIG_AX] = -1UL;
}

int arch_set_tls(struct task *task, unsigned long tls)
{
	if (tls >= ARCH_TASK_SIZE)
		return -EPERM;
	UPT_SET(&task->regs, HOST_FS_BASE, tls);
	return 0;
}

/* Page-fault error code bits: Intel SDM vol. 3, 4.7; trap numbers: 6.3.1. */
enum { PF_PROTECTION = 1, PF_IS_WRITE = 2, PF_USER = 4, PF_INSTR = 16 };
enum { TRAP_DE = 0, TRAP_DB = 1, TRAP_BP = 3, TRAP_UD = 6, TRAP_GP = 13, TRAP_PF = 14, TRAP_AC = 17 };

void arch_fault_info(struct task *task)
{
	const struct gate_event *ev = &task->event;
	struct arch_thread *arch = &task->arch;

	arch->fault_err = 0;
	arch->fault_addr = 0;
	switch (ev->info.si_signo) {
	case SIGSEGV:
	case SIGBUS:
		arch->fault_trap = TRAP_PF;
		arch->fault_addr = ev->addr;
		arch->fault_err = PF_USER | (ev->info.si_code == SEGV_ACCERR ? PF_PROTECTION : 0) |
				  (ev->access == FAULT_WRITE ? PF_IS_WRITE : 0) |
				  (ev->access == FAULT_EXEC ? PF_INSTR : 0);
		if (!ev->fixable) {
			arch->fault_trap = TRAP_GP;
			arch->fault_err = 0;
			arch->fault_addr = 0;
		}
		break;
	case SIGFPE:
		arch->fault_trap = TRAP_DE;
		break;
	case SIGILL:
		arch->fault_trap = TRAP_UD;
		break;
	case SIGTRAP:
		arch->fault_trap = ev->info.si_code == SI_KERNEL ? TRAP_BP : TRAP_DB;
		break;
	}
}

/*
 * The rights register of protection keys (Intel SDM 1, 13.5.7).  The host gives its programs a
 * value of its own to begin with, which K has too, and which keeps code that may only be executed
 * from being read; left out of the state it would be 0, which allows everything.
 */
enum { XSTATE_PKRU = 9 };

static struct protection_keys {
	bool known;
	u32 offset, size;	/* in the XSAVE area; 0: the CPU or the host has none */
	u32 pkru;
} protection_keys;

/* Once only: under a hypervisor each CPUID is an exit to it, some microseconds. */
static void protection_keys_find(void)
{
	enum { LEAF_FEATURES = 7, LEAF_XSAVE = 13, OSPKE = 1 << 4 };
	struct protection_keys *keys = &protection_keys;
	u32 eax, ebx, ecx, edx;

	keys->known = true;
	if (!__get_cpuid_count(LEAF_FEATURES, 0, &eax, &ebx, &ecx, &edx) || !(ecx & OSPKE))
		return;
	if (!__get_cpuid_count(LEAF_XSAVE, XSTATE_PKRU, &eax, &ebx, &ecx, &edx) ||
	    eax < sizeof(keys->pkru))
		return;
	keys->offset = ebx;
	keys->size = sizeof(keys->pkru);
	__asm__ volatile("rdpkru" : "=a"(keys->pkru) : "c"(0) : "edx");
}

static void protection_keys_init(char *buf, size_t size)
{
	const struct protection_keys *keys = &protection_keys;
	u64 features = 1ULL << XSTATE_PKRU;

	if (!keys->known)
		protection_keys_find();
	if (!keys->size || keys->offset + keys->size > size)
		return;
	memcpy(buf + keys->offset, &keys->pkru, sizeof(keys->pkru));
	/* The header's word of components, behind the 512 bytes of FXSAVE. */
	memcpy(buf + 512, &features, sizeof(features));
}

/* XSAVE area, standard form (Intel SDM vol. 1, 13.4): with XSTATE_BV zero all components are in
 * their initial configuration; the legacy words are what FNINIT and reset leave. */
void arch_fp_init(void *buf, size_t size)
{
	const u16 fcw = 0x37f;
	const u32 mxcsr = 0x1f80;

	memset(buf, 0, size);
	memcpy(buf, &fcw, sizeof(fcw));
	memcpy((char *)buf + 24, &mxcsr, sizeof(mxcsr));
	protection_keys_init(buf, size);
}
