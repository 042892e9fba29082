/* The lines of /proc/PID/maps and smaps, as proc(5) describes them. */
#include <linux/limits.h>

#include "internal.h"
#include "um/fs.h"
#include "um/kmalloc.h"

#define NAME_COLUMN (25 + sizeof(void *) * 6)	/* where Linux puts the name */

struct smaps_sums {
	unsigned long rss, pss, shared_clean, shared_dirty, private_clean, private_dirty;
	unsigned long referenced, anonymous;
};

static void show_path(struct seq_file *m, struct file *file)
{
	char *buf = kzalloc(PATH_MAX);
	char *path = d_path(&file->path, buf, PATH_MAX);

	if (!IS_ERR(path))
		seq_escape(m, path, "\n");
	kfree(buf);
}

/* "[heap]" and the like; NULL: the area has no name. */
static const char *special_name(struct vm_area *vma)
{
	const struct mm *mm = vma->mm;

	if (vma->ops && vma->ops->name)
		return vma->ops->name(vma);
	if (vma->start < mm->brk && vma->end > mm->start_brk)
		return "[heap]";
	if (vma->start <= mm->start_stack && vma->end >= mm->start_stack)
		return "[stack]";
	return NULL;
}

static void show_line(struct seq_file *m, struct vm_area *vma)
{
	const struct inode *inode = vma->file ? vma->file->inode : NULL;
	const char *name = vma->file ? NULL : special_name(vma);
	size_t begin = m->len;

	seq_printf(m, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %llu ", vma->start, vma->end,
		   vma->flags & VM_READ ? 'r' : '-', vma->flags & VM_WRITE ? 'w' : '-',
		   vma->flags & VM_EXEC ? 'x' : '-', vma->flags & VM_MAYSHARE ? 's' : 'p',
		   inode ? (unsigned long long)vma->pgoff << PAGE_SHIFT : 0,
		   inode ? MAJOR(inode->sb->dev) : 0, inode ? MINOR(inode->sb->dev) : 0,
		   inode ? (unsigned long long)inode->ino : 0);
	if (vma->file || name)
		for (size_t at = m->len - begin; at < NAME_COLUMN; at++)
			seq_putc(m, ' ');
	if (vma->file)
		show_path(m, vma->file);
	else if (name)
		seq_puts(m, name);
	seq_putc(m, '\n');
}

static void sum_page(struct smaps_sums *s, pte_t pte)
{
	const struct page *page = pte_page(pte);
	unsigned long kb = PAGE_SIZE / 1024;
	bool dirty = pte & PTE_ANON || page->flags & PG_DIRTY;
	bool shared = page->mapcount > 1;

	s->rss += kb;
	s->pss += kb * 1024 / (unsigned long)max(page->mapcount, 1);
	s->referenced += kb;
	if (pte & PTE_ANON)
		s->anonymous += kb;
	if (shared)
		*(dirty ? &s->shared_dirty : &s->shared_clean) += kb;
	else
		*(dirty ? &s->private_dirty : &s->private_clean) += kb;
}

static void show_kb(struct seq_file *m, const char *what, unsigned long kb)
{
	seq_printf(m, "%-16s%8lu kB\n", what, kb);
}

static void show_flags(struct seq_file *m, const struct vm_area *vma)
{
	static const struct {
		unsigned flag;
		char name[3];
	} names[] = {
		{ VM_READ, "rd" },     { VM_WRITE, "wr" },	{ VM_EXEC, "ex" },
		{ VM_SHARED, "sh" },   { VM_MAYREAD, "mr" },	{ VM_MAYWRITE, "mw" },
		{ VM_MAYEXEC, "me" },  { VM_MAYSHARE, "ms" },	{ VM_GROWSDOWN, "gd" },
		{ VM_PFNMAP, "pf" },   { VM_LOCKED, "lo" },	{ VM_IO, "io" },
		{ VM_DONTCOPY, "dc" }, { VM_DONTEXPAND, "de" }, { VM_LOCKONFAULT, "lf" },
		{ VM_ACCOUNT, "ac" },  { VM_NORESERVE, "nr" },	{ VM_WIPEONFORK, "wf" },
		{ VM_DONTDUMP, "dd" },
	};

	seq_puts(m, "VmFlags: ");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (vma->flags & names[i].flag)
			seq_printf(m, "%s ", names[i].name);
	seq_putc(m, '\n');
}

static void show_sums(struct seq_file *m, const struct vm_area *vma)
{
	unsigned long vpn = vma->start >> PAGE_SHIFT;
	struct smaps_sums s = { 0 };
	pte_t pte;

	for_each_pte(vma->mm->pgd, vpn, vma->end >> PAGE_SHIFT, pte)
		sum_page(&s, pte);
	show_kb(m, "Size:", (vma->end - vma->start) / 1024);
	show_kb(m, "KernelPageSize:", PAGE_SIZE / 1024);
	show_kb(m, "MMUPageSize:", PAGE_SIZE / 1024);
	show_kb(m, "Rss:", s.rss);
	show_kb(m, "Pss:", s.pss / 1024);
	show_kb(m, "Shared_Clean:", s.shared_clean);
	show_kb(m, "Shared_Dirty:", s.shared_dirty);
	show_kb(m, "Private_Clean:", s.private_clean);
	show_kb(m, "Private_Dirty:", s.private_dirty);
	show_kb(m, "Referenced:", s.referenced);
	show_kb(m, "Anonymous:", s.anonymous);
	show_kb(m, "LazyFree:", 0);
	show_kb(m, "AnonHugePages:", 0);
	show_kb(m, "ShmemPmdMapped:", 0);
	show_kb(m, "FilePmdMapped:", 0);
	show_kb(m, "Shared_Hugetlb:", 0);
	show_kb(m, "Private_Hugetlb:", 0);
	show_kb(m, "Swap:", 0);
	show_kb(m, "SwapPss:", 0);
	show_kb(m, "Locked:", vma->flags & VM_LOCKED ? s.pss / 1024 : 0);
	seq_puts(m, "THPeligible:    0\n");
	show_flags(m, vma);
}

void vma_show(struct seq_file *m, struct vm_area *vma, bool smaps)
{
	show_line(m, vma);
	if (smaps)
		show_sums(m, vma);
}
