/*
 * Connections of stream and seqpacket sockets.  connect makes both ends at once: the server's is
 * queued at the listener, without a file, until accept takes it.
 */
#include "unix.h"

#include "um/kmalloc.h"
#include "um/sched.h"

int unix_listen(struct socket *sock, int backlog)
{
	struct unix_sock *u = unix_sk(sock);

	if (!u->addr)
		return -EINVAL;
	if (sock->state != SOCKET_CLOSED && sock->state != SOCKET_LISTEN)
		return -EINVAL;
	if ((unsigned)backlog > u->backlog)
		wake_up_all(&u->peer_wait);
	u->backlog = (unsigned)backlog;
	sock->state = SOCKET_LISTEN;
	socket_set_peercred(sock);
	return 0;
}

static bool backlog_full(const struct unix_sock *listener)
{
	return listener->accept_len > listener->backlog;
}

/* 0 when the listener has room; it may have died meanwhile. */
static int wait_for_backlog(struct unix_sock *u, struct unix_sock *listener, u64 deadline)
{
	int err = wait_event_full(&listener->peer_wait,
				  !backlog_full(listener) || listener->dead ||
					  (listener->sock.shutdown & RCV_SHUTDOWN),
				  TASK_INTERRUPTIBLE, deadline, true);

	return err ? socket_sleep_error(err, u->sock.sndtimeo) : 0;
}

/* The server's end of the connection. */
static struct unix_sock *make_embryo(struct unix_sock *client, struct unix_sock *listener)
{
	struct socket *sock = unix_new(client->sock.type, client->sock.ops);
	struct unix_sock *embryo;

	if (IS_ERR(sock))
		return ERR_PTR(PTR_ERR(sock));
	embryo = unix_sk(sock);
	sock->state = SOCKET_ESTABLISHED;
	sock->passcred = listener->sock.passcred;
	socket_set_peercred(sock);
	embryo->peer = unix_get(client);
	embryo->addr = listener->addr;
	embryo->addr->refs++;
	return embryo;
}

static int join(struct unix_sock *u, struct unix_sock *listener)
{
	struct unix_sock *embryo = make_embryo(u, listener);

	if (IS_ERR(embryo))
		return (int)PTR_ERR(embryo);
	u->sock.state = SOCKET_ESTABLISHED;
	u->sock.peercred = listener->sock.peercred;
	groups_put(u->sock.peergroups);
	u->sock.peergroups = groups_get(listener->sock.peergroups);
	u->peer = unix_get(embryo);
	list_add_tail(&embryo->accept_node, &listener->accept_queue);
	listener->accept_len++;
	wake_up_poll(&listener->sock.wait, EPOLLIN | EPOLLRDNORM);
	wake_up_poll(&u->sock.wait, EPOLLOUT | EPOLLWRNORM);
	return 0;
}

static int check_own_state(const struct unix_sock *u)
{
	switch (u->sock.state) {
	case SOCKET_CLOSED:
		return 0;
	case SOCKET_ESTABLISHED:
		return -EISCONN;
	default:
		return -EINVAL;
	}
}

/* 0: connected; -EAGAIN: the backlog is full; *listener is held then. */
static int try_connect(struct unix_sock *u, const struct sockaddr_un *name, int len,
		       struct unix_sock **listener)
{
	struct unix_sock *other = unix_find(name, len, u->sock.type);
	int err;

	*listener = NULL;
	if (IS_ERR(other))
		return (int)PTR_ERR(other);
	err = -ECONNREFUSED;
	if (other->dead || other->sock.state != SOCKET_LISTEN ||
	    (other->sock.shutdown & RCV_SHUTDOWN))
		goto put;
	if (backlog_full(other)) {
		*listener = other;
		return -EAGAIN;
	}
	err = check_own_state(u);
	if (!err)
		err = join(u, other);
put:
	unix_put(other);
	return err;
}

int unix_stream_connect(struct socket *sock, const void *addr, int len, bool nonblock)
{
	struct unix_sock *u = unix_sk(sock), *listener;
	u64 deadline = socket_deadline(sock->sndtimeo, nonblock);
	struct sockaddr_un name;
	int err;

	len = unix_check_addr(&name, addr, len);
	if (len < 0)
		return len;
	if (sock->passcred && !u->addr) {
		err = unix_autobind(u);
		if (err)
			return err;
	}
	for (;;) {
		err = try_connect(u, &name, len, &listener);
		if (!listener)
			return err;
		err = nonblock ? -EAGAIN : wait_for_backlog(u, listener, deadline);
		unix_put(listener);
		if (err)
			return err;
	}
}

struct socket *unix_accept(struct socket *sock, bool nonblock)
{
	struct unix_sock *u = unix_sk(sock), *embryo;
	u64 deadline = socket_deadline(sock->rcvtimeo, nonblock);
	int err;

	if (sock->state != SOCKET_LISTEN)
		return ERR_PTR(-EINVAL);
	while (list_empty(&u->accept_queue)) {
		if (sock->err)
			return ERR_PTR(socket_error(sock));
		if (sock->shutdown & RCV_SHUTDOWN)
			return ERR_PTR(-EINVAL);
		if (nonblock)
			return ERR_PTR(-EAGAIN);
		err = wait_event_full(&sock->wait,
				      !list_empty(&u->accept_queue) || sock->err ||
					      (sock->shutdown & RCV_SHUTDOWN),
				      TASK_INTERRUPTIBLE, deadline, true);
		if (err)
			return ERR_PTR(socket_sleep_error(err, sock->rcvtimeo));
	}
	embryo = list_first_entry(&u->accept_queue, struct unix_sock, accept_node);
	list_del(&embryo->accept_node);
	u->accept_len--;
	wake_up_poll(&u->peer_wait, EPOLLOUT);
	return &embryo->sock;
}
