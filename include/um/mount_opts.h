/* The option strings of mount(2): "name,name=value,...".  lib/mount_opts.c */
#ifndef UM_MOUNT_OPTS_H
#define UM_MOUNT_OPTS_H

#include "um/types.h"

/* Takes the next option off *rest, a writable string that is cut up: its name, and its value or
 * NULL.  "\," in a value is a comma.  False at the end. */
bool mount_opt_next(char **rest, char **name, char **value);
/* A whole number in the base; false for anything else, or when it does not fit. */
bool mount_opt_number(const char *s, unsigned base, u64 *number);
/* The same, with K, M, G, T after it (powers of 1024). */
bool mount_opt_size(const char *s, u64 *size);

#endif
