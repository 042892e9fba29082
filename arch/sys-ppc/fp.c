/* ppc: the floating-point state of a new program. */
#include "um/arch.h"

#include "sysdep/ptrace_user.h"

/* All zeros but for the bit of VSCR that makes vector instructions follow IEEE 754's shortcut for
 * denormalized numbers, as Linux starts programs. */
void arch_fp_init(void *buf, size_t size)
{
	const u32 non_java = 0x10000;
	const size_t at = FP_REGSET_SIZE + 32 * 16 + 12;

	memset(buf, 0, size);
	if (size >= at + sizeof(non_java))
		memcpy((u8 *)buf + at, &non_java, sizeof(non_java));
}
