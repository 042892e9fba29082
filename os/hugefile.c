/*
 * A memory file that the host fills with huge pages.
 *
 * For a memfd the host's shmem_enabled decides, and it is "never" nearly everywhere.  A tmpfs
 * decides by its own mount option, and who has a user namespace may mount one.  So a helper
 * process, which shares K's descriptors and nothing else that lasts, makes a user and a mount
 * namespace, a tmpfs that is attached to nothing, and a file without a name in it.  The file
 * outlives the helper and the mount; K itself stays in the namespaces that it was started in.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "um/os_hugefile.h"

/* With larger ones (512 MB where pages are 64 KB), one touched byte would take too much. */
#define HUGE_MAX (4UL << 20)
#define HELPER_STACK (64UL << 10)

struct helper {
	unsigned uid, gid;	/* K's */
	int fd;			/* the file, or -errno */
};

u64 os_huge_page_size(void)
{
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "re");
	unsigned long size = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%lu", &size) != 1 || size > HUGE_MAX || size & (size - 1))
		size = 0;
	fclose(f);
	return size;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -EPERM;
}

/* Files can only be made by an id that the user namespace knows. */
static int map_ids(const struct helper *h)
{
	char uid[32], gid[32];
	int err;

	snprintf(uid, sizeof(uid), "0 %u 1", h->uid);
	snprintf(gid, sizeof(gid), "0 %u 1", h->gid);
	err = write_file("/proc/self/setgroups", "deny");
	if (!err)
		err = write_file("/proc/self/uid_map", uid);
	return err ? err : write_file("/proc/self/gid_map", gid);
}

static int configure(int fs, unsigned cmd, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, cmd, key, value, 0) ? -errno : 0;
}

/* A directory: the root of a new tmpfs of any size. */
static int mount_tmpfs(void)
{
	int fs = syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), err, dir;

	if (fs < 0)
		return -errno;
	err = configure(fs, FSCONFIG_SET_STRING, "huge", "always");
	if (!err)
		err = configure(fs, FSCONFIG_SET_STRING, "size", "0");
	if (!err)
		err = configure(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
	if (!err) {
		dir = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
			      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
		err = dir < 0 ? -errno : dir;
	}
	close(fs);
	return err;
}

static int helper_main(void *arg)
{
	struct helper *h = arg;
	int dir;

	h->fd = map_ids(h);
	if (h->fd)
		return 0;
	h->fd = dir = mount_tmpfs();
	if (dir < 0)
		return 0;
	h->fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (h->fd < 0)
		h->fd = -errno;
	close(dir);
	return 0;
}

/* The helper runs in K's memory while K waits, as after vfork: its result is in *h. */
static int helper_run(struct helper *h)
{
	char *stack = mmap(NULL, HELPER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	int pid, err = 0;

	if (stack == MAP_FAILED)
		return -errno;
	pid = clone(helper_main, stack + HELPER_STACK, CLONE_VM | CLONE_VFORK | CLONE_FILES |
		    CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD, h);
	if (pid < 0)
		err = -errno;
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	munmap(stack, HELPER_STACK);
	return err;
}

int os_memfile_huge(u64 size)
{
	struct helper h = { .uid = geteuid(), .gid = getegid(), .fd = -ECANCELED };
	int err = helper_run(&h);

	if (err || h.fd < 0)
		return err ? err : h.fd;
	if (ftruncate(h.fd, size)) {
		err = -errno;
		close(h.fd);
		return err;
	}
	return h.fd;
}
