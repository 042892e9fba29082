#!/usr/bin/perl
# Guests that attack the reflect gate from within: host calls from the layer's own instructions,
# forged signal frames, requests and answers (reflect_attack_*.c).
# Whatever becomes of the attacker, um and its other processes go on, nothing happens on the host,
# and nothing is left.  ATTACK_SECONDS: how long it fuzzes; ATTACK_SEED: where it begins.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

plan skip_all => 'it is about the reflect gate' if 'reflect' !~ UM::gate_asked();

# Its programs are made of the layer's instructions, and of this CPU's registers.
plan skip_all => 'it knows the layer of x86_64, the guest is of ' . UM::cpu()
	unless UM::cpu() eq 'x86_64';

my $dir = UM::guest_dir();
my $root = UM::make_root();
my $host = tempdir(CLEANUP => 1);
my $seconds = $ENV{ATTACK_SECONDS} // 10;
my $seed = $ENV{ATTACK_SEED} // time;
my @programs = map { "reflect_attack_$_" } qw(calls entry frames lies threads);

for (@programs) {
	plan skip_all => "$dir/$_ is not built" unless -x "$dir/$_";
	system('cp', "$dir/$_", "$root/$_") == 0 or die "cp: $?";
}
chmod 0777, $host;

# A host process that attackers are to harm, and what its memory holds.
my $canary = UM::start(command => ["$dir/reflect_attack_calls", 'canary']);
my $input = '';
UM::wait_for(sub { UM::pump($canary, \$input, 0.1); $canary->{text} =~ /\n/ }, 10);
my ($pid, $addr) = $canary->{text} =~ /^(\d+) (0x[0-9a-f]+)$/m;
plan skip_all => 'the canary does not sing' unless $pid;

# The names of um's host processes other than itself.
sub strangers {
	my ($um, @tree) = @_;
	my @found;

	for my $word (@tree) {
		my ($p) = split ' ', $word;
		my $comm = UM::read_file("/proc/$p/comm") // next;
		chomp $comm;
		push @found, "$comm($p)" if $p != $um && $comm !~ /^um/;
	}
	return @found;
}

sub attack {
	my ($name, $limit, @words) = @_;
	my $job = UM::start(command => [UM::program(), 'run', '-q', '-v', '-m', '128M',
		'-k', 'mode=reflect', $root, 'sh', '-c', '"$@"; echo alive', 'sh', @words]);
	my (@seen, %strange);
	my $none = '';

	UM::wait_for(sub {
		my @tree = UM::tree($job->{pid});
		@seen = @tree if @tree > @seen;
		$strange{$_} = 1 for strangers($job->{pid}, @tree);
		UM::pump($job, \$none, 0.2);
		$job->{text} =~ /^alive$/m || !$job->{out};
	}, $limit);
	my $result = UM::finish($job, time_limit => $limit + 20);

	SKIP: {
		skip 'the host has no reflect gate', 1
			if $result->{status} == 125 && $result->{err} =~ /mode=reflect|no way to run/;
		for (grep { /^(not )?ok / } split /\n/, $result->{out}) {
			my ($not, $what) = /^(not )?ok (.*)$/;
			ok(!$not, "$name: $what");
		}
		like($result->{out}, qr/^survived$/m, "$name: the attackers' parent lives")
			or diag(UM::status_text($result), "\n", substr($result->{out}, -500),
				substr $result->{err}, -2000);
		like($result->{out}, qr/^alive$/m, "$name: another process of the guest does, too");
		is($result->{status}, 0, "$name: um ends as it should");
		unlike($result->{err}, qr/panic|BUG|runtime error|AddressSanitizer/,
			"$name: nothing odd is said");
		is(join(' ', sort keys %strange), '', "$name: no other program runs on the host");
		my @left = UM::still_running(3, @seen);
		is("@left", '', "$name: no host process is left");
	}
	return $result;
}

attack('calls', 150, '/reflect_attack_calls', "$host/made", $pid, $addr);
attack($_, 240, "/reflect_attack_$_") for qw(entry frames lies threads);
attack("fuzz, seed $seed", $seconds + 60, '/reflect_attack_lies', 'fuzz', $seed, $seconds);

opendir(my $made, $host) or die "$host: $!";
is(join(' ', grep { !/^\.\.?$/ } readdir $made), '', 'no file has been made on the host');
my $end = UM::finish($canary, time_limit => 600); # since its start
is($end->{out} =~ s/^.*\n//r, "unharmed\n", 'a host process has its memory as it was');
is($end->{status}, 0, '... and has got no signal');

done_testing;
