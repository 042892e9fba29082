/*
 * Loaded into user-mode-linux (LD_PRELOAD): lets it run on CPUs with more registers than it knows.
 *
 * It saves and restores its guests' FP registers with PTRACE_GETREGSET and PTRACE_SETREGSET, in
 * buffers of a fixed size.  The host cuts off what it gives, but takes nothing shorter than the
 * whole set, so that on a CPU whose set is larger (AMX alone has 8 KiB) every guest dies at its
 * first instruction.  Here a short set is made whole with zeros on its way to the host: registers
 * beyond it count as unused, which they are in all that bench/compare runs.
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* More than any CPU has so far. */
static char whole[65536];

/* How large the host's set is; 0 if it cannot be asked. */
static size_t set_size(pid_t pid, void *type)
{
	static char probe[sizeof(whole)];
	static size_t size;
	struct iovec iov = { probe, sizeof(probe) };

	if (!size && syscall(SYS_ptrace, PTRACE_GETREGSET, pid, type, &iov) == 0)
		size = iov.iov_len;
	return size;
}

static long set_registers(pid_t pid, void *type, const struct iovec *given)
{
	struct iovec iov = { whole, set_size(pid, type) };

	if (iov.iov_len <= given->iov_len)
		return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, type, given);
	memcpy(whole, given->iov_base, given->iov_len);
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, type, &iov);
}

/* The C library's function, which PTRACE_PEEK* make return what was read. */
long ptrace(enum __ptrace_request request, ...)
{
	va_list args;
	long peeked, result;
	void *addr, *data;
	pid_t pid;

	va_start(args, request);
	pid = va_arg(args, pid_t);
	addr = va_arg(args, void *);
	data = va_arg(args, void *);
	va_end(args);
	if (request == PTRACE_SETREGSET && addr == (void *)NT_X86_XSTATE)
		return set_registers(pid, addr, data);
	if (request != PTRACE_PEEKTEXT && request != PTRACE_PEEKDATA && request != PTRACE_PEEKUSER)
		return syscall(SYS_ptrace, request, pid, addr, data);
	result = syscall(SYS_ptrace, request, pid, addr, &peeked);
	if (result)
		return -1;
	errno = 0;
	return peeked;
}
