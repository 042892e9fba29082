#!/usr/bin/perl
# tools/newport: a skeleton for a CPU that is there already, under another name.  port-check names
# its first missing hook; and hook by hook, as the real port's files are put in its place, the next
# one, until it is a function's turn, which is called and says so itself.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use Test::More;

my $top = abs_path(dirname(__FILE__) . '/../..');
my $machine = `uname -m` =~ s/\s+\z//r;
plan skip_all => "this machine's port is not x86_64's" unless $machine eq 'x86_64';
my $cc = `command -v x86_64-linux-gnu-gcc 2>/dev/null` =~ s/\s+\z//r;
plan skip_all => 'no x86_64-linux-gnu-gcc' unless $cc;

# A tree whose sources are copies, and all else links.
my $dir = tempdir('newport-test.XXXXXX', TMPDIR => 1, CLEANUP => 1);
chdir $top or die "$top: $!";
for (glob '*') {
	symlink "$top/$_", "$dir/$_" unless /^(arch|include|build)$/;
}
system('cp', '-a', 'arch', 'include', $dir) == 0 or die "cp: $!";

my $said = `tools/newport --tree '$dir' --cc '$cc' scratch 2>&1`;
is($?, 0, 'newport: status 0') or diag($said);
like($said, qr/scratch: 64 bits, little-endian, EM_X86_64, 27 registers, calls up to \d+/,
	'... and what it has found');
chdir $dir or die "$dir: $!";

sub text_of {
	my ($path) = @_;

	open(my $file, '<', $path) or return '';
	local $/;
	return scalar <$file>;
}
like(text_of('include/sysdep-scratch/ptrace.h'), qr/HOST_ORIG_RAX = 15,.*HOST_GS = 26,/s,
	'registers as the headers have them');
like(text_of('include/sysdep-scratch/syscalls.h'), qr/LAST_ARCH_SYSCALL 4[5-9]\d\b/,
	'the last call');
like(text_of('include/asm-um/archparam-scratch.h'), qr/ARCH_AUDIT AUDIT_ARCH_X86_64\b/,
	'the audit architecture');
my $again = `tools/newport --tree '$dir' --cc '$cc' scratch 2>&1`;
unlike($again, qr/^  new /m, 'a second time: nothing is overwritten');

# What the first level says: (line, hook).
$ENV{MAKEFLAGS} = 'CROSS_LIBSECCOMP= CROSSLIBS=none';
sub first_missing {
	my $output = `timeout -s KILL 200 tests/port/port-check --subarch scratch --native 1 \\
		--build build/scratch --levels 1 2>&1`;

	return $output =~ /^# level 1 fails: (\w+) \(/m ? $1 : "nothing: $output";
}

is(first_missing(), 'START_ADDR', 'the first hook that is missing');
copy('Makefile-x86_64', 'Makefile-scratch');
is(first_missing(), 'UPT_IP', '... the next');
copy("include/sysdep-x86_64/$_", "include/sysdep-scratch/$_") for 'ptrace.h', 'ptrace_user.h';
is(first_missing(), 'ARCH_HOST_TASK_SIZE', '... the next');
copy('include/asm-um/archparam-x86_64.h', 'include/asm-um/archparam-scratch.h');
# All but the functions of ptrace.c and thread.c, which are called only when they are wanted.  What
# the real port has of its family takes the skeleton's place, or goes where the skeleton has the
# same.
for (glob('include/sysdep-x86_64/*'), glob('arch/sys-x86_64/*')) {
	copy($_, s/-x86_64/-scratch/r) unless m{/(archparam\.h|thread\.c)$};
}
unlink 'arch/sys-scratch/sigcontext.c', 'arch/x86/fault.c';
rename 'arch/x86/ptrace.c', 'ptrace.c';
copy('include/sysdep-x86_64/archparam.h', 'include/sysdep-scratch/archparam.h');
my $build = `timeout -s KILL 300 make --no-print-directory -j2 SUBARCH=scratch port-levels 2>&1`;
is($?, 0, 'with the headers of the real port the programs of the levels can be built')
	or diag($build);
my $climb = `timeout -s KILL 100 tests/port/port-check --subarch scratch --native 1 \\
	--build build/scratch --no-build --no-um --levels 1-6 2>&1`;
like($climb, qr/^# level 3 fails: getreg \(arch\/sys-scratch\/ptrace\.c\)/m,
	'a function that is not written says so');
unlink 'arch/sys-scratch/ptrace.c';
rename 'ptrace.c', 'arch/x86/ptrace.c';
`timeout -s KILL 300 make --no-print-directory -j2 SUBARCH=scratch port-levels 2>&1`;
$climb = `timeout -s KILL 100 tests/port/port-check --subarch scratch --native 1 \\
	--build build/scratch --no-build --no-um --levels 1-6 2>&1`;
like($climb, qr/^# level 6 fails: switch_prepare \(arch\/sys-scratch\/thread\.c\)/m,
	'... the next level\'s too');
chdir $top;
done_testing;
