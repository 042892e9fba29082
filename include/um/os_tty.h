/* Host terminals and what else consoles hang on.  os/tty.c, os/channel.c */
#ifndef UM_OS_TTY_H
#define UM_OS_TTY_H

#include "um/types.h"

enum os_fd_kind {
	OS_FD_NONE, OS_FD_TTY, OS_FD_REGULAR, OS_FD_PIPE, OS_FD_SOCKET, OS_FD_CHAR, OS_FD_OTHER,
};

/* What a descriptor is; its device number (of OS_FD_CHAR and OS_FD_TTY) if rdev is not NULL. */
enum os_fd_kind os_fd_kind(int fd, unsigned *major, unsigned *minor);
bool os_fd_same_device(int a, int b);		/* the same terminal? */
/* Raw mode, remembered so that os_tty_restore undoes it; also at exit and at fatal signals. */
int os_tty_raw(int fd);
void os_tty_restore(void);			/* all of them; async-signal-safe */
void os_tty_reraw(void);			/* after os_tty_restore, or SIGCONT */
int os_tty_get_size(int fd, unsigned *rows, unsigned *cols, unsigned *xpixel, unsigned *ypixel);

/* A descriptor of our own on the same pipe, terminal or device that does not block, so that the
 * one others share keeps its flags.  -errno where the host has no such thing (sockets). */
int os_reopen_nonblock(int fd, bool rd, bool wr);
int os_open_nonblock(const char *path);		/* read and write, not as controlling terminal */
/* Which of EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP (OS_EV_*) hold, after at most timeout_ms. */
unsigned os_poll_fd(int fd, unsigned events, int timeout_ms);
/* As os_read and os_write, for a descriptor whose flags we may not change: -EAGAIN rather than
 * blocking on pipes, terminals and sockets. */
ssize_t os_read_nowait(int fd, void *buf, size_t n);
ssize_t os_write_nowait(int fd, const void *buf, size_t n);
int os_fd_to_null(int fd);			/* closes what fd is, keeps the number taken */

/* A host pty in raw mode: the master, the slave kept open, and the slave's name. */
int os_pty_open(int *slave, char *name, size_t n);
void os_listen_prepare(void);			/* at boot: os_listen_local will be wanted */
int os_listen_local(unsigned port);		/* TCP on 127.0.0.1 */
int os_accept_nonblock(int fd);
/* At boot: starts a helper that can run `prog` later, when K no longer may.  0 or -errno. */
int os_xterm_prepare(const char *prog);
/* Has it run as xterm -S on a new pty; the descriptor to talk to it with. */
int os_xterm_open(const char *title);

#endif
