/* The memory devices null, zero, full, random, urandom, kmsg; and getrandom(2). */
#include <linux/capability.h>
#include <linux/major.h>
#include <linux/random.h>

#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/os.h"
#include "um/poll.h"
#include "um/printk.h"
#include "um/sched.h"
#include "um/signal.h"
#include "um/syscall.h"
#include "um/uaccess.h"

/* --- what several have in common */

static ssize_t read_nothing(struct file *file __maybe_unused, struct iov_iter *to __maybe_unused,
			    loff_t *pos __maybe_unused)
{
	return 0;
}

static ssize_t write_nowhere(struct file *file __maybe_unused, struct iov_iter *from,
			     loff_t *pos __maybe_unused)
{
	size_t n = from->count;

	iov_advance(from, n);
	return (ssize_t)n;
}

static loff_t seek_nowhere(struct file *file, loff_t offset __maybe_unused,
			   int whence __maybe_unused)
{
	return file->pos = 0;
}

static ssize_t read_zeroes(struct file *file __maybe_unused, struct iov_iter *to,
			   loff_t *pos __maybe_unused)
{
	ssize_t done = 0;

	while (to->count) {
		size_t n = min(to->count, (size_t)PAGE_SIZE), put = zero_iter(n, to);

		done += (ssize_t)put;
		if (put < n)
			return done ? done : -EFAULT;
		if (to->count && signal_pending(current))
			return done;
	}
	return done;
}

/* --- null */

static const struct file_ops null_ops = {
	.read = read_nothing,
	.write = write_nowhere,
	.llseek = seek_nowhere,
};

/* --- zero, full */

/* Private: as anonymous memory.  Shared: a nameless object of its own for each mapping. */
static int zero_mmap(struct file *file __maybe_unused, struct vm_area *vma)
{
	struct file *shm;

	if (!(vma->flags & VM_SHARED)) {
		vma->mapping = NULL;
		return 0;
	}
	shm = shmem_file("dev/zero", vma->end - vma->start, 0);
	if (IS_ERR(shm))
		return PTR_ERR(shm);
	if (vma->file)
		fput(vma->file);
	vma->file = shm;
	vma->pgoff = 0;
	return shm->ops->mmap(shm, vma);
}

static const struct file_ops zero_ops = {
	.read = read_zeroes,
	.write = write_nowhere,
	.llseek = seek_nowhere,
	.mmap = zero_mmap,
};

static ssize_t full_write(struct file *file __maybe_unused, struct iov_iter *from __maybe_unused,
			  loff_t *pos __maybe_unused)
{
	return -ENOSPC;
}

static const struct file_ops full_ops = {
	.read = read_zeroes,
	.write = full_write,
	.llseek = seek_nowhere,
};

/* --- random, urandom: the host's generator, which never blocks once the host has booted */

static ssize_t random_fill(struct iov_iter *to)
{
	u8 piece[256];
	ssize_t done = 0;

	while (to->count) {
		size_t n = min(to->count, sizeof(piece)), put;

		os_random(piece, n);
		put = copy_to_iter(piece, n, to);
		done += (ssize_t)put;
		if (put < n) {
			done = done ? done : -EFAULT;
			break;
		}
		if (done % PAGE_SIZE == 0 && to->count && signal_pending(current))
			break;
	}
	memset(piece, 0, sizeof(piece));
	return done;
}

static ssize_t random_read(struct file *file __maybe_unused, struct iov_iter *to,
			   loff_t *pos __maybe_unused)
{
	return random_fill(to);
}

/* What is written would be mixed into the pool; the host's needs nothing of ours. */
static ssize_t random_write(struct file *file __maybe_unused, struct iov_iter *from,
			    loff_t *pos __maybe_unused)
{
	u8 piece[256];
	ssize_t done = 0;

	while (from->count) {
		size_t n = min(from->count, sizeof(piece)), got = copy_from_iter(piece, n, from);

		done += (ssize_t)got;
		if (got < n)
			return done ? done : -EFAULT;
		if (done % PAGE_SIZE == 0 && from->count && signal_pending(current))
			break;
	}
	return done;
}

static loff_t random_llseek(struct file *file, loff_t offset __maybe_unused,
			    int whence __maybe_unused)
{
	return file->pos;
}

#define POOL_BITS 256

static long random_ioctl(struct file *file __maybe_unused, unsigned cmd, unsigned long arg)
{
	int bits;

	switch (cmd) {
	case RNDGETENTCNT:
		return put_user((int)POOL_BITS, arg);
	case RNDADDTOENTCNT:
	case RNDADDENTROPY:
		if (!capable(CAP_SYS_ADMIN))
			return -EPERM;
		if (get_user(bits, arg))
			return -EFAULT;
		return bits < 0 ? -EINVAL : 0;
	case RNDZAPENTCNT:
	case RNDCLEARPOOL:
	case RNDRESEEDCRNG:
		return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
	}
	return -EINVAL;
}

static const struct file_ops random_ops = {
	.read = random_read,
	.write = random_write,
	.llseek = random_llseek,
	.ioctl = random_ioctl,
};

SYSCALL_DEFINE3(getrandom, A_BUF_OUT, uaddr_t, buf, A_SIZE, size_t, count, A_HEX, unsigned, flags)
{
	struct iov_iter to;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if ((flags & (GRND_INSECURE | GRND_RANDOM)) == (GRND_INSECURE | GRND_RANDOM))
		return -EINVAL;
	iov_user(&to, buf, min(count, (size_t)MAX_RW_COUNT));
	return random_fill(&to);
}

/* --- kmsg: one record of the kernel log for each read, one line into it for each write */

#define KMSG_READ_MAX 2048
#define KMSG_LINE_MAX 992	/* Linux's limit for a line that is written */

struct kmsg_reader {
	u64 seq;
};

static int kmsg_open(struct inode *inode __maybe_unused, struct file *file)
{
	struct kmsg_reader *reader;

	if (!(file->mode & FMODE_READ))
		return 0;
	if (!capable(CAP_SYSLOG))
		return -EPERM;
	reader = kzalloc_type(struct kmsg_reader);
	reader->seq = printk_first_seq();
	file->private = reader;
	return 0;
}

static void kmsg_release(struct file *file)
{
	kfree(file->private);
}

static ssize_t kmsg_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	struct kmsg_reader *reader = file->private;
	char text[KMSG_READ_MAX];
	u64 wanted;
	size_t n;
	int err;

	if (!reader)
		return -EBADF;
	if (reader->seq >= printk_next_seq()) {
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&printk_wait, reader->seq < printk_next_seq());
		if (err)
			return err;
	}
	if (reader->seq < printk_first_seq()) {	/* what we had not read yet is gone: say so once */
		reader->seq = printk_first_seq();
		return -EPIPE;
	}
	wanted = reader->seq;
	n = printk_read(&wanted, text, sizeof(text));
	if (n > to->count)
		return -EINVAL;
	reader->seq = wanted;
	return copy_to_iter(text, n, to) == n ? (ssize_t)n : -EFAULT;
}

/* "<N>" in front of a line: its facility and level.  What is behind it. */
static const char *line_prefix(const char *text, enum printk_level *level)
{
	unsigned long n = 0;
	const char *p = text;

	if (*p++ != '<' || *p < '0' || *p > '9')
		return text;
	for (; *p >= '0' && *p <= '9' && n < 4096; p++)
		n = n * 10 + (unsigned long)(*p - '0');
	if (*p != '>')
		return text;
	*level = (enum printk_level)(n & 7);
	return p + 1;
}

static ssize_t kmsg_write(struct file *file __maybe_unused, struct iov_iter *from,
			  loff_t *pos __maybe_unused)
{
	enum printk_level level = LOG_WARN;
	char text[KMSG_LINE_MAX + 1];
	size_t n = from->count;
	const char *line;

	if (n > KMSG_LINE_MAX)
		return -EINVAL;
	if (copy_from_iter(text, n, from) < n)
		return -EFAULT;
	text[n] = 0;
	line = line_prefix(text, &level);
	printk(level, "%s", line);
	return (ssize_t)n;
}

static loff_t kmsg_llseek(struct file *file, loff_t offset, int whence)
{
	struct kmsg_reader *reader = file->private;

	if (!reader)
		return -EBADF;
	if (offset)
		return -ESPIPE;
	switch (whence) {
	case SEEK_SET:
	case SEEK_DATA:		/* Linux: after the last SYSLOG_ACTION_CLEAR */
		reader->seq = printk_first_seq();
		return 0;
	case SEEK_END:
		reader->seq = printk_next_seq();
		return 0;
	}
	return -EINVAL;
}

static u32 kmsg_poll(struct file *file, struct poll_table *pt)
{
	struct kmsg_reader *reader = file->private;

	if (!reader)
		return EPOLLERR | EPOLLNVAL;
	poll_wait(file, &printk_wait, pt);
	if (reader->seq >= printk_next_seq())
		return 0;
	return EPOLLIN | EPOLLRDNORM |
	       (reader->seq < printk_first_seq() ? (u32)(EPOLLERR | EPOLLPRI) : 0);
}

static const struct file_ops kmsg_ops = {
	.open = kmsg_open,
	.release = kmsg_release,
	.read = kmsg_read,
	.write = kmsg_write,
	.llseek = kmsg_llseek,
	.poll = kmsg_poll,
};

/* --- the devices: names, numbers and modes as Linux's */

static const struct mem_device {
	struct chrdev dev;
	umode_t mode;
} devices[] = {
	{ { MKDEV(MEM_MAJOR, 3), 1, "null", &null_ops }, 0666 },
	{ { MKDEV(MEM_MAJOR, 5), 1, "zero", &zero_ops }, 0666 },
	{ { MKDEV(MEM_MAJOR, 7), 1, "full", &full_ops }, 0666 },
	{ { MKDEV(MEM_MAJOR, 8), 1, "random", &random_ops }, 0666 },
	{ { MKDEV(MEM_MAJOR, 9), 1, "urandom", &random_ops }, 0666 },
	{ { MKDEV(MEM_MAJOR, 11), 1, "kmsg", &kmsg_ops }, 0644 },
};

static int mem_init(void)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(devices) && !err; i++) {
		const struct mem_device *d = &devices[i];

		err = register_chrdev(&d->dev);
		if (!err)
			err = devtmpfs_add(d->dev.name, S_IFCHR | d->mode, d->dev.first);
	}
	return err;
}
INITCALL(INIT_DRIVER, mem_init);
