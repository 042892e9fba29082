/* The basic types of the kernel.  Fixed-width names follow Linux. */
#ifndef UM_TYPES_H
#define UM_TYPES_H

#include <asm/errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#ifndef _SYS_TYPES_H /* files of os/ get the same types from the C library */
typedef int64_t loff_t;
typedef ptrdiff_t ssize_t;	/* size_t with a sign: int or long, as the C library has it */
typedef int pid_t;
typedef u32 uid_t;
typedef u32 gid_t;
#endif

typedef u32 umode_t;		/* S_IFMT and permission bits */
typedef u32 kdev_t;		/* MKDEV(major, minor): 12 + 20 bits, as Linux keeps it */
typedef unsigned long uaddr_t;	/* an address in the current task's user memory; never
				   dereferenced, only given to uaccess.h */
typedef u64 ksigset_t;		/* signal n is bit n - 1 */

#define MKDEV(ma, mi) ((kdev_t)(((ma) << 20) | (mi)))
#define MAJOR(dev) ((dev) >> 20)
#define MINOR(dev) ((dev) & 0xfffff)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define min(a, b)                                                                                  \
	({                                                                                         \
		__typeof__(a) min_a = (a);                                                         \
		__typeof__(b) min_b = (b);                                                         \
		min_a < min_b ? min_a : min_b;                                                     \
	})
#define max(a, b)                                                                                  \
	({                                                                                         \
		__typeof__(a) max_a = (a);                                                         \
		__typeof__(b) max_b = (b);                                                         \
		max_a > max_b ? max_a : max_b;                                                     \
	})
#define ALIGN(x, a) (((x) + ((__typeof__(x))(a)-1)) & ~((__typeof__(x))(a)-1))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define __noreturn __attribute__((noreturn))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __maybe_unused __attribute__((unused))
#define __must_check __attribute__((warn_unused_result))

#endif
