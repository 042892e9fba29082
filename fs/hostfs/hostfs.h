/*
 * hostfs: a directory of the host, shown to the guest.  What its files share.
 *
 * The guest never leaves the directory: a host name is always a single component, looked up in
 * a host descriptor that was itself reached so from the root, links are never followed by the
 * host, and nothing but regular files and directories is ever opened.  File systems of the host
 * that give power over it (proc, sysfs...) appear as empty directories.
 *
 * An inode is the host's (dev, ino); however many names the guest finds it under, it is one.
 */
#ifndef HOSTFS_H
#define HOSTFS_H

#include "um/fs.h"
#include "um/hash.h"
#include "um/os.h"
#include "um/os_file.h"

/* An open host descriptor.  The inode's slot holds one reference, each user another, so that a
 * descriptor in use is not closed while its user sleeps. */
struct host_fd {
	int fd;
	int refs;
	unsigned access;		/* OS_READ | OS_WRITE; 0: a path one */
	bool from_start;		/* a directory's: has been read from position 0 once */
	loff_t at;			/* a directory's: the host's position; -1: not known */
	struct inode *owner;
	struct host_fd **slot;		/* the owner's; NULL once taken out of it */
	struct fd_pool *pool;		/* NULL: never closed while in its slot */
	struct list_head lru;
};

/* What the guest set that the host file does not have; kept in user.umkit. */
struct hostfs_attr {
	bool has_uid, has_gid, has_mode;
	uid_t uid;
	gid_t gid;
	umode_t mode;			/* 07777 bits */
	char type;			/* c, b, p, s: a placeholder for such a file; or 0 */
	u32 major, minor;
	bool nodes;			/* a directory: placeholders may be in it */
};

struct hostfs_key {
	u64 dev, ino;
};

struct hostfs_inode {
	struct hostfs_key key;		/* immutable */
	struct hash_node node;
	bool hashed;
	struct inode *inode;
	struct host_fd *path, *data;	/* NULL: not open now */
	struct hostfs_attr attr;
	bool attr_stored;		/* the host has user.umkit for it */
	bool attr_dirty;		/* attr has what is stored nowhere yet */
	umode_t host_mode;		/* with the type */
	uid_t host_uid;
	gid_t host_gid;
	u64 host_mtime, host_ctime;
	bool unnamed;			/* a name is gone: path stays open to the end */
	bool readable;			/* the host has opened it for reading, and would again */
	bool stale;			/* the host's attributes have moved on */
	bool hidden;			/* a host file system that is not shown */
	int writers;			/* files open for writing */
	unsigned write_gen;		/* counts writes, for reads that sleep meanwhile */
	struct {			/* a part without holes, by the host's last word */
		loff_t from, to;	/* a hole or the end is at `to` */
		unsigned gen;		/* write_gen then */
	} solid;
};

/* Attributes of files whose host file system keeps none. */
struct hostfs_memory {
	struct hostfs_key key;
	struct hash_node node;
	struct hostfs_attr attr;
};

struct hostfs_sb {
	struct hash_table inodes;	/* struct hostfs_inode */
	struct hash_table memory;	/* struct hostfs_memory */
	u64 root_dev;
	bool shared;			/* others change the directory too */
	bool privileged;		/* um is real root: the host takes ownership */
	bool written;			/* since the last sync */
	uid_t host_uid;
	gid_t host_gid;
};

#define HOSTFS_XATTR "user.umkit"

static inline u64 hostfs_hash(const struct hostfs_key *key)
{
	return hash_mix(key->ino ^ hash_mix(key->dev));
}

static inline bool hostfs_same_key(const struct hostfs_key *a, const struct hostfs_key *b)
{
	return a->ino == b->ino && a->dev == b->dev;
}

static inline struct hostfs_inode *hostfs_i(const struct inode *inode)
{
	return inode->private;
}

static inline struct hostfs_sb *hostfs_sb(const struct inode *inode)
{
	return inode->sb->private;
}

/* --- fd.c */
/* What names the inode's host file (any open descriptor of it does), or one to read or write it,
 * with a reference.  ERR_PTR. */
struct host_fd *hostfs_path(struct inode *inode);
struct host_fd *hostfs_data(struct inode *inode, bool write);
void host_fd_put(struct host_fd *hfd);
void hostfs_end_write(struct inode *inode);
/* Give the inode a descriptor (and its ownership), in place of the one it has. */
void hostfs_set_path(struct inode *inode, int fd, bool forever);
void hostfs_set_data(struct inode *inode, int fd, unsigned access);
void hostfs_drop_fd(struct host_fd **slot);
/* The dentry's name of its inode is about to go: afterwards the path descriptor must be there, and
 * stays, unless nobody else uses the inode.  0 or -errno. */
int hostfs_keep_path(struct dentry *dentry);
void hostfs_unkeep_path(struct inode *inode);	/* it has not lost it after all */
/* os_path_open, making room when there are too many descriptors; -ENFILE. */
int hostfs_path_open(int dirfd, const char *name);
int hostfs_path_of(int fd);		/* the same of os_path_of */
/* True if err says that there are no more descriptors and some could be closed: try again. */
bool hostfs_fd_room(int err);
int hostfs_fd_error(int err);		/* -EMFILE, which is K's affair, becomes -ENFILE */

/* --- inode.c */
/* The inode of an open path descriptor, whose ownership it takes, with a reference.  dir: where
 * it was found, or NULL.  fresh: K has just made it. */
struct inode *hostfs_iget(struct super_block *sb, int fd, struct inode *dir, bool fresh);
/* The inode of an entry that is there, found without opening it, with a reference.  dirfd: of dir.
 * NULL: it has to be opened to be known. */
struct inode *hostfs_iget_unopened(struct inode *dir, int dirfd, const char *name,
				   const struct os_stat *st);
void hostfs_evict(struct inode *inode);
int hostfs_refresh(struct inode *inode);	/* what the host says now */
void hostfs_note_write(struct inode *inode);	/* after a change of K's own */
void hostfs_set_ops(struct inode *inode, kdev_t rdev);	/* by inode->mode */
int hostfs_getattr(struct inode *inode);
u64 hostfs_ino(const struct hostfs_sb *sbi, u64 dev, u64 ino);
bool hostfs_magic_hidden(u64 magic);

/* --- attr.c */
void hostfs_apply_attrs(struct inode *inode, const struct os_stat *st);
void hostfs_load_attrs(struct inode *inode, int fd, const char *name);
int hostfs_push_attrs(struct inode *inode);	/* inode's uid, gid, mode to the host */
int hostfs_store_attrs(struct inode *inode);
umode_t hostfs_host_perms(const struct hostfs_sb *sbi, umode_t mode);
int hostfs_drop_privs(struct inode *inode);
bool hostfs_unlock(struct inode *inode, int err);
int hostfs_setattr(struct dentry *dentry, struct iattr *attr);
umode_t hostfs_type_mode(const struct hostfs_attr *attr, umode_t host_mode);
void hostfs_forget_memory(struct hostfs_sb *sbi, const struct hostfs_key *key);

/* --- attr_text.c */
size_t hostfs_attr_print(const struct hostfs_attr *attr, char *buf, size_t size);
void hostfs_attr_parse(struct hostfs_attr *attr, const char *text);

/* --- xattr.c */
ssize_t hostfs_getxattr(struct dentry *dentry, const char *name, void *value, size_t size);
int hostfs_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size,
		    int flags);
ssize_t hostfs_listxattr(struct dentry *dentry, char *list, size_t size);
int hostfs_removexattr(struct dentry *dentry, const char *name);

extern const struct inode_ops hostfs_dir_iops, hostfs_hidden_iops, hostfs_file_iops,
	hostfs_link_iops, hostfs_special_iops;
extern const struct file_ops hostfs_dir_fops, hostfs_hidden_fops, hostfs_file_fops;
extern const struct address_space_ops hostfs_aops;
extern const struct dentry_ops hostfs_shared_dops;

#endif
