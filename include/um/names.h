/* Names of numbers, for people: signals and errors.  lib/names.c */
#ifndef UM_NAMES_H
#define UM_NAMES_H

const char *signal_name(int sig);	/* "SIGINT", "SIGRT_3"; a number for others */
const char *errno_name(int err);	/* "ENOENT" */
const char *errno_text(int err);	/* "No such file or directory" */

#endif
