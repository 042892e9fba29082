#!/usr/bin/perl
# Threads that do everything at random, in several processes, while each looks after its memory
# (stress.c).  K survives it, and has all back afterwards.
#
# STRESS_SECONDS=60 and STRESS_SEED=N: for longer, and for a run once more.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $dir = UM::guest_dir();
plan skip_all => "$dir/stress is not built" unless -x "$dir/stress";
my $seconds = $ENV{STRESS_SECONDS} // 10;
my $seed = $ENV{STRESS_SEED} // int rand 1 << 31;
my $limit = 3 * $seconds + 60;

diag("seed $seed, $seconds s");
my $root = UM::make_root();
my $job = UM::start(command => [UM::program(), 'run', '-q', '-m', '256M', '-b', "$dir:/prog", $root,
	'sh', '-c', <<"END"]);
count() { sleep 0.5; cat /proc/um/counters; echo "== \$1"; }
/prog/stress 1 1 || echo failed
count warm
/prog/stress $seconds $seed || echo failed
count end
echo alive
END
my @tree;
my $none = '';
UM::wait_for(sub {
	my @now = UM::tree($job->{pid});
	@tree = @now if @now > @tree;
	UM::pump($job, \$none, 0.2);
	$job->{text} =~ /^alive$/m || !$job->{out};
}, $limit);
my $result = UM::finish($job, time_limit => $limit + 20);

is(scalar(() = $result->{out} =~ /^stress: \d+ deeds$/mg), 2, 'nothing was wrong in the guest')
	or diag("seed $seed\n", UM::status_text($result), "\n", $result->{out}, $result->{err});
my ($deeds) = $result->{out} =~ /.*^stress: (\d+) deeds/ms;
diag(sprintf '%d deeds', $deeds // 0);
cmp_ok($deeds // 0, '>', 10 * $seconds, 'there was stress');
like($result->{out}, qr/^alive$/m, 'the guest lives');
is($result->{status}, 0, 'um ends as it should');

my ($before, $after) = $result->{out} =~ /^((?:\w+ \d+\n)+)== warm\n.*?^((?:\w+ \d+\n)+)== end\n/ms;
is(UM::counters_changed(UM::counters($before // ''), UM::counters($after // '')), '',
	'K\'s counters are where they were');
ok($before && $after, '... and there were some');
is_deeply([UM::still_running(5, @tree)], [], 'no host process is left');

done_testing;
