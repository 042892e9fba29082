/* AF_UNIX streams: bytes in packets of at most CHUNK, read across packet boundaries except where
 * descriptors or other credentials begin. */
#include "unix.h"

#include "um/sched.h"

#define CHUNK 32768

static bool peer_closed(const struct unix_sock *peer)
{
	return peer->dead || (peer->sock.shutdown & RCV_SHUTDOWN);
}

/* One packet's worth.  Bytes, or -errno; the files go with the first. */
static ssize_t send_chunk(struct unix_sock *u, struct unix_sock *peer, struct kmsg *msg)
{
	size_t len = min(msg->iter.count, (size_t)max(u->sock.sndbuf / 2 - 64, 1));
	struct unix_buf *buf;
	int err;

	len = min(len, (size_t)CHUNK);
	buf = unix_buf_alloc(u, len, msg, &err);
	if (!buf)
		return err;
	err = unix_attach(buf, &msg->files);
	if (err)
		goto free;
	err = -EFAULT;
	if (copy_from_iter(buf->data, len, &msg->iter) != len)
		goto free;
	err = -EPIPE;
	if (peer_closed(peer))
		goto free;
	unix_queue(peer, buf);
	return (ssize_t)len;
free:
	unix_buf_free(buf);
	return err;
}

static ssize_t unix_stream_sendmsg(struct socket *sock, struct kmsg *msg)
{
	struct unix_sock *u = unix_sk(sock), *peer = u->peer;
	ssize_t sent = 0, n = 0;

	if (msg->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (msg->namelen)
		return sock->state == SOCKET_ESTABLISHED ? -EISCONN : -EOPNOTSUPP;
	if (!peer)
		return -ENOTCONN;
	unix_get(peer);
	if (sock->shutdown & SEND_SHUTDOWN)
		n = -EPIPE;
	while (n >= 0 && msg->iter.count) {
		n = peer_closed(peer) ? -EPIPE : send_chunk(u, peer, msg);
		if (n > 0)
			sent += n;
	}
	unix_put(peer);
	if (n == -EPIPE && !sent && !(msg->flags & MSG_NOSIGNAL))
		send_signal(SIGPIPE, NULL, current, false);
	return sent ? sent : n;
}

struct stream_read {
	struct kmsg *msg;
	unsigned flags;
	size_t copied, target;
	size_t skip;		/* SO_PEEK_OFF: bytes still to pass over */
	bool check_cred;	/* bytes were given with msg->cred: others' are not mixed in */
};

static bool same_cred(const struct user_ucred *a, const struct user_ucred *b)
{
	return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/* Copies from one packet.  False: this read is over (*err may say why). */
static bool read_packet(struct unix_sock *u, struct stream_read *rd, struct unix_buf *buf, int *err)
{
	struct kmsg *msg = rd->msg;
	size_t n = min(buf->len - buf->offset - rd->skip, msg->iter.count), done;

	if (rd->check_cred && !same_cred(&buf->cred, &msg->cred))
		return false;
	if (u->sock.passcred && !rd->check_cred) {
		msg->cred = buf->cred;
		msg->want_cred = true;
		rd->check_cred = true;
	}
	if (!rd->copied)
		unix_set_name(msg, buf->from);
	done = copy_to_iter(buf->data + buf->offset + rd->skip, n, &msg->iter);
	if (done != n && !done) {
		*err = -EFAULT;
		return false;
	}
	rd->copied += done;
	rd->skip = 0;
	if (rd->flags & MSG_PEEK) {
		if (u->sock.peek_off >= 0)
			u->sock.peek_off += (int)done;
		if (buf->files) {
			msg->files = scm_files_dup(buf->files);
			return false;
		}
		return done == n;
	}
	if (u->sock.peek_off >= 0)
		u->sock.peek_off = max(u->sock.peek_off - (int)done, 0);
	buf->offset += done;
	if (buf->files)
		msg->files = unix_detach(buf);
	if (buf->offset < buf->len)
		return false;
	unix_dequeue(u, buf);
	unix_buf_free(buf);
	return !msg->files && done == n;
}

/* Reads what is there.  True: more would be welcome.  Copying may sleep: read_lock keeps other
 * readers away, and writers only append. */
static bool read_available(struct unix_sock *u, struct stream_read *rd, int *err)
{
	struct list_head *passed = &u->queue;	/* the last packet peeked at */
	struct unix_buf *buf;

	while (passed->next != &u->queue && rd->msg->iter.count) {
		buf = list_entry(passed->next, struct unix_buf, node);
		if (rd->skip >= buf->len - buf->offset) {
			rd->skip -= buf->len - buf->offset;
			passed = &buf->node;
			continue;
		}
		if (!read_packet(u, rd, buf, err))
			return false;
		if (rd->flags & MSG_PEEK)
			passed = &buf->node;
	}
	return rd->msg->iter.count > 0;
}

/* Waits for bytes.  1: look again; 0: there will be none; or -errno. */
static int wait_for_data(struct unix_sock *u, unsigned flags, u64 deadline)
{
	struct socket *sock = &u->sock;
	u64 seen = u->arrivals;
	int err;

	if (sock->err)
		return socket_error(sock);
	if (sock->shutdown & RCV_SHUTDOWN)
		return 0;
	if (flags & MSG_DONTWAIT)
		return -EAGAIN;
	mutex_unlock(&u->read_lock);
	err = wait_event_interruptible_until(
		&sock->wait, u->arrivals != seen || sock->err || (sock->shutdown & RCV_SHUTDOWN),
		deadline);
	mutex_lock(&u->read_lock);
	return err ? socket_sleep_error(err, sock->rcvtimeo) : 1;
}

static size_t read_target(const struct socket *sock, size_t want, unsigned flags)
{
	size_t least = flags & MSG_WAITALL ? want : min((size_t)sock->rcvlowat, want);

	return max(least, (size_t)1);
}

static ssize_t unix_stream_recvmsg(struct socket *sock, struct kmsg *msg, unsigned flags)
{
	struct unix_sock *u = unix_sk(sock);
	u64 deadline = socket_deadline(sock->rcvtimeo, flags & MSG_DONTWAIT);
	struct stream_read rd = { .msg = msg, .flags = flags };
	int err = 0;

	if (sock->state != SOCKET_ESTABLISHED)
		return -EINVAL;
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	rd.target = read_target(sock, msg->iter.count, flags);
	mutex_lock(&u->read_lock);
	for (;;) {
		rd.skip = flags & MSG_PEEK && sock->peek_off > 0 ? (size_t)sock->peek_off : 0;
		if (!read_available(u, &rd, &err) || rd.copied >= rd.target)
			break;
		/* What was only peeked at would be found again. */
		if (rd.copied && (flags & MSG_PEEK))
			break;
		err = wait_for_data(u, flags, deadline);
		if (err <= 0)
			break;
		err = 0;
	}
	mutex_unlock(&u->read_lock);
	return rd.copied ? (ssize_t)rd.copied : err;
}

static u32 unix_stream_poll(struct file *file, struct socket *sock, struct poll_table *pt)
{
	struct unix_sock *u = unix_sk(sock);
	u32 mask = 0;

	poll_wait(file, &sock->wait, pt);
	if (sock->err)
		mask |= EPOLLERR;
	if (sock->shutdown == SHUTDOWN_MASK)
		mask |= EPOLLHUP;
	if (sock->shutdown & RCV_SHUTDOWN)
		mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (!list_empty(&u->queue) || !list_empty(&u->accept_queue))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (sock->state == SOCKET_CLOSED)
		mask |= EPOLLHUP;
	if (unix_writable(u))
		mask |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	return mask;
}

const struct socket_ops unix_stream_ops = {
	.release = unix_release,
	.free = unix_free,
	.bind = unix_bind,
	.connect = unix_stream_connect,
	.listen = unix_listen,
	.accept = unix_accept,
	.getname = unix_getname,
	.pair = unix_pair,
	.poll = unix_stream_poll,
	.ioctl = unix_ioctl,
	.shutdown = unix_shutdown,
	.sendmsg = unix_stream_sendmsg,
	.recvmsg = unix_stream_recvmsg,
};
