/*
 * Open files and descriptor tables.
 *
 * A slot is free, reserved (fd_alloc has given the number out, fd_install or fd_release follows)
 * or holds a reference on a file.  next_free: no slot below it is free.  Tables grow by doubling,
 * up to NR_OPEN slots; a table that another task shares may move whenever one sleeps, so slots
 * are looked up anew each time.
 */
#include <linux/close_range.h>
#include <linux/inotify.h>

#include "um/bug.h"
#include "um/counter.h"
#include "um/kmalloc.h"
#include "um/poll.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "internal.h"

#define FILES_INITIAL 32
#define NR_OPEN (1024 * 1024)		/* /proc/sys/fs/nr_open's default */
#define FILES_MIN 8192			/* of max_open_files: Linux's NR_FILE */
#define HARD_LIMIT_FACTOR 4		/* what privilege cannot pass either, times Linux's limit */

u64 nr_open_files, max_open_files = FILES_MIN;
static u64 hard_max_open_files = FILES_MIN * HARD_LIMIT_FACTOR;
static u64 total_slots;			/* of all tables, above what each begins with */

/* --- open files */

/* An empty open file with one reference. */
struct file *file_alloc(void)
{
	struct file *file = kzalloc_type(struct file);

	file->refs = 1;
	mutex_init(&file->pos_lock);
	INIT_LIST_HEAD(&file->epoll_links);
	nr_open_files++;
	return file;
}

struct file *file_new_checked(void)
{
	if (nr_open_files >= max_open_files && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-ENFILE);
	if (nr_open_files >= hard_max_open_files)
		return ERR_PTR(-ENFILE);
	return file_alloc();
}

/* Another reference. */
struct file *file_get(struct file *file)
{
	file->refs++;
	return file;
}

static void file_closed(struct file *file)
{
	if (file->mode & FMODE_PATH)
		return;
	if (file->path.dentry)
		fsnotify_dentry(file->path.dentry,
				file->mode & FMODE_WRITE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
	if (!list_empty(&file->epoll_links))
		epoll_file_gone(file);
	fasync_off(file);
	dnotify_flush(file, NULL);
	if (file->inode)
		locks_remove_file(file);
	if (file->ops && file->ops->release)
		file->ops->release(file);
	if (file->mode & FMODE_EXEC)
		allow_write_access(file->path.dentry->inode);
	if (file->mode & FMODE_WRITER) {
		put_write_access(file->path.dentry->inode);
		file->path.mnt->writers--;
	}
}

/* Drops a reference; the last one closes the file, which may sleep. */
void fput(struct file *file)
{
	BUG_ON(file->refs <= 0);
	if (file->refs > 1) {
		file->refs--;
		return;
	}
	file_closed(file);
	file->refs = 0;
	pid_put(file->owner.pid);
	if (file->cred)
		cred_put(file->cred);
	path_put(&file->path);
	kfree(file);
	nr_open_files--;
}

/* --- tables */

/* A table without open files. */
struct files *files_new(void)
{
	struct files *files = kzalloc_type(struct files);

	files->refs = 1;
	files->max = FILES_INITIAL;
	files->fd = kzalloc(FILES_INITIAL * sizeof(*files->fd));
	return files;
}

/* Tables are K's memory that guests make grow: all together have a limit. */
static bool tables_full(unsigned more)
{
	u64 bytes = (total_slots + more) * sizeof(struct fd_slot);

	return bytes > physmem_size / 8 + (u64)NR_OPEN * sizeof(struct fd_slot);
}

static int files_grow(struct files *files, unsigned need)
{
	unsigned max = files->max;
	struct fd_slot *fd;

	if (need > NR_OPEN)
		return -EMFILE;
	while (max < need)
		max *= 2;
	if (tables_full(max - files->max))
		return -ENOMEM;
	fd = kmalloc_user(max * sizeof(*fd));
	if (!fd)
		return -ENOMEM;
	memcpy(fd, files->fd, files->max * sizeof(*fd));
	kfree(files->fd);
	total_slots += max - files->max;
	files->fd = fd;
	files->max = max;
	return 0;
}

static void files_free(struct files *files)
{
	total_slots -= files->max - FILES_INITIAL;
	kfree(files->fd);
	kfree(files);
}

static unsigned files_used(const struct files *files)
{
	unsigned n = files->max;

	while (n && !files->fd[n - 1].file)
		n--;
	return n;
}

/* A copy with the same open files; NULL and *err if there is no room. */
struct files *files_copy(struct files *from, int *err)
{
	unsigned used = files_used(from), i;
	struct files *files = files_new();

	*err = used > files->max ? files_grow(files, used) : 0;
	if (*err) {
		files_free(files);
		return NULL;
	}
	for (i = 0; i < used; i++) {
		if (!from->fd[i].file)
			continue;
		files->fd[i].file = file_get(from->fd[i].file);
		files->fd[i].cloexec = from->fd[i].cloexec;
	}
	return files;
}

static int filp_close(struct file *file, struct files *owner)
{
	int err = 0;

	if (!(file->mode & FMODE_PATH)) {
		if (file->ops && file->ops->flush)
			err = file->ops->flush(file);
		dnotify_flush(file, owner);
		locks_remove_posix(file, owner);
	}
	fput(file);
	return err;
}

static struct file *slot_clear(struct files *files, unsigned fd)
{
	struct file *file = files->fd[fd].file;

	files->fd[fd] = (struct fd_slot){ NULL };
	files->next_free = min(files->next_free, fd);
	return file;
}

/* Drops a reference; the last one closes all files, which may sleep. */
void files_put(struct files *files)
{
	unsigned i;

	if (!files || --files->refs)
		return;
	for (i = 0; i < files->max; i++) {
		if (files->fd[i].file)
			filp_close(slot_clear(files, i), files);
	}
	files_free(files);
}

/* Gives current a table that nobody shares. */
int files_unshare(void)
{
	struct files *old = current->files, *new;
	int err;

	if (old->refs == 1)
		return 0;
	new = files_copy(old, &err);
	if (!new)
		return err;
	current->files = new;
	files_put(old);
	return 0;
}

/* exec: closes what is marked so. */
void files_close_on_exec(struct files *files)
{
	unsigned i;

	for (i = 0; i < files->max; i++) {
		if (files->fd[i].file && files->fd[i].cloexec)
			filp_close(slot_clear(files, i), files);
	}
}

/* --- fs contexts */

/* A copy with references of its own. */
struct fs_context *fs_context_copy(struct fs_context *from)
{
	struct fs_context *fs = kzalloc_type(struct fs_context);

	*fs = *from;
	fs->refs = 1;
	path_get(&fs->root);
	path_get(&fs->pwd);
	return fs;
}

void fs_context_put(struct fs_context *fs)
{
	if (!fs || --fs->refs)
		return;
	path_put(&fs->root);
	path_put(&fs->pwd);
	kfree(fs);
}

/* --- descriptors of current */

static struct file *fd_file(int fd)
{
	struct files *files = current->files;

	return files && fd >= 0 && (unsigned)fd < files->max ? files->fd[fd].file : NULL;
}

/* The file of a descriptor with a reference, O_PATH ones too; NULL: -EBADF. */
struct file *fget(int fd)
{
	struct file *file = fd_file(fd);

	return file ? file_get(file) : NULL;
}

/* fget for calls that an O_PATH descriptor is not good enough for. */
struct file *fget_io(int fd)
{
	struct file *file = fd_file(fd);

	return file && !(file->mode & FMODE_PATH) ? file_get(file) : NULL;
}

/* Reserves the lowest free number that is not below start: the number, -EMFILE from limit on,
 * or -ENOMEM. */
int fd_alloc(unsigned start, unsigned limit)
{
	struct files *files = current->files;
	unsigned fd = max(start, files->next_free);
	int err;

	while (fd < files->max && (files->fd[fd].file || files->fd[fd].reserved))
		fd++;
	if (fd >= limit)
		return -EMFILE;
	if (fd >= files->max) {
		err = files_grow(files, fd + 1);
		if (err)
			return err;
	}
	files->fd[fd].reserved = true;
	if (start <= files->next_free)
		files->next_free = fd + 1;
	return fd;
}

/* Puts a file into a reserved slot; takes the caller's reference. */
void fd_install(int fd, struct file *file, bool cloexec)
{
	struct fd_slot *slot = &current->files->fd[fd];

	BUG_ON(!slot->reserved || slot->file);
	*slot = (struct fd_slot){ .file = file, .cloexec = cloexec };
}

/* Gives a reserved number back. */
void fd_release(int fd)
{
	BUG_ON(!current->files->fd[fd].reserved);
	slot_clear(current->files, fd);
}

static unsigned fd_limit(void)
{
	return (unsigned)min(rlimit(RLIMIT_NOFILE), (u64)INT_MAX);
}

/* A new descriptor for the file (whose reference it takes, also on error). */
int fd_install_new(struct file *file, unsigned oflags)
{
	int fd;

	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = fd_alloc(0, fd_limit());
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file, oflags & O_CLOEXEC);
	return fd;
}

/* Closes a descriptor of current: 0, -EBADF, or what the file's flush says. */
int fd_close(int fd)
{
	struct files *files = current->files;

	if (!fd_file(fd))
		return -EBADF;
	return filp_close(slot_clear(files, fd), files);
}

SYSCALL_DEFINE1(close, A_FD, int, fd)
{
	int err = fd_close(fd);

	/* The descriptor is gone whatever happened: a restarted close could hit another file. */
	if (err == -ERESTARTSYS || err == -ERESTARTNOINTR || err == -ERESTARTNOHAND ||
	    err == -ERESTART_RESTARTBLOCK)
		return -EINTR;
	return err;
}

static void close_slots(unsigned first, unsigned last, bool only_mark)
{
	unsigned fd;

	for (fd = first; fd <= last && fd < current->files->max; fd++) {
		if (!current->files->fd[fd].file)
			continue;
		if (only_mark)
			current->files->fd[fd].cloexec = true;
		else
			fd_close(fd);
	}
}

SYSCALL_DEFINE3(close_range, A_UINT, unsigned, first, A_UINT, unsigned, last, A_HEX, unsigned,
		flags)
{
	int err;

	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		err = files_unshare();
		if (err)
			return err;
	}
	close_slots(first, last, flags & CLOSE_RANGE_CLOEXEC);
	return 0;
}

/* --- dup */

SYSCALL_DEFINE1(dup, A_FD, int, fd)
{
	struct file *file = fget(fd);

	return file ? fd_install_new(file, 0) : -EBADF;
}

static long dup_onto(int oldfd, unsigned newfd, unsigned flags)
{
	struct files *files = current->files;
	struct file *file, *replaced;
	int err = 0;

	if (newfd >= fd_limit())
		return -EBADF;
	if (!fd_file(oldfd))
		return -EBADF;
	if (newfd >= files->max)
		err = files_grow(files, newfd + 1);
	if (err)
		return err;
	/* Another thread's open is about to use the number. */
	if (files->fd[newfd].reserved)
		return -EBUSY;
	file = file_get(fd_file(oldfd));
	replaced = files->fd[newfd].file;
	files->fd[newfd] = (struct fd_slot){ .file = file, .cloexec = flags & O_CLOEXEC };
	if (replaced)
		filp_close(replaced, files);
	return newfd;
}

SYSCALL_DEFINE2(dup2, A_FD, unsigned, oldfd, A_FD, unsigned, newfd)
{
	if (oldfd == newfd)
		return fd_file(oldfd) ? (long)newfd : -EBADF;
	return dup_onto(oldfd, newfd, 0);
}

SYSCALL_DEFINE3(dup3, A_FD, unsigned, oldfd, A_FD, unsigned, newfd, A_OFLAGS, int, flags)
{
	if (flags & ~O_CLOEXEC || oldfd == newfd)
		return -EINVAL;
	return dup_onto(oldfd, newfd, flags);
}

/* A tenth of memory at a kilobyte a file, as Linux reckons. */
static int files_init(void)
{
	max_open_files = max((u64)FILES_MIN, nr_total_pages() * (PAGE_SIZE / 1024) / 10);
	hard_max_open_files = max_open_files * HARD_LIMIT_FACTOR;
	return 0;
}
INITCALL(INIT_VFS, files_init);

UM_COUNTER(files)
{
	return nr_open_files;
}

UM_COUNTER(fd_table_slots)
{
	return total_slots;
}
