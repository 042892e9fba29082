/*
 * What rows must know of the CPU that they run on, by the name of what is so there.  A row asks for
 * these, never for the CPU itself; so a new CPU is put right in this file alone.
 */
#ifndef TESTS_CPU_H
#define TESTS_CPU_H

/* Calls of the first Linux: mmap and select have one argument, the address of their arguments, and
 * newer calls under other names take registers; and sigsuspend has two arguments before its mask. */
#if defined(__i386__)
#define ARGS_IN_MEMORY 1
#define SIGSUSPEND_ARGS(mask) 0, 0, (mask)
#else
#define ARGS_IN_MEMORY 0
#define SIGSUSPEND_ARGS(mask) (mask)
#endif

/* 32 bits: an argument of 64 bits begins at every second register only. */
#if defined(__powerpc__) || defined(__arm__)
#define PAIRS_ARE_ALIGNED 1
#else
#define PAIRS_ARE_ALIGNED 0
#endif

#if defined(__x86_64__) || defined(__i386__)
/* Dividing an integer by zero is a SIGFPE. */
#define DIVISION_TRAPS 1
/* A flag among the registers makes the CPU trap after one instruction. */
#define STEPS_BY_FLAG 1
#else
#define DIVISION_TRAPS 0
#define STEPS_BY_FLAG 0
#endif

/* The kernel has code of its own that calls sigreturn, for handlers without a restorer. */
#if defined(__x86_64__)
#define KERNEL_HAS_RESTORER 0
#else
#define KERNEL_HAS_RESTORER 1
#endif

#endif
