/* The calls that move messages: send and receive, with one or many headers. */
#include "socket.h"

#include <linux/uio.h>

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

void msg_default_cred(struct kmsg *msg)
{
	msg->cred.pid = current->tgid;
	msg->cred.uid = current->cred->uid;
	msg->cred.gid = current->cred->gid;
}

static ssize_t do_send(struct socket *sock, struct file *file, struct kmsg *msg)
{
	ssize_t ret;

	if (file->flags & O_NONBLOCK)
		msg->flags |= MSG_DONTWAIT;
	ret = sock->ops->sendmsg ? sock->ops->sendmsg(sock, msg) : -EOPNOTSUPP;
	scm_files_free(msg->files);
	msg->files = NULL;
	return ret;
}

/* msg->iter, control and controllen are set. */
static ssize_t do_recv(struct socket *sock, struct file *file, struct kmsg *msg, unsigned flags)
{
	ssize_t ret;

	if (file->flags & O_NONBLOCK)
		flags |= MSG_DONTWAIT;
	if (!sock->ops->recvmsg)
		return -EOPNOTSUPP;
	ret = sock->ops->recvmsg(sock, msg, flags);
	if (ret >= 0)
		scm_export(msg, flags);
	scm_files_free(msg->files);
	msg->files = NULL;
	return ret;
}

static bool bad_range(uaddr_t buf, size_t len)
{
	return buf + len < buf;
}

/* To the address of `addrlen` bytes at uaddr, or (0) to whom the socket is connected. */
static long send_buffer(int fd, uaddr_t buf, size_t len, unsigned flags, uaddr_t uaddr, int addrlen)
{
	struct file *file;
	struct socket *sock;
	struct kmsg msg;
	ssize_t ret = 0;

	len = min(len, (size_t)MAX_RW_COUNT);
	if (bad_range(buf, len))
		return -EFAULT;
	sock = socket_lookup(fd, &file);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	memset(&msg, 0, sizeof(msg));
	iov_user(&msg.iter, buf, len);
	msg.flags = flags & ~(unsigned)MSG_CMSG_CLOEXEC;
	msg_default_cred(&msg);
	if (uaddr) {
		ret = addr_from_user(&msg.name, uaddr, addrlen);
		msg.namelen = addrlen;
	}
	if (!ret)
		ret = do_send(sock, file, &msg);
	fput(file);
	return ret;
}

SYSCALL_DEFINE6(sendto, A_FD, int, fd, A_BUF_IN, uaddr_t, buf, A_SIZE, size_t, len, A_MSGFLAGS,
		unsigned, flags, A_SOCKADDR_IN, uaddr_t, uaddr, A_INT, int, addrlen)
{
	return send_buffer(fd, buf, len, flags, uaddr, addrlen);
}

SYSCALL_DEFINE4(send, A_FD, int, fd, A_BUF_IN, uaddr_t, buf, A_SIZE, size_t, len, A_MSGFLAGS,
		unsigned, flags)
{
	return send_buffer(fd, buf, len, flags, 0, 0);
}

/* The sender's address goes to uaddr, if that is not 0, and its length to addrlen. */
static long receive_buffer(int fd, uaddr_t buf, size_t len, unsigned flags, uaddr_t uaddr,
			   uaddr_t addrlen)
{
	struct file *file;
	struct socket *sock;
	struct kmsg msg;
	ssize_t ret;

	len = min(len, (size_t)MAX_RW_COUNT);
	if (bad_range(buf, len))
		return -EFAULT;
	sock = socket_lookup(fd, &file);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	memset(&msg, 0, sizeof(msg));
	iov_user(&msg.iter, buf, len);
	ret = do_recv(sock, file, &msg, flags);
	if (ret >= 0 && uaddr && addr_to_user(&msg.name, msg.namelen, uaddr, addrlen))
		ret = -EFAULT;
	fput(file);
	return ret;
}

SYSCALL_DEFINE6(recvfrom, A_FD, int, fd, A_BUF_OUT, uaddr_t, buf, A_SIZE, size_t, len, A_MSGFLAGS,
		unsigned, flags, A_SOCKADDR_OUT, uaddr_t, uaddr, A_INTPTR_OUT, uaddr_t, addrlen)
{
	return receive_buffer(fd, buf, len, flags, uaddr, addrlen);
}

SYSCALL_DEFINE4(recv, A_FD, int, fd, A_BUF_OUT, uaddr_t, buf, A_SIZE, size_t, len, A_MSGFLAGS,
		unsigned, flags)
{
	return receive_buffer(fd, buf, len, flags, 0, 0);
}

/* Checks the header and takes in the pieces; *to_free is the caller's to kfree. */
static int import_header(struct user_msghdr *hdr, uaddr_t from, struct kmsg *msg,
			 struct iovec **to_free)
{
	*to_free = NULL;
	if (copy_from_user(hdr, from, sizeof(*hdr)))
		return -EFAULT;
	memset(msg, 0, sizeof(*msg));
	if (!hdr->name)
		hdr->namelen = 0;
	if (hdr->namelen < 0)
		return -EINVAL;
	hdr->namelen = min(hdr->namelen, (int)sizeof(msg->name));
	if (hdr->iovlen > UIO_MAXIOV)
		return -EMSGSIZE;
	return iov_import(&msg->iter, (uaddr_t)hdr->iov, hdr->iovlen, to_free);
}

static ssize_t send_one(struct socket *sock, struct file *file, uaddr_t uhdr, unsigned flags)
{
	struct user_msghdr hdr;
	struct iovec *to_free;
	struct kmsg msg;
	ssize_t ret = import_header(&hdr, uhdr, &msg, &to_free);

	if (ret)
		return ret;
	msg.flags = flags;
	msg_default_cred(&msg);
	if (hdr.namelen) {
		ret = addr_from_user(&msg.name, (uaddr_t)hdr.name, hdr.namelen);
		msg.namelen = hdr.namelen;
	}
	if (!ret && hdr.controllen > INT_MAX)
		ret = -ENOBUFS;
	if (!ret)
		ret = scm_import(&msg, sock->family, (uaddr_t)hdr.control, hdr.controllen);
	if (!ret)
		ret = do_send(sock, file, &msg);
	kfree(to_free);
	return ret;
}

SYSCALL_DEFINE3(sendmsg, A_FD, int, fd, A_PTR, uaddr_t, uhdr, A_MSGFLAGS, unsigned, flags)
{
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	ssize_t ret;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	ret = send_one(sock, file, uhdr, flags & ~(unsigned)MSG_CMSG_CLOEXEC);
	fput(file);
	return ret;
}

/* The header's fields that come back. */
static int put_header(const struct user_msghdr *hdr, const struct kmsg *msg, uaddr_t uhdr,
		      unsigned flags)
{
	const unsigned out_flags = msg->flags | (flags & MSG_CMSG_CLOEXEC);
	const size_t controllen = hdr->control ? hdr->controllen - msg->controllen : 0;

	if (hdr->name && addr_to_user(&msg->name, msg->namelen, (uaddr_t)hdr->name,
				      uhdr + offsetof(struct user_msghdr, namelen)))
		return -EFAULT;
	if (put_user(out_flags, uhdr + offsetof(struct user_msghdr, flags)) ||
	    put_user(controllen, uhdr + offsetof(struct user_msghdr, controllen)))
		return -EFAULT;
	return 0;
}

static ssize_t recv_one(struct socket *sock, struct file *file, uaddr_t uhdr, unsigned flags)
{
	struct user_msghdr hdr;
	struct iovec *to_free;
	struct kmsg msg;
	ssize_t ret = import_header(&hdr, uhdr, &msg, &to_free);

	if (ret)
		return ret;
	hdr.controllen = min(hdr.controllen, (size_t)INT_MAX);
	msg.control = (uaddr_t)hdr.control;
	msg.controllen = hdr.control ? hdr.controllen : 0;
	ret = do_recv(sock, file, &msg, flags);
	if (ret >= 0 && put_header(&hdr, &msg, uhdr, flags))
		ret = -EFAULT;
	kfree(to_free);
	return ret;
}

SYSCALL_DEFINE3(recvmsg, A_FD, int, fd, A_PTR, uaddr_t, uhdr, A_MSGFLAGS, unsigned, flags)
{
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	ssize_t ret;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	ret = recv_one(sock, file, uhdr, flags);
	fput(file);
	return ret;
}

SYSCALL_DEFINE4(sendmmsg, A_FD, int, fd, A_PTR, uaddr_t, vec, A_UINT, unsigned, nr, A_MSGFLAGS,
		unsigned, flags)
{
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	unsigned done = 0, len;
	ssize_t ret = 0;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	nr = min(nr, (unsigned)UIO_MAXIOV);
	for (; done < nr; done++, vec += sizeof(struct user_mmsghdr)) {
		ret = send_one(sock, file, vec, flags & ~(unsigned)MSG_CMSG_CLOEXEC);
		if (ret < 0)
			break;
		len = (unsigned)ret;
		if (put_user(len, vec + offsetof(struct user_mmsghdr, len))) {
			ret = -EFAULT;
			break;
		}
		if (signal_pending(current)) {
			done++;
			break;
		}
	}
	fput(file);
	return done ? (long)done : ret;
}

/* The timeout is looked at only between messages: recvmmsg(2), BUGS. */
static long recv_many(int fd, uaddr_t vec, unsigned nr, unsigned flags, u64 deadline)
{
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	unsigned done = 0, len;
	ssize_t ret;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	ret = socket_error(sock);
	nr = min(nr, (unsigned)UIO_MAXIOV);
	for (; !ret && done < nr; vec += sizeof(struct user_mmsghdr)) {
		ret = recv_one(sock, file, vec, flags & ~(unsigned)MSG_WAITFORONE);
		if (ret < 0)
			break;
		len = (unsigned)ret;
		ret = put_user(len, vec + offsetof(struct user_mmsghdr, len));
		if (ret)
			break;
		done++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (ktime_mono() >= deadline || signal_pending(current))
			break;
	}
	/* An error after some messages is told by the next call. */
	if (done && ret < 0 && ret != -EAGAIN && ret != -ERESTARTSYS && ret != -EINTR)
		sock->err = (int)-ret;
	fput(file);
	return done ? (long)done : ret;
}

static long recvmmsg(int fd, uaddr_t vec, unsigned nr, unsigned flags, uaddr_t utimeout)
{
	u64 timeout = KTIME_MAX, deadline = KTIME_MAX, now;
	long ret;

	if (utimeout) {
		ret = timespec_get(&timeout, utimeout);
		if (ret)
			return ret;
		deadline = deadline_after(timeout);
	}
	ret = recv_many(fd, vec, nr, flags, deadline);
	if (ret > 0 && utimeout) {
		now = ktime_mono();
		if (timespec_put(utimeout, now < deadline ? deadline - now : 0))
			return -EFAULT;
	}
	return ret;
}

SYSCALL_TIME5(recvmmsg, recvmmsg_time64, A_FD, int, fd, A_PTR, uaddr_t, vec, A_UINT, unsigned, nr,
	      A_MSGFLAGS, unsigned, flags, A_PTR, uaddr_t, timeout)
{
	return recvmmsg(fd, vec, nr, flags, timeout);
}

