/*
 * AF_UNIX: names, the life of a socket, and what all three types share.  Connections are
 * unix_connect.c's, data unix_stream.c's and unix_dgram.c's.
 *
 * A path name binds to the inode that bind made (inode->socket); abstract names are in a table of
 * their own, per type.
 */
#include "unix.h"

#include <asm/ioctls.h>
#include <linux/net.h>
#include <linux/sockios.h>
#include <stdio.h>

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/uaccess.h"

#define ABSTRACT_BUCKETS 256
#define MAX_UNIX_SOCKS 65536
#define PATH_OFFSET ((int)offsetof(struct sockaddr_un, sun_path))

LIST_HEAD(unix_all);
int nr_unix_socks;
int unix_max_dgram_qlen = 10;
static struct list_head abstract[ABSTRACT_BUCKETS];

struct socket *unix_new(int type, const struct socket_ops *ops)
{
	struct unix_sock *u;

	if (nr_unix_socks >= MAX_UNIX_SOCKS)
		return ERR_PTR(-ENFILE);
	u = kzalloc_type(struct unix_sock);
	socket_init(&u->sock, ops, K_AF_UNIX, type);
	INIT_LIST_HEAD(&u->abstract_node);
	INIT_LIST_HEAD(&u->queue);
	INIT_LIST_HEAD(&u->accept_queue);
	INIT_LIST_HEAD(&u->accept_node);
	INIT_LIST_HEAD(&u->gc_node);
	init_waitqueue_head(&u->peer_wait);
	mutex_init(&u->read_lock);
	mutex_init(&u->bind_lock);
	list_add_tail(&u->all_node, &unix_all);
	nr_unix_socks++;
	return &u->sock;
}

static struct socket *unix_create(int type, int protocol)
{
	if (protocol && protocol != K_AF_UNIX)
		return ERR_PTR(-EPROTONOSUPPORT);
	switch (type) {
	case K_SOCK_STREAM:
		return unix_new(type, &unix_stream_ops);
	case K_SOCK_RAW:	/* an old name for datagrams here */
	case K_SOCK_DGRAM:
		return unix_new(K_SOCK_DGRAM, &unix_dgram_ops);
	case K_SOCK_SEQPACKET:
		return unix_new(type, &unix_seqpacket_ops);
	}
	return ERR_PTR(-ESOCKTNOSUPPORT);
}

static void addr_put(struct unix_addr *addr)
{
	if (addr && !--addr->refs)
		kfree(addr);
}

void unix_free(struct socket *sock)
{
	struct unix_sock *u = unix_sk(sock);

	while (waitqueue_active(&u->peer_wait))
		list_del(u->peer_wait.entries.next);
	addr_put(u->addr);
	nr_unix_socks--;
	kfree(u);
}

static void unname(struct unix_sock *u)
{
	struct path path = u->path;

	list_del(&u->abstract_node);
	memset(&u->path, 0, sizeof(u->path));
	if (!path.dentry)
		return;
	if (path.dentry->inode && path.dentry->inode->socket == u)
		path.dentry->inode->socket = NULL;
	path_put(&path);
}

/* The peer sees the end; unread data, or a connection never accepted, is a reset. */
static void leave_peer(struct unix_sock *u, bool embryo)
{
	struct unix_sock *peer = u->peer;

	if (!peer)
		return;
	u->peer = NULL;
	if (u->sock.type != K_SOCK_DGRAM) {
		peer->sock.shutdown = SHUTDOWN_MASK;
		if (!list_empty(&u->queue) || embryo)
			peer->sock.err = ECONNRESET;
		wake_up_poll(&peer->sock.wait,
			     EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP | EPOLLERR);
	}
	unix_put(peer);
}

static void release_embryos(struct unix_sock *u)
{
	struct unix_sock *embryo;

	while (!list_empty(&u->accept_queue)) {
		embryo = list_first_entry(&u->accept_queue, struct unix_sock, accept_node);
		list_del(&embryo->accept_node);
		u->accept_len--;
		list_del(&embryo->all_node);
		embryo->dead = true;
		embryo->sock.state = SOCKET_CLOSED;
		embryo->sock.shutdown = SHUTDOWN_MASK;
		wake_up_all(&embryo->peer_wait);
		leave_peer(embryo, true);
		unix_purge(embryo);
		unix_put(embryo);
	}
}

void unix_release(struct socket *sock)
{
	struct unix_sock *u = unix_sk(sock);

	u->dead = true;
	list_del(&u->all_node);
	sock->shutdown = SHUTDOWN_MASK;
	sock->state = SOCKET_CLOSED;
	wake_up_all(&u->peer_wait);
	wake_up_all(&sock->wait);
	leave_peer(u, false);
	unname(u);
	unix_purge(u);
	release_embryos(u);
	unix_gc();
}

int unix_check_addr(struct sockaddr_un *to, const void *addr, int len)
{
	memset(to, 0, sizeof(*to));
	if (len <= PATH_OFFSET || len > (int)sizeof(*to))
		return -EINVAL;
	memcpy(to, addr, (size_t)len);
	if (to->sun_family != K_AF_UNIX)
		return -EINVAL;
	if (to->sun_path[0])	/* a path ends at its NUL, or where the structure does */
		len = PATH_OFFSET + (int)strnlen(to->sun_path, sizeof(to->sun_path)) + 1;
	return len;
}

/* --- abstract names */

static struct list_head *abstract_bucket(const struct sockaddr_un *name, int len, int type)
{
	u32 hash = (u32)type;

	for (int i = PATH_OFFSET; i < len; i++)
		hash = hash * 31 + ((const u8 *)name)[i];
	hash ^= hash >> 16;
	hash ^= hash >> 8;
	if (!abstract[0].next)
		for (int i = 0; i < ABSTRACT_BUCKETS; i++)
			INIT_LIST_HEAD(&abstract[i]);
	return &abstract[hash % ABSTRACT_BUCKETS];
}

static struct unix_sock *abstract_find(const struct sockaddr_un *name, int len, int type)
{
	struct unix_sock *u;

	list_for_each_entry(u, abstract_bucket(name, len, type), abstract_node)
		if (u->sock.type == type && u->addr->len == len &&
		    !memcmp(&u->addr->name, name, (size_t)len))
			return u;
	return NULL;
}

static void set_addr(struct unix_sock *u, const struct sockaddr_un *name, int len)
{
	u->addr = kzalloc_type(struct unix_addr);
	u->addr->refs = 1;
	u->addr->len = len;
	u->addr->name = *name;
}

static int bind_abstract(struct unix_sock *u, const struct sockaddr_un *name, int len)
{
	if (abstract_find(name, len, u->sock.type))
		return -EADDRINUSE;
	set_addr(u, name, len);
	list_add(&u->abstract_node, abstract_bucket(name, len, u->sock.type));
	return 0;
}

/* A free name of five hexadecimal digits: unix(7), "Autobind feature". */
int unix_autobind(struct unix_sock *u)
{
	static u32 next;
	struct sockaddr_un name;
	char digits[8];
	u32 tries;

	if (u->addr)
		return 0;
	memset(&name, 0, sizeof(name));
	name.sun_family = K_AF_UNIX;
	for (tries = 0; tries <= 0xfffff; tries++) {
		next = (next + 1) & 0xfffff;
		snprintf(digits, sizeof(digits), "%05x", next);
		memcpy(name.sun_path + 1, digits, 5);
		if (!bind_abstract(u, &name, PATH_OFFSET + 6))
			return 0;
	}
	return -ENOSPC;
}

static void path_text(char *text, const struct sockaddr_un *name)
{
	memcpy(text, name->sun_path, sizeof(name->sun_path));
	text[sizeof(name->sun_path)] = '\0';
}

static bool path_exists(const struct sockaddr_un *name)
{
	char text[sizeof(name->sun_path) + 1];
	struct path path;

	path_text(text, name);
	if (kern_path(text, 0, &path))
		return false;
	path_put(&path);
	return true;
}

static int bind_path(struct unix_sock *u, const struct sockaddr_un *name, int len)
{
	char path[sizeof(name->sun_path) + 1];
	int err;

	path_text(path, name);
	err = kern_mknod_socket(path, 0777, u, &u->path);
	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	set_addr(u, name, len);
	return 0;
}

int unix_bind(struct socket *sock, const void *addr, int len)
{
	struct unix_sock *u = unix_sk(sock);
	struct sockaddr_un name;
	int err;

	if (len == PATH_OFFSET && ((const struct sockaddr_un *)addr)->sun_family == K_AF_UNIX)
		return unix_autobind(u);
	len = unix_check_addr(&name, addr, len);
	if (len < 0)
		return len;
	mutex_lock(&u->bind_lock);
	if (u->addr)
		err = name.sun_path[0] && path_exists(&name) ? -EADDRINUSE : -EINVAL;
	else
		err = name.sun_path[0] ? bind_path(u, &name, len) : bind_abstract(u, &name, len);
	mutex_unlock(&u->bind_lock);
	return err;
}

static struct unix_sock *find_by_path(const struct sockaddr_un *name, int type)
{
	char text[sizeof(name->sun_path) + 1];
	struct unix_sock *u = NULL;
	struct inode *inode;
	struct path path;
	int err;

	path_text(text, name);
	err = kern_path(text, LOOKUP_FOLLOW, &path);
	if (err)
		return ERR_PTR(err);
	inode = path.dentry->inode;
	err = inode_permission(inode, MAY_WRITE);
	if (!err) {
		u = (inode->mode & S_IFMT) == S_IFSOCK ? inode->socket : NULL;
		err = !u ? -ECONNREFUSED : u->sock.type != type ? -EPROTOTYPE : 0;
		if (!err)
			unix_get(u);
	}
	path_put(&path);
	return err ? ERR_PTR(err) : u;
}

struct unix_sock *unix_find(const struct sockaddr_un *addr, int len, int type)
{
	struct unix_sock *u;

	if (addr->sun_path[0])
		return find_by_path(addr, type);
	u = abstract_find(addr, len, type);
	return u ? unix_get(u) : ERR_PTR(-ECONNREFUSED);
}

static int copy_addr(const struct unix_sock *u, struct __kernel_sockaddr_storage *to)
{
	const struct unix_addr *addr = u->addr;

	if (!addr) {
		to->ss_family = K_AF_UNIX;
		return PATH_OFFSET;
	}
	memcpy(to, &addr->name, min((size_t)addr->len, sizeof(addr->name)));
	return addr->len;
}

int unix_getname(struct socket *sock, struct __kernel_sockaddr_storage *addr, bool peer)
{
	struct unix_sock *u = unix_sk(sock);

	if (peer) {
		u = u->peer;
		if (!u)
			return -ENOTCONN;
	}
	return copy_addr(u, addr);
}

/* A received packet's sender; one without a name leaves the address empty. */
void unix_set_name(struct kmsg *msg, const struct unix_sock *from)
{
	if (from->addr)
		msg->namelen = copy_addr(from, &msg->name);
}

int unix_pair(struct socket *a, struct socket *b)
{
	unix_sk(a)->peer = unix_get(unix_sk(b));
	unix_sk(b)->peer = unix_get(unix_sk(a));
	a->state = b->state = SOCKET_ESTABLISHED;
	socket_set_peercred(a);
	socket_set_peercred(b);
	return 0;
}

int unix_shutdown(struct socket *sock, unsigned how)
{
	struct unix_sock *peer = unix_sk(sock)->peer;
	unsigned other = (how & RCV_SHUTDOWN ? SEND_SHUTDOWN : 0) |
			 (how & SEND_SHUTDOWN ? RCV_SHUTDOWN : 0);

	sock->shutdown |= how;
	if (peer && sock->type != K_SOCK_DGRAM) {
		peer->sock.shutdown |= other;
		wake_up_poll(&peer->sock.wait, other == SHUTDOWN_MASK ?
						       EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP :
						       EPOLLIN | EPOLLOUT | EPOLLRDHUP);
	}
	wake_up_all(&unix_sk(sock)->peer_wait);
	wake_up_poll(&sock->wait, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP);
	return 0;
}

/* Bytes that wait to be read: all of a stream, the next datagram. */
static long readable_bytes(const struct unix_sock *u)
{
	const struct unix_buf *buf;
	size_t sum = 0;

	if (u->sock.state == SOCKET_LISTEN)
		return -EINVAL;
	list_for_each_entry(buf, &u->queue, node) {
		sum += buf->len - buf->offset;
		if (u->sock.type == K_SOCK_DGRAM)
			break;
	}
	return (long)min(sum, (size_t)INT_MAX);
}

long unix_ioctl(struct socket *sock, unsigned cmd, unsigned long arg)
{
	struct unix_sock *u = unix_sk(sock);
	long value;

	switch (cmd) {
	case SIOCOUTQ:
		value = u->wmem;
		break;
	case FIONREAD:
		value = readable_bytes(u);
		break;
	default:
		return -ENOTTY;
	}
	return value < 0 ? value : put_user((int)value, arg);
}

static unsigned proc_state(const struct unix_sock *u)
{
	if (u->sock.state == SOCKET_ESTABLISHED)
		return u->sock.file ? SS_CONNECTED : SS_CONNECTING;
	return u->sock.file ? SS_UNCONNECTED : SS_DISCONNECTING;
}

static void show_name(struct seq_file *m, const struct unix_addr *addr)
{
	int i, len = addr->len - PATH_OFFSET;

	if (addr->name.sun_path[0]) {
		seq_printf(m, " %.*s", (int)sizeof(addr->name.sun_path), addr->name.sun_path);
		return;
	}
	seq_puts(m, " @");
	for (i = 1; i < len; i++)
		seq_putc(m, addr->name.sun_path[i] ? addr->name.sun_path[i] : '@');
}

void unix_show(struct seq_file *m)
{
	const struct unix_sock *u;

	seq_puts(m, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	list_for_each_entry(u, &unix_all, all_node) {
		seq_printf(m, "%016x: %08X %08X %08X %04X %02X %5llu", 0, (unsigned)u->sock.refs, 0,
			   u->sock.state == SOCKET_LISTEN ? (unsigned)__SO_ACCEPTCON : 0,
			   (unsigned)u->sock.type, proc_state(u), (unsigned long long)u->sock.ino);
		if (u->addr)
			show_name(m, u->addr);
		seq_putc(m, '\n');
	}
}

NET_FAMILY(unix_family) = {
	.family = K_AF_UNIX,
	.create = unix_create,
};
