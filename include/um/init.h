/*
 * Link-time tables: an object file adds rows by defining them in a named section; adding a
 * driver or a file system is adding a file.  The linker keeps no order: what needs one carries
 * a level.
 */
#ifndef UM_INIT_H
#define UM_INIT_H

#include "um/types.h"

/* Declares that rows of `type` are gathered in the table `name`. */
#define TABLE_DECLARE(type, name)                                                                  \
	extern type __start_##name[] __attribute__((weak, visibility("hidden")));                  \
	extern type __stop_##name[] __attribute__((weak, visibility("hidden")))
/* Puts the row that follows into the table `name`. */
#define TABLE_ROW(name) __attribute__((section(#name), used, aligned(sizeof(void *))))
#define table_for_each(row, name) for (row = __start_##name; row < __stop_##name; row++)

enum init_level {
	INIT_TABLES,	/* before the command line is read: pure tables, nothing of the host */
	INIT_CORE,	/* physmem, pids: nothing but os/ may be used */
	INIT_VFS,	/* caches and registries that file systems need */
	INIT_FS,	/* file systems register */
	INIT_DRIVER,	/* devices register */
	INIT_LATE,	/* everything is there, but no guest task yet */
};

/* A function run once at boot, all of a level before any of the next.  Returns 0 or -errno; an
 * error panics with the function's name. */
struct initcall {
	enum init_level level;
	int (*call)(void);
	const char *name;
};
TABLE_DECLARE(const struct initcall, um_initcalls);
#define INITCALL(lvl, fn)                                                                          \
	static const struct initcall initcall_##fn TABLE_ROW(um_initcalls) = { lvl, fn, #fn }

/* One switch of the command line: "NAME", or "NAME=" with a value.  `parse` gets what stands
 * after the "=" (or "" ) and returns NULL or a message of what is wrong with it. */
struct um_switch {
	const char *name;	/* "mem=", "quiet" */
	const char *value;	/* how the help shows the value: "SIZE"; NULL for none */
	const char *group;	/* the help's heading: "Machine", "Root",
				   "Consoles", "Debugging" ... */
	const char *help;	/* one line */
	const char *(*parse)(const char *value);
};
TABLE_DECLARE(const struct um_switch, um_switches);
#define UM_SWITCH(ident) static const struct um_switch switch_##ident TABLE_ROW(um_switches)

#endif
