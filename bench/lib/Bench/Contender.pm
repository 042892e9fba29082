# One contender: a program that runs bench/rows, kept running to answer requests.
#
# Every contender is started by bench/keeper, which ends all that descends from it.  A contender
# that does not answer in time, or ends, is started anew for the next request.
package Bench::Contender;

use strict;
use warnings;

use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

# Seconds for a contender to come up, and to end by itself.
use constant { START_LIMIT => 30, END_LIMIT => 5 };

my %running;	# keeper's pid => contender

# name; serve: its command; boot: the command of a machine, if it is one; env: added to its
# environment; keeper, log: paths.
sub new {
	my ($class, %args) = @_;

	return bless { buffer => '', %args }, $class;
}

# Starts a command under a keeper of its own; its pid, and sets {in} and {out}.
sub spawn {
	my ($self, @command) = @_;

	pipe(my $in, my $to) && pipe(my $from, my $out) or die "pipe: $!\n";
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		%ENV = (%ENV, %{ $self->{env} // {} });
		open(STDIN, '<&', $in) && open(STDOUT, '>&', $out) &&
			open(STDERR, '>', $self->{log})
			or POSIX::_exit(125);
		# Closed by exec only if they are above $^F.
		close $_ for $in, $out, $to, $from;
		exec { $self->{keeper} } $self->{keeper}, @command or POSIX::_exit(127);
	}
	close $_ for $in, $out;
	$to->autoflush(1);
	@$self{qw(pid in out buffer last_line)} = ($pid, $to, $from, '', '');
	$running{$pid} = $self;
	return $pid;
}

# The next line that begins with '@' within `limit` seconds, without line end; undef: none came.
sub next_answer {
	my ($self, $limit) = @_;
	my $deadline = time + $limit;

	for (;;) {
		while ($self->{buffer} =~ s/^([^\n]*)\n//) {
			my $line = $1 =~ s/\r//gr;
			return $line if $line =~ /^@/;
			$self->{last_line} = $line if $line =~ /\S/;
		}
		my $left = $deadline - time;
		if ($left <= 0) {
			$self->{reason} = sprintf('no answer after %.0f s', $limit) .
				$self->last_words;
			return undef;
		}
		vec(my $set = '', fileno($self->{out}), 1) = 1;
		next unless select($set, undef, undef, $left) > 0;
		my $n = sysread($self->{out}, $self->{buffer}, 65536, length $self->{buffer});
		next if !defined $n && $!{EINTR};
		if (!$n) {
			$self->{reason} = 'it ended' . $self->last_words;
			return undef;
		}
	}
}

# What it said last, as ": TEXT".
sub last_words {
	my ($self) = @_;
	my $text = $self->{last_line} // '';

	if (open(my $log, '<', $self->{log})) {
		my @lines = grep { /\S/ } <$log>;
		$text = $lines[-1] if @lines;
	}
	$text =~ s/^\s+|\s+$//g;
	return length $text ? ': ' . substr($text, 0, 150) : '';
}

sub start {
	my ($self) = @_;

	if (!$self->{broken}) {
		$self->spawn(@{ $self->{serve} });
		my $answer = $self->next_answer(START_LIMIT);
		return 1 if defined $answer && $answer eq '@ready';
		$self->kill_all;
		# Not tried again for each row.
		$self->{broken} = 'it does not start: ' . ($self->{reason} // $answer);
	}
	$self->{reason} = $self->{broken};
	return 0;
}

# The answer's words after those of the request, or undef with {reason} set.
sub ask {
	my ($self, $request, $limit) = @_;

	return undef unless $self->{pid} || $self->start;
	local $SIG{PIPE} = 'IGNORE';
	print { $self->{in} } "$request\n";
	my $answer = $self->next_answer($limit);
	if (!defined $answer) {
		$self->kill_all;
		return undef;
	}
	my ($state, $rest) = $answer =~ /^\@(?:run \S+|hold|release) (ok|failed)(?: (.*))?$/;
	return $rest // '' if ($state // '') eq 'ok';
	$self->{reason} = $rest // "it answered $answer";
	return undef;
}

# ns that one time of a row takes, or undef with {reason}.  The contender's clock must agree with
# the host's, or its figures mean nothing.
sub run_row {
	my ($self, $row, $ms, $limit) = @_;

	return undef unless $self->{pid} || $self->start;
	my $since = time;
	my $answer = $self->ask("run $row $ms", $limit) // return undef;
	my $seconds = time - $since;
	my ($ns, undef, $total) = split ' ', $answer;
	if (abs($seconds - $total / 1e9) > 0.2 * $seconds + 0.05) {
		$self->{reason} = sprintf 'its clock counts %.2f s for %.2f s', $total / 1e9,
			$seconds;
		return undef;
	}
	return $ns;
}

# Whether there is such a thing as this row for it.
sub has {
	my ($self, $row) = @_;

	return $row->{kind} ne 'boot' || $self->{boot};
}

# ns from the start of a machine to the first line of its init.
sub run_boot {
	my ($self, $limit) = @_;
	my $other = Bench::Contender->new(%$self, pid => undef);

	my $since = time;
	$other->spawn(@{ $self->{boot} });
	my $answer = $other->next_answer($limit);
	my $ns = (time - $since) * 1e9;
	$self->{reason} = $other->{reason};
	$other->kill_all;
	return defined $answer ? $ns : undef;
}

# Bytes that `count` sleeping processes take of the host's memory, each.
sub run_memory {
	my ($self, $count, $limit) = @_;

	# Anew, so that no memory left over from other rows is used again.
	$self->stop;
	defined($self->ask('hold 1', $limit)) or return undef;
	my $before = $self->settled_pss // return undef;
	defined($self->ask('release', $limit)) && defined($self->ask("hold $count", $limit))
		or return undef;
	my $after = $self->settled_pss // return undef;
	defined($self->ask('release', $limit)) or return undef;
	return ($after - $before) / ($count - 1);
}

sub settled_pss {
	my ($self) = @_;
	my $pss = $self->pss // return undef;

	for (1 .. 20) {
		sleep 0.25;
		my $now = $self->pss // return undef;
		last if abs($now - $pss) < 16 * 1024;
		$pss = $now;
	}
	return $pss;
}

# The share of the host's memory that all processes below the keeper have.
sub pss {
	my ($self) = @_;
	my (%children);
	my $sum = 0;
	my @todo = ($self->{pid});

	for my $path (glob '/proc/[0-9]*/stat') {
		open(my $file, '<', $path) or next;
		my ($pid, $parent) = (readline($file) // '') =~ /^(\d+) .*\) \S (\d+)/s or next;
		push @{ $children{$parent} }, $pid;
	}
	while (defined(my $parent = shift @todo)) {
		for my $pid (@{ $children{$parent} // [] }) {
			push @todo, $pid;
			my $file;
			if (!open($file, '<', "/proc/$pid/smaps_rollup")) {
				next if $!{ENOENT} || $!{ESRCH};
				$self->{reason} = "/proc/$pid/smaps_rollup: $!";
				return undef;
			}
			$sum += /^Pss:\s+(\d+) kB/ ? $1 * 1024 : 0 while <$file>;
		}
	}
	return $sum;
}

# Ends it the way it likes best, the end of its input; and the other way if that takes too long.
sub stop {
	my ($self) = @_;

	return unless $self->{pid};
	close delete $self->{in};
	my $deadline = time + END_LIMIT;
	while (time < $deadline) {
		return $self->forget if waitpid($self->{pid}, WNOHANG) == $self->{pid};
		sleep 0.02;
	}
	$self->kill_all;
}

sub kill_all {
	my ($self) = @_;

	return unless $self->{pid};
	kill 'TERM', $self->{pid};
	waitpid($self->{pid}, 0);
	$self->forget;
}

sub forget {
	my ($self) = @_;

	delete $running{ delete $self->{pid} };
	delete @$self{qw(in out)};
}

# At the end of the program, however it comes.
sub kill_everyone {
	$_->kill_all for values %running;
}

1;
