/*
 * The kernel log: records in a ring, read by syslog(2), /dev/kmsg and the panic report, and
 * printed on the console as they come.
 *
 * A record's text is a whole line without its newline; printk pieces of a line are not joined.
 */
#include <stdio.h>

#include "um/boot.h"
#include "um/cred.h"
#include "um/err.h"
#include "um/init.h"
#include "um/kmalloc.h"
#include "um/os.h"
#include "um/printk.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/timer.h"
#include "um/tty.h"
#include "um/uaccess.h"

#define LOG_RECORDS 1024
#define LOG_LINE 240

struct log_record {
	u64 time;	/* ktime_boot ns */
	u8 level;
	char text[LOG_LINE];
};

static struct log_record records[LOG_RECORDS];
static u64 next_seq;		/* of the record to come */
static u64 clear_seq;		/* what syslog's CLEAR has left */
static u64 syslog_seq;		/* what syslog's READ has reached */
static int console_level = LOG_DEBUG;
static bool loglevel_given;
struct wait_queue_head printk_wait = WAIT_QUEUE_HEAD_INIT(printk_wait);

static const char *parse_quiet(const char *value __maybe_unused)
{
	boot.quiet = true;
	return NULL;
}

static const char *parse_loglevel(const char *value)
{
	if (value[0] < '0' || value[0] > '8' || value[1])
		return "is no number from 0 to 8";
	console_level = value[0] - '0';
	loglevel_given = true;
	return NULL;
}

UM_SWITCH(quiet) = { "quiet", NULL, "Debugging", "only warnings and errors on the console",
		     parse_quiet };
UM_SWITCH(loglevel) = { "loglevel=", "0..8", "Debugging",
			"print messages more urgent than this on the console", parse_loglevel };

u64 printk_first_seq(void)
{
	return next_seq > LOG_RECORDS ? next_seq - LOG_RECORDS : 0;
}

u64 printk_next_seq(void)
{
	return next_seq;
}

static struct log_record *record_at(u64 seq)
{
	return &records[seq % LOG_RECORDS];
}

static bool wanted_on_console(int level)
{
	int limit = boot.quiet && !loglevel_given ? LOG_WARN + 1 : console_level;

	return level < limit;
}

static void print_record(const struct log_record *rec)
{
	char line[LOG_LINE + 32];
	int n = snprintf(line, sizeof(line), "[%5llu.%06llu] %s\n",
			 (unsigned long long)(rec->time / NSEC_PER_SEC),
			 (unsigned long long)(rec->time % NSEC_PER_SEC / 1000), rec->text);

	console_write(line, (size_t)n);
}

void vprintk(enum printk_level level, const char *fmt, va_list args)
{
	struct log_record *rec = record_at(next_seq++);
	size_t n;

	rec->time = ktime_boot();
	rec->level = (u8)level;
	vsnprintf(rec->text, sizeof(rec->text), fmt, args);
	n = strlen(rec->text);
	if (n && rec->text[n - 1] == '\n')
		rec->text[n - 1] = '\0';
	if (wanted_on_console(level))
		print_record(rec);
	wake_up_all(&printk_wait);
}

void printk(enum printk_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(level, fmt, args);
	va_end(args);
}

size_t printk_read(u64 *seq, char *buf, size_t n)
{
	const struct log_record *rec;
	int len;

	*seq = max(*seq, printk_first_seq());
	if (*seq >= next_seq)
		return 0;
	rec = record_at(*seq);
	len = snprintf(buf, n, "%u,%llu,%llu,-;%s\n", rec->level, (unsigned long long)*seq,
		       (unsigned long long)(rec->time / 1000), rec->text);
	(*seq)++;
	return min((size_t)len, n ? n - 1 : 0);
}

/* A record as syslog(2) shows it. */
static size_t syslog_line(u64 seq, char *buf, size_t n)
{
	const struct log_record *rec = record_at(seq);

	return (size_t)snprintf(buf, n, "<%u>[%5llu.%06llu] %s\n", rec->level,
				(unsigned long long)(rec->time / NSEC_PER_SEC),
				(unsigned long long)(rec->time % NSEC_PER_SEC / 1000), rec->text);
}

/* Records from *seq on, as many whole ones as fit; *seq is moved behind them. */
static long syslog_copy(u64 *seq, uaddr_t ubuf, size_t size)
{
	char line[LOG_LINE + 48];
	size_t done = 0;

	*seq = max(*seq, printk_first_seq());
	for (; *seq < next_seq; (*seq)++) {
		size_t n = syslog_line(*seq, line, sizeof(line));

		if (done + n > size)
			break;
		if (copy_to_user(ubuf + done, line, n))
			return -EFAULT;
		done += n;
	}
	return (long)done;
}

/* The newest records that fit into size. */
static long syslog_read_all(uaddr_t ubuf, size_t size, bool clear)
{
	char line[LOG_LINE + 48];
	u64 first = max(clear_seq, printk_first_seq()), seq = next_seq;
	size_t sum = 0;
	long done;

	while (seq > first) {
		size_t n = syslog_line(seq - 1, line, sizeof(line));

		if (sum + n > size)
			break;
		sum += n;
		seq--;
	}
	done = syslog_copy(&seq, ubuf, size);
	if (clear && done >= 0)
		clear_seq = next_seq;
	return done;
}

static size_t unread_bytes(void)
{
	char line[LOG_LINE + 48];
	size_t sum = 0;

	for (u64 seq = max(syslog_seq, printk_first_seq()); seq < next_seq; seq++)
		sum += syslog_line(seq, line, sizeof(line));
	return sum;
}

/* Actions of syslog(2); the UAPI has no names for them. */
enum {
	SYSLOG_CLOSE, SYSLOG_OPEN, SYSLOG_READ, SYSLOG_READ_ALL, SYSLOG_READ_CLEAR, SYSLOG_CLEAR,
	SYSLOG_CONSOLE_OFF, SYSLOG_CONSOLE_ON, SYSLOG_CONSOLE_LEVEL, SYSLOG_SIZE_UNREAD,
	SYSLOG_SIZE_BUFFER,
};

SYSCALL_DEFINE3(syslog, A_INT, int, type, A_BUF_OUT, uaddr_t, ubuf, A_INT, int, len)
{
	static int saved_level = -1;
	int err;

	if (type != SYSLOG_READ_ALL && type != SYSLOG_SIZE_BUFFER && !capable(CAP_SYSLOG) &&
	    !capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (type) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
		return 0;
	case SYSLOG_READ:
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		if (!ubuf || len < 0)
			return -EINVAL;
		if (!len)
			return 0;
		if (type != SYSLOG_READ)
			return syslog_read_all(ubuf, (size_t)len, type == SYSLOG_READ_CLEAR);
		err = wait_event_interruptible(&printk_wait, syslog_seq < next_seq);
		return err ? err : syslog_copy(&syslog_seq, ubuf, (size_t)len);
	case SYSLOG_CLEAR:
		clear_seq = next_seq;
		return 0;
	case SYSLOG_CONSOLE_OFF:
		if (saved_level < 0)
			saved_level = console_level;
		console_level = LOG_ALERT;
		return 0;
	case SYSLOG_CONSOLE_ON:
		if (saved_level >= 0)
			console_level = saved_level;
		saved_level = -1;
		return 0;
	case SYSLOG_CONSOLE_LEVEL:
		if (len < 1 || len > 8)
			return -EINVAL;
		console_level = len;
		loglevel_given = true;
		return 0;
	case SYSLOG_SIZE_UNREAD:
		return (long)unread_bytes();
	case SYSLOG_SIZE_BUFFER:
		return LOG_RECORDS * LOG_LINE;
	}
	return -EINVAL;
}
