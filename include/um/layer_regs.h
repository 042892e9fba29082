/* Registers of a thread that is in the layer; the port's part of the reflect gate.
 * arch/sys-<subarch>/layer_regs.c; those of the FPU: the port's choice of file. */
#ifndef UM_LAYER_REGS_H
#define UM_LAYER_REGS_H

#include "um/layer.h"

#include "sysdep/layer.h"
#include "sysdep/ptrace.h"

/* Can user code set its TLS register without a system call?  Then layer_handler leaves what it has
 * in channel.tls. */
#ifndef LAYER_TLS_CHANGES
#define LAYER_TLS_CHANGES 0
#endif
/* Has the port a layer_call, to which rewritten sites jump, and soft traps (layer.h)?  Without
 * all calls are traps, and only arch_get_tls below is asked for. */
#ifndef LAYER_CALLS
#define LAYER_CALLS 0
#endif

struct channel;

enum layer_place {
	LAYER_BEFORE_CALL,	/* regs are made so that the guest executes its system call next */
	LAYER_IN_CALL,		/* regs are those behind the system call, but for its result */
};

/* regs are a frame's, taken `offset` bytes into the layer's text.  ch: a copy or the channel
 * itself, untrusted. */
enum layer_place arch_layer_regs(struct uml_pt_regs *regs, const struct channel *ch,
				 unsigned long offset);
/* The registers of a call that a trampoline posted: number, arguments, and where it returns to;
 * the others keep what they had.  ch is K's copy. */
void arch_call_regs(struct uml_pt_regs *regs, const struct channel *ch);
/* All registers of a call that has become a soft trap, but for its result; ch as above. */
void arch_call_all_regs(struct uml_pt_regs *regs, const struct channel *ch);
/* For the end of a soft trap; false: these registers cannot be loaded so. */
bool arch_soft_regs(struct channel *ch, const struct uml_pt_regs *regs);
/* What arch_soft_regs put there. */
void arch_softened_regs(struct uml_pt_regs *regs, const struct channel *ch);
/* The FP state that soft traps save, as a word of the layer's; 0: this CPU has no way. */
struct arch_frame_data;
u64 arch_soft_fp_mask(const struct arch_frame_data *arch);
/* Copies an FP state out of a channel.  There, what is in its initial state by what the
 * FP state says of itself need not be so in its bytes; in the copy it is.  The guest
 * can have put there anything. */
void arch_fp_read(void *to, const void *from, size_t size);
/* What the host thread's TLS registers are to be; `channel` is the channel's address there. */
void arch_get_tls(const struct uml_pt_regs *regs, unsigned long channel, u64 tls[LAYER_TLS_WORDS]);
/* The other way, with LAYER_TLS_CHANGES; tls is a copy of what the handler has left. */
void arch_note_tls(struct uml_pt_regs *regs, const u64 tls[LAYER_TLS_WORDS]);

#endif
