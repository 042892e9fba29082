/* Memory files in the host's huge pages.  os/hugefile.c */
#ifndef UM_OS_HUGEFILE_H
#define UM_OS_HUGEFILE_H

#include "um/types.h"

u64 os_huge_page_size(void);	/* bytes, a power of two; 0: none, or none of a useful size */
/* A descriptor, close-on-exec, of an unnamed file of `size` bytes, zero and empty as a memfd.
 * The host gives it huge pages where it has them, at a touch through a mapping that covers
 * the whole aligned page; a touch through a smaller mapping gets a small one. */
int os_memfile_huge(u64 size);

#endif
