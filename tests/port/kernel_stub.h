/*
 * The kernel around a port's objects, for the levels of port-check: user memory
 * is a traced child's, the gate's floating-point state is what ptrace gives of
 * it, the rest does nothing.  tests/port/kernel_stub.c
 */
#ifndef TESTS_PORT_KERNEL_STUB_H
#define TESTS_PORT_KERNEL_STUB_H

#include "um/sched.h"

/* The task that hooks are called with; its memory and FPU are child `pid`'s. */
struct task *stub_task(int pid);
/* Runs the initcalls of what is linked in: kernel/frame.c captures its template. */
void stub_boot(void);
/* Registers between the child and the task, by the port's own way. */
bool stub_load(struct task *task);
bool stub_store(struct task *task);
/* The lowest and one past the highest user address written since stub_boot or stub_forget. */
extern uaddr_t stub_lowest, stub_highest;
void stub_forget(void);
/* The task's; of it there is no more than where handlers return to, or 0. */
extern struct mm stub_mm;

#endif
