/* Assertions and the kernel's end.  kernel/panic.c */
#ifndef UM_BUG_H
#define UM_BUG_H

#include "um/types.h"

/* Prints the report (task, registers, last records) and ends um with status 125; never returns. */
void panic(const char *fmt, ...) __noreturn __printf(1, 2);

#define BUG_ON(cond)                                                                               \
	do {                                                                                       \
		if (unlikely(cond))                                                                \
			panic("%s:%d %s: BUG: %s", __FILE__, __LINE__, __func__, #cond);           \
	} while (0)
#define BUG() BUG_ON(1)

/* Says so once per place, and goes on; its value is the condition's. */
#define WARN_ON(cond)                                                                              \
	({                                                                                         \
		static bool warned;                                                                \
		bool warn_cond = (cond);                                                           \
		if (unlikely(warn_cond) && !warned) {                                              \
			warned = true;                                                             \
			warn_report(__FILE__, __LINE__, __func__, #cond);                          \
		}                                                                                  \
		warn_cond;                                                                         \
	})
void warn_report(const char *file, int line, const char *func, const char *what);

#endif
