#!/usr/bin/perl
# The sources as another compiler and a checker see them; where those are installed.
use strict;
use warnings;
use Test::More;

for my $tool (qw(clang cppcheck)) {
	plan skip_all => "$tool is not installed"
		if system("command -v $tool >/dev/null 2>&1") != 0;
}
plan tests => 1;
my $output = `make --no-print-directory lint 2>&1`;
is($?, 0, 'clang and cppcheck find nothing') or diag($output);
