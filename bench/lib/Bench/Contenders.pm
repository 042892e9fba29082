# Who takes part: how each contender is started, or why it is not there.
package Bench::Contenders;

use strict;
use warnings;

use File::Basename qw(basename);

use Bench::Contender;

our @names = qw(native um-reflect um-ptrace uml runsc proot);

# Debian's names of the peers, and of what the rows and the chart need.
our @packages = qw(user-mode-linux runsc proot gnuplot-nox gcc libc6-dev git grep tar python3-minimal
	sqlite3 busybox-static);

sub which {
	my ($name) = @_;

	for my $dir (split(/:/, $ENV{PATH} // ''), qw(/usr/bin /usr/sbin /bin /sbin)) {
		return "$dir/$name" if -x "$dir/$name" && !-d _;
	}
	return undef;
}

# The command that answers requests.
sub serve {
	my ($env) = @_;

	return ($env->{rows}, 'serve', $env->{work}, basename($env->{tmp}));
}

# The whole host, with what is written kept in the guest's memory.
sub um {
	my ($env, $mode) = @_;
	my $help = -x $env->{um} ? `'$env->{um}' --help 2>&1` : '';

	return { why_not => "no $env->{um}: run make first" } unless length $help;
	return { why_not => "this um has no mode=$mode" } unless $help =~ /^\s*mode=\S*\b$mode\b/m;
	return {
		serve => [$env->{um}, 'run', '-q', '-v', '-k', "mode=$mode", '/', serve($env)],
		boot => [$env->{um}, "mode=$mode", 'quiet', 'ro', "root=$env->{root}"],
	};
}

sub uml {
	my ($env) = @_;
	my $linux = which('linux.uml') // which('linux')
		// return { why_not => 'user-mode-linux is not installed' };
	my @common = ($linux, 'mem=2G', "uml_dir=$env->{tmp}/", 'rootfstype=hostfs', 'ro', 'quiet',
		'con=null', 'con0=fd:0,fd:1');

	return {
		serve => [@common, 'umid=serve', 'rootflags=/', "init=$env->{rows}",
			"BENCH_MACHINE=$env->{work}"],
		boot => [@common, 'umid=boot', "rootflags=$env->{root}"],
		# Its memory is a file there.
		env => { TMPDIR => -w '/dev/shm' ? '/dev/shm' : '/tmp',
			LD_PRELOAD => $env->{regset} },
	};
}

sub runsc {
	my ($env) = @_;
	my $runsc = which('runsc') // return { why_not => 'runsc is not installed' };
	my @common = ($runsc, '--rootless', '--platform=ptrace', '--network=none', 'do');

	return {
		serve => [@common, '-cwd', '/', serve($env)],
		boot => [@common, '-cwd', '/', '-root', $env->{root}, '/sbin/init'],
		# Its state is there, and stays when it is killed.
		env => { TMPDIR => $env->{tmp} },
	};
}

sub proot {
	my ($env) = @_;
	my $proot = which('proot') // return { why_not => 'proot is not installed' };

	return { serve => [$proot, '-r', '/', serve($env)] };
}

my %how = (
	native => sub { { serve => [serve($_[0])] } },
	'um-reflect' => sub { um($_[0], 'reflect') },
	'um-ptrace' => sub { um($_[0], 'ptrace') },
	uml => \&uml,
	runsc => \&runsc,
	proot => \&proot,
);

# A contender.  env: the paths keeper, rows, regset, um, work, root and tmp.  {why_not} is set if
# it cannot take part.
sub make {
	my ($name, $env) = @_;

	return Bench::Contender->new(name => $name, keeper => $env->{keeper},
		log => "$env->{tmp}/$name.log", %{ $how{$name}->($env) });
}

1;
