#!/usr/bin/perl
# tools/um-gdb.py on a running um: the commands say what is there, and um goes on afterwards.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $gdb = UM::which('gdb');
plan skip_all => 'gdb is not installed' unless $gdb;

my $root = UM::make_root();
my $job = UM::start(command => [UM::program(), 'run', '-q', $root, 'sh', '-c',
	'sleep 100 & ls /no/such/dir 2>/dev/null; echo ready; exec cat']);
my $none = '';
UM::wait_for(sub { UM::pump($job, \$none, 0.05); $job->{text} =~ /ready/ }, 20);
like($job->{text}, qr/ready/, 'a guest runs');
my @tree = UM::tree($job->{pid});

my @commands = ('um-tasks', 'um-bt 1', 'um-bt 2', 'um-regs 2', 'um-records 40', 'um-maps 2',
	'um-log', 'um-log 1', 'um-channels', 'um-bt 4711', 'um-maps 1', 'bt 1');
my $result = UM::run(command => [$gdb, '-nx', '-q', '-batch', '-p', $job->{pid},
	'-x', "$UM::top/tools/um-gdb.py",
	map { ('-ex', "echo \\n=== $_\\n", '-ex', $_) } @commands], stdin => '', time_limit => 60);

SKIP: {
	skip "gdb may not attach here: $1", 1
		if $result->{err} =~ /^(.*Operation not permitted.*)$/m;
	is($result->{status}, 0, 'gdb ends well') or diag($result->{err});

	# What each command has printed.
	my %said;
	my @part = split /^=== (.*)\n/m, $result->{out};
	shift @part;
	while (my ($command, $text) = splice @part, 0, 2) {
		$said{$command} = $text;
	}
	like($said{'um-tasks'}, qr/^ *1 +1 uninterruptible +- init +run_job$/m,
		'um-tasks: the first task');
	like($said{'um-tasks'}, qr/^ *2 +2 interruptible +\d+ cat +\w+ in \w+$/m,
		'... and one that sleeps in a call');
	like($said{'um-tasks'}, qr/^ *\d+ +\d+ interruptible +\d+ sleep +\w+ in clock_nanosleep$/m,
		'... and another');
	like($said{'um-bt 1'}, qr/^#0 +0x\w+ (?:fiber_switch |schedule ).*\brun_job .*\btask_main .*\bfiber_entry /ms,
		'um-bt: from the sleep to the beginning');
	like($said{'um-bt 2'}, qr/\bsyscall_dispatch \(task=0x/, '... through a system call');
	like($said{'um-regs 2'}, qr/^system call \d+ \(\w+\)$/m, 'um-regs: the call');
	like($said{'um-regs 2'}, qr/\bip +0x[0-9a-f]{16}\b/, '... and registers');
	like($said{'um-records 40'}, qr/ write .* 6$/m, 'um-records: a call and its result');
	like($said{'um-records 40'}, qr/^ +TIME +PID +HOST SIGNAL .*\n *[\d.]+ +\d+ +\d+ 11 /m,
		'... and faults');
	like($said{'um-maps 2'}, qr{^[0-9a-f]{12}-[0-9a-f]{12} r-xp [0-9a-f]{8} /bin/busybox$}m,
		'um-maps: the program');
	like($said{'um-maps 2'}, qr/ rw-p \[stack\]$/m, '... and its stack');
	like($said{'um-log'}, qr/^<6>\[ *0\.\d{6}\] Kernel command line: run .*-q /m, 'um-log');
	is(scalar(() = $said{'um-log 1'} =~ /^</mg), 1, '... the last record alone');
	if (UM::gate_of($said{'um-log'}) eq 'reflect') {
		like($said{'um-channels'}, qr/^ *\d+ used +\d+ +\d+ +\d+$/m,
			'um-channels: a space');
		like($said{'um-channels'}, qr/^ +\d+ +2 cat +(trapped|calling) +(TRAP|CALL)_\w+ /m,
			'... and the thread of a task that sleeps');
	} else {
		is($said{'um-channels'}, "the reflect gate is not in use\n\n",
			'um-channels: not with ptrace');
	}
	like($result->{err}, qr/^no task has pid 4711; um-tasks lists them$/m,
		'a pid that is not there');
	like($result->{err}, qr/^the task has no memory/m, 'a task without memory');
	like($said{'bt 1'}, qr/^#0 /m, 'gdb\'s own stack is as before');
}

my $end = UM::finish($job, stdin => "after\n", time_limit => 20);
like($end->{out}, qr/^after$/m, 'the guest goes on when gdb is gone');
is($end->{status}, 0, '... and ends as it should');
is_deeply([UM::still_running(10, @tree)], [], 'nothing is left');

done_testing;
