#!/usr/bin/perl
# K gives up what it does not need: its own seccomp filter and no_new_privs, after boot.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use IO::Socket::INET;
use Test::More;
use UM;

my $um = UM::program();
my $root = UM::make_root();
my $none = '';

# A guest that is up, and waits for a line.
sub guest {
	my ($script, @options) = @_;
	my $job = UM::start(command => [UM::program(), 'run', '-q', @options, $root, 'sh', '-c',
		"$script; echo ready; read x; exit 7"]);

	UM::wait_for(sub { UM::pump($job, \$none, 0.05); $job->{text} =~ /ready/ }, 20);
	return $job;
}

# {thread id => [Seccomp, NoNewPrivs]} of all threads.
sub threads {
	my ($pid) = @_;
	my %found;

	for my $path (glob "/proc/$pid/task/*/status") {
		my $text = UM::read_file($path) // next;
		my ($tid) = $path =~ m{task/(\d+)};
		$found{$tid} = join ' ', $text =~ /^(?:Seccomp|NoNewPrivs):\s+(\d+)/mg;
	}
	return \%found;
}

sub ends_well {
	my ($job, $name) = @_;
	my $result = UM::finish($job, stdin => "\n", time_limit => 20);

	is($result->{status}, 7, "$name: um ends as it should") or diag($result->{err});
	return $result;
}

my $probe = guest('true');
my $without = threads($probe->{pid})->{ $probe->{pid} };
if ($without eq '1 0') {
	like(ends_well($probe, 'a host without filters')->{err}, qr/host calls are not filtered: /,
		'... is told about');
	done_testing;
	exit;
}
ends_well($probe, 'an ordinary guest');

# --- the filter is there, for helper threads too

my $job = guest('dd if=/dev/zero of=/file bs=64k count=4 conv=fsync 2>/dev/null; sync');
my $threads = threads($job->{pid});
cmp_ok(scalar keys %$threads, '>', 1, 'um has helper threads');
is_deeply([grep { $_ ne '1 2' } values %$threads], [],
	'all of them have no_new_privs and a filter');
ends_well($job, 'helper threads');

$job = guest('true', '-k', 'noconfine');
is(threads($job->{pid})->{ $job->{pid} }, '0 0', 'noconfine: neither');
ends_well($job, 'noconfine');

# Spaces have a filter too: one of their own, or the one that hands calls to K.
for my $way ('ptrace=sysemu', 'ptrace=seccomp', 'nosysemu') {
	$job = guest('true', '-k', $way);
	my @spaces = grep { (UM::read_file("/proc/$_/comm") // '') !~ /^um-bell/ }
		map { (split ' ')[0] } UM::tree($job->{pid});
	my %states;
	$states{$_}++ for map { values %{ threads($_) } } @spaces;
	is_deeply([keys %states], ['1 2'], "$way: um and its spaces have filters");
	ends_well($job, $way);
}

# --- what is refused is reported, and K ends

# $name: a pattern, for what the C library of some CPUs makes by another call.
sub refused {
	my ($gdb, $call, $name) = @_;
	my $job = guest('true');
	my @tree = UM::tree($job->{pid});
	my $said = UM::run(command => [$gdb, '-nx', '-q', '-batch', '-p', $job->{pid},
		'-ex', 'handle SIGSYS nostop noprint pass', '-ex', "call $call"], stdin => '',
		time_limit => 60);

	if ($said->{err} =~ /^(.*Operation not permitted.*)$/m) {
		ends_well($job, $name);
		SKIP: { skip "gdb may not attach here: $1", 1; }
		return;
	}
	my $result = UM::finish($job, time_limit => 20, keep_open => 1);
	is($result->{status}, 125, "$call: ends um") or diag($said->{out}, $said->{err});
	like($result->{err}, qr/panic: host call \d+ \($name\) is not one/, '... and is named');
	# A static um's functions have no names for the C library, and it itself has none.
	like($result->{err}, qr{^(?:\S*/um)?\[0x}m, '... with a backtrace');
	is_deeply([UM::still_running(5, @tree)], [], '... and nothing is left');
}

SKIP: {
	my $gdb = UM::which('gdb');
	skip 'gdb is not installed', 1 unless $gdb;
	refused($gdb, '(int)execve(0, 0, 0)', 'execve');
	refused($gdb, '(int)fork()', 'clone');
	refused($gdb, '(int)socket(1, 1, 0)', 'socket(?:call)?');
	refused($gdb, '(int)kill(1, 0)', 'kill');
	refused($gdb, '(int)kill(-1, 9)', 'kill');
	refused($gdb, '(long)ptrace(16, 1, 0, 0)', 'ptrace');
	refused($gdb, '(void *)mmap(0, 4096, 5, 0x22, -1, 0)', 'mmap2?');
	refused($gdb, '(int)ioctl(0, 0x5412, 0)', 'ioctl');
}

# --- what needs the host after boot still works

my $home = File::Temp::tempdir(CLEANUP => 1);
my $bin = "$home/bin";
mkdir $bin;

# A boot whose init answers on a second console, and says what it heard there.
UM::write_file("$root/sbin/two-consoles", <<'END', 0755);
#!/bin/sh
exec 3<>/dev/tty1
stty -echo <&3
read word <&3
echo "hello $word" >&3
echo "heard $word"
read word <&3
poweroff -f
END

sub boot {
	my (%args) = @_;
	return UM::start(command => [$um, "root=$root", 'init=/sbin/two-consoles', 'umid=confine',
		'loglevel=7', @{ $args{switches} }],
		env => { HOME => $home, %{ $args{env} // {} } });
}

sub boot_ends {
	my ($job, $name) = @_;
	my $result = UM::finish($job, time_limit => 20, keep_open => 1);

	like($result->{out}, qr/^heard world\r?$/m, "$name: is read from and written to");
	is($result->{status}, 0, '... and um ends as it should')
		or diag($result->{out}, $result->{err});
	ok(!-e "$home/.umkit/confine", '... its name is given back');
}

# Talks to the other side of a console.
sub talk {
	my ($fd) = @_;
	my $line = '';

	$fd->blocking(0);
	syswrite($fd, "world\n");
	UM::wait_for(sub { sysread($fd, $line, 100, length $line); $line =~ /hello world/ }, 20);
	like($line, qr/hello world/, 'what is written there is answered');
	syswrite($fd, "end\n");
}

$job = boot(switches => ['con1=pts']);
UM::wait_for(sub { UM::pump($job, \$none, 0.05);
	"$job->{text}$job->{errors}" =~ /assigned device '(.*?)'/ }, 20);
my ($pts) = "$job->{text}$job->{errors}" =~ /assigned device '(.*?)'/;
if (ok($pts, 'con1=pts: a pty is made') && open(my $fd, '+<', $pts)) {
	talk($fd);
}
boot_ends($job, 'con1=pts');

# A port that is free now, and hopefully still in a moment.
my $listen = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1');
my $port = $listen->sockport;
close $listen;
$job = boot(switches => ["con1=port:$port"]);
my $client;
UM::wait_for(sub { UM::pump($job, \$none, 0.05);
	$client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) }, 20);
talk($client) if ok($client, 'con1=port: it listens');
boot_ends($job, 'con1=port');

# Instead of xterm: it answers what it hears.
UM::write_file("$bin/xterm", <<'END', 0755);
#!/usr/bin/perl
my ($fd) = grep { /^-S/ } @ARGV;
$fd =~ s{.*/}{};
open(my $pty, '+<&=', $fd) or die "$fd: $!";
syswrite($pty, "1234\nworld\n");
my $line = '';
sysread($pty, $line, 100, length $line) or exit 1 until $line =~ /hello world/;
my $own = do { open(my $file, '<', '/proc/self/status'); local $/; <$file> };
open(my $said, '>', "$ENV{HOME}/xterm.said");
print $said "@ARGV\n$own";
close $said;
syswrite($pty, "end\n");
1 while sysread($pty, $line, 100);
END
my %display = (DISPLAY => ':77', PATH => "$bin:$ENV{PATH}");
$job = boot(switches => ['con1=xterm'], env => \%display);
boot_ends($job, 'con1=xterm');
my $said = UM::read_file("$home/xterm.said") // '';
like($said, qr/^-T umkit tty1 -S/, '... with its title');
unlike($said, qr/^NoNewPrivs:\s+1$/m, '... and K\'s confinement is not xterm\'s');
my @helpers;
UM::wait_for(sub {
	@helpers = grep { (UM::read_file("/proc/$_/environ") // '') =~ /\0?HOME=\Q$home\E\0/ }
		keys %{ UM::processes() };
	!@helpers
}, 5);
is("@helpers", '', '... and no helper is left');

unlink "$bin/xterm";
$job = boot(switches => ['con1=xterm'], env => \%display);
UM::wait_for(sub { UM::pump($job, \$none, 0.05);
	"$job->{text}$job->{errors}" =~ /no working xterm/ }, 20);
like("$job->{text}$job->{errors}", qr/no working xterm/, 'an xterm that is not there');
kill 'TERM', $job->{pid};
UM::finish($job, time_limit => 20, keep_open => 1);

done_testing;
