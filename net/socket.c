/*
 * Sockets as files, and the calls that make and connect them.  Messages are msg.c's, options
 * sockopt.c's; what a socket does is its family's (net_family table).
 */
#include "socket.h"

#include <linux/net.h>

#include "um/bug.h"
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define SOCK_FLAG_CLOEXEC O_CLOEXEC
#define SOCK_FLAG_NONBLOCK O_NONBLOCK
#define SOCK_FLAGS (SOCK_FLAG_CLOEXEC | SOCK_FLAG_NONBLOCK)

#define DEFAULT_BUFFER 212992	/* /proc/sys/net/core/wmem_default, socket(7) */

int somaxconn = K_SOMAXCONN;

static const struct file_ops socket_file_ops;

void socket_init(struct socket *sock, const struct socket_ops *ops, int family, int type)
{
	sock->refs = 1;
	sock->ops = ops;
	sock->family = family;
	sock->type = type;
	sock->sndbuf = DEFAULT_BUFFER;
	sock->rcvbuf = DEFAULT_BUFFER;
	sock->rcvlowat = 1;
	sock->peek_off = -1;
	sock->rcvtimeo = KTIME_MAX;
	sock->sndtimeo = KTIME_MAX;
	sock->peercred = (struct user_ucred){ 0, (uid_t)-1, (gid_t)-1 };
	init_waitqueue_head(&sock->wait);
}

struct socket *socket_get(struct socket *sock)
{
	sock->refs++;
	return sock;
}

void socket_put(struct socket *sock)
{
	if (!sock || --sock->refs)
		return;
	/* A poller of another socket may have queued here. */
	while (waitqueue_active(&sock->wait))
		list_del(sock->wait.entries.next);
	groups_put(sock->peergroups);
	sock->ops->free(sock);
}

struct socket *file_socket(struct file *file)
{
	return file->ops == &socket_file_ops ? file->private : NULL;
}

struct socket *socket_lookup(int fd, struct file **file)
{
	struct socket *sock;

	*file = fget_io(fd);
	if (!*file)
		return ERR_PTR(-EBADF);
	sock = file_socket(*file);
	if (!sock) {
		fput(*file);
		return ERR_PTR(-ENOTSOCK);
	}
	return sock;
}

int addr_from_user(struct __kernel_sockaddr_storage *addr, uaddr_t from, int len)
{
	if (len < 0 || len > (int)sizeof(*addr))
		return -EINVAL;
	memset(addr, 0, sizeof(*addr));
	return len ? copy_from_user(addr, from, (size_t)len) : 0;
}

/* ulen says how much room there is, and then how long the address is. */
int addr_to_user(const struct __kernel_sockaddr_storage *addr, int len, uaddr_t to, uaddr_t ulen)
{
	int room;

	if (get_user(room, ulen))
		return -EFAULT;
	room = min(room, len);
	if (room < 0)
		return -EINVAL;
	if (room && copy_to_user(to, addr, (size_t)room))
		return -EFAULT;
	return put_user(len, ulen);
}

int socket_error(struct socket *sock)
{
	int err = -sock->err;

	sock->err = 0;
	return err;
}

u64 socket_deadline(u64 timeout, bool nonblock)
{
	if (nonblock)
		return 0;
	return timeout == KTIME_MAX ? KTIME_MAX : deadline_after(timeout);
}

int socket_sleep_error(int err, u64 timeout)
{
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	if (err == -ERESTARTSYS && timeout != KTIME_MAX)
		return -EINTR;
	return err;
}

void socket_set_peercred(struct socket *sock)
{
	sock->peercred.pid = current->tgid;
	sock->peercred.uid = current->cred->euid;
	sock->peercred.gid = current->cred->egid;
	groups_put(sock->peergroups);
	sock->peergroups = groups_get(current->cred->groups);
}

/* An open file for the socket, which takes over its reference; also when it fails. */
static struct file *socket_file(struct socket *sock, unsigned flags)
{
	struct inode *inode = anon_inode_new(S_IFSOCK | 0777);
	struct file *file;

	if (IS_ERR(inode)) {
		socket_put(sock);
		return ERR_PTR(PTR_ERR(inode));
	}
	sock->ino = inode->ino;
	file = anon_inode_file(inode, "socket:", &socket_file_ops, sock,
			       O_RDWR | (flags & SOCK_FLAG_NONBLOCK));
	if (IS_ERR(file)) {
		sock->ops->release(sock);
		socket_put(sock);
		return file;
	}
	file->mode &= ~(unsigned)(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	file->mode |= FMODE_STREAM;
	sock->file = file;
	return file;
}

static struct socket *socket_create(int family, int type, int protocol)
{
	const struct net_family *row;

	if (family < 0 || family >= K_AF_MAX)
		return ERR_PTR(-EAFNOSUPPORT);
	if (type < 0 || type >= K_SOCK_MAX)
		return ERR_PTR(-EINVAL);
	table_for_each(row, um_net_families)
		if (row->family == family)
			return row->create(type, protocol);
	return ERR_PTR(-EAFNOSUPPORT);
}

SYSCALL_DEFINE3(socket, A_SOCKFAMILY, int, family, A_SOCKTYPE, int, type, A_INT, int, protocol)
{
	unsigned flags = (unsigned)type & ~(unsigned)K_SOCK_TYPE_MASK;
	struct socket *sock;
	struct file *file;

	if (flags & ~(unsigned)SOCK_FLAGS)
		return -EINVAL;
	sock = socket_create(family, type & K_SOCK_TYPE_MASK, protocol);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	file = socket_file(sock, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	return fd_install_new(file, flags & SOCK_FLAG_CLOEXEC);
}

/* Two connected sockets as files; on error both are gone. */
static int make_pair(int family, int type, int protocol, unsigned flags, struct file *file[2])
{
	struct socket *sock[2];
	int err;

	sock[0] = socket_create(family, type, protocol);
	if (IS_ERR(sock[0]))
		return (int)PTR_ERR(sock[0]);
	sock[1] = socket_create(family, type, protocol);
	if (IS_ERR(sock[1])) {
		err = (int)PTR_ERR(sock[1]);
		goto put_first;
	}
	err = sock[0]->ops->pair ? sock[0]->ops->pair(sock[0], sock[1]) : -EOPNOTSUPP;
	if (err)
		goto put_second;
	file[0] = socket_file(sock[0], flags);
	file[1] = socket_file(sock[1], flags);
	err = IS_ERR(file[0]) ? (int)PTR_ERR(file[0]) : IS_ERR(file[1]) ? (int)PTR_ERR(file[1]) : 0;
	if (!err)
		return 0;
	if (!IS_ERR(file[0]))
		fput(file[0]);
	if (!IS_ERR(file[1]))
		fput(file[1]);
	return err;

put_second:
	sock[1]->ops->release(sock[1]);
	socket_put(sock[1]);
put_first:
	sock[0]->ops->release(sock[0]);
	socket_put(sock[0]);
	return err;
}

SYSCALL_DEFINE4(socketpair, A_SOCKFAMILY, int, family, A_SOCKTYPE, int, type, A_INT, int, protocol,
		A_PIPE_OUT, uaddr_t, to)
{
	unsigned flags = (unsigned)type & ~(unsigned)K_SOCK_TYPE_MASK;
	struct file *file[2] = { NULL, NULL };
	int fd[2], err;

	if (flags & ~(unsigned)SOCK_FLAGS)
		return -EINVAL;
	err = make_pair(family, type & K_SOCK_TYPE_MASK, protocol, flags, file);
	if (err)
		return err;
	fd[0] = fd_install_new(file[0], flags & SOCK_FLAG_CLOEXEC);
	if (fd[0] < 0) {
		fput(file[1]);
		return fd[0];
	}
	fd[1] = fd_install_new(file[1], flags & SOCK_FLAG_CLOEXEC);
	if (fd[1] < 0) {
		fd_close(fd[0]);
		return fd[1];
	}
	if (copy_to_user(to, fd, sizeof(fd))) {
		fd_close(fd[0]);
		fd_close(fd[1]);
		return -EFAULT;
	}
	return 0;
}

SYSCALL_DEFINE3(bind, A_FD, int, fd, A_SOCKADDR_IN, uaddr_t, uaddr, A_INT, int, len)
{
	struct __kernel_sockaddr_storage addr;
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	long err;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	err = addr_from_user(&addr, uaddr, len);
	if (!err)
		err = sock->ops->bind ? sock->ops->bind(sock, &addr, len) : -EOPNOTSUPP;
	fput(file);
	return err;
}

SYSCALL_DEFINE3(connect, A_FD, int, fd, A_SOCKADDR_IN, uaddr_t, uaddr, A_INT, int, len)
{
	struct __kernel_sockaddr_storage addr;
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	long err;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	err = addr_from_user(&addr, uaddr, len);
	if (!err)
		err = sock->ops->connect ? sock->ops->connect(sock, &addr, len,
							      file->flags & O_NONBLOCK) :
					   -EOPNOTSUPP;
	fput(file);
	return err;
}

SYSCALL_DEFINE2(listen, A_FD, int, fd, A_INT, int, backlog)
{
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	long err;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	if ((unsigned)backlog > (unsigned)somaxconn)
		backlog = somaxconn;
	err = sock->ops->listen ? sock->ops->listen(sock, backlog) : -EOPNOTSUPP;
	fput(file);
	return err;
}

/* The file of an accepted socket, when the peer's address could be told. */
static struct file *accepted_file(struct socket *new, uaddr_t uaddr, uaddr_t ulen, unsigned flags)
{
	struct __kernel_sockaddr_storage addr;
	struct file *file = socket_file(new, flags);
	int len, err;

	if (IS_ERR(file) || !uaddr)
		return file;
	memset(&addr, 0, sizeof(addr));
	len = new->ops->getname(new, &addr, true);
	err = len < 0 ? -ECONNABORTED : addr_to_user(&addr, len, uaddr, ulen);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

static struct file *accept_file(struct socket *sock, bool nonblock, uaddr_t uaddr, uaddr_t ulen,
				unsigned flags)
{
	struct socket *new = sock->ops->accept ? sock->ops->accept(sock, nonblock) :
						 ERR_PTR(-EOPNOTSUPP);

	return IS_ERR(new) ? ERR_PTR(PTR_ERR(new)) : accepted_file(new, uaddr, ulen, flags);
}

/* The descriptor is reserved first: without one nothing is accepted. */
static long do_accept(int fd, uaddr_t uaddr, uaddr_t ulen, int flags)
{
	struct file *listener, *file;
	struct socket *sock;
	int new;

	if (flags & ~SOCK_FLAGS)
		return -EINVAL;
	sock = socket_lookup(fd, &listener);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	new = fd_alloc(0, (unsigned)min(rlimit(RLIMIT_NOFILE), (u64)INT_MAX));
	if (new < 0)
		goto out;
	file = accept_file(sock, listener->flags & O_NONBLOCK, uaddr, ulen, (unsigned)flags);
	if (IS_ERR(file)) {
		fd_release(new);
		new = (int)PTR_ERR(file);
	} else {
		fd_install(new, file, flags & SOCK_FLAG_CLOEXEC);
	}
out:
	fput(listener);
	return new;
}

SYSCALL_DEFINE3(accept, A_FD, int, fd, A_SOCKADDR_OUT, uaddr_t, addr, A_INTPTR_OUT, uaddr_t, len)
{
	return do_accept(fd, addr, len, 0);
}

SYSCALL_DEFINE4(accept4, A_FD, int, fd, A_SOCKADDR_OUT, uaddr_t, addr, A_INTPTR_OUT, uaddr_t, len,
		A_HEX, int, flags)
{
	return do_accept(fd, addr, len, flags);
}

static long get_name(int fd, uaddr_t uaddr, uaddr_t ulen, bool peer)
{
	struct __kernel_sockaddr_storage addr;
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	long len;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	memset(&addr, 0, sizeof(addr));
	len = sock->ops->getname ? sock->ops->getname(sock, &addr, peer) : -EOPNOTSUPP;
	fput(file);
	return len < 0 ? len : addr_to_user(&addr, (int)len, uaddr, ulen);
}

SYSCALL_DEFINE3(getsockname, A_FD, int, fd, A_SOCKADDR_OUT, uaddr_t, addr, A_INTPTR_OUT, uaddr_t,
		len)
{
	return get_name(fd, addr, len, false);
}

SYSCALL_DEFINE3(getpeername, A_FD, int, fd, A_SOCKADDR_OUT, uaddr_t, addr, A_INTPTR_OUT, uaddr_t,
		len)
{
	return get_name(fd, addr, len, true);
}

/* how: SHUT_RD 0, SHUT_WR 1, SHUT_RDWR 2; one more makes it a mask of the directions. */
SYSCALL_DEFINE2(shutdown, A_FD, int, fd, A_INT, int, how)
{
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	long err;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	if (how < 0 || how > 2)
		err = -EINVAL;
	else
		err = sock->ops->shutdown ? sock->ops->shutdown(sock, (unsigned)how + 1) :
					    -EOPNOTSUPP;
	fput(file);
	return err;
}

/* --- the file */

static ssize_t socket_read(struct file *file, struct iov_iter *to, loff_t *pos __maybe_unused)
{
	struct socket *sock = file->private;
	struct kmsg msg;
	size_t want = to->count;
	ssize_t ret;

	if (!want)
		return 0;
	memset(&msg, 0, sizeof(msg));
	msg.iter = *to;
	if (to->iov == &to->one)
		msg.iter.iov = &msg.iter.one;
	ret = sock->ops->recvmsg(sock, &msg, file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0);
	scm_export(&msg, 0);
	if (ret > 0)
		iov_advance(to, min((size_t)ret, want));
	return ret;
}

static ssize_t socket_write(struct file *file, struct iov_iter *from, loff_t *pos __maybe_unused)
{
	struct socket *sock = file->private;
	struct kmsg msg;
	ssize_t ret;

	memset(&msg, 0, sizeof(msg));
	msg.iter = *from;
	if (from->iov == &from->one)
		msg.iter.iov = &msg.iter.one;
	msg.flags = file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0;
	msg_default_cred(&msg);
	if (sock->type == K_SOCK_SEQPACKET)
		msg.flags |= MSG_EOR;
	ret = sock->ops->sendmsg(sock, &msg);
	if (ret > 0)
		iov_advance(from, (size_t)ret);
	return ret;
}

static u32 socket_poll(struct file *file, struct poll_table *pt)
{
	struct socket *sock = file->private;

	return sock->ops->poll(file, sock, pt);
}

static long socket_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct socket *sock = file->private;

	return sock->ops->ioctl ? sock->ops->ioctl(sock, cmd, arg) : -ENOTTY;
}

static void socket_release(struct file *file)
{
	struct socket *sock = file->private;

	sock->file = NULL;
	sock->ops->release(sock);
	socket_put(sock);
}

static const struct file_ops socket_file_ops = {
	.release = socket_release,
	.read = socket_read,
	.write = socket_write,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
};
