/*
 * The guests' vDSO in K: two pages of physmem, shared by all processes.  The image is that of
 * layer/vdso, which a port without arch/sys-X/vdso.map does not have; the data page tells it where
 * the host's clock is read and by how much the guest's differs (um/vdso.h).
 */
#include "um/vdso.h"

#include "um/init.h"
#include "um/mm.h"
#include "um/os_vdso.h"
#include "um/printk.h"
#include "um/timer.h"

#if __has_include("sysdep/vdso.h")
#include "sysdep/vdso.h"
#else	/* a port without a vDSO */
#define VVAR_SIZE PAGE_SIZE
#define VDSO_HOST_CLOCK_GETTIME ""
#endif

extern const char vdso_image_start[] __attribute__((weak));
extern const char vdso_image_end[] __attribute__((weak));

unsigned long vdso_host_start;
size_t vdso_host_size;

static bool left_out;
static struct page *data_page, *image_page;	/* NULL: no vDSO */

static const char *parse_novdso(const char *value __maybe_unused)
{
	left_out = true;
	return NULL;
}

UM_SWITCH(novdso) = { "novdso", NULL, "Machine",
		      "no vDSO: programs read the clocks by system calls", parse_novdso };

static bool vdso_wanted(void)
{
	return vdso_image_start && !left_out;
}

size_t vdso_host_probe(void)
{
	static const char text[] = "Checking that the host's vDSO works without system calls";
	const char *what = "";

	if (!vdso_wanted())
		return 0;
	if (os_probe_vdso(VDSO_HOST_CLOCK_GETTIME, &what)) {
		pr_info("%s...failed: %s", text, what);
		return 0;
	}
	pr_info("%s...OK", text);
	return PAGE_ALIGN(os_vdso_size());
}

void vdso_host_moved(unsigned long start, size_t size)
{
	vdso_host_start = start;
	vdso_host_size = size;
}

static struct vvar_offset to_offset(u64 ns)
{
	s64 sec = (s64)ns / (s64)NSEC_PER_SEC, rest = (s64)ns % (s64)NSEC_PER_SEC;

	if (rest < 0)
		return (struct vvar_offset){ sec - 1, rest + (s64)NSEC_PER_SEC };
	return (struct vvar_offset){ sec, rest };
}

/* A reader that meets an odd number, or another than it began with, makes the system call, which
 * waits for K to be done. */
void vdso_update(void)
{
	struct vvar *vvar;

	if (!data_page)
		return;
	vvar = page_address(data_page);
	__atomic_store_n(&vvar->seq, vvar->seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	vvar->mono = to_offset(ktime_mono_offset());
	vvar->real = to_offset(ktime_real_offset());
	__atomic_store_n(&vvar->seq, vvar->seq + 1, __ATOMIC_RELEASE);
}

/* Without the host's functions the vDSO is there all the same, and makes system calls. */
static int vdso_init(void)
{
	size_t size = (size_t)(vdso_image_end - vdso_image_start);
	struct vvar *vvar;

	if (!vdso_wanted())
		return 0;
	if (size > PAGE_SIZE || VVAR_SIZE != PAGE_SIZE) {
		pr_warn("no vDSO: it is not made for pages of %lu bytes\n", PAGE_SIZE);
		return 0;
	}
	data_page = alloc_page(true);
	image_page = alloc_page(true);
	if (!data_page || !image_page)
		return -ENOMEM;
	memcpy(page_address(image_page), vdso_image_start, size);
	vvar = page_address(data_page);
	if (vdso_host_size)
		vvar->host_clock_gettime =
			os_vdso_function(VDSO_HOST_CLOCK_GETTIME, vdso_host_start);
	vdso_update();
	return 0;
}
INITCALL(INIT_VFS, vdso_init);

/* --- in processes */

static struct page *data_fault(struct vm_area *vma __maybe_unused,
			       unsigned long index __maybe_unused)
{
	page_get(data_page);
	return data_page;
}

static const char *data_name(struct vm_area *vma __maybe_unused)
{
	return "[vvar]";
}

static struct page *image_fault(struct vm_area *vma __maybe_unused,
				unsigned long index __maybe_unused)
{
	page_get(image_page);
	return image_page;
}

static const char *image_name(struct vm_area *vma __maybe_unused)
{
	return "[vdso]";
}

static const struct vm_ops data_ops = { .fault = data_fault, .name = data_name };
static const struct vm_ops image_ops = { .fault = image_fault, .name = image_name };

/* A debugger may write to its copy of the image, as on Linux; nobody writes to the data. */
long vdso_map(struct mm *mm)
{
	const struct special_area areas[] = {
		{ PAGE_SIZE, VM_READ | VM_MAYREAD | VM_DONTEXPAND | VM_DONTDUMP | VM_PFNMAP | VM_IO,
		  &data_ops },
		{ PAGE_SIZE,
		  VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_DONTEXPAND,
		  &image_ops },
	};
	long at;

	if (!data_page)
		return 0;
	at = mm_map_special(mm, areas, ARRAY_SIZE(areas));
	return at < 0 && at >= -MAX_ERRNO ? at : at + (long)PAGE_SIZE;
}
