/* What the system is called and how it does: uname, host and domain name, sysinfo, personality. */
#include <linux/sysinfo.h>
#include <stdio.h>

#include "um/boot.h"
#include "um/cred.h"
#include "um/init.h"
#include "um/mm.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/timer.h"
#include "um/uaccess.h"
#include "um/uts.h"

struct new_utsname init_uts = {
	.sysname = "Linux",
	.nodename = "umkit",
	.release = UM_RELEASE,
	.version = "#1 umkit " UM_VERSION,
	.machine = UTS_MACHINE,
	.domainname = "(none)",
};

static void set_name(char *field, const char *name, size_t len)
{
	len = min(len, (size_t)__NEW_UTS_LEN);
	memset(field, 0, __NEW_UTS_LEN + 1);
	memcpy(field, name, len);
}

void uts_set_nodename(const char *name)
{
	set_name(init_uts.nodename, name, strlen(name));
}

void uts_set_domainname(const char *name)
{
	set_name(init_uts.domainname, name, strlen(name));
}

static int uts_init(void)
{
	if (boot.hostname)
		uts_set_nodename(boot.hostname);
	return 0;
}

INITCALL(INIT_VFS, uts_init);

SYSCALL_DEFINE1(uname, A_PTR, uaddr_t, name)
{
	return copy_to_user(name, &init_uts, sizeof(init_uts));
}

/* uname(2)'s earlier structures; the first has room for 8 characters of each name. */

SYSCALL_DEFINE1(olduname, A_PTR, uaddr_t, name)
{
	struct old_utsname out;

	memset(&out, 0, sizeof(out));
	memcpy(out.sysname, init_uts.sysname, sizeof(out.sysname));
	memcpy(out.nodename, init_uts.nodename, sizeof(out.nodename));
	memcpy(out.release, init_uts.release, sizeof(out.release));
	memcpy(out.version, init_uts.version, sizeof(out.version));
	memcpy(out.machine, init_uts.machine, sizeof(out.machine));
	return put_user(out, name);
}

SYSCALL_DEFINE1(oldolduname, A_PTR, uaddr_t, name)
{
	struct oldold_utsname out;

	memset(&out, 0, sizeof(out));
	memcpy(out.sysname, init_uts.sysname, __OLD_UTS_LEN);
	memcpy(out.nodename, init_uts.nodename, __OLD_UTS_LEN);
	memcpy(out.release, init_uts.release, __OLD_UTS_LEN);
	memcpy(out.version, init_uts.version, __OLD_UTS_LEN);
	memcpy(out.machine, init_uts.machine, __OLD_UTS_LEN);
	return put_user(out, name);
}

static long import_name(char *field, uaddr_t name, int len)
{
	char text[__NEW_UTS_LEN];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > __NEW_UTS_LEN)
		return -EINVAL;
	if (copy_from_user(text, name, (size_t)len))
		return -EFAULT;
	set_name(field, text, (size_t)len);
	return 0;
}

SYSCALL_DEFINE2(sethostname, A_STR, uaddr_t, name, A_INT, int, len)
{
	return import_name(init_uts.nodename, name, len);
}

SYSCALL_DEFINE2(setdomainname, A_STR, uaddr_t, name, A_INT, int, len)
{
	return import_name(init_uts.domainname, name, len);
}

SYSCALL_DEFINE1(sysinfo, A_PTR, uaddr_t, to)
{
	struct sysinfo info;
	int i;

	memset(&info, 0, sizeof(info));
	info.uptime = (__kernel_long_t)(ktime_boot() / NSEC_PER_SEC);
	/* From 11 fraction bits to the 16 of SI_LOAD_SHIFT. */
	for (i = 0; i < 3; i++)
		info.loads[i] = avenrun[i] << (SI_LOAD_SHIFT - 11);
	info.totalram = (__kernel_ulong_t)nr_total_pages();
	info.freeram = (__kernel_ulong_t)nr_free_pages();
	info.sharedram = (__kernel_ulong_t)nr_shmem_pages();
	info.procs = (__u16)min(nr_tasks, 0xffff);
	info.mem_unit = (__u32)PAGE_SIZE;
	if (nr_total_pages() <= (__kernel_ulong_t)-1 / PAGE_SIZE) {
		info.totalram *= PAGE_SIZE;
		info.freeram *= PAGE_SIZE;
		info.sharedram *= PAGE_SIZE;
		info.mem_unit = 1;
	}
	return copy_to_user(to, &info, sizeof(info));
}

/* personality(2): the value is kept and shown; 0xffffffff only asks. */
SYSCALL_DEFINE1(personality, A_HEX, unsigned, persona)
{
	unsigned old = (unsigned)current->personality;

	if (persona != 0xffffffff)
		current->personality = persona;
	return old;
}

SYSCALL_DEFINE3(getcpu, A_PTR, uaddr_t, cpu, A_PTR, uaddr_t, node, A_PTR, uaddr_t, cache)
{
	/* Guests have one memory node, and are told one CPU; layer/vdso/vdso.c says so too. */
	const unsigned zero = 0;

	(void)cache;
	if ((cpu && put_user(zero, cpu)) || (node && put_user(zero, node)))
		return -EFAULT;
	return 0;
}
