#!/usr/bin/perl
# `um run` in a pipeline: data unchanged, ends of file, standard error apart.
use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

my $root = UM::make_root();
my $um = UM::program();

my $hello = UM::guest({ root => $root, stdin => "hello\n" }, 'cat');
is($hello->{out}, "hello\n", 'a line through cat');
is($hello->{err}, '', '... nothing beside it');
is(UM::guest({ root => $root, stdin => '' }, 'cat')->{out}, '', 'nothing through cat');
is(UM::guest({ root => $root, stdin => 'no newline' }, 'cat')->{out}, 'no newline',
	'no newline is added');

my $all_bytes = join '', map { chr } 0 .. 255;
is(UM::guest({ root => $root, stdin => $all_bytes }, 'cat')->{out}, $all_bytes,
	'every byte as it is');

srand 42;
my $block = join '', map { pack 'N', rand 2**32 } 1 .. 65536;
my $data = join '', map { $block . pack('N', $_) } 1 .. 40;
my $copy = UM::guest({ root => $root, stdin => $data, time_limit => 120 }, 'cat');
is(length $copy->{out}, length $data, '10 MB through cat: the length');
is(md5_hex($copy->{out}), md5_hex($data), '10 MB through cat: the content');
my $sum = UM::guest({ root => $root, stdin => $data, time_limit => 120 }, 'md5sum');
is($sum->{out}, md5_hex($data) . "  -\n", '10 MB into the guest');
my $zeros = UM::guest({ root => $root, time_limit => 120 }, 'dd', 'if=/dev/zero', 'bs=64k', 'count=160',
	'status=none');
is(length $zeros->{out}, 160 * 65536, '10 MB out of the guest');

my $both = UM::guest({ root => $root }, 'sh', '-c', 'echo out; echo err >&2; echo out2');
is($both->{out}, "out\nout2\n", 'standard output');
is($both->{err}, "err\n", 'standard error apart from it');

# A reader that goes away early.
my $text = qx('$um' run -q '$root' yes 2>/dev/null </dev/null | head -n 3);
is($text, "y\n" x 3, 'a reader that stops reading ends the writer');

# Files as descriptors, and offsets that are shared with the host's.
my $out = "$root/out";
system("{ '$um' run -q '$root' echo one; echo two; '$um' run -q '$root' echo three; } >'$out' </dev/null");
is(UM::read_file($out), "one\ntwo\nthree\n", 'standard output is a file: the offset is shared');
system("'$um' run -q '$root' echo four >>'$out' </dev/null");
is(UM::read_file($out), "one\ntwo\nthree\nfour\n", 'standard output is a file opened to append');
is(qx('$um' run -q '$root' wc -l <'$out'), "4\n", 'standard input is a file');

# The input is still open, and the command does not wait for it.
my $job = UM::start(command => [$um, 'run', '-q', $root, 'echo', 'done']);
my $ended = UM::finish($job, keep_open => 1, time_limit => 20);
is($ended->{out}, "done\n", 'a command that does not read its input ends');
ok(!$ended->{timeout}, '... though the input is still open');

# Descriptors that are not there.
is(system("'$um' run -q '$root' sh -c 'exit 3' <&- >&- 2>&-") >> 8, 3, 'closed 0, 1 and 2');
is(system("'$um' run -q '$root' sh -c 'echo x; exit 4' >&- </dev/null 2>/dev/null") >> 8, 4,
	'closed 1');

# Pipelines inside.
is(UM::guest({ root => $root, stdin => "b\na\nc\n" }, 'sh', '-c', 'sort | tr a-z A-Z | tail -n 2')->{out},
	"B\nC\n", 'a pipeline inside');

# Input comes piece by piece.
$job = UM::start(command => [$um, 'run', '-q', $root,
	'sh', '-c', 'read a; echo got $a; read b; echo got $b']);
my $first = "one\n";
UM::wait_for(sub { UM::pump($job, \$first, 0.1); $job->{text} =~ /got one/ }, 20);
like($job->{text}, qr/^got one\n\z/, 'what was written arrives while the pipe stays open');
is(UM::finish($job, stdin => "two\n")->{out}, "got one\ngot two\n", '... and the rest');

done_testing;
