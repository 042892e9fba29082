/*
 * signalfd(2): pending signals are taken by reading a descriptor.
 *
 * A file holds only the mask.  The signals are those of whoever reads or polls; the queue to wait
 * on hangs off that task's handlers (sighand->signalfd_wait) and is made here when first needed.
 */
#include <linux/signalfd.h>

#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

struct signalfd {
	ksigset_t mask;		/* the signals to be read */
};

static struct wait_queue_head *signalfd_queue(void)
{
	struct sighand *sighand = current->sighand;

	if (!sighand->signalfd_wait) {
		sighand->signalfd_wait = kzalloc_type(struct wait_queue_head);
		init_waitqueue_head(sighand->signalfd_wait);
	}
	return sighand->signalfd_wait;
}

static bool has_signal(const struct signalfd *ctx)
{
	return (current->pending.set | current->group->shared_pending.set) & ctx->mask;
}

static void signalfd_release(struct file *file)
{
	kfree(file->private);
}

static u32 signalfd_poll(struct file *file, struct poll_table *pt)
{
	poll_wait(file, signalfd_queue(), pt);
	return has_signal(file->private) ? EPOLLIN : 0;
}

/* Which of siginfo's members a signal fills: as signalfd(2) tells for each sender. */
static void fill_fault(struct signalfd_siginfo *out, const siginfo_t *info)
{
	out->ssi_addr = (unsigned long)info->si_addr;
	if (info->si_signo == SIGBUS &&
	    (info->si_code == BUS_MCEERR_AR || info->si_code == BUS_MCEERR_AO))
		out->ssi_addr_lsb = info->si_addr_lsb;
}

static void fill_child(struct signalfd_siginfo *out, const siginfo_t *info)
{
	out->ssi_pid = info->si_pid;
	out->ssi_uid = info->si_uid;
	out->ssi_status = info->si_status;
	out->ssi_utime = info->si_utime;
	out->ssi_stime = info->si_stime;
}

static void fill_sys(struct signalfd_siginfo *out, const siginfo_t *info)
{
	out->ssi_call_addr = (unsigned long)info->si_call_addr;
	out->ssi_syscall = info->si_syscall;
	out->ssi_arch = info->si_arch;
}

static void fill_queued(struct signalfd_siginfo *out, const siginfo_t *info)
{
	if (info->si_code == SI_TIMER) {
		out->ssi_tid = info->si_tid;
		out->ssi_overrun = info->si_overrun;
	} else {
		out->ssi_pid = info->si_pid;
		out->ssi_uid = info->si_uid;
	}
	if (info->si_code != SI_USER && info->si_code != SI_TKILL && info->si_code != SI_KERNEL) {
		out->ssi_ptr = (unsigned long)info->si_ptr;
		out->ssi_int = info->si_int;
	}
}

/* A code above 0 was given by the kernel, and its meaning hangs on the signal. */
static void fill_siginfo(struct signalfd_siginfo *out, const siginfo_t *info)
{
	memset(out, 0, sizeof(*out));
	out->ssi_signo = info->si_signo;
	out->ssi_errno = info->si_errno;
	out->ssi_code = info->si_code;
	if (info->si_code == SI_SIGIO ||
	    (info->si_signo == SIGPOLL && info->si_code > 0 && info->si_code <= NSIGPOLL)) {
		out->ssi_band = info->si_band;
		out->ssi_fd = info->si_fd;
		return;
	}
	if (info->si_code <= 0 || info->si_code == SI_KERNEL) {
		fill_queued(out, info);
		return;
	}
	switch (info->si_signo) {
	case SIGILL:
	case SIGFPE:
	case SIGSEGV:
	case SIGBUS:
	case SIGTRAP:
		fill_fault(out, info);
		break;
	case SIGCHLD:
		fill_child(out, info);
		break;
	case SIGSYS:
		fill_sys(out, info);
		break;
	default:
		fill_queued(out, info);
	}
}

/* Waits, unless `nonblock`, until there is a signal to take.  0 or -errno. */
static int take_signal(struct signalfd *ctx, bool nonblock, siginfo_t *info)
{
	int err;

	if (dequeue_signal(current, ctx->mask, info))
		return 0;
	if (nonblock)
		return -EAGAIN;
	err = wait_event_interruptible(signalfd_queue(),
				       dequeue_signal(current, ctx->mask, info));
	return err;
}

static ssize_t signalfd_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	struct signalfd *ctx = file->private;
	bool nonblock = file->flags & O_NONBLOCK;
	struct signalfd_siginfo out;
	siginfo_t info;
	ssize_t done = 0;
	int err = 0;

	if (to->count < sizeof(out))
		return -EINVAL;
	while (to->count >= sizeof(out)) {
		err = take_signal(ctx, nonblock, &info);
		if (err)
			break;
		fill_siginfo(&out, &info);
		if (copy_to_iter(&out, sizeof(out), to) != sizeof(out)) {
			err = -EFAULT;
			break;
		}
		done += sizeof(out);
		nonblock = true;
	}
	return done ? done : err;
}

static void signalfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct signalfd *ctx = file->private;

	seq_printf(m, "sigmask:\t%016llx\n", (unsigned long long)ctx->mask);
}

static const struct file_ops signalfd_ops = {
	.release = signalfd_release,
	.read = signalfd_read,
	.llseek = noop_llseek,
	.poll = signalfd_poll,
	.show_fdinfo = signalfd_show_fdinfo,
};

static long signalfd_new(ksigset_t mask, int flags)
{
	struct signalfd *ctx = kzalloc_type(struct signalfd);
	struct file *file;

	ctx->mask = mask;
	file = anon_file("anon_inode:[signalfd]", &signalfd_ops, ctx,
			 O_RDWR | (flags & SFD_NONBLOCK));
	if (IS_ERR(file)) {
		kfree(ctx);
		return PTR_ERR(file);
	}
	return fd_install_new(file, flags);
}

static long signalfd_change(int fd, ksigset_t mask)
{
	struct file *file = fget_io(fd);
	struct signalfd *ctx;
	long ret = fd;

	if (!file)
		return -EBADF;
	if (file->ops == &signalfd_ops) {
		ctx = file->private;
		ctx->mask = mask;
		wake_up_all(signalfd_queue());
	} else {
		ret = -EINVAL;
	}
	fput(file);
	return ret;
}

static long do_signalfd(int fd, uaddr_t umask, size_t size, int flags)
{
	ksigset_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (sigset_get(&mask, umask))
		return -EFAULT;
	if (flags & ~(SFD_CLOEXEC | SFD_NONBLOCK))
		return -EINVAL;
	mask &= ~SIG_KERNEL_ONLY;
	return fd == -1 ? signalfd_new(mask, flags) : signalfd_change(fd, mask);
}

SYSCALL_DEFINE4(signalfd4, A_FD, int, fd, A_SIGSET, uaddr_t, mask, A_SIZE, size_t, size, A_OFLAGS,
		int, flags)
{
	return do_signalfd(fd, mask, size, flags);
}

SYSCALL_DEFINE3(signalfd, A_FD, int, fd, A_SIGSET, uaddr_t, mask, A_SIZE, size_t, size)
{
	return do_signalfd(fd, mask, size, 0);
}
