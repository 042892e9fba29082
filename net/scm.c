/*
 * Control messages of sockets (cmsg(3)): descriptors and credentials.
 *
 * Files that travel are put by scm_files_free() when nobody took them.  Such a file may be a
 * socket with more files in its queue, and so on to any depth, so freeing goes through one list
 * that the outermost caller empties: the stack does not grow with what a guest nests.
 */
#include "socket.h"

#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/uaccess.h"

#define CONTROL_MAX 20480	/* /proc/sys/net/core/optmem_max, socket(7) */

struct dead_files {
	struct list_head node;
	struct scm_files *files;
};

static LIST_HEAD(dead_list);
static bool draining;

static void put_all(struct scm_files *files)
{
	for (int i = 0; i < files->count; i++)
		fput(files->file[i]);
	kfree(files);
}

void scm_files_free(struct scm_files *files)
{
	struct dead_files *dead;

	if (!files)
		return;
	dead = kzalloc_type(struct dead_files);
	dead->files = files;
	list_add_tail(&dead->node, &dead_list);
	if (draining)
		return;
	draining = true;
	while (!list_empty(&dead_list)) {
		dead = list_first_entry(&dead_list, struct dead_files, node);
		list_del(&dead->node);
		put_all(dead->files);
		kfree(dead);
	}
	draining = false;
}

static struct scm_files *files_room(int count)
{
	return kzalloc(offsetof(struct scm_files, file[count]));
}

struct scm_files *scm_files_dup(const struct scm_files *from)
{
	struct scm_files *files = files_room(from->count);

	for (files->count = 0; files->count < from->count; files->count++)
		files->file[files->count] = file_get(from->file[files->count]);
	return files;
}

/* Several messages of descriptors add up. */
static int take_files(struct kmsg *msg, const int *fd, size_t count)
{
	struct scm_files *old = msg->files, *files;

	if (count > K_SCM_MAX_FD || (old && (size_t)old->count + count > K_SCM_MAX_FD))
		return -EINVAL;
	if (!count)
		return 0;
	files = files_room((old ? old->count : 0) + (int)count);
	if (old) {
		files->count = old->count;
		memcpy(files->file, old->file, (size_t)old->count * sizeof(files->file[0]));
		kfree(old);
	}
	msg->files = files;
	for (size_t i = 0; i < count; i++) {
		struct file *file = fd[i] < 0 ? NULL : fget(fd[i]);

		if (!file)
			return -EBADF;
		files->file[files->count++] = file;
	}
	return 0;
}

/* Nobody may send in another's name, but with the capability for it (unix(7)). */
static bool may_send_cred(const struct user_ucred *cred)
{
	const struct cred *self = current->cred;

	if (cred->pid != current->tgid && !capable(CAP_SYS_ADMIN))
		return false;
	if (cred->uid != self->uid && cred->uid != self->euid && cred->uid != self->suid &&
	    !capable(CAP_SETUID))
		return false;
	return cred->gid == self->gid || cred->gid == self->egid || cred->gid == self->sgid ||
	       capable(CAP_SETGID);
}

static int take_cred(struct kmsg *msg, const void *data, size_t len)
{
	struct user_ucred cred;

	if (len != sizeof(cred))
		return -EINVAL;
	memcpy(&cred, data, sizeof(cred));
	if (!may_send_cred(&cred))
		return -EPERM;
	if (cred.pid != current->tgid && !find_task(cred.pid))
		return -ESRCH;
	if (cred.uid == (uid_t)-1 || cred.gid == (gid_t)-1)
		return -EINVAL;
	msg->cred = cred;
	return 0;
}

static int take_one(struct kmsg *msg, int family, const struct user_cmsghdr *head, const u8 *data)
{
	size_t len = head->len - CMSG_HEAD;

	if (head->level != SOL_SOCKET)
		return 0;
	switch (head->type) {
	case K_SCM_RIGHTS:
		if (family != K_AF_UNIX)
			return -EINVAL;
		return take_files(msg, (const int *)data, len / sizeof(int));
	case K_SCM_CREDENTIALS:
		return take_cred(msg, data, len);
	}
	return -EINVAL;
}

static int take_all(struct kmsg *msg, int family, const u8 *buf, size_t len)
{
	struct user_cmsghdr head;
	size_t at = 0;
	int err;

	while (len - at >= sizeof(head)) {
		memcpy(&head, buf + at, sizeof(head));
		if (head.len < CMSG_HEAD || head.len > len - at)
			return -EINVAL;
		err = take_one(msg, family, &head, buf + at + CMSG_HEAD);
		if (err)
			return err;
		if (CMSG_ALIGNED(head.len) >= len - at)
			break;
		at += CMSG_ALIGNED(head.len);
	}
	return 0;
}

int scm_import(struct kmsg *msg, int family, uaddr_t control, size_t len)
{
	u8 *buf;
	int err = -EFAULT;

	if (!control || !len)
		return 0;
	if (len > CONTROL_MAX)
		return -ENOBUFS;
	buf = kzalloc(len);
	if (!copy_from_user(buf, control, len))
		err = take_all(msg, family, buf, len);
	kfree(buf);
	if (err) {
		scm_files_free(msg->files);
		msg->files = NULL;
	}
	return err;
}

static void use_up(struct kmsg *msg, size_t space)
{
	space = min(space, msg->controllen);
	msg->control += space;
	msg->controllen -= space;
}

/* One control message into what room is left; a cut one is marked. */
void scm_put(struct kmsg *msg, int level, int type, const void *data, size_t len)
{
	struct user_cmsghdr head = { .len = CMSG_HEAD + len, .level = level, .type = type };

	if (!msg->control || msg->controllen < sizeof(head)) {
		msg->flags |= MSG_CTRUNC;
		return;
	}
	if (msg->controllen < head.len) {
		msg->flags |= MSG_CTRUNC;
		head.len = msg->controllen;
		len = head.len > CMSG_HEAD ? head.len - CMSG_HEAD : 0;
	}
	if (copy_to_user(msg->control, &head, sizeof(head)) ||
	    (len && copy_to_user(msg->control + CMSG_HEAD, data, len)))
		return;
	use_up(msg, CMSG_ALIGNED(head.len));
}

/* Installs as many as there is room and descriptors for. */
static void put_files(struct kmsg *msg, unsigned flags)
{
	struct scm_files *files = msg->files;
	struct user_cmsghdr head = { .level = SOL_SOCKET, .type = K_SCM_RIGHTS };
	unsigned limit = (unsigned)min(rlimit(RLIMIT_NOFILE), (u64)INT_MAX);
	size_t room = msg->control && msg->controllen > CMSG_HEAD ?
			      (msg->controllen - CMSG_HEAD) / sizeof(int) :
			      0;
	int done;

	for (done = 0; done < files->count && (size_t)done < room; done++) {
		int fd = fd_alloc(0, limit);

		if (fd < 0)
			break;
		if (put_user(fd, msg->control + CMSG_HEAD + (size_t)done * sizeof(int))) {
			fd_release(fd);
			break;
		}
		fd_install(fd, file_get(files->file[done]), flags & MSG_CMSG_CLOEXEC);
	}
	if (done < files->count)
		msg->flags |= MSG_CTRUNC;
	if (!done)
		return;
	head.len = CMSG_HEAD + (size_t)done * sizeof(int);
	if (!copy_to_user(msg->control, &head, sizeof(head)))
		use_up(msg, CMSG_ALIGNED(head.len));
}

void scm_export(struct kmsg *msg, unsigned flags)
{
	if (msg->want_cred)
		scm_put(msg, SOL_SOCKET, K_SCM_CREDENTIALS, &msg->cred, sizeof(msg->cred));
	if (!msg->files)
		return;
	put_files(msg, flags);
	scm_files_free(msg->files);
	msg->files = NULL;
}
