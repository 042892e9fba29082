/*
 * System call sites: what a port knows about the instructions around a system call, so that
 * mm/rewrite.c can turn them into a jump to a stub.  Optional: a port without sysdep/site.h has no
 * such code, and every call is stopped by the gate.
 *
 * The functions are given a whole page of a file, and never look or write beyond it.  `after` is
 * the offset in it of the byte behind the system call instruction, as the gate has found it: so
 * that an instruction begins SITE_INSN_SIZE before it, and one at it, is certain.
 */
#ifndef UM_SITE_H
#define UM_SITE_H

#include "um/types.h"

#if __has_include("sysdep/site.h")
#include "sysdep/site.h"
#else
#define SITE_STUB_SIZE 0	/* no sites */
#define SITE_INSN_SIZE 0
#define SITE_JUMP_REACH 0
#define SITE_SET_NUMBER(regs, nr) ((void)(regs), (void)(nr))
#endif

enum site_kind {
	SITE_NONE,
	SITE_NEAR,	/* the load of the number becomes a jump to the stub */
	SITE_SHORT,	/* it is too short for that: it jumps to padding, and that to the stub */
	SITE_ANY,	/* the system call instruction itself jumps
			   to padding; the number is anyone's */
};

struct site {
	unsigned long index;	/* the page, in the file */
	unsigned after;
	enum site_kind kind;
	unsigned jump;		/* offset of what is replaced */
	unsigned pad;		/* offset of the padding that is used; not for SITE_NEAR */
	int nr;			/* the number that the stub loads; not for SITE_ANY */
};

/*
 * Which kind of site ends at site->after, with number site->nr; fills kind, jump and pad.  The
 * page may have been patched already for others.  `any`: SITE_ANY is wanted too.  False, kind
 * SITE_NONE: nothing that could be replaced with certainty.
 */
bool site_match(const u8 *page, size_t size, struct site *site, bool any);
/* Makes the jump.  `to`: where the stub is, in bytes from the page's begin. */
void site_patch(u8 *page, size_t size, const struct site *site, long to);
/* The stub: loads the number and the address behind the call (`back`: bytes from the stub's begin)
 * as SITE_STUB_SIZE's comment says, and jumps to the address `entry`.  It changes nothing that the
 * system call instruction keeps, flags and stack included, and reads no memory. */
void site_stub(u8 *stub, const struct site *site, long back, unsigned long entry);
/* The farthest that a jump and a stub can reach, in bytes. */
#define SITE_REACH SITE_JUMP_REACH

#endif
