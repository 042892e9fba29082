#!/usr/bin/perl
# Guests that mean harm: they may suffer, um answers on, ends as it should and leaves nothing.
# What they do is in hostile.c.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $dir = UM::guest_dir();
my $root = UM::make_root();

plan skip_all => "$dir/hostile is not built" unless -x "$dir/hostile";
# In the root, which is volatile: a bind would let random calls change the program itself.
system('cp', "$dir/hostile", "$root/hostile") == 0 or die "cp: $?";

# In a guest: the hostile program, then a sign of life from another.
sub suffers {
	my ($name, $ways, %args) = @_;
	my @memory = ('-m', $args{memory} // '256M');
	my $job = UM::start(command => [UM::program(), 'run', '-q', '-v', @memory,
		$root, 'sh', '-c', "/hostile $ways; echo way \$?; echo alive"]);
	my @seen;
	my $input = '';
	# What it has made on the host, while it runs.
	UM::wait_for(sub {
		my @tree = UM::tree($job->{pid});
		@seen = @tree if @tree > @seen;
		UM::pump($job, \$input, 0.5);
		$job->{text} =~ /^alive$/m || !kill(0, $job->{pid}) || !$job->{out};
	}, $args{seconds} // 60);
	my $result = UM::finish($job, time_limit => ($args{seconds} // 60) + 20);

	like($result->{out}, $args{like} // qr/survived\nway 0$/m, "$name: what becomes of it")
		or diag(UM::status_text($result), "\n", $result->{out}, substr $result->{err},
			-3000);
	like($result->{out}, qr/^alive$/m, "$name: the kernel answers on");
	is($result->{status}, 0, "$name: um ends as it should")
		or diag(substr $result->{err}, -3000);
	my @left = UM::still_running(2, @seen);
	is("@left", '', "$name: no host process is left");
	return $result;
}

suffers('fork bomb', 'forks 3', seconds => 90);
suffers('zombies', 'zombies', seconds => 120);
suffers('threads', 'threads', seconds => 120);
suffers('execs', 'execs');
suffers('vforks', 'vforks');
my $memory = suffers('memory hog', 'memory', memory => '64M', like => qr/^way 137$/m);
suffers('memory hogs', 'shared', memory => '64M', like => qr/^(survived\nway 0|way 137)$/m);
suffers('tmpfs hog', 'cwd; dd if=/dev/zero of=/dev/shm/hog bs=64k 2>&1 | tail -n 1',
	memory => '64M',
	like => qr/way 0/);
suffers('mappings', 'mappings', seconds => 120);
suffers('stack without end', 'stack', like => qr/^way 139$/m);
suffers('all memory unmapped', 'unmap', like => qr/^way 139$/m);
suffers('signals at every instruction', 'signals 2');
suffers('children killed at any moment', 'killing 2');
suffers('signal frames that are nonsense', 'frames');
suffers('closed descriptors', 'closed');
suffers('descriptors without end', 'files', seconds => 120);
suffers('sockets in flight', 'flight');
suffers('epolls in epolls', 'epolls');
suffers('directories without end', 'deep');
suffers('its working directory removed', 'cwd');

# The log names who was killed for memory.
my $oom = UM::guest({ root => $root, options => ['-v', '-m', '64M'] },
	'sh', '-c', '/hostile memory; dmesg | grep -i "out of memory"');
like($oom->{out}, qr/out of memory.*hostile/i, 'the log names who was killed for memory');

# kill -9 -1 by root spares only pid 1 and the killer; pid 1 itself takes no signal.
my $all = UM::guest({ root => $root }, 'sh', '-c',
	'kill -9 1; echo one; sleep 100 & kill -9 -1; wait; echo two');
like($all->{out}, qr/^one\ntwo$/m, 'kill -9 1 and kill -9 -1');

# A user of the host's who may have no more threads: the guest is told, and goes on with what it
# has.
SKIP: {
	skip 'needs root, to be another user of the host', 1 if $>;
	my ($setpriv, $prlimit) = map { UM::which($_) // skip "$_ is not installed", 1 }
		qw(setpriv prlimit);
	my $uid = 61000 + $$ % 4000;
	my @as_user = ($setpriv, "--reuid=$uid", "--regid=$uid", '--clear-groups', $prlimit,
		'--nproc=100');
	skip 'another user cannot run this um', 1
		if UM::run(command => [@as_user, UM::program(), '--help'], stdin => '')->{status};
	my $refused = UM::run(command => [@as_user, UM::program(), 'run', '-q', '-v', $root,
		'sh', '-c', '/hostile threads && /hostile threads; echo way $?; echo alive'], stdin => '',
		time_limit => 60);
	like($refused->{out}, qr/^threads: (\d\d)\nsurvived\nthreads: \d\d\nsurvived\nway 0\nalive$/,
		'threads that the host refuses')
		or diag(UM::status_text($refused), "\n", $refused->{err});
}

# The host removes the directory that the guest is in.
mkdir "$root/doomed";
my $job = UM::start(command => [UM::program(), 'run', '-q', '-w', '/doomed', $root, 'sh', '-c',
	'echo ready; read go; ls; echo x >file; cd ..; echo still $?']);
my $none = '';
UM::wait_for(sub { UM::pump($job, \$none, 0.1); $job->{text} =~ /ready/ }, 20);
rmdir "$root/doomed";
my $doomed = UM::finish($job, stdin => "go\n", time_limit => 30);
like($doomed->{out}, qr/still \d/, 'the host removes the guest\'s directory');

done_testing;
