/* um begins here: the command line, the host, the gate, the first task, the main loop. */
#include <stdio.h>

#include "um/boot.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/gate.h"
#include "um/init.h"
#include "um/os.h"
#include "um/os_event.h"
#include "um/os_file.h"
#include "um/printk.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/tty.h"
#include "um/uts.h"

#include "switches.h"

static void out(const char *text)
{
	os_write(1, text, strlen(text));
	os_write(1, "\n", 1);
}

static void show_help(void)
{
	out("usage: um [switch]... [init-argument]...");
	out("       um run [option]... ROOT [COMMAND [ARG]...]   (see um run --help)");
	out("       um --help | --version | --showconfig | --syscalls");
	out("");
	out("Boots a guest Linux in this process. Words that are no switch go to init, "
	    "NAME=VALUE to");
	out("its environment, everything behind -- to init.");
	switches_help(out);
}

static void show_version(void)
{
	out("umkit " UM_VERSION " (" UM_SUBARCH "), Linux ABI " UM_RELEASE);
}

static void show_config(void)
{
	char line[80];
	const struct gate *const gates[] = { &ptrace_gate };

	out("SUBARCH=" UM_SUBARCH);
	out("VERSION=" UM_VERSION);
	out("RELEASE=" UM_RELEASE);
	snprintf(line, sizeof(line), "START_ADDR=%#lx", (unsigned long)UM_START_ADDR);
	out(line);
	for (size_t i = 0; i < ARRAY_SIZE(gates); i++) {
		snprintf(line, sizeof(line), "GATE_%s=y", gates[i]->name);
		out(line);
	}
}

/* Commands that print and end; returns if word is none. */
static void information(const char *word)
{
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		show_help();
	else if (!strcmp(word, "--version"))
		show_version();
	else if (!strcmp(word, "--showconfig"))
		show_config();
	else if (!strcmp(word, "--syscalls"))
		syscall_table_print(out);
	else
		return;
	os_exit(0);
}

static void boot_parse(int argc, char **argv)
{
	bool only_init = false;

	for (int i = 1; i < argc; i++) {
		char *word = argv[i];

		if (only_init) {
			boot_add_arg(word);
			continue;
		}
		if (!strcmp(word, "--")) {
			only_init = true;
			continue;
		}
		if (switch_parse(word))
			continue;
		if (word[0] == '-' && word[1])
			um_die("unknown option %s (see um --help)", word);
		if (strchr(word, '=') > word)
			boot_add_env(word);
		else
			boot_add_arg(word);
	}
}

/* ROOT must be there before anything is started. */
static void check_root(void)
{
	int err;

	if (!boot.root && boot.rootflags && !strcmp(boot.rootfstype, "hostfs"))
		boot.root = boot.rootflags;
	if (!boot.root)
		um_die("no root given: root=DIR (see um --help), or um run ROOT");
	err = os_dir_check(boot.root);
	if (err)
		um_die("%s: %s", boot.root, os_strerror(-err));
}

/* Before anything is counted in pages. */
static void check_page_size(void)
{
	if (os_page_size() != PAGE_SIZE)
		um_die("this host has pages of %lu bytes, and this um is for pages of %lu",
		       (unsigned long)os_page_size(), (unsigned long)PAGE_SIZE);
}

static void run_initcalls(enum init_level level)
{
	const struct initcall *call;

	table_for_each(call, um_initcalls) {
		if (call->level != level)
			continue;
		if (call->call())
			panic("%s failed at boot", call->name);
	}
}

void run_initcalls_after_core(void)
{
	for (int level = INIT_VFS; level <= INIT_LATE; level++)
		run_initcalls((enum init_level)level);
}

int main(int argc, char **argv)
{
	const char *problem;
	int err;

	run_initcalls(INIT_TABLES);
	if (argc > 1)
		information(argv[1]);
	save_command_line(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "run"))
		run_parse(argc - 2, argv + 2);
	else
		boot_parse(argc, argv);
	check_root();
	check_page_size();
	if (boot.debugtrace)
		os_debug_stop();
	umid_take();
	os_raise_fd_limit();
	err = os_event_init();
	if (err)
		um_die("the host gives no event descriptors: %s", os_strerror(-err));
	run_initcalls(INIT_CORE);
	printk(LOG_NOTICE, "umkit " UM_VERSION " (" UM_SUBARCH "), Linux ABI " UM_RELEASE);
	printk(LOG_INFO, "Kernel command line: %s", saved_command_line);
	problem = gate_select();
	if (problem)
		um_die("no way to run guest code on this host: %s", problem);
	init_task = kthread_run(init_main, NULL, "init");
	init_group = init_task->group;
	main_loop();
}
