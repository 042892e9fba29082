/*
 * core(5): an ELF core file of a process that dies of a signal, written by its last thread.
 *
 * Layout: ELF header, program headers (one PT_NOTE, a PT_LOAD per area), the notes, then page by
 * page the areas' memory at page-aligned offsets.  The file is cut at RLIMIT_CORE.
 */
#include <linux/elf.h>
#include <linux/time.h>
#include <stdio.h>

#include "signal_internal.h"
#include "um/cred.h"
#include "um/fs.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/uaccess.h"

char core_pattern[128] = "core";
bool core_uses_pid;

#define MAX_CORE_AREAS 16384
#define NOTE_NAME "CORE"

#if UINTPTR_MAX == UINT64_MAX
typedef Elf64_Ehdr core_ehdr;
typedef Elf64_Phdr core_phdr;
typedef Elf64_Nhdr core_nhdr;
#else
typedef Elf32_Ehdr core_ehdr;
typedef Elf32_Phdr core_phdr;
typedef Elf32_Nhdr core_nhdr;
#endif

struct core_time {
	long sec, usec;
};

/* struct elf_prstatus and elf_prpsinfo, as the C library's <sys/procfs.h> documents them; the
 * registers are in the order of the port's ptrace offsets. */
struct core_prstatus {
	int signo, code, err;
	short cursig;
	unsigned long sigpend, sighold;
	int pid, ppid, pgrp, sid;
	struct core_time utime, stime, cutime, cstime;
	unsigned long reg[ARCH_PRSTATUS_WORDS];
	int fpvalid;
};

struct core_prpsinfo {
	char state, sname, zomb, nice;
	unsigned long flag;
	__kernel_uid_t uid;
	__kernel_gid_t gid;
	int pid, ppid, pgrp, sid;
	char fname[16];
	char psargs[80];
};

struct core_area {
	uaddr_t start, end;
	unsigned flags;
	bool with_data;
};

struct core_writer {
	struct file *file;
	loff_t pos;
	u64 limit;
	bool failed;
};

static void core_write(struct core_writer *w, const void *data, size_t n)
{
	if (w->failed)
		return;
	if ((u64)w->pos + n > w->limit || fatal_signal_pending(current) ||
	    kernel_write(w->file, data, n, &w->pos) != (ssize_t)n)
		w->failed = true;
}

/* Holes stay holes. */
static void core_skip(struct core_writer *w, u64 to)
{
	if (to > w->limit)
		w->failed = true;
	else
		w->pos = (loff_t)to;
}

static size_t note_size(size_t desc)
{
	return sizeof(core_nhdr) + ALIGN(sizeof(NOTE_NAME), (size_t)4) + ALIGN(desc, (size_t)4);
}

static void write_note(struct core_writer *w, unsigned type, const void *desc, size_t size)
{
	static const char zero[4];
	char name[ALIGN(sizeof(NOTE_NAME), (size_t)4)] = NOTE_NAME;
	core_nhdr head = { .n_namesz = sizeof(NOTE_NAME), .n_descsz = size, .n_type = type };

	core_write(w, &head, sizeof(head));
	core_write(w, name, sizeof(name));
	core_write(w, desc, size);
	core_write(w, zero, ALIGN(size, (size_t)4) - size);
}

static struct core_time core_time(u64 ns)
{
	return (struct core_time){ (long)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC / 1000) };
}

static void fill_prstatus(struct core_prstatus *st, int sig, const siginfo_t *info)
{
	struct thread_group *group = current->group;
	struct cpu_times self = group_times(group);

	memset(st, 0, sizeof(*st));
	st->signo = sig;
	st->code = info->si_code;
	st->err = info->si_errno;
	st->cursig = (short)sig;
	st->sigpend = (unsigned long)current->pending.set;
	st->sighold = (unsigned long)current->blocked;
	st->pid = current->pid;
	st->ppid = task_ppid(current);
	st->pgrp = pid_nr(group->pgrp);
	st->sid = pid_nr(group->session);
	st->utime = core_time(self.user);
	st->stime = core_time(self.system);
	st->cutime = core_time(group->child_times.user);
	st->cstime = core_time(group->child_times.system);
	for (int i = 0; i < ARCH_PRSTATUS_WORDS; i++)
		st->reg[i] = UPT_REG(&current->regs, i);
}

static void fill_prpsinfo(struct core_prpsinfo *ps)
{
	struct mm *mm = current->mm;
	size_t len = min((size_t)(mm->arg_end - mm->arg_start), sizeof(ps->psargs) - 1);

	memset(ps, 0, sizeof(*ps));
	ps->sname = 'R';
	ps->nice = (char)current->nice;
	ps->uid = (__kernel_uid_t)current->cred->uid;
	ps->gid = (__kernel_gid_t)current->cred->gid;
	ps->pid = current->tgid;
	ps->ppid = task_ppid(current);
	ps->pgrp = pid_nr(current->group->pgrp);
	ps->sid = pid_nr(current->group->session);
	memcpy(ps->fname, current->comm, min(sizeof(ps->fname), sizeof(current->comm)));
	len = access_mm(mm, mm->arg_start, ps->psargs, len, false, true);
	for (size_t i = 0; i < len; i++)
		if (!ps->psargs[i])
			ps->psargs[i] = ' ';
}

/* Read-only file pages can be had from the file, but for its first page, which identifies it. */
static bool wants_data(const struct vm_area *vma)
{
	if (vma->flags & VM_DONTDUMP)
		return false;
	if (!(vma->flags & (VM_READ | VM_WRITE | VM_EXEC)))
		return false;
	return !vma->file || (vma->flags & (VM_WRITE | VM_MAYSHARE)) == VM_WRITE;
}

/* A copy of the list of areas: writing sleeps, and other threads may not be gone yet. */
static struct core_area *collect_areas(unsigned *count)
{
	struct mm *mm = current->mm;
	struct core_area *areas;
	struct vm_area *vma;
	unsigned n = 0;

	areas = kmalloc_user(MAX_CORE_AREAS * sizeof(*areas));
	if (!areas)
		return NULL;
	list_for_each_entry(vma, &mm->areas, list) {
		if (n == MAX_CORE_AREAS)
			break;
		areas[n++] = (struct core_area){ vma->start, vma->end, vma->flags,
						 wants_data(vma) };
	}
	*count = n;
	return areas;
}

static void write_headers(struct core_writer *w, const struct core_area *areas, unsigned count,
			  size_t notes)
{
	size_t headers = sizeof(core_ehdr) + (count + 1) * sizeof(core_phdr);
	u64 offset = PAGE_ALIGN((u64)headers + notes);
	core_ehdr eh;
	core_phdr ph;

	memset(&eh, 0, sizeof(eh));
	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELF_CLASS;
	eh.e_ident[EI_DATA] = ELF_DATA;
	eh.e_ident[EI_VERSION] = EV_CURRENT;
	eh.e_type = ET_CORE;
	eh.e_machine = ELF_ARCH;
	eh.e_version = EV_CURRENT;
	eh.e_phoff = sizeof(eh);
	eh.e_ehsize = sizeof(eh);
	eh.e_phentsize = sizeof(ph);
	eh.e_phnum = (__typeof__(eh.e_phnum))(count + 1);
	core_write(w, &eh, sizeof(eh));
	memset(&ph, 0, sizeof(ph));
	ph.p_type = PT_NOTE;
	ph.p_offset = (__typeof__(ph.p_offset))headers;
	ph.p_filesz = (__typeof__(ph.p_filesz))notes;
	ph.p_align = 4;
	core_write(w, &ph, sizeof(ph));
	for (unsigned i = 0; i < count; i++) {
		u64 size = areas[i].end - areas[i].start;

		memset(&ph, 0, sizeof(ph));
		ph.p_type = PT_LOAD;
		ph.p_flags = (areas[i].flags & VM_READ ? PF_R : 0) |
			     (areas[i].flags & VM_WRITE ? PF_W : 0) |
			     (areas[i].flags & VM_EXEC ? PF_X : 0);
		ph.p_vaddr = areas[i].start;
		ph.p_memsz = (__typeof__(ph.p_memsz))size;
		ph.p_filesz = areas[i].with_data ? ph.p_memsz : 0;
		ph.p_offset = (__typeof__(ph.p_offset))offset;
		ph.p_align = (__typeof__(ph.p_align))PAGE_SIZE;
		core_write(w, &ph, sizeof(ph));
		offset += ph.p_filesz;
	}
}

static void write_memory(struct core_writer *w, const struct core_area *areas, unsigned count)
{
	u8 *page = kzalloc(PAGE_SIZE);
	uaddr_t addr;

	for (unsigned i = 0; i < count; i++) {
		if (!areas[i].with_data)
			continue;
		for (addr = areas[i].start; addr != areas[i].end && !w->failed; addr += PAGE_SIZE) {
			memset(page, 0, PAGE_SIZE);
			access_mm(current->mm, addr, page, PAGE_SIZE, false, true);
			core_write(w, page, PAGE_SIZE);
		}
	}
	kfree(page);
}

static void write_core(struct core_writer *w, const struct core_area *areas, unsigned count,
		       int sig, const siginfo_t *info)
{
	struct core_prstatus status;
	struct core_prpsinfo psinfo;
	size_t auxv = (size_t)current->mm->saved_auxv_words * sizeof(long);
	size_t notes = note_size(sizeof(status)) + note_size(sizeof(psinfo)) +
		       note_size(sizeof(*info)) + note_size(auxv);

	fill_prstatus(&status, sig, info);
	fill_prpsinfo(&psinfo);
	write_headers(w, areas, count, notes);
	write_note(w, NT_PRSTATUS, &status, sizeof(status));
	write_note(w, NT_PRPSINFO, &psinfo, sizeof(psinfo));
	write_note(w, NT_SIGINFO, info, sizeof(*info));
	write_note(w, NT_AUXV, current->mm->saved_auxv, auxv);
	core_skip(w, PAGE_ALIGN((u64)w->pos));
	write_memory(w, areas, count);
}

/* core_pattern's name with %p, %u, %g, %s, %e and %% filled in. */
static void core_name(char *name, size_t size, int sig)
{
	size_t len = 0;
	const char *p;

	for (p = core_pattern; *p && len + 1 < size; p++) {
		const struct cred *cred = current->cred;
		int n;

		if (*p != '%' || !p[1]) {
			name[len++] = *p;
			continue;
		}
		switch (*++p) {
		case 'p':
			n = snprintf(name + len, size - len, "%d", current->tgid);
			break;
		case 'u':
			n = snprintf(name + len, size - len, "%u", cred->uid);
			break;
		case 'g':
			n = snprintf(name + len, size - len, "%u", cred->gid);
			break;
		case 's':
			n = snprintf(name + len, size - len, "%d", sig);
			break;
		case 'e':
			n = snprintf(name + len, size - len, "%.15s", current->comm);
			break;
		case '%':
			n = snprintf(name + len, size - len, "%%");
			break;
		default:
			n = 0;
		}
		len = min(len + (size_t)max(n, 0), size - 1);
	}
	name[len] = '\0';
	if (core_uses_pid && !strstr(core_pattern, "%p"))
		snprintf(name + len, size - len, ".%d", current->tgid);
}

/* Only a plain file of the dumper's own, without other names, is overwritten. */
static struct file *open_core(int sig)
{
	struct iattr attr = { .valid = ATTR_SIZE };
	struct file *file;
	char name[256];

	core_name(name, sizeof(name), sig);
	file = filp_open(name, O_CREAT | O_RDWR | O_NOFOLLOW | O_LARGEFILE, 0600);
	if (IS_ERR(file))
		return NULL;
	attr.file = file;
	if ((file->inode->mode & S_IFMT) != S_IFREG || file->inode->nlink != 1 ||
	    file->inode->uid != current_fsuid() || notify_change(file->path.dentry, &attr)) {
		fput(file);
		return NULL;
	}
	return file;
}

bool core_dump(int sig, const siginfo_t *info)
{
	struct core_writer w = { .limit = rlimit(RLIMIT_CORE) };
	struct core_area *areas;
	unsigned count;

	if (w.limit < PAGE_SIZE || !current->mm || !current->mm->dumpable ||
	    core_pattern[0] == '|' || !core_pattern[0])
		return false;
	areas = collect_areas(&count);
	if (!areas)
		return false;
	w.file = open_core(sig);
	if (w.file) {
		write_core(&w, areas, count, sig, info);
		fput(w.file);
	}
	kfree(areas);
	return w.file != NULL;
}
