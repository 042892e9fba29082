#!/usr/bin/perl
# Guests that attack the kernel, with each of its ways to stop a system call: calls with wild and
# with nearly right arguments from many threads at once, storms of signals that leave the kernel
# no pause, and what is done ten thousand times over, to see whether the kernel grows.
# ATTACK_SECONDS: how long each fuzzing goes on; ATTACK_SEED: where it begins.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $dir = UM::guest_dir();
my $root = UM::make_root();
my $seconds = $ENV{ATTACK_SECONDS} // 4;
my $seed = $ENV{ATTACK_SEED} // 1;
my @ways = (['ptrace=sysemu'], ['nosysemu'], ['ptrace=seccomp']);

for (qw(attack_fuzz attack_storm attack_grow)) {
	plan skip_all => "$dir/$_ is not built" unless -x "$dir/$_";
}

# In the root, which is volatile: a bind would let random calls change the programs themselves.
system('cp', '-R', $dir, "$root/attack") == 0 or die "cp: $?";

# Runs a guest, and sees to it that nothing of it is left on the host.
sub attack {
	my ($name, $options, @words) = @_;
	my $job = UM::start(command => [UM::program(), 'run', '-q', '-v', '-m', '128M', @$options,
		$root, @words]);
	my $input = '';
	my @seen;

	UM::wait_for(sub {
		my @tree = UM::tree($job->{pid});
		@seen = @tree if @tree > @seen;
		UM::pump($job, \$input, 0.2);
		$job->{text} =~ /survived$/m || !$job->{out};
	}, $seconds + 60);
	my $result = UM::finish($job, time_limit => $seconds + 80);

	if ($result->{status} == 125 && $result->{err} =~ /no way to run guest code/) {
		SKIP: { skip 'the host cannot', 1 }
		return undef;
	}
	like($result->{out}, qr/survived$/m, "$name: the kernel survives")
		or diag(UM::status_text($result), "\n", substr $result->{err}, -3000);
	is($result->{status}, 0, "$name: um ends as it should");
	unlike($result->{err}, qr/panic|unexpected:|runtime error|AddressSanitizer/,
		"$name: nothing odd is said");
	my @left = UM::still_running(2, @seen);
	is("@left", '', "$name: no host process is left");
	return $result;
}

for my $way (@ways) {
	my @options = map { ('-k', $_) } @$way;
	my $result = attack("a storm of signals, @$way", \@options, '/attack/attack_storm', 4);
	if ($result) {
		my ($longest) = $result->{out} =~ /^longest (\d+)$/m;
		# The host has other work too; without fairness it is for ever.
		cmp_ok($longest // 1e9, '<', 3000, '... and the others get their turn');
	}
	attack("a storm of signals and calls, @$way", \@options, '/attack/attack_storm', 4,
		'calls');
	attack("any calls, seed $seed, @$way", \@options, '/attack/attack_fuzz', $seed++, $seconds);
}
attack("any calls, seed $seed, as nobody", ['-u', '65534:65534'], '/attack/attack_fuzz', $seed++,
	$seconds);

# What the kernel has: its own memory in KB, and descriptors.
sub size_of {
	my ($pid) = @_;
	my ($kb) = (UM::read_file("/proc/$pid/status") // '') =~ /^RssAnon:\s+(\d+)/m;
	opendir(my $fds, "/proc/$pid/fd") or return (0, 0);
	my $n = () = readdir $fds;

	return ($kb // 0, $n);
}

sub round {
	my ($job) = @_;
	my $input = "go\n";

	$job->{text} = '';
	UM::wait_for(sub {
		UM::pump($job, \$input, 0.1);
		$job->{text} =~ /^round$/m || !$job->{out};
	}, 60);
	return size_of($job->{pid});
}

# Three rounds to fill what is kept for reuse, then as many more.
my %times = (forks => 500, execs => 300, threads => 1000, opens => 2000, maps => 2000,
	sockets => 1000, events => 500, ptys => 200);

sub does_not_grow {
	my ($way, @options) = @_;
	my $name = join ', ', $way, @options ? $options[-1] : ();
	my $job = UM::start(command => [UM::program(), 'run', '-q', '-v', '-m', '128M', '-b',
		"$dir:/attack", @options, $root, '/attack/attack_grow', $way, $times{$way}]);
	my $input = '';
	UM::wait_for(sub {
		UM::pump($job, \$input, 0.1);
		$job->{text} =~ /^ready$/m || !$job->{out};
	}, 20);
	my ($kb, $fds);
	($kb, $fds) = round($job) for 1 .. 3;
	my ($kb2, $fds2);
	($kb2, $fds2) = round($job) for 1 .. 3;
	cmp_ok($kb2 - $kb, '<', 200, "$name: the kernel does not grow");
	cmp_ok($fds2 - $fds, '<=', 1, "$name: nor do its descriptors");
	my $result = UM::finish($job, time_limit => 300); # since its start
	is($result->{status}, 0, "$name: um ends as it should");
}

for my $way (sort keys %times) {
	does_not_grow($way);
	does_not_grow($way, '-k', 'mode=ptrace');
}

done_testing;
