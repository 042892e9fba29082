/*
 * The command line: words that the table of switches knows, and what is left for init.  --help
 * is the same table.
 *
 * A switch "name=" takes a value; "nameN=" takes a number before it, and its parser gets
 * "N=value".
 */
#include <stdio.h>

#include "um/boot.h"
#include "um/init.h"
#include "um/kmalloc.h"
#include "um/os.h"

#include "switches.h"

struct boot_options boot = { .init = NULL, .rootfstype = "hostfs" };
char saved_command_line[2048];

void um_die(const char *fmt, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, fmt);
	n = snprintf(text, sizeof(text), "um: ");
	n += vsnprintf(text + n, sizeof(text) - (size_t)n - 1, fmt, args);
	va_end(args);
	n = min(n, (int)sizeof(text) - 2);
	text[n++] = '\n';
	os_write_stderr(text, (size_t)n);
	os_exit(125);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What stands behind the switch's name in word, or NULL if word is another switch. */
static const char *match(const struct um_switch *sw, const char *word)
{
	size_t n = strlen(sw->name);

	if (n > 2 && !strcmp(sw->name + n - 2, "N=")) {
		const char *p = word + n - 2;

		if (strncmp(word, sw->name, n - 2) || !is_digit(*p))
			return NULL;
		while (is_digit(*p))
			p++;
		return *p == '=' ? word + n - 2 : NULL;
	}
	if (sw->name[n - 1] == '=')
		return strncmp(word, sw->name, n) ? NULL : word + n;
	return strcmp(word, sw->name) ? NULL : "";
}

bool switch_parse(const char *word)
{
	const struct um_switch *sw;

	table_for_each(sw, um_switches) {
		const char *value = match(sw, word), *problem;

		if (!value)
			continue;
		problem = sw->parse(value);
		if (problem)
			um_die("%s: \"%s\" %s", word, value, problem);
		return true;
	}
	return false;
}

static void append(char ***list, int *n, char *word)
{
	*list = krealloc(*list, ((size_t)*n + 2) * sizeof(char *));
	(*list)[(*n)++] = word;
	(*list)[*n] = NULL;
}

void boot_add_env(char *word)
{
	size_t name = strcspn(word, "=") + 1;
	int n = 0;

	for (; boot.init_envp && boot.init_envp[n]; n++) {
		if (!strncmp(boot.init_envp[n], word, name)) {
			boot.init_envp[n] = word;
			return;
		}
	}
	append(&boot.init_envp, &n, word);
}

void boot_add_arg(char *word)
{
	int n = 0;

	while (boot.init_argv && boot.init_argv[n])
		n++;
	append(&boot.init_argv, &n, word);
}

void save_command_line(int argc, char **argv)
{
	size_t len = 0;

	for (int i = 1; i < argc && len < sizeof(saved_command_line) - 1; i++)
		len += (size_t)snprintf(saved_command_line + len, sizeof(saved_command_line) - len,
					"%s%s", i > 1 ? " " : "", argv[i]);
}

/* Rows of one heading, in the order of their names: the linker keeps none. */
static int compare_rows(const void *a, const void *b)
{
	const struct um_switch *const *x = a, *const *y = b;
	int order = strcmp((*x)->group, (*y)->group);

	return order ? order : strcmp((*x)->name, (*y)->name);
}

void switches_help(void (*line)(const char *text))
{
	size_t count = (size_t)(__stop_um_switches - __start_um_switches), n = 0;
	const struct um_switch **rows = kzalloc(count * sizeof(*rows)), *sw;
	const char *group = "";
	char text[160], name[64];

	table_for_each(sw, um_switches)
		rows[n++] = sw;
	ksort(rows, count, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < count; i++) {
		sw = rows[i];
		if (strcmp(group, sw->group)) {
			group = sw->group;
			line("");
			snprintf(text, sizeof(text), "%s:", group);
			line(text);
		}
		snprintf(name, sizeof(name), "%s%s", sw->name, sw->value ? sw->value : "");
		snprintf(text, sizeof(text), "  %-28s %s", name, sw->help);
		line(text);
	}
	kfree(rows);
}

/* --- the switches of the boot itself */

static const char *set_string(const char **where, const char *value)
{
	if (!*value)
		return "is empty";
	*where = value;
	return NULL;
}

static const char *parse_root(const char *value)
{
	return set_string(&boot.root, value);
}

static const char *parse_rootflags(const char *value)
{
	return set_string(&boot.rootflags, value);
}

static const char *parse_rootfstype(const char *value)
{
	return set_string(&boot.rootfstype, value);
}

static const char *parse_ro(const char *value __maybe_unused)
{
	boot.root_ro = true;
	return NULL;
}

static const char *parse_rw(const char *value __maybe_unused)
{
	boot.root_ro = false;
	return NULL;
}

static const char *parse_init(const char *value)
{
	if (value[0] != '/')
		return "is not an absolute path";
	boot.init = value;
	return NULL;
}

static const char *parse_hostname(const char *value)
{
	if (strlen(value) > 64)
		return "is longer than 64 characters";
	return set_string(&boot.hostname, value);
}

static const char *parse_umid(const char *value)
{
	if (strchr(value, '/'))
		return "is no file name";
	return set_string(&boot.umid, value);
}

static const char *parse_strace(const char *value)
{
	return set_string(&boot.strace_file, value);
}

static const char *parse_debugtrace(const char *value __maybe_unused)
{
	boot.debugtrace = true;
	return NULL;
}

UM_SWITCH(root) = { "root=", "DIR", "Root", "the host directory that becomes the guest's root",
		    parse_root };
UM_SWITCH(rootfstype) = { "rootfstype=", "hostfs", "Root", "the root's file system type",
			  parse_rootfstype };
UM_SWITCH(rootflags) = { "rootflags=", "DIR", "Root",
			 "the root's mount options: hostfs's directory", parse_rootflags };
UM_SWITCH(ro) = { "ro", NULL, "Root", "mount the root read-only", parse_ro };
UM_SWITCH(rw) = { "rw", NULL, "Root", "mount the root for writing (default)", parse_rw };
UM_SWITCH(init) = {
	"init=", "PATH", "Root",
	"the first program (default: the first of /sbin/init, /etc/init, /bin/init, /bin/sh)",
	parse_init
};
UM_SWITCH(hostname) = { "hostname=", "NAME", "Machine", "the guest's host name", parse_hostname };
UM_SWITCH(umid) = { "umid=", "NAME", "Machine", "this um's name among others", parse_umid };
UM_SWITCH(strace) = { "strace=", "FILE", "Debugging",
		      "write the guest's system calls to a host file, as strace does",
		      parse_strace };
UM_SWITCH(debugtrace) = { "debugtrace", NULL, "Debugging",
			  "stop very early and wait for a debugger to attach", parse_debugtrace };
