/* i386: a thread's own segment descriptors, as K keeps them and as set_thread_area(2) has them. */
#ifndef __SYSDEP_I386_TLS_H
#define __SYSDEP_I386_TLS_H

#include "um/types.h"

#include "sysdep/ptrace.h"

/* struct user_desc of <asm/ldt.h>, whose bit fields leave the other bits of their word as they
 * are. */
struct tls_desc {
	u32 entry, base, limit, flags;
};

enum {
	TLS_32BIT = 1, TLS_CODE = 4, TLS_EXPAND_DOWN = 2, TLS_READ_ONLY = 8, TLS_PAGES = 16,
	TLS_ABSENT = 32, TLS_USEABLE = 64, TLS_FLAGS = 127,
};

static inline __attribute__((always_inline)) u16 user_cs(void)
{
	u16 cs;

	__asm__("movw %%cs, %0" : "=r"(cs));
	return cs;
}

/* The number of the first of the three in the GDT: another under a 64-bit kernel, whose selector
 * of 32-bit user code is another too. */
static inline __attribute__((always_inline)) u32 tls_first_entry(void)
{
	return user_cs() == 0x73 ? 6 : 12;
}

/* As the CPU has it: Intel SDM vol. 3, 3.4.5; no segment is 0. */
static inline __attribute__((always_inline)) void tls_unpack(struct tls_desc *desc, u32 entry,
							     u32 low, u32 high)
{
	desc->entry = entry;
	desc->base = low >> 16 | (high & 0xff) << 16 | (high & 0xff000000);
	desc->limit = (low & 0xffff) | (high & 0xf0000);
	desc->flags = (high >> 22 & 1) | (high >> 10 & 3) << 1 | (~high >> 9 & 1) << 3 |
		      (high >> 23 & 1) << 4 | (~high >> 15 & 1) << 5 | (high >> 20 & 1) << 6;
}

#endif
