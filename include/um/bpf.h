/* Classic BPF, as seccomp filters are written in it.  kernel/bpf.c */
#ifndef UM_BPF_H
#define UM_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "um/types.h"

/* 0 if the program may be run as a seccomp filter, else -EINVAL.  Loads of the data's length are
 * rewritten into constants. */
int bpf_check_seccomp(struct sock_filter *insns, unsigned len);
/* Runs a checked program: what it returns. */
u32 bpf_run(const struct sock_filter *insns, const struct seccomp_data *data);

#endif
