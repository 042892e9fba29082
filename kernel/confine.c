/*
 * K gives up what it no longer needs of the host, before the first guest program runs.  What is
 * left, and why, is in os/confine.c.
 */
#include "um/bug.h"
#include "um/init.h"
#include "um/os.h"
#include "um/os_confine.h"
#include "um/printk.h"

#include "switches.h"

static bool confine = true;

static const char *parse_noconfine(const char *value __maybe_unused)
{
	confine = false;
	return NULL;
}

UM_SWITCH(noconfine) = { "noconfine", NULL, "Debugging",
			 "let um itself make any host call, also after its boot", parse_noconfine };

/* A bug in K, or somebody who has taken it over: neither may go on. */
static void refused(int nr, const char *name)
{
	panic("host call %d (%s) is not one that the kernel may make (see noconfine in um --help)",
	      nr, name);
}

void confine_kernel(void)
{
	int err;

	if (!confine)
		return;
	err = os_confine(refused);
	if (err)
		pr_warn("the kernel's own host calls are not filtered: %s\n", os_strerror(-err));
}
