# The rows of bench/compare: what each is called, what the goal is, and how it is asked for.
#
#   call, work   bench/rows runs it in the contender; ns of the contender's clock
#   boot         ns of the host's clock from the start of a machine to its init's first line
#   memory       bytes of the host's memory for each sleeping process
#
# goal: how many times native um may take; with `absolute` what it may take; with `base` how many
# times its own figure of that row.
# files: the row uses what Bench::Work makes.
package Bench::Rows;

use strict;
use warnings;

our @all = (
	{ name => 'getppid', goal => 0.3 },
	{ name => 'clock_gettime', goal => 1.2 },
	{ name => 'read1', goal => 1.0 },
	{ name => 'write1', goal => 1.0 },
	{ name => 'stat', goal => 0.7, files => 1 },
	{ name => 'open+close', goal => 0.7, files => 1 },
	{ name => 'pread4k', goal => 1.0 },
	{ name => 'pwrite4k', goal => 1.0 },
	{ name => 'mmap+touch+munmap', goal => 2.5 },
	{ name => 'pagefault', goal => 1.0 },
	{ name => 'signal', goal => 2.0 },
	{ name => 'pipe-pingpong', goal => 1.5 },
	{ name => 'futex-pingpong', goal => 1.5 },
	{ name => 'pthread', goal => 2.0 },
	{ name => 'fork+exit+wait', goal => 1.0 },
	{ name => 'vfork+exec-static', goal => 1.0 },
	{ name => 'fork+exec-dynamic', goal => 1.5 },
	{ name => 'beside-10' },
	{ name => 'beside-100', goal => 1.25, base => 'beside-10' },
	{ name => 'beside-1000', goal => 1.25, base => 'beside-10' },
	{ name => 'gcc', goal => 1.3, kind => 'work' },
	{ name => 'git-status', goal => 1.3, kind => 'work' },
	{ name => 'tar', goal => 1.3, kind => 'work' },
	{ name => 'python', goal => 1.3, kind => 'work' },
	{ name => 'sqlite', goal => 1.3, kind => 'work' },
	{ name => 'grep', goal => 1.3, kind => 'work' },
	{ name => 'sh-loop', goal => 1.3, kind => 'work' },
	{ name => 'boot', goal => 60e6, kind => 'boot', absolute => 1 },
	{ name => 'memory', goal => 300 * 1024, kind => 'memory', absolute => 1 },
);
for my $row (@all) {
	$row->{kind} //= 'call';
	$row->{files} ||= $row->{kind} eq 'work';
}

# Those of these names, in the order of the list; dies for a name that is none.
sub named {
	my (@names) = @_;
	my %wanted = map { $_ => 1 } @names;
	my @found = grep { delete $wanted{ $_->{name} } } @all;

	die "no such row: $_ (see --list)\n" for sort keys %wanted;
	return @found;
}

1;
