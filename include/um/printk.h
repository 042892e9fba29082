/* The kernel log: levels as Linux has them, kept in a ring that the guest's dmesg reads.
 * kernel/printk.c */
#ifndef UM_PRINTK_H
#define UM_PRINTK_H

#include "um/types.h"
#include "um/wait.h"

enum printk_level {
	LOG_EMERG, LOG_ALERT, LOG_CRIT, LOG_ERR, LOG_WARN, LOG_NOTICE, LOG_INFO, LOG_DEBUG
};

void printk(enum printk_level level, const char *fmt, ...) __printf(2, 3);
void vprintk(enum printk_level level, const char *fmt, va_list args);

/* For /dev/kmsg: the record *seq, or the oldest one after it that is still there, in that file's
 * form ("6,123,456789,-;text\n"), cut to n; its length, 0 when there is none yet.  *seq becomes
 * the number of the record after it (so *seq - 1 was read). */
size_t printk_read(u64 *seq, char *buf, size_t n);
u64 printk_first_seq(void);		/* the oldest record still there */
u64 printk_next_seq(void);		/* what the next printk will get */
extern struct wait_queue_head printk_wait;	/* woken on each record */

#define pr_err(...) printk(LOG_ERR, __VA_ARGS__)
#define pr_warn(...) printk(LOG_WARN, __VA_ARGS__)
#define pr_notice(...) printk(LOG_NOTICE, __VA_ARGS__)
#define pr_info(...) printk(LOG_INFO, __VA_ARGS__)
#define pr_debug(...) printk(LOG_DEBUG, __VA_ARGS__)
#define pr_warn_once(...)                                                                          \
	do {                                                                                       \
		static bool said;                                                                  \
		if (!said)                                                                         \
			pr_warn(__VA_ARGS__);                                                      \
		said = true;                                                                       \
	} while (0)

#endif
