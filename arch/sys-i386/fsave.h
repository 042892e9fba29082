/* i386: the x87 state in the two forms that programs see.  arch/sys-i386/fsave.c */
#ifndef I386_FSAVE_H
#define I386_FSAVE_H

#include "um/types.h"

enum { FSAVE_SIZE = 108 };	/* in a signal frame two words more: FRAME_FSAVE_SIZE */

void fsave_from_fxsave(u8 *fsave, const u8 *fxsave);	/* FRAME_FSAVE_SIZE bytes */
void fsave_to_fxsave(u8 *fxsave, const u8 *fsave);	/* FSAVE_SIZE bytes */

#endif
