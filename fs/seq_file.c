/*
 * Text files that K prints: the whole text at the first read and at each read from the start
 * again; what a reader takes in several pieces is one consistent text.
 */
#include <stdio.h>

#include "um/kmalloc.h"
#include "internal.h"

#define SEQ_INITIAL 1024
#define SEQ_MAX (64 << 20)	/* more is cut off: no guest can make K print without bound */

struct seq_private {
	struct seq_file m;
	struct mutex lock;	/* the text, while it is made or copied to a user */
	int (*show)(struct seq_file *m, void *private);
	bool filled;
};

static bool seq_room(struct seq_file *m, size_t n)
{
	size_t size = m->size ? m->size : SEQ_INITIAL;

	if (m->len + n <= m->size)
		return true;
	while (size < m->len + n)
		size *= 2;
	if (size > SEQ_MAX)
		return false;
	m->buf = krealloc(m->buf, size);
	m->size = size;
	return true;
}

/* Appends bytes. */
void seq_write(struct seq_file *m, const void *data, size_t n)
{
	if (!n || !seq_room(m, n))
		return;
	memcpy(m->buf + m->len, data, n);
	m->len += n;
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

/* Appends formatted text; 0. */
int seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(m->size > m->len ? m->buf + m->len : NULL,
		      m->size > m->len ? m->size - m->len : 0, fmt, args);
	va_end(args);
	if (n < 0)
		return 0;
	if (m->len + n >= m->size) {
		if (!seq_room(m, (size_t)n + 1))
			return 0;
		va_start(args, fmt);
		vsnprintf(m->buf + m->len, m->size - m->len, fmt, args);
		va_end(args);
	}
	m->len += n;
	return 0;
}

/* Appends s with each character that is in `what` as \ooo. */
void seq_escape(struct seq_file *m, const char *s, const char *what)
{
	for (; *s; s++) {
		if (strchr(what, *s))
			seq_printf(m, "\\%03o", (u8)*s);
		else
			seq_putc(m, *s);
	}
}

/* For a file's open operation: its text is what show prints; `private` is for show. */
int seq_open(struct file *file, int (*show)(struct seq_file *m, void *private), void *private)
{
	struct seq_private *p = kzalloc_type(struct seq_private);

	p->m.file = file;
	p->m.private = private;
	p->show = show;
	mutex_init(&p->lock);
	file->private = &p->m;
	return 0;
}

static int seq_fill(struct seq_private *p)
{
	int err;

	p->m.len = 0;
	err = p->show(&p->m, p->m.private);
	p->filled = !err;
	return err;
}

static ssize_t seq_read_locked(struct seq_private *p, struct iov_iter *to, loff_t *pos)
{
	struct seq_file *m = &p->m;
	size_t n;
	int err;

	if (!*pos || !p->filled) {
		err = seq_fill(p);
		if (err)
			return err;
	}
	if (*pos < 0 || (u64)*pos >= m->len || !to->count)
		return 0;
	n = min(m->len - (size_t)*pos, to->count);
	n = copy_to_iter(m->buf + *pos, n, to);
	if (!n)
		return -EFAULT;
	*pos += n;
	return n;
}

ssize_t seq_read(struct file *file, struct iov_iter *to, loff_t *pos)
{
	struct seq_file *m = file->private;
	struct seq_private *p = container_of(m, struct seq_private, m);
	ssize_t n;

	mutex_lock(&p->lock);
	n = seq_read_locked(p, to, pos);
	mutex_unlock(&p->lock);
	return n;
}

loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR) {
		if (__builtin_add_overflow(offset, file->pos, &offset))
			return -EINVAL;
	} else if (whence != SEEK_SET) {
		return -EINVAL;
	}
	if (offset < 0)
		return -EINVAL;
	file->pos = offset;
	return offset;
}

void seq_release(struct file *file)
{
	struct seq_file *m = file->private;

	file->private = NULL;
	if (!m)
		return;
	kfree(m->buf);
	kfree(container_of(m, struct seq_private, m));
}
