/*
 * Real work: programs of the host, on files that bench/compare generated in work_dir.
 *
 * They start in the scratch directory and leave nothing there.  What they print goes to
 * /dev/null, what they complain about becomes the reason of a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rows.h"

/* Each is a command for the shell, in which $W is work_dir. */
static const char *const commands[] = {
	"exec gcc -O2 -c $W/big.c -o big.o",
	"exec git -c safe.directory='*' --no-optional-locks -C $W/files status --porcelain",
	/* GNU tar does not read the files if it sees that its output is /dev/null. */
	"tar -C $W -cf - files | cat",
	"i=0; while [ $i -lt 20 ]; do python3 -c pass || exit; i=$((i + 1)); done",
	"exec sqlite3 db <$W/inserts.sql",
	"exec grep -r needle $W/text",
	"i=0; while [ $i -lt 1000 ]; do /bin/true || exit; i=$((i + 1)); done",
};

static void remove_results(void)
{
	unlink("big.o");
	unlink("db");
	unlink("complaint");
}

static void become_shell(const char *command)
{
	int null = open("/dev/null", O_RDWR);
	int complaint = open("complaint", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char text[1024];

	dup2(null, 0);
	dup2(null, 1);
	dup2(complaint, 2);
	close(null);
	close(complaint);
	snprintf(text, sizeof(text), "W=%s; %s", work_dir, command);
	execl("/bin/sh", "sh", "-c", text, NULL);
	_exit(127);
}

/* The failure's reason: the first line of what the command complained about, if it did. */
static int explain(void)
{
	int fd = open("complaint", O_RDONLY | O_CLOEXEC);
	char text[160] = "";

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0) {
		text[strcspn(text, "\n")] = 0;
		errno = 0;
		fail("%s", text);
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static long long work_row(const struct row *row, long n)
{
	long long start = now_ns(), took = -1;
	pid_t pid;

	(void)n;
	pid = fork();
	if (pid == 0)
		become_shell(commands[row->arg]);
	if (pid < 0)
		return fail("fork");
	if (wait_for(pid))
		explain();
	else
		took = now_ns() - start;
	remove_results();
	return took;
}

#define WORK(number, title) { .name = title, .arg = number, .run = work_row, .once = 1 }

const struct row work_rows[] = {
	WORK(0, "gcc"),
	WORK(1, "git-status"),
	WORK(2, "tar"),
	WORK(3, "python"),
	WORK(4, "sqlite"),
	WORK(5, "grep"),
	WORK(6, "sh-loop"),
	{ 0 },
};
