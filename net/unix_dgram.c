/* AF_UNIX datagrams, and seqpacket sockets: connected as streams are, with packets as here. */
#include "unix.h"

#include "um/sched.h"

/* A connected receiver takes packets only from the one it is connected to. */
static bool may_send(const struct unix_sock *from, const struct unix_sock *to)
{
	return !to->peer || to->peer == from;
}

/* `u` has a new peer or none: what the old one sent is not for the new one to be mixed with. */
static void disconnected(struct unix_sock *u, struct unix_sock *old)
{
	mutex_lock(&u->read_lock);	/* a reader may be copying from a
					   packet that it only peeks at */
	if (!list_empty(&u->queue)) {
		unix_purge(u);
		wake_up_all(&u->peer_wait);
		if (!old->dead && old->peer == u) {
			old->sock.err = ECONNRESET;
			wake_up_poll(&old->sock.wait, EPOLLERR);
		}
	}
	mutex_unlock(&u->read_lock);
}

static void set_peer(struct unix_sock *u, struct unix_sock *peer)
{
	struct unix_sock *old = u->peer;

	u->peer = peer;
	u->sock.state = peer ? SOCKET_ESTABLISHED : SOCKET_CLOSED;
	if (!old)
		return;
	if (old != peer)
		disconnected(u, old);
	unix_put(old);
}

static int unix_dgram_connect(struct socket *sock, const void *addr, int len,
			      bool nonblock __maybe_unused)
{
	struct unix_sock *u = unix_sk(sock), *other;
	struct sockaddr_un name;
	int err;

	if (len < (int)sizeof(__kernel_sa_family_t))
		return -EINVAL;
	if (((const struct sockaddr_un *)addr)->sun_family == K_AF_UNSPEC) {
		set_peer(u, NULL);
		return 0;
	}
	len = unix_check_addr(&name, addr, len);
	if (len < 0)
		return len;
	if (sock->passcred && !u->addr) {
		err = unix_autobind(u);
		if (err)
			return err;
	}
	other = unix_find(&name, len, sock->type);
	if (IS_ERR(other))
		return (int)PTR_ERR(other);
	if (!may_send(u, other)) {
		unix_put(other);
		return -EPERM;
	}
	set_peer(u, other);
	return 0;
}

/* Where the packet goes, with a reference: to the address given, else to the peer. */
static struct unix_sock *find_receiver(struct unix_sock *u, const struct kmsg *msg)
{
	struct sockaddr_un name;
	struct unix_sock *other;
	int len;

	if (msg->namelen) {
		len = unix_check_addr(&name, &msg->name, msg->namelen);
		if (len < 0)
			return ERR_PTR(len);
		return unix_find(&name, len, u->sock.type);
	}
	other = u->peer;
	return other ? unix_get(other) : ERR_PTR(-ENOTCONN);
}

static int receiver_gone(struct unix_sock *u, struct unix_sock *other)
{
	if (u->sock.type == K_SOCK_SEQPACKET)
		return -EPIPE;
	if (u->peer == other)
		set_peer(u, NULL);
	return -ECONNREFUSED;
}

/* 0 when the receiver takes the packet now. */
static int check_receiver(struct unix_sock *u, struct unix_sock *other)
{
	if (other->dead)
		return receiver_gone(u, other);
	if (other->sock.shutdown & RCV_SHUTDOWN)
		return -EPIPE;
	if (u->sock.type != K_SOCK_SEQPACKET && !may_send(u, other))
		return -EPERM;
	if (other != u && other->peer != u && unix_queue_full(other))
		return -EAGAIN;
	return 0;
}

static int wait_for_receiver(struct unix_sock *u, struct unix_sock *other, u64 deadline)
{
	int err = wait_event_full(&other->peer_wait,
				  other->dead || (other->sock.shutdown & RCV_SHUTDOWN) ||
					  other->peer == u || !unix_queue_full(other),
				  TASK_INTERRUPTIBLE, deadline, true);

	return err ? socket_sleep_error(err, u->sock.sndtimeo) : 0;
}

static int deliver(struct unix_sock *u, struct unix_sock *other, struct unix_buf *buf,
		   bool nonblock)
{
	u64 deadline = socket_deadline(u->sock.sndtimeo, nonblock);
	int err;

	for (;;) {
		err = check_receiver(u, other);
		if (err == -EAGAIN && !nonblock) {
			err = wait_for_receiver(u, other, deadline);
			if (!err)
				continue;
		}
		if (!err)
			unix_queue(other, buf);
		return err;
	}
}

static ssize_t send_packet(struct unix_sock *u, struct unix_sock *other, struct kmsg *msg)
{
	size_t len = msg->iter.count;
	struct unix_buf *buf;
	int err;

	if ((s64)len > (s64)u->sock.sndbuf - 32)
		return -EMSGSIZE;
	buf = unix_buf_alloc(u, len, msg, &err);
	if (!buf)
		return err;
	err = unix_attach(buf, &msg->files);
	if (!err && copy_from_iter(buf->data, len, &msg->iter) != len)
		err = -EFAULT;
	if (!err)
		err = deliver(u, other, buf, msg->flags & MSG_DONTWAIT);
	if (err) {
		unix_buf_free(buf);
		return err;
	}
	return (ssize_t)len;
}

static ssize_t unix_dgram_sendmsg(struct socket *sock, struct kmsg *msg)
{
	struct unix_sock *u = unix_sk(sock), *other;
	ssize_t ret;

	if (msg->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (sock->passcred && !u->addr) {
		ret = unix_autobind(u);
		if (ret)
			return ret;
	}
	other = find_receiver(u, msg);
	if (IS_ERR(other))
		return PTR_ERR(other);
	ret = send_packet(u, other, msg);
	unix_put(other);
	return ret;
}

/* 1: a packet is there; 0: the other side has shut down; or -errno.  read_lock is held. */
static int wait_for_packet(struct unix_sock *u, unsigned flags, u64 deadline)
{
	struct socket *sock = &u->sock;
	u64 seen;
	int err;

	while (list_empty(&u->queue)) {
		if (sock->err)
			return socket_error(sock);
		if (sock->shutdown & RCV_SHUTDOWN) {
			/* Of those that would not wait, only a seqpacket reader sees the end. */
			if ((flags & MSG_DONTWAIT) && sock->type != K_SOCK_SEQPACKET)
				return -EAGAIN;
			return 0;
		}
		if (flags & MSG_DONTWAIT)
			return -EAGAIN;
		seen = u->arrivals;
		mutex_unlock(&u->read_lock);
		err = wait_event_interruptible_until(&sock->wait,
						     u->arrivals != seen || sock->err ||
							     (sock->shutdown & RCV_SHUTDOWN),
						     deadline);
		mutex_lock(&u->read_lock);
		if (err)
			return socket_sleep_error(err, sock->rcvtimeo);
	}
	return 1;
}

/* The packet to read, and in *skip where in it; SO_PEEK_OFF counts over packets. */
static struct unix_buf *choose_packet(struct unix_sock *u, unsigned flags, size_t *skip)
{
	struct unix_buf *buf;

	*skip = 0;
	if (!(flags & MSG_PEEK) || u->sock.peek_off < 0)
		return list_first_entry(&u->queue, struct unix_buf, node);
	*skip = (size_t)u->sock.peek_off;
	list_for_each_entry(buf, &u->queue, node) {
		if (!*skip || *skip < buf->len)
			return buf;
		*skip -= buf->len;
	}
	return NULL;
}

static void advance_peek(struct socket *sock, unsigned flags, size_t packet, size_t done)
{
	if (sock->peek_off < 0)
		return;
	if (flags & MSG_PEEK)
		sock->peek_off += (int)done;
	else
		sock->peek_off = max(sock->peek_off - (int)packet, 0);
}

static ssize_t read_one(struct unix_sock *u, struct kmsg *msg, unsigned flags)
{
	size_t skip, n, len;
	struct unix_buf *buf = choose_packet(u, flags, &skip);

	if (!buf)
		return -EAGAIN;
	len = buf->len - skip;
	n = min(len, msg->iter.count);
	if (n < len)
		msg->flags |= MSG_TRUNC;
	unix_set_name(msg, buf->from);
	if (!(flags & MSG_PEEK)) {
		unix_dequeue(u, buf);
		wake_up_poll(&u->peer_wait, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	}
	/* A packet that cannot be copied out is lost, as on Linux. */
	if (copy_to_iter(buf->data + skip, n, &msg->iter) != n) {
		if (!(flags & MSG_PEEK))
			unix_buf_free(buf);
		return -EFAULT;
	}
	msg->cred = buf->cred;
	msg->want_cred = u->sock.passcred;
	advance_peek(&u->sock, flags, buf->len, n);
	if (flags & MSG_PEEK) {
		msg->files = buf->files ? scm_files_dup(buf->files) : NULL;
	} else {
		msg->files = unix_detach(buf);
		unix_buf_free(buf);
	}
	return (ssize_t)(flags & MSG_TRUNC ? len : n);
}

static ssize_t unix_dgram_recvmsg(struct socket *sock, struct kmsg *msg, unsigned flags)
{
	struct unix_sock *u = unix_sk(sock);
	ssize_t ret;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	mutex_lock(&u->read_lock);
	ret = wait_for_packet(u, flags, socket_deadline(sock->rcvtimeo, flags & MSG_DONTWAIT));
	if (ret > 0)
		ret = read_one(u, msg, flags);
	mutex_unlock(&u->read_lock);
	return ret;
}

static ssize_t unix_seqpacket_sendmsg(struct socket *sock, struct kmsg *msg)
{
	if (sock->err)
		return socket_error(sock);
	if (sock->state != SOCKET_ESTABLISHED)
		return -ENOTCONN;
	msg->namelen = 0;
	return unix_dgram_sendmsg(sock, msg);
}

static ssize_t unix_seqpacket_recvmsg(struct socket *sock, struct kmsg *msg, unsigned flags)
{
	if (sock->state != SOCKET_ESTABLISHED)
		return -ENOTCONN;
	return unix_dgram_recvmsg(sock, msg, flags);
}

static u32 unix_dgram_poll(struct file *file, struct socket *sock, struct poll_table *pt)
{
	struct unix_sock *u = unix_sk(sock), *peer = u->peer;
	bool writable = unix_writable(u);
	u32 mask = 0;

	poll_wait(file, &sock->wait, pt);
	if (peer && peer->peer != u) {
		poll_wait(file, &peer->peer_wait, pt);
		if (!peer->dead && unix_queue_full(peer))
			writable = false;
	}
	if (sock->err)
		mask |= EPOLLERR;
	if (sock->shutdown & RCV_SHUTDOWN)
		mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (sock->shutdown == SHUTDOWN_MASK)
		mask |= EPOLLHUP;
	if (!list_empty(&u->queue) || !list_empty(&u->accept_queue))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (sock->type == K_SOCK_SEQPACKET && sock->state == SOCKET_CLOSED)
		mask |= EPOLLHUP;
	if (writable)
		mask |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	return mask;
}

const struct socket_ops unix_dgram_ops = {
	.release = unix_release,
	.free = unix_free,
	.bind = unix_bind,
	.connect = unix_dgram_connect,
	.getname = unix_getname,
	.pair = unix_pair,
	.poll = unix_dgram_poll,
	.ioctl = unix_ioctl,
	.shutdown = unix_shutdown,
	.sendmsg = unix_dgram_sendmsg,
	.recvmsg = unix_dgram_recvmsg,
};

const struct socket_ops unix_seqpacket_ops = {
	.release = unix_release,
	.free = unix_free,
	.bind = unix_bind,
	.connect = unix_stream_connect,
	.listen = unix_listen,
	.accept = unix_accept,
	.getname = unix_getname,
	.pair = unix_pair,
	.poll = unix_dgram_poll,
	.ioctl = unix_ioctl,
	.shutdown = unix_shutdown,
	.sendmsg = unix_seqpacket_sendmsg,
	.recvmsg = unix_seqpacket_recvmsg,
};
