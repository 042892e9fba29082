#!/usr/bin/perl
# The vDSO from outside: it makes no system calls, follows the guest's clock, and can be left out.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use File::Temp qw(tempdir);
use Test::More;
use UM;

my $root = UM::make_root();
my $dir = tempdir(CLEANUP => 1);
my $programs = UM::guest_dir();
my $trace = "$dir/trace";

sub guest {
	my ($switches, @command) = @_;

	unlink $trace;
	return UM::guest({ root => $root, time_limit => 60, options =>
		['-b', "$programs/vdso:/vdso", map { ('-k', $_) } @$switches] }, @command);
}

# How often the clocks were read by system call, as strace= has seen it.
sub clock_calls {
	my ($switches) = @_;
	my $result = guest(["strace=$trace", @$switches], '/vdso', 'calls');

	is($result->{status}, 0, 'a program asks for the time') or diag($result->{err});
	my $text = UM::read_file($trace) // '';
	ok($text =~ /\bexit_group\(0/, '... and is traced');
	return scalar(() = $text =~ /\b(?:clock_get\w+|gettimeofday|time)\(/g);
}

my $boot = guest(['loglevel=8'], '/vdso', 'there');
plan skip_all => 'this CPU has no vDSO' if $boot->{out} eq "no\n";
is($boot->{out}, "yes\n", 'a program is told of its vDSO');
like($boot->{err}, qr/Checking that the host's vDSO works without system calls\.\.\.(OK|failed: \w+)/,
	'the check is among the boot messages');

SKIP: {
	skip "the host's vDSO: $1", 4 if $boot->{err} =~ /vDSO works.*failed: (.*)/;
	is(clock_calls([]), 0, '... without a system call');
	is(guest([], '/vdso', 'host')->{out}, "ok\n", "calls of the host's vDSO are not answered");
}

my $set = guest([], '/vdso', 'set');
is($set->{out}, "ok\n", 'setting the clock is seen at once') or diag($set->{err});

# --- novdso
my $without = guest(['novdso'], 'sh', '-c', '/vdso there; cat /proc/self/maps');
like($without->{out}, qr/^no\n/, 'novdso: a program is told of none');
like($without->{out}, qr/\[stack\]/, '... its memory has a stack');
unlike($without->{out}, qr/\[v(dso|var)/, '... but no vDSO');
cmp_ok(clock_calls(['novdso']), '>=', 12_000, '... each time with a system call');
is(guest(['novdso'], '/vdso', 'set')->{out}, "ok\n", '... which follow the clock too');

# --- in a core file
my $core = guest([], 'sh', '-c', 'cd /tmp && ulimit -c unlimited && kill -SEGV $$');
my $text = UM::read_file("$root/tmp/core") // '';
cmp_ok(length $text, '>', 4096, 'a core file');
like($text, qr/linux-vdso\.so\.1/, '... has the image');

done_testing;
