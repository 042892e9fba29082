# The host's side of a run: starts QEMU, takes apart what comes over the
# console (see init.c), and ends with the program's exit status.
use strict;
use warnings;
use Config;
use POSIX ();
use Time::HiRes qw(time);

my ($tmp, $limit, $verbose, $timing, $each, $names, @qemu) = @ARGV;
my @names = split /\n/, $names;
my @signals = split / /, $Config{sig_name};

pipe my $from, my $to or die;
my $pid = fork // die "fork: $!\n";
if (!$pid) {
	setpgrp;
	open STDIN, "<", "/dev/null";
	open STDOUT, ">&", $to;
	open STDERR, ">", "$tmp/qemu.err";
	# So that QEMU ends even when this process cannot end it.
	exec "timeout", "-s", "KILL", int($limit + 30), @qemu
		or POSIX::_exit(127);
}
close $to;
my $start = time;

sub stop {
	kill KILL => -$pid, $pid;
	waitpid $pid, 0;
}

for my $name (qw(HUP INT PIPE TERM)) {
	my ($number) = grep { $signals[$_] eq $name } 0 .. $#signals;
	$SIG{$name} = sub { stop(); POSIX::_exit(128 + $number) };
}

sub put {
	my ($to, $bytes) = @_;
	while (length $bytes) {
		my $n = syswrite $to, $bytes;
		if (defined $n) { substr($bytes, 0, $n) = "" }
		elsif ($!{EAGAIN}) { select undef, undef, undef, 0.01 }
		elsif (!$!{EINTR}) { return }
	}
}

sub tell_user { put(\*STDERR, "portlab: @_\n") }

my ($console, $control, $ready, $began, $ran, $ended) = ("", "", 0, 0, 0, 0);
my @status;

sub result {
	my ($index, $status, $text, $always) = @_;
	$status[$index] = $status;
	$ran += time - $began;
	tell_user("$names[$index]: $text") if $always || $each;
}

sub control_line {
	my ($verb, $index, $rest) = split / /, $_[0], 3;
	if ($verb eq "ready") { $ready = time - $start; $console = "" }
	elsif ($verb eq "start") { $began = time }
	elsif ($verb eq "exit") { result($index, $rest, "exit $rest", 0) }
	elsif ($verb eq "signal") {
		result($index, 128 + $rest,
			"ended by signal $rest ($signals[$rest])", 1);
	}
	elsif ($verb eq "fail") { result($index, 126, "not started: $rest", 1) }
	elsif ($verb eq "end") { $ended = 1 }
}

sub take {
	my ($channel, $bytes) = @_;
	if ($channel eq "o") { put(\*STDOUT, $bytes) }
	elsif ($channel eq "e") { put(\*STDERR, $bytes) }
	elsif ($channel eq "m") { tell_user("kernel: $_") for split /\n/, $bytes }
	elsif ($channel eq "c") {
		$control .= $bytes;
		control_line($1) while $control =~ s/^([^\n]*)\n//;
	}
	else {
		$bytes =~ tr/\r//d;
		$console .= $bytes;
		$console = substr $console, -4096 if length $console > 65536;
		put(\*STDERR, $bytes) if $verbose;
	}
}

my ($pending, $channel, $eof) = ("", "k", 0);
while (!$ended && !$eof) {
	my $left = $start + $limit - time;
	last if $left <= 0;
	my $set = "";
	vec($set, fileno $from, 1) = 1;
	next if select($set, undef, undef, $left) <= 0;
	my $n = sysread $from, $pending, 65536, length $pending;
	next if !defined $n && $!{EINTR};
	$eof = !$n;
	pos($pending) = 0;
	while ($pending =~ /\G(?:([^\x10]+)|\x10([a-z])|\x10([^a-z]))/gcs) {
		if (defined $2) { $channel = $2 }
		else { take($channel, $1 // $3) }
	}
	substr($pending, 0, pos $pending) = "";
}
stop();

if ($ended && @status) {
	tell_user(sprintf "%.2f s to boot, %.2f s to run", $ready, $ran)
		if $timing;
	exit(grep({ $_ } @status) ? 1 : 0) if $each;
	exit $status[0];
}
my @tail = split /\n/, $console;
splice @tail, 0, -20 if @tail > 20;
put(\*STDERR, "$_\n") for @tail;
if (!$eof && !$ended) {
	tell_user("timeout after $limit s, " . (!$ready ?
		"before the guest had booted" :
		"with $names[@status] running"));
	exit 124;
}
if (open my $errors, "<", "$tmp/qemu.err") {
	put(\*STDERR, $_) while <$errors>;
}
tell_user($ready ? "the guest died before the program's end" :
	"the guest did not boot (-v shows more)");
exit 125;
