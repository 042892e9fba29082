/*
 * hostfs: the text of the user.umkit attribute, such as "uid=0 gid=5 mode=4755 rdev=c:1:3".
 * What is absent is as the host file says.  Reading is lenient: unknown words are skipped.
 */
#include <stdio.h>

#include "hostfs.h"

static size_t add(char *buf, size_t size, size_t at, const char *fmt, ...) __printf(4, 5);
static size_t add(char *buf, size_t size, size_t at, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf + at, size - at, fmt, args);
	va_end(args);
	return at + n < size ? at + n : size - 1;
}

/* The text's length; 0 when there is nothing to say. */
size_t hostfs_attr_print(const struct hostfs_attr *attr, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = 0;
	if (attr->has_uid)
		n = add(buf, size, n, "uid=%u ", attr->uid);
	if (attr->has_gid)
		n = add(buf, size, n, "gid=%u ", attr->gid);
	if (attr->has_mode)
		n = add(buf, size, n, "mode=%o ", attr->mode & 07777);
	if (attr->type)
		n = add(buf, size, n, "rdev=%c:%u:%u ", attr->type, attr->major, attr->minor);
	if (attr->nodes)
		n = add(buf, size, n, "nodes=1 ");
	if (n)
		buf[--n] = 0;
	return n;
}

/* Digits up to the first other character; false if there are none or too many. */
static bool number(const char **s, unsigned base, u32 *value)
{
	const char *start = *s;
	u32 n = 0;

	for (; **s >= '0' && **s < (char)('0' + base); (*s)++) {
		if (__builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, (u32)(**s - '0'), &n))
			return false;
	}
	*value = n;
	return *s != start;
}

static void parse_rdev(struct hostfs_attr *attr, const char *s)
{
	u32 major, minor;
	char type = *s;

	if (!type || !strchr("cbps", type) || s[1] != ':')
		return;
	s += 2;
	if (!number(&s, 10, &major) || *s++ != ':' || !number(&s, 10, &minor))
		return;
	attr->type = type;
	attr->major = major & 0xfff;
	attr->minor = minor & 0xfffff;
}

static void parse_word(struct hostfs_attr *attr, const char *s)
{
	u32 n;

	if (!strncmp(s, "uid=", 4) && (s += 4, number(&s, 10, &n))) {
		attr->has_uid = true;
		attr->uid = n;
	} else if (!strncmp(s, "gid=", 4) && (s += 4, number(&s, 10, &n))) {
		attr->has_gid = true;
		attr->gid = n;
	} else if (!strncmp(s, "mode=", 5) && (s += 5, number(&s, 8, &n))) {
		attr->has_mode = true;
		attr->mode = n & 07777;
	} else if (!strncmp(s, "rdev=", 5)) {
		parse_rdev(attr, s + 5);
	} else if (!strncmp(s, "nodes=1", 7)) {
		attr->nodes = true;
	}
}

/* Fills attr, which the caller has cleared. */
void hostfs_attr_parse(struct hostfs_attr *attr, const char *text)
{
	while (*text) {
		parse_word(attr, text);
		text += strcspn(text, " \n");
		text += strspn(text, " \n");
	}
}
