/* kcall: what its kernel half (kcall.c) and its host half (kcall_host.c) tell each other. */
#ifndef KCALL_H
#define KCALL_H

/* Files that both see from their working directories; kcall_host.c makes them. */
#define KCALL_FILE "usr/share/doc/file"

/* Two ways to make the same system call on the same kind of memory. */
struct kcall_way {
	long (*call)(long nr, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
	void (*put)(unsigned long to, const void *from, unsigned long n);
	unsigned long mem;	/* address of KCALL_MEM bytes that calls may use */
	/* Makes SIGUSR2 run an empty handler, and returns from it after it has been sent. */
	void (*take_signal)(void);
	void (*signal_return)(void);
};

#define KCALL_MEM (64 * 1024)

extern struct kcall_way kcall_host;
extern const char *kcall_only;	/* measure only rows with this in their names; NULL: all */
unsigned long kcall_clock(void);	/* ns */
void kcall_print(const char *name, double kernel_ns, double host_ns);

#endif
