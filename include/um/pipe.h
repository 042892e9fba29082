/*
 * Pipes and FIFOs: a ring of page-sized slots.  fs/pipe.c
 *
 * Everything goes through a pipe file's ordinary operations; a reader or writer in K's own
 * memory (splice) uses an iov_kernel() cursor.  The functions below are for what read and write
 * cannot say: looking without taking, and asking before fetching.
 */
#ifndef UM_PIPE_H
#define UM_PIPE_H

#include "um/fs.h"

struct pipe;

extern const struct file_ops pipe_ops;	/* the two ends that pipe(2) made; FIFOs: fifo_ops */

struct pipe *file_pipe(struct file *file);	/* NULL: not a pipe or FIFO */
/* fcntl's F_SETPIPE_SZ and F_GETPIPE_SZ: the capacity in bytes, or -errno. */
long pipe_fcntl(struct file *file, unsigned cmd, unsigned long arg);
size_t pipe_bytes(const struct pipe *pipe);	/* that a reader could take now */
size_t pipe_room(const struct pipe *pipe);	/* bytes in free slots: a write
						   of so much won't sleep */
/* Copies up to n of the bytes after the first `skip` without taking them (tee). */
size_t pipe_peek(const struct pipe *pipe, size_t skip, void *buf, size_t n);
/* Waits until there is something to read (1) or all writers have gone (0), or until there is
 * room (1); nonblock: -EAGAIN.  -ERESTARTSYS; writing: -EPIPE with SIGPIPE. */
int pipe_wait_readable(struct pipe *pipe, bool nonblock);
int pipe_wait_writable(struct pipe *pipe, bool nonblock);

extern unsigned pipe_max_size;	/* /proc/sys/fs/pipe-max-size; set it with: */
int pipe_set_max_size(unsigned size);		/* 0 or -EINVAL */

#endif
