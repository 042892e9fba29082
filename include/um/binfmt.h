/* Programs being started.  kernel/exec.c, kernel/elf.c */
#ifndef UM_BINFMT_H
#define UM_BINFMT_H

#include "um/fs.h"
#include "um/mm.h"

#define BINPRM_HEAD 256		/* bytes of the file that formats are told by */
#define MAX_ARG_STRLEN (PAGE_SIZE * 32)

/* Strings gathered before the old program is given up. */
struct string_list {
	char *data;		/* one after the other, each with its NUL */
	size_t len, size;
	unsigned count;
};

/* A program on its way into a new mm. */
struct binprm {
	struct file *file;		/* what is loaded; scripts replace
					   it by their interpreter */
	char *filename;			/* AT_EXECFN: as given to execve */
	char *interp;			/* what runs: comm's source for ELF; kmalloc'ed */
	u8 head[BINPRM_HEAD];
	struct string_list args, env;
	struct mm *mm;
	struct cred *cred;
	bool secure;			/* AT_SECURE */
	bool exec_stack;
	uaddr_t entry, sp;
	uaddr_t stack_top;
	long vdso;			/* the vDSO image's address; 0: none */
	unsigned depth;			/* of interpreters */
};

/* Loads bprm->file, an ELF program, into bprm->mm and sets entry; strings go to its stack.
 * -ENOEXEC when it is no ELF program for this CPU. */
int elf_load(struct binprm *bprm);
/* Which CPU bprm->file is for ("made for ..."), kmalloc'ed; NULL: this one, or
 * it is no ELF file. */
char *elf_other_cpu(const struct binprm *bprm);

#endif
