/* Space operations as host calls; shared by the gates. */
#include <asm/mman.h>
#include <asm/unistd.h>

#include "space_op.h"
#include "um/bug.h"
#include "um/mm.h"

static unsigned long host_prot(unsigned prot)
{
	return (prot & SPACE_READ ? PROT_READ : 0) | (prot & SPACE_WRITE ? PROT_WRITE : 0) |
	       (prot & SPACE_EXEC ? PROT_EXEC : 0);
}

struct layer_op space_op_encode(const struct space_op *op, int physmem_fd)
{
	switch (op->type) {
	case SPACE_MAP:
		return (struct layer_op){
			LAYER_NR_MMAP,
			{ op->addr, op->len, host_prot(op->prot),
			  MAP_SHARED | MAP_FIXED | (op->populate ? MAP_POPULATE : 0),
			  (unsigned long)physmem_fd, LAYER_MMAP_OFFSET(op->offset) }
		};
	case SPACE_UNMAP:
		return (struct layer_op){ __NR_munmap, { op->addr, op->len } };
	case SPACE_PROTECT:
		return (struct layer_op){ __NR_mprotect,
					  { op->addr, op->len, host_prot(op->prot) } };
	case SPACE_FENCE:
		return (struct layer_op){ ARCH_SPACE_FENCE, { 0 } };
	}
	BUG();
}

/* Only ever below the layer: whoever asks for more has a bug that would give the guest the
 * layer's pages. */
void space_op_check(const struct space_op *op)
{
	if (op->type == SPACE_FENCE)
		return;
	BUG_ON(op->addr >= task_size || op->len > task_size - op->addr || !op->len);
	BUG_ON((op->addr | op->len | op->offset) & ~PAGE_MASK);
	BUG_ON(op->type == SPACE_MAP && (op->offset + op->len > physmem_size));
}

const char *space_op_name(const struct space_op *op)
{
	static const char *const names[] = { "map", "unmap", "protect", "fence" };

	return names[op->type];
}
