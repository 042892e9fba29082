/* x86: the FP state of a new program. */
#include <cpuid.h>

#include "um/arch.h"

/*
 * The rights register of protection keys (Intel SDM 1, 13.5.7).  The host gives its programs a
 * value of its own to begin with, which K has too, and which keeps code that may only be executed
 * from being read; left out of the state it would be 0, which allows everything.
 */
enum { XSTATE_PKRU = 9 };

static struct protection_keys {
	bool known;
	u32 offset, size;	/* in the XSAVE area; 0: the CPU or the host has none */
	u32 pkru;
} protection_keys;

/* Once only: under a hypervisor each CPUID is an exit to it, some microseconds. */
static void protection_keys_find(void)
{
	enum { LEAF_FEATURES = 7, LEAF_XSAVE = 13, OSPKE = 1 << 4 };
	struct protection_keys *keys = &protection_keys;
	u32 eax, ebx, ecx, edx;

	keys->known = true;
	if (!__get_cpuid_count(LEAF_FEATURES, 0, &eax, &ebx, &ecx, &edx) || !(ecx & OSPKE))
		return;
	if (!__get_cpuid_count(LEAF_XSAVE, XSTATE_PKRU, &eax, &ebx, &ecx, &edx) ||
	    eax < sizeof(keys->pkru))
		return;
	keys->offset = ebx;
	keys->size = sizeof(keys->pkru);
	__asm__ volatile("rdpkru" : "=a"(keys->pkru) : "c"(0) : "edx");
}

static void protection_keys_init(char *buf, size_t size)
{
	const struct protection_keys *keys = &protection_keys;
	u64 features = 1ULL << XSTATE_PKRU;

	if (!keys->known)
		protection_keys_find();
	if (!keys->size || keys->offset + keys->size > size)
		return;
	memcpy(buf + keys->offset, &keys->pkru, sizeof(keys->pkru));
	/* The header's word of components, behind the 512 bytes of FXSAVE. */
	memcpy(buf + 512, &features, sizeof(features));
}

/* XSAVE area, standard form (Intel SDM vol. 1, 13.4): with XSTATE_BV zero all components are in
 * their initial configuration; the legacy words are what FNINIT and reset leave. */
void arch_fp_init(void *buf, size_t size)
{
	const u16 fcw = 0x37f;
	const u32 mxcsr = 0x1f80;

	memset(buf, 0, size);
	memcpy(buf, &fcw, sizeof(fcw));
	memcpy((char *)buf + 24, &mxcsr, sizeof(mxcsr));
	protection_keys_init(buf, size);
}
