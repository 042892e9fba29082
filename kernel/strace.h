/* What strace.c and strace_args.c share: a line being built. */
#ifndef KERNEL_STRACE_H
#define KERNEL_STRACE_H

#include "um/syscall.h"

struct line {
	char text[1024];	/* what does not fit is cut off */
	size_t len;
};

void line_add(struct line *line, const char *fmt, ...) __printf(2, 3);
/* Argument i: one that the call takes in, or (with the result) one that it has filled. */
void line_add_input(struct line *line, const struct syscall_row *row, int i,
		    const u64 *args);
void line_add_output(struct line *line, const struct syscall_row *row, int i,
		     const u64 *args, long result);
bool arg_is_output(u8 kind);	/* shown only after the call */

#endif
