/*
 * x86_64: the XSAVE area, standard form (Intel SDM vol. 1, 13.4): 512 bytes as FXSAVE has them, a
 * header that says which components are in use, and the components behind it.
 *
 * What is not in use is in its initial state, whatever is in its place in memory.  So it need not
 * be written, which matters where the bytes are in another CPU's cache.
 */
#include <asm/sigcontext.h>
#include <cpuid.h>

#include "um/types.h"

#include "sysdep/frame.h"
#include "um/layer_regs.h"

enum { LEAF_XSAVE = 13, SUBLEAF_XSAVEOPT = 1, HAS_XSAVEOPT = 1 };
enum { NR_COMPONENTS = 63 };		/* bit 63 of the header's word has another meaning */
#define COMPONENT_X87 (1ULL << 0)
#define COMPONENT_SSE (1ULL << 1)
#define HEAD_SIZE offsetof(struct _xstate, ymmh)

/* Behind the header; x87 and SSE are before it. */
static struct component {
	u32 offset, size;
} components[NR_COMPONENTS];
static unsigned nr_components;	/* one more than the last; 0: not known */

/* Once only: under a hypervisor each CPUID is an exit to it, some microseconds. */
static void components_find(u64 features)
{
	u32 ecx, edx;

	for (unsigned i = 2; i < NR_COMPONENTS && features >> i; i++) {
		if (!(features >> i & 1))
			continue;
		__get_cpuid_count(LEAF_XSAVE, i, &components[i].size, &components[i].offset, &ecx,
				  &edx);
		nr_components = i + 1;
	}
}

/* The layer saves with XSAVEOPT, which writes only what is in use. */
u64 arch_soft_fp_mask(const struct arch_frame_data *arch)
{
	u32 eax, ebx, ecx, edx;

	if (arch->sw.magic1 != FP_XSTATE_MAGIC1)
		return 0;
	if (!__get_cpuid_count(LEAF_XSAVE, SUBLEAF_XSAVEOPT, &eax, &ebx, &ecx, &edx) ||
	    !(eax & HAS_XSAVEOPT))
		return 0;
	components_find(arch->sw.xfeatures);
	return arch->sw.xfeatures;
}

/* XSAVEOPT leaves these places as they were, and whoever reads the legacy part looks at no header.
 * MXCSR is always there. */
static void legacy_initial(struct _fpstate *fp, u64 used)
{
	const size_t mxcsr = offsetof(struct _fpstate, mxcsr);
	const size_t st = offsetof(struct _fpstate, st_space);

	if (!(used & COMPONENT_X87)) {
		memset(fp, 0, mxcsr);
		fp->cwd = 0x37f;
		memset((u8 *)fp + st, 0, sizeof(fp->st_space));
	}
	if (!(used & COMPONENT_SSE))
		memset(fp->xmm_space, 0, sizeof(fp->xmm_space));
}

static bool has_room(const struct component *part, size_t size)
{
	return part->offset + (size_t)part->size <= size;
}

/* All at once: to look at the header first would wait for the other CPU's cache twice. */
void arch_fp_read(void *to, const void *from, size_t size)
{
	struct _xstate *state = to;
	u64 used;

	memcpy(to, from, size);
	if (!nr_components || size < HEAD_SIZE)
		return;
	used = state->xstate_hdr.xfeatures;
	legacy_initial(&state->fpstate, used);
	for (unsigned i = 2; i < nr_components; i++) {
		const struct component *part = &components[i];

		if (!(used >> i & 1) && has_room(part, size))
			memset((u8 *)to + part->offset, 0, part->size);
	}
}
