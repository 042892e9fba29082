/* The filter of a space's first thread, its mapper. */
#ifndef OS_SPACE_FILTER_H
#define OS_SPACE_FILTER_H

#include "um/types.h"

/* on the caller; 0, -errno */
int install_mapper_filter(unsigned long text, size_t text_size);

#endif
