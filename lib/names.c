/* Names of signals and errors.  Texts are the C library's, through os_strerror. */
#include <asm/errno.h>
#include <asm/signal.h>
#include <stdio.h>

#include "um/err.h"
#include "um/names.h"
#include "um/os.h"

#define SIG(x) [x] = #x
#define ERR(x) [x] = #x

const char *signal_name(int sig)
{
	static const char *const names[] = {
		SIG(SIGHUP), SIG(SIGINT), SIG(SIGQUIT), SIG(SIGILL), SIG(SIGTRAP), SIG(SIGABRT),
		SIG(SIGBUS), SIG(SIGFPE), SIG(SIGKILL), SIG(SIGUSR1), SIG(SIGSEGV), SIG(SIGUSR2),
		SIG(SIGPIPE), SIG(SIGALRM), SIG(SIGTERM), SIG(SIGSTKFLT), SIG(SIGCHLD),
		SIG(SIGCONT), SIG(SIGSTOP), SIG(SIGTSTP), SIG(SIGTTIN), SIG(SIGTTOU), SIG(SIGURG),
		SIG(SIGXCPU), SIG(SIGXFSZ), SIG(SIGVTALRM), SIG(SIGPROF), SIG(SIGWINCH), SIG(SIGIO),
		SIG(SIGPWR), SIG(SIGSYS),
	};
	static char text[16];

	if (sig > 0 && (size_t)sig < ARRAY_SIZE(names) && names[sig])
		return names[sig];
	snprintf(text, sizeof(text), sig > 31 && sig <= 64 ? "SIGRT_%d" : "%d",
		 sig > 31 && sig <= 64 ? sig - 32 : sig);
	return text;
}

const char *errno_name(int err)
{
	static const char *const names[] = {
		ERR(EPERM), ERR(ENOENT), ERR(ESRCH), ERR(EINTR), ERR(EIO), ERR(ENXIO), ERR(E2BIG),
		ERR(ENOEXEC), ERR(EBADF), ERR(ECHILD), ERR(EAGAIN), ERR(ENOMEM), ERR(EACCES),
		ERR(EFAULT), ERR(ENOTBLK), ERR(EBUSY), ERR(EEXIST), ERR(EXDEV), ERR(ENODEV),
		ERR(ENOTDIR), ERR(EISDIR), ERR(EINVAL), ERR(ENFILE), ERR(EMFILE), ERR(ENOTTY),
		ERR(ETXTBSY), ERR(EFBIG), ERR(ENOSPC), ERR(ESPIPE), ERR(EROFS), ERR(EMLINK),
		ERR(EPIPE), ERR(EDOM), ERR(ERANGE), ERR(EDEADLK), ERR(ENAMETOOLONG), ERR(ENOLCK),
		ERR(ENOSYS), ERR(ENOTEMPTY), ERR(ELOOP), ERR(ENOMSG), ERR(ENODATA), ERR(ETIME),
		ERR(EPROTO), ERR(EBADMSG), ERR(EOVERFLOW), ERR(ELIBBAD), ERR(EILSEQ), ERR(ENOTSOCK),
		ERR(EDESTADDRREQ), ERR(EMSGSIZE), ERR(EPROTOTYPE), ERR(ENOPROTOOPT),
		ERR(EPROTONOSUPPORT), ERR(ESOCKTNOSUPPORT), ERR(EOPNOTSUPP), ERR(EAFNOSUPPORT),
		ERR(EADDRINUSE), ERR(EADDRNOTAVAIL), ERR(ENETUNREACH), ERR(ECONNABORTED),
		ERR(ECONNRESET), ERR(ENOBUFS), ERR(EISCONN), ERR(ENOTCONN), ERR(ESHUTDOWN),
		ERR(ETIMEDOUT), ERR(ECONNREFUSED), ERR(EALREADY), ERR(EINPROGRESS), ERR(ESTALE),
		ERR(EDQUOT), ERR(ECANCELED), ERR(EOWNERDEAD), ERR(ENOTRECOVERABLE),
		[ERESTARTSYS] = "ERESTARTSYS", [ERESTARTNOINTR] = "ERESTARTNOINTR",
		[ERESTARTNOHAND] = "ERESTARTNOHAND",
		[ERESTART_RESTARTBLOCK] = "ERESTART_RESTARTBLOCK",
	};

	return err > 0 && (size_t)err < ARRAY_SIZE(names) && names[err] ? names[err] : "E?";
}

const char *errno_text(int err)
{
	switch (err) {
	case ERESTARTSYS:
		return "To be restarted if SA_RESTART is set";
	case ERESTARTNOINTR:
		return "To be restarted";
	case ERESTARTNOHAND:
		return "To be restarted if no handler";
	case ERESTART_RESTARTBLOCK:
		return "Interrupted by signal";
	}
	return os_strerror(err);
}
