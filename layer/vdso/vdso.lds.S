/* The vDSO image: one read-only, executable segment, made to be mapped as it is.  The data page
 * lies right before it. */
#include "sysdep/vdso.h"

SECTIONS
{
	HIDDEN(vvar = . - VVAR_SIZE);
	. = SIZEOF_HEADERS;
	.hash : { *(.hash) } :text
	.gnu.hash : { *(.gnu.hash) }
	.dynsym : { *(.dynsym) }
	.dynstr : { *(.dynstr) }
	.gnu.version : { *(.gnu.version) }
	.gnu.version_d : { *(.gnu.version_d) }
	.dynamic : { *(.dynamic) } :text :dynamic
	.rodata : { *(.rodata .rodata.*) } :text
	.eh_frame_hdr : { *(.eh_frame_hdr) } :text :eh_frame_hdr
	.eh_frame : { KEEP(*(.eh_frame)) } :text
	.text : { *(.text .text.*) } :text
	/* Nobody could relocate or write any. */
	.data : { *(.data .data.* .bss .bss.* .got .got.* .rela.*) }
	ASSERT(SIZEOF(.data) == 0, "the vDSO must have no data")
	/DISCARD/ : { *(.note.* .comment) }
}

PHDRS
{
	text PT_LOAD FLAGS(5) FILEHDR PHDRS;
	dynamic PT_DYNAMIC FLAGS(4);
	eh_frame_hdr PT_GNU_EH_FRAME;
}
