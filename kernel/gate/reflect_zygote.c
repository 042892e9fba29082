/* The reflect gate's beginning: the layer's place and text, and the zygote, from which all spaces
 * are cloned. */
#include <asm/signal.h>
#include <asm/unistd.h>

#include "place.h"
#include "reflect.h"
#include "um/bug.h"
#include "um/err.h"
#include "um/mm.h"
#include "um/os.h"
#include "um/os_event.h"
#include "um/os_reflect.h"
#include "um/vdso.h"

_Static_assert(offsetof(struct channel, state) == CHO_STATE, "layer.h");
_Static_assert(offsetof(struct channel, nr) == CHO_NR, "layer.h");
_Static_assert(offsetof(struct channel, word) == CHO_WORD, "layer.h");
_Static_assert(offsetof(struct channel, arg) == CHO_ARG, "layer.h");
_Static_assert(offsetof(struct channel, self) == CHO_SELF, "layer.h");
_Static_assert(offsetof(struct channel, save) == CHO_SAVE, "layer.h");
_Static_assert(offsetof(struct channel, tls) == CHO_TLS, "layer.h");
_Static_assert(offsetof(struct channel, frame) == CHO_FRAME, "layer.h");
_Static_assert(offsetof(struct channel, value) == CHO_VALUES, "layer.h");
_Static_assert(offsetof(struct channel, soft) == CHO_SOFT, "layer.h");
_Static_assert(offsetof(struct layer_shared, fp_mask) == SHAREDO_FP_MASK, "layer.h");
_Static_assert(sizeof(struct layer_shared) == SHAREDO_FILTER, "layer.h");
_Static_assert(offsetof(struct ring, token) == RINGO_TOKEN, "layer.h");
_Static_assert(offsetof(struct ring, quick) == RINGO_QUICK, "layer.h");
_Static_assert(offsetof(struct ring, op) == RINGO_FIRST, "layer.h");
_Static_assert(offsetof(struct layer_common, waiters) == COMMONO_WAITERS, "layer.h");
_Static_assert(offsetof(struct layer_common, result) == COMMONO_RESULTS, "layer.h");

/* All that a space has of its own, to the last thread's channel. */
#define LAYER_ROOM (LAYER_CHANNELS_OFFSET + SPACE_THREADS_MAX * (size_t)CHANNEL_SIZE)

unsigned long layer_addr;
size_t frame_offset;
struct layer_shared *layer_shared;
static int text_fd, shared_fd;
static size_t text_size;

static int layer_make(void)
{
	size_t text = (size_t)(__stop_layer_text - __start_layer_text);
	ssize_t filter;
	void *copy;

	text_size = PAGE_ALIGN(text);
	if (text_size > LAYER_TEXT_ROOM)
		return -E2BIG;
	text_fd = os_memfd("um-layer", text_size);
	shared_fd = os_memfd("um-shared", PAGE_SIZE);
	if (text_fd < 0 || shared_fd < 0)
		return min(text_fd, shared_fd);
	copy = os_map_shared(text_fd, 0, text_size, true);
	layer_shared = os_map_shared(shared_fd, 0, PAGE_SIZE, true);
	if (IS_ERR(copy) || IS_ERR(layer_shared))
		return -ENOMEM;
	memcpy(copy, __start_layer_text, text);
	arch_sync_icache(copy, text);
	os_unmap(copy, text_size);
	layer_shared->doorbell_value = 1;
	filter = os_thread_filter(layer_shared + 1, PAGE_SIZE - sizeof(*layer_shared),
				  layer_addr + LAYER_SHARED_OFFSET + sizeof(*layer_shared),
				  layer_addr, text_size);
	return filter < 0 ? (int)filter : 0;
}

/* The host's vDSO has its place in the layer, if it works and fits. */
static void place_vdso(void)
{
	size_t size = vdso_host_probe();

	if (size > LAYER_VDSO_ROOM)
		size = 0;
	vdso_host_moved(layer_addr + LAYER_VDSO_OFFSET, size);
}

static int zygote_start(int doorbell, int home_cpu)
{
	struct os_reflect_zygote z = {
		.layer_addr = layer_addr,
		.reserved = LAYER_ROOM,
		.text_size = text_size,
		.text_fd = text_fd,
		.shared_fd = shared_fd,
		.ring_offset = slot_offset(&ring_slots, zygote.slot),
		.common_offset = slot_offset(&ring_slots, zygote.slot) +
				 PAGE_ALIGN((size_t)RING_SIZE),
		.ring_size = PAGE_ALIGN((size_t)RING_SIZE),
		.common_size = PAGE_ALIGN(sizeof(struct layer_common)),
		.home_cpu = home_cpu,
		.vdso_room = vdso_host_size,
	};

	z.fd[SPACE_FD_PHYSMEM] = physmem_fd();
	z.fd[SPACE_FD_CHANNELS] = slots_fd(&channel_slots);
	z.fd[SPACE_FD_RINGS] = slots_fd(&ring_slots);
	z.fd[SPACE_FD_DOORBELL] = doorbell;
	z.fd[SPACE_FD_ACK] = ack_fds[1];
	zygote.pid = os_reflect_zygote_start(&z);
	os_unmap((void *)layer_addr, LAYER_ROOM);
	return min(zygote.pid, 0);
}

/* Everything of K's that the zygote inherited goes: all between the layer's parts. */
static bool zygote_empty(void)
{
	const unsigned long parts[][2] = {
		{ layer_addr, text_size },
		{ layer_addr + LAYER_SHARED_OFFSET, PAGE_SIZE },
		{ layer_addr + LAYER_RING_OFFSET, PAGE_ALIGN((size_t)RING_SIZE) },
		{ layer_addr + LAYER_COMMON_OFFSET, PAGE_ALIGN(sizeof(struct layer_common)) },
		{ layer_addr + LAYER_VDSO_OFFSET, vdso_host_size },
		{ ALIGN_DOWN(host_task_size, PAGE_SIZE), 0 },
	};
	unsigned long at = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
		const unsigned long args[] = { at, parts[i][0] - at };

		ring_post(&zygote, __NR_munmap, args, 2);
		at = parts[i][0] + parts[i][1];
	}
	return ring_settle(&zygote);
}

/* The first thread of the first space shows where its frame is: no guest code has run yet. */
static int learn_frame(void)
{
	struct space *space = space_start();
	struct gate_thread *thread;

	if (!IS_ERR(space))
		space = wait_for_start(space);
	if (IS_ERR(space))
		return (int)PTR_ERR(space);
	thread = first_thread(space);
	frame_offset = (size_t)(thread->ch->frame - channel_addr(thread));
	return frame_offset < CHANNEL_SIGNAL_STACK || frame_offset >= CHANNEL_SIZE ? -EFAULT : 0;
}

int reflect_spaces_init(int home_cpu)
{
	int doorbell = os_eventfd(), err;

	if (doorbell < 0)
		return doorbell;
	if (os_min_signal_stack() + 4096 > CHANNEL_SIZE - CHANNEL_SIGNAL_STACK)
		return -E2BIG;
	reflect_watch_doorbell(doorbell);
	os_on_signal(SIGCHLD, spaces_note_child);
	layer_addr = layer_place(LAYER_ROOM, CHANNEL_SIZE);
	err = layer_addr ? 0 : -ENOMEM;
	if (!err)
		err = slots_init();
	if (!err)
		err = rings_init();
	if (!err)
		err = layer_make();
	if (!err)
		err = space_memory(&zygote);
	if (!err)
		place_vdso();
	if (!err)
		err = zygote_start(doorbell, home_cpu);
	if (err)
		return err;
	if (!zygote_empty())
		return -EIO;
	return learn_frame();
}

/* Host threads: with the mappers and the zygote.  A space that is on its way into the pool, or out
 * of the world, counts as pooled: nobody uses it. */
