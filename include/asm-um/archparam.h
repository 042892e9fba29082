/* The port's constants, under the one name that generic code includes, and what holds where the
 * port says nothing. */
#ifndef __UM_ARCHPARAM_H
#define __UM_ARCHPARAM_H

#include "sysdep/archparam.h"

/* Where user addresses end on the hosts that have fewest. */
#ifndef ARCH_HOST_TASK_SIZE_MIN
#define ARCH_HOST_TASK_SIZE_MIN ARCH_HOST_TASK_SIZE
#endif
/* 1: the host's AT_PLATFORM is the CPU's model; ELF_PLATFORM is what all models can do. */
#ifndef ARCH_PLATFORM_IS_MODEL
#define ARCH_PLATFORM_IS_MODEL 0
#endif
/* 32-bit CPUs: a 64-bit argument takes two registers.  1: of which the first is an even one,
 * counted from 0 (ppc, arm). */
#ifndef ARCH_SPLIT_ARGS_ALIGNED
#define ARCH_SPLIT_ARGS_ALIGNED 0
#endif
/* 1: sigsuspend's mask is its third argument (CONFIG_OLD_SIGSUSPEND3 in Linux), not its first. */
#ifndef ARCH_OLD_SIGSUSPEND3
#define ARCH_OLD_SIGSUSPEND3 0
#endif
/* 1: mmap has one argument, which points to all six (i386). */
#ifndef ARCH_OLD_MMAP
#define ARCH_OLD_MMAP 0
#endif
/* 1: rounding mode and the like are among what this CPU's ABI has a called function keep, and
 * switch_to does. */
#ifndef ARCH_SWITCH_FP_CONTROL
#define ARCH_SWITCH_FP_CONTROL 0
#endif
#ifndef ARCH_CLONE_TLS_LAST
#define ARCH_CLONE_TLS_LAST 0	/* clone's 4th argument is tls, the 5th child_tid */
#endif
/* AT_*, separated by commas: entries of the auxiliary vector of this CPU alone, as the host's. */
#ifndef ARCH_AUXV
#define ARCH_AUXV
#endif
/* The host call, made with zeros, by which a process has its instruction fetches see what others have
 * stored, where arch_sync_icache cannot do it for other processes; 0: none. */
#ifndef ARCH_SPACE_FENCE
#define ARCH_SPACE_FENCE 0
#endif
/* AT_HWCAP and AT_HWCAP2 that guests are told: less than the host's where K does not carry the
 * state of a feature from one host thread to another. */
#ifndef ARCH_HWCAP
#define ARCH_HWCAP(host) (host)
#endif
#ifndef ARCH_HWCAP2
#define ARCH_HWCAP2(host) (host)
#endif

#endif
