/* What the files of a pipe share: pipe.c (data), pipe_open.c (FIFOs, pipe(2)), pipe_size.c. */
#ifndef FS_PIPE_INTERNAL_H
#define FS_PIPE_INTERNAL_H

#include "um/pipe.h"

#define PIPE_DEF_SLOTS 16
#define SPARE_PAGES 2

struct pipe_slot {
	struct page *page;
	u32 offset, len;
	bool packet;		/* O_DIRECT: read as one, never joined */
};

struct pipe {
	int users;
	struct mutex lock;
	struct pipe_slot *slots;
	unsigned nr_slots;	/* a power of two */
	unsigned head, tail;	/* free running */
	int readers, writers;	/* open files */
	unsigned r_counter, w_counter;	/* opens so far, for FIFO openers that wait */
	bool polled;		/* somebody polls: tell about each write, for EPOLLET */
	struct page *spare[SPARE_PAGES];
	struct wait_queue_head rd_wait, wr_wait;
};

/* One open file. */
struct pipe_end {
	struct pipe *pipe;
	unsigned w_seen;	/* w_counter when a FIFO was opened without a writer, nonblocking:
				   no hangup until one has come and gone */
	bool no_hup_yet;
};

static inline bool pipe_empty(const struct pipe *pipe)
{
	return pipe->head == pipe->tail;
}

static inline bool pipe_full(const struct pipe *pipe)
{
	return pipe->head - pipe->tail >= pipe->nr_slots;
}

static inline bool pipe_readable(const struct pipe *pipe)
{
	return !pipe_empty(pipe) || !pipe->writers;
}

static inline bool pipe_writable(const struct pipe *pipe)
{
	return !pipe_full(pipe) || !pipe->readers;
}

static inline struct pipe_slot *slot_at(const struct pipe *pipe, unsigned pos)
{
	return &pipe->slots[pos & (pipe->nr_slots - 1)];
}

static inline struct pipe *pipe_of(const struct file *file)
{
	return ((struct pipe_end *)file->private)->pipe;
}

struct pipe *pipe_new(void);	/* without users */
void pipe_put(struct inode *inode, struct pipe *pipe);	/* a user has gone */
void broken_pipe(void);		/* SIGPIPE for current */
int fifo_open(struct inode *inode, struct file *file);

#endif
