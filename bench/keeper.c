/*
 * Runs one contender, and leaves no process behind when that ends or is to end.
 *
 *	keeper COMMAND [ARG]...
 *
 * COMMAND gets a session of its own.  When it ends, when this program gets SIGTERM, SIGINT or
 * SIGHUP, or when this program's parent dies, all processes that descend from COMMAND are killed,
 * also those that have left its session: this program is made their parent when theirs ends.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t parent_of(const char *pid)
{
	char path[64], text[512], *end;
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = 0;
	/* "PID (NAME) STATE PARENT ...", where NAME may have any bytes. */
	end = strrchr(text, ')');
	return end && strlen(end) > 4 ? (pid_t)atol(end + 4) : -1;
}

/* How many it has killed. */
static int kill_children(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	if (!proc)
		return 0;
	while ((entry = readdir(proc)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    parent_of(entry->d_name) == getpid()) {
			kill((pid_t)atol(entry->d_name), SIGKILL);
			count++;
		}
	closedir(proc);
	return count;
}

/* The children of those that are killed become children of this program. */
static void kill_all(void)
{
	int count;

	while ((count = kill_children()) > 0)
		while (count-- > 0)
			waitpid(-1, NULL, 0);
}

static void become(char **command, const sigset_t *mask)
{
	setsid();
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

/* Reaps what has ended; whether `pid` is among it, with its status. */
static int ended(pid_t pid, int *status)
{
	int found = 0, st;
	pid_t got;

	while ((got = waitpid(-1, &st, WNOHANG)) > 0)
		if (got == pid) {
			found = 1;
			*status = WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
		}
	return found;
}

int main(int argc, char **argv)
{
	int sig, status = 0;
	pid_t parent = getppid(), pid;
	sigset_t set, before;

	if (argc < 2) {
		fprintf(stderr, "usage: keeper COMMAND [ARG]...\n");
		return 2;
	}
	sigemptyset(&set);
	for (const int *s = (const int[]){ SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0 }; *s; s++)
		sigaddset(&set, *s);
	sigprocmask(SIG_BLOCK, &set, &before);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) || prctl(PR_SET_PDEATHSIG, SIGTERM)) {
		perror("keeper: prctl");
		return 125;
	}
	if (getppid() != parent)
		return 125;	/* it died before it could be asked for */
	pid = fork();
	if (pid == 0)
		become(argv + 1, &before);
	if (pid < 0) {
		perror("keeper: fork");
		return 125;
	}
	/* The pipes are COMMAND's alone, so that their other ends see when it is gone. */
	close(0);
	close(1);
	do
		sigwait(&set, &sig);
	while (sig == SIGCHLD && !ended(pid, &status));
	kill_all();
	return sig == SIGCHLD ? status : 128 + sig;
}
