/* The zygote of the reflect gate: the process that all spaces are clones of. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "um/layer.h"
#include "um/os.h"
#include "um/os_confine.h"
#include "um/os_process.h"
#include "um/os_reflect.h"
#include "um/os_vdso.h"

#include "space_filter.h"
#include "sysdep/layer_syscall.h"

static unsigned long in_layer(const struct os_reflect_zygote *z, const char *symbol)
{
	return z->layer_addr + (unsigned long)(symbol - __start_layer_text);
}

static void map_at(unsigned long addr, size_t size, int prot, int fd, u64 offset)
{
	if (mmap((void *)addr, size, prot, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, (off_t)offset) ==
	    MAP_FAILED)
		_exit(2);
}

static void map_layer(const struct os_reflect_zygote *z)
{
	unsigned long at = z->layer_addr;

	munmap((void *)at, z->reserved);
	map_at(at, z->text_size, PROT_READ | PROT_EXEC, z->text_fd, 0);
	map_at(at + LAYER_SHARED_OFFSET, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, z->shared_fd, 0);
	map_at(at + LAYER_RING_OFFSET, z->ring_size, PROT_READ, z->fd[SPACE_FD_RINGS],
	       z->ring_offset);
	map_at(at + LAYER_COMMON_OFFSET, z->common_size, PROT_READ | PROT_WRITE,
	       z->fd[SPACE_FD_RINGS], z->common_offset);
}

/* The wanted numbers may be in use by each other: first out of the way. */
static void move_descriptors(const struct os_reflect_zygote *z)
{
	int high[8];

	for (int i = SPACE_FD_PHYSMEM; i <= SPACE_FD_ACK; i++)
		high[i] = fcntl(z->fd[i], F_DUPFD, 20);
	for (int i = SPACE_FD_PHYSMEM; i <= SPACE_FD_ACK; i++)
		if (dup2(high[i], i) < 0)
			_exit(3);
	close(0);
	close(1);
	close(2);
	syscall(SYS_close_range, SPACE_FD_ACK + 1, ~0U, 0);
}

/* Handlers for what guest code raises; the host's other signals are none of its business. */
static void take_signals(const struct os_reflect_zygote *z)
{
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	if (os_guest_handlers(in_layer(z, layer_handler), in_layer(z, layer_restorer)))
		_exit(4);
}

/* The child's side: never returns. */
static void zygote_child(const struct os_reflect_zygote *z, int parent)
{
	const struct rlimit no_core = { 0, 0 };
	const u64 all = ~0ULL;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setsid();
	prctl(PR_SET_NAME, "um-space");
	setrlimit(RLIMIT_CORE, &no_core);
	if (z->home_cpu >= 0)
		os_set_cpus_but(0, z->home_cpu);
	map_layer(z);
	move_descriptors(z);
	take_signals(z);
	os_forget_libc_areas();
	/* From here on the C library's own clock functions would jump into nothing. */
	if (z->vdso_room && os_vdso_move(z->layer_addr + LAYER_VDSO_OFFSET))
		_exit(6);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all)) ||
	    install_mapper_filter(z->layer_addr, z->text_size))
		_exit(5);
	layer_enter_mapper(in_layer(z, layer_mapper), z->layer_addr + LAYER_RING_OFFSET);
}

int os_reflect_zygote_start(const struct os_reflect_zygote *zygote)
{
	int parent = getpid();
	pid_t pid = fork();

	if (pid == 0)
		zygote_child(zygote, parent);
	os_confine_allow(OS_CALLS_REFLECT);
	return pid < 0 ? -errno : pid;
}
