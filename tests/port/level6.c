/*
 * Level 6: fibers.  Two functions switch to each other, each with more live values than the CPU has
 * registers: the compiler keeps as many as it can in those that a call must preserve, so that one
 * that switch_to forgets shows as the other fiber's value.
 */
#include <fenv.h>
#include <stdio.h>

#include "check.h"
#include "um/arch.h"

enum { STACK_SIZE = 65536, ROUNDS = 3 };

static _Alignas(64) char stack[STACK_SIZE];
static void *main_sp, *fiber_sp;
/* No two are the same, so that the compiler cannot make do with one register for two of them. */
static volatile unsigned long values[2][32];
static volatile double fvalues[2][32];
static bool in_fiber_same = true, stack_aligned, entered;
static int in_fiber_rounding;

/* What the compiler knows of a caller it may not use in these. */
#define APART __attribute__((noipa))

static void to_fiber(void)
{
	switch_to(&main_sp, fiber_sp);
}

static void to_main(void)
{
	switch_to(&fiber_sp, main_sp);
}

#define EACH_32(m)                                                                                 \
	m(0) m(1) m(2) m(3) m(4) m(5) m(6) m(7) m(8) m(9) m(10) m(11) m(12) m(13) m(14) m(15)      \
	m(16) m(17) m(18) m(19) m(20) m(21) m(22) m(23) m(24) m(25) m(26) m(27) m(28) m(29) m(30)  \
	m(31)
#define TAKE(i) const unsigned long v##i = values[who][i];
#define SAME(i) && v##i == values[who][i]
#define FTAKE(i) const double f##i = fvalues[who][i];
#define FSAME(i) && f##i == fvalues[who][i]

/* Whether all values are as they were, after the switch there and back. */
static APART bool kept(int who, void (*away)(void))
{
	EACH_32(TAKE)

	away();
	return true EACH_32(SAME);
}

static APART bool fkept(int who, void (*away)(void))
{
	EACH_32(FTAKE)

	away();
	return true EACH_32(FSAME);
}

static APART bool aligned(const volatile char *p)
{
	return (unsigned long)p % STACK_ALIGN == 0;
}

static void fiber_main(void)
{
	_Alignas(STACK_ALIGN) volatile char here = 0;

	entered = true;
	stack_aligned = aligned(&here);
	for (;;) {
		fesetround(FE_DOWNWARD);
		in_fiber_same &= kept(1, to_main);
		in_fiber_same &= fkept(1, to_main);
		in_fiber_rounding = fegetround();
	}
}

/* 1/3 by the units that this CPU has: each has its own rounding. */
static bool rounds_upward(void)
{
	volatile double one = 1, three = 3;
	volatile long double lone = 1, lthree = 3;

	return one / three * three >= 1 && lone / lthree * lthree >= 1 && fegetround() == FE_UPWARD;
}

int main(void)
{
	bool same = true, fsame = true;

	for (int i = 0; i < 64; i++) {
		values[i / 32][i % 32] = 0x1000UL * (unsigned long)i + 1;
		fvalues[i / 32][i % 32] = i + 0.5;
	}
	trying("switch_prepare");
	fiber_sp = switch_prepare(stack + STACK_SIZE, fiber_main);
	check("switch_prepare", "the stack pointer is in the new stack",
	      (char *)fiber_sp > stack && (char *)fiber_sp < stack + STACK_SIZE);
	trying("switch_to");
	fesetround(FE_UPWARD);
	for (int i = 0; i < ROUNDS; i++) {
		same &= kept(0, to_fiber);
		fsame &= fkept(0, to_fiber);
	}
	check("switch_prepare", "the first switch calls the function", entered);
	check("switch_prepare", "... with the stack as aligned as after a call", stack_aligned);
	check("switch_to", "callee-saved registers", same && in_fiber_same);
	check("switch_to", "callee-saved registers of the FPU", fsame && in_fiber_same);
	if (ARCH_SWITCH_FP_CONTROL)
		check("switch_to", "the FPU's control registers",
		      rounds_upward() && in_fiber_rounding == FE_DOWNWARD);
	else
		skip("switch_to", "the FPU's control registers",
		     "this CPU's ABI has one state for all");
	return checks_done();
}
