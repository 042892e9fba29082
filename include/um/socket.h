/* Sockets: families plug in beneath the socket calls.  net/socket.c, net/unix.c */
#ifndef UM_SOCKET_H
#define UM_SOCKET_H

#include <linux/socket.h>

#include "um/fs.h"
#include "um/poll.h"

/* The call layer's constants that the UAPI does not export; values from the kernel's ABI as
 * socket(2), recv(2) and the C library document them. */
enum { K_SOCK_STREAM = 1, K_SOCK_DGRAM = 2, K_SOCK_RAW = 3, K_SOCK_SEQPACKET = 5 };
#define K_SOCK_TYPE_MASK 0xf

struct socket;
struct kmsg;	/* a message being sent or received; net/socket.h */

/* /proc/sys/net/core/somaxconn, /proc/sys/net/unix/max_dgram_qlen */
extern int somaxconn;
extern int unix_max_dgram_qlen;
/* The lines of /proc/net/unix. */
struct seq_file;
void unix_show(struct seq_file *m);

#endif
