/* /proc/kmsg: the kernel log, each record once, for whoever reads first. */
#include <stdio.h>

#include "um/poll.h"
#include "um/printk.h"

#include "proc.h"

#define KMSG_LINE 512

static u64 next_record;
static size_t line_done;	/* bytes of the next record's line that have been read */

static u64 parse_number(const char **p)
{
	u64 n = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++)
		n = n * 10 + (u64)(**p - '0');
	if (**p == ',')
		(*p)++;
	return n;
}

/* The record *seq as syslog(2) has it, from /dev/kmsg's "level,seq,usec,-;text"; 0: none. */
static size_t record_line(u64 *seq, char *line)
{
	char record[KMSG_LINE];
	size_t n = printk_read(seq, record, sizeof(record));
	const char *p = record, *text = memchr(record, ';', n);
	u64 level, usec;

	if (!n || !text)
		return 0;
	level = parse_number(&p);
	parse_number(&p);
	usec = parse_number(&p);
	n = (size_t)snprintf(line, KMSG_LINE, "<%llu>[%5llu.%06llu] %s", (unsigned long long)level,
			     (unsigned long long)(usec / 1000000),
			     (unsigned long long)(usec % 1000000), text + 1);
	return min(n, (size_t)KMSG_LINE - 1);
}

static bool have_records(void)
{
	return next_record < printk_next_seq();
}

static ssize_t copy_records(struct iov_iter *to)
{
	char line[KMSG_LINE];
	ssize_t done = 0;

	while (to->count && have_records()) {
		u64 seq = next_record;
		size_t n = record_line(&seq, line), copied;

		line_done = min(line_done, n);
		copied = copy_to_iter(line + line_done, min(n - line_done, to->count), to);
		if (!copied && n > line_done)
			return done ? done : -EFAULT;
		done += copied;
		line_done += copied;
		if (line_done < n)
			break;
		next_record = seq;
		line_done = 0;
	}
	return done;
}

static ssize_t kmsg_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	int err;

	if (!to->count)
		return 0;
	if (file->flags & O_NONBLOCK && !have_records())
		return -EAGAIN;
	err = wait_event_interruptible(&printk_wait, have_records());
	return err ? err : copy_records(to);
}

static u32 kmsg_poll(struct file *file, struct poll_table *pt)
{
	poll_wait(file, &printk_wait, pt);
	return have_records() ? EPOLLIN | EPOLLRDNORM : 0;
}

static int kmsg_open(struct inode *inode __maybe_unused, struct file *file __maybe_unused)
{
	return capable(CAP_SYSLOG) || capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static const struct file_ops kmsg_fops = {
	.open = kmsg_open,
	.read = kmsg_read,
	.llseek = noop_llseek,
	.poll = kmsg_poll,
};

PROC_FILE(kmsg) = { .path = "kmsg", .mode = 0400, .fops = &kmsg_fops };
