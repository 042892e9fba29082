/* The overlay file system, as boot uses it.  fs/overlay/super.c */
#ifndef UM_OVERLAY_H
#define UM_OVERLAY_H

/* Makes the root of the init task's fs context a writable view of a host directory whose
 * changes lie in memory and vanish (at most half of mem=).  hostfs_options: or NULL.
 * 0 or -errno of the host. */
int overlay_mount_volatile_root(const char *host_dir, const char *hostfs_options);

#endif
