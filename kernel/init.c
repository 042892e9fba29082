/*
 * The first task: file systems, mounts, consoles, and then either a guest's own init, or, for
 * `um run`, one command as a job, while this task stays and reaps.
 */
#include <linux/wait.h>
#include <stdio.h>

#include "um/boot.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/os.h"
#include "um/os_event.h"
#include "um/overlay.h"
#include "um/printk.h"
#include "um/sched.h"
#include "um/tty.h"
#include "um/uts.h"

#include "switches.h"
#include "task.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
enum { STATUS_NOT_EXECUTABLE = 126, STATUS_NOT_FOUND = 127, STATUS_FAILED = 125 };

static void fail(const char *what, const char *why)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "um: %s: %s\n", what, why);

	console_restore();
	os_write_stderr(text, (size_t)min(n, (int)sizeof(text) - 1));
}

static void root_mount(void)
{
	int err;

	if (boot.run_volatile)
		err = overlay_mount_volatile_root(boot.root, "");
	else
		err = mount_root(boot.rootfstype, boot.root_ro ? MS_RDONLY : 0, boot.root, "");
	if (err) {
		fail(boot.root, os_strerror(-err));
		kernel_shutdown(STATUS_FAILED);
	}
	pr_info("VFS: mounted root (%s) %s%s", boot.run_volatile ? "overlay" : boot.rootfstype,
		boot.root, boot.root_ro ? " read-only" : "");
}

/* Mounts if the place is there, or can be made. */
static void mount_at(const char *type, const char *where, unsigned long flags, const char *data)
{
	int err;

	kern_mkdir(where, 0755);
	err = kern_mount_at(type, where, flags, type, data);
	if (err)
		pr_info("%s is not mounted at %s: %s", type, where, os_strerror(-err));
}

/* As the kernel's own CONFIG_DEVTMPFS_MOUNT: without /dev there is no console. */
static void system_mounts(void)
{
	mount_at("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
	if (!boot.run)
		return;
	mount_at("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
	mount_at("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
	mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static void make_parents(const char *path)
{
	char *copy = kstrdup(path);

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		kern_mkdir(copy, 0755);
		*p = '/';
	}
	kfree(copy);
}

/* A host file or directory at a place of the same kind, which is made if it is not there. */
static int bind_host(const struct run_bind *bind)
{
	int err = os_dir_check(bind->host);

	if (err && err != -ENOTDIR)
		return err;
	make_parents(bind->guest);
	if (err)
		kern_mknod(bind->guest, S_IFREG | 0644, 0);
	else
		kern_mkdir(bind->guest, 0755);
	return kern_mount_at("hostfs", bind->guest, 0, bind->host, "shared");
}

static void bind_mounts(void)
{
	for (int i = 0; i < boot.nr_binds; i++) {
		const struct run_bind *bind = &boot.binds[i];
		int err = bind_host(bind);

		if (err) {
			fail(bind->host, os_strerror(-err));
			kernel_shutdown(STATUS_FAILED);
		}
	}
}

/* --- a guest's own init */

/* False: it is for another CPU, which is said, and so will the others be. */
static bool try_init(const char *path)
{
	char *why;
	int err;

	boot.init_argv[0] = (char *)path;
	err = kernel_execve(path, boot.init_argv, boot.init_envp, &why);
	if (why)
		fail(path, why);
	else if (err && (err != -ENOENT || boot.init))
		pr_err("%s cannot be run: %s", path, os_strerror(-err));
	return !why;
}

static void prepend_argv0(void)
{
	char **old = boot.init_argv;
	int n = 0;

	while (old && old[n])
		n++;
	boot.init_argv = kzalloc((size_t)(n + 2) * sizeof(char *));
	if (n)
		memcpy(boot.init_argv + 1, old, (size_t)n * sizeof(char *));
	kfree(old);
}

static void default_env(const char *name, const char *value)
{
	size_t n = strlen(name);

	for (char **e = boot.init_envp; e && *e; e++)
		if (!strncmp(*e, name, n) && (*e)[n] == '=')
			return;
	if (value)
		boot_add_env(kasprintf("%s=%s", name, value));
}

static void start_init(void)
{
	static const char *const usual[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };

	prepend_argv0();
	default_env("HOME", "/");
	default_env("TERM", os_getenv("TERM") ? os_getenv("TERM") : "linux");
	if (boot.init) {
		try_init(boot.init);
		if (current->mm)
			return;
		kernel_shutdown(STATUS_FAILED);
	}
	for (size_t i = 0; i < ARRAY_SIZE(usual) && !current->mm; i++)
		if (!try_init(usual[i]))
			kernel_shutdown(STATUS_FAILED);
	if (current->mm)
		return;
	fail(boot.root, "no init found: give init=PATH, or use um run");
	kernel_shutdown(STATUS_FAILED);
}

/* --- um run */

/* HOME of the user, as the guest's own /etc/passwd says. */
static char *home_of(uid_t uid)
{
	char *text = kzalloc(65536), *line = text, *home = NULL;
	struct file *file = filp_open("/etc/passwd", O_RDONLY, 0);
	loff_t pos = 0;

	if (!IS_ERR(file)) {
		kernel_read(file, text, 65535, &pos);
		fput(file);
	}
	while (*line && !home) {
		char *next = line + strcspn(line, "\n"), *field = line, dir[256];
		unsigned id;

		for (int colon = 0; colon < 2 && field; colon++) {
			field = memchr(field, ':', (size_t)(next - field));
			field = field ? field + 1 : NULL;
		}
		if (field && sscanf(field, "%u:%*u:%*[^:\n]:%255[^:\n]", &id, dir) == 2 &&
		    id == uid)
			home = kstrdup(dir);
		line = *next ? next + 1 : next;
	}
	kfree(text);
	return home ? home : kstrdup(uid ? "/" : "/root");
}

static void run_environment(void)
{
	static const char *const taken_over[] = { "TERM", "COLORTERM", "LANG", "LC_ALL" };

	for (size_t i = 0; i < ARRAY_SIZE(taken_over); i++)
		default_env(taken_over[i], os_getenv(taken_over[i]));
	default_env("PATH", DEFAULT_PATH);
	default_env("HOME", home_of(boot.run_uid));
	default_env("HOSTNAME", init_uts.nodename);
}

static const char *env_path(void)
{
	for (char **e = boot.init_envp; e && *e; e++)
		if (!strncmp(*e, "PATH=", 5))
			return *e + 5;
	return DEFAULT_PATH;
}

/* The command, looked for in PATH if it has no slash.  The last error: what was found but cannot
 * be run wins over what was not found, as in shells.  *why as kernel_execve's. */
static int exec_command(const char *name, char **why)
{
	const char *dir = env_path();
	int err = -ENOENT;

	if (strchr(name, '/'))
		return kernel_execve(name, boot.init_argv, boot.init_envp, why);
	*why = NULL;
	while (*dir) {
		size_t n = strcspn(dir, ":");
		char *path = kasprintf("%.*s/%s", (int)n, dir, name);
		char *reason;
		int try = kernel_execve(path, boot.init_argv, boot.init_envp, &reason);

		kfree(path);
		if (!try)
			return 0;
		if (try != -ENOENT && try != -ENOTDIR) {
			kfree(*why);
			*why = reason;
			err = try;
		}
		dir += n + (dir[n] == ':');
	}
	return err;
}

static void become_user(void)
{
	struct cred *cred;

	if (!boot.run_uid && !boot.run_gid)
		return;
	cred = cred_dup(current->cred);
	cred->uid = cred->euid = cred->suid = cred->fsuid = boot.run_uid;
	cred->gid = cred->egid = cred->sgid = cred->fsgid = boot.run_gid;
	if (boot.run_uid)
		cred->permitted = cred->effective = 0;
	cred_commit(cred);
}

static void job_main(void *arg __maybe_unused)
{
	struct thread_group *group = current->group;
	const char *command = boot.init_argv[0];
	struct path cwd;
	char *why;
	int err;

	group->session_leader = true;
	group_set_session(group, current->pid_ref);
	group_set_pgrp(group, current->pid_ref);
	kfree(current->fs);	/* a kernel thread's: no root yet */
	current->fs = fs_context_copy(init_task->fs);
	err = console_open_stdio();
	if (err)
		pr_err("the console cannot be opened: %s", os_strerror(-err));
	if (boot.run_cwd) {
		err = kern_path(boot.run_cwd, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &cwd);
		if (err) {
			fail(boot.run_cwd, os_strerror(-err));
			do_group_exit(STATUS_FAILED << 8);
		}
		path_put(&current->fs->pwd);
		current->fs->pwd = cwd;
	}
	become_user();
	err = exec_command(command, &why);
	if (!err)
		return;
	fail(command, why ? why : os_strerror(-err));
	do_group_exit((err == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE) << 8);
}

/* A child that has ended, reaped; NULL: none now. */
static bool reap_one(struct task *job, int *job_status)
{
	struct thread_group *child;

	list_for_each_entry(child, &init_group->children, sibling) {
		if (child->nr_threads)
			continue;
		if (child->leader == job)
			*job_status = child->leader->exit_code;
		release_task(child->leader);
		return true;
	}
	return false;
}

static void run_job(void)
{
	struct task *job;
	int status = -1;

	run_environment();
	job = kthread_run(job_main, NULL, "um-run");
	job->group->parent = init_group;
	job->group->parent_task = init_task;
	list_add_tail(&job->group->sibling, &init_group->children);
	task_get(job);
	while (status < 0)
		wait_event(&init_group->wait_child, reap_one(job, &status));
	kernel_shutdown(status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff);
}

/* SIGTERM and the like to um itself: to the job, as if it had been run directly; a guest's init
 * gets what it takes for "power off". */
static void host_signal(int sig)
{
	struct task *task;

	if (boot.run) {
		for_each_task(task)
			if (thread_group_leader(task) && task->group->session_leader && task->mm)
				send_sig(sig, task);
		return;
	}
	kernel_shutdown_soon(128 + sig);
}

void init_main(void *arg __maybe_unused)
{
	run_initcalls_after_core();
	if (boot.hostname)
		snprintf(init_uts.nodename, sizeof(init_uts.nodename), "%s", boot.hostname);
	root_mount();
	system_mounts();
	bind_mounts();
	os_on_signal(SIGTERM, host_signal);
	os_on_signal(SIGHUP, host_signal);
	os_on_signal(SIGINT, host_signal);
	confine_kernel();
	if (boot.run) {
		run_job();
		return;
	}
	if (console_open_stdio())
		pr_err("the console cannot be opened");
	start_init();
}
