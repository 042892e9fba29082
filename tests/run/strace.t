#!/usr/bin/perl
# strace=FILE: lines as strace writes them, one per system call.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use File::Temp qw(tempdir);
use Test::More;
use UM;

my $root = UM::make_root();
my $dir = tempdir(CLEANUP => 1);
my $file = "$dir/trace";

my $result = UM::guest({ root => $root, options => ['-k', "strace=$file"] }, 'sh', '-c',
	'echo hello >/tmp/file; /bin/cat /tmp/file; /bin/cat /no/such/file; (exit 3)');
is($result->{status}, 3, 'the guest runs as without');
is($result->{out}, "hello\n", '... and says the same');
my $text = UM::read_file($file) // '';
my @lines = split /\n/, $text;
cmp_ok(scalar @lines, '>', 20, 'there are lines');
my @odd = grep { !/^\d+ +(\w+\(.*\) += (-?\d+|0x[0-9a-f]+|\?).*|\w+\(.*<unfinished \.\.\.>|<\.\.\. \w+ resumed>.*|--- SIG\w+ \{.*\} ---|\+\+\+ (exited with \d+|killed by SIG\w+.*) \+\+\+)$/ } @lines;
is(scalar @odd, 0, 'each looks like strace\'s')
	or diag(join "\n", @odd[0 .. ($#odd < 9 ? $#odd : 9)]);
like($text, qr/^\d+ +execve\("\/bin\/cat", \["\/bin\/cat", "\/tmp\/file"\], .*\) += 0$/m,
	'execve with its words');
like($text, qr/open(at)?\((AT_FDCWD, )?"\/no\/such\/file", O_RDONLY[^)]*\) += -1 ENOENT \(No such file or directory\)$/m,
	'a failure with its name and text');
like($text, qr/write\(1, "hello\\n", 6\) += 6$|sendfile\(1, 3, .*\) += 6$/m,
	'data with its length');
like($text, qr/exit_group\(3\) += \?$|exit_group\(3 *<unfinished \.\.\.>$/m,
	'exit_group, which does not return');
like($text, qr/O_WRONLY\|O_CREAT\|O_TRUNC(\|\w+)*, 0666\)/, 'flags by their names');

my $bad = UM::run(command => [UM::program(), 'run', '-q', '-k', 'strace=/no/such/dir/x',
	$root, 'true'],
	stdin => '', time_limit => 20);
like($bad->{err}, qr{/no/such/dir/x}, 'a file that cannot be made is named');

done_testing;
