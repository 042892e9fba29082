/*
 * The page of code that calls sigreturn, in every process: on CPUs where the C library does not
 * bring a restorer of its own (SA_RESTORER), Linux lets signal handlers return to its vDSO, and K
 * to this page.  The port has the instructions, FRAME_SIGRETURN_CODE in its sysdep/frame.h; they
 * are those of Linux, since unwinders know a signal's frame by them.  Where these want notes
 * instead, it has arch/sys-X/sigtramp.S, which becomes an ELF image, with the code at
 * FRAME_SIGRETURN_IMAGE from its text; programs find it as they would a vDSO.
 */
#include "um/sigpage.h"

#include <asm/signal.h>

#include "um/err.h"
#include "um/init.h"
#include "um/mm.h"
#include "um/sched.h"

#include "sysdep/frame.h"

static struct page *page;	/* NULL: this CPU needs none */

#ifdef FRAME_SIGRETURN_IMAGE
extern const char sigtramp_image_start[], sigtramp_image_end[];

enum { IS_IMAGE = 1, CODE_OFFSET = SIGTRAMP_TEXT + FRAME_SIGRETURN_IMAGE };

static const void *page_content(size_t *size)
{
	*size = (size_t)(sigtramp_image_end - sigtramp_image_start);
	return sigtramp_image_start;
}
#else
#ifndef FRAME_SIGRETURN_CODE
#define FRAME_SIGRETURN_CODE { 0 }	/* none */
#endif
static const u32 code[] = FRAME_SIGRETURN_CODE;

enum { IS_IMAGE = 0, CODE_OFFSET = 0 };

static const void *page_content(size_t *size)
{
	*size = sizeof(code) == sizeof(code[0]) ? 0 : sizeof(code);
	return code;
}
#endif

static int sigpage_init(void)
{
	size_t size;
	const void *content = page_content(&size);

	if (!size)
		return 0;
	page = alloc_page(true);
	if (!page)
		return -ENOMEM;
	if (size > PAGE_SIZE)
		return -E2BIG;
	memcpy(page_address(page), content, size);
	return 0;
}
INITCALL(INIT_VFS, sigpage_init);

static struct page *sigpage_fault(struct vm_area *vma __maybe_unused,
				  unsigned long index __maybe_unused)
{
	page_get(page);
	return page;
}

static const char *sigpage_name(struct vm_area *vma __maybe_unused)
{
	return "[sigpage]";
}

static const struct vm_ops sigpage_ops = { .fault = sigpage_fault, .name = sigpage_name };

int sigpage_map(struct mm *mm)
{
	const struct special_area area = {
		PAGE_SIZE,
		VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_DONTEXPAND,
		&sigpage_ops,
	};
	long at;

	if (!page)
		return 0;
	at = mm_map_special(mm, &area, 1);
	if (at < 0 && at >= -MAX_ERRNO)
		return (int)at;
	mm->sigpage = (uaddr_t)at + CODE_OFFSET;
	return 0;
}

uaddr_t sigpage_image(const struct mm *mm)
{
	return IS_IMAGE ? mm->sigpage - CODE_OFFSET : 0;
}

uaddr_t sigpage_restorer(const struct task *task, const struct k_sigaction *action __maybe_unused)
{
#ifdef SA_RESTORER
	if (action->flags & SA_RESTORER)
		return action->restorer;
#endif
#ifdef FRAME_OLD_SIGRETURN_AT
	if (task->mm->sigpage && !(action->flags & SA_SIGINFO))
		return task->mm->sigpage + FRAME_OLD_SIGRETURN_AT;
#endif
	return task->mm->sigpage;
}
