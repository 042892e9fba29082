/* For sysdep/sigcontext.h and um/frame.h: what every port has in its sigcontext.c, between
 * registers, a signal frame's sigcontext in K, and one on a guest's stack. */
#ifndef __UM_SIGCONTEXT_GENERIC_H
#define __UM_SIGCONTEXT_GENERIC_H

struct sigcontext;
struct uml_pt_regs;

/* Out of a frame that a call or fault left, the call's number being -1 for none; what user code may
 * set of one; and into one. */
void sc_to_regs(struct uml_pt_regs *regs, struct sigcontext *sc, unsigned long syscall);
void sc_restore_regs(struct uml_pt_regs *regs, const struct sigcontext *sc);
void regs_to_sc(struct sigcontext *sc, struct uml_pt_regs *regs);

/* Bytes of a frame from the start of its sigcontext on; data: struct arch_frame_data. */
int sc_size(void *data);
/* `to` is a user address, `from` K's, and the other way round: then the guest may have put anything
 * there.  0, -EFAULT. */
int copy_sc_to_user(void *to, void *from, void *data);
int copy_sc_from_user(void *to, void *from, void *data);
void sc_to_sc(void *to, void *from);

#endif
