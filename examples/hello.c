/* A program for a guest that needs no library there: says where it runs. */
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
	struct utsname uts;

	if (uname(&uts)) {
		perror("hello: uname");
		return 1;
	}
	printf("Hello from process %d on %s, %s %s (%s)\n", (int)getpid(), uts.nodename,
	       uts.sysname, uts.release, uts.machine);
	return 0;
}
