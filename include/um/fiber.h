/* Fibers: kernel stacks switched in user mode.  kernel/fiber.c, and the port's switch_to. */
#ifndef UM_FIBER_H
#define UM_FIBER_H

#include "um/types.h"

#define FIBER_STACK_SIZE (64 * 1024)	/* with an unmapped guard page below */

struct fiber {
	void *sp;		/* switch_to's, while not running */
	void *stack;		/* lowest usable address; NULL for the main loop's own */
	void (*fn)(void *arg);
	void *arg;
};

struct fiber *fiber_new(void (*fn)(void *arg), void *arg);	/* NULL: no memory */
void fiber_free(struct fiber *fiber);	/* not the running one */
extern struct fiber main_fiber;
extern struct fiber *running_fiber;
void fiber_switch(struct fiber *to);

#endif
