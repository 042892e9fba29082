#!/usr/bin/perl
# The tests of a port: unit tests, the programs of examples/, and the ABI tests, whose rows in um
# must be as the CPU's own kernel has them.  All of it runs in one boot of the port lab, or here.
#
#   port.pl CPU [AREA...]       of what is built: make SUBARCH=CPU port-programs
#   build/tests/lab/CPU.t       a link to this file: first sets the lab up and builds
#
# Environment: PORT_SUITE=short (what touches the CPU) or full.
use strict;
use warnings;

use Cwd qw(abs_path);
use FindBin;
use lib ($FindBin::RealBin, "$FindBin::RealBin/../abi", "$FindBin::RealBin/../run");
use File::Basename qw(basename);
use Lab;
use Rows;
use UM;

# Seconds, of the lab's, which emulates the CPU, on a busy machine: for one job and for all.
my %limit = (native => 150, guest => 240, boot => 60, short => 1800, full => 7200);
# For what sets up and builds: a kernel, at worst.
my %patience = (quiet_limit => 3600, time_limit => 3600);

# What touches the CPU: signals, processes, threads, memory, atomic operations, floating point,
# restarted calls, 64-bit arguments, layouts of structures, ptrace, and calls with a second entry.
my @short = qw(exec fp futex lock mmap mprotect mremap process ptrace restart rw seccomp sigaction
	sigqueue stat sysvipc threads time truncate unix utime wait);
# And the calls that only older CPUs have, where there are tests of them.
push @short, map { basename($_, '.c') } glob "$UM::top/tests/abi/old_*.c";
# Those that stopping calls without PTRACE_SYSEMU could change.
my %without_sysemu = map { $_ => 1 } qw(exec fp process ptrace restart sigaction threads);

my ($cpu, @areas) = @ARGV;
my $as_test = !defined $cpu;
($cpu) = $0 =~ m{([^/]+)\.t$} if $as_test;
die "usage: port.pl CPU [AREA]...\n" unless defined $cpu;
my $suite = ($ENV{PORT_SUITE} // '') eq 'full' ? 'full' : 'short';
my $built = $cpu eq UM::host_cpu() ? "$UM::top/build" : "$UM::top/build/$cpu";

# What tools/portlab and tools/crosslibs end with if packages cannot be had: then nothing is wrong
# with the port, but nothing is known of it either.
my $CANNOT_BE_HAD = 77;

sub prepare {
	my @tools = map { "$UM::top/tools/$_" } 'portlab', 'crosslibs';
	my @setup = ([$tools[0], 'setup', $cpu],
		map { [$tools[1], $cpu, $_] } 'libseccomp', 'busybox');

	for my $command (@setup) {
		my $result = UM::run(command => $command, stdin => '', %patience);
		my ($why) = reverse split /\n/, $result->{err};

		if ($result->{status} == $CANNOT_BE_HAD) {
			print STDERR "# NOT TESTED: the port to $cpu: $why\n";
			print "1..0 # SKIP the port to $cpu is NOT TESTED: $why\n";
			exit 0;
		}
		die "@$command: ", UM::status_text($result), "\n$result->{err}"
			if $result->{status};
	}
	my $make = UM::run(command => ['make', '-C', $UM::top, '--no-print-directory', '-j2',
		"SUBARCH=$cpu", 'port-programs'], env => { MAKEFLAGS => '', MFLAGS => '' },
		stdin => '',
		%patience);
	die "make SUBARCH=$cpu port-programs:\n$make->{out}$make->{err}\n" if $make->{status};
}

sub programs {
	return map { basename($_) } grep { -f && -x && !/\.t$/ } glob "$built/$_[0]/*";
}

# The tree of the run: busybox, um, its guest's root, and the programs by where they were built.
sub fill {
	my ($tree) = @_;

	system('cp', '-a', "$built/tests/root", "$tree/root") == 0 or die "no guest root\n";
	system('cp', "$tree/root/bin/busybox", "$built/um", "$built/examples/ptrace_test",
		$tree) == 0
		or die "no um\n";
	for my $there ($tree, "$tree/root") {
		system('cp', "$FindBin::RealBin/shell.sh", $there) == 0 or die "no shell.sh\n";
	}
	for my $sort ('unit', 'abi') {
		mkdir "$tree/$sort";
		system('cp', map({ "$built/tests/$sort/$_" } $sort eq 'abi' ? @areas :
			programs("tests/$sort")), "$tree/$sort") == 0 or die "no $sort tests\n";
	}
}

# The ways to run an area's program in um: [name, switches...].
sub gates {
	my ($area) = @_;
	my @gates = (['reflect', 'mode=reflect']);

	if ($suite eq 'full') {
		return (@gates, ['sysemu', 'ptrace=sysemu'], ['seccomp', 'ptrace=seccomp'],
			['nosysemu', 'nosysemu']);
	}
	push @gates, ['ptrace', 'mode=ptrace'];
	push @gates, ['nosysemu', 'nosysemu'] if $without_sysemu{$area};
	return @gates;
}

sub guest_command {
	my ($place, $gate, @command) = @_;
	my (undef, @switches) = @$gate;

	return join ' ', "$place/um", 'run', '-q', map({ "-k $_" } @switches), "-b $place/abi:/abi",
		"$place/root", @command;
}

# What is done in um and natively, with the same output.
sub shell_script {
	my ($at, $busybox) = @_;

	return "$busybox sh $at/shell.sh $busybox";
}

sub jobs {
	my ($place) = @_;
	my @jobs = map { { name => "unit:$_", command => "unit/$_", limit => $limit{native} } }
		programs('tests/unit');

	push @jobs, { name => 'ptrace_test', command => './ptrace_test', limit => $limit{native} };
	push @jobs, { name => 'native:shell', limit => $limit{native},
		command => shell_script($place, "$place/busybox") };
	for my $gate (gates('exec')) {
		push @jobs, { name => "$gate->[0]:shell", limit => $limit{guest},
			command => guest_command($place, $gate, shell_script('', '/bin/busybox')) };
		push @jobs, { name => "$gate->[0]:boot", limit => $limit{boot},
			command => "$place/um root=$place/root quiet con0=fd:0,fd:1 @$gate[1 .. $#$gate]" };
	}
	for my $area (@areas) {
		push @jobs, { name => "native:$area", command => "abi/$area",
			limit => $limit{native} };
		push @jobs, map { { name => "$_->[0]:$area", limit => $limit{guest},
			command => guest_command($place, $_, "/abi/$area") } } gates($area);
	}
	return @jobs;
}

sub ending {
	my ($job, $run) = @_;

	return "the whole run ended before: $run" unless $job;
	return "status $job->{status} after $job->{seconds} s\n" .
		join "\n", grep { defined } (split /\n/, $job->{err})[-12 .. -1];
}

# PTRACE_SYSEMU and stopping by seccomp are the CPU's to have or not: the only gates that a port
# may lack.
sub may_be_missing {
	my ($gate, $job) = @_;

	return $gate =~ /^(sysemu|seccomp)$/ && $job &&
		$job->{status} == 125 && $job->{out} eq '' &&
		$job->{err} =~ /no way to run guest code/;
}

# What a job that did not come to its turn has written.
my $nothing = { out => '', err => '' };

sub check_area {
	my ($ended, $run, $area) = @_;
	my $native = Rows::parse(($ended->{"native:$area"} // $nothing)->{out});

	Rows::report(0, "$cpu $area: the CPU's own kernel", ending($ended->{"native:$area"}, $run))
		unless @{ $native->{order} };
	for my $gate (map { $_->[0] } gates($area)) {
		my $job = $ended->{"$gate:$area"};
		my $guest = Rows::parse(($job // $nothing)->{out});

		if (may_be_missing($gate, $job)) {
			Rows::report(1, "$cpu $gate: $area", '', "no such gate on $cpu");
			next;
		}
		my @missing = grep { !$guest->{rows}{$_} } @{ $native->{order} };
		Rows::compare("$cpu $gate: $area: $_", $native->{rows}{$_}, $guest->{rows}{$_})
			for grep { $guest->{rows}{$_} } @{ $native->{order} };
		Rows::report(0, "$cpu $gate: $area: every row", @missing . ' of ' .
			@{ $native->{order} } .
			" are missing: $missing[0], ...\n" . ending($job, $run)) if @missing;
	}
}

sub check_shell {
	my ($ended, $run) = @_;
	my $native = $ended->{'native:shell'};

	Rows::report($native && $native->{status} == 0 && $native->{out} =~ /^end$/m,
		"$cpu native: a shell script", ending($native, $run));
	for my $gate (map { $_->[0] } gates('exec')) {
		my ($shell, $boot) = @$ended{"$gate:shell", "$gate:boot"};

		if (may_be_missing($gate, $shell)) {
			Rows::report(1, "$cpu $gate: shell and boot", '', "no such gate on $cpu");
			next;
		}
		Rows::report($native && $shell && $shell->{out} eq $native->{out},
			"$cpu $gate: a shell script says what it says natively",
			"natively:\n" . ($native // $nothing)->{out} . "in um:\n" .
			($shell // $nothing)->{out} . ending($shell, $run));
		Rows::report($boot && $boot->{status} == 0,
			"$cpu $gate: boots busybox's init and ends",
			($boot // $nothing)->{out} . ending($boot, $run));
	}
}

sub check_single {
	my ($ended, $run, $name) = @_;
	my $job = $ended->{$name};
	my $tap = Rows::parse(($job // $nothing)->{out});
	my @rows = @{ $tap->{order} };

	Rows::report($tap->{rows}{$_}[0] ne 'failed', "$cpu $name: $_", $tap->{rows}{$_}[1])
		for @rows;
	Rows::report($job && $job->{status} == 0, "$cpu $name: status 0", ending($job, $run));
}

prepare() if $as_test;
unless (@areas) {
	@areas = $suite eq 'full' ? programs('tests/abi') : @short;
}
my $tree = Lab::tree();
fill($tree);
my ($ended, $run) = Lab::run($cpu, $tree, $limit{$suite}, jobs(Lab::place($cpu, $tree)));

check_single($ended, $run, $_) for map({ "unit:$_" } programs('tests/unit')), 'ptrace_test';
check_shell($ended, $run);
check_area($ended, $run, $_) for @areas;
if ($ENV{PORT_TIMES}) {
	print STDERR "# $_: $ended->{$_}{seconds} s\n" for sort keys %$ended;
}
print '1..', Rows::count(), "\n";
exit(Rows::failures() ? 1 : 0);
