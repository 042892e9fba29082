/* Space operations as host calls; shared by the gates. */
#ifndef KERNEL_GATE_SPACE_OP_H
#define KERNEL_GATE_SPACE_OP_H

#include "um/gate.h"

#include "sysdep/layer.h"

/* The call that does a checked operation, with physmem open as `physmem_fd` in the space. */
struct layer_op space_op_encode(const struct space_op *op, int physmem_fd);
/* Panics on an operation that reaches beyond guest memory or physmem. */
void space_op_check(const struct space_op *op);
const char *space_op_name(const struct space_op *op);

#endif
