/*
 * System V IPC: shared memory, semaphores and message queues.  All objects
 * are removed by the row that made them; keys are made from the pid.
 */
#include "child.h"

#include <grp.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

union semun_arg {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
};

struct message {
	long type;
	char text[64];
};

static key_t own_key(void)
{
	return 0x55000000 | (getpid() & 0xffffff);
}

static int sem_change(int id, int num, int op, int flags)
{
	struct sembuf sop = { num, op, flags };

	return semop(id, &sop, 1);
}

static int sem_value(int id, int num)
{
	return semctl(id, num, GETVAL);
}

static void shm_get(void)
{
	key_t key = own_key();
	int id;

	FAILS(ENOENT, shmget(key, 100, 0600));
	FAILS(EINVAL, shmget(key, 0, IPC_CREAT | 0600));
	id = OK(shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600));
	FAILS(EEXIST, shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600));
	EQ(shmget(key, 100, IPC_CREAT | 0600), id);
	EQ(shmget(key, 0, 0), id);
	FAILS(EINVAL, shmget(key, 101, 0));
	OK(shmctl(id, IPC_RMID, NULL));
	FAILS(ENOENT, shmget(key, 100, 0600));
	FAILS(EINVAL, shmctl(id, IPC_RMID, NULL));
	FAILS(EINVAL, shmat(id, NULL, 0));
	FAILS(EINVAL, shmctl(-1, IPC_STAT, NULL));
}

static void shm_share(void)
{
	int id = OK(shmget(IPC_PRIVATE, 5000, 0600));
	volatile char *a = shmat(id, NULL, 0), *b;
	struct shmid_ds ds;

	CHECK(a != (void *)-1);
	EQ(a[0], 0);
	a[4999] = 'x';
	b = shmat(id, NULL, SHM_RDONLY);
	CHECK(b != (void *)-1 && a != b);
	EQ(b[4999], 'x');
	EQ(touch(b, true), SIGSEGV);
	OK(shmctl(id, IPC_STAT, &ds));
	EQ(ds.shm_segsz, 5000);
	EQ(ds.shm_nattch, 2);
	EQ(ds.shm_cpid, getpid());
	EQ(ds.shm_perm.mode, 0600);
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(shmctl(id, IPC_STAT, &ds));
		EQ(ds.shm_nattch, 4);
		a[1] = 'c';
		OK(shmdt((void *)b));
		_exit(0);
	}
	child_join(pid);
	EQ(a[1], 'c');
	OK(shmctl(id, IPC_STAT, &ds));
	EQ(ds.shm_nattch, 2);
	OK(shmctl(id, IPC_RMID, NULL));
	/* Removed, but attached. */
	OK(shmctl(id, IPC_STAT, &ds));
	EQ(ds.shm_perm.mode & 01777, 01600);
	EQ(b[1], 'c');
	OK(shmdt((void *)a));
	EQ(touch(a, false), SIGSEGV);
	OK(shmdt((void *)b));
	FAILS(EINVAL, shmdt((void *)b));
	FAILS(EINVAL, shmctl(id, IPC_STAT, &ds));
}

static void shm_places(void)
{
	int id = OK(shmget(IPC_PRIVATE, page_size(), 0600));
	char *room = mmap(NULL, 4 * page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(room != MAP_FAILED);
	FAILS(EINVAL, shmat(id, room, 0));
	FAILS(EINVAL, shmat(id, room + 1, SHM_REMAP));
	FAILS(EINVAL, shmat(id, NULL, SHM_REMAP));
	CHECK(shmat(id, room + 1, SHM_REMAP | SHM_RND) == room);
	EQ(touch(room, true), 0);
	OK(shmdt(room));
	CHECK(shmat(id, room, 0) == room);
	FAILS(EINVAL, shmdt(room + 1));
	OK(shmdt(room));
	OK(shmctl(id, IPC_RMID, NULL));
}

static void permissions(void)
{
	if (geteuid() != 0)
		abi_skip("needs root");
	int shm = OK(shmget(IPC_PRIVATE, 10, 0604)), sem = OK(semget(IPC_PRIVATE, 1, 0600));
	int msg = OK(msgget(IPC_PRIVATE, 0602));
	pid_t pid = OK(fork());

	if (pid == 0) {
		struct message m = { 1, "" };
		struct msqid_ds ds;

		OK(setgroups(0, NULL));
		drop_root();
		FAILS(EACCES, shmat(shm, NULL, 0));
		CHECK(shmat(shm, NULL, SHM_RDONLY) != (void *)-1);
		FAILS(EPERM, shmctl(shm, IPC_RMID, NULL));
		FAILS(EACCES, sem_change(sem, 0, 1, 0));
		FAILS(EACCES, semctl(sem, 0, GETVAL));
		OK(msgsnd(msg, &m, 1, 0));
		FAILS(EACCES, msgrcv(msg, &m, 1, 0, IPC_NOWAIT));
		FAILS(EACCES, msgctl(msg, IPC_STAT, &ds));
		_exit(0);
	}
	child_join(pid);
	OK(shmctl(shm, IPC_RMID, NULL));
	OK(semctl(sem, 0, IPC_RMID));
	OK(msgctl(msg, IPC_RMID, NULL));
}

static void sem_values(void)
{
	int id = OK(semget(IPC_PRIVATE, 3, 0600));
	unsigned short values[3] = { 4, 5, 6 };
	union semun_arg arg = { .array = values };
	struct semid_ds ds;

	EQ(sem_value(id, 0), 0);
	OK(semctl(id, 0, SETALL, arg));
	EQ(sem_value(id, 2), 6);
	arg.val = 7;
	OK(semctl(id, 1, SETVAL, arg));
	arg.array = values;
	OK(semctl(id, 0, GETALL, arg));
	EQ(values[1], 7);
	EQ(semctl(id, 1, GETPID), getpid());
	arg.val = 32768;
	FAILS(ERANGE, semctl(id, 1, SETVAL, arg));
	FAILS(EINVAL, semctl(id, 3, GETVAL));
	arg.buf = &ds;
	OK(semctl(id, 0, IPC_STAT, arg));
	EQ(ds.sem_nsems, 3);
	EQ(ds.sem_otime, 0);
	OK(semctl(id, 0, IPC_RMID));
	FAILS(EINVAL, sem_value(id, 0));
	FAILS(EINVAL, semget(IPC_PRIVATE, 0, 0600));
	FAILS(EINVAL, semget(IPC_PRIVATE, -1, 0600));
}

static void sem_operations(void)
{
	int id = OK(semget(IPC_PRIVATE, 2, 0600));
	struct sembuf both[2] = { { 0, 1, 0 }, { 1, -1, IPC_NOWAIT } };
	struct timespec soon = { 0, 1000000 };

	/* All or nothing. */
	FAILS(EAGAIN, semop(id, both, 2));
	EQ(sem_value(id, 0), 0);
	OK(sem_change(id, 1, 1, 0));
	OK(semop(id, both, 2));
	EQ(sem_value(id, 0), 1);
	EQ(sem_value(id, 1), 0);
	FAILS(EAGAIN, sem_change(id, 0, 0, IPC_NOWAIT));
	OK(sem_change(id, 1, 0, 0));
	FAILS(ERANGE, sem_change(id, 0, 32767, 0));
	FAILS(EFBIG, sem_change(id, 2, 1, 0));
	FAILS(EINVAL, semop(id, both, 0));
	FAILS(E2BIG, semop(id, both, 501));
	FAILS(EFAULT, semop(id, bad_ptr(), 1));
	both[0] = (struct sembuf){ 1, -1, 0 };
	FAILS(EAGAIN, semtimedop(id, both, 1, &soon));
	soon.tv_nsec = -1;
	FAILS(EINVAL, semtimedop(id, both, 1, &soon));
	OK(semctl(id, 0, IPC_RMID));
	FAILS(EINVAL, semop(id, both, 1));
}

static void sem_sleep(void)
{
	int id = OK(semget(IPC_PRIVATE, 1, 0600));
	pid_t pid = OK(fork());

	if (pid == 0) {
		OK(sem_change(id, 0, -3, 0));
		FAILS(EIDRM, sem_change(id, 0, -1, 0));
		_exit(0);
	}
	while (semctl(id, 0, GETNCNT) == 0)
		abi_sleep_ms(1);
	OK(sem_change(id, 0, 2, 0));
	EQ(sem_value(id, 0), 2);
	OK(sem_change(id, 0, 1, 0));
	while (semctl(id, 0, GETNCNT) == 0 || sem_value(id, 0) != 0)
		abi_sleep_ms(1);
	EQ(semctl(id, 0, GETZCNT), 0);
	OK(semctl(id, 0, IPC_RMID));
	child_join(pid);
}

static void nothing(int sig)
{
	(void)sig;
}

static void sem_interrupted(void)
{
	int id = OK(semget(IPC_PRIVATE, 1, 0600));
	pid_t pid = OK(fork());

	if (pid == 0) {
		on_signal(SIGUSR1, nothing, SA_RESTART);
		OK(sem_change(id, 0, 1, 0));
		FAILS(EINTR, sem_change(id, 0, -5, 0));
		_exit(0);
	}
	while (semctl(id, 0, GETNCNT) == 0)
		abi_sleep_ms(1);
	OK(kill(pid, SIGUSR1));
	child_join(pid);
	EQ(semctl(id, 0, GETNCNT), 0);
	OK(semctl(id, 0, IPC_RMID));
}

static void sem_undo(void)
{
	int id = OK(semget(IPC_PRIVATE, 2, 0600));
	union semun_arg arg = { .val = 5 };

	OK(semctl(id, 0, SETVAL, arg));
	for (int reset = 0; reset < 2; reset++) {
		pid_t pid = OK(fork());

		if (pid == 0) {
			OK(sem_change(id, 0, -2, SEM_UNDO));
			OK(sem_change(id, 0, -1, SEM_UNDO));
			OK(sem_change(id, 1, 1, 0));
			if (reset)
				OK(semctl(id, 0, SETVAL, arg));
			_exit(0);
		}
		child_join(pid);
		EQ(sem_value(id, 0), 5);
	}
	EQ(sem_value(id, 1), 2);
	OK(semctl(id, 0, IPC_RMID));
}

static void msg_types(void)
{
	int id = OK(msgget(IPC_PRIVATE, 0600));
	struct message m = { 3, "three" };
	struct msqid_ds ds;

	OK(msgsnd(id, &m, 6, 0));
	m = (struct message){ 1, "one" };
	OK(msgsnd(id, &m, 4, 0));
	m = (struct message){ 2, "two" };
	OK(msgsnd(id, &m, 4, 0));
	OK(msgctl(id, IPC_STAT, &ds));
	EQ(ds.msg_qnum, 3);
	EQ(ds.__msg_cbytes, 14);
	EQ(ds.msg_lspid, getpid());
	FAILS(ENOMSG, msgrcv(id, &m, 64, 9, IPC_NOWAIT));
	FAILS(E2BIG, msgrcv(id, &m, 2, 2, 0));
	EQ(msgrcv(id, &m, 2, 2, MSG_NOERROR), 2);
	EQ(memcmp(m.text, "tw", 2), 0);
	EQ(msgrcv(id, &m, 64, -2, 0), 4);
	EQ(m.type, 1);
	FAILS(ENOMSG, msgrcv(id, &m, 64, 3, MSG_EXCEPT | IPC_NOWAIT));
	EQ(msgrcv(id, &m, 64, 0, 0), 6);
	EQ(m.type, 3);
	EQ(strcmp(m.text, "three"), 0);
	m.type = 0;
	FAILS(EINVAL, msgsnd(id, &m, 1, 0));
	m.type = 1;
	FAILS(EINVAL, msgsnd(id, &m, 8193, 0));
	FAILS(EFAULT, msgsnd(id, bad_ptr(), 1, 0));
	OK(msgctl(id, IPC_RMID, NULL));
	FAILS(EINVAL, msgsnd(id, &m, 1, 0));
}

static void msg_full(void)
{
	int id = OK(msgget(IPC_PRIVATE, 0600));
	static struct { long type; char text[8192]; } big = { 1, "" };
	pid_t pid;

	OK(msgsnd(id, &big, 8192, 0));
	OK(msgsnd(id, &big, 8192, 0));
	FAILS(EAGAIN, msgsnd(id, &big, 1, IPC_NOWAIT));
	pid = OK(fork());
	if (pid == 0) {
		big.type = 7;
		OK(msgsnd(id, &big, 100, 0));
		_exit(0);
	}
	EQ(msgrcv(id, &big, 8192, 0, 0), 8192);
	EQ(msgrcv(id, &big, 8192, 7, 0), 100);
	child_join(pid);
	pid = OK(fork());
	if (pid == 0) {
		FAILS(EIDRM, msgrcv(id, &big, 8192, 8, 0));
		_exit(0);
	}
	abi_sleep_ms(50);
	OK(msgctl(id, IPC_RMID, NULL));
	child_join(pid);
}

static void change_owner(void)
{
	int id = OK(semget(IPC_PRIVATE, 1, 0600));
	struct semid_ds ds;
	union semun_arg arg = { .buf = &ds };

	OK(semctl(id, 0, IPC_STAT, arg));
	EQ(ds.sem_perm.uid, geteuid());
	EQ(ds.sem_perm.cuid, geteuid());
	ds.sem_perm.mode = 0444;
	OK(semctl(id, 0, IPC_SET, arg));
	memset(&ds, 0, sizeof(ds));
	OK(semctl(id, 0, IPC_STAT, arg));
	EQ(ds.sem_perm.mode, 0444);
	OK(semctl(id, 0, IPC_RMID));
}

static const struct abi_row rows[] = {
	{ shm_get, "shmget: keys, sizes, removal" },
	{ shm_share, "segments are shared, counted, and removed at the last detach" },
	{ shm_places, "shmat's addresses" },
	{ permissions, "permissions of all three kinds" },
	{ sem_values, "semctl's values" },
	{ sem_operations, "semop is all or nothing" },
	{ sem_sleep, "semop sleeps, and ends with the set" },
	{ sem_interrupted, "a signal interrupts semop, always" },
	{ sem_undo, "SEM_UNDO" },
	{ msg_types, "msgrcv chooses by type" },
	{ msg_full, "a full queue, an empty one, a removed one" },
	{ change_owner, "IPC_SET" },
};

ABI_MAIN(rows)
