/*
 * Generated text files: /proc and /sys.  A file is a row, registered beside what it shows:
 *
 *	PROC_FILE(uptime) = { "uptime", 0444, uptime_show };
 *
 * Directories come from the rows' paths.  fs/proc/tree.c
 */
#ifndef UM_PROC_FS_H
#define UM_PROC_FS_H

#include "um/fs.h"
#include "um/init.h"

struct pid;
struct seq_file;

struct proc_row {
	const char *path;	/* "sys/kernel/hostname" */
	umode_t mode;		/* permissions; 0 for a directory or a link */
	/* Prints the file; 0 or -errno. */
	int (*show)(struct seq_file *m, void *private);
	/* Takes what was written (at most 4095 bytes, NUL-terminated); 0 or -errno. */
	int (*write)(const char *text, size_t n);
	const char *link;	/* a symbolic link with this target */
	void *private;		/* for show */
	/* As write, for rows that share a function. */
	int (*write_row)(const struct proc_row *row, const char *text, size_t n);
	const struct file_ops *fops;	/* a file of its own kind: instead of show and write */
};
TABLE_DECLARE(const struct proc_row, um_proc_rows);
TABLE_DECLARE(const struct proc_row, um_sysfs_rows);
/* Whose /proc/PID directory this file is; no reference, NULL if it is none.  fs/proc/pid.c */
struct pid *proc_dir_pid(const struct file *file);
#define PROC_FILE(ident) static const struct proc_row proc_row_##ident TABLE_ROW(um_proc_rows)
#define SYSFS_FILE(ident) static const struct proc_row sysfs_row_##ident TABLE_ROW(um_sysfs_rows)

#endif
