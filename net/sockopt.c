/* setsockopt(2) and getsockopt(2) at the socket level; socket(7) and unix(7) say what each does. */
#include "socket.h"

#include <linux/net.h>

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"

#define BUFFER_MAX 212992	/* /proc/sys/net/core/wmem_max, rmem_max */
#define MIN_SNDBUF 4608
#define MIN_RCVBUF 2304

/* An option that is only a flag: what it is kept in.  NULL: another kind. */
static bool *flag_option(struct socket *sock, int name)
{
	switch (name) {
	case SO_DEBUG:
		return &sock->debug;
	case SO_REUSEADDR:
		return &sock->reuseaddr;
	case SO_REUSEPORT:
		return &sock->reuseport;
	case SO_DONTROUTE:
		return &sock->dontroute;
	case SO_BROADCAST:
		return &sock->broadcast;
	case SO_KEEPALIVE:
		return &sock->keepalive;
	case SO_OOBINLINE:
		return &sock->oobinline;
	case SO_NO_CHECK:
		return &sock->no_check;
	case SO_PASSCRED:
		return &sock->passcred;
	case SO_PASSSEC:
		return &sock->passsec;
	case SO_TIMESTAMP_OLD:
	case SO_TIMESTAMP_NEW:
		return &sock->timestamp;
	case SO_TIMESTAMPNS_OLD:
	case SO_TIMESTAMPNS_NEW:
		return &sock->timestampns;
	case SO_RXQ_OVFL:
		return &sock->rxq_ovfl;
	}
	return NULL;
}

/* The kernel doubles the value, for its own needs: socket(7). */
static int doubled(int value, int least)
{
	return max((int)min((long)value * 2, (long)INT_MAX), least);
}

static long set_buffer(struct socket *sock, int name, int value)
{
	bool force = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;

	if (force && !capable(CAP_NET_ADMIN))
		return -EPERM;
	if (force)
		value = max(value, 0);
	else
		value = (int)min((unsigned)value, (unsigned)BUFFER_MAX);
	/* Even the forced size stays bounded: it is K's own memory. */
	value = min(value, 4 * BUFFER_MAX);
	if (name == SO_SNDBUF || name == SO_SNDBUFFORCE) {
		sock->sndbuf = doubled(value, MIN_SNDBUF);
		wake_up_poll(&sock->wait, EPOLLOUT);
	} else {
		sock->rcvbuf = doubled(value, MIN_RCVBUF);
	}
	return 0;
}

static long set_linger(struct socket *sock, uaddr_t value, int len)
{
	struct {
		int onoff, secs;
	} linger;

	if (len < (int)sizeof(linger))
		return -EINVAL;
	if (copy_from_user(&linger, value, sizeof(linger)))
		return -EFAULT;
	sock->linger = linger.onoff;
	sock->linger_secs = linger.secs;
	return 0;
}

static bool is_old_timeout(int name)
{
	return name == SO_RCVTIMEO_OLD || name == SO_SNDTIMEO_OLD;
}

static long import_timeout(int name, uaddr_t value, int len, s64 *sec, s64 *usec)
{
	struct {
		long sec, usec;
	} old;
	struct {
		s64 sec, usec;
	} new;

	if (len < (int)(is_old_timeout(name) ? sizeof(old) : sizeof(new)))
		return -EINVAL;
	if (is_old_timeout(name)) {
		if (copy_from_user(&old, value, sizeof(old)))
			return -EFAULT;
		*sec = old.sec;
		*usec = old.usec;
	} else {
		if (copy_from_user(&new, value, sizeof(new)))
			return -EFAULT;
		*sec = new.sec;
		*usec = new.usec;
	}
	return *usec < 0 || *usec >= 1000000 ? -EDOM : 0;
}

static long set_timeout(struct socket *sock, int name, uaddr_t value, int len)
{
	bool receive = name == SO_RCVTIMEO_OLD || name == SO_RCVTIMEO_NEW;
	u64 *timeout = receive ? &sock->rcvtimeo : &sock->sndtimeo;
	s64 sec = 0, usec = 0;
	long err = import_timeout(name, value, len, &sec, &usec);

	if (err)
		return err;
	if (sec < 0)
		*timeout = 0;
	else if ((!sec && !usec) || (u64)sec >= KTIME_MAX / NSEC_PER_SEC / 2)
		*timeout = KTIME_MAX;
	else
		*timeout = (u64)sec * NSEC_PER_SEC + (u64)usec * NSEC_PER_USEC;
	return 0;
}

static long set_priority(struct socket *sock, int value)
{
	if ((value < 0 || value > 6) && !capable(CAP_NET_ADMIN) && !capable(CAP_NET_RAW))
		return -EPERM;
	sock->priority = value;
	return 0;
}

static long set_socket_option(struct socket *sock, int name, uaddr_t uvalue, int len)
{
	bool *flag = flag_option(sock, name);
	int value;

	if (len < (int)sizeof(value))
		return -EINVAL;
	if (get_user(value, uvalue))
		return -EFAULT;
	if (flag) {
		if (name == SO_DEBUG && value && !capable(CAP_NET_ADMIN))
			return -EACCES;
		*flag = value;
		return 0;
	}
	switch (name) {
	case SO_SNDBUF:
	case SO_RCVBUF:
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		return set_buffer(sock, name, value);
	case SO_PRIORITY:
		return set_priority(sock, value);
	case SO_MARK:
		if (!capable(CAP_NET_ADMIN) && !capable(CAP_NET_RAW))
			return -EPERM;
		sock->mark = value;
		return 0;
	case SO_LINGER:
		return set_linger(sock, uvalue, len);
	case SO_RCVTIMEO_OLD:
	case SO_RCVTIMEO_NEW:
	case SO_SNDTIMEO_OLD:
	case SO_SNDTIMEO_NEW:
		return set_timeout(sock, name, uvalue, len);
	case SO_RCVLOWAT:
		sock->rcvlowat = value < 0 ? INT_MAX : value ? value : 1;
		return 0;
	case SO_PEEK_OFF:
		sock->peek_off = value;
		return 0;
	}
	return -ENOPROTOOPT;
}

SYSCALL_DEFINE5(setsockopt, A_FD, int, fd, A_INT, int, level, A_INT, int, name, A_PTR, uaddr_t,
		value, A_INT, int, len)
{
	struct file *file;
	struct socket *sock;
	long err;

	if (len < 0)
		return -EINVAL;
	sock = socket_lookup(fd, &file);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	err = level == SOL_SOCKET ? set_socket_option(sock, name, value, len) : -EOPNOTSUPP;
	fput(file);
	return err;
}

/* --- getting.  A value is cut to the room there is, and its length told. */

static long give(const void *data, size_t size, uaddr_t to, uaddr_t ulen, int room)
{
	const int len = (int)min((size_t)room, size);

	if (len && copy_to_user(to, data, (size_t)len))
		return -EFAULT;
	return put_user(len, ulen);
}

static long give_timeout(struct socket *sock, int name, uaddr_t to, uaddr_t ulen, int room)
{
	bool receive = name == SO_RCVTIMEO_OLD || name == SO_RCVTIMEO_NEW;
	u64 ns = receive ? sock->rcvtimeo : sock->sndtimeo;
	s64 sec = ns == KTIME_MAX ? 0 : (s64)(ns / NSEC_PER_SEC);
	s64 usec = ns == KTIME_MAX ? 0 : (s64)(ns % NSEC_PER_SEC / NSEC_PER_USEC);
	const long old[2] = { (long)sec, (long)usec };
	const s64 new[2] = { sec, usec };

	return is_old_timeout(name) ? give(old, sizeof(old), to, ulen, room) :
				      give(new, sizeof(new), to, ulen, room);
}

static long give_peername(struct socket *sock, uaddr_t to, uaddr_t ulen, int room)
{
	struct __kernel_sockaddr_storage addr;
	int len;

	memset(&addr, 0, sizeof(addr));
	len = sock->ops->getname ? sock->ops->getname(sock, &addr, true) : -ENOTCONN;
	if (len < 0)
		return -ENOTCONN;
	if (len < room)
		return -EINVAL;
	return give(&addr, (size_t)room, to, ulen, room);
}

static long give_peergroups(struct socket *sock, uaddr_t to, uaddr_t ulen, int room)
{
	const struct group_info *groups = sock->peergroups;
	const int need = groups ? groups->count * (int)sizeof(gid_t) : 0;

	if (!groups)
		return -ENODATA;
	if (room < need) {
		if (put_user(need, ulen))
			return -EFAULT;
		return -ERANGE;
	}
	return give(groups->gid, (size_t)need, to, ulen, room);
}

/* The options whose value is an int; false: it is another kind. */
static bool int_option(struct socket *sock, int name, int *value)
{
	const bool *flag = flag_option(sock, name);

	if (flag) {
		*value = *flag;
		return true;
	}
	switch (name) {
	case SO_SNDBUF:
		*value = sock->sndbuf;
		break;
	case SO_RCVBUF:
		*value = sock->rcvbuf;
		break;
	case SO_TYPE:
		*value = sock->type;
		break;
	case SO_PROTOCOL:
		*value = sock->protocol;
		break;
	case SO_DOMAIN:
		*value = sock->family;
		break;
	case SO_ERROR:
		*value = -socket_error(sock);
		break;
	case SO_PRIORITY:
		*value = sock->priority;
		break;
	case SO_MARK:
		*value = sock->mark;
		break;
	case SO_RCVLOWAT:
		*value = sock->rcvlowat;
		break;
	case SO_SNDLOWAT:
		*value = 1;
		break;
	case SO_ACCEPTCONN:
		*value = sock->state == SOCKET_LISTEN;
		break;
	case SO_PEEK_OFF:
		*value = sock->peek_off;
		break;
	default:
		return false;
	}
	return true;
}

static long get_socket_option(struct socket *sock, int name, uaddr_t to, uaddr_t ulen)
{
	int value, room, linger[2];

	if (get_user(room, ulen))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (int_option(sock, name, &value))
		return give(&value, sizeof(value), to, ulen, room);
	switch (name) {
	case SO_LINGER:
		linger[0] = sock->linger;
		linger[1] = sock->linger_secs;
		return give(linger, sizeof(linger), to, ulen, room);
	case SO_RCVTIMEO_OLD:
	case SO_RCVTIMEO_NEW:
	case SO_SNDTIMEO_OLD:
	case SO_SNDTIMEO_NEW:
		return give_timeout(sock, name, to, ulen, room);
	case SO_PEERCRED:
		return give(&sock->peercred, sizeof(sock->peercred), to, ulen, room);
	case SO_PEERGROUPS:
		return give_peergroups(sock, to, ulen, room);
	case SO_PEERNAME:
		return give_peername(sock, to, ulen, room);
	}
	return -ENOPROTOOPT;
}

SYSCALL_DEFINE5(getsockopt, A_FD, int, fd, A_INT, int, level, A_INT, int, name, A_PTR, uaddr_t,
		value, A_INTPTR_OUT, uaddr_t, len)
{
	struct file *file;
	struct socket *sock = socket_lookup(fd, &file);
	long err;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	err = level == SOL_SOCKET ? get_socket_option(sock, name, value, len) : -EOPNOTSUPP;
	fput(file);
	return err;
}
