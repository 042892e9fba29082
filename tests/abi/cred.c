/*
 * Credentials: the set*id family, supplementary groups, file access by uid,
 * capabilities with bounding and ambient sets, securebits, no_new_privs.
 * Rows that need root skip without it; the others drop to an ordinary uid.
 */
#include "child.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

enum { USER = 65534, OTHER = 54321, THIRD = 43210 };

struct caps {
	uint64_t effective, permitted, inheritable;
};

static void need_root(void)
{
	if (geteuid() != 0)
		abi_skip("needs root");
}

static struct caps get_caps(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	OK(syscall(SYS_capget, &header, data));
	return (struct caps){
		data[0].effective | (uint64_t)data[1].effective << 32,
		data[0].permitted | (uint64_t)data[1].permitted << 32,
		data[0].inheritable | (uint64_t)data[1].inheritable << 32,
	};
}

static long set_caps(struct caps caps)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ caps.effective, caps.permitted, caps.inheritable },
		{ caps.effective >> 32, caps.permitted >> 32, caps.inheritable >> 32 },
	};

	return syscall(SYS_capset, &header, data);
}

static uint64_t bit(int cap)
{
	return 1ULL << cap;
}

static void uids_are(uid_t real, uid_t effective, uid_t saved)
{
	uid_t r, e, s;

	OK(getresuid(&r, &e, &s));
	EQ(r, real);
	EQ(e, effective);
	EQ(s, saved);
	EQ(getuid(), real);
	EQ(geteuid(), effective);
}

static void gids_are(gid_t real, gid_t effective, gid_t saved)
{
	gid_t r, e, s;

	OK(getresgid(&r, &e, &s));
	EQ(r, real);
	EQ(e, effective);
	EQ(s, saved);
	EQ(getgid(), real);
	EQ(getegid(), effective);
}

/* The caller as an ordinary user, whoever ran the test. */
static uid_t ordinary(void)
{
	drop_root();
	return getuid();
}

static void unprivileged(void)
{
	uid_t uid = ordinary();

	FAILS(EPERM, setuid(0));
	FAILS(EPERM, seteuid(uid + 1));
	FAILS(EPERM, setreuid(0, -1));
	FAILS(EPERM, setreuid(-1, 0));
	FAILS(EPERM, setresuid(-1, -1, 0));
	FAILS(EPERM, setresuid(uid, 0, uid));
	FAILS(EPERM, setgid(0));
	FAILS(EPERM, setresgid(-1, 0, -1));
	FAILS(EPERM, setregid(0, 0));
	FAILS(EPERM, setgroups(0, NULL));
	FAILS(EINVAL, setuid(-1));
	FAILS(EINVAL, setgid(-1));
	OK(setresuid(-1, -1, -1));
	OK(setuid(uid));
	OK(setreuid(uid, uid));
	uids_are(uid, uid, uid);
	FAILS(EFAULT, syscall(SYS_getresuid, bad_ptr(), NULL, NULL));
}

static void setuid_root(void)
{
	need_root();
	OK(setuid(USER));
	uids_are(USER, USER, USER);
	FAILS(EPERM, setuid(0));
	FAILS(EPERM, seteuid(0));
}

static void saved_uid(void)
{
	need_root();
	OK(seteuid(USER));
	uids_are(0, USER, 0);
	FAILS(EPERM, seteuid(OTHER));
	/* Without privilege setuid changes the effective id alone. */
	OK(setuid(0));
	uids_are(0, 0, 0);
	OK(setresuid(USER, USER, OTHER));
	OK(setuid(OTHER));
	uids_are(USER, OTHER, OTHER);
	OK(setuid(USER));
	uids_are(USER, USER, OTHER);
}

static void reuid(void)
{
	need_root();
	OK(setreuid(-1, USER));
	uids_are(0, USER, USER);
	OK(setreuid(USER, 0));
	uids_are(USER, 0, 0);
	OK(setreuid(USER, -1));
	uids_are(USER, 0, 0);
	OK(setreuid(OTHER, USER));
	uids_are(OTHER, USER, USER);
	OK(setreuid(-1, OTHER));
	/* The saved id follows only an effective id that was not the real one. */
	uids_are(OTHER, OTHER, USER);
	FAILS(EPERM, setreuid(-1, THIRD));
	OK(setreuid(-1, USER));
	uids_are(OTHER, USER, USER);
}

static void resuid(void)
{
	need_root();
	OK(setresuid(USER, OTHER, THIRD));
	uids_are(USER, OTHER, THIRD);
	OK(setresuid(THIRD, USER, OTHER));
	uids_are(THIRD, USER, OTHER);
	OK(setresuid(-1, OTHER, -1));
	uids_are(THIRD, OTHER, OTHER);
	FAILS(EPERM, setresuid(USER, -1, -1));
	uids_are(THIRD, OTHER, OTHER);
}

static void group_ids(void)
{
	need_root();
	OK(setresgid(USER, OTHER, THIRD));
	gids_are(USER, OTHER, THIRD);
	OK(setegid(THIRD));
	gids_are(USER, THIRD, THIRD);
	OK(setregid(-1, OTHER));
	gids_are(USER, OTHER, OTHER);
	OK(setgid(USER));
	gids_are(USER, USER, USER);
	OK(setuid(USER));
	FAILS(EPERM, setgid(OTHER));
	FAILS(EPERM, setegid(OTHER));
	gids_are(USER, USER, USER);
}

static void groups(void)
{
	gid_t want[] = { 5, 300000, 4 }, have[8];
	volatile int negative = -1;
	int found = 0;

	need_root();
	OK(setgroups(3, want));
	EQ(getgroups(0, NULL), 3);
	FAILS(EINVAL, getgroups(2, have));
	FAILS(EINVAL, getgroups(negative, have));
	EQ(getgroups(8, have), 3);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			found |= (have[i] == want[j]) << j;
	EQ(found, 7);
	FAILS(EFAULT, getgroups(8, bad_ptr()));
	FAILS(EFAULT, setgroups(2, bad_ptr()));
	FAILS(EINVAL, setgroups(65537, want));
	FAILS(EINVAL, setgroups(-1, want));
	EQ(getgroups(0, NULL), 3);
	OK(setgroups(0, NULL));
	EQ(getgroups(0, NULL), 0);
}

static void inherited(void)
{
	need_root();
	OK(setgroups(1, &(gid_t){ 77 }));
	OK(setresgid(USER, OTHER, THIRD));
	OK(setresuid(USER, OTHER, THIRD));
	pid_t pid = OK(fork());

	if (pid == 0) {
		gid_t have;

		uids_are(USER, OTHER, THIRD);
		gids_are(USER, OTHER, THIRD);
		EQ(getgroups(1, &have), 1);
		EQ(have, 77);
		_exit(0);
	}
	child_join(pid);
}

static void status_file(void)
{
	char line[128];

	need_root();
	OK(setgroups(2, (gid_t[]){ 77, 78 }));
	OK(setresgid(11, 12, 13));
	OK(setresuid(USER, OTHER, THIRD));
	/* Not dumpable any more, but a process may always read its own. */
	EQ(strcmp(proc_field("/proc/self/status", "Uid"), "65534\t54321\t43210\t54321\n"), 0);
	EQ(strcmp(proc_field("/proc/self/status", "Gid"), "11\t12\t13\t12\n"), 0);
	snprintf(line, sizeof(line), "%s", proc_field("/proc/self/status", "Groups"));
	EQ(strncmp(line, "77 78", 5), 0);
	EQ(strtoull(proc_field("/proc/self/status", "CapEff"), NULL, 16), 0);
}

static void make_file(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	int fd = OK(open(name, O_WRONLY | O_CREAT | O_EXCL, 0600));

	OK(fchown(fd, uid, gid));
	OK(fchmod(fd, mode));
	close(fd);
}

static void access_by_class(void)
{
	static const struct {
		mode_t mode;
		uid_t uid;
		gid_t gid;
		bool may_read;
	} cases[] = {
		{ 0400, USER, 0, true },  { 0044, USER, USER, false }, { 0040, 0, USER, true },
		{ 0404, 0, USER, false }, { 0040, 0, 77, true },       { 0404, 0, 77, false },
		{ 0040, 0, 78, false },	  { 0004, 0, 78, true },       { 0660, 0, 78, false },
	};
	char name[8];

	need_root();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "f%zu", i);
		make_file(name, cases[i].mode, cases[i].uid, cases[i].gid);
		/* Root's capability passes every read check. */
		close(OK(open(name, O_RDWR)));
	}
	OK(setgroups(1, &(gid_t){ 77 }));
	OK(setresgid(USER, USER, USER));
	OK(setresuid(USER, USER, USER));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "f%zu", i);
		if (cases[i].may_read)
			close(OK(open(name, O_RDONLY)));
		else
			FAILS(EACCES, open(name, O_RDONLY));
		FAILS(EACCES, open(name, O_WRONLY));
	}
}

static void directories(void)
{
	need_root();
	OK(mkdir("closed", 0700));
	OK(mkdir("search", 0711));
	OK(mkdir("list", 0744));
	OK(mkdir("sticky", 01777));
	OK(chmod("sticky", 01777));
	make_file("closed/f", 0666, 0, 0);
	make_file("search/f", 0666, 0, 0);
	make_file("list/f", 0666, 0, 0);
	make_file("sticky/f", 0666, 0, 0);
	make_file("sticky/mine", 0600, USER, 0);
	drop_root();
	FAILS(EACCES, open("closed/f", O_RDONLY));
	FAILS(EACCES, open("closed", O_RDONLY));
	close(OK(open("search/f", O_RDWR)));
	FAILS(EACCES, open("search", O_RDONLY));
	FAILS(EACCES, open("search/new", O_WRONLY | O_CREAT, 0600));
	FAILS(EACCES, unlink("search/f"));
	FAILS(EACCES, open("list/f", O_RDONLY));
	close(OK(open("list", O_RDONLY)));
	FAILS(EPERM, unlink("sticky/f"));
	FAILS(EPERM, rename("sticky/f", "sticky/g"));
	OK(unlink("sticky/mine"));
	FAILS(EACCES, mkdir("new", 0700));
}

static void owner_only(void)
{
	need_root();
	make_file("f", 0666, 0, 0);
	make_file("mine", 04666, USER, USER);
	drop_root();
	FAILS(EPERM, chmod("f", 0600));
	FAILS(EPERM, chown("f", USER, USER));
	FAILS(EPERM, chown("mine", 0, -1));
	FAILS(EPERM, chown("mine", -1, 0));
	OK(chmod("mine", 0640));
	OK(chown("mine", USER, USER));
	OK(chown("f", -1, -1));
}

static void access_uses_real(void)
{
	need_root();
	make_file("f", 0600, 0, 0);
	OK(setresuid(USER, 0, 0));
	FAILS(EACCES, syscall(SYS_faccessat, AT_FDCWD, "f", R_OK));
	close(OK(open("f", O_RDONLY)));
	OK(setresuid(0, USER, 0));
	OK(syscall(SYS_faccessat, AT_FDCWD, "f", R_OK));
	FAILS(EACCES, open("f", O_RDONLY));
}

static void fsuid(void)
{
	need_root();
	make_file("f", 0600, 0, 0);
	EQ(setfsuid(USER), 0);
	EQ(setfsuid(-1), USER);
	EQ(setfsgid(USER), 0);
	EQ(setfsgid(-1), USER);
	EQ(geteuid(), 0);
	FAILS(EACCES, open("f", O_RDONLY));
	EQ(get_caps().effective & bit(CAP_DAC_OVERRIDE), 0);
	EQ(setfsuid(0), USER);
	close(OK(open("f", O_RDONLY)));
	/* A change of the effective id takes the file id along. */
	OK(seteuid(USER));
	EQ(setfsuid(-1), USER);
	setfsuid(OTHER);
	EQ(setfsuid(-1), USER);
}

static void signal_permission(void)
{
	static const uid_t ids[][2] = { { USER, USER }, { OTHER, USER }, { USER, OTHER } };

	need_root();
	for (int i = 0; i < 3; i++) {
		atomic_int *ready = shared_mem(sizeof(*ready));

		/* The target's real or saved id counts, its effective one does not. */
		pid_t target = OK(fork());

		if (target == 0) {
			OK(setresuid(ids[i][0], ids[i][1], ids[i][0]));
			*ready = 1;
			for (;;)
				pause();
		}
		await(ready, 1);
		pid_t pid = OK(fork());

		if (pid == 0) {
			OK(setresuid(USER, USER, USER));
			if (ids[i][0] == USER)
				OK(kill(target, 0));
			else
				FAILS(EPERM, kill(target, 0));
			_exit(0);
		}
		child_join(pid);
		OK(kill(target, SIGKILL));
		abi_wait(target);
	}
}

static void capget_versions(void)
{
	struct __user_cap_header_struct header = { 0, 0 };
	struct __user_cap_data_struct data[2];

	FAILS(EINVAL, syscall(SYS_capget, &header, data));
	EQ(header.version, _LINUX_CAPABILITY_VERSION_3);
	header.version = 1234;
	EQ(syscall(SYS_capget, &header, NULL), 0);
	EQ(header.version, _LINUX_CAPABILITY_VERSION_3);
	header.pid = -1;
	FAILS(EINVAL, syscall(SYS_capget, &header, data));
	pid_t pid = OK(fork());

	if (pid == 0)
		_exit(0);
	EQ(abi_wait(pid), 0);
	header.pid = pid;
	FAILS(ESRCH, syscall(SYS_capget, &header, data));
	header.pid = getppid();
	OK(syscall(SYS_capget, &header, data));
	FAILS(EPERM, syscall(SYS_capset, &header, data));
	FAILS(EFAULT, syscall(SYS_capget, bad_ptr(), data));
	header.pid = 0;
	FAILS(EFAULT, syscall(SYS_capget, &header, bad_ptr()));
	FAILS(EFAULT, syscall(SYS_capset, &header, bad_ptr()));
	header.version = 0;
	FAILS(EINVAL, syscall(SYS_capset, &header, data));
}

static void drop_caps(void)
{
	need_root();
	make_file("f", 0666, 0, 0);
	struct caps caps = get_caps();

	CHECK(caps.effective & bit(CAP_CHOWN));
	caps.effective &= ~bit(CAP_CHOWN);
	OK(set_caps(caps));
	FAILS(EPERM, chown("f", USER, USER));
	caps.effective |= bit(CAP_CHOWN);
	OK(set_caps(caps));
	OK(chown("f", USER, USER));
	caps.effective &= ~bit(CAP_CHOWN);
	caps.permitted &= ~bit(CAP_CHOWN);
	OK(set_caps(caps));
	caps.permitted |= bit(CAP_CHOWN);
	FAILS(EPERM, set_caps(caps));
	caps.permitted &= ~bit(CAP_CHOWN);
	caps.effective |= bit(CAP_CHOWN);
	FAILS(EPERM, set_caps(caps));
	EQ(geteuid(), 0);
	FAILS(EPERM, chown("f", 0, 0));
}

static void caps_and_uids(void)
{
	need_root();
	struct caps full = get_caps();

	OK(seteuid(USER));
	EQ(get_caps().effective, 0);
	CHECK(get_caps().permitted == full.permitted);
	OK(seteuid(0));
	CHECK(get_caps().effective == full.effective);
	OK(setresuid(USER, USER, USER));
	EQ(get_caps().effective, 0);
	EQ(get_caps().permitted, 0);
}

static void keep_caps(void)
{
	need_root();
	struct caps caps = get_caps();

	EQ(prctl(PR_GET_KEEPCAPS), 0);
	OK(prctl(PR_SET_KEEPCAPS, 1));
	EQ(prctl(PR_GET_KEEPCAPS), 1);
	FAILS(EINVAL, prctl(PR_SET_KEEPCAPS, 2));
	OK(setresuid(USER, USER, USER));
	CHECK(get_caps().permitted == caps.permitted);
	EQ(get_caps().effective, 0);
	caps.effective = bit(CAP_SETUID);
	OK(set_caps(caps));
	OK(setresuid(0, 0, 0));
	uids_are(0, 0, 0);
}

static void bounding(void)
{
	struct caps caps = get_caps();

	FAILS(EINVAL, prctl(PR_CAPBSET_READ, 64));
	FAILS(EINVAL, prctl(PR_CAPBSET_READ, -1));
	if (!(caps.effective & bit(CAP_SETPCAP))) {
		FAILS(EPERM, prctl(PR_CAPBSET_DROP, CAP_SYS_TIME));
		return;
	}
	FAILS(EINVAL, prctl(PR_CAPBSET_DROP, 64));
	EQ(prctl(PR_CAPBSET_READ, CAP_SYS_CHROOT), 1);
	OK(prctl(PR_CAPBSET_DROP, CAP_SYS_CHROOT));
	EQ(prctl(PR_CAPBSET_READ, CAP_SYS_CHROOT), 0);
	OK(prctl(PR_CAPBSET_DROP, CAP_SYS_CHROOT));
	/* Held all the same, but not to be made inheritable. */
	CHECK(get_caps().permitted & bit(CAP_SYS_CHROOT));
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(prctl(PR_CAPBSET_READ, CAP_SYS_CHROOT), 0);
		_exit(0);
	}
	child_join(pid);
}

static long ambient(int op, int cap)
{
	return prctl(PR_CAP_AMBIENT, op, cap, 0, 0);
}

static void ambient_set(void)
{
	struct caps caps;

	FAILS(EINVAL, ambient(PR_CAP_AMBIENT_RAISE, 64));
	FAILS(EINVAL, ambient(99, CAP_CHOWN));
	FAILS(EINVAL, ambient(PR_CAP_AMBIENT_CLEAR_ALL, 1));
	EQ(ambient(PR_CAP_AMBIENT_IS_SET, CAP_CHOWN), 0);
	FAILS(EPERM, ambient(PR_CAP_AMBIENT_RAISE, CAP_CHOWN));
	need_root();
	caps = get_caps();
	caps.inheritable |= bit(CAP_CHOWN) | bit(CAP_KILL);
	OK(set_caps(caps));
	OK(ambient(PR_CAP_AMBIENT_RAISE, CAP_CHOWN));
	OK(ambient(PR_CAP_AMBIENT_RAISE, CAP_KILL));
	EQ(ambient(PR_CAP_AMBIENT_IS_SET, CAP_CHOWN), 1);
	OK(ambient(PR_CAP_AMBIENT_LOWER, CAP_KILL));
	EQ(ambient(PR_CAP_AMBIENT_IS_SET, CAP_KILL), 0);
	caps.inheritable &= ~bit(CAP_CHOWN);
	OK(set_caps(caps));
	EQ(ambient(PR_CAP_AMBIENT_IS_SET, CAP_CHOWN), 0);
	caps.inheritable |= bit(CAP_CHOWN);
	OK(set_caps(caps));
	OK(ambient(PR_CAP_AMBIENT_RAISE, CAP_CHOWN));
	OK(ambient(PR_CAP_AMBIENT_CLEAR_ALL, 0));
	EQ(ambient(PR_CAP_AMBIENT_IS_SET, CAP_CHOWN), 0);
}

/* After an exec: exits with 0 if exactly the capabilities in argv[2] are effective. */
__attribute__((constructor)) static void after_exec(int argc, char **argv, char **envp)
{
	(void)envp;
	if (argc < 3 || strcmp(argv[1], "@caps") != 0)
		return;
	_exit(get_caps().effective == strtoull(argv[2], NULL, 16) ? 0 : 1);
}

static void exec_caps(uint64_t want)
{
	char text[24], *argv[] = { "zero", "@caps", text, NULL }, *envp[] = { NULL };

	snprintf(text, sizeof(text), "%llx", (unsigned long long)want);
	OK(execve("/proc/self/exe", argv, envp));
}

static void caps_over_exec(void)
{
	need_root();
	for (int how = 0; how < 4; how++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			struct caps caps = get_caps();

			OK(prctl(PR_SET_KEEPCAPS, 1));
			if (how != 2)
				OK(setresuid(USER, USER, USER));
			caps.effective = how == 2 ? 0 : caps.permitted;
			caps.inheritable |= bit(CAP_CHOWN);
			OK(set_caps(caps));
			if (how == 0)
				exec_caps(0);
			OK(ambient(PR_CAP_AMBIENT_RAISE, CAP_CHOWN));
			if (how == 1)
				exec_caps(bit(CAP_CHOWN));
			/* Root gets all of its bounding set again. */
			if (how == 2)
				exec_caps(caps.permitted);
			caps.permitted = caps.effective = 0;
			OK(set_caps(caps));
			exec_caps(0);
		}
		child_join(pid);
	}
}

static void securebits(void)
{
	EQ(prctl(PR_GET_SECUREBITS), 0);
	if (geteuid() != 0) {
		FAILS(EPERM, prctl(PR_SET_SECUREBITS, SECBIT_NOROOT));
		return;
	}
	FAILS(EPERM, prctl(PR_SET_SECUREBITS, 1 << 20));
	struct caps caps = get_caps();

	OK(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP));
	EQ(prctl(PR_GET_SECUREBITS), SECBIT_NO_SETUID_FIXUP);
	OK(setresuid(USER, USER, USER));
	CHECK(get_caps().effective == caps.effective);
	OK(setresuid(0, 0, 0));
	OK(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED));
	FAILS(EPERM, prctl(PR_SET_SECUREBITS, 0));
	FAILS(EPERM, prctl(PR_SET_SECUREBITS, SECBIT_NOROOT_LOCKED));
	pid_t pid = OK(fork());

	/* A root that is nothing special. */
	if (pid == 0)
		exec_caps(0);
	child_join(pid);
}

static void no_new_privs(void)
{
	EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	FAILS(EINVAL, prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	FAILS(EINVAL, prctl(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0));
	FAILS(EINVAL, prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
	FAILS(EINVAL, prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
	OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	EQ(atoi(proc_field("/proc/self/status", "NoNewPrivs")), 1);
	pid_t pid = OK(fork());

	if (pid == 0) {
		EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
		_exit(0);
	}
	child_join(pid);
}

static const struct abi_row rows[] = {
	{ unprivileged, "without privilege: EPERM for another's ids" },
	{ setuid_root, "root's setuid drops all three ids" },
	{ saved_uid, "seteuid and the saved id" },
	{ reuid, "setreuid and the saved id" },
	{ resuid, "setresuid permutes without privilege" },
	{ group_ids, "setresgid, setegid, setregid, setgid" },
	{ groups, "setgroups and getgroups" },
	{ inherited, "fork inherits all ids" },
	{ status_file, "ids in /proc/self/status" },
	{ access_by_class, "owner, group and other: the first class that fits decides" },
	{ directories, "search, list, write and sticky directories" },
	{ owner_only, "chmod and chown need the owner" },
	{ access_uses_real, "access asks for the real id" },
	{ fsuid, "setfsuid and setfsgid" },
	{ signal_permission, "who may signal whom" },
	{ capget_versions, "capget and capset: versions and errors" },
	{ drop_caps, "a capability lowered, raised, lost" },
	{ caps_and_uids, "capabilities follow the user ids" },
	{ keep_caps, "PR_SET_KEEPCAPS" },
	{ bounding, "bounding set" },
	{ ambient_set, "ambient set" },
	{ caps_over_exec, "capabilities over exec" },
	{ securebits, "securebits" },
	{ no_new_privs, "no_new_privs" },
};

ABI_MAIN(rows)
