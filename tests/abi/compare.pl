#!/usr/bin/perl
# One area of the ABI tests: the same static program runs on the host, whose answers are the
# oracle, and in guests whose kernel stops system calls in each of its ways.  A guest's row is
# good if it is "ok", or skipped where the host skips it too.
#
#   compare.pl AREA [WORD...]	in one guest, with these switches of um's
#   build/tests/abi/AREA.t	a link to this file: in every kind of guest
#
# What the host itself fails is no oracle: those rows are skipped, with the host's message.
# Environment: UM (build/um), UM_ABI_DIR (where the programs are: build/tests/abi).
use strict;
use warnings;

use Cwd qw(abs_path);
use FindBin;
use lib ($FindBin::RealBin, "$FindBin::RealBin/../run");
use Rows;
use UM;

my $NO_OUTPUT_SECONDS = 90;	# a row has 60 s: hosts whose file system has just deleted many files are slow
my $AREA_SECONDS = 400;

# Areas that are about files run on a volatile root too.
my %about_files = map { $_ => 1 } qw(dir fdtable inotify link lock mmap old_files open perm rename
	rw splice stat truncate utime xattr);
# Areas that run once more with system call sites rewritten.
my %about_code = map { $_ => 1 } qw(exec mremap ptrace restart rewrite threads);

# Areas that an ordinary user runs as root of a user namespace on the host: root in the guest.
my %root_by_namespace = (mount => 1);

my ($area, @words) = @ARGV;
($area) = $0 =~ m{([^/]+)\.t$} unless defined $area;
die "usage: compare.pl AREA [switch]...\n" unless defined $area;
my $dir = abs_path($ENV{UM_ABI_DIR} // "$UM::top/build/tests/abi");
die "$dir/$area: not built\n" unless -x "$dir/$area";

sub run_native {
	return UM::run(command => ["$dir/$area"], stdin => '', quiet_limit => $NO_OUTPUT_SECONDS,
		time_limit => $AREA_SECONDS);
}

sub run_guest {
	my ($root, @options) = @_;

	# Not as root here: not as root there.
	push @options, '-u', "$>:" . (split ' ', $))[0] if $> && !$root_by_namespace{$area};
	return UM::run(command => [UM::program(), 'run', '-q', @options, '-b', "$dir:/abi", $root,
		"/abi/$area"], stdin => '', quiet_limit => $NO_OUTPUT_SECONDS,
		time_limit => $AREA_SECONDS);
}

sub how_it_ended {
	my ($result) = @_;
	my $tail = join "\n", grep { defined } (split /\n/, $result->{err})[-12 .. -1];

	return UM::status_text($result) . ($tail ne '' ? "\n$tail" : '');
}

# An ordinary user of the host is one in the guest, where some rows may then not do what a user
# namespace let them do on the host: those are taken from a run as the guest's root.
my $NEEDS_ROOT = qr/needs (root|CAP_\w+)|user namespace/;

sub run_as_here {
	my ($root, @options) = @_;
	my $result = run_guest($root, @options, $> ? ('-u', "$>:" . (split ' ', $))[0]) : ());
	my $tap = Rows::parse($result->{out});
	my $again;

	return ($result, $tap) unless $>;
	for my $name (@{ $tap->{order} }) {
		my $row = $tap->{rows}{$name};

		next unless $row->[0] eq 'skipped' && $row->[1] =~ $NEEDS_ROOT;
		$again //= Rows::parse(run_guest($root, @options)->{out});
		$tap->{rows}{$name} = $again->{rows}{$name} if $again->{rows}{$name};
	}
	return ($result, $tap);
}

# What the host cannot do is no failure of the guest's.
sub mode_is_missing {
	my ($result) = @_;

	return $result->{status} == 125 && $result->{out} eq '' &&
		$result->{err} =~ /no way to run guest code/;
}

my $native = Rows::parse(my $native_out = run_native()->{out});
my @order = @{ $native->{order} };
die "$area: nothing from the program on the host\n" unless @order;

my @modes = @words ? ([join(' ', @words), map { ('-k', $_) } @words]) :
	(['reflect', '-k', 'mode=reflect'], ['sysemu', '-k', 'ptrace=sysemu'],
	['seccomp', '-k', 'ptrace=seccomp'],
	 ['nosysemu', '-k', 'nosysemu'], $about_files{$area} ? (['volatile', '-v']) : (),
	 $about_code{$area} ? (['rewrite', '-k', 'mode=ptrace', '-k', 'rewrite']) : ());
print '1..', @order * @modes, "\n";
for my $mode (@modes) {
	my ($name, @options) = @$mode;
	my $root = UM::make_root();
	my ($result, $guest) = run_as_here($root, @options);

	for my $row (@order) {
		if (mode_is_missing($result)) {
			Rows::report(1, "$name: $row", '',
				"this host cannot: $result->{err}" =~ s/\n.*//sr);
		} else {
			Rows::compare("$name: $row", $native->{rows}{$row}, $guest->{rows}{$row},
				how_it_ended($result));
		}
	}
	print STDERR "# $name: $result->{err}" if $result->{err} ne '' && $result->{status} > 1;
	UM::remove_root($root);
}
