/* The runner behind abi.h: one child, one directory, one deadline per row. */
#include "abi.h"

#include <ftw.h>
#include <sys/mman.h>

enum { ROW_OK, ROW_FAILED = 101, ROW_SKIPPED = 102, ROW_SECONDS = 60 };

/* What a row says about its end; shared with the child that runs it. */
static char *verdict;
static const size_t verdict_size = 4096;

static _Noreturn void row_end(int status)
{
	fflush(stdout);
	_exit(status);
}

_Noreturn void abi_fail(const char *file, int line, const char *what, int err)
{
	snprintf(verdict, verdict_size, "%s:%d: %s (errno %d, %s)", file, line,
		 what, err, strerror(err));
	row_end(ROW_FAILED);
}

_Noreturn void abi_fail_errno(const char *file, int line, const char *what,
			      long value, int have, int want)
{
	snprintf(verdict, verdict_size, "%s:%d: %s: %ld with errno %d (%s), not %d (%s)",
		 file, line, what, value, have, strerror(have), want, strerror(want));
	row_end(ROW_FAILED);
}

_Noreturn void abi_fail_eq(const char *file, int line, const char *what,
			   long long have, long long want)
{
	snprintf(verdict, verdict_size, "%s:%d: %s is %lld (0x%llx), not %lld (0x%llx)",
		 file, line, what, have, have, want, want);
	row_end(ROW_FAILED);
}

_Noreturn void abi_skip(const char *why)
{
	snprintf(verdict, verdict_size, "%s", why);
	row_end(ROW_SKIPPED);
}

void abi_sleep_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

long long abi_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int abi_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			abi_fail(__FILE__, __LINE__, "waitpid", errno);
	return status;
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	remove(path);
	return 0;
}

static pid_t row_start(const struct abi_row *row, const char *dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		if (chdir(dir) < 0)
			abi_fail(__FILE__, __LINE__, "chdir", errno);
		row->run();
		row_end(ROW_OK);
	}
	if (pid < 0)
		return -1;
	setpgid(pid, pid);
	return pid;
}

/* Waits for the row's child until its deadline; its status, or -1 for a hang. */
static int row_wait(pid_t pid)
{
	long long deadline = abi_now_ms() + ROW_SECONDS * 1000;
	long nap = 1;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (abi_now_ms() > deadline) {
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		abi_sleep_ms(nap);
		nap = nap < 20 ? nap + 1 : nap;
	}
	kill(-pid, SIGKILL);
	return status;
}

static bool row_run(const struct abi_row *row, size_t number)
{
	char dir[4096];
	const char *top = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/abi.XXXXXX", top ? top : "/tmp");
	if (!mkdtemp(dir)) {
		printf("not ok %zu - %s\n# %s: %s\n", number, row->name, dir, strerror(errno));
		return false;
	}
	chmod(dir, 0755);
	verdict[0] = '\0';
	pid_t pid = row_start(row, dir);
	int status = pid < 0 ? -1 : row_wait(pid);
	bool good = true;

	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == ROW_OK) {
		printf("ok %zu - %s\n", number, row->name);
	} else if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == ROW_SKIPPED) {
		printf("ok %zu - %s # SKIP %s\n", number, row->name, verdict);
	} else {
		good = false;
		printf("not ok %zu - %s\n", number, row->name);
		if (pid < 0)
			printf("# fork: %s\n", strerror(errno));
		else if (status == -1)
			printf("# no end after %d s\n", ROW_SECONDS);
		else if (verdict[0])
			printf("# %s\n", verdict);
		else
			printf("# ended with wait status 0x%x\n", status);
	}
	fflush(stdout);
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return good;
}

int abi_main(int argc, char **argv, const struct abi_row *rows, size_t count)
{
	size_t number = 0, wanted = 0;
	bool all_good = true;

	verdict =
		mmap(NULL, verdict_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (verdict == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	umask(022);
	for (size_t i = 0; i < count; i++)
		wanted += argc < 2 || strstr(rows[i].name, argv[1]);
	printf("1..%zu\n", wanted);
	fflush(stdout);
	for (size_t i = 0; i < count; i++)
		if (argc < 2 || strstr(rows[i].name, argv[1]))
			all_good &= row_run(&rows[i], ++number);
	return all_good ? 0 : 1;
}
