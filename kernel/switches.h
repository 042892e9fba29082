/* The command line's parts: switches.c, run_options.c, used by main.c. */
#ifndef KERNEL_SWITCHES_H
#define KERNEL_SWITCHES_H

#include "um/types.h"

/* One line on stderr, "um: ...", and the end with status 125. */
void um_die(const char *fmt, ...) __noreturn __printf(1, 2);
bool switch_parse(const char *word);	/* false: not a switch; ends um on a bad value */
void switches_help(void (*line)(const char *text));
void boot_add_env(char *word);		/* NAME=VALUE, kept by reference; replaces NAME */
void boot_add_arg(char *word);
void save_command_line(int argc, char **argv);

/* argv[0] is the first word after "run". */
void run_parse(int argc, char **argv);
extern const char run_usage[];

/* --- main.c */
void run_initcalls_after_core(void);

/* --- umid.c */
void umid_take(void);			/* ends um if another has the name */
void umid_release(void);

/* --- confine.c */
void confine_kernel(void);		/* the end of boot: K gives up what it no longer needs */

/* --- init.c */
void init_main(void *arg);		/* the first task: brings up the system, becomes init */

#endif
