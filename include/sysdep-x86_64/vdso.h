/* x86_64: what the vDSO needs of the CPU.  Its functions' names and version, those that the C
 * libraries look up, are in arch/sys-x86_64/vdso.map.  Also read by layer/vdso/vdso.lds.S. */
#ifndef __SYSDEP_X86_64_VDSO_H
#define __SYSDEP_X86_64_VDSO_H

/* The data page lies so far before the image: a page. */
#define VVAR_SIZE 4096
/* vdso(7): what our functions, and the host's, are called. */
#define VDSO_SYMBOL(name) __vdso_##name
#define VDSO_HOST_CLOCK_GETTIME "__vdso_clock_gettime"

#ifndef __ASSEMBLER__
/* A system call of up to three arguments; what the kernel returns, -errno too. */
static inline long vdso_syscall(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}
#endif

#endif
