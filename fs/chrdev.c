/*
 * Device nodes: a character device's number finds its driver, whose operations the open file
 * gets.  There are no block device drivers yet: opening one is ENXIO, as for any number without a
 * driver.
 */
#include "um/bug.h"
#include "um/kmalloc.h"
#include "internal.h"

#define MAX_CHRDEVS 64

static const struct chrdev *chrdevs[MAX_CHRDEVS];
static unsigned nr_chrdevs;

/* Makes the numbers [first, first + count) of a major mean this driver. `dev` stays the
 * caller's and must stay there. */
int register_chrdev(const struct chrdev *dev)
{
	BUG_ON(nr_chrdevs == MAX_CHRDEVS);
	chrdevs[nr_chrdevs++] = dev;
	return 0;
}

static const struct chrdev *chrdev_find(kdev_t rdev)
{
	unsigned i;

	for (i = 0; i < nr_chrdevs; i++) {
		if (rdev >= chrdevs[i]->first && rdev - chrdevs[i]->first < chrdevs[i]->count)
			return chrdevs[i];
	}
	return NULL;
}

/* /proc/devices: each major once per name. */
void show_chrdevs(struct seq_file *m)
{
	unsigned i, k;

	seq_puts(m, "Character devices:\n");
	for (i = 0; i < nr_chrdevs; i++) {
		for (k = 0; k < i; k++) {
			if (MAJOR(chrdevs[k]->first) == MAJOR(chrdevs[i]->first) &&
			    !strcmp(chrdevs[k]->name, chrdevs[i]->name))
				break;
		}
		if (k == i)
			seq_printf(m, "%3u %s\n", MAJOR(chrdevs[i]->first), chrdevs[i]->name);
	}
	seq_puts(m, "\nBlock devices:\n");
}

static int chrdev_open(struct inode *inode, struct file *file)
{
	const struct chrdev *dev = chrdev_find(inode->rdev);

	if (!dev)
		return -ENXIO;
	file->ops = dev->ops;
	return dev->ops->open ? dev->ops->open(inode, file) : 0;
}

static int no_device_open(struct inode *inode __maybe_unused, struct file *file __maybe_unused)
{
	return -ENXIO;
}

const struct file_ops def_chr_ops = { .open = chrdev_open };
const struct file_ops def_blk_ops = { .open = no_device_open };
const struct file_ops bad_sock_inode_ops = { .open = no_device_open };
