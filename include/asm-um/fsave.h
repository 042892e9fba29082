/* x86: the x87 state in the form that 32-bit programs see.  arch/x86/fsave.c */
#ifndef __UM_FSAVE_H
#define __UM_FSAVE_H

#include "um/types.h"

enum { FSAVE_SIZE = 108, FSAVE_FRAME_SIZE = 112 };	/* in a signal frame a word more */

void fsave_from_fxsave(u8 *fsave, const u8 *fxsave);	/* FSAVE_FRAME_SIZE bytes */
void fsave_to_fxsave(u8 *fxsave, const u8 *fsave);	/* FSAVE_SIZE bytes */

#endif
