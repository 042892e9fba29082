/* The internet checksum of RFC 1071, eight bytes at a time, in either byte order. */
#include "um/arch.h"

u16 ip_compute_csum(const void *data, size_t n)
{
	const u8 *p = data;
	u64 sum = 0;

	for (; n >= sizeof(u64); n -= sizeof(u64), p += sizeof(u64)) {
		u64 word;

		memcpy(&word, p, sizeof(word));
		sum += word;
		sum += sum < word;	/* the carry comes round */
	}
	if (n) {
		u64 word = 0;

		memcpy(&word, p, n);
		sum += word;
		sum += sum < word;
	}
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}
