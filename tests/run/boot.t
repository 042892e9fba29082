#!/usr/bin/perl
# `um root=DIR` boots a guest in UML's own way, to a prompt on the terminal, and ends cleanly.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Tmux;
use Time::HiRes qw(time);
use UM;

my $root = UM::make_root();
my $um = UM::program();

# --- without a terminal: init is a script of ours
sub boot_says {
	my ($want, $name, $script, @words) = @_;

	UM::write_file("$root/sbin/test-init", "#!/bin/sh\n$script\npoweroff -f\n", 0755);
	my $result = UM::run(command => [$um, "root=$root", 'init=/sbin/test-init', 'quiet',
		@words],
		stdin => '', time_limit => 30);
	$result->{out} =~ s/\r\n/\n/g;	# a terminal's ends of lines
	like($result->{out}, $want, $name) or diag(UM::status_text($result), "\n", $result->{err});
	is($result->{status}, 0, "$name: the status") or diag($result->{err});
	return $result;
}

boot_says(qr/^pid 1$/m, 'init has pid 1', 'echo pid $$');
boot_says(qr/^a\|b c\|$/m, 'unknown words go to init', 'printf "%s|" "$@"; echo', 'a', 'b c');
boot_says(qr/^value\|$/m, 'NAME=VALUE goes to its environment', 'printf "%s|\n" "$UM_WORD"',
	'UM_WORD=value');
boot_says(qr/^root=x\|-y\|$/m, 'everything behind -- goes to init', 'printf "%s|" "$@"; echo', '--',
	'root=x', '-y');
boot_says(qr/^carbon$/m, 'hostname=', 'hostname', 'hostname=carbon');
boot_says(qr/init=\/sbin\/test-init.*hostname=carbon/, '/proc/cmdline',
	'mount -t proc proc /proc; cat /proc/cmdline', 'hostname=carbon');
boot_says(qr/^refused$/m, 'ro', 'echo x >/x 2>/dev/null || echo refused', 'ro');
ok(!-e "$root/x", '... nothing was written');
boot_says(qr/^x$/m, 'rw', 'echo x >/x; cat /x', 'rw');
is(UM::read_file("$root/x"), "x\n", '... was written');
boot_says(qr/^done$/m, 'con0=', 'echo done', 'con0=fd:0,fd:1');
my $null = boot_says(qr/^$/, 'con0=null swallows the output', 'echo unseen', 'con0=null');
boot_says(qr/^6\d{4}$/m, 'mem=', 'mount -t proc proc /proc; sed -n "s/^MemTotal: *\([0-9]*\) kB/\1/p" /proc/meminfo',
	'mem=64M');
for my $way ('mode=auto', 'mode=ptrace', 'nosysemu', 'ptrace=sysemu', 'ptrace=seccomp',
	'ptrace=syscall') {
	boot_says(qr/^works$/m, $way, 'echo works', $way);
}

# Whoever starts um may ignore its own children's ends; um's are waited for all the same.
for my $way ('mode=reflect', 'mode=ptrace', 'nosysemu') {
	my $result = UM::run(command => ['perl', '-e', '$SIG{CHLD} = "IGNORE"; exec @ARGV',
		$um, 'run', '-q', '-k', $way, $root, 'sh', '-c', '(exit 3); echo $?'],
		stdin => '', time_limit => 30);

	is($result->{out}, "3\n", "$way: started with SIGCHLD ignored") or diag($result->{err});
}

my $rootflags = UM::run(command => [$um, 'rootfstype=hostfs', "rootflags=$root",
	'init=/sbin/test-init', 'quiet'], stdin => '', time_limit => 30);
like($rootflags->{out}, qr/^works\r?$/m, 'rootfstype=hostfs rootflags=DIR');

UM::write_file("$root/sbin/test-init", "#!/bin/sh\necho here\nexit 3\n", 0755);
my $killed = UM::run(command => [$um, "root=$root", 'init=/sbin/test-init', 'quiet'], stdin => '',
	time_limit => 30);
is($killed->{status}, 3, 'init\'s end ends um, with its status');
UM::write_file("$root/sbin/test-init", "#!/bin/sh\nmkdir /tmp/x; umount /; reboot -f\n", 0755);
is(UM::run(command => [$um, "root=$root", 'init=/sbin/test-init', 'quiet'], stdin => '',
	time_limit => 30)->{status}, 0, 'reboot -f ends um too');

my $log = UM::run(command => [$um, "root=$root", 'init=/sbin/poweroff', '--', '-f'], stdin => '',
	time_limit => 30);
my $said = $log->{out} . $log->{err};
like(UM::gate_of($said) // $said, UM::gate_asked(), 'the host checks are printed');

# --- with the root's own init, on a terminal
SKIP: {
	skip 'tmux is not installed', 1 unless Tmux::available();
	my $t = Tmux->new;
	my $sees = sub {
		my ($regex, $name) = @_;
		ok($t->wait($regex), $name) or diag("the screen:\n", $t->screen);
	};
	my $modes = sub {
		$t->line("stty -g >$root/stty");
		my $text = UM::wait_for(sub { UM::read_file("$root/stty") }, 10);
		unlink "$root/stty";
		return $text;
	};
	my $before = $modes->();

	$t->clear;
	my $since = time;
	$t->line("$um root=$root hostname=carbon");
	$sees->(qr/root\@carbon:~#\s*\z/m, 'a login shell\'s prompt');
	cmp_ok(time - $since, '<', 10, '... within seconds');
	ok($t->screen !~ /job control|can't access tty/, '... with job control');
	$t->line('mount | cut -d" " -f3 | sort | tr "\n" " "');
	$sees->(qr{^/ /dev /dev/pts /dev/shm /proc /run /sys /tmp}m, 'the file systems of fstab');
	$t->line('sleep 1000');
	select undef, undef, undef, 0.5;
	$t->key('C-z');
	$sees->(qr/Stopped\s+sleep 1000/, 'Ctrl-Z works');
	$t->line('kill -9 %1; ps | head -n 3');
	$sees->(qr/^ +1 (root|0) .*init/m, 'ps shows init');
	$t->line('dmesg | grep -c "Checking that seccomp can"');
	$sees->(qr/^1$/m, 'dmesg shows the host checks');
	$t->clear;
	$t->line('exit');
	$sees->(qr/HOST>\s*\z/, 'exit ends the guest');
	is($modes->(), $before, '... and the terminal is as before');

	$t->clear;
	$t->line("$um root=$root quiet");
	$sees->(qr/^root\@.*:~#\s*\z/m, 'a prompt');
	$t->line('poweroff');
	$sees->(qr/HOST>\s*\z/, 'poweroff ends the guest');
	is($modes->(), $before, '... and the terminal is as before');

	$t->clear;
	$t->line("$um root=$root quiet");
	$sees->(qr/^root\@.*:~#\s*\z/m, 'a prompt');
	kill 'TERM', $t->um_pid;
	$sees->(qr/HOST>\s*\z/, 'SIGTERM ends um');
	is($modes->(), $before, '... and the terminal is as before');
}

done_testing;
