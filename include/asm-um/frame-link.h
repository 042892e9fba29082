/* For a port's sysdep/frame.h: a handler's return address is in a register, and nothing is to be
 * learned from a frame but where its parts are. */
#ifndef __UM_FRAME_LINK_H
#define __UM_FRAME_LINK_H

/* It is in no place on the stack. */
static inline __attribute__((always_inline)) unsigned long frame_restorer(void)
{
	return 0;
}

static inline __attribute__((always_inline)) unsigned long frame_sp(void)
{
	return (unsigned long)__builtin_dwarf_cfa();
}

struct arch_frame_data_raw {
	unsigned long none;
};

struct sigcontext;

static inline void setup_arch_frame_raw(struct arch_frame_data_raw *data, struct sigcontext *sc)
{
	(void)sc;
	data->none = 0;
}

#endif
