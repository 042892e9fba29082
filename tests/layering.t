#!/usr/bin/perl
# Who may know what: generic code knows no CPU and reaches the host only through os/.
#
#  - the kernel's objects (all but os/ and *_user.o) use nothing of the C library but its pure
#    part: string functions, formatting, sorting;
#  - its sources include um's headers, Linux's UAPI headers and a few of the C library's;
#  - they name no CPU and no register.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $top = abs_path(dirname(__FILE__) . '/..');
my $objects = $ENV{UM_OBJ_DIR} // "$top/build/obj";
my @generic = qw(kernel mm fs drivers net lib ptproxy);

chdir $top or die "$top: $!";
plan skip_all => "$objects: not built" unless -d "$objects/kernel";

# --- symbols

# What needs no host: it reads and writes the caller's memory only.
my %pure = map { $_ => 1 } qw(
	memchr memcmp memcpy memmem memmove memset memrchr mempcpy rawmemchr
	strcasecmp strcasestr strcat strchr strchrnul strcmp strcpy strcspn strlen strncasecmp
	strncat strncmp strncpy strnlen strpbrk strrchr strsep strspn strstr strtok_r stpcpy
	snprintf vsnprintf sscanf __isoc99_sscanf __isoc23_sscanf qsort bsearch
	__ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc
	__stack_chk_fail _GLOBAL_OFFSET_TABLE_
	__memcpy_chk __memmove_chk __memset_chk __snprintf_chk __vsnprintf_chk
	__strcat_chk __strcpy_chk __strncpy_chk
);

sub files {
	my ($dir, $regex) = @_;
	my @found;

	opendir(my $handle, $dir) or return ();
	for (sort grep { !/^\./ } readdir $handle) {
		push @found, -d "$dir/$_" ? files("$dir/$_", $regex) : /$regex/ ? "$dir/$_" : ();
	}
	return @found;
}

my @all = map { files("$objects/$_", qr/\.o$/) } @generic, qw(os layer arch);
my (%defined, %global, %wanted);
# arch/sys-X/sys.o is the port's other objects once more.
@all = grep { !m{/arch/[^/]+/sys\.o$} } @all;
# The vDSO is a program of its own, and its linker accepts no undefined symbol.
@all = grep { !m{/layer/vdso/vdso\.o$} } @all;
open(my $nm, '-|', 'nm', '-A', @all) or die "nm: $!";
while (<$nm>) {
	my ($object, $type, $symbol) = /^([^:]+):[0-9a-f ]*([A-Za-z]) (\S+)$/ or next;
	my $name = $object =~ s/^\Q$objects\E\///r;

	if ($type ne 'U') {
		$defined{$symbol} = 1;
		$global{$symbol} = 1 if $type =~ /[A-Z]/;
	} elsif ($name !~ m{^os/} && $name !~ /_user\.o$/) {
		push @{ $wanted{$symbol} }, $name;
	}
}
close $nm;
cmp_ok(scalar @all, '>', 100, 'there are objects to look at');
# (The compiler's own helpers have names such as __popcountdi2.)
my @foreign = grep { !$defined{$_} && !$pure{$_} && !/^__(start|stop)_(um_|layer_text$)/ &&
	!/^__[a-z]+[sdt]i[234]$/ } sort keys %wanted;
is("@foreign", '', 'the kernel uses nothing of the host but through os/')
	or diag(map { "$_: used by @{$wanted{$_}}\n" } @foreign);

# A name that a library exports too would take the library's place in it.  (timespec_get is C11's,
# and nothing that um is linked with calls it.)
SKIP: {
	my $um = $ENV{UM} // "$top/build/um";
	my @libraries = map { m{ => (/\S+)} ? $1 : () } `ldd $um 2>/dev/null`;
	skip 'um is not built, or not for this machine', 1 unless @libraries;
	my %exported = map { /^\S+ [TWi] (\w+)/ ? ($1 => 1) : () } map { `nm -D $_` } @libraries;
	delete $exported{timespec_get};
	cmp_ok(scalar keys %exported, '>', 500, 'the libraries export names');
	my @both = grep { $exported{$_} } sort keys %global;
	is("@both", '', '... and none of them is one of um\'s');
}

# --- includes and names

# A source without comments and strings, its lines kept.
sub code_of {
	my ($path) = @_;

	open(my $file, '<', $path) or die "$path: $!";
	local $/;
	my $text = <$file>;
	$text =~ s{("(?:[^"\\\n]|\\.)*")|('(?:[^'\\\n]|\\.)*')|(/\*.*?\*/)|(//[^\n]*)}
		{ defined $1 ? '""' : defined $2 ? "''" : "\n" x (($3 // '') =~ tr/\n//) }gse;
	return $text;
}

sub includes_of {
	my ($path) = @_;

	open(my $file, '<', $path) or die "$path: $!";
	return map { /^\s*#\s*include\s*([<"][^>"]+[>"])/ ? $1 : () } <$file>;
}

my %libc = map { ("<$_>" => 1) } qw(ctype.h limits.h stdarg.h stdbool.h stddef.h stdint.h stdio.h
	string.h bsd/sys/tree.h);
my @sources = map { files($_, qr/\.[ch]$/) } @generic, 'include/um';
@sources = grep { !/_user\.c$/ } @sources;

my @headers;
for my $path (@sources) {
	for (includes_of($path)) {
		next if $libc{$_} || m{^<(linux|asm|asm-generic)/} || m{^"} ||
			m{^<sysdep/};
		push @headers, "$path includes $_";
	}
}
is(join("\n", @headers), '', 'generic code includes no header of the host\'s');

my @upward = map { my $path = $_; map { "$path includes $_" }
	grep { m{^"(kernel|mm|fs|drivers|net|lib|ptproxy)/} } includes_of($path) }
	files('os', qr/\.[ch]$/), files('include/um', qr/\.h$/);
is(join("\n", @upward), '', 'os/ and the shared headers include nothing of a subsystem\'s own');

my $cpu = qr/\b(x86(_64)?|i[3-6]86|amd64|arm64|aarch64|arm|ppc(64(le)?)?|powerpc|riscv(64)?|s390x?|
	mips(el)?|sparc|__x86_64__|__i386__|__aarch64__|__arm__|__powerpc(64)?__|__riscv|
	[re](ax|bx|cx|dx|si|di|bp|sp|ip)|eflags|xmm\d+)\b/xi;
my @named;
for my $path (grep { !m{^include/um/arch\.h$} } @sources) {
	my $line = 0;
	for (split /\n/, code_of($path)) {
		$line++;
		push @named, "$path:$line: $_" if /$cpu/;
	}
}
is(join("\n", @named), '', 'generic code names no CPU and no register');

# --- what is not to be in the tree at all

my @odd;
for my $path (@sources, map { files($_, qr/\.[chS]$/) } qw(os arch layer)) {
	my $line = 0;
	open(my $file, '<', $path) or die "$path: $!";
	while (<$file>) {
		$line++;
		push @odd, "$path:$line: $_" if /\b(TODO|FIXME|XXX)\b/ || /[ \t]+$/ && !/^\f?$/;
	}
}
is(join('', @odd), '', 'no open ends and no trailing space');

done_testing;
