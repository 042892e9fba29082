#!/usr/bin/perl
# The programs of examples/: ptrace_test says what the porting guide shows, hello runs in a guest.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use Test::More;
use UM;

my $dir = dirname(UM::binary()) . '/examples';

-x "$dir/$_" or die "$dir/$_ is not there: run make examples first\n" for 'ptrace_test', 'hello';

my $result = UM::run(command => ["$dir/ptrace_test"], stdin => '', time_limit => 20);
is($result->{status}, 0, 'ptrace_test: status 0') or diag($result->{err});
like($result->{out}, qr/\AParent pid = (\d+)\ngetpid\(\) returned \1\ngetpid\(\) returned \1\n\z/,
	'... three times the same pid');
is($result->{err}, '', '... and no complaint');

# A root with nothing but the programs.
my $root = tempdir('um-hello.XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $root;
for ('hello', 'ptrace_test') {
	copy("$dir/$_", "$root/$_") or die "$root/$_: $!";
	chmod 0755, "$root/$_";
}
$result = UM::guest({ root => $root }, '/hello');
is($result->{status}, 0, 'hello: status 0 in a guest') or diag($result->{err});
like($result->{out}, qr/\AHello from process \d+ on \S+, Linux \S+ \(\w+\)\n\z/,
	'... and its line');

# A guest is a host too: either it can, or it is told in words what failed.
$result = UM::guest({ root => $root, time_limit => 30 }, '/ptrace_test');
if ($result->{status} == 0) {
	like($result->{out}, qr/\AParent pid = (\d+)\ngetpid\(\) returned \1\ngetpid\(\) returned \1\n\z/,
		'ptrace_test in a guest that has ptrace');
} else {
	is($result->{status}, 1, 'ptrace_test in a guest that has no ptrace: status 1');
	like($result->{err}, qr/^ptrace_test: ptrace\(PTRACE_\w+\), .*: .+$/m,
		'... and what failed');
}

done_testing;
