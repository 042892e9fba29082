/*
 * Level 8, what a program starts with: the constants that a loader needs, against this very
 * program's own ELF header, and against a child that the host has just started.
 */
#include <linux/auxvec.h>
#include <linux/elf.h>

#include "check.h"
#include "host.h"
#include "kernel_stub.h"
#include "um/os_process.h"
#include "um/ptrace_host.h"

enum { FP_ROOM = 65536, WORDS = 512, STARTS = 12 };

/* The header where the linker has put it: at the begin of the program's first segment. */
extern const unsigned char __ehdr_start[];

static void check_elf(void)
{
	/* the same up to e_version in both classes */
	const Elf64_Ehdr *head = (const void *)__ehdr_start;

	check_same("ELF_ARCH", "e_machine", ELF_ARCH, head->e_machine);
	check_same("ELF_CLASS", "32-bit or 64-bit", ELF_CLASS, head->e_ident[EI_CLASS]);
	check_same("ARCH_ELF_CLASS", "bits of an address", ARCH_ELF_CLASS, 8 * sizeof(void *));
	check_same("ELF_DATA", "byte order", ELF_DATA, head->e_ident[EI_DATA]);
}

static void check_names(void)
{
	const char *platform = host_platform(), *machine = host_machine(), *ours = ELF_PLATFORM;
	bool both = ours && platform, same = both ? !strcmp(ours, platform) : ours == platform;

	/* Of models guests are told none, as they are not told of all that one can do. */
	if (!check("ELF_PLATFORM", "as AT_PLATFORM has it",
		   same || (ARCH_PLATFORM_IS_MODEL && both)))
		note("got %s, the host says %s", ours ? ours : "none",
		     platform ? platform : "none");
	if (!check("UTS_MACHINE", "as uname has it", !strcmp(UTS_MACHINE, machine)))
		note("got %s, the host says %s", UTS_MACHINE, machine);
}

static void check_memory(void)
{
	size_t page = host_page_size();

	check_same("ARCH_PAGE_SHIFT", "the host's pages", 1UL << ARCH_PAGE_SHIFT, page);
	check("ARCH_HOST_TASK_SIZE", "the last page before it can be mapped",
	      host_can_map(ALIGN_DOWN(ARCH_HOST_TASK_SIZE, page) - page) ||
		      (host_can_map(ALIGN_DOWN(ARCH_HOST_TASK_SIZE_MIN, page) - page) &&
		       !host_can_map(ALIGN(ARCH_HOST_TASK_SIZE_MIN, page))));
	check("ARCH_TASK_SIZE", "below it, with room for the layer",
	      ARCH_TASK_SIZE < ARCH_HOST_TASK_SIZE && ARCH_TASK_SIZE % page == 0 &&
	      ARCH_HOST_TASK_SIZE - ARCH_TASK_SIZE >= 64UL << 20);
}

/* The lowest bit that is set in the stack pointer of any program. */
static void check_stack_align(void)
{
	unsigned long bits = 0;
	char name[STARTS + 1] = "";

	for (int i = 0; i < STARTS; i++) {
		int pid = host_child_exec(name);
		struct task *task = stub_task(pid);

		if (stub_load(task))
			bits |= UPT_SP(&task->regs);
		host_end(pid);
		name[i] = 'x';
	}
	check_same("STACK_ALIGN", "what programs start with", STACK_ALIGN, bits & -bits);
}

/* Lets a program that has just been started go to its first instruction, which is at an address
 * where there is none: in the CPU, registers and FP state take the form that they keep. */
static bool start(int pid, struct uml_pt_regs *regs)
{
	struct task *task = stub_task(pid);
	struct os_stop stop;

	task->regs = *regs;
	UPT_IP(&task->regs) = 0;
	if (!stub_store(task) || os_resume(pid, OS_CONT) || os_wait_stop(pid, true, &stop) ||
	    stop.why != STOP_SIGNAL || !stub_load(task))
		return false;
	*regs = task->regs;
	return true;
}

/* exec's number and arguments: what they are the host needs. */
static bool is_of_exec(size_t i)
{
	static struct uml_pt_regs regs;
	const size_t part[] = { PT_IP_OFFSET, PT_SP_OFFSET, PT_SYSCALL_NR_OFFSET,
				PT_SYSCALL_ARG1_OFFSET,
				PT_SYSCALL_ARG2_OFFSET, PT_SYSCALL_ARG3_OFFSET };

	for (size_t k = 0; k < ARRAY_SIZE(part); k++)
		if (i == part[k] / sizeof(long))
			return true;
	return i == (size_t)(&UPT_ORIG_SYSCALL(&regs) - regs.gp);
}

/* Registers that on some hosts a new program finds as the old one had them: found by an exec in
 * which each has a value of its own. */
static void find_left_over(bool *left)
{
	unsigned long before[WORDS], after[WORDS];
	int pid = host_child_at_exec("changed");
	size_t n;

	if (pid < 0)
		return;
	n = host_get_words(pid, before, WORDS);
	for (size_t i = 0; i < n; i++) {
		unsigned long old = before[i];

		left[i] = is_of_exec(i);
		if (left[i])
			continue;
		before[i] = host_distinct(i);
		left[i] = host_set_words(pid, before, n);
		host_get_words(pid, after, WORDS);
		left[i] = left[i] && after[i] == before[i];
		if (!left[i])
			before[i] = old;
	}
	host_set_words(pid, before, n);
	host_run_to_stop(pid);
	host_get_words(pid, after, WORDS);
	for (size_t i = 0; i < n; i++)
		left[i] = left[i] && after[i] && after[i] == before[i] && !PT_IS_STATE(i);
	host_end(pid);
}

/* The same for the words of the FP state. */
static void find_fp_left_over(bool *left)
{
	static u32 set[FP_ROOM / 4], now[FP_ROOM / 4];
	int pid = host_child_at_exec("changed");
	size_t n;

	if (pid < 0)
		return;
	n = (size_t)max(os_getfp(pid, set, FP_ROOM), (ssize_t)0);
	for (size_t i = 0; i < n / 4; i++) {
		u32 old = set[i];

		set[i] = 0x3ff00000 + (u32)i * 0x1010;
		left[i] = !os_setfp(pid, set, n) && os_getfp(pid, now, FP_ROOM) == (ssize_t)n &&
			  !memcmp(now, set, n);
		if (left[i])
			continue;
		set[i] = old;
		os_setfp(pid, set, n);
	}
	host_run_to_stop(pid);
	os_getfp(pid, now, FP_ROOM);
	for (size_t i = 0; i < n / 4; i++)
		left[i] = left[i] && now[i] == set[i];
	host_end(pid);
}

/* The registers as arch_start_thread makes them, and as the host does. */
static void check_start(int started)
{
	struct task *task = stub_task(started);
	struct uml_pt_regs fresh, ours;
	unsigned long words[WORDS];
	int other = host_child_exec("other"), wrong = -1, nr_words;
	bool left[WORDS] = { false };

	find_left_over(left);
	stub_load(task);
	fresh = task->regs;
	memset(&ours, 0x5a, sizeof(ours));
	arch_start_thread(&ours, UPT_IP(&fresh), UPT_SP(&fresh));
	check("arch_start_thread", "instruction and stack pointer",
	      UPT_IP(&ours) == UPT_IP(&fresh) && UPT_SP(&ours) == UPT_SP(&fresh));
	check("arch_start_thread", "no system call to restart", UPT_SYSCALL_NR(&ours) == -1);
	check("arch_start_thread", "the host takes these registers",
	      start(started, &fresh) && start(other, &ours));
	nr_words = (int)host_get_words(other, words, WORDS);
	for (int i = 0; i < nr_words && wrong < 0; i++)
		if (ours.gp[i] != (left[i] ? 0 : fresh.gp[i]) &&
		    i != (int)(PT_SYSCALL_NR_OFFSET / sizeof(long)))
			wrong = i;
	if (!check("arch_start_thread", "registers as the host starts programs", wrong < 0))
		note("register %d: %#lx, the host's %#lx", wrong, ours.gp[wrong], fresh.gp[wrong]);
	host_end(other);
}

static void check_fp(int started)
{
	static unsigned char theirs[FP_ROOM], ours[FP_ROOM];
	static bool left[FP_ROOM / 4];
	ssize_t size = os_getfp(started, theirs, FP_ROOM), at = 0;
	int other = host_child_exec("other");
	struct uml_pt_regs regs;
	struct task *task = stub_task(other);

	if (check("PT_FP_REGSET", "the host has such a register set", size > 0)) {
		memset(ours, 0x5a, (size_t)size);
		arch_fp_init(ours, (size_t)size);
		check("arch_fp_init", "a state that the host takes",
		      !os_setfp(other, ours, (size_t)size));
		stub_load(task);
		regs = task->regs;
		start(other, &regs);
		os_getfp(other, ours, FP_ROOM);
		find_fp_left_over(left);
		while (at < size && ours[at] == (left[at / 4] ? 0 : theirs[at]))
			at++;
		if (!check("arch_fp_init", "the state that programs start with", at == size))
			note("byte %zd: %#x, the host's %#x", at, ours[at], theirs[at]);
	}
	host_end(other);
}

static void check_checksum(void)
{
	static const u8 odd[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x80 };
	u16 sum = ip_compute_csum(odd, sizeof(odd) - 1);	/* RFC 1071, section 3: ddf2 */
	u8 bytes[2];

	memcpy(bytes, &sum, sizeof(sum));
	check("ip_compute_csum", "RFC 1071's example", bytes[0] == 0x22 && bytes[1] == 0x0d);
	sum = ip_compute_csum(odd, sizeof(odd));
	memcpy(bytes, &sum, sizeof(sum));
	check("ip_compute_csum", "an odd number of bytes", bytes[0] == 0xa2 && bytes[1] == 0x0c);
}

int main(void)
{
	int started = host_child_exec("started");

	check_elf();
	check_names();
	check_memory();
	check_stack_align();
	trying("arch_start_thread");
	check_start(started);
	trying("arch_fp_init");
	check_fp(started);
	check_checksum();
	host_end(started);
	return checks_done();
}
