/*
 * Terminals' settings: what a new pair has, how they are changed and locked,
 * output processing, raw reads with VMIN and VTIME, flow control, window size.
 */
#include "tty.h"

static void defaults(void)
{
	open_pair();
	struct termios t = get();

	EQ(t.c_iflag & (ICRNL | IXON | ISTRIP), ICRNL | IXON);
	EQ(t.c_oflag & (OPOST | ONLCR), OPOST | ONLCR);
	EQ(t.c_lflag & (ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN | TOSTOP),
	   ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN);
	EQ(t.c_cflag & (CSIZE | CREAD | PARENB), CS8 | CREAD);
	EQ(t.c_cc[VINTR], 3);
	EQ(t.c_cc[VQUIT], 28);
	EQ(t.c_cc[VERASE], 127);
	EQ(t.c_cc[VKILL], 21);
	EQ(t.c_cc[VEOF], 4);
	EQ(t.c_cc[VSUSP], 26);
	EQ(t.c_cc[VSTART], 17);
	EQ(t.c_cc[VSTOP], 19);
	EQ(cfgetospeed(&t), B38400);
}

static void set_when(void)
{
	struct termios t;
	int n;

	open_silent_pair();
	t = get();
	type("kept\n");
	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	OK(tcsetattr(slave, TCSADRAIN, &t));
	OK(ioctl(slave, FIONREAD, &n));
	EQ(n, 5);
	OK(tcsetattr(slave, TCSAFLUSH, &t));
	OK(ioctl(slave, FIONREAD, &n));
	EQ(n, 0);
	t.c_lflag |= NOFLSH;
	t.c_cc[VINTR] = 'i';
	OK(tcsetattr(slave, TCSANOW, &t));
	EQ(get().c_cc[VINTR], 'i');
	CHECK(get().c_lflag & NOFLSH);
	/* Both ends show the same settings. */
	OK(tcgetattr(master, &t));
	EQ(t.c_cc[VINTR], 'i');
}

/* As root: locked flags and characters keep their values, others change. */
static void locked_settings(void)
{
	struct termios lock, t;
	int carrier;

	open_pair();
	memset(&lock, 0xff, sizeof(lock));
	OK(ioctl(slave, TIOCGLCKTRMIOS, &lock));
	EQ(lock.c_iflag | lock.c_oflag | lock.c_cflag | lock.c_lflag, 0);
	OK(ioctl(slave, TIOCGSOFTCAR, &carrier));
	EQ(carrier, !!(get().c_cflag & CLOCAL));
	carrier = 1;
	OK(ioctl(slave, TIOCSSOFTCAR, &carrier));
	CHECK(get().c_cflag & CLOCAL);
	lock.c_lflag = ECHO;
	lock.c_cc[VINTR] = 1;
	if (geteuid()) {
		FAILS(EPERM, ioctl(slave, TIOCSLCKTRMIOS, &lock));
		return;
	}
	OK(ioctl(slave, TIOCSLCKTRMIOS, &lock));
	t = get();
	t.c_lflag &= ~(ECHO | ICANON);
	t.c_cc[VINTR] = 5;
	t.c_cc[VQUIT] = 6;
	set(t);
	t = get();
	EQ(t.c_lflag & (ECHO | ICANON), ECHO);
	EQ(t.c_cc[VINTR], 3);
	EQ(t.c_cc[VQUIT], 6);
	FAILS(EFAULT, ioctl(slave, TIOCSLCKTRMIOS, NULL));
	FAILS(EFAULT, ioctl(slave, TIOCGLCKTRMIOS, NULL));
}

static void output_processing(void)
{
	open_silent_pair();
	EQ(write(slave, "a\nb\tc\r", 6), 6);
	expect_from(master, "a\r\nb\tc\r");
	modes(0, 0, OPOST, 0);
	EQ(write(slave, "a\n", 2), 2);
	expect_from(master, "a\n");
	modes(0, 0, ONLCR, OPOST | OCRNL);
	EQ(write(slave, "a\n\rb", 4), 4);
	expect_from(master, "a\n\nb");
	modes(0, 0, OCRNL | ONLCR, OPOST | XTABS);
	EQ(write(slave, "\rab\tc", 5), 5);
	expect_quiet(slave);
	expect_from(master, "\rab");
	expect_from(master, "      c");
}

static void raw_bytes(void)
{
	char buf[8];

	open_raw_pair();
	EQ(write(master, "\003\004\0\177\r", 5), 5);
	while (poll_one(slave, POLLIN, PATIENCE)) {
		int n;

		OK(ioctl(slave, FIONREAD, &n));
		if (n == 5)
			break;
	}
	EQ(read(slave, buf, sizeof(buf)), 5);
	CHECK(memcmp(buf, "\003\004\0\177\r", 5) == 0);
	EQ(write(slave, "\n\0x", 3), 3);
	EQ(poll_one(master, POLLIN, PATIENCE), POLLIN);
	EQ(read(master, buf, sizeof(buf)), 3);
	CHECK(memcmp(buf, "\n\0x", 3) == 0);
}

static void minimum(void)
{
	struct termios t;
	char buf[8];
	pid_t pid;

	open_raw_pair();
	t = get();
	t.c_cc[VMIN] = 3;
	set(t);
	pid = OK(fork());
	if (pid == 0) {
		for (int i = 0; i < 3; i++) {
			abi_sleep_ms(15);
			type("x");
		}
		_exit(0);
	}
	/* The read goes on until VMIN bytes are there, or its own size. */
	EQ(read(slave, buf, sizeof(buf)), 3);
	child_ends(pid);
	type("yy");
	EQ(read(slave, buf, 2), 2);
	OK(fcntl(slave, F_SETFL, O_NONBLOCK));
	FAILS(EAGAIN, read(slave, buf, 8));
}

static void timed(void)
{
	struct termios t;
	char buf[8];
	long long start;

	open_raw_pair();
	t = get();
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	set(t);
	EQ(read(slave, buf, 8), 0);
	t.c_cc[VTIME] = 1;
	set(t);
	start = abi_now_ms();
	EQ(read(slave, buf, 8), 0);
	CHECK(abi_now_ms() - start >= 80);
	/* With both, the clock runs between bytes. */
	t.c_cc[VMIN] = 5;
	set(t);
	type("ab");
	EQ(poll_one(slave, POLLIN, MOMENT) & ~POLLIN, 0);
	EQ(read(slave, buf, 8), 2);
}

static void flushes(void)
{
	open_silent_pair();
	type("in\n");
	EQ(poll_one(slave, POLLIN, PATIENCE), POLLIN);
	OK(tcflush(slave, TCIFLUSH));
	expect_quiet(slave);
	type("again\n");
	expect_line("again\n");
	FAILS(EINVAL, tcflush(slave, 99));
	OK(tcdrain(slave));
	OK(tcsendbreak(slave, 0));
	FAILS(ENOTTY, tcflush(OK(open("/dev/null", O_RDWR)), TCIFLUSH));
	FAILS(EBADF, tcflush(-1, TCIFLUSH));
}

static void flow_control(void)
{
	open_silent_pair();
	/* The line behind ^S shows that it has been seen. */
	type("\023x\n");
	expect_line("x\n");
	OK(fcntl(slave, F_SETFL, O_NONBLOCK));
	CHECK(write(slave, "held", 4) <= 0);
	expect_quiet(master);
	type("\021");
	for (int i = 0; i < PATIENCE && write(slave, "go", 2) != 2; i++)
		abi_sleep_ms(1);
	expect_from(master, "go");
	/* With IXON off they are ordinary. */
	struct termios t = get();

	t.c_iflag &= ~IXON;
	set(t);
	OK(fcntl(slave, F_SETFL, 0));
	type("\023\021\n");
	expect_line("\023\021\n");
}

static void flow_calls(void)
{
	pid_t pid;

	open_silent_pair();
	OK(tcflow(slave, TCOOFF));
	pid = OK(fork());
	if (pid == 0)
		_exit(write(slave, "held", 4) != 4);
	expect_quiet(master);
	OK(tcflow(slave, TCOON));
	expect_from(master, "held");
	child_ends(pid);
	OK(tcflow(slave, TCIOFF));
	expect_from(master, "\023");
	OK(tcflow(slave, TCION));
	expect_from(master, "\021");
	FAILS(EINVAL, tcflow(slave, 99));
}

static void window_size(void)
{
	struct winsize w = { 1, 1, 1, 1 };

	open_pair();
	OK(ioctl(slave, TIOCGWINSZ, &w));
	EQ(w.ws_row + w.ws_col + w.ws_xpixel + w.ws_ypixel, 0);
	w = (struct winsize){ 24, 80, 3, 4 };
	OK(ioctl(master, TIOCSWINSZ, &w));
	w = (struct winsize){ 0 };
	OK(ioctl(slave, TIOCGWINSZ, &w));
	EQ(w.ws_row, 24);
	EQ(w.ws_col, 80);
	EQ(w.ws_xpixel, 3);
	EQ(w.ws_ypixel, 4);
	w.ws_row = 50;
	OK(ioctl(slave, TIOCSWINSZ, &w));
	OK(ioctl(master, TIOCGWINSZ, &w));
	EQ(w.ws_row, 50);
	FAILS(EFAULT, ioctl(slave, TIOCGWINSZ, wild()));
	FAILS(EFAULT, ioctl(slave, TIOCSWINSZ, wild()));
	FAILS(ENOTTY, ioctl(make_file("f", ""), TIOCGWINSZ, &w));
	FAILS(EBADF, ioctl(-1, TIOCGWINSZ, &w));
}

static void errors(void)
{
	struct termios t;
	int n = 0;

	open_pair();
	FAILS(ENOTTY, tcgetattr(make_file("f", ""), &t));
	FAILS(EBADF, tcgetattr(-1, &t));
	FAILS(EFAULT, ioctl(slave, TCGETS, wild()));
	FAILS(EFAULT, ioctl(slave, TCSETS, wild()));
	FAILS(EFAULT, write(slave, wild(), 1));
	FAILS(ENOTTY, ioctl(slave, 0x5afe, &n));
	FAILS(ESPIPE, lseek(slave, 0, SEEK_SET));
	FAILS(ESPIPE, pread(slave, &n, 1, 0));
	FAILS(ENODEV, mmap(NULL, 1, PROT_READ, MAP_SHARED, slave, 0));
	FAILS(EINVAL, ftruncate(slave, 0));
}

static const struct abi_row rows[] = {
	{ defaults, "the settings of a new pair" },
	{ set_when, "TCSANOW, TCSADRAIN and TCSAFLUSH" },
	{ locked_settings, "TIOCSLCKTRMIOS and TIOCSSOFTCAR" },
	{ output_processing, "OPOST, ONLCR, OCRNL and XTABS" },
	{ raw_bytes, "raw mode passes every byte" },
	{ minimum, "VMIN" },
	{ timed, "VTIME" },
	{ flushes, "tcflush, tcdrain and tcsendbreak" },
	{ flow_control, "^S holds the output, ^Q lets it go" },
	{ flow_calls, "tcflow" },
	{ window_size, "the window size is shared and kept" },
	{ errors, "errors" },
};

ABI_MAIN(rows)
