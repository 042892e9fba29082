/* A port without system call sites (um/site.h): nothing is rewritten, so only site_match is asked. */
#include "um/bug.h"
#include "um/site.h"

bool site_match(const u8 *page __maybe_unused, size_t size __maybe_unused, struct site *site,
		bool any __maybe_unused)
{
	site->kind = SITE_NONE;
	return false;
}

void site_patch(u8 *page __maybe_unused, size_t size __maybe_unused,
		const struct site *site __maybe_unused, long to __maybe_unused)
{
	BUG();
}

void site_stub(u8 *stub __maybe_unused, const struct site *site __maybe_unused,
	       long back __maybe_unused, unsigned long entry __maybe_unused)
{
	BUG();
}
