/*
 * probe_calls.c - which other calls there are, and what a fault tells.
 */
#include "probe.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* Calls that older headers lack. */
#define CALL_PIDFD_OPEN 434
#define CALL_CLONE3 435
#define CALL_CLOSE_RANGE 436
#define CALL_OPENAT2 437
#define CALL_PIDFD_GETFD 438
#define CALL_FUTEX_WAITV 449

static void probe_memfd(void)
{
	int fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, 65536) || fcntl(fd, F_ADD_SEALS,
	    F_SEAL_SHRINK) || mmap(NULL, 65536, PROT_READ | PROT_WRITE |
	    PROT_EXEC, MAP_SHARED, fd, 0) == MAP_FAILED)
		return no();
	yes();
}

static void probe_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, (long)(O_CLOEXEC | O_NONBLOCK));

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		return no();
	yes();
}

static void probe_userfaultfd_features(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, (long)(O_CLOEXEC | O_NONBLOCK));

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		return no();
	value("0x%llx", (unsigned long long)api.features);
}

static void vm_access(int writing)
{
	static volatile int word = 1;
	int mine = 2;
	struct iovec local = { &mine, sizeof(mine) };
	struct iovec remote = { (void *)&word, sizeof(word) };
	pid_t pid = fork();
	ssize_t n;

	if (pid == 0) {
		word = 3;
		kill(getpid(), SIGSTOP);
		_exit(word);
	}
	waitpid(pid, NULL, WUNTRACED);
	if (writing)
		n = process_vm_writev(pid, &local, 1, &remote, 1, 0);
	else
		n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	if (n < 0)
		no();
	else if (writing || mine == 3)
		yes();
	kill(pid, SIGKILL);
}

static void probe_vm_readv(void)
{
	vm_access(0);
}

static void probe_vm_writev(void)
{
	vm_access(1);
}

static void probe_clone3(void)
{
	uint64_t args[8] = { 0 };
	int status;
	pid_t pid;

	args[4] = SIGCHLD; /* exit_signal */
	pid = syscall(CALL_CLONE3, args, sizeof(args));
	if (pid == 0)
		syscall(SYS_exit_group, 7L);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return no();
	if (WIFEXITED(status) && WEXITSTATUS(status) == 7)
		yes();
}

static void exists(long ret)
{
	if (ret < 0 && errno == ENOSYS)
		no();
	else
		yes();
}

static void probe_pidfd_open(void)
{
	exists(syscall(CALL_PIDFD_OPEN, (long)getpid(), 0L));
}

static void probe_pidfd_getfd(void)
{
	exists(syscall(CALL_PIDFD_GETFD, -1L, 0L, 0L));
}

static void probe_close_range(void)
{
	exists(syscall(CALL_CLOSE_RANGE, 1000L, 1001L, 0L));
}

static void probe_openat2(void)
{
	exists(syscall(CALL_OPENAT2, -1L, NULL, NULL, 0L));
}

static void probe_futex_waitv(void)
{
	exists(syscall(CALL_FUTEX_WAITV, NULL, 0L, 0L, NULL, 0L));
}

static void probe_membarrier(void)
{
	exists(syscall(SYS_membarrier, 0L, 0L, 0L));
}

static void probe_io_uring(void)
{
	exists(syscall(SYS_io_uring_setup, 0L, NULL));
}

static char *unmapped;

static void on_segv(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	if (info->si_code != SEGV_MAPERR)
		value("no:code-%d", info->si_code);
	else if (info->si_addr == unmapped + 16)
		yes();
	else if (info->si_addr == unmapped)
		value("page");
	else
		value("no:%p", info->si_addr);
	_exit(0);
}

/* Whether a fault's address is told exactly, or its page only. */
static void probe_segv_addr(void)
{
	struct sigaction sa;
	size_t page = sysconf(_SC_PAGESIZE);

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_segv;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &sa, NULL);
	unmapped = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	munmap(unmapped, page);
	*(volatile char *)(unmapped + 16) = 1;
}

void probe_all_calls(void)
{
	probe("memfd_create", probe_memfd);
	probe("userfaultfd", probe_userfaultfd);
	probe("userfaultfd_features", probe_userfaultfd_features);
	probe("process_vm_readv", probe_vm_readv);
	probe("process_vm_writev", probe_vm_writev);
	probe("clone3", probe_clone3);
	probe("pidfd_open", probe_pidfd_open);
	probe("pidfd_getfd", probe_pidfd_getfd);
	probe("close_range", probe_close_range);
	probe("openat2", probe_openat2);
	probe("futex_waitv", probe_futex_waitv);
	probe("membarrier", probe_membarrier);
	probe("io_uring", probe_io_uring);
	probe("segv_si_addr", probe_segv_addr);
}
