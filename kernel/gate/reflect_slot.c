/* The memory of rings and channels: two memfds, cut into equal slots, mapped into K in chunks
 * when they are first used. */
#include "reflect.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/mm.h"
#include "um/os.h"

#define CHUNK 32	/* slots per mapping of K's */

struct slots {
	const char *name;
	int fd;
	size_t stride;
	unsigned max, next;
	unsigned *free, nr_free;
	char **chunk;
};

/* As many spaces, and threads in all of them, as K can address; a host's limit of processes is
 * lower. */
#define MAX_SLOTS (sizeof(long) > 4 ? 65536U : 4096U)

struct slots ring_slots = { .name = "um-rings" };
struct slots channel_slots = { .name = "um-channels" };

size_t ring_room(void)
{
	return PAGE_ALIGN((size_t)RING_SIZE) + PAGE_ALIGN(sizeof(struct layer_common));
}

static int init_one(struct slots *slots, size_t stride)
{
	slots->stride = stride;
	slots->max = MAX_SLOTS;
	slots->fd = os_memfd(slots->name, (u64)slots->max * stride);
	if (slots->fd < 0)
		return slots->fd;
	slots->free = kzalloc(slots->max * sizeof(*slots->free));
	slots->chunk = kzalloc(DIV_ROUND_UP(slots->max, CHUNK) * sizeof(*slots->chunk));
	return 0;
}

int slots_init(void)
{
	int err = init_one(&ring_slots, ring_room());

	return err ? err : init_one(&channel_slots, CHANNEL_SIZE);
}

int slot_alloc(struct slots *slots)
{
	if (slots->nr_free)
		return (int)slots->free[--slots->nr_free];
	return slots->next < slots->max ? (int)slots->next++ : -EAGAIN;
}

void slot_free(struct slots *slots, unsigned slot)
{
	os_release_range(slots->fd, slot_offset(slots, slot), slots->stride);
	slots->free[slots->nr_free++] = slot;
}

unsigned slots_used(const struct slots *slots)
{
	return slots->next - slots->nr_free;
}

void *slot_memory(struct slots *slots, unsigned slot)
{
	char **chunk = &slots->chunk[slot / CHUNK];

	if (!*chunk) {
		size_t size = CHUNK * slots->stride;
		char *mem = os_map_shared(slots->fd, (u64)(slot / CHUNK) * size, size, true);

		if (IS_ERR(mem))
			return NULL;
		*chunk = mem;
	}
	return *chunk + (slot % CHUNK) * slots->stride;
}

u64 slot_offset(const struct slots *slots, unsigned slot)
{
	return (u64)slot * slots->stride;
}

int slots_fd(const struct slots *slots)
{
	return slots->fd;
}
