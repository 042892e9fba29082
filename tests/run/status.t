#!/usr/bin/perl
# What `um run` exits with is the command's status, as a shell would show it.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $root = UM::make_root();

sub status_is {
	my ($want, $name, @command) = @_;
	my $result = UM::guest({ root => $root }, @command);

	is($result->{status}, $want, $name) or diag(UM::status_text($result), "\n", $result->{err});
	return $result;
}

status_is(0, 'true', 'true');
status_is(1, 'false', 'false');
status_is($_, "exit $_", 'sh', '-c', "exit $_") for 0, 1, 2, 42, 124, 125, 126, 127, 128, 200, 255;

# All 256, in one guest.
my $all = UM::guest({ root => $root }, 'sh', '-c',
	'i=0; while [ $i -lt 256 ]; do sh -c "exit $i"; [ $? = $i ] || echo $i: $?; i=$((i+1)); done');
is($all->{out}, '', 'every status from 0 to 255, inside');
is($all->{status}, 0, '... and the shell itself');

status_is(128 + $_->[0], "killed by SIG$_->[1]", 'sh', '-c', "kill -$_->[1] \$\$")
	for [1, 'HUP'], [2, 'INT'], [6, 'ABRT'], [9, 'KILL'], [11, 'SEGV'],
		[13, 'PIPE'], [14, 'ALRM'], [15, 'TERM'];

my $missing = status_is(127, 'no such command', 'no-such-command');
like($missing->{err}, qr/^um: no-such-command: No such file or directory$/m, '... is named');
status_is(127, 'no such path', '/bin/no-such-command');
status_is(127, 'no such directory', '/no/such/command');

UM::write_file("$root/bin/unreadable", "#!/bin/sh\n", 0644);
my $denied = status_is(126, 'a command that is not executable', '/bin/unreadable');
like($denied->{err}, qr{^um: /bin/unreadable: Permission denied$}m, '... is named');
my $found = status_is(126, '... also when found in PATH', 'unreadable');
like($found->{err}, qr{^um: unreadable: Permission denied$}m, '... is named');

UM::write_file("$root/bin/garbage", "\1\2\3\4 this is no program\n", 0755);
my $garbage = status_is(126, 'a command that is no program', '/bin/garbage');
like($garbage->{err}, qr{^um: /bin/garbage: Exec format error$}m, '... is named');
UM::write_file("$root/bin/short", "\x7fELF", 0755);
status_is(126, 'an ELF file that ends too soon', '/bin/short');
UM::write_file("$root/bin/empty", '', 0755);
status_is(126, 'an empty file', '/bin/empty');
status_is(126, 'a directory', '/bin');

UM::write_file("$root/bin/script", "#!/bin/sh -e\necho \"\$0 \$1\"\nexit 7\n", 0755);
my $script = status_is(7, 'a script', '/bin/script', 'word');
is($script->{out}, "/bin/script word\n", '... gets its words');
UM::write_file("$root/bin/orphan", "#!/bin/no-interpreter\n", 0755);
status_is(127, 'a script whose interpreter is missing', '/bin/orphan');

# Others than the job may still run when it ends.
my $left = UM::guest({ root => $root, time_limit => 20 }, 'sh', '-c', 'sleep 1000 & exit 5');
is($left->{status}, 5, 'the job ends the guest though others still run');
ok(!$left->{timeout}, '... at once');

my $default = UM::guest({ root => $root, stdin => "exit 9\n" });
is($default->{status}, 9, 'the default command is a shell that reads standard input');

done_testing;
