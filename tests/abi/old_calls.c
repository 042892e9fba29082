/*
 * The other calls of 32-bit CPUs' first years: 16-bit ids, signal sets of one word, limits with a
 * sign, and the calls that stand for many, ipc and socketcall.
 */
#include "narrow.h"

#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>

#ifndef SYS_getuid32
#define SYS_getuid32 NO_CALL
#define SYS_setresuid32 NO_CALL
#define SYS_setgroups32 NO_CALL
#define SYS_getgroups32 NO_CALL
#define SYS_setregid32 NO_CALL
#define SYS_chown32 NO_CALL
#endif
#ifndef SYS_ugetrlimit
#define SYS_ugetrlimit NO_CALL
#endif
#ifndef SYS_sigaction
#define SYS_sigaction NO_CALL
#define SYS_sigprocmask NO_CALL
#define SYS_sigpending NO_CALL
#define SYS_sigsuspend NO_CALL
#endif
#ifndef SYS_ssetmask
#define SYS_ssetmask NO_CALL
#define SYS_sgetmask NO_CALL
#define SYS_signal NO_CALL
#endif
#ifndef SYS_olduname
#define SYS_olduname NO_CALL
#define SYS_oldolduname NO_CALL
#endif
#ifndef SYS_waitpid
#define SYS_waitpid NO_CALL
#endif
#ifndef SYS_nice
#define SYS_nice NO_CALL
#endif
#ifndef SYS_ipc
#define SYS_ipc NO_CALL
#endif
#ifndef SYS_socketcall
#define SYS_socketcall NO_CALL
#endif
/* 64-bit CPUs with the newer numbers only leave these out. */
#ifndef SYS_getrlimit
#define SYS_getrlimit NO_CALL
#endif
#ifndef SYS_chown
#define SYS_chown NO_CALL
#define SYS_lchown NO_CALL
#endif

/* --- ids.  As root only: others have no id to change to. */

static void need_ids16(void)
{
	need_call(SYS_getuid32);
	if (geteuid() != 0)
		abi_skip("needs root");
}

static void user_ids(void)
{
	need_ids16();
	uint16_t real, effective, saved;

	OK(syscall(SYS_setresuid32, 70000, 70001, -1));
	EQ(syscall(SYS_getuid32), 70000);
	EQ(syscall(SYS_getuid), 65534);
	EQ(syscall(SYS_geteuid), 65534);
	OK(syscall(SYS_getresuid, &real, &effective, &saved));
	EQ(real, 65534);
	EQ(effective, 65534);
	EQ(saved, 0);
	OK(syscall(SYS_setresuid, 0xffff, 0, 0xffff));
	EQ(syscall(SYS_getuid32), 70000);
	EQ(syscall(SYS_geteuid), 0);
	OK(syscall(SYS_setreuid, 0xffff, 5));
	EQ(syscall(SYS_geteuid), 5);
	FAILS(EFAULT, syscall(SYS_getresuid, wild(), &effective, &saved));
}

static void group_ids(void)
{
	need_ids16();
	uint32_t wide[3] = { 7, 70000, 65535 };
	uint16_t narrow[3] = { 1, 2, 3 };

	OK(syscall(SYS_setgroups32, 3, wide));
	EQ(syscall(SYS_getgroups, 0, NULL), 3);
	FAILS(EINVAL, syscall(SYS_getgroups, 2, narrow));
	EQ(syscall(SYS_getgroups, 3, narrow), 3);
	EQ(narrow[0], 7);
	EQ(narrow[1], 65535);
	EQ(narrow[2], 65534);
	narrow[0] = 9;
	narrow[1] = 8;
	OK(syscall(SYS_setgroups, 2, narrow));
	EQ(syscall(SYS_getgroups32, 3, wide), 2);
	EQ(wide[0] + wide[1], 17);
	FAILS(EFAULT, syscall(SYS_setgroups, 2, wild()));
	OK(syscall(SYS_setregid32, 70000, 70000));
	EQ(syscall(SYS_getgid), 65534);
	EQ(syscall(SYS_getegid), 65534);
	/* The old id as it is, in both. */
	EQ(syscall(SYS_setfsgid, 5), 70000);
	EQ(syscall(SYS_setfsgid, 5), 5);
}

static void owners(void)
{
	need_ids16();

	put_file("f", "");
	OK(syscall(SYS_chown, "f", 5, 0xffff));
	EQ(stat_of("f").st_uid, 5);
	EQ(stat_of("f").st_gid, 0);
	OK(syscall(SYS_chown32, "f", 70000, 70001));
	EQ(stat_of("f").st_uid, 70000);
	OK(syscall(SYS_lchown, "f", 0xffff, 6));
	EQ(stat_of("f").st_uid, 70000);
	EQ(stat_of("f").st_gid, 6);
	OK(syscall(SYS_fchown, open("f", O_RDONLY), 0, 0));
	EQ(stat_of("f").st_uid, 0);
}

/* --- limits, niceness */

static void limits(void)
{
	need_call(SYS_ugetrlimit);
	uint32_t have[2];
	struct rlimit64 set = { 3000000000u, RLIM64_INFINITY };

	OK(prlimit64(0, RLIMIT_CORE, &set, NULL));
	OK(syscall(SYS_ugetrlimit, RLIMIT_CORE, have));
	EQ(have[0], 3000000000u);
	EQ(have[1], 0xffffffffu);
	OK(syscall(SYS_getrlimit, RLIMIT_CORE, have));
	EQ(have[0], 0x7fffffff);
	EQ(have[1], 0x7fffffff);
	set.rlim_cur = 5 * GIB;
	OK(prlimit64(0, RLIMIT_CORE, &set, NULL));
	OK(syscall(SYS_ugetrlimit, RLIMIT_CORE, have));
	EQ(have[0], 0xffffffffu);
	FAILS(EINVAL, syscall(SYS_getrlimit, 99, have));
	FAILS(EFAULT, syscall(SYS_getrlimit, RLIMIT_CORE, wild()));
}

static void niceness(void)
{
	need_call(SYS_nice);

	OK(syscall(SYS_nice, 3));
	EQ(getpriority(PRIO_PROCESS, 0), 3);
	OK(syscall(SYS_nice, 100));
	EQ(getpriority(PRIO_PROCESS, 0), 19);
	if (geteuid() == 0)
		OK(setresuid(-1, OTHER_ID, -1));
	FAILS(EPERM, syscall(SYS_nice, -1));
}

static void waiting(void)
{
	need_call(SYS_waitpid);
	pid_t pid = OK(fork());
	int status = -1;

	if (pid == 0)
		_exit(7);
	EQ(syscall(SYS_waitpid, pid, &status, 0), pid);
	EQ(WEXITSTATUS(status), 7);
	FAILS(ECHILD, syscall(SYS_waitpid, -1, &status, WNOHANG));
	FAILS(EINVAL, syscall(SYS_waitpid, -1, &status, 0x1000));
}

static void names(void)
{
	need_call(SYS_olduname);
	struct utsname want;
	char old[5 * 65], oldest[5 * 9];

	OK(uname(&want));
	OK(syscall(SYS_olduname, old));
	CHECK(strcmp(old, want.sysname) == 0);
	CHECK(strcmp(old + 2 * 65, want.release) == 0);
	OK(syscall(SYS_oldolduname, oldest));
	CHECK(strncmp(oldest, want.sysname, 8) == 0);
	CHECK(strncmp(oldest + 9, want.nodename, 8) == 0);
	EQ(oldest[8], 0);
	EQ(oldest[2 * 9 + 8], 0);
	FAILS(EFAULT, syscall(SYS_olduname, wild()));
	FAILS(EFAULT, syscall(SYS_oldolduname, wild()));
}

/* --- signals */

static volatile int handled;

static void handler(int sig)
{
	handled += sig;
}

struct old_action {
	void (*handler)(int);
	unsigned long mask, flags;
	void (*restorer)(void);
};

static void actions(void)
{
	need_call(SYS_sigaction);
	struct old_action old;

	signal(SIGUSR1, handler);
	OK(syscall(SYS_sigaction, SIGUSR1, NULL, &old));
	CHECK(old.handler == handler);
	EQ(old.mask, 1ul << (SIGUSR1 - 1));
	CHECK(old.flags & SA_RESTART);
	old.mask = 1ul << (SIGUSR2 - 1);
	OK(syscall(SYS_sigaction, SIGUSR2, &old, NULL));
	raise(SIGUSR2);
	EQ(handled, SIGUSR2);
	FAILS(EINVAL, syscall(SYS_sigaction, SIGKILL, &old, NULL));
	FAILS(EINVAL, syscall(SYS_sigaction, 65, NULL, &old));
	FAILS(EFAULT, syscall(SYS_sigaction, SIGUSR1, wild(), NULL));
	FAILS(EFAULT, syscall(SYS_sigaction, SIGUSR1, NULL, wild()));
}

static void masks(void)
{
	need_call(SYS_sigprocmask);
	unsigned long set = 1ul << (SIGUSR1 - 1), old = 0;
	sigset_t all;

	sigemptyset(&all);
	sigaddset(&all, SIGRTMIN + 5);
	OK(sigprocmask(SIG_SETMASK, &all, NULL));
	OK(syscall(SYS_sigprocmask, SIG_BLOCK, &set, &old));
	EQ(old, 0);
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	OK(syscall(SYS_sigpending, &old));
	EQ(old, set);
	set = 1ul << (SIGUSR1 - 1) | 1ul << (SIGUSR2 - 1);
	OK(syscall(SYS_sigprocmask, SIG_SETMASK, &set, &old));
	OK(sigprocmask(SIG_BLOCK, NULL, &all));
	EQ(sigismember(&all, SIGUSR2), 1);
	EQ(sigismember(&all, SIGRTMIN + 5), 1);
	EQ(handled, 0);
	FAILS(EINTR, syscall(SYS_sigsuspend, SIGSUSPEND_ARGS(1ul << (SIGUSR2 - 1))));
	EQ(handled, SIGUSR1);
	OK(syscall(SYS_sigprocmask, SIG_BLOCK, NULL, &old));
	EQ(old, set);
	FAILS(EINVAL, syscall(SYS_sigprocmask, 7, &set, NULL));
	FAILS(EFAULT, syscall(SYS_sigprocmask, SIG_BLOCK, wild(), NULL));
	FAILS(EFAULT, syscall(SYS_sigpending, wild()));
}

static void first_calls(void)
{
	need_call(SYS_ssetmask);

	EQ(syscall(SYS_ssetmask, 1ul << (SIGUSR1 - 1)), 0);
	EQ(syscall(SYS_sgetmask), 1ul << (SIGUSR1 - 1));
	EQ(syscall(SYS_ssetmask, -1ul), 1ul << (SIGUSR1 - 1));
	EQ((unsigned long)syscall(SYS_sgetmask),
	   ~(1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1)));
	syscall(SYS_ssetmask, 0);
	signal(SIGUSR1, SIG_IGN);
	EQ(syscall(SYS_signal, SIGUSR1, SIG_DFL), (long)SIG_IGN);
	FAILS(EINVAL, syscall(SYS_signal, SIGKILL, SIG_IGN));
	FAILS(EINVAL, syscall(SYS_signal, 0, SIG_IGN));
}

/* --- ipc */

enum { IPC_SEMOP = 1, IPC_SEMGET, IPC_SEMCTL, IPC_MSGSND = 11, IPC_MSGRCV, IPC_MSGGET, IPC_MSGCTL,
       IPC_SHMAT = 21, IPC_SHMDT, IPC_SHMGET, IPC_SHMCTL, NEW_STRUCTURES = 0x100 };

static void ipc_semaphores(void)
{
	need_call(SYS_ipc);
	struct sembuf give = { 0, 3, 0 };
	struct semid_ds ds;
	uint16_t room[64];
	long arg = 0;
	int id = OK(syscall(SYS_ipc, IPC_SEMGET, IPC_PRIVATE, 2, 0640, NULL, 0));

	OK(syscall(SYS_ipc, IPC_SEMOP, id, 1, 0, &give, 0));
	EQ(syscall(SYS_ipc, IPC_SEMCTL, id, 0, GETVAL | NEW_STRUCTURES, &arg, 0), 3);
	arg = (long)&ds;
	OK(syscall(SYS_ipc, IPC_SEMCTL, id, 0, IPC_STAT | NEW_STRUCTURES, &arg, 0));
	EQ(ds.sem_nsems, 2);
	EQ(ds.sem_perm.mode & 0777, 0640);
	CHECK(ds.sem_otime > 1000000000);
	/* struct ipc_perm before IPC_64: key, four 16-bit ids, the mode. */
	arg = (long)room;
	OK(syscall(SYS_ipc, IPC_SEMCTL, id, 0, IPC_STAT, &arg, 0));
	EQ(room[6] & 0777, 0640);
	room[6] = 0600;
	OK(syscall(SYS_ipc, IPC_SEMCTL, id, 0, IPC_SET, &arg, 0));
	OK(semctl(id, 0, IPC_STAT, &ds));
	EQ(ds.sem_perm.mode & 0777, 0600);
	FAILS(EINVAL, syscall(SYS_ipc, IPC_SEMCTL, id, 0, GETVAL, NULL, 0));
	FAILS(EFAULT, syscall(SYS_ipc, IPC_SEMCTL, id, 0, GETVAL, wild(), 0));
	OK(syscall(SYS_ipc, IPC_SEMCTL, id, 0, IPC_RMID, &arg, 0));
	FAILS(ENOSYS, syscall(SYS_ipc, 99, 0, 0, 0, NULL, 0));
}

static void ipc_messages(void)
{
	need_call(SYS_ipc);
	struct {
		long type;
		char text[8];
	} msg = { 5, "hello" };
	struct {
		void *msg;
		long type;
	} kludge = { &msg, 6 };
	int id = OK(syscall(SYS_ipc, IPC_MSGGET, IPC_PRIVATE, 0600, 0, NULL, 0));

	OK(syscall(SYS_ipc, IPC_MSGSND, id, 5, 0, &msg, 0));
	msg.type = 6;
	OK(syscall(SYS_ipc, IPC_MSGSND, id, 4, 0, &msg, 0));
	EQ(syscall(SYS_ipc, IPC_MSGRCV, id, 8, IPC_NOWAIT, &kludge, 0), 4);
	EQ(msg.type, 6);
	EQ(syscall(SYS_ipc, 1 << 16 | IPC_MSGRCV, id, 8, IPC_NOWAIT, &msg, 5), 5);
	EQ(msg.type, 5);
	FAILS(ENOMSG, syscall(SYS_ipc, 1 << 16 | IPC_MSGRCV, id, 8, IPC_NOWAIT, &msg, 0));
	FAILS(EINVAL, syscall(SYS_ipc, IPC_MSGRCV, id, 8, IPC_NOWAIT, NULL, 0));
	OK(syscall(SYS_ipc, IPC_MSGCTL, id, IPC_RMID, 0, NULL, 0));
}

static void ipc_memory(void)
{
	need_call(SYS_ipc);
	struct shmid_ds ds;
	unsigned long at = 0;
	int id = OK(syscall(SYS_ipc, IPC_SHMGET, IPC_PRIVATE, 5000, 0600, NULL, 0));

	OK(syscall(SYS_ipc, IPC_SHMAT, id, 0, &at, NULL, 0));
	strcpy((char *)at, "shared");
	OK(syscall(SYS_ipc, IPC_SHMCTL, id, IPC_STAT | NEW_STRUCTURES, 0, &ds, 0));
	EQ(ds.shm_segsz, 5000);
	EQ(ds.shm_nattch, 1);
	EQ(ds.shm_cpid, getpid());
	OK(syscall(SYS_ipc, IPC_SHMDT, 0, 0, 0, at, 0));
	FAILS(EINVAL, syscall(SYS_ipc, IPC_SHMDT, 0, 0, 0, at, 0));
	OK(syscall(SYS_ipc, IPC_SHMCTL, id, IPC_RMID, 0, NULL, 0));
	FAILS(EINVAL, syscall(SYS_ipc, IPC_SHMAT, id, 0, &at, NULL, 0));
}

/* --- socketcall */

enum { CALL_SOCKET = 1, CALL_BIND, CALL_CONNECT, CALL_LISTEN, CALL_ACCEPT, CALL_GETSOCKNAME,
       CALL_GETPEERNAME, CALL_SOCKETPAIR, CALL_SEND, CALL_RECV, CALL_SENDTO, CALL_RECVFROM,
       CALL_SHUTDOWN, CALL_SETSOCKOPT, CALL_GETSOCKOPT, CALL_SENDMSG, CALL_RECVMSG, CALL_ACCEPT4,
       CALL_RECVMMSG, CALL_SENDMMSG };

#define SOCKETCALL(call, ...) syscall(SYS_socketcall, call, (long[6]){ __VA_ARGS__ })

static void socket_pairs(void)
{
	need_call(SYS_socketcall);
	char text[8];
	int s[2], type = 0;
	socklen_t len = sizeof(type);

	OK(SOCKETCALL(CALL_SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, (long)s));
	EQ(SOCKETCALL(CALL_SEND, s[0], (long)"hello", 5, 0), 5);
	EQ(SOCKETCALL(CALL_RECV, s[1], (long)text, 8, MSG_PEEK), 5);
	EQ(SOCKETCALL(CALL_RECVFROM, s[1], (long)text, 8, 0, 0, 0), 5);
	CHECK(memcmp(text, "hello", 5) == 0);
	EQ(SOCKETCALL(CALL_SENDTO, s[1], (long)"back", 4, 0, 0, 0), 4);
	EQ(SOCKETCALL(CALL_RECV, s[0], (long)text, 8, 0), 4);
	OK(SOCKETCALL(CALL_GETSOCKOPT, s[0], SOL_SOCKET, SO_TYPE, (long)&type, (long)&len));
	EQ(type, SOCK_STREAM);
	OK(SOCKETCALL(CALL_SHUTDOWN, s[0], SHUT_WR));
	EQ(SOCKETCALL(CALL_RECV, s[1], (long)text, 8, 0), 0);
	FAILS(EINVAL, SOCKETCALL(0, 0));
	FAILS(EINVAL, SOCKETCALL(99, 0));
	FAILS(EFAULT, syscall(SYS_socketcall, CALL_SOCKET, wild()));
}

static void socket_names(void)
{
	need_call(SYS_socketcall);
	struct sockaddr_un addr = { AF_UNIX, "socket" }, have;
	socklen_t len = sizeof(have);
	int listener = OK(SOCKETCALL(CALL_SOCKET, AF_UNIX, SOCK_STREAM, 0));
	int client = OK(SOCKETCALL(CALL_SOCKET, AF_UNIX, SOCK_STREAM, 0)), server;

	OK(SOCKETCALL(CALL_BIND, listener, (long)&addr, sizeof(addr)));
	OK(SOCKETCALL(CALL_LISTEN, listener, 2));
	OK(SOCKETCALL(CALL_CONNECT, client, (long)&addr, sizeof(addr)));
	server = OK(SOCKETCALL(CALL_ACCEPT4, listener, 0, 0, SOCK_CLOEXEC));
	EQ(fcntl(server, F_GETFD), FD_CLOEXEC);
	OK(SOCKETCALL(CALL_GETPEERNAME, client, (long)&have, (long)&len));
	CHECK(strcmp(have.sun_path, "socket") == 0);
	EQ(SOCKETCALL(CALL_SEND, client, (long)"x", 1, 0), 1);
	EQ(SOCKETCALL(CALL_RECV, server, (long)&have, 1, 0), 1);
}

static const struct abi_row rows[] = {
	{ user_ids, "16-bit user ids" },
	{ group_ids, "16-bit group ids" },
	{ owners, "chown, lchown, fchown with 16-bit ids" },
	{ limits, "getrlimit shows no more than 31 bits" },
	{ niceness, "nice" },
	{ waiting, "waitpid" },
	{ names, "olduname, oldolduname" },
	{ actions, "sigaction" },
	{ masks, "sigprocmask, sigpending, sigsuspend" },
	{ first_calls, "ssetmask, sgetmask, signal" },
	{ ipc_semaphores, "ipc: semaphores" },
	{ ipc_messages, "ipc: messages" },
	{ ipc_memory, "ipc: shared memory" },
	{ socket_pairs, "socketcall: pairs" },
	{ socket_names, "socketcall: names" },
};

ABI_MAIN(rows)
