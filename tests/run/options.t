#!/usr/bin/perl
# The options of `um run`, and the commands that only print.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use File::Temp qw(tempdir);
use Test::More;
use UM;

my $root = UM::make_root();
my $um = UM::program();

sub guest_says {
	my ($want, $name, $options, @command) = @_;
	my $result = UM::guest({ root => $root, options => $options }, @command);

	is($result->{out}, $want, $name) or diag(UM::status_text($result), "\n", $result->{err});
	return $result;
}

# --- -v: writes vanish; without it they reach the directory.
guest_says("new\n", 'without -v a file is made', [], 'sh', '-c',
	'echo new >/kept; cat /kept');
is(UM::read_file("$root/kept"), "new\n", '... in the directory');
for my $option ('-v', '--volatile') {
	guest_says("changed\nmade\n", "$option: the guest sees its writes", [$option], 'sh', '-c',
		'echo changed >/kept; echo made >/made; cat /kept /made');
	is(UM::read_file("$root/kept"), "new\n", '... the directory keeps its file');
	ok(!-e "$root/made", '... and gets no new one');
}
guest_says("gone\n", '-v: a removed file is gone', ['-v'], 'sh', '-c',
	'rm /kept; rm -r /etc; [ -e /kept ] || [ -e /etc/passwd ] || echo gone');
ok(-e "$root/kept" && -e "$root/etc/passwd", '... but not in the directory');
guest_says("moved\n", '-v: renames and modes', ['-v'], 'sh', '-c',
	'mv /etc /etc2; chmod 600 /kept; ln /kept /kept2; [ -f /etc2/passwd ] && echo moved');
ok(-e "$root/etc/passwd" && !-e "$root/kept2", '... stay in memory too');

# --- -b
my $outside = tempdir(CLEANUP => 1);
chmod 0755, $outside;
UM::write_file("$outside/file", "from outside\n", 0644);
guest_says("from outside\n", '-b HOST:GUEST', ['-b', "$outside:/mnt"], 'cat', '/mnt/file');
guest_says("from outside\n", '--bind=HOST:GUEST', ["--bind=$outside:/mnt"], 'cat', '/mnt/file');
guest_says("from outside\n", '-b of a file', ['-b', "$outside/file:/etc/motd"], 'cat', '/etc/motd');
guest_says("from outside\n", '-b to a place that is made', ['-b', "$outside:/a/b/c"],
	'cat', '/a/b/c/file');
guest_says("from outside\n", '-b HOST alone', ['-b', $outside], 'cat', "$outside/file");
guest_says("from outside\n", '-b with -v', ['-v', '-b', "$outside:/mnt"], 'cat', '/mnt/file');
guest_says('', '-b is writable', ['-b', "$outside:/mnt"], 'sh', '-c', 'echo back >/mnt/reply');
is(UM::read_file("$outside/reply"), "back\n", '... and reaches the host');
guest_says("from outside\nroot\n", 'two binds', ['-b', "$outside:/mnt", '-b', "$outside:/opt"],
	'sh', '-c', 'cat /mnt/file; head -n 1 /etc/passwd | cut -d: -f1; [ -f /opt/file ]');

# --- -w, -e, -u, -m
guest_says("/etc\n", '-w', ['-w', '/etc'], 'pwd');
guest_says("/\n", 'without -w', [], 'pwd');
guest_says("a b=c\n", '-e NAME=VALUE', ['-e', 'WORD=a b=c'], 'sh', '-c', 'echo "$WORD"');
guest_says("2\n", '-e twice: the last', ['-e', 'WORD=1', '-e', 'WORD=2'], 'sh', '-c', 'echo $WORD');
$ENV{UM_TEST_WORD} = 'taken over';
guest_says("taken over\n", '-e NAME', ['-e', 'UM_TEST_WORD'], 'sh', '-c', 'echo "$UM_TEST_WORD"');
guest_says("\n", 'the environment is not taken over by itself', [], 'sh', '-c',
	'echo "$UM_TEST_WORD"');
guest_says("uid=0(root) gid=0(root)\n", 'the default user', [], 'sh', '-c',
	'id | sed "s/ groups.*//"');
guest_says("1000 1000\n", '-u UID', ['-u', '1000'], 'sh', '-c', 'echo $(id -u) $(id -g)');
guest_says("1000 50\n", '-u UID:GID', ['-u', '1000:50'], 'sh', '-c', 'echo $(id -u) $(id -g)');
my $denied = UM::guest({ root => $root, options => ['-u', '1000'] }, 'sh', '-c',
	'echo x >/etc/passwd');
isnt($denied->{status}, 0, '-u: an ordinary user may not write everywhere');
for (['48M', 30_000, 49_152], ['512M', 450_000, 524_288]) {
	my ($size, $least, $most) = @$_;
	my $kb = UM::guest({ root => $root, options => ['-m', $size] }, 'sh', '-c',
		'sed -n "s/^MemTotal: *\([0-9]*\) kB/\1/p" /proc/meminfo')->{out};
	ok($kb =~ /^\d+$/ && $kb >= $least && $kb <= $most, "-m $size") or diag("MemTotal: $kb");
}

# --- words and --
guest_says("-v|--help|a  b|*||\n", 'words reach the command as they are', [], 'sh', '-c',
	'printf "%s|" "$@"; echo', 'sh', '-v', '--help', 'a  b', '*', '');
my $dashes = UM::run(command => [$um, 'run', '-q', '--', $root, 'echo', 'ok'], stdin => '');
is($dashes->{out}, "ok\n", '-- ends the options');
my $joined = UM::run(command => [$um, 'run', '-qvu12:34', $root, 'sh', '-c', 'id -u; id -g'],
	stdin => '');
is($joined->{out}, "12\n34\n", 'letters may stand together, the last with its value');

# --- quiet or not
my $quiet = UM::guest({ root => $root }, 'true');
is($quiet->{err}, '', '-q: nothing but the command on standard error');
my $boot = UM::guest({ root => $root, options => ['-k', 'loglevel=8'] }, 'true');
like(UM::gate_of($boot->{err}) // $boot->{err}, UM::gate_asked(),
	'the host checks are printed, if wanted');

# --- commands that print
my $help = UM::run(command => [$um, '--help'], stdin => '');
is($help->{status}, 0, '--help: status');
like($help->{out}, qr/^\Q$_\E/m, "--help: $_") for 'usage: um', 'Root:', 'Machine:', 'Consoles:',
	'Debugging:', 'Gate:', '  root=DIR', '  mem=SIZE', '  init=PATH', '  con=',
	'  mode=auto|reflect|ptrace',
	'  nosysemu', '  umid=NAME', '  debugtrace', '  strace=FILE', '  quiet', '  hostname=NAME';
is($help->{err}, '', '--help: nothing on standard error');
my $run_help = UM::run(command => [$um, 'run', '--help'], stdin => '');
like($run_help->{out}, qr/-v, --volatile.*-b, --bind.*-w, .*-e, .*-u, .*-m, .*-q, /s,
	'um run --help');
my $version = UM::run(command => [$um, '--version'], stdin => '');
like($version->{out}, qr/^umkit \d+\.\d+ \(\w+\), Linux ABI \d+\.\d+/, '--version');
my $config = UM::run(command => [$um, '--showconfig'], stdin => '');
like($config->{out}, qr/^SUBARCH=\w+$/m, '--showconfig: the CPU');
like($config->{out}, qr/^GATE_ptrace=y$/m, '--showconfig: the gates');
my $calls = UM::run(command => [$um, '--syscalls'], stdin => '');
like($calls->{out}, qr/^ *\d+ read$/m, '--syscalls: the table');
cmp_ok(scalar(() = $calls->{out} =~ /^ *\d+ \w+$/mg), '>', 200, '... with more than 200 rows');

done_testing;
