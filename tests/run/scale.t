#!/usr/bin/perl
# Many at once: sleeping processes, threads of one process, runnable processes, a long pipeline
# (scale.c).  All work and end; what K needs for them is bounded, and comes back.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $MANY = 2000;
my $EACH_KB = 300;	# K's own memory for an idle process or thread
my $HOST_THREADS = 3 * $MANY;
# Of one process: where addresses are short, the reflect gate's channels have not room for more.
my $THREADS = UM::cpu() =~ /64/ ? $MANY : 500;

my $dir = UM::guest_dir();
plan skip_all => "$dir/scale is not built" unless -x "$dir/scale";
my ($allowed) = UM::read_file('/proc/self/limits') =~ /^Max processes\s+(\d+)/m;
plan skip_all => "this user may have $allowed host processes only"
	if $> && defined $allowed && $allowed < $HOST_THREADS;

my $root = UM::make_root();
my $job = UM::start(command => [UM::program(), 'run', '-q', '-m', '1G', '-b', "$dir:/prog", $root,
	'sh', '-c', <<"END"]);
count() { sleep 0.5; cat /proc/um/counters; echo "== \$1"; }
/prog/scale runnable 2; /prog/scale pipeline 2
count start
/prog/scale processes $MANY
count processes
/prog/scale threads $MANY
count threads
/prog/scale runnable 64
/prog/scale pipeline 200
count end
END

# Pumps until the guest has said `word`; then what it has said.
sub hears {
	my ($word, $input) = @_;

	$input //= '';
	UM::wait_for(sub {
		UM::pump($job, \$input, 0.1);
		$job->{text} =~ /^$word$/m || !$job->{out}
	}, 150);
	return $job->{text};
}

# K's own memory, kB: physmem is shared and does not count.
sub memory {
	my $status = UM::read_file("/proc/$job->{pid}/status") // '';

	return $status =~ /^RssAnon:\s+(\d+)/m ? $1 : undef;
}

# Waits until all are there; then lets them go and waits for their end.
sub many {
	my ($what, $before) = @_;

	$job->{text} = '';
	my $said = hears('up');
	like($said, qr/^up$/m, "$what: they are there") or diag($said, $job->{errors});
	my $made = $said =~ /^threads made: (\d+)$/m ? $1 : $MANY;
	cmp_ok($made, '>=', $what eq 'threads' ? $THREADS : $MANY, "... so many: $made");
	my @tree = UM::tree($job->{pid});
	my $memory = memory();
	SKIP: {
		skip 'no memory is known', 1 unless defined $before && defined $memory;
		cmp_ok(($memory - $before) / $made, '<', $EACH_KB,
			"... at less than $EACH_KB kB each");
		diag(sprintf '%.1f kB of K\'s memory for each of %d %s, %d host processes',
			($memory - $before) / $made, $made, $what, scalar @tree);
	}
	$said = hears("== $what", "go\n");
	like($said, qr/^$what done$/m, '... and end as they should') or diag($said, $job->{errors});
	return $said;
}

my $start = UM::counters(hears('== start'));
my $memory = memory();
for my $what ('processes', 'threads') {
	my $said = many($what, $memory);

	is(UM::counters_changed($start, UM::counters($said)), '', '... and leave nothing in K');
}
my $said = hears('== end');
like($said, qr/^runnable done$/m, '64 runnable processes') or diag($said, $job->{errors});
like($said, qr/^pipeline done$/m, 'a pipeline of 200') or diag($said, $job->{errors});
is(UM::counters_changed($start, UM::counters($said =~ s/.*== threads//sr)), '',
	'... and nothing is left in K');

my @tree = UM::tree($job->{pid});
cmp_ok(scalar @tree, '<', 20, 'the host has its processes back');
is(UM::finish($job, time_limit => 600)->{status}, 0, 'um ends as it should');
is_deeply([UM::still_running(5, @tree)], [], 'no host process is left');

done_testing;
