#!/usr/bin/perl
# Does port-check find a porter's mistakes?  Each of tests/port/mutations is put into a scratch copy
# of the port; what depends on it is compiled again, without um; and port-check must fail at the
# level and name the hook that the list says.
#
#   mutations.t [WORD...]	only those whose line has all these words
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use POSIX ();
use Test::More;

my $top = abs_path(dirname(__FILE__) . '/../..');
chdir $top or die "$top: $!";
my $machine = `uname -m` =~ s/\s+\z//r =~ s/aarch64/arm64/r =~ s/i.86/i386/r;
my %runs_here = map { $_ => 1 } $machine, $machine eq 'x86_64' ? 'i386' : ();

my @mutations;
open(my $list, '<', 'tests/port/mutations') or die "mutations: $!";
while (<$list>) {
	chomp;
	next if /^#|^$/;
	my $line = $_;
	my ($cpu, $file, $change, $level, $hook) = $line =~ /^(\S+)\t(\S+)\t(s\/.*)\t(\d+)\t(\w+)$/
		or die "mutations: $line\n";
	push @mutations, { cpu => $cpu, file => $file, change => $change, level => $level,
		hook => $hook, line => $line } unless grep { index($line, $_) < 0 } @ARGV;
}

# Where a port's objects are, by the Makefile's own rule.
sub build_of { return $_[0] eq $machine ? 'build' : "build/$_[0]" }

# The port of `cpu` in a tree of its own: all but its sources are links; its objects are copies, so
# that make compiles only what a change concerns.
sub scratch_tree {
	my ($cpu) = @_;
	my $dir = tempdir('mutation.XXXXXX', TMPDIR => 1, CLEANUP => 0);
	my $from = build_of($cpu);

	for (glob '*') {
		symlink "$top/$_", "$dir/$_" unless /^(arch|include|kernel|os|build)$/;
	}
	make_path("$dir/$from");
	system('cp', '-a', qw(arch include kernel os), $dir) == 0 or die "cp: $!";
	my @parts = grep { -e "$from/$_" } qw(obj/arch obj/tests/port obj/layer obj/kernel/frame.o obj/kernel/frame.d
		obj/kernel/fiber.o obj/kernel/fiber.d obj/kernel/syscall_narrow.o obj/kernel/syscall_narrow.d
		obj/os tests/port examples);
	system("cd '$top/$from' && cp -a --parents @parts '$dir/$from'") == 0 or die "cp: $!";
	return $dir;
}

# A path from the top as it is, else where the port has a file of that name.
sub source_of {
	my ($dir, $mutation) = @_;
	my ($cpu, $file) = @$mutation{qw(cpu file)};
	return "$dir/$file" if $file =~ m{/};
	my @there = grep { -e } $file eq 'archparam.h' ? "$dir/include/asm-um/archparam-$cpu.h" :
		("$dir/arch/sys-$cpu/$file", "$dir/include/sysdep-$cpu/$file");

	return $there[0];
}

# Makes the mistake; false: the list's substitution fits nowhere.
sub mutate {
	my ($path, $change) = @_;

	open(my $in, '<', $path) or return 0;
	local $/;
	my $text = <$in>;
	close $in;
	local $_ = $text;
	eval "$change; 1" or die "$change: $@";
	return 0 if $_ eq $text;
	open(my $out, '>', $path) or die "$path: $!";
	print $out $_;
	close $out;
	return 1;
}

# The scratch tree's build and climb: what they say.
sub climb {
	my ($dir, $mutation) = @_;
	my ($cpu, $level) = @$mutation{qw(cpu level)};
	my $build = build_of($cpu);
	my $make = "cd '$dir' && timeout -s KILL 100 make --no-print-directory SUBARCH=$cpu port-levels " .
		"PORT_UP_TO=$level 2>&1";
	my $output = `$make`;

	return $output if $?;
	return scalar `cd '$dir' && timeout -s KILL 100 tests/port/port-check --subarch $cpu --native 1 \\
		--build $build --no-build --no-um --levels 1-$level 2>&1`;
}

# In a child of its own: {ok, text}, through a pipe.
sub start {
	my ($mutation) = @_;
	my $pid = open(my $pipe, '-|') // die "fork: $!";

	return { pid => $pid, pipe => $pipe, mutation => $mutation } if $pid;
	my $dir = scratch_tree($mutation->{cpu});
	my $path = source_of($dir, $mutation);
	my $text = $path && mutate($path, $mutation->{change}) ? climb($dir, $mutation) :
		"the substitution changes nothing\n";
	remove_tree($dir);
	print $text;
	close STDOUT;
	POSIX::_exit(0);
}

sub finish {
	my ($job) = @_;
	my ($level, $hook) = @{ $job->{mutation} }{qw(level hook)};
	my $text = do { local $/; readline $job->{pipe} } // '';

	close $job->{pipe};
	my @last = grep { /^# level \d+ fails:|error:|changes nothing|levels up to/ } split /\n/,
		$text;
	my ($said) = map { /^# (level \d+ fails: \w+)/ ? $1 : $_ } @last;
	is($said // 'nothing', "level $level fails: $hook",
		"$job->{mutation}{file}: $job->{mutation}{change}");
}

plan skip_all => 'no list' unless @mutations;
my $jobs = $ENV{MUTATION_JOBS} // `nproc` + 0;
my @running;
for my $mutation (@mutations) {
	SKIP: {
		skip "$mutation->{cpu} is not built or does not run here: $mutation->{hook}", 1
			unless $runs_here{ $mutation->{cpu} } &&
			-x build_of($mutation->{cpu}) . '/tests/port/level9';
		finish(shift @running) if @running >= $jobs;
		push @running, start($mutation);
	}
}
finish($_) for @running;
done_testing;
