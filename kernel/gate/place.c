/* The layer lies between the end of guest memory and that of what the host gives its processes. */
#include "place.h"

#include "um/gate.h"
#include "um/os.h"

enum { RANDOM_TRIES = 8 };

unsigned long layer_place(size_t size, size_t align)
{
	unsigned long begin = ALIGN(task_size, (uaddr_t)align), random = 0, places;

	if (host_task_size - begin < size)
		return 0;
	places = (host_task_size - begin - size) / align + 1;
	for (unsigned i = 0; i < RANDOM_TRIES; i++) {
		unsigned long at;

		os_random(&random, sizeof(random));
		at = begin + random % places * align;
		if (os_range_reserve(at, size))
			return at;
	}
	/* Where addresses are few, K's own mappings may leave no more than a hole. */
	for (unsigned long i = 0; i < min(places, 65536UL); i++) {
		unsigned long at = begin + (random % places + i) % places * align;

		if (os_range_reserve(at, size))
			return at;
	}
	return 0;
}
