/*
 * Opening: FIFOs, whose two sides wait for each other, and pipe(2).
 *
 * An opener that waits counts as a user of the pipe, and already as a reader or writer, so that
 * its partner finds it.
 */
#include "pipe_internal.h"

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

/* --- FIFOs: opening waits for the other side */

static int wait_for_partner(struct pipe *pipe, const unsigned *counter)
{
	unsigned before = *counter;

	return wait_event_interruptible(&pipe->rd_wait, *counter != before);
}

static void wake_partner(struct pipe *pipe)
{
	wake_up_all(&pipe->rd_wait);
}

/* A pipe(2) end opened again, through /proc/PID/fd: nobody is waited for. */
static bool is_nameless(const struct file *file)
{
	return file->inode->sb->magic == ANON_INODE_FS_MAGIC;
}

static int fifo_open_reader(struct pipe *pipe, struct file *file)
{
	struct pipe_end *end = file->private;
	int err;

	pipe->r_counter++;
	if (pipe->readers++ == 0)
		wake_partner(pipe);
	if (pipe->writers || is_nameless(file))
		return 0;
	if (file->flags & O_NONBLOCK) {
		end->w_seen = pipe->w_counter;
		end->no_hup_yet = true;
		return 0;
	}
	err = wait_for_partner(pipe, &pipe->w_counter);
	if (err && --pipe->readers == 0)
		wake_up_all(&pipe->wr_wait);
	return err;
}

static int fifo_open_writer(struct pipe *pipe, struct file *file)
{
	int err;

	if ((file->flags & O_NONBLOCK) && !pipe->readers && !is_nameless(file))
		return -ENXIO;
	pipe->w_counter++;
	if (pipe->writers++ == 0)
		wake_partner(pipe);
	if (pipe->readers || is_nameless(file))
		return 0;
	err = wait_for_partner(pipe, &pipe->r_counter);
	if (err && --pipe->writers == 0)
		wake_up_all(&pipe->rd_wait);
	return err;
}

static int fifo_open_both(struct pipe *pipe)
{
	pipe->r_counter++;
	pipe->w_counter++;
	pipe->readers++;
	pipe->writers++;
	if (pipe->readers == 1 || pipe->writers == 1)
		wake_partner(pipe);
	return 0;
}

/* Opens a FIFO as open(2) and fifo(7) say. */
int fifo_open(struct inode *inode, struct file *file)
{
	struct pipe_end *end;
	struct pipe *pipe;
	int err = -EINVAL;

	if (!inode->pipe)
		inode->pipe = pipe_new();
	pipe = inode->pipe;
	pipe->users++;
	end = kzalloc_type(struct pipe_end);
	end->pipe = pipe;
	file->private = end;
	file->mode = (file->mode | FMODE_STREAM) & ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	switch (file->mode & (FMODE_READ | FMODE_WRITE)) {
	case FMODE_READ:
		err = fifo_open_reader(pipe, file);
		break;
	case FMODE_WRITE:
		err = fifo_open_writer(pipe, file);
		break;
	case FMODE_READ | FMODE_WRITE:
		err = fifo_open_both(pipe);
		break;
	}
	if (err) {
		file->private = NULL;
		kfree(end);
		pipe_put(inode, pipe);
	}
	return err;
}

/* --- pipe(2) */

static struct file *pipe_end_file(struct inode *inode, struct pipe *pipe, unsigned flags)
{
	struct pipe_end *end = kzalloc_type(struct pipe_end);
	struct file *file;

	end->pipe = pipe;
	file = anon_inode_file(ihold(inode), "pipe:", &pipe_ops, end, flags);
	if (IS_ERR(file)) {
		kfree(end);
		return file;
	}
	file->mode = (file->mode | FMODE_STREAM) & ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	pipe->users++;
	return file;
}

/* The two ends of a new pipe, read end first. */
static int pipe_files(struct file *files[2], unsigned flags)
{
	struct inode *inode = anon_inode_new(S_IFIFO | 0600);
	struct pipe *pipe;
	int err = 0;

	if (IS_ERR_OR_NULL(inode))
		return -ENFILE;
	pipe = pipe_new();
	pipe->users = 1;	/* ours, until both files are there */
	inode->pipe = pipe;
	inode->fops = &fifo_ops;
	files[1] = pipe_end_file(inode, pipe, O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)));
	if (IS_ERR(files[1])) {
		err = PTR_ERR(files[1]);
		goto put_pipe;
	}
	pipe->writers = 1;
	files[0] = pipe_end_file(inode, pipe, O_RDONLY | (flags & O_NONBLOCK));
	if (IS_ERR(files[0])) {
		err = PTR_ERR(files[0]);
		fput(files[1]);
		goto put_pipe;
	}
	pipe->readers = 1;
put_pipe:
	pipe_put(inode, pipe);
	iput(inode);
	return err;
}

static long do_pipe(uaddr_t ufds, unsigned flags)
{
	unsigned limit = (unsigned)min(rlimit(RLIMIT_NOFILE), (u64)INT_MAX);
	struct file *files[2] = { NULL, NULL };
	int fd[2], err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	err = pipe_files(files, flags);
	if (err)
		return err;
	err = fd[0] = fd_alloc(0, limit);
	if (err < 0)
		goto put_files;
	err = fd[1] = fd_alloc(0, limit);
	if (err < 0)
		goto release_first;
	err = copy_to_user(ufds, fd, sizeof(fd));
	if (err)
		goto release_both;
	fd_install(fd[0], files[0], flags & O_CLOEXEC);
	fd_install(fd[1], files[1], flags & O_CLOEXEC);
	return 0;

release_both:
	fd_release(fd[1]);
release_first:
	fd_release(fd[0]);
put_files:
	fput(files[0]);
	fput(files[1]);
	return err;
}

SYSCALL_DEFINE2(pipe2, A_PIPE_OUT, uaddr_t, fds, A_OFLAGS, int, flags)
{
	return do_pipe(fds, flags);
}

SYSCALL_DEFINE1(pipe, A_PIPE_OUT, uaddr_t, fds)
{
	return do_pipe(fds, 0);
}
