/*
 * Inside net/: the socket object, what a family offers, and a message on its way.
 *
 * A struct socket is reference-counted: its open file holds one reference, and a family may hold
 * others (a peer, a queued packet).  After release it is only a name that others may still hold.
 */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <asm/socket.h>

#include "um/socket.h"
#include "um/timer.h"

/* Constants of the socket calls that no UAPI header exports; as the C library's <sys/socket.h>
 * and socket(2), recv(2), send(2), unix(7) document them. */
enum {
	K_AF_UNSPEC = 0,
	K_AF_UNIX = 1,
	K_AF_MAX = 46,
	K_SOCK_MAX = 11,
	K_SOMAXCONN = 4096,
	K_SCM_RIGHTS = 1,
	K_SCM_CREDENTIALS = 2,
	K_SCM_MAX_FD = 253,
};

enum {
	MSG_OOB = 1,
	MSG_PEEK = 2,
	MSG_CTRUNC = 8,
	MSG_TRUNC = 0x20,
	MSG_DONTWAIT = 0x40,
	MSG_EOR = 0x80,
	MSG_WAITALL = 0x100,
	MSG_ERRQUEUE = 0x2000,
	MSG_NOSIGNAL = 0x4000,
	MSG_WAITFORONE = 0x10000,
	MSG_CMSG_CLOEXEC = 0x40000000,
};

/* struct msghdr as sendmsg(2) takes it. */
struct user_msghdr {
	void *name;
	int namelen;
	struct iovec *iov;
	size_t iovlen;
	void *control;
	size_t controllen;
	unsigned flags;
};

/* struct mmsghdr of sendmmsg(2). */
struct user_mmsghdr {
	struct user_msghdr hdr;
	unsigned len;
};

/* struct cmsghdr of cmsg(3). */
struct user_cmsghdr {
	size_t len;	/* with this header */
	int level, type;
};

#define CMSG_ALIGNED(n) ALIGN((size_t)(n), sizeof(long))
#define CMSG_HEAD CMSG_ALIGNED(sizeof(struct user_cmsghdr))

/* struct ucred of unix(7). */
struct user_ucred {
	int pid;
	uid_t uid;
	gid_t gid;
};

/* Files on their way through a socket: each one a reference. */
struct scm_files {
	int count;
	struct file *file[K_SCM_MAX_FD];
};

struct kmsg {
	struct iov_iter iter;
	struct __kernel_sockaddr_storage name;
	int namelen;		/* 0: none.  Receiving: what the family put there */
	unsigned flags;		/* sending: MSG_*.  Receiving: what the family reports */
	struct scm_files *files;	/* SCM_RIGHTS, or NULL; ours */
	struct user_ucred cred;		/* the sender's */
	bool want_cred;			/* receiving: SO_PASSCRED */
	/* Receiving: room for control messages in user memory, and what is left of it. */
	uaddr_t control;
	size_t controllen;
};

enum socket_state { SOCKET_CLOSED, SOCKET_LISTEN, SOCKET_ESTABLISHED };

#define RCV_SHUTDOWN 1u
#define SEND_SHUTDOWN 2u
#define SHUTDOWN_MASK 3u

struct socket {
	int refs;
	const struct socket_ops *ops;
	int family, type, protocol;
	enum socket_state state;
	struct file *file;	/* no reference; NULL before accept and after close */
	u64 ino;		/* sockfs', for listings */
	struct wait_queue_head wait;
	unsigned shutdown;
	int err;		/* SO_ERROR: positive, given once */
	/* Options */
	int sndbuf, rcvbuf, rcvlowat, priority, mark, peek_off;
	bool reuseaddr, reuseport, broadcast, keepalive, oobinline, dontroute, debug, linger;
	bool passcred, passsec, timestamp, timestampns, rxq_ovfl, no_check;
	int linger_secs;
	u64 rcvtimeo, sndtimeo;	/* ns; KTIME_MAX: for ever */
	struct user_ucred peercred;
	struct group_info *peergroups;	/* or NULL */
};

/* All may sleep.  Absent: -EOPNOTSUPP. */
struct socket_ops {
	void (*release)(struct socket *sock);		/* required: the file is closed */
	void (*free)(struct socket *sock);		/* required: the last reference is gone */
	int (*bind)(struct socket *sock, const void *addr, int len);
	int (*connect)(struct socket *sock, const void *addr, int len, bool nonblock);
	int (*listen)(struct socket *sock, int backlog);
	/* The new socket, with a reference for its file; ERR_PTR. */
	struct socket *(*accept)(struct socket *sock, bool nonblock);
	/* The length, or -errno. */
	int (*getname)(struct socket *sock, struct __kernel_sockaddr_storage *addr, bool peer);
	int (*pair)(struct socket *a, struct socket *b);
	u32 (*poll)(struct file *file, struct socket *sock, struct poll_table *pt);
	long (*ioctl)(struct socket *sock, unsigned cmd, unsigned long arg);
	int (*shutdown)(struct socket *sock, unsigned how);
	/* Bytes, or -errno.  What remains of msg->files is the caller's to free. */
	ssize_t (*sendmsg)(struct socket *sock, struct kmsg *msg);
	ssize_t (*recvmsg)(struct socket *sock, struct kmsg *msg, unsigned flags);
};

struct net_family {
	int family;
	/* A new socket with one reference, by socket_init; *type may be mapped. ERR_PTR. */
	struct socket *(*create)(int type, int protocol);
};
TABLE_DECLARE(const struct net_family, um_net_families);
#define NET_FAMILY(ident) static const struct net_family ident TABLE_ROW(um_net_families)

/* --- socket.c */
void socket_init(struct socket *sock, const struct socket_ops *ops, int family, int type);
struct socket *socket_get(struct socket *sock);
void socket_put(struct socket *sock);
/* The socket behind a descriptor, and its file with a reference; ERR_PTR(-EBADF, -ENOTSOCK). */
struct socket *socket_lookup(int fd, struct file **file);
/* The socket of an open file, or NULL. */
struct socket *file_socket(struct file *file);
int addr_from_user(struct __kernel_sockaddr_storage *addr, uaddr_t from, int len);
int addr_to_user(const struct __kernel_sockaddr_storage *addr, int len, uaddr_t to, uaddr_t ulen);
/* The pending error, negative, and clears it. */
int socket_error(struct socket *sock);
u64 socket_deadline(u64 timeout, bool nonblock);
/* What a sleep's -ERESTARTSYS or -ETIMEDOUT means for a call with this timeout. */
int socket_sleep_error(int err, u64 timeout);
/* The caller's ids, for SO_PEERCRED. */
void socket_set_peercred(struct socket *sock);

/* --- msg.c */
void msg_default_cred(struct kmsg *msg);	/* current's, for what it sends */

/* --- scm.c */
/* Reads control messages from a user buffer into msg; -errno frees what was taken. */
int scm_import(struct kmsg *msg, int family, uaddr_t control, size_t len);
/* Writes cred and files as control messages; frees msg->files. */
void scm_export(struct kmsg *msg, unsigned flags);
void scm_put(struct kmsg *msg, int level, int type, const void *data, size_t len);
struct scm_files *scm_files_dup(const struct scm_files *files);
void scm_files_free(struct scm_files *files);	/* NULL is fine; may sleep */

#endif
