/*
 * /proc/sys: numbers that can be read and set.  What has no effect here but is only advice keeps
 * what is written; what would promise something that K does not do cannot be changed.
 */
#include "sysctl.h"

static long long sysctl_get(const struct sysctl *ctl)
{
	switch (ctl->kind) {
	case SYSCTL_OWN:
	case SYSCTL_FIXED:
		return ctl->value;
	case SYSCTL_INT:
		return *(int *)ctl->at;
	case SYSCTL_UINT:
		return *(unsigned *)ctl->at;
	case SYSCTL_BOOL:
		return *(bool *)ctl->at;
	case SYSCTL_U64:
		return (long long)*(u64 *)ctl->at;
	}
	return 0;
}

static void sysctl_set(struct sysctl *ctl, long long value)
{
	switch (ctl->kind) {
	case SYSCTL_OWN:
	case SYSCTL_FIXED:
		ctl->value = value;
		break;
	case SYSCTL_INT:
		*(int *)ctl->at = (int)value;
		break;
	case SYSCTL_UINT:
		*(unsigned *)ctl->at = (unsigned)value;
		break;
	case SYSCTL_BOOL:
		*(bool *)ctl->at = value;
		break;
	case SYSCTL_U64:
		*(u64 *)ctl->at = (u64)value;
		break;
	}
}

/* The number on a line of its own. */
int sysctl_show(struct seq_file *m, void *private)
{
	seq_printf(m, "%lld\n", sysctl_get(private));
	return 0;
}

/* -EINVAL: no number, out of range, or another value for one that is fixed. */
int sysctl_write(const struct proc_row *row, const char *text, size_t n __maybe_unused)
{
	struct sysctl *ctl = row->private;
	long long value;

	if (text_number(text, &value))
		return -EINVAL;
	if (ctl->kind == SYSCTL_FIXED)
		return value == ctl->value ? 0 : -EINVAL;
	if (value < ctl->low || value > ctl->high)
		return -EINVAL;
	sysctl_set(ctl, value);
	return 0;
}

/* The first line of text without blanks at its end, cut to n bytes with its NUL. */
void sysctl_word(char *to, size_t n, const char *text)
{
	size_t len = min(strcspn(text, "\n"), n - 1);

	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	memcpy(to, text, len);
	to[len] = 0;
}
