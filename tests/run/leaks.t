#!/usr/bin/perl
# Thousands of processes, threads, pipes and mappings come and go: K keeps nothing of them, nor
# does the host.  leaks.c makes them.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $dir = UM::guest_dir();
plan skip_all => "$dir/leaks is not built" unless -x "$dir/leaks";
my $ROUNDS = 1000;	# of ten processes each

my $root = UM::make_root();
my $job = UM::start(command => [UM::program(), 'run', '-q', '-m', '256M', '-b', "$dir:/prog", $root,
	'/prog/leaks']);

# So many rounds; then K's counters, and what the host has of um.
sub rounds {
	my ($count) = @_;
	my $input = "$count\n";

	$job->{text} = '';
	UM::wait_for(sub { UM::pump($job, \$input, 0.05);
		$job->{text} =~ /^end$/m || !$job->{out} },
		300);
	return undef unless $job->{text} =~ /^end$/m;
	my @tree = UM::tree($job->{pid});
	my @fds = glob "/proc/$job->{pid}/fd/*";
	my @maps = split /\n/, UM::read_file("/proc/$job->{pid}/maps") // '';
	return { k => UM::counters($job->{text}), processes => scalar @tree, fds => scalar @fds,
		maps => scalar @maps };
}

my $before = rounds(20);
ok($before, 'a first round') or diag($job->{text}, $job->{errors});
my $after = rounds($ROUNDS);
ok($after, 10 * $ROUNDS . ' processes, and more') or diag($job->{text}, $job->{errors});

SKIP: {
	skip 'the guest did not come that far', 1 unless $before && $after;
	cmp_ok(scalar keys %{ $before->{k} }, '>', 20, 'K has counters');
	cmp_ok($before->{k}{tasks}, '>=', 2, '... which count');
	is(UM::counters_changed($before->{k}, $after->{k}), '',
		'K\'s counters are where they were');
	for (['processes', 12], ['fds', 4], ['maps', 16]) {
		my ($what, $slack) = @$_;
		cmp_ok(abs($after->{$what} - $before->{$what}), '<=', $slack, "host $what too")
			or diag("$before->{$what} before, $after->{$what} after");
	}
}
is(UM::finish($job, time_limit => 400)->{status}, 0, 'um ends as it should');

done_testing;
