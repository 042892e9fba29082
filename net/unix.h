/*
 * AF_UNIX, shared by net/unix*.c.
 *
 * A socket that is connected holds a reference to its peer, a queued packet one to its sender: it
 * is charged there (wmem) until it is received, and its name is the packet's.  `dead` is set when
 * the file is closed; whoever slept with a reference looks at it again.
 */
#ifndef NET_UNIX_H
#define NET_UNIX_H

#include <linux/un.h>

#include "socket.h"

struct unix_addr {
	int refs;
	int len;			/* with the family */
	struct sockaddr_un name;	/* sun_path[0] == 0: abstract */
};

struct unix_sock {
	struct socket sock;		/* first */
	struct list_head all_node;	/* on unix_all while it has not been released */
	struct unix_addr *addr;		/* NULL: not bound */
	struct path path;		/* of a bound file, a reference; dentry NULL: none */
	struct list_head abstract_node;
	struct unix_sock *peer;		/* a reference, or NULL */
	struct list_head queue;		/* received unix_buf */
	unsigned queue_len;
	u64 arrivals;			/* packets ever queued: what readers wait for */
	int wmem;			/* charge of packets sent and not yet received */
	struct list_head accept_queue;	/* a listener's: by accept_node, a reference each */
	struct list_head accept_node;
	unsigned accept_len, backlog;
	struct wait_queue_head peer_wait;	/* those that want to send or connect to us */
	struct mutex read_lock, bind_lock;
	bool dead;
	int inflight;			/* times our file is in a queue */
	/* unix_gc.c */
	int gc_refs;
	enum { GC_OUT, GC_CANDIDATE, GC_REACHED } gc_mark;
	struct list_head gc_node;
};

struct unix_buf {
	struct list_head node;
	struct unix_sock *from;		/* a reference */
	int charge;
	struct user_ucred cred;
	struct scm_files *files;	/* or NULL */
	size_t len, offset;		/* all; already read (streams) */
	u8 data[];
};

extern struct list_head unix_all;
extern int nr_unix_socks;

static inline struct unix_sock *unix_sk(struct socket *sock)
{
	return container_of(sock, struct unix_sock, sock);
}

static inline struct unix_sock *unix_get(struct unix_sock *u)
{
	socket_get(&u->sock);
	return u;
}

static inline void unix_put(struct unix_sock *u)
{
	if (u)
		socket_put(&u->sock);
}

static inline bool unix_writable(const struct unix_sock *u)
{
	return u->sock.state != SOCKET_LISTEN && (s64)u->wmem * 4 <= u->sock.sndbuf;
}

/* A datagram receiver takes this many packets and one from senders it is not connected to. */
static inline bool unix_queue_full(const struct unix_sock *u)
{
	return u->queue_len > (unsigned)max(unix_max_dgram_qlen, 0);
}

/* --- unix.c */
struct socket *unix_new(int type, const struct socket_ops *ops);
/* -EINVAL unless it is an address of this family: then its length, made a proper string. */
int unix_check_addr(struct sockaddr_un *to, const void *addr, int len);
/* Who is bound to this address with this type, with a reference; ERR_PTR. */
struct unix_sock *unix_find(const struct sockaddr_un *addr, int len, int type);
int unix_autobind(struct unix_sock *u);
void unix_release(struct socket *sock);
void unix_free(struct socket *sock);
int unix_bind(struct socket *sock, const void *addr, int len);
int unix_getname(struct socket *sock, struct __kernel_sockaddr_storage *addr, bool peer);
int unix_pair(struct socket *a, struct socket *b);
int unix_shutdown(struct socket *sock, unsigned how);
long unix_ioctl(struct socket *sock, unsigned cmd, unsigned long arg);
void unix_set_name(struct kmsg *msg, const struct unix_sock *from);

extern const struct socket_ops unix_stream_ops, unix_dgram_ops, unix_seqpacket_ops;

/* --- unix_connect.c: what stream and seqpacket sockets share */
int unix_stream_connect(struct socket *sock, const void *addr, int len, bool nonblock);
int unix_listen(struct socket *sock, int backlog);
struct socket *unix_accept(struct socket *sock, bool nonblock);

/* --- unix_buf.c */
/* Waits for room in the sender's buffer.  NULL with *err. */
struct unix_buf *unix_buf_alloc(struct unix_sock *from, size_t len, const struct kmsg *msg,
				int *err);
void unix_buf_free(struct unix_buf *buf);	/* may sleep if it carries files */
void unix_queue(struct unix_sock *to, struct unix_buf *buf);
void unix_dequeue(struct unix_sock *u, struct unix_buf *buf);
void unix_purge(struct unix_sock *u);
/* Puts files into flight in the packet: they are then the packet's.  0, -ETOOMANYREFS. */
int unix_attach(struct unix_buf *buf, struct scm_files **files);
struct scm_files *unix_detach(struct unix_buf *buf);

/* --- unix_gc.c */
void unix_gc(void);
extern unsigned unix_files_inflight, unix_socks_inflight;

#endif
