/*
 * ELF programs: segments into the new mm, interpreter, and the first stack with its strings,
 * pointers and auxiliary vector (elf(5), getauxval(3), the System V ABI's process start).
 */
#include <asm/mman.h>
#include <linux/auxvec.h>
#include <linux/elf.h>
#include <linux/personality.h>

#include "um/binfmt.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/gate.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/os.h"
#include "um/sched.h"
#include "um/sigpage.h"
#include "um/uaccess.h"
#include "um/vdso.h"

#if ARCH_ELF_CLASS == 64
typedef Elf64_Ehdr elf_ehdr;
typedef Elf64_Phdr elf_phdr;
#else
typedef Elf32_Ehdr elf_ehdr;
typedef Elf32_Phdr elf_phdr;
#endif

enum {
	PHDRS_MAX = 65536 / sizeof(elf_phdr),
	STACK_FIRST = 128 << 10,	/* mapped at once; it grows on faults */
	AUXV_MAX = 32,			/* pairs: what fill_auxv has, and ARCH_AUXV */
};

struct elf_image {
	struct file *file;
	elf_ehdr head;
	elf_phdr *phdrs;
	uaddr_t bias;		/* added to its addresses */
	uaddr_t start, end;	/* of all segments, biased */
	uaddr_t phdr_addr;	/* where the program headers are in memory, or 0 */
};

static int read_exact(struct file *file, void *buf, size_t n, loff_t pos)
{
	ssize_t got = kernel_read(file, buf, n, &pos);

	if (got < 0)
		return (int)got;
	return (size_t)got == n ? 0 : -ENOEXEC;
}

static bool head_is_good(const elf_ehdr *head)
{
	return !memcmp(head->e_ident, ELFMAG, SELFMAG) && head->e_ident[EI_CLASS] == ELF_CLASS &&
	       head->e_ident[EI_DATA] == ELF_DATA && head->e_machine == ELF_ARCH &&
	       (head->e_type == ET_EXEC || head->e_type == ET_DYN) &&
	       head->e_phentsize == sizeof(elf_phdr) && head->e_phnum &&
	       head->e_phnum <= PHDRS_MAX;
}

static int image_read(struct elf_image *image, struct file *file)
{
	size_t size;
	int err;

	image->file = file;
	err = read_exact(file, &image->head, sizeof(image->head), 0);
	if (err)
		return err;
	if (!head_is_good(&image->head))
		return -ENOEXEC;
	size = image->head.e_phnum * sizeof(elf_phdr);
	image->phdrs = kmalloc_user(size);
	if (!image->phdrs)
		return -ENOMEM;
	err = read_exact(file, image->phdrs, size, (loff_t)image->head.e_phoff);
	return err == -ENOEXEC ? -ENOEXEC : err;
}

static const elf_phdr *find_phdr(const struct elf_image *image, u32 type)
{
	for (unsigned i = 0; i < image->head.e_phnum; i++)
		if (image->phdrs[i].p_type == type)
			return &image->phdrs[i];
	return NULL;
}

/* The span of all segments, unbiased; -EINVAL for none or for nonsense. */
static int image_span(struct elf_image *image, uaddr_t *align)
{
	bool any = false;

	*align = PAGE_SIZE;
	for (unsigned i = 0; i < image->head.e_phnum; i++) {
		const elf_phdr *p = &image->phdrs[i];

		if (p->p_type != PT_LOAD)
			continue;
		if (p->p_filesz > p->p_memsz || p->p_vaddr >= task_size ||
		    p->p_memsz > task_size - p->p_vaddr)
			return -EINVAL;
		if ((p->p_vaddr - p->p_offset) & ~PAGE_MASK)
			return -EINVAL;
		if (p->p_align > *align && !(p->p_align & (p->p_align - 1)))
			*align = (uaddr_t)p->p_align;
		if (!any)
			image->start = p->p_vaddr & PAGE_MASK;
		image->start = min(image->start, (uaddr_t)(p->p_vaddr & PAGE_MASK));
		image->end = max(image->end, (uaddr_t)PAGE_ALIGN(p->p_vaddr + p->p_memsz));
		any = true;
	}
	return any ? 0 : -EINVAL;
}

static int prot_of(const elf_phdr *p)
{
	return (p->p_flags & PF_R ? PROT_READ : 0) | (p->p_flags & PF_W ? PROT_WRITE : 0) |
	       (p->p_flags & PF_X ? PROT_EXEC : 0);
}

/* The file's last page of a segment goes on with zeroes, where it can be written. */
static int clear_tail(struct mm *mm, uaddr_t from, uaddr_t to, int prot)
{
	static const char zeros[512];

	while (from < to) {
		size_t n = min((size_t)(to - from), sizeof(zeros));

		if (access_mm(mm, from, (void *)zeros, n, true, true) != n)
			return prot & PROT_WRITE ? -EFAULT : 0;
		from += n;
	}
	return 0;
}

static int map_segment(struct mm *mm, const struct elf_image *image, const elf_phdr *p)
{
	uaddr_t start = image->bias + (p->p_vaddr & PAGE_MASK);
	uaddr_t file_end = image->bias + p->p_vaddr + p->p_filesz;
	uaddr_t mem_end = image->bias + p->p_vaddr + p->p_memsz;
	int prot = prot_of(p), flags = MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE, err;
	long at;

	if (p->p_filesz) {
		at = mm_map(mm, start, PAGE_ALIGN(file_end) - start, prot, flags, image->file,
			    p->p_offset - (p->p_vaddr & ~PAGE_MASK));
		if (at < 0 && at >= -MAX_ERRNO)
			return (int)at;
		if (mem_end > file_end && (prot & PROT_WRITE)) {
			/* All pages of a small data segment at once, for the
			 * sake of neighbouring frames. */
			mm_map_ahead(mm);
			/* To the page's end: dynamic linkers take what is behind
			 * their bss as zeroed. */
			err = clear_tail(mm, file_end, PAGE_ALIGN(file_end), prot);
			if (err)
				return err;
		}
		start = PAGE_ALIGN(file_end);
	}
	if (mem_end <= start)
		return 0;
	at = mm_map(mm, start, PAGE_ALIGN(mem_end) - start, prot, flags | MAP_ANONYMOUS, NULL, 0);
	return at < 0 && at >= -MAX_ERRNO ? (int)at : 0;
}

static int map_image(struct mm *mm, struct elf_image *image)
{
	for (unsigned i = 0; i < image->head.e_phnum; i++) {
		const elf_phdr *p = &image->phdrs[i];
		int err;

		if (p->p_type != PT_LOAD || !p->p_memsz)
			continue;
		err = map_segment(mm, image, p);
		if (err)
			return err;
		if (image->head.e_phoff >= p->p_offset &&
		    image->head.e_phoff < p->p_offset + p->p_filesz)
			image->phdr_addr = image->bias + p->p_vaddr +
					   (image->head.e_phoff - p->p_offset);
	}
	return 0;
}

static uaddr_t random_below(u64 range, uaddr_t align)
{
	u64 r;

	if (current->personality & ADDR_NO_RANDOMIZE)
		return 0;
	os_random(&r, sizeof(r));
	return range ? (uaddr_t)(r % range) & ~(align - 1) : 0;
}

/* A position-independent image: the first `hint` fits if free; else anywhere. */
static int place_image(struct mm *mm, struct elf_image *image, uaddr_t hint, uaddr_t align)
{
	size_t size = image->end - image->start;
	long at;

	/* Reserve the whole span, with room to align it, so that the pieces come
	 * to lie together. */
	at = mm_map(mm, hint, size + align - PAGE_SIZE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | (hint ? MAP_FIXED_NOREPLACE : 0), NULL, 0);
	if (at < 0 && at >= -MAX_ERRNO)
		return (int)at;
	mm_unmap(mm, (uaddr_t)at, size + align - PAGE_SIZE);
	image->bias = ALIGN((uaddr_t)at, align) - image->start;
	return 0;
}

static int load_image(struct mm *mm, struct elf_image *image, uaddr_t hint)
{
	uaddr_t align;
	int err = image_span(image, &align);

	if (err)
		return err;
	if (image->head.e_type == ET_DYN) {
		err = place_image(mm, image, hint, align);
		if (err)
			return err;
	}
	image->start += image->bias;
	image->end += image->bias;
	return map_image(mm, image);
}

static int load_interpreter(struct binprm *bprm, const elf_phdr *p, struct elf_image *interp)
{
	struct file *file;
	char *path;
	int err;

	if (p->p_filesz < 2 || p->p_filesz > PATH_MAX)
		return -ENOEXEC;
	path = kzalloc(p->p_filesz + 1);
	err = read_exact(bprm->file, path, p->p_filesz, (loff_t)p->p_offset);
	if (!err && path[p->p_filesz - 1])
		err = -ENOEXEC;
	if (err) {
		kfree(path);
		return err;
	}
	file = open_exec(AT_FDCWD, path, 0);
	kfree(path);
	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	err = image_read(interp, file);
	if (err == -ENOEXEC)
		err = -ELIBBAD;
	if (!err)
		err = load_image(bprm->mm, interp, 0);
	if (!interp->file)
		interp->file = file;
	return err;
}

static void layout(struct mm *mm, const struct elf_image *image)
{
	for (unsigned i = 0; i < image->head.e_phnum; i++) {
		const elf_phdr *p = &image->phdrs[i];
		uaddr_t start = image->bias + p->p_vaddr;

		if (p->p_type != PT_LOAD)
			continue;
		if (!mm->start_code || start < mm->start_code)
			mm->start_code = start;
		mm->start_data = max(mm->start_data, start);
		if (p->p_flags & PF_X)
			mm->end_code = max(mm->end_code, start + (uaddr_t)p->p_filesz);
		mm->end_data = max(mm->end_data, start + (uaddr_t)p->p_filesz);
	}
	mm->start_brk = mm->brk = PAGE_ALIGN(image->end) + random_below(32 << 20, PAGE_SIZE);
}

/* --- the first stack */

struct stack {
	struct mm *mm;
	uaddr_t sp;
	int err;
};

static uaddr_t push(struct stack *stack, const void *data, size_t n)
{
	stack->sp -= n;
	if (!stack->err && access_mm(stack->mm, stack->sp, (void *)data, n, true, true) != n)
		stack->err = -ENOMEM;
	return stack->sp;
}

static uaddr_t push_string(struct stack *stack, const char *s)
{
	return push(stack, s, strlen(s) + 1);
}

static int map_stack(struct binprm *bprm)
{
	int prot = PROT_READ | PROT_WRITE | (bprm->exec_stack ? PROT_EXEC : 0);
	size_t need = PAGE_ALIGN(bprm->args.len + bprm->env.len +
				 (bprm->args.count + bprm->env.count + 64) * sizeof(long) + STACK_FIRST);
	long at;

	bprm->stack_top = (task_size - random_below(task_size / 4096, PAGE_SIZE)) & PAGE_MASK;
	at = mm_map(bprm->mm, bprm->stack_top - need, need, prot,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN | MAP_STACK, NULL, 0);
	if (at < 0 && at >= -MAX_ERRNO)
		return (int)at;
	bprm->mm->start_stack = bprm->stack_top;
	return 0;
}

/* Fills *out with the addresses of the strings of a list that begins at `base`. */
static void string_addresses(unsigned long *out, const struct string_list *list, uaddr_t base)
{
	const char *s = list->data;

	for (unsigned i = 0; i < list->count; i++) {
		out[i] = base + (uaddr_t)(s - list->data);
		s += strlen(s) + 1;
	}
	out[list->count] = 0;
}

struct auxv {
	unsigned long *words;
	unsigned n;
};

static void aux(struct auxv *v, unsigned long type, unsigned long value)
{
	v->words[v->n++] = type;
	v->words[v->n++] = value;
}

static void fill_auxv(struct auxv *v, struct binprm *bprm, const struct elf_image *image,
		      const struct elf_image *interp, uaddr_t random, uaddr_t execfn,
		      uaddr_t platform)
{
	static const unsigned long as_host[] = { AT_MINSIGSTKSZ, ARCH_AUXV };
	const struct cred *cred = bprm->cred;

	if (bprm->vdso || sigpage_image(bprm->mm))
		aux(v, AT_SYSINFO_EHDR, bprm->vdso ? (uaddr_t)bprm->vdso : sigpage_image(bprm->mm));
	aux(v, AT_HWCAP, ARCH_HWCAP(os_auxval(AT_HWCAP)));
	aux(v, AT_PAGESZ, PAGE_SIZE);
	aux(v, AT_CLKTCK, USER_HZ);
	aux(v, AT_PHDR, image->phdr_addr);
	aux(v, AT_PHENT, sizeof(elf_phdr));
	aux(v, AT_PHNUM, image->head.e_phnum);
	aux(v, AT_BASE, interp ? interp->bias : 0);
	aux(v, AT_FLAGS, 0);
	aux(v, AT_ENTRY, image->bias + image->head.e_entry);
	aux(v, AT_UID, cred->uid);
	aux(v, AT_EUID, cred->euid);
	aux(v, AT_GID, cred->gid);
	aux(v, AT_EGID, cred->egid);
	aux(v, AT_SECURE, bprm->secure);
	aux(v, AT_RANDOM, random);
	aux(v, AT_HWCAP2, ARCH_HWCAP2(os_auxval(AT_HWCAP2)));
	aux(v, AT_EXECFN, execfn);
	if (platform)
		aux(v, AT_PLATFORM, platform);
	for (unsigned i = 0; i < ARRAY_SIZE(as_host); i++)
		if (os_auxval(as_host[i]))
			aux(v, as_host[i], os_auxval(as_host[i]));
	aux(v, AT_NULL, 0);
}

/* Strings at the top, below them argc, argv, envp and the auxiliary vector. */
static int build_stack(struct binprm *bprm, const struct elf_image *image,
		       const struct elf_image *interp)
{
	struct stack stack = { bprm->mm, bprm->stack_top - sizeof(long), 0 };
	unsigned nptrs = 1 + bprm->args.count + 1 + bprm->env.count + 1;
	struct mm *mm = bprm->mm;
	unsigned long *words = kmalloc_user((nptrs + 2 * AUXV_MAX) * sizeof(long));
	const char *platform_name = ELF_PLATFORM;
	uaddr_t execfn, platform = 0, random;
	struct auxv v = { words + nptrs, 0 };
	u8 bytes[16];

	if (!words)
		return -ENOMEM;
	execfn = push_string(&stack, bprm->filename);
	mm->env_end = stack.sp;
	mm->env_start = push(&stack, bprm->env.data, bprm->env.len);
	mm->arg_end = stack.sp;
	mm->arg_start = push(&stack, bprm->args.data, bprm->args.len);
	if (platform_name)
		platform = push_string(&stack, platform_name);
	os_random(bytes, sizeof(bytes));
	stack.sp &= ~(uaddr_t)15;
	random = push(&stack, bytes, sizeof(bytes));

	words[0] = bprm->args.count;
	string_addresses(words + 1, &bprm->args, mm->arg_start);
	string_addresses(words + 1 + bprm->args.count + 1, &bprm->env, mm->env_start);
	fill_auxv(&v, bprm, image, interp, random, execfn, platform);
	mm->saved_auxv_words = (int)v.n;
	memcpy(mm->saved_auxv, v.words, v.n * sizeof(long));

	stack.sp -= (nptrs + v.n) * sizeof(long);
	stack.sp &= ~(uaddr_t)(STACK_ALIGN - 1);
	stack.sp += (nptrs + v.n) * sizeof(long);
	bprm->sp = push(&stack, words, (nptrs + v.n) * sizeof(long));
	kfree(words);
	return stack.err;
}

int elf_load(struct binprm *bprm)
{
	struct elf_image image = { 0 }, interp = { 0 };
	const elf_phdr *p, *interp_phdr;
	/* Where position-independent programs are loaded: two thirds up, as Linux does. */
	uaddr_t hint = ALIGN_DOWN(task_size / 3 * 2, PAGE_SIZE) + random_below(1UL << 28, PAGE_SIZE);
	int err;

	err = image_read(&image, bprm->file);
	if (err)
		goto out;
	p = find_phdr(&image, PT_GNU_STACK);
	bprm->exec_stack = p && p->p_flags & PF_X;
	err = map_stack(bprm);
	if (err)
		goto out;
	interp_phdr = find_phdr(&image, PT_INTERP);
	err = load_image(bprm->mm, &image, interp_phdr ? ALIGN_DOWN(hint, PAGE_SIZE) : 0);
	if (err)
		goto out;
	if (interp_phdr)
		err = load_interpreter(bprm, interp_phdr, &interp);
	if (err)
		goto out;
	layout(bprm->mm, &image);
	mm_map_ahead(bprm->mm);
	bprm->vdso = vdso_map(bprm->mm);
	if (bprm->vdso < 0 && bprm->vdso >= -MAX_ERRNO) {
		err = (int)bprm->vdso;
		goto out;
	}
	err = sigpage_map(bprm->mm);
	if (err)
		goto out;
	bprm->entry = interp_phdr ? interp.bias + interp.head.e_entry :
				    image.bias + image.head.e_entry;
	err = build_stack(bprm, &image, interp_phdr ? &interp : NULL);
	if (!err)
		mm_map_ahead(bprm->mm);
out:
	if (interp.file)
		fput(interp.file);
	kfree(interp.phdrs);
	kfree(image.phdrs);
	return err;
}
