#!/usr/bin/perl
# No host process of um's outlives it, however it ends.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $root = UM::make_root();
my $busy = 'sleep 1000 & sleep 1000 & (sleep 1000; true) & while :; do true; done & echo ready; ';

# A guest with several processes: the job, and its host processes.
sub busy_guest {
	my ($rest, @words) = @_;
	my @command = @words ? @words :
		(UM::program(), 'run', '-q', $root, 'sh', '-c', $busy . $rest);
	my $job = UM::start(command => \@command);
	my $none = '';

	UM::wait_for(sub { UM::pump($job, \$none, 0.1); $job->{text} =~ /^ready\r?$/m }, 30);
	like($job->{text}, qr/^ready\r?$/m, 'the guest runs') or diag($job->{errors});
	select undef, undef, undef, 0.2;
	return ($job, UM::tree($job->{pid}));
}

sub nothing_left {
	my ($name, $seconds, @tree) = @_;
	my @left = UM::still_running($seconds, @tree);

	cmp_ok(scalar @tree, '>', 1, "$name: there were host processes");
	is("@left", '', "$name: none is left");
	for (@left) {	# they would disturb what follows
		kill 'KILL', (split ' ')[0];
	}
}

for my $signal (['KILL', 137], ['TERM', 143], ['HUP', 129], ['SEGV', undef], ['ABRT', undef]) {
	my ($sig, $status) = @$signal;
	my ($job, @tree) = busy_guest('exec sleep 1000');

	kill $sig, $job->{pid};
	my $result = UM::finish($job, time_limit => 20);
	nothing_left("SIG$sig", 2, @tree);
	is($result->{status}, $status, "SIG$sig: the status") if defined $status;
}

my ($job, @tree) = busy_guest('read x; exit 3');
my $result = UM::finish($job, stdin => "\n", time_limit => 20);
is($result->{status}, 3, 'exit: the status');
nothing_left('exit', 2, @tree);

# Killed while it makes processes as fast as it can.
($job, @tree) = busy_guest('while :; do /bin/true; done');
@tree = UM::tree($job->{pid});
kill 'KILL', $job->{pid};
UM::finish($job, time_limit => 20);
nothing_left('SIGKILL in the midst of forks', 2, @tree);
my $um = UM::program();
my $binary = UM::binary();
my $all = UM::processes();
my @orphans = grep { (readlink("/proc/$_/exe") // '') eq $binary && $all->{$_}[2] ne 'Z' &&
	$all->{$_}[0] == 1 } keys %$all;
is("@orphans", '', '... also none that was new');

# A boot, by reboot(2) and by a signal.
UM::write_file("$root/sbin/test-init", "#!/bin/sh\n${busy}read x\npoweroff -f\n", 0755);
my @boot = ($um, "root=$root", 'init=/sbin/test-init', 'quiet');
($job, @tree) = busy_guest('', @boot);
$result = UM::finish($job, stdin => "\n", time_limit => 20);
is($result->{status}, 0, 'poweroff: the status');
nothing_left('poweroff', 2, @tree);
($job, @tree) = busy_guest('', @boot);
kill 'TERM', $job->{pid};
UM::finish($job, time_limit => 20, keep_open => 1);
nothing_left('SIGTERM to a boot', 2, @tree);

# A job that the host stops and continues is still whole.
($job, @tree) = busy_guest('read x; exit 4');
kill 'STOP', $job->{pid};
select undef, undef, undef, 0.3;
kill 'CONT', $job->{pid};
$result = UM::finish($job, stdin => "\n", time_limit => 20);
is($result->{status}, 4, 'SIGSTOP and SIGCONT to um: the guest goes on');
nothing_left('SIGSTOP', 2, @tree);

# Kept files: none in the temporary directory or in shared memory.
my @shm = grep { /um|physmem/ } map { (split m{/})[-1] } glob('/dev/shm/*');
is("@shm", '', 'nothing is left in /dev/shm');

done_testing;
