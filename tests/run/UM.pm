# What the tests that drive um from outside share: running a program with limits, guest roots,
# and whether host processes are left over.
package UM;

use strict;
use warnings;

use Cwd qw(abs_path);
use Fcntl;
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use POSIX qw(:sys_wait_h uname);
use Time::HiRes qw(sleep time);

our $top = abs_path(dirname(__FILE__) . '/../..');

# The um to test, as a program of its own.
sub binary {
	my $um = abs_path($ENV{UM} // "$top/build/um");

	die "no um to test: run make first\n" unless $um && -x $um;
	return $um;
}

# What is built beside it, for its CPU.
sub built {
	return dirname(binary());
}

# The small programs of tests/run/*.c.
sub guest_dir {
	return abs_path($ENV{UM_GUEST_DIR} // built() . '/tests/run');
}

# --- CPUs, by the names that SUBARCH= has for them

sub host_cpu {
	my $machine = (uname)[4];

	$machine =~ s/^aarch64$/arm64/;
	$machine =~ s/^i.86$/i386/;
	return $machine;
}

# The one that the um to test, and so its guests, is for.
my $cpu;
sub cpu {
	return $cpu //= UM::run(command => [binary(), '--showconfig'], stdin => '')->{out} =~
		/^SUBARCH=(\w+)$/m ? $1 : die "um does not say which CPU it is for\n";
}

# Why programs of this system cannot be run in a guest; undef if they can.
sub host_programs_missing {
	return cpu() eq host_cpu() ? undef :
		'the host\'s programs are ' . host_cpu() . '\'s, the guest is of ' . cpu();
}

# The um to test, as tests run it: with the switches of UM_ARGS, if there are any, before all
# others (UM_ARGS="mode=ptrace nosysemu").
my $with_args;
sub program {
	my @words = split ' ', $ENV{UM_ARGS} // '';
	my $um = binary();

	return $um unless @words;
	return $with_args if $with_args;
	my $dir = tempdir('um-program.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	chmod 0755, $dir;
	my $options = join ' ', map { "-k '$_'" } @words;
	my $switches = join ' ', map { "'$_'" } @words;
	write_file("$dir/um", <<"END", 0755);
#!/bin/sh
case \${1-} in
run) shift; exec '$um' run $options "\$@" ;;
''|-*) exec '$um' "\$@" ;;
*) exec '$um' $switches "\$@" ;;
esac
END
	return $with_args = "$dir/um";
}

# The gate that a log of um's boot tells of; undef if it tells of none.
sub gate_of {
	my ($log) = @_;

	return 'ptrace' if $log =~ /Checking that ptrace can change system call numbers\.\.\.OK/;
	return 'reflect'
		if $log =~ /Checking that seccomp can hand system calls to the process itself\.\.\.OK/;
	return undef;
}

# The gates that a um may take here: the one that UM_ARGS asks for, else what the host lets it.
sub gate_asked {
	my $asked = $ENV{UM_ARGS} // '';

	return qr/^reflect$/ if $asked =~ /\bmode=reflect\b/;
	return qr/^ptrace$/ if $asked =~ /\b(mode=ptrace|nosysemu|ptrace=)/;
	return qr/^(reflect|ptrace)$/;
}

# --- running

# The child's side of run: its descriptors, then the program.
sub become {
	my ($in, $out, $err, $args) = @_;

	POSIX::setsid() if $args->{session};
	open(STDIN, '<&', $in) && open(STDOUT, '>&', $out) && open(STDERR, '>&', $err)
		or POSIX::_exit(125);
	if ($args->{cwd}) {
		chdir $args->{cwd} or POSIX::_exit(125);
	}
	@ENV{ keys %{ $args->{env} } } = values %{ $args->{env} } if $args->{env};
	my @command = @{ $args->{command} };
	exec { $command[0] } @command or POSIX::_exit(127);
}

# Starts a command with pipes: {pid, in, out, err}.  stdin: text to feed it (default: none);
# "open" keeps it open.
sub start {
	my (%args) = @_;
	my ($in, $to_child, $from_out, $out, $from_err, $err);

	pipe($in, $to_child) && pipe($from_out, $out) && pipe($from_err, $err) or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		close $_ for $to_child, $from_out, $from_err;
		become($in, $out, $err, \%args);
	}
	close $_ for $in, $out, $err;
	binmode $_ for $to_child, $from_out, $from_err;
	for ($to_child, $from_out, $from_err) {
		fcntl($_, F_SETFL, fcntl($_, F_GETFL, 0) | O_NONBLOCK);
	}
	return { pid => $pid, in => $to_child, out => $from_out, err => $from_err, text => '',
		errors => '', since => time, last => time };
}

# One round of feeding and reading; whether any output is still open.
sub pump {
	my ($job, $input, $wait) = @_;
	my ($r, $w) = ('', '');

	for ('out', 'err') {
		vec($r, fileno($job->{$_}), 1) = 1 if $job->{$_};
	}
	vec($w, fileno($job->{in}), 1) = 1 if $job->{in} && length $$input;
	if (select($r, $w, undef, $wait) <= 0) {
		return $job->{out} || $job->{err};
	}
	if ($job->{in} && vec($w, fileno($job->{in}), 1)) {
		local $SIG{PIPE} = 'IGNORE';
		my $n = syswrite($job->{in}, $$input, 65536);
		if (defined $n) {
			substr($$input, 0, $n) = '';
		} elsif (!$!{EAGAIN}) {
			$$input = '';
		}
	}
	for (['out', 'text'], ['err', 'errors']) {
		my ($fd, $text) = @$_;
		next unless $job->{$fd} && vec($r, fileno($job->{$fd}), 1);
		my $n = sysread($job->{$fd}, my $piece, 65536);
		if ($n) {
			$job->{$text} .= $piece;
			$job->{last} = time;
		} elsif (defined $n || !$!{EAGAIN}) {
			close delete $job->{$fd};
		}
	}
	return $job->{out} || $job->{err};
}

# Waits for a job's end: {out, err, status, signal, timeout}.  status is as a shell shows it.
sub finish {
	my ($job, %args) = @_;
	my $input = $args{stdin} // '';
	my $limit = $args{time_limit} // 60;
	my ($timeout, $gone, $raw);

	for (;;) {
		close delete $job->{in} if $job->{in} && !length $input && !$args{keep_open};
		my $open = pump($job, \$input, $gone ? 0.2 : 0.1);
		if (!$gone && waitpid($job->{pid}, WNOHANG) > 0) {
			$gone = time;
			$raw = $?;
		}
		last if $gone && (!$open || time - $gone > 3);
		my $too_long = time - $job->{since} > $limit ||
			($args{quiet_limit} && time - $job->{last} > $args{quiet_limit});
		if ($too_long && !$timeout && !$gone) {
			$timeout = 1;
			kill 'KILL', $job->{pid};
		}
		sleep 0.02 if !$open && !$gone;
	}
	return { out => $job->{text}, err => $job->{errors}, signal => $raw & 127,
		status => $raw & 127 ? 128 + ($raw & 127) : $raw >> 8, timeout => $timeout,
		left_open => $job->{out} || $job->{err} ? 1 : 0, seconds => $gone - $job->{since} };
}

# Runs a command to its end.  command, stdin, cwd, env, time_limit, quiet_limit (s).
sub run {
	my (%args) = @_;

	return finish(start(%args), %args);
}

sub status_text {
	my ($result) = @_;

	return sprintf 'no end after %.0f s', $result->{seconds} if $result->{timeout};
	return "killed by signal $result->{signal}" if $result->{signal};
	return "status $result->{status}";
}

# um run with a guest root of its own: guest([options], command...).
my $shared_root;
sub guest {
	my ($options, @command) = @_;
	my %args = ref $options eq 'HASH' ? %$options : (options => $options);

	$shared_root //= make_root();
	return run(command => [program(), 'run', '-q', @{ $args{options} // [] },
		$args{root} // $shared_root, @command], stdin => '', %args);
}

# --- guest roots

my @roots;

# The root that the build has made; undef if it has not.
sub built_root {
	my @places = (built(), host_programs_missing() ? () : "$top/build");
	my ($made) = grep { -e "$_/tests/root.made" } @places;

	return $made ? "$made/tests/root" : undef;
}

# A busybox root in a temporary directory.
sub make_root {
	my $dir = tempdir('um-root.XXXXXX', TMPDIR => 1);
	my $made = built_root();

	push @roots, $dir;
	chmod 0755, $dir;
	die 'no guest root: make SUBARCH=', cpu(), " tests\n" if !$made && host_programs_missing();
	# Copying is much faster than making one.
	my @make = $made ? ('cp', '-a', "$made/.", $dir) : ("$top/tools/mkroot.sh", $dir);
	system(@make) == 0 or die "no guest root could be made\n";
	return $dir;
}

sub remove_root {
	my ($dir) = @_;

	remove_tree($dir, { safe => 0, error => \my $ignored });
	@roots = grep { $_ ne $dir } @roots;
}

my $owner = $$;
END {
	if ($$ == $owner) {
		my $status = $?;
		remove_root($_) for @{[@roots]};
		$? = $status;
	}
}

sub write_file {
	my ($path, $text, $mode) = @_;

	open(my $file, '>', $path) or die "$path: $!";
	binmode $file;
	print $file $text;
	close $file or die "$path: $!";
	chmod $mode, $path if defined $mode;
}

sub read_file {
	my ($path) = @_;

	open(my $file, '<', $path) or return undef;
	binmode $file;
	local $/;
	my $text = <$file>;
	return $text // '';
}

# A program that a test needs, on the host; undef if it is not installed.
sub which {
	my ($name) = @_;

	for (split /:/, '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin') {
		return "$_/$name" if -x "$_/$name" && !-d _;
	}
	return undef;
}

# --- host processes

# {pid => [parent, start time, state]} of all.
sub processes {
	my %all;

	opendir(my $proc, '/proc') or die "/proc: $!";
	for my $pid (grep { /^\d+$/ } readdir $proc) {
		my $stat = read_file("/proc/$pid/stat") // next;
		my @field = split ' ', $stat =~ s/^.*\) //sr;
		$all{$pid} = [$field[1], $field[19], $field[0]] if @field > 19;
	}
	return \%all;
}

# A process and all that descend from it: "pid starttime" words, by which they are known later.
sub tree {
	my ($root) = @_;
	my $all = processes();
	my (%children, @found);
	my @todo = $all->{$root} ? ($root) : ();

	push @{ $children{ $all->{$_}[0] } }, $_ for keys %$all;
	while (defined(my $pid = shift @todo)) {
		push @found, $pid;
		push @todo, @{ $children{$pid} // [] };
	}
	return map { "$_ $all->{$_}[1]" } @found;
}

# Those of `words` that still run, after waiting up to so many seconds for their end.
sub still_running {
	my ($seconds, @words) = @_;
	my $deadline = time + $seconds;
	my @left;

	for (;;) {
		my $all = processes();
		@left = grep {
			my ($pid, $start) = split ' ';
			my $p = $all->{$pid};
			$p && $p->[1] == $start && $p->[2] !~ /[ZX]/
		} @words;
		last if !@left || time > $deadline;
		sleep 0.05;
	}
	return @left;
}

# Waits until cond is true; its value.
sub wait_for {
	my ($cond, $seconds) = @_;
	my $deadline = time + ($seconds // 20);
	my $value;

	until ($value = $cond->()) {
		return $value if time > $deadline;
		sleep 0.05;
	}
	return $value;
}

# --- K's counters

# {name => value} of /proc/um/counters' text, with what is in use beside what is only kept for
# later use.
sub counters {
	my ($text) = @_;
	my %c = $text =~ /^(\w+) (\d+)$/mg;

	if (defined $c{spaces}) {
		$c{spaces_in_use} = $c{spaces} - $c{spaces_pooled};
		$c{host_processes_in_use} = $c{host_processes} - $c{spaces_pooled};
	}
	return \%c;
}

# May differ by so much, both ways: heaps and caches are never quite the same.  What is only
# kept may come and go as it likes.
my %slack = (kmalloc_bytes => 100_000, kmalloc_blocks => 300, pagetable_nodes => 16,
	pages_used => 128, pages_free => 128, pages_anon => 64, pages_cached => 128,
	pages_mapped => 128, pages_dirty => 64, pages_shmem => 0, host_fds => 4,
	kernel_threads => 4,
	timers => 2, map { $_ => 32 } qw(spaces spaces_pooled channels rings host_processes host_threads
	host_threads_spare fiber_stacks_kept));

# What in `after` is not as it was before: "name before after" lines.
sub counters_changed {
	my ($before, $after) = @_;
	my @changed;

	for (sort keys %$before) {
		my $more = ($after->{$_} // -1) - $before->{$_};
		push @changed, "$_ $before->{$_} $after->{$_}\n" if abs $more > ($slack{$_} // 0);
	}
	return join '', @changed;
}

1;
