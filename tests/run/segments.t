#!/usr/bin/perl
# i386: jumps to the host's 64-bit code, odd selectors and descriptors (segments.c), in each gate.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $dir = UM::guest_dir();
plan skip_all => "$dir/segments is not built" unless -x "$dir/segments";
my $native = UM::run(command => ["$dir/segments"], time_limit => 60);
plan skip_all => $1 if $native->{out} =~ /^skip: (.*)/;

my $root = UM::make_root();
system('cp', "$dir/segments", "$root/segments") == 0 or die "cp: $?";

for my $way (qw(mode=reflect ptrace=sysemu ptrace=seccomp nosysemu)) {
	my $result = UM::guest({ root => $root, options => ['-v', '-k', $way], time_limit => 120 },
		'/segments');

	unlike($result->{out}, qr/ANSWER/, "$way: 64-bit code gets no answer of the host's");
	like($result->{out}, qr/^survived$/m, "$way: the program comes to its end");
	is($result->{status}, 0, "$way: and so does um") or diag(substr $result->{err}, -2000);
	unlike($result->{err}, qr/refused by the host/,
		"$way: the host takes all registers that guests have");
}

done_testing();
