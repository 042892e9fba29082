/* The option strings of mount(2), for the file systems' own option tables. */
#include "um/mount_opts.h"

/* The end of the option that begins at s: its comma or the NUL. */
static char *option_end(char *s)
{
	while (*s && *s != ',')
		s += s[0] == '\\' && s[1] ? 2 : 1;
	return s;
}

static void unescape_commas(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] == ',')
			s++;
		*to++ = *s;
	}
	*to = 0;
}

/* Takes the next non-empty option off the string. */
bool mount_opt_next(char **rest, char **name, char **value)
{
	char *start = *rest, *end;

	while (start && *start == ',')
		start++;
	if (!start || !*start)
		return false;
	end = option_end(start);
	*rest = *end ? end + 1 : end;
	*end = 0;
	*name = start;
	*value = strchr(start, '=');
	if (*value) {
		*(*value)++ = 0;
		unescape_commas(*value);
	}
	return true;
}

static bool digits(const char **s, unsigned base, u64 *number)
{
	const char *start = *s;
	u64 n = 0;

	for (; **s >= '0' && **s <= '9' && (unsigned)(**s - '0') < base; (*s)++) {
		if (__builtin_mul_overflow(n, (u64)base, &n) ||
		    __builtin_add_overflow(n, (u64)(**s - '0'), &n))
			return false;
	}
	*number = n;
	return *s != start;
}

/* A number of bases up to ten, nothing after it. */
bool mount_opt_number(const char *s, unsigned base, u64 *number)
{
	return s && digits(&s, base, number) && !*s;
}

static int size_shift(char unit)
{
	switch (unit) {
	case 'k': case 'K':
		return 10;
	case 'm': case 'M':
		return 20;
	case 'g': case 'G':
		return 30;
	case 't': case 'T':
		return 40;
	}
	return -1;
}

/* A number with an optional unit letter. */
bool mount_opt_size(const char *s, u64 *size)
{
	int shift = 0;

	if (!s || !digits(&s, 10, size))
		return false;
	if (*s) {
		shift = size_shift(*s++);
		if (shift < 0 || *s)
			return false;
	}
	if (*size > UINT64_MAX >> shift)
		return false;
	*size <<= shift;
	return true;
}
