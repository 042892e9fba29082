/* x86_64: instructions in text, as far as layer_site.c has to know them. */
#ifndef SITE_INSN_H
#define SITE_INSN_H

#include "um/types.h"

/* The length of the instruction at p, within n bytes; 0: it does not fit, or is none of those
 * that compilers put around system calls.  *ends: what follows is not reached from it. */
unsigned insn_length(const u8 *p, size_t n, bool *ends);
/* The length of the padding at p: the fillers that assemblers align code with. */
unsigned padding_length(const u8 *p, size_t n);

#endif
