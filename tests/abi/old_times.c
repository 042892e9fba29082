/*
 * The time calls of 32-bit CPUs, each in both forms: times of two 32-bit words under the first
 * number, of two 64-bit words under the one that was added.
 */
#include "narrow.h"

#include <linux/futex.h>
#include <mqueue.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#if __SIZEOF_LONG__ == 4 && defined(SYS_clock_gettime)

struct narrow {
	int32_t sec, nsec;
};

struct wide {
	int64_t sec, nsec;
};

/* The word that tv_nsec's is, in a program whose tv_nsec is a long: the other one is padding. */
static struct wide padded(int64_t sec, int32_t nsec)
{
	struct wide w = { sec, nsec };

	w.nsec = (int64_t)((uint64_t)0xdeadbeef << 32 | (uint32_t)nsec);
	return w;
}

static void clocks(void)
{
	struct narrow n[2] = { { -1, -1 }, { -2, -2 } };
	struct wide w[2] = { { -1, -1 }, { -2, -2 } };

	OK(syscall(SYS_clock_gettime, CLOCK_REALTIME, n));
	OK(syscall(SYS_clock_gettime64, CLOCK_REALTIME, w));
	CHECK(w[0].sec - n[0].sec >= 0 && w[0].sec - n[0].sec < 5);
	CHECK(n[0].nsec >= 0 && n[0].nsec < 1000000000);
	CHECK(w[0].nsec >= 0 && w[0].nsec < 1000000000);
	EQ(n[1].sec, -2);
	EQ(w[1].sec, -2);
	OK(syscall(SYS_clock_getres, CLOCK_MONOTONIC, n));
	OK(syscall(SYS_clock_getres_time64, CLOCK_MONOTONIC, w));
	EQ(n[0].sec, 0);
	EQ(n[0].nsec, w[0].nsec);
	FAILS(EINVAL, syscall(SYS_clock_gettime, 99, n));
	FAILS(EFAULT, syscall(SYS_clock_gettime, CLOCK_REALTIME, wild()));
	FAILS(EFAULT, syscall(SYS_clock_gettime64, CLOCK_REALTIME, wild()));
	n[0] = (struct narrow){ 0, -1 };
	w[0] = (struct wide){ 0, 1000000000 };
	FAILS(EINVAL, syscall(SYS_clock_settime, CLOCK_REALTIME, n));
	FAILS(EINVAL, syscall(SYS_clock_settime64, CLOCK_REALTIME, w));
}

static void interrupt(int sig)
{
	(void)sig;
}

static void sleeps(void)
{
	struct narrow n = { 0, 2000000 }, left_n = { 7, 7 };
	struct wide w = padded(0, 2000000), left_w = { 7, 7 };
	struct itimerval soon = { .it_value = { 0, 20000 } };
	long long start = abi_now_ms();

	OK(syscall(SYS_nanosleep, &n, NULL));
	OK(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &n, NULL));
	OK(syscall(SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, &w, NULL));
	CHECK(abi_now_ms() - start >= 5);
	signal(SIGALRM, interrupt);
	n.sec = 100;
	OK(setitimer(ITIMER_REAL, &soon, NULL));
	FAILS(EINTR, syscall(SYS_nanosleep, &n, &left_n));
	CHECK(left_n.sec >= 90 && left_n.sec <= 100);
	CHECK(left_n.nsec >= 0 && left_n.nsec < 1000000000);
	w.sec = 100;
	OK(setitimer(ITIMER_REAL, &soon, NULL));
	FAILS(EINTR, syscall(SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, &w, &left_w));
	CHECK(left_w.sec >= 90 && left_w.sec <= 100);
	n = (struct narrow){ -1, 0 };
	FAILS(EINVAL, syscall(SYS_nanosleep, &n, NULL));
	FAILS(EFAULT, syscall(SYS_nanosleep, wild(), NULL));
}

/* A stop and SIGCONT make the sleep go on by restart_syscall, whose rest is narrow too. */
static void sleep_across_stop(void)
{
	struct narrow *left = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	CHECK(left != MAP_FAILED);
	left[1] = (struct narrow){ -7, -7 };
	pid = OK(fork());
	if (pid == 0) {
		struct narrow n = { 100, 0 };

		signal(SIGUSR1, interrupt);
		FAILS(EINTR, syscall(SYS_nanosleep, &n, left));
		_exit(0);
	}
	abi_sleep_ms(50);
	OK(kill(pid, SIGSTOP));
	EQ(waitpid(pid, NULL, WUNTRACED), pid);
	OK(kill(pid, SIGCONT));
	abi_sleep_ms(50);
	OK(kill(pid, SIGUSR1));
	EQ(abi_wait(pid), 0);
	CHECK(left[0].sec >= 80 && left[0].sec <= 100);
	EQ(left[1].sec, -7);
}

static void timers(void)
{
	struct narrow n[2] = { { 5, 1 }, { 100, 2 } }, have_n[2];
	struct wide w[2] = { { 6, 3 }, { 200, 4 } }, have_w[2];
	struct sigevent none = { .sigev_notify = SIGEV_NONE };
	int id;

	OK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &none, &id));
	OK(syscall(SYS_timer_settime, id, 0, n, NULL));
	OK(syscall(SYS_timer_gettime64, id, have_w));
	EQ(have_w[0].sec, 5);
	EQ(have_w[0].nsec, 1);
	CHECK(have_w[1].sec > 90 && have_w[1].sec <= 100);
	OK(syscall(SYS_timer_settime64, id, 0, w, have_w));
	EQ(have_w[0].nsec, 1);
	OK(syscall(SYS_timer_gettime, id, have_n));
	EQ(have_n[0].sec, 6);
	EQ(have_n[0].nsec, 3);
	CHECK(have_n[1].sec > 190 && have_n[1].sec <= 200);
	n[1].nsec = 1000000000;
	FAILS(EINVAL, syscall(SYS_timer_settime, id, 0, n, NULL));
}

static void timer_descriptors(void)
{
	struct narrow n[2] = { { 5, 1 }, { 100, 2 } }, have_n[2];
	struct wide w[2] = { { 6, 3 }, { 200, 4 } }, have_w[2];
	int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));

	OK(syscall(SYS_timerfd_settime, fd, 0, n, NULL));
	OK(syscall(SYS_timerfd_gettime64, fd, have_w));
	EQ(have_w[0].sec, 5);
	EQ(have_w[0].nsec, 1);
	OK(syscall(SYS_timerfd_settime64, fd, 0, w, have_w));
	EQ(have_w[0].sec, 5);
	OK(syscall(SYS_timerfd_gettime, fd, have_n));
	EQ(have_n[0].sec, 6);
	CHECK(have_n[1].sec > 190 && have_n[1].sec <= 200);
	FAILS(EFAULT, syscall(SYS_timerfd_gettime, fd, wild()));
}

enum { NOW = (1 << 30) - 1, OMIT = (1 << 30) - 2 };

static void file_times(void)
{
	struct narrow n[2] = { { 1000, 5 }, { 2000, 6 } };
	struct wide w[2] = { padded(3000, 7), padded(4000, 8) };
	int32_t seconds[2] = { 50, 60 };
	struct narrow us[2] = { { 70, 1 }, { 80, 2 } };

	put_file("f", "");
	OK(syscall(SYS_utimensat, AT_FDCWD, "f", n, 0));
	EQ(stat_of("f").st_atime, 1000);
	EQ(stat_of("f").st_mtim.tv_nsec, 6);
	OK(syscall(SYS_utimensat_time64, AT_FDCWD, "f", w, 0));
	EQ(stat_of("f").st_atim.tv_nsec, 7);
	EQ(stat_of("f").st_mtime, 4000);
	n[1].nsec = OMIT;
	OK(syscall(SYS_utimensat, AT_FDCWD, "f", n, 0));
	EQ(stat_of("f").st_atime, 1000);
	EQ(stat_of("f").st_mtime, 4000);
	n[1].nsec = NOW;
	OK(syscall(SYS_utimensat, AT_FDCWD, "f", n, 0));
	CHECK(stat_of("f").st_mtime > 1000000000);
	n[1].nsec = -1;
	FAILS(EINVAL, syscall(SYS_utimensat, AT_FDCWD, "f", n, 0));
	FAILS(EFAULT, syscall(SYS_utimensat, AT_FDCWD, "f", wild(), 0));
	OK(syscall(SYS_utime, "f", seconds));
	EQ(stat_of("f").st_mtime, 60);
	OK(syscall(SYS_utimes, "f", us));
	EQ(stat_of("f").st_mtime, 80);
	EQ(stat_of("f").st_mtim.tv_nsec, 2000);
	OK(syscall(SYS_futimesat, AT_FDCWD, "f", us));
	EQ(stat_of("f").st_atime, 70);
}

static void waits_for_descriptors(void)
{
	struct narrow n = { 0, 1000000 };
	struct wide w = padded(0, 1000000);
	struct pollfd pfd = { .events = POLLIN };
	int p[2];

	OK(pipe(p));
	pfd.fd = p[0];
	EQ(syscall(SYS_ppoll, &pfd, 1, &n, NULL, 8), 0);
	EQ(syscall(SYS_ppoll_time64, &pfd, 1, &w, NULL, 8), 0);
	EQ(n.nsec, 0);
	EQ((int32_t)w.nsec, 0);
	n = (struct narrow){ 100, 0 };
	w = padded(100, 0);
	EQ(write(p[1], "x", 1), 1);
	EQ(syscall(SYS_ppoll, &pfd, 1, &n, NULL, 8), 1);
	CHECK(n.sec >= 98 && n.sec < 100);
	EQ(syscall(SYS_pselect6_time64, 0, NULL, NULL, NULL, &(struct wide){ 0, 1000000 }, NULL),
	   0);
	n = (struct narrow){ 0, 1000000 };
	EQ(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &n, NULL), 0);
	EQ(n.nsec, 0);
	n.nsec = -1;
	FAILS(EINVAL, syscall(SYS_ppoll, &pfd, 1, &n, NULL, 8));
	FAILS(EINVAL, syscall(SYS_pselect6, 0, NULL, NULL, NULL, &n, NULL));
}

static void futexes(void)
{
	struct narrow n = { 0, 2000000 };
	struct wide w = padded(0, 2000000);
	uint32_t word = 5;

	FAILS(ETIMEDOUT, syscall(SYS_futex, &word, FUTEX_WAIT, 5, &n, NULL, 0));
	FAILS(ETIMEDOUT, syscall(SYS_futex_time64, &word, FUTEX_WAIT, 5, &w, NULL, 0));
	FAILS(EAGAIN, syscall(SYS_futex, &word, FUTEX_WAIT, 6, &n, NULL, 0));
	n.nsec = 1000000000;
	FAILS(EINVAL, syscall(SYS_futex, &word, FUTEX_WAIT, 5, &n, NULL, 0));
	EQ(syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
	EQ(syscall(SYS_futex_time64, &word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

static void intervals(void)
{
	struct narrow n = { -1, -1 };
	struct wide w = { -1, -1 };

	OK(syscall(SYS_sched_rr_get_interval, 0, &n));
	OK(syscall(SYS_sched_rr_get_interval_time64, 0, &w));
	EQ(n.sec, w.sec);
	CHECK(n.nsec >= 0 && w.nsec >= 0);
}

static void signals(void)
{
	struct narrow n = { 0, 2000000 };
	struct wide w = padded(0, 2000000);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	FAILS(EAGAIN, syscall(SYS_rt_sigtimedwait, &set, NULL, &n, 8));
	FAILS(EAGAIN, syscall(SYS_rt_sigtimedwait_time64, &set, NULL, &w, 8));
	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	raise(SIGUSR1);
	EQ(syscall(SYS_rt_sigtimedwait, &set, NULL, &n, 8), SIGUSR1);
}

static void messages(void)
{
	struct narrow n = { 0, 2000000 };
	struct wide w = padded(0, 2000000);
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	char text[8] = "";
	int q = (int)syscall(SYS_mq_open, "old_times", O_RDWR | O_CREAT, 0600, &attr);

	if (q < 0)
		abi_skip("no message queues here");
	syscall(SYS_mq_unlink, "old_times");
	FAILS(ETIMEDOUT, syscall(SYS_mq_timedreceive, q, text, 8, NULL, &n));
	FAILS(ETIMEDOUT, syscall(SYS_mq_timedreceive_time64, q, text, 8, NULL, &w));
	OK(syscall(SYS_mq_timedsend, q, "a", 1, 0, &n));
	FAILS(ETIMEDOUT, syscall(SYS_mq_timedsend, q, "b", 1, 0, &n));
	FAILS(ETIMEDOUT, syscall(SYS_mq_timedsend_time64, q, "b", 1, 0, &w));
	n.nsec = -1;
	FAILS(EINVAL, syscall(SYS_mq_timedsend, q, "b", 1, 0, &n));
}

static void semaphores(void)
{
	struct wide w = padded(0, 2000000);
	struct sembuf take = { 0, -1, 0 };
	int id = OK(semget(IPC_PRIVATE, 1, 0600));

	FAILS(EAGAIN, syscall(SYS_semtimedop_time64, id, &take, 1, &w));
#ifdef SYS_ipc
	struct narrow n = { 0, 2000000 };

	FAILS(EAGAIN, syscall(SYS_ipc, 4 /* SEMTIMEDOP */, id, 1, 0, &take, &n));
	n.nsec = -1;
	FAILS(EINVAL, syscall(SYS_ipc, 4, id, 1, 0, &take, &n));
#endif
	OK(semctl(id, 0, IPC_RMID));
}

static void many_messages(void)
{
	struct narrow n = { 0, 2000000 };
	struct wide w = padded(100, 2000000);
	char text[8];
	struct iovec part = { text, sizeof(text) };
	struct mmsghdr header = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };
	int s[2];

	OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	EQ(send(s[0], "one", 3, 0), 3);
	EQ(syscall(SYS_recvmmsg, s[1], &header, 1, 0, &n), 1);
	EQ(header.msg_len, 3);
	EQ(send(s[0], "two", 3, 0), 3);
	EQ(syscall(SYS_recvmmsg_time64, s[1], &header, 1, 0, &w), 1);
	CHECK(w.sec >= 98 && w.sec <= 100);
	n.nsec = -1;
	FAILS(EINVAL, syscall(SYS_recvmmsg, s[1], &header, 1, 0, &n));
}

static void time_of_day(void)
{
	struct narrow tv = { 0, 0 };
	int32_t now = 0;
	struct wide w;

	OK(syscall(SYS_gettimeofday, &tv, NULL));
	OK(syscall(SYS_clock_gettime64, CLOCK_REALTIME, &w));
	CHECK(w.sec - tv.sec >= 0 && w.sec - tv.sec < 5);
	CHECK(tv.nsec >= 0 && tv.nsec < 1000000);
#ifdef SYS_time
	EQ(syscall(SYS_time, &now), now);
	CHECK(now - tv.sec >= 0 && now - tv.sec < 5);
#endif
#ifdef SYS_stime
	FAILS(EFAULT, syscall(SYS_stime, wild()));
#endif
}

static void adjusting(void)
{
	char narrow[256], wide[256];

	memset(narrow, 0, sizeof(narrow));
	memset(wide, 0, sizeof(wide));
	CHECK(syscall(SYS_adjtimex, narrow) >= 0);
	CHECK(syscall(SYS_clock_adjtime, CLOCK_REALTIME, narrow) >= 0);
	CHECK(syscall(SYS_clock_adjtime64, CLOCK_REALTIME, wide) >= 0);
	FAILS(EFAULT, syscall(SYS_clock_adjtime64, CLOCK_REALTIME, wild()));
	FAILS(EFAULT, syscall(SYS_adjtimex, wild()));
	FAILS(EINVAL, syscall(SYS_clock_adjtime, 99, narrow));
}

static const struct abi_row rows[] = {
	{ clocks, "clock_gettime, clock_getres, clock_settime" },
	{ sleeps, "nanosleep, clock_nanosleep" },
	{ sleep_across_stop, "the rest of a sleep that went on after a stop" },
	{ timers, "timer_settime, timer_gettime" },
	{ timer_descriptors, "timerfd_settime, timerfd_gettime" },
	{ file_times, "utimensat, utime, utimes, futimesat" },
	{ waits_for_descriptors, "ppoll, pselect6" },
	{ futexes, "futex" },
	{ intervals, "sched_rr_get_interval" },
	{ signals, "rt_sigtimedwait" },
	{ messages, "mq_timedsend, mq_timedreceive" },
	{ semaphores, "semtimedop" },
	{ many_messages, "recvmmsg" },
	{ time_of_day, "gettimeofday, time, stime" },
	{ adjusting, "adjtimex, clock_adjtime" },
};

#else

static void no_calls(void)
{
	abi_skip("this CPU's times have always been wide");
}

static const struct abi_row rows[] = {
	{ no_calls, "times of 32-bit words" },
};

#endif

ABI_MAIN(rows)
