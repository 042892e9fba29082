#!/usr/bin/perl
# Random system calls with random arguments, of which one guest's do no harm to the kernel; what
# they are is in hostile.c.  Most of the time they sleep, so all seeds run at once.
# FUZZ_SEEDS: how many.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $dir = UM::guest_dir();
my $root = UM::make_root();
my $limit = 240;	# seconds

plan skip_all => "$dir/hostile is not built" unless -x "$dir/hostile";
# In the root, which is volatile: a bind would let random calls change the program itself.
system('cp', "$dir/hostile", "$root/hostile") == 0 or die "cp: $?";

# The calls, then a sign of life from another program.
my @guests = map { {
	seed => $_, tree => [],
	job => UM::start(command => [UM::program(), 'run', '-q', '-v', '-m', '256M', $root,
		'sh', '-c',
		"/hostile fuzz $_; echo way \$?; echo alive"]),
} } 1 .. $ENV{FUZZ_SEEDS} // 4;

UM::wait_for(sub {
	my @open;
	for my $guest (@guests) {
		my @tree = UM::tree($guest->{job}{pid});
		my $input = '';

		$guest->{tree} = \@tree if @tree > @{ $guest->{tree} };
		push @open, $guest if UM::pump($guest->{job}, \$input, 0.1);
	}
	return !@open;
}, $limit);

for my $guest (@guests) {
	my $name = "seed $guest->{seed}";
	my $result = UM::finish($guest->{job}, time_limit => $limit + 20);

	like($result->{out}, qr/survived\nway 0\nalive$/m, "$name: the kernel answers on")
		or diag(UM::status_text($result), "\n", $result->{out}, substr $result->{err},
			-3000);
	is($result->{status}, 0, "$name: um ends as it should")
		or diag(substr $result->{err}, -3000);
	my @left = UM::still_running(2, @{ $guest->{tree} });
	is("@left", '', "$name: no host process is left");
}

done_testing;
