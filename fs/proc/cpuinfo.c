/* /proc/cpuinfo: the host's own text, for it is the host's CPU that guest code runs on.  Of the
 * paragraphs that describe one processor each, as many as the guest has CPUs. */
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/os.h"
#include "um/os_hostinfo.h"

#include "proc.h"

#define CPUINFO_MAX (4UL << 20)

struct text {
	char *data;
	size_t len;
};

/* The whole text; ERR_PTR in data. */
static struct text read_host_text(void)
{
	for (size_t size = 16384;; size *= 4) {
		char *buf = kzalloc(size);
		ssize_t n = os_host_cpuinfo(buf, size);

		if (n >= 0 && ((size_t)n < size || size >= CPUINFO_MAX))
			return (struct text){ buf, (size_t)n };
		kfree(buf);
		if (n < 0)
			return (struct text){ ERR_PTR(n), 0 };
	}
}

static bool is_processor(const char *paragraph, size_t n)
{
	static const char key[] = "processor";

	return n >= sizeof(key) && !memcmp(paragraph, key, sizeof(key) - 1);
}

/* The paragraph that p begins with, its blank line included. */
static size_t paragraph_length(const char *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (p[i] == '\n' && p[i + 1] == '\n')
			return i + 2;
	return n;
}

static void keep_processors(struct text *text, int cpus)
{
	size_t kept = 0;

	for (size_t at = 0, n; at < text->len; at += n) {
		n = paragraph_length(text->data + at, text->len - at);
		if (is_processor(text->data + at, n) && cpus-- <= 0)
			continue;
		memmove(text->data + kept, text->data + at, n);
		kept += n;
	}
	text->len = kept;
}

static int cpuinfo_show(struct seq_file *m, void *private __maybe_unused)
{
	struct text text = read_host_text();

	if (IS_ERR(text.data))
		return PTR_ERR(text.data);
	keep_processors(&text, os_cpu_count());
	seq_write(m, text.data, text.len);
	kfree(text.data);
	return 0;
}

PROC_FILE(cpuinfo) = { "cpuinfo", 0444, cpuinfo_show };
