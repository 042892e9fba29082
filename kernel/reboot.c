/* The end of um: reboot(2), and kernel_shutdown, through which every orderly end goes. */
#include <linux/reboot.h>

#include "um/boot.h"
#include "um/cred.h"
#include "um/err.h"
#include "um/fs.h"
#include "um/gate.h"
#include "um/os.h"
#include "um/printk.h"
#include "um/rewrite.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/tty.h"

#include "switches.h"

static bool shutting_down;

/* Runs on a fiber: write-back may sleep.  Whoever asks a second time waits for the first. */
void kernel_shutdown(int status)
{
	while (shutting_down)
		sleep_until(TASK_UNINTERRUPTIBLE, KTIME_MAX);
	shutting_down = true;
	if (gate_trampoline_entry)
		rewrite_report();
	sync_all();
	console_flush();
	console_restore();
	gate->shutdown();
	umid_release();
	os_exit(status);
}

static void shutdown_thread(void *arg)
{
	kernel_shutdown((int)(long)arg);
}

void kernel_shutdown_soon(int status)
{
	if (!shutting_down)
		kthread_run(shutdown_thread, (void *)(long)status, "shutdown");
}

SYSCALL_DEFINE4(reboot, A_HEX, unsigned, magic1, A_HEX, unsigned, magic2, A_HEX, unsigned, cmd,
		A_PTR, uaddr_t, arg __maybe_unused)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (magic1 != LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (cmd) {
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0;
	case LINUX_REBOOT_CMD_HALT:
	case LINUX_REBOOT_CMD_POWER_OFF:
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		pr_notice("reboot: %s",
			  cmd == LINUX_REBOOT_CMD_HALT ? "System halted" : "Power down");
		kernel_shutdown(0);
	}
	return -EINVAL;
}
