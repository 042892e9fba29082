#!/usr/bin/perl
# `um run` on a terminal: echo, job control, window size, programs of the whole screen, and a
# host terminal that is as before afterwards, however um ends.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use Tmux;
use UM;

plan skip_all => 'tmux is not installed' unless Tmux::available();

my $root = UM::make_root();
my $um = UM::program();
my $t = Tmux->new;

sub sees {
	my ($regex, $name) = @_;

	ok($t->wait($regex), $name) or diag("the screen:\n", $t->screen);
}

# Starts a guest's shell on an empty screen.
sub guest_shell {
	my (@words) = @_;

	$t->clear;
	$t->line("$um run -q @words $root");
	sees(qr{/ #\s*\z}m, 'the guest\'s prompt');
}

# The host's shell is back, with the status and with the modes that it had.
my $modes;
sub host_is_back {
	my ($status, $name) = @_;

	sees(qr/HOST>\s*\z/, "$name: the host's prompt is back");
	$t->clear;
	$t->line('echo status $?; stty -g >' . "$root/stty");
	sees(qr/^status $status$/m, "$name: status $status");
	is(UM::wait_for(sub { UM::read_file("$root/stty") }, 5), $modes,
		"$name: the terminal's modes");
	unlink "$root/stty";
}

$t->line("stty -g >$root/stty");
$modes = UM::wait_for(sub { UM::read_file("$root/stty") }, 10);
unlink "$root/stty";

# --- echo and editing
guest_shell();
$t->line('echo x$((20+3))y');
sees(qr/^x23y$/m, 'a command\'s output');
$t->line('tty; stty -a | head -n 1');
sees(qr{^/dev/(tty|console)}m, 'it is a terminal');
sees(qr/rows 24[;,] columns 80/, 'of the window\'s size');
# What comes before cat runs is typed to the shell's line editor, and reaches cat unedited.
$t->line('echo cat runs; cat');
sees(qr/^cat runs$/m, 'cat runs');
select undef, undef, undef, 0.5;
$t->type('typed');
sees(qr/^typed$/m, 'typing is echoed');
$t->key('BSpace', 'BSpace', 'Enter');
sees(qr/^typ\ntyp$/m, 'backspace edits the line');
$t->type('erased');
$t->key('C-u');
$t->line('kept');
sees(qr/^kept\nkept$/m, 'Ctrl-U erases it');
$t->key('C-d');
$t->line('echo e$((0))f');
sees(qr/^e0f$/m, 'Ctrl-D ends the input');

# --- Ctrl-C
$t->clear;
$t->line('sleep 1000; echo interrupted $?');
sees(qr/sleep 1000/, 'a job runs');
select undef, undef, undef, 0.3;
$t->key('C-c');
sees(qr/^\^C/m, 'Ctrl-C is shown');
sees(qr{^/ #\s*\z}m, '... and ends the job');
$t->line('echo status $?');
sees(qr/^status 130$/m, '... with its status');
$t->line('sh -c \'trap "echo cau""ght" INT; echo is""set; sleep 1000; echo aft""er\'');
sees(qr/\bisset$/m, 'a handler is set');
select undef, undef, undef, 0.5;
$t->key('C-c');
sees(qr/caught$/m, 'a handler runs');
sees(qr/^after$/m, '... and the program goes on');
$t->line('sleep 1000 | cat');
select undef, undef, undef, 0.5;
$t->key('C-c');
sees(qr{^/ #\s*\z}m, 'Ctrl-C ends a pipeline');
$t->line('sleep 1000');
select undef, undef, undef, 0.5;
$t->key('C-\\');
sees(qr/Quit/, 'Ctrl-\\ ends a job');

# --- Ctrl-Z, bg, fg
$t->clear;
$t->line('sleep 1000');
select undef, undef, undef, 0.5;
$t->key('C-z');
sees(qr/\[1\]\+\s+Stopped\s+sleep 1000/, 'Ctrl-Z stops the job');
$t->line('bg; jobs');
sees(qr/\[1\]\+\s+Running\s+sleep 1000/, 'bg lets it run');
$t->clear;
$t->line('fg');
sees(qr/^sleep 1000$/m, 'fg brings it back');
select undef, undef, undef, 0.3;
$t->key('C-c');
sees(qr{^/ #\s*\z}m, '... so that Ctrl-C ends it');
$t->line('jobs; echo left');
sees(qr/^left$/m, 'no job is left');
$t->clear;
$t->line('cat &');
select undef, undef, undef, 0.3;
$t->line('echo');
$t->line('jobs');
sees(qr/Stopped \(tty input\)\s+cat/, 'a job in the background may not read the terminal');
$t->line('kill -9 %1; wait; echo re""aped');
sees(qr/^reaped$/m, '... and is ended');

# --- window size
$t->clear;
$t->line('sh -c \'trap "echo winch; stty size" WINCH; while :; do sleep 0.1; done\'');
select undef, undef, undef, 0.5;
$t->resize(100, 30);
sees(qr/^winch\n30 100$/m, 'the new window size reaches the program, with SIGWINCH');
$t->key('C-c');
$t->resize(80, 24);
sees(qr{^/ #\s*\z}m, '... which ends');

# --- vi, less, more
$t->clear;
$t->line('vi /root/letter');
sees(qr/^~/m, 'vi shows its screen');
$t->type('i');
$t->type('hello world');
$t->key('Enter');
$t->type('second line');
sees(qr/^hello world\nsecond line$/m, '... takes text');
$t->key('Escape');
select undef, undef, undef, 0.5;	# an ESC with a letter right behind it is Alt and the letter
$t->type('kdd:wq');
$t->key('Enter');
sees(qr{^/ #\s*\z}m, '... ends');
is(UM::wait_for(sub { UM::read_file("$root/root/letter") }, 5), "second line\n",
	'... and has written the file');

$t->line('seq 1 200 >/root/numbers; clear; less /root/numbers');
sees(qr/^1\n2\n3\n/, 'less shows the first page');
ok($t->screen !~ /^24$/m, '... of the window\'s height');
$t->type(' ');
sees(qr/^30$/m, '... and the next');
$t->type('G');
sees(qr/^200$/m, '... and the last');
$t->type('q');
sees(qr{/ #\s*\z}m, '... ends');
$t->line('clear; more /root/numbers');
sees(qr/^1\n2\n3\n/, 'more shows the first page');
$t->type(' ');
sees(qr/^40$/m, '... and the next');
$t->type('q');
sees(qr{/ #\s*\z}m, '... ends');
$t->line('stty -a | tr " " "\n" | grep -c -x -e icanon -e echo -e isig');
sees(qr/^3$/m, 'the guest\'s terminal is as before');

# --- ends
$t->line('exit 17');
host_is_back(17, 'exit');
guest_shell();
$t->key('C-d');
host_is_back(0, 'Ctrl-D at the prompt');
guest_shell();
$t->line('stty raw -echo; kill -9 $$');
host_is_back(137, 'kill -9 of the guest\'s shell');
guest_shell();
kill 'HUP', $t->um_pid;
host_is_back(129, 'SIGHUP to um');
$t->clear;
$t->line("$um run -q $root sh -c 'echo re''ady; exec sleep 1000'");
sees(qr/\bready$/m, 'a job runs');
kill 'TERM', $t->um_pid;
host_is_back(143, 'SIGTERM to um');
$t->clear;
$t->line("$um run -q $root no-such-command");
host_is_back(127, 'no such command');
$t->clear;
$t->line("$um run -q $root sh -c 'echo re''ady; exec sleep 1000'");
sees(qr/\bready$/m, 'a job runs');
$t->key('C-c');
host_is_back(130, 'Ctrl-C of the only job');

# --- with the host's shell
$t->clear;
$t->line("echo in | $um run -q $root cat | cat");
sees(qr/^in$/m, 'in a pipeline of the host\'s');
host_is_back(0, 'a pipeline');

done_testing;
