/* A pipe's capacity, and what splice and tee ask of it. */
#include "pipe_internal.h"

#include "um/kmalloc.h"
#include "um/sched.h"

#define PIPE_MAX_BYTES (1UL << 31)	/* fcntl(2) cannot say more */

unsigned pipe_max_size = 1024 * 1024;

/* The pipe behind an open file, or NULL. */
struct pipe *file_pipe(struct file *file)
{
	if (file->ops != &pipe_ops && file->ops != &fifo_ops)
		return NULL;
	return file->private ? pipe_of(file) : NULL;
}

/* What read could return in all, now. */
size_t pipe_bytes(const struct pipe *pipe)
{
	size_t sum = 0;
	unsigned i;

	for (i = pipe->tail; i != pipe->head; i++)
		sum += slot_at(pipe, i)->len;
	return sum;
}

/* Whole free slots, in bytes. */
size_t pipe_room(const struct pipe *pipe)
{
	unsigned used = pipe->head - pipe->tail;

	return used >= pipe->nr_slots ? 0 : (size_t)(pipe->nr_slots - used) << PAGE_SHIFT;
}

/* Copies without taking; the number of bytes copied. */
size_t pipe_peek(const struct pipe *pipe, size_t skip, void *buf, size_t n)
{
	size_t done = 0;
	unsigned i;

	for (i = pipe->tail; i != pipe->head && done < n; i++) {
		const struct pipe_slot *slot = slot_at(pipe, i);
		size_t part;

		if (skip >= slot->len) {
			skip -= slot->len;
			continue;
		}
		part = min(slot->len - skip, n - done);
		memcpy((u8 *)buf + done, (u8 *)page_address(slot->page) + slot->offset + skip,
		       part);
		done += part;
		skip = 0;
	}
	return done;
}

/* 1: there is data; 0: nothing, and all writers have gone; -EAGAIN, -ERESTARTSYS. */
int pipe_wait_readable(struct pipe *pipe, bool nonblock)
{
	if (!pipe_readable(pipe) && nonblock)
		return -EAGAIN;
	if (wait_event_interruptible(&pipe->rd_wait, pipe_readable(pipe)))
		return -ERESTARTSYS;
	return !pipe_empty(pipe);
}

/* 1: there is a free slot; -EPIPE after sending SIGPIPE; -EAGAIN, -ERESTARTSYS. */
int pipe_wait_writable(struct pipe *pipe, bool nonblock)
{
	if (!pipe_writable(pipe) && nonblock)
		return -EAGAIN;
	if (wait_event_interruptible(&pipe->wr_wait, pipe_writable(pipe)))
		return -ERESTARTSYS;
	if (pipe->readers)
		return 1;
	broken_pipe();
	return -EPIPE;
}

static size_t round_pipe_size(unsigned long size)
{
	size_t rounded = PAGE_SIZE;

	if (size > PIPE_MAX_BYTES)
		return 0;
	while (rounded < size)
		rounded <<= 1;
	return rounded;
}

static int pipe_resize(struct pipe *pipe, unsigned nr_slots)
{
	unsigned used, i;
	struct pipe_slot *slots = kmalloc_user(nr_slots * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	mutex_lock(&pipe->lock);
	used = pipe->head - pipe->tail;
	if (nr_slots < used) {
		mutex_unlock(&pipe->lock);
		kfree(slots);
		return -EBUSY;
	}
	for (i = 0; i < used; i++)
		slots[i] = *slot_at(pipe, pipe->tail + i);
	kfree(pipe->slots);
	pipe->slots = slots;
	pipe->nr_slots = nr_slots;
	pipe->tail = 0;
	pipe->head = used;
	mutex_unlock(&pipe->lock);
	wake_up_all(&pipe->wr_wait);
	return 0;
}

static long pipe_set_size(struct pipe *pipe, unsigned long arg)
{
	size_t size = arg > UINT_MAX ? 0 : round_pipe_size(arg);
	unsigned nr_slots;
	int err;

	if (!size)
		return -EINVAL;
	nr_slots = (unsigned)(size >> PAGE_SHIFT);
	if (nr_slots > pipe->nr_slots && size > pipe_max_size && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	err = pipe_resize(pipe, nr_slots);
	return err ? err : (long)size;
}

/* F_SETPIPE_SZ and F_GETPIPE_SZ. */
long pipe_fcntl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct pipe *pipe = file_pipe(file);

	if (!pipe)
		return -EBADF;
	switch (cmd) {
	case F_SETPIPE_SZ:
		return pipe_set_size(pipe, arg);
	case F_GETPIPE_SZ:
		return (long)((size_t)pipe->nr_slots << PAGE_SHIFT);
	}
	return -EINVAL;
}

/* The sysctl: rounded up to what a pipe can have. */
int pipe_set_max_size(unsigned size)
{
	size_t rounded = round_pipe_size(size);

	if (!rounded || rounded > UINT_MAX)
		return -EINVAL;
	pipe_max_size = (unsigned)rounded;
	return 0;
}
