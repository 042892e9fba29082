/*
 * Many of something at once, for scale.t:
 *
 *	scale processes N	N children that sleep
 *	scale threads N		N threads that sleep, or as many as can be made: "threads made: M"
 *	scale runnable N	N processes that compute
 *	scale pipeline N	a pipeline of N processes with a megabyte through it
 *
 * The first two say "up" when all are there, wait for a line, and end them.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for_word(void)
{
	char line[16];

	puts("up");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		errx(1, "no word came");
}

static void reap_all(int count)
{
	for (int i = 0; i < count; i++) {
		int status;
		pid_t pid = wait(&status);

		if (pid < 0)
			err(1, "wait, %d of %d", i, count);
		if (status)
			errx(1, "process %d ended with %#x", pid, (unsigned)status);
	}
	if (wait(NULL) >= 0)
		errx(1, "there are more children than there were");
}

static void make_pipe(int fd[2])
{
	if (pipe(fd))
		err(1, "pipe");
}

/* Each child says that it is there, and sleeps until the last writer of `go` has gone. */
static void processes(int count)
{
	int there[2], go[2];
	char c;

	make_pipe(there);
	make_pipe(go);
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork, %d of %d", i, count);
		if (!pid) {
			close(go[1]);
			if (write(there[1], "", 1) != 1)
				_exit(1);
			_exit(read(go[0], &c, 1) == 0 ? 0 : 2);
		}
	}
	for (int i = 0; i < count; i++)
		if (read(there[0], &c, 1) != 1)
			err(1, "read, %d of %d", i, count);
	wait_for_word();
	close(go[1]);
	reap_all(count);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t come = PTHREAD_COND_INITIALIZER, leave = PTHREAD_COND_INITIALIZER;
static int nr_there;
static int may_go;

static void *sleeper(void *arg)
{
	pthread_mutex_lock(&lock);
	nr_there++;
	pthread_cond_signal(&come);
	while (!may_go)
		pthread_cond_wait(&leave, &lock);
	pthread_mutex_unlock(&lock);
	return arg;
}

static void threads(int count)
{
	pthread_t *id = calloc((size_t)count, sizeof(*id));
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (int i = 0; i < count; i++) {
		int error = pthread_create(&id[i], &attr, sleeper, (void *)(intptr_t)i);

		if (error == EAGAIN)
			count = i;
		else if (error)
			errx(1, "pthread_create, %d of %d: %s", i, count, strerror(error));
	}
	printf("threads made: %d\n", count);
	pthread_mutex_lock(&lock);
	while (nr_there < count)
		pthread_cond_wait(&come, &lock);
	pthread_mutex_unlock(&lock);
	wait_for_word();
	pthread_mutex_lock(&lock);
	may_go = 1;
	pthread_cond_broadcast(&leave);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < count; i++) {
		void *value;

		if (pthread_join(id[i], &value) || value != (void *)(intptr_t)i)
			errx(1, "thread %d", i);
	}
	free(id);
}

static uint32_t compute(void)
{
	uint32_t x = 1;

	for (int i = 0; i < 20 * 1000 * 1000; i++)
		x = x * 1664525 + 1013904223;
	return x;
}

static void runnable(int count)
{
	uint32_t want = compute();
	int go[2];
	char c;

	make_pipe(go);
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork, %d of %d", i, count);
		if (!pid) {
			close(go[1]);
			if (read(go[0], &c, 1))
				_exit(2);
			_exit(compute() != want);
		}
	}
	close(go[1]);	/* all at once */
	reap_all(count);
}

static void copy(int from, int to)
{
	char buf[8192];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0, done; at < n; at += done) {
			done = write(to, buf + at, (size_t)(n - at));
			if (done <= 0)
				_exit(1);
		}
	_exit(n < 0);
}

static void source(int to)
{
	uint32_t block[1024], x = 0;

	for (int i = 0; i < 256; i++) {
		for (int j = 0; j < 1024; j++)
			block[j] = x++;
		for (size_t at = 0; at < sizeof(block);) {
			ssize_t done = write(to, (char *)block + at, sizeof(block) - at);

			if (done <= 0)
				_exit(1);
			at += (size_t)done;
		}
	}
	_exit(0);
}

static void pipeline(int count)
{
	uint32_t word, want = 0;
	int last = -1;
	FILE *end;

	for (int i = 0; i < count; i++) {
		int fd[2];
		pid_t pid;

		make_pipe(fd);
		pid = fork();
		if (pid < 0)
			err(1, "fork, %d of %d", i, count);
		if (!pid) {
			close(fd[0]);
			if (i)
				copy(last, fd[1]);
			source(fd[1]);
		}
		close(fd[1]);
		if (i)
			close(last);
		last = fd[0];
	}
	end = fdopen(last, "r");
	while (fread(&word, sizeof(word), 1, end) == 1)
		if (word != want++)
			errx(1, "word %u is %u", want - 1, word);
	if (want != 256 * 1024)
		errx(1, "%u words came through", want);
	fclose(end);
	reap_all(count);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(int count);
	} ways[] = {
		{ "processes", processes },
		{ "threads", threads },
		{ "runnable", runnable },
		{ "pipeline", pipeline },
	};

	for (size_t i = 0; argc == 3 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(argv[1], ways[i].name))
			continue;
		ways[i].run(atoi(argv[2]));
		printf("%s done\n", argv[1]);
		return 0;
	}
	errx(2, "usage: scale processes|threads|runnable|pipeline N");
}
