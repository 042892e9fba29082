/*
 * Write-back of dirty cached pages: on demand (fsync, the end of an inode), and every few
 * seconds by a kernel thread that is started by the first dirty page.
 *
 * Order of one run: clear the dirty flags, take the write rights from all areas, flush the
 * spaces, write.  A store before the flush is in what is written; one after it faults, and makes
 * the page dirty again.
 */
#include "internal.h"
#include "um/fs.h"
#include "um/radix.h"
#include "um/timer.h"

#define RUN_MAX 32
#define PERIOD (5 * NSEC_PER_SEC)

static struct task *writer;
static struct wait_queue_head writer_wait = WAIT_QUEUE_HEAD_INIT(writer_wait);
static bool hurry;

/* The next run of consecutive dirty pages in [*index, last], each with a reference; *index goes
 * behind it.  Waits for pages that are being written. */
static unsigned collect_run(struct address_space *mapping, unsigned long *index,
			    unsigned long last, struct page **pages)
{
	unsigned long at = *index;
	struct page *page;
	unsigned nr = 0;

	while (nr < RUN_MAX && (page = radix_next(mapping->pages, &at, true)) && at <= last) {
		if (nr && at != *index)
			break;
		if (page->flags & PG_WRITEBACK) {
			if (nr)
				break;
			page_get(page);
			wait_on_page(page, PG_WRITEBACK);
			page_put(page);
			continue;
		}
		page_get(page);
		pages[nr++] = page;
		*index = ++at;
		if (!at)
			break;
	}
	return nr;
}

static void end_write(struct page *page)
{
	page->flags &= ~PG_WRITEBACK;
	if (page->mapping && !(page->flags & PG_DIRTY))
		radix_untag(page->mapping->pages, page->index);
	page_event(page);
	page_put(page);
}

/* How many of the pages are inside the file. */
static unsigned inside_file(const struct address_space *mapping, struct page **pages, unsigned nr)
{
	u64 size = (u64)max(mapping->host->size, (loff_t)0);

	while (nr && (u64)pages[nr - 1]->index << PAGE_SHIFT >= size)
		nr--;
	return nr;
}

static int write_run(struct address_space *mapping, struct page **pages, unsigned nr)
{
	unsigned inside;
	int err = 0;

	for (unsigned i = 0; i < nr; i++) {
		clear_page_dirty(pages[i]);
		pages[i]->flags |= PG_WRITEBACK;
	}
	write_protect_mapping(mapping, pages[0]->index, pages[nr - 1]->index);
	flush_mapping(mapping);
	inside = inside_file(mapping, pages, nr);
	if (inside)
		err = mapping->ops->writepages(mapping, pages, inside);
	for (unsigned i = 0; i < nr; i++)
		end_write(pages[i]);
	if (waitqueue_active(&memory_wait))
		wake_up_all(&memory_wait);
	return err;
}

static int write_range(struct address_space *mapping, unsigned long index, unsigned long last)
{
	struct page *pages[RUN_MAX];
	int result = 0;
	unsigned nr;

	while ((nr = collect_run(mapping, &index, last, pages))) {
		int err = write_run(mapping, pages, nr);

		if (!result)
			result = err;
		if (!index)
			break;
	}
	return result;
}

int write_back(struct address_space *mapping, loff_t start, loff_t end)
{
	unsigned long last = end == LLONG_MAX ? ULONG_MAX : (unsigned long)(end >> PAGE_SHIFT);
	int err;

	if (!mapping->ops || mapping_is_home(mapping))
		return 0;
	err = write_range(mapping, (unsigned long)(start >> PAGE_SHIFT), last);
	if (!err)
		err = mapping->wb_error;
	mapping->wb_error = 0;
	return err;
}

/* --- the periodic writer */

static void write_mapping(struct address_space *mapping)
{
	struct inode *host = mapping->host;
	int err;

	if (host->refs <= 0)
		return; /* it is being evicted, which writes too */
	ihold(host);
	err = write_range(mapping, 0, ULONG_MAX);
	if (err)
		mapping->wb_error = err;
	iput(host);
}

static void write_all(void)
{
	struct list_head *node;
	unsigned nr = 0;

	list_for_each(node, &dirty_mappings)
		nr++;
	while (nr-- && !list_empty(&dirty_mappings)) {
		struct address_space *mapping = list_first_entry(&dirty_mappings,
								 struct address_space, dirty_node);

		list_move_tail(&mapping->dirty_node, &dirty_mappings);
		write_mapping(mapping);
	}
}

static void writer_main(void *arg)
{
	(void)arg;
	for (;;) {
		wait_event_interruptible(&writer_wait, !list_empty(&dirty_mappings));
		wait_event_interruptible_until(&writer_wait, hurry, ktime_mono() + PERIOD);
		hurry = false;
		write_all();
	}
}

/* Called with each page that becomes dirty; cheap when the writer is awake.  Before there is a
 * guest, dirty pages wait for the first one after. */
void writeback_start(void)
{
	if (!writer && init_task)
		writer = kthread_run(writer_main, NULL, "writeback");
	else if (dirty_pages == 1)
		wake_up(&writer_wait);
	if (dirty_pages > physmem_pages / 5 && !hurry)
		writeback_wake();
}

void writeback_wake(void)
{
	hurry = true;
	wake_up(&writer_wait);
}
