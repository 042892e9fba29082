/* Which CPU an ELF program is for, to say so where it is not ours. */
#include <linux/elf.h>

#include "um/binfmt.h"
#include "um/kmalloc.h"

/* 0 for class or data: either.  The first that fits. */
static const struct {
	u16 machine;
	u8 class, data;
	const char *name;
} cpus[] = {
	{ EM_386, 0, 0, "i386" },
	{ EM_X86_64, ELFCLASS32, 0, "x86_64 with 32-bit addresses (x32)" },
	{ EM_X86_64, 0, 0, "x86_64" },
	{ EM_ARM, 0, 0, "ARM" },
	{ EM_AARCH64, 0, ELFDATA2MSB, "AArch64, big-endian" },
	{ EM_AARCH64, 0, 0, "AArch64 (arm64)" },
	{ EM_PPC, 0, 0, "PowerPC (ppc)" },
	{ EM_PPC64, 0, ELFDATA2LSB, "PowerPC (ppc64le)" },
	{ EM_PPC64, 0, 0, "PowerPC (ppc64)" },
	{ EM_RISCV, ELFCLASS32, 0, "RISC-V (riscv32)" },
	{ EM_RISCV, 0, 0, "RISC-V (riscv64)" },
	{ EM_LOONGARCH, 0, 0, "LoongArch" },
	{ EM_S390, ELFCLASS64, 0, "s390x" },
	{ EM_S390, 0, 0, "s390" },
	{ EM_MIPS, 0, 0, "MIPS" },
	{ EM_SPARC, 0, 0, "SPARC" },
	{ EM_SPARCV9, 0, 0, "SPARC (sparc64)" },
	{ EM_PARISC, 0, 0, "PA-RISC" },
	{ EM_IA_64, 0, 0, "Itanium (ia64)" },
	{ EM_ALPHA, 0, 0, "Alpha" },
	{ EM_68K, 0, 0, "m68k" },
};

/* NULL: none that is known here. */
static const char *cpu_name(u16 machine, u8 class, u8 data)
{
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		if (cpus[i].machine == machine && (!cpus[i].class || cpus[i].class == class) &&
		    (!cpus[i].data || cpus[i].data == data))
			return cpus[i].name;
	return NULL;
}

char *elf_other_cpu(const struct binprm *bprm)
{
	/* The same place in both classes; in the file's own byte order. */
	const u8 *head = bprm->head, *two = head + offsetof(Elf32_Ehdr, e_machine);
	u8 class = head[EI_CLASS], data = head[EI_DATA];
	u16 machine = (u16)(data == ELFDATA2MSB ? two[0] << 8 | two[1] : two[1] << 8 | two[0]);
	const char *name;

	if (memcmp(head, ELFMAG, SELFMAG) ||
	    (machine == ELF_ARCH && class == ELF_CLASS && data == ELF_DATA))
		return NULL;
	name = cpu_name(machine, class, data);
	if (name)
		return kasprintf("made for %s, not for " UM_SUBARCH, name);
	return kasprintf("made for a CPU with ELF's number %u, not for " UM_SUBARCH, machine);
}
