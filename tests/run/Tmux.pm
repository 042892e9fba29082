# A terminal: tmux runs a shell in it, the test types and looks at the screen.
package Tmux;

use strict;
use warnings;

use File::Temp qw(tempdir);
use Scalar::Util qw(weaken);
use Time::HiRes qw(sleep time);
use UM;

our $SECONDS = 30;	# how long something may take to appear
my @all;	# weak

sub available {
	return UM::which('tmux') ? 1 : 0;
}

# A window of 80x24 with a shell whose prompt is "HOST> ".
sub new {
	my ($class) = @_;
	my $dir = tempdir('um-tmux.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = bless { dir => $dir, socket => "$dir/socket", owner => $$ }, $class;

	push @all, $self;
	weaken($all[-1]);

	UM::write_file("$dir/conf", join '', map { "$_\n" } 'set -g status off',
		'set -s escape-time 0', 'set -g default-terminal screen',
		'set -g history-limit 5000');
	local $ENV{LC_ALL} = 'C.UTF-8';
	local $ENV{ENV} = '';
	local $ENV{TMUX};
	delete $ENV{TMUX};
	$self->tmux('-f', "$dir/conf", 'new-session', '-d', '-x', 80, '-y', 24, 'exec /bin/sh -i');
	$self->line("PS1='HOST> '");
	$self->wait(qr/HOST>\s*\z/) or die "no shell in tmux:\n", $self->screen;
	return $self;
}

sub tmux {
	my ($self, @words) = @_;

	open(my $out, '-|', 'tmux', '-u', '-S', $self->{socket}, @words) or die "tmux: $!";
	local $/;
	my $text = <$out> // '';
	close $out;
	return $text;
}

# What is typed: text as it is, and keys by tmux's names (Enter, C-c, Escape).
sub type {
	my ($self, $text) = @_;

	$self->tmux('send-keys', '-l', '--', $text);
}

sub key {
	my ($self, @keys) = @_;

	$self->tmux('send-keys', @keys);
}

sub line {
	my ($self, $text) = @_;

	$self->type($text);
	$self->key('Enter');
}

# The screen's lines, without spaces at their ends.
sub screen {
	my ($self) = @_;

	return $self->tmux('capture-pane', '-p') =~ s/ +$//mgr =~ s/\n+\z/\n/r;
}

# Waits until the screen matches; whether it did.
sub wait {
	my ($self, $regex, $seconds) = @_;
	my $deadline = time + ($seconds // $SECONDS);

	for (;;) {
		return 1 if $self->screen =~ $regex;
		return 0 if time > $deadline;
		sleep 0.03;
	}
}

sub clear {
	my ($self) = @_;

	$self->tmux('send-keys', '-R');
	$self->tmux('clear-history');
}

sub resize {
	my ($self, $columns, $rows) = @_;

	$self->tmux('resize-window', '-x', $columns, '-y', $rows);
}

# The shell's pid, and that of the um that it runs.
sub shell_pid {
	my ($self) = @_;

	return $self->{shell} //= 0 + $self->tmux('display-message', '-p', '#{pane_pid}');
}

sub um_pid {
	my ($self) = @_;
	my $program = UM::binary();

	return UM::wait_for(sub {
		my $all = UM::processes();
		my ($um) = grep {
			$all->{$_}[0] == $self->shell_pid &&
				(readlink("/proc/$_/exe") // '') eq $program
		} keys %$all;
		return $um;
	});
}

sub DESTROY {
	my ($self) = @_;

	return unless $$ == $self->{owner};
	local $?;
	local $@;
	$self->tmux('kill-server') if -S $self->{socket};
}

# Before the directories with the sockets are cleaned up.
END {
	my $status = $?;
	$_->DESTROY for grep { defined } @all;
	$? = $status;
}

1;
