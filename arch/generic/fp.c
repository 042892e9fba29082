/* The floating-point state of a new program, where all zeros is the state after reset. */
#include "um/arch.h"

void arch_fp_init(void *buf, size_t size)
{
	memset(buf, 0, size);
}
