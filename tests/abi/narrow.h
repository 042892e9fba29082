/*
 * What rows about the calls of 32-bit CPUs share: numbers that a CPU may not have, and 64-bit
 * arguments in two registers.  The rows make the calls themselves, since the C library would
 * choose the newer ones.
 */
#ifndef TESTS_NARROW_H
#define TESTS_NARROW_H

#include "cpu.h"
#include "fixture.h"

/* For the numbers of calls that exist only where longs have 32 bits, -1 elsewhere. */
#define NO_CALL (-1)

/* Skips the row where a call does not exist; 64-bit CPUs have none of those in question. */
static inline void need_call(long nr)
{
	if (sizeof(long) > 4 || nr == NO_CALL)
		abi_skip("this CPU has no such call");
}

/* A 64-bit argument as the words it takes, and what stands before one whose place would be an odd
 * register. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define PAIR(v) (long)(uint32_t)((uint64_t)(v) >> 32), (long)(uint32_t)(v)
#else
#define PAIR(v) (long)(uint32_t)(v), (long)(uint32_t)((uint64_t)(v) >> 32)
#endif
#if PAIRS_ARE_ALIGNED
#define ODD 0,
#else
#define ODD
#endif

#define GIB (1LL << 30)

#endif
