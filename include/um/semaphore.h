/* Words shared between K and others that run at the same time.  arch/sys-X/semaphore.c */
#ifndef UM_SEMAPHORE_H
#define UM_SEMAPHORE_H

#include "um/types.h"

void cpu_relax(void);			/* a spin loop's body */
u32 word_load_acquire(const u32 *word);	/* nothing after it is read before */
void word_store_release(u32 *word, u32 value); /* all before it is seen first */
/* Spins at most `turns` times until *word is no longer `old`; whether it is. */
bool word_wait(const u32 *word, u32 old, unsigned turns);

#endif
