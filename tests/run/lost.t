#!/usr/bin/perl
# Host files that go away behind the back of a guest which has them open.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $root = UM::make_root();

mkdir "$root/$_", 0755 for 'dir', 'behind';
UM::write_file("$root/dir/big", 'x' x (1 << 20), 0644);
mkdir "$root/many", 0755;
UM::write_file("$root/many/$_", "$_\n", 0644) for 1 .. 700;

# What is bound a second time is another file system to the guest.
my $result = UM::guest({ root => $root, options => ['-b', "$root/dir:/behind"], time_limit => 60 },
	'sh', '-c', <<'END');
head -c 1 /dir/big >/dev/null
cat /many/* | wc -l
rm /behind/big
exec 3</dir/big && echo opened
head -c 1 <&3; echo
dd bs=4096 skip=200 count=1 <&3 2>&1 >/dev/null | grep -i error
cat /many/700
END
my @lines = split /\n/, $result->{out};
is(shift @lines, 700, 'more files are read than stay open on the host');
is(shift @lines, 'opened', 'a file that was opened before is opened without the host');
is(shift @lines, 'x', '... and read as far as it is cached');
like(shift @lines // '', qr/i\/o error|input\/output error/i,
	'... and beyond that there is an I/O error');
is(shift @lines, 700, 'other files are read as before');
is($result->{status}, 0, 'the guest came to its end')
	or diag(UM::status_text($result), "\n", $result->{err});
done_testing();
