# Runs a list of programs on another CPU's kernel: in the port lab, one boot for all of them, or
# here, where this machine's CPU can run them.
package Lab;

use strict;
use warnings;

use File::Temp qw(tempdir);
use UM;

# CPUs whose programs this machine's kernel runs beside its own.
my %also = (x86_64 => ['i386'], arm64 => [], ppc64 => ['ppc']);

# What the lab calls a target's memory: initramfs, um and its guests at once.
my $MEMORY_MB = 1024;
my $BOOT_SECONDS = 120;

sub runs_here {
	my ($cpu) = @_;

	my $host = UM::host_cpu();

	return grep { $_ eq $cpu } $host, @{ $also{$host} // [] };
}

# A directory to fill with the programs (busybox among them) and to hand to run().
sub tree {
	my $tree = tempdir('um-lab.XXXXXX', TMPDIR => 1, CLEANUP => 1);

	chmod 0755, $tree;
	system('cp', "$UM::top/tests/lab/drive.sh", $tree) == 0 or die "$tree: no drive.sh\n";
	return $tree;
}

# Where the tree is for the programs in it.
sub place {
	my ($cpu, $tree) = @_;

	return runs_here($cpu) ? $tree : '/lab';
}

# {name => {out, err, status, seconds}} of the jobs that ended, in one run.
sub parse {
	my ($text) = @_;
	my ($part, %ended, %now);

	for (split /^/, $text) {
		if (/^\@begin (\S+)$/) {
			%now = (out => '', err => '');
			$part = 'out';
		} elsif (/^\@errors (\S+)$/) {
			$part = 'err';
		} elsif (/^\@end (\S+) (\d+) (\d+)$/) {
			$ended{$1} = { %now, status => $2, seconds => $3 };
			undef $part;
		} elsif ($part) {
			$now{$part} .= $_;
		}
	}
	return \%ended;
}

# Runs jobs, each {name, command, limit (seconds)}, in a tree; what parse() gives, and a text
# that says how the run as a whole ended, for jobs that are missing in it.
sub run {
	my ($cpu, $tree, $seconds, @jobs) = @_;
	my $place = place($cpu, $tree);
	my @command = ("$place/busybox", 'sh', "$place/drive.sh", $place);

	UM::write_file("$tree/jobs", join '',
		map { "$_->{limit} $_->{name} $_->{command}\n" } @jobs);
	unless (runs_here($cpu)) {
		$command[0] = "guest:$command[0]";
		unshift @command, "$UM::top/tools/portlab", 'run', $cpu, '-t',
			$seconds + $BOOT_SECONDS,
			'-m', $MEMORY_MB, '-d', "$tree:/lab";
	}
	my $result = UM::run(command => \@command, stdin => '', quiet_limit => $seconds,
		time_limit => $seconds + 2 * $BOOT_SECONDS);
	my $ended = UM::status_text($result) . "\n" . $result->{err};

	return (parse($result->{out}), $ended);
}

1;
