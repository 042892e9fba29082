#!/usr/bin/perl
# Bad input: one clear line that names the culprit, and status 125.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $root = UM::make_root();
my $um = UM::program();

# um with these words says one line that matches, and ends with the status.
sub complains {
	my ($name, $words, $like, $status) = @_;
	my $result = UM::run(command => [$um, @$words], stdin => '', time_limit => 20);
	my @lines = split /\n/, $result->{err};

	is($result->{status}, $status // 125, "$name: the status") or diag($result->{err});
	is(scalar @lines, 1, "$name: one line") or diag($result->{err});
	like($result->{err}, $like, "$name: names the culprit");
	is($result->{out}, '', "$name: nothing on standard output");
}

complains('unknown option', ['run', '--frobnicate', $root, 'true'], qr/^um: .*--frobnicate/);
complains('unknown letter', ['run', '-x', $root, 'true'], qr/^um: .*-x\b/);
complains('unknown option of um', ['--frobnicate'], qr/^um: .*--frobnicate/);
complains('option without its value', ['run', '-m'], qr/^um: .*-m\b.*value/);
complains('long option without its value', ['run', '--memory'], qr/^um: .*--memory.*value/);
complains('value for an option that takes none', ['run', '--volatile=yes', $root, 'true'],
	qr/^um: .*--volatile/);
complains('no ROOT', ['run'], qr/^um: .*ROOT/);
complains('no ROOT behind options', ['run', '-q', '-v'], qr/^um: .*ROOT/);
complains('no root= at all', [], qr/^um: .*root/);
complains('ROOT that is not there', ['run', '/no/such/root', 'true'],
	qr{^um: /no/such/root: No such file or directory$});
complains('root= that is not there', ['root=/no/such/root'],
	qr{^um: /no/such/root: No such file or directory$});
complains('ROOT that is a file', ['run', '/etc/passwd', 'true'],
	qr{^um: /etc/passwd: Not a directory$});
complains('ROOT without the command', ['run', '-q', $root, 'no-such'], qr/^um: no-such: /, 127);

complains("mem=$_->[0]", ['run', '-m', $_->[0], $root, 'true'], $_->[1])
	for ['1M', qr/^um: mem=1M: .*minimum/], ['0', qr/^um: mem=0: .*minimum/],
		['64', qr/^um: mem=64: .*minimum/], ['lots', qr/^um: mem=lots: /],
		['-5M', qr/^um: mem=-5M: /], ['64Mx', qr/^um: mem=64Mx: /],
		['64X', qr/^um: mem=64X: /],
		['', qr/^um: mem=: /], ['99999999999999999999999', qr/^um: mem=9+: /],
		['1000000000T', qr/^um: mem=10+T: /];
# Where addresses are short, they are the bound, not the host's memory.
if (UM::cpu() !~ /64/) {
	complains('mem= beyond all addresses', ['run', '-m', '2G', $root, 'true'],
		qr/^um: mem=2G: .*addresses reach: the maximum is 1024M$/);
	is(UM::guest({ root => $root, options => ['-m', '1024M'] }, 'true')->{status}, 0,
		'the maximum itself can be had');
}
complains('mem= of a boot', ["mem=1M", "root=$root"], qr/^um: mem=1M: .*minimum/);
complains('mode=', ['mode=warp', "root=$root"], qr/^um: mode=warp: .*auto/);
complains('init= that is no path', ['init=sh', "root=$root"], qr/^um: init=sh: /);
complains('con=', ['con=teapot', "root=$root"], qr/^um: con=teapot: /);
complains('con99=', ['con99=null', "root=$root"], qr/^um: con99=null: /);
complains('root= empty', ['root='], qr/^um: root=: /);
complains('--user', ['run', '-u', 'joe', $root, 'true'], qr/^um: .*joe/);
complains('--user with a rest', ['run', '-u', '1:2:3', $root, 'true'], qr/^um: .*1:2:3/);
complains('--user too large', ['run', '-u', '99999999999', $root, 'true'], qr/^um: .*99999999999/);
complains('--workdir', ['run', '-w', 'relative', $root, 'true'], qr/^um: .*relative/);
complains('--workdir that is not there', ['run', '-q', '-w', '/no/such', $root, 'true'],
	qr{^um: /no/such: No such file});
complains('--bind of nothing', ['run', '-q', '-b', '/no/such:/mnt', $root, 'true'],
	qr{^um: /no/such: No such file});
complains('--bind to no absolute path', ['run', '-b', '/etc:mnt', $root, 'true'],
	qr/^um: .*--bind/);
complains('--env without a name', ['run', '-e', '=x', $root, 'true'], qr/^um: .*=x/);
complains('--switch that does not exist', ['run', '-k', 'warp=9', $root, 'true'],
	qr/^um: .*warp=9/);

SKIP: {
	skip 'root may read everything', 4 unless $>;
	my $closed = UM::make_root();
	chmod 0, $closed;
	complains('ROOT that may not be read', ['run', $closed, 'true'],
		qr/^um: \Q$closed\E: Permission denied$/);
	chmod 0755, $closed;
}

# The beginning of a program for another CPU is enough to be refused.
my $own = UM::run(command => [$um, '--showconfig'], stdin => '')->{out} =~ /^SUBARCH=(\w+)$/m && $1;
for ([arm64 => 'AArch64 (arm64)', 2, 1, 'v', 183], [x86_64 => 'x86_64', 2, 1, 'v', 62],
	[ppc => 'PowerPC (ppc)', 1, 2, 'n', 20],
	[none => "a CPU with ELF's number 32639", 2, 1, 'v', 32639]) {
	my ($cpu, $name, $class, $data, $order, $machine) = @$_;
	next if $cpu eq $own;
	my $says = qr/\Qmade for $name, not for $own\E$/;

	UM::write_file("$root/bin/foreign", pack('a4CCCx9', "\177ELF", $class, $data, 1) .
		pack("${order}2", 2, $machine) . "\0" x 300, 0755);
	UM::write_file("$root/bin/script", "#!/bin/foreign\n", 0755);
	complains("run a program for $cpu", ['run', '-q', $root, '/bin/foreign'],
		qr{^um: /bin/foreign: $says}, 126);
	complains("... found in PATH", ['run', '-q', $root, 'foreign'], qr{^um: foreign: $says},
		126);
	complains("... as an interpreter", ['run', '-q', $root, 'script'],
		qr{^um: script: its interpreter /bin/foreign is $says}, 126);
	complains("... as init", ["root=$root", 'quiet', 'init=/bin/foreign'],
		qr{^um: /bin/foreign: $says});
}
mkdir "$root/foreign";
mkdir "$root/foreign/$_" for 'sbin', 'bin';
UM::write_file("$root/foreign/$_", UM::read_file("$root/bin/foreign"), 0755)
	for 'sbin/init', 'bin/init', 'bin/sh';
complains('a whole root for another CPU', ["root=$root/foreign", 'quiet'],
	qr{^um: /sbin/init: made for a CPU});

# A boot without a usable init says so, and does not hang.
mkdir "$root/empty";
my $result = UM::run(command => [$um, 'quiet', "root=$root/empty"], stdin => '', time_limit => 20);
is($result->{status}, 125, 'a root without init: the status');
like($result->{err}, qr/^um: .*init/m, '... says so');
$result = UM::run(command => [$um, 'quiet', "root=$root", 'init=/no/init'], stdin => '',
	time_limit => 20);
is($result->{status}, 125, 'init= that is not there: the status');
like($result->{err} . $result->{out}, qr{/no/init}, '... is named');

done_testing;
