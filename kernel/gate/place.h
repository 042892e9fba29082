/* Where in the host's address space a gate's own parts lie.  kernel/gate/place.c */
#ifndef GATE_PLACE_H
#define GATE_PLACE_H

#include "um/types.h"

/* A random place above guest memory, aligned, where K has nothing mapped; 0: there is none.  It
 * stays reserved in K until os_unmap, so that the child that it is for finds it as free. */
unsigned long layer_place(size_t size, size_t align);

#endif
