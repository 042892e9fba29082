#!/usr/bin/perl
# bench/compare: that it works, not what it measures.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use File::Basename qw(basename);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use UM;

plan skip_all => UM::host_programs_missing() if UM::host_programs_missing();

my $compare = "$UM::top/bench/compare";
my $rows = "$UM::top/build/bench/rows";
my $out = tempdir('um-compare.XXXXXX', TMPDIR => 1, CLEANUP => 1);

-x $rows or die "$rows is not there: run make bench-programs first\n";

sub compare {
	my (@args) = @_;

	return UM::run(command => [$compare, '--quick', '--um', UM::program(), '--out',
		$out, @args],
		stdin => '', time_limit => 100);
}

sub results {
	my $all = decode_json(UM::read_file("$out/compare.json"));

	return { map { $_->{name} => $_->{results} } @{ $all->{rows} } };
}

# A um for tests: what it says to --help, then a script.
sub fake_um {
	my ($script) = @_;

	UM::write_file("$out/um", "#!/bin/sh\n[ \"\$1\" != --help ] || { echo ' mode=auto|ptrace'; " .
		"exit; }\n$script\n", 0755);
	return "$out/um";
}

# --- it measures

my $result = compare('--rows', 'getppid,fork+exit+wait', '--contenders', 'native,um-ptrace',
	'--repeat', 2);
is($result->{status}, 0, 'two rows, two contenders: status 0') or diag($result->{err});
like($result->{out}, qr/^median +native +um-ptrace$/m, 'a table of times');
like($result->{out}, qr/^getppid( +\d[\d.]* [num]?s){2}$/m, '... with a figure for each');
like($result->{out}, qr/^getppid +\d[\d.]* +0\.30 (NO|yes)\b/m, '... and of ratios');
my $json = results();
for my $row ('getppid', 'fork+exit+wait') {
	for my $who ('native', 'um-ptrace') {
		my $cell = $json->{$row}{$who};
		is(scalar(grep { $_ > 0 } @{ $cell->{values} }), 2,
			"JSON: $row, $who: two figures");
		ok($cell->{median} > 0, '... and their median');
	}
}
cmp_ok($json->{getppid}{'um-ptrace'}{times_native}, '>', 2, 'two switches cost more than a call');

# --- lists

$result = compare('--list');
my ($listed) = $result->{out} =~ /^rows: (.*)$/m;
my $measured = UM::run(command => [$rows, 'list'], stdin => '')->{out};
is_deeply([sort grep { !/^(boot|memory)$/ } split ' ', $listed // ''], [sort split ' ', $measured],
	'--list has the rows that bench/rows has');
for (['--rows', 'nosuch'], ['--contenders', 'nosuch'], ['--repeat', '0']) {
	$result = compare(@$_);
	is($result->{status}, 1, "@$_: status 1");
	like($result->{err}, qr/^compare: .+\n\z/, '... and one line that says why');
}
is(compare('--frobnicate')->{status}, 2, 'an unknown option: status 2');

# --- contenders that fail

$result = compare('--um', fake_um('echo broken >&2; exit 1'), '--rows', 'getppid', '--repeat', 1,
	'--contenders', 'native,um-reflect,um-ptrace');
is($result->{status}, 0, 'a um that does not start: the others are measured');
like($result->{err}, qr/^compare: um-ptrace is left out: it does not start: .*broken$/m,
	'... and why');
like($result->{err}, qr/^compare: um-reflect is left out: this um has no mode=reflect$/m,
	'a gate that um does not have is left out');

$result = compare('--um', fake_um('echo @ready; read line; echo oops >&2; exit 1'),
	'--rows', 'getppid,read1', '--repeat', 1, '--contenders', 'native,um-ptrace');
is($result->{status}, 0, 'a um that dies in every row: status 0');
like($result->{out}, qr/^getppid +\d[\d.]* [nu]s +failed$/m, '... its figure is "failed"');
like($result->{out}, qr/^read1, um-ptrace: failed: it ended: oops$/m, '... with the reason');
is($json = results()->{getppid}{'um-ptrace'}{median}, undef, '... also in JSON');

$result = compare('--um', fake_um('echo @ready; read line; echo "@run getppid ok 1.0 1 9000000000"; cat'),
	'--rows', 'getppid', '--repeat', 1, '--contenders', 'native,um-ptrace');
like($result->{out}, qr/^getppid, um-ptrace: failed: its clock counts 9\.00 s for /m,
	'a clock that runs fast is found');

# --- it cleans up

for my $signal ('INT', 'KILL') {
	my $job = UM::start(command => [$compare, '--um', UM::program(), '--out', $out,
		'--rows', 'beside-1000', '--contenders', 'native,um-ptrace', '--repeat', 1000],
		env => { TMPDIR => $out });
	my @tree;
	UM::wait_for(sub { (@tree = UM::tree($job->{pid})) > 100 }, 60);
	cmp_ok(scalar(@tree), '>', 100, 'sleepers run');
	kill $signal, $job->{pid};
	UM::finish($job, time_limit => 30);
	is_deeply([UM::still_running(20, @tree)], [], "SIG$signal to compare ends them all");
	my @tmp = glob "$out/um-bench.*";
	my @files = (@tmp, map { glob '/dev/shm/' . basename($_) . '.*' } @tmp);
	is_deeply(\@files, [], '... and leaves no file') if $signal ne 'KILL';
	remove_tree(@files);
}

done_testing;
