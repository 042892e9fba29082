/* `um run [option]... ROOT [COMMAND [ARG]...]`: options as users of proot and docker expect. */
#include <stdio.h>

#include "um/boot.h"
#include "um/kmalloc.h"
#include "um/os.h"

#include "switches.h"

const char run_usage[] =
	"usage: um run [option]... ROOT [COMMAND [ARG]...]\n"
	"\n"
	"Boots the host directory ROOT and runs COMMAND (default: /bin/sh) on this terminal.\n"
	"The status is the command's: 128+N if signal N ended it, 126 if it cannot be run,\n"
	"127 if it is not there, 125 if um itself failed.\n"
	"\n"
	"  -v, --volatile           writes stay in memory and vanish\n"
	"  -b, --bind HOST[:GUEST]  shows the host's file or directory HOST at GUEST\n"
	"  -w, --workdir DIR        starts in DIR (default: /)\n"
	"  -e, --env NAME=VALUE     adds to the environment; NAME alone takes um's own value\n"
	"  -u, --user UID[:GID]     runs as this user (default: 0:0)\n"
	"  -m, --memory SIZE        the guest's memory, as mem=\n"
	"  -q, --quiet              no kernel messages but errors\n"
	"  -k, --switch WORD        a switch of the kernel's, as in `um --help`; may be repeated\n"
	"      --help               this text\n"
	"\n"
	"  um run -v / bash         a shell in a throw-away copy of this system\n";

static void add_bind(char *spec)
{
	struct run_bind *bind;
	char *colon = strchr(spec, ':');

	boot.binds = krealloc(boot.binds, (size_t)(boot.nr_binds + 1) * sizeof(*boot.binds));
	bind = &boot.binds[boot.nr_binds++];
	if (colon)
		*colon = '\0';
	bind->host = spec;
	bind->guest = colon ? colon + 1 : spec;
	if (!*spec || bind->guest[0] != '/')
		um_die("--bind %s: the guest's side must be an absolute path", spec);
}

static uid_t parse_id(const char **p, const char *whole)
{
	u64 id = 0;

	if (**p < '0' || **p > '9')
		um_die("--user %s: is not UID[:GID] in numbers", whole);
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		id = id * 10 + (u64)(**p - '0');
		if (id >= UINT32_MAX)
			um_die("--user %s: is out of range", whole);
	}
	return (uid_t)id;
}

static void set_user(const char *spec)
{
	const char *p = spec;

	boot.run_uid = parse_id(&p, spec);
	boot.run_gid = boot.run_uid;
	if (*p == ':') {
		p++;
		boot.run_gid = parse_id(&p, spec);
	}
	if (*p)
		um_die("--user %s: is not UID[:GID] in numbers", spec);
}

static void add_env(char *spec)
{
	const char *value;

	if (strchr(spec, '=') == spec)
		um_die("--env %s: has no name", spec);
	if (strchr(spec, '=')) {
		boot_add_env(spec);
		return;
	}
	value = os_getenv(spec);
	if (value)
		boot_add_env(kasprintf("%s=%s", spec, value));
}

static void set_memory(char *spec)
{
	char *word = kasprintf("mem=%s", spec);

	switch_parse(word);
}

static void set_volatile(char *spec __maybe_unused)
{
	boot.run_volatile = true;
}

static void set_quiet(char *spec __maybe_unused)
{
	switch_parse("loglevel=4");
}

static void set_cwd(char *spec)
{
	if (spec[0] != '/')
		um_die("--workdir %s: is not an absolute path", spec);
	boot.run_cwd = spec;
}

static void set_user_option(char *spec)
{
	set_user(spec);
}

static void add_switch(char *spec)
{
	if (!switch_parse(spec))
		um_die("--switch %s: um knows no such switch", spec);
}

static void show_usage(char *spec __maybe_unused)
{
	os_write(1, run_usage, strlen(run_usage));
	os_exit(0);
}

static const struct run_option {
	char letter;
	const char *name;
	bool has_value;
	void (*set)(char *value);
} options[] = {
	{ 'v', "volatile", false, set_volatile }, { 'b', "bind", true, add_bind },
	{ 'w', "workdir", true, set_cwd },	  { 'e', "env", true, add_env },
	{ 'u', "user", true, set_user_option },	  { 'm', "memory", true, set_memory },
	{ 'q', "quiet", false, set_quiet },	  { 'k', "switch", true, add_switch },
	{ 'h', "help", false, show_usage },
};

static const struct run_option *find_long(const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strlen(options[i].name) == n && !strncmp(options[i].name, name, n))
			return &options[i];
	return NULL;
}

static const struct run_option *find_letter(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

/* --name, --name=value or --name value; how many words it took. */
static int parse_long(int argc, char **argv)
{
	char *name = argv[0] + 2, *equal = strchr(name, '=');
	const struct run_option *opt =
		find_long(name, equal ? (size_t)(equal - name) : strlen(name));

	if (!opt)
		um_die("unknown option %s (see um run --help)", argv[0]);
	if (!opt->has_value) {
		if (equal)
			um_die("option --%s takes no value", opt->name);
		opt->set(NULL);
		return 1;
	}
	if (equal) {
		opt->set(equal + 1);
		return 1;
	}
	if (argc < 2)
		um_die("option --%s needs a value", opt->name);
	opt->set(argv[1]);
	return 2;
}

/* -abc, -uVALUE, -u VALUE. */
static int parse_short(int argc, char **argv)
{
	for (char *p = argv[0] + 1; *p; p++) {
		const struct run_option *opt = find_letter(*p);

		if (!opt)
			um_die("unknown option -%c (see um run --help)", *p);
		if (!opt->has_value) {
			opt->set(NULL);
			continue;
		}
		if (p[1]) {
			opt->set(p + 1);
			return 1;
		}
		if (argc < 2)
			um_die("option -%c needs a value", *p);
		opt->set(argv[1]);
		return 2;
	}
	return 1;
}

void run_parse(int argc, char **argv)
{
	boot.run = true;
	boot.quiet = true;
	while (argc > 0 && argv[0][0] == '-' && argv[0][1]) {
		int used;

		if (!strcmp(argv[0], "--")) {
			argc--;
			argv++;
			break;
		}
		used = argv[0][1] == '-' ? parse_long(argc, argv) : parse_short(argc, argv);
		argc -= used;
		argv += used;
	}
	if (argc < 1)
		um_die("run: no ROOT given (see um run --help)");
	boot.root = argv[0];
	for (int i = 1; i < argc; i++)
		boot_add_arg(argv[i]);
	if (argc == 1)
		boot_add_arg("/bin/sh");
}
