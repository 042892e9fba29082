/* AF_UNIX packets: the sender's memory accounting, queues, and the files that travel in them. */
#include "unix.h"

#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/sched.h"

/* What a packet costs beside its bytes, so that many empty ones fill a buffer too. */
#define BUF_OVERHEAD 768

unsigned unix_files_inflight, unix_socks_inflight;
static u64 total_charge;

/* All packets together stay below a quarter of the guest's memory. */
static bool over_limit(size_t len)
{
	return total_charge + len > max(physmem_size / 4, (u64)4 << 20);
}

static int wait_for_room(struct unix_sock *u, const struct kmsg *msg)
{
	u64 timeout = u->sock.sndtimeo;
	bool nonblock = msg->flags & MSG_DONTWAIT;
	int err;

	for (;;) {
		if (u->sock.err)
			return socket_error(&u->sock);
		if (u->sock.shutdown & SEND_SHUTDOWN)
			return -EPIPE;
		if (u->wmem < u->sock.sndbuf)
			return 0;
		if (nonblock)
			return -EAGAIN;
		err = wait_event_interruptible_until(&u->sock.wait,
						     u->wmem < u->sock.sndbuf || u->sock.err ||
							     (u->sock.shutdown & SEND_SHUTDOWN),
						     socket_deadline(timeout, false));
		if (err)
			return socket_sleep_error(err, timeout);
	}
}

struct unix_buf *unix_buf_alloc(struct unix_sock *from, size_t len, const struct kmsg *msg,
				int *err)
{
	struct unix_buf *buf;

	*err = wait_for_room(from, msg);
	if (*err)
		return NULL;
	*err = -ENOBUFS;
	if (over_limit(len + BUF_OVERHEAD))
		return NULL;
	buf = kmalloc_user(sizeof(*buf) + len);
	if (!buf)
		return NULL;
	*err = 0;
	INIT_LIST_HEAD(&buf->node);
	buf->from = unix_get(from);
	buf->charge = (int)len + BUF_OVERHEAD;
	buf->cred = msg->cred;
	buf->files = NULL;
	buf->len = len;
	buf->offset = 0;
	from->wmem += buf->charge;
	total_charge += (u64)buf->charge;
	return buf;
}

void unix_buf_free(struct unix_buf *buf)
{
	struct unix_sock *from = buf->from;
	struct scm_files *files = unix_detach(buf);

	from->wmem -= buf->charge;
	total_charge -= (u64)buf->charge;
	if (unix_writable(from))
		wake_up_poll(&from->sock.wait, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	unix_put(from);
	kfree(buf);
	scm_files_free(files);
}

void unix_queue(struct unix_sock *to, struct unix_buf *buf)
{
	list_add_tail(&buf->node, &to->queue);
	to->queue_len++;
	to->arrivals++;
	wake_up_poll(&to->sock.wait, EPOLLIN | EPOLLRDNORM | EPOLLRDBAND);
}

void unix_dequeue(struct unix_sock *u, struct unix_buf *buf)
{
	list_del(&buf->node);
	u->queue_len--;
}

void unix_purge(struct unix_sock *u)
{
	struct unix_buf *buf;

	while (!list_empty(&u->queue)) {
		buf = list_first_entry(&u->queue, struct unix_buf, node);
		unix_dequeue(u, buf);
		unix_buf_free(buf);
	}
}

static void count_inflight(const struct scm_files *files, int by)
{
	for (int i = 0; i < files->count; i++) {
		struct socket *sock = file_socket(files->file[i]);

		unix_files_inflight += (unsigned)by;
		if (!sock || sock->family != K_AF_UNIX)
			continue;
		unix_sk(sock)->inflight += by;
		unix_socks_inflight += (unsigned)by;
	}
}

int unix_attach(struct unix_buf *buf, struct scm_files **files)
{
	if (!*files)
		return 0;
	if (unix_files_inflight > rlimit(RLIMIT_NOFILE) && !capable(CAP_SYS_RESOURCE) &&
	    !capable(CAP_SYS_ADMIN))
		return -ETOOMANYREFS;
	buf->files = *files;
	*files = NULL;
	count_inflight(buf->files, 1);
	return 0;
}

struct scm_files *unix_detach(struct unix_buf *buf)
{
	struct scm_files *files = buf->files;

	buf->files = NULL;
	if (files)
		count_inflight(files, -1);
	return files;
}
