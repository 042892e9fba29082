#!/usr/bin/perl
# build/tests/MODE/X.t is a link to this: it runs tests/run/X.t with MODE's switches for every um.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);

my %switches = (ptrace => 'mode=ptrace', nosysemu => 'nosysemu');
my $mode = basename(abs_path(dirname($0)));
my $test = dirname(abs_path($0)) . '/' . basename($0);

die "$0: $mode is none of ", join(', ', sort keys %switches), "\n" unless $switches{$mode};
$ENV{UM_ARGS} = join ' ', grep { length } $ENV{UM_ARGS} // '', $switches{$mode};
exec $^X, $test or die "$test: $!\n";
