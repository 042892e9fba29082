#!/usr/bin/perl
# What um itself may cost: memory, and the time until init runs.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Time::HiRes qw(time);
use UM;

my $RESIDENT_KB = 20 * 1024;	# of K itself, with a busybox guest
my $BOOT_SECONDS = 0.1;		# to init's first instruction; a busy machine gets three tries

my $root = UM::make_root();
my $um = UM::program();
my $job = UM::start(command => [$um, 'run', '-q', $root, 'sh', '-c',
	'ls -lR /etc /bin >/dev/null; echo ready; read x']);
my $none = '';
UM::wait_for(sub { UM::pump($job, \$none, 0.1); $job->{text} =~ /ready/ }, 20);

# Without the guest's own memory: physmem is shared, K's is not.
my $status = UM::read_file("/proc/$job->{pid}/status") // '';
my ($anon) = $status =~ /^RssAnon:\s+(\d+)/m;
my ($file) = $status =~ /^RssFile:\s+(\d+)/m;
ok(defined $anon && defined $file, 'K\'s memory can be read');
cmp_ok(($anon // 0) + ($file // 0), '<', $RESIDENT_KB, 'K itself stays below 20 MB')
	or diag("anonymous $anon kB, files $file kB");
UM::finish($job, stdin => "\n", time_limit => 20);

my $best;
for (1 .. 10) {
	my $since = time;
	my $result = UM::run(command => [$um, 'run', '-q', $root, '/bin/true'], stdin => '',
		time_limit => 20);
	my $took = time - $since;
	$best = $took if !defined $best || $took < $best;
}
cmp_ok($best, '<', 2 * $BOOT_SECONDS, 'boot, /bin/true and the end together');
diag(sprintf 'best of 10: %.0f ms', $best * 1000);

done_testing;
