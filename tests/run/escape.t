#!/usr/bin/perl
# The host outside ROOT is out of reach: through "..", links, /proc, races, mounts, devices.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use File::Temp qw(tempdir);
use POSIX ();
use Test::More;
use UM;

my $dir = UM::guest_dir();
my $root = UM::make_root();
# Beside ROOT, so that one ".." too many finds it.
my $outside = tempdir('um-outside.XXXXXX', TMPDIR => 1, CLEANUP => 1);
my ($name) = $outside =~ m{([^/]+)$};
my $bound = tempdir('um-bound.XXXXXX', TMPDIR => 1, CLEANUP => 1);

chmod 0755, $outside, $bound;
UM::write_file("$outside/secret", "SECRET\n", 0644);
symlink "$outside/secret", "$root/absolute";
symlink "../$name/secret", "$root/relative";
symlink "../../../../../../../..$outside/secret", "$root/long";
symlink $outside, "$root/directory";
symlink '..', "$root/parent";
symlink "$outside/secret", "$bound/absolute";
symlink "../$name", "$bound/relative";
mkdir "$bound/sub";
UM::write_file("$bound/file", "bound\n", 0644);

# No word of the secret may come out of this shell line.
sub stays_inside {
	my ($name_of_it, $line, @options) = @_;
	my $result = UM::guest({ root => $root, options => ['-b', "$bound:/bound", '-b',
		"$bound/file:/bound-file", @options], time_limit => 60 }, 'sh', '-c',
		"$line; echo end");

	unlike($result->{out}, qr/SECRET/, $name_of_it);
	like($result->{out}, qr/^end$/m, '... and the guest came to its end')
		or diag(UM::status_text($result), "\n", $result->{err});
	return $result;
}

my $secret = "$outside/secret";
for my $volatile ([], ['-v']) {
	my $with = @$volatile ? ' (-v)' : '';

	stays_inside("..$with", "cat $secret ../$name/secret /../$name/secret /../../..$secret
		/bin/../../$name/secret", @$volatile);
	stays_inside("symbolic links of the host$with", "cat absolute relative long directory/secret
		parent/$name/secret parent/parent/$name/secret", @$volatile);
	stays_inside("symbolic links of the guest$with",
		"ln -s $secret l1; ln -s ../$name/secret l2;
		ln -s /..$secret l3; ln -s $outside l4; cat l1 l2 l3 l4/secret; rm l1 l2 l3 l4", @$volatile);
	stays_inside("/proc$with", "cat /proc/self/root/../$name/secret /proc/self/root/..$secret
		/proc/1/root/../$name/secret /proc/self/cwd/../$name/secret /proc/self/root$secret
		/proc/self/exe/../../../$name/secret; for fd in 0 1 2 3 4; do
		cat /proc/self/fd/\$fd/../$name/secret; done", @$volatile);
	stays_inside("the working directory$with", "cd /tmp; cat ../../$name/secret; cd ..; cd ..;
		cat $name/secret; cat ..$secret", @$volatile);
	stays_inside("a bind$with", "cd /bound; cat ../$name/secret; cat absolute relative/secret;
		cd sub; cat ../../$name/secret; cat /bound/../$name/secret /bound-file/../$name/secret;
		cd /bound; mv sub /bound-moved; cd /; ls /bound", @$volatile);
	stays_inside("hard links$with", "ln $secret h1; ln ../$name/secret h2; ln absolute h3;
		ln -P absolute h4; cat h1 h2 h3 h4; rm -f h1 h2 h3 h4", @$volatile);
}

stays_inside('mounts', "mkdir -p /m; mount -t hostfs $outside /m && cat /m/secret;
	mount -t hostfs -o $outside none /m && cat /m/secret; mount -t hostfs ../$name /m && cat /m/secret;
	mount --bind $outside /m && cat /m/secret; mount --bind /../$name /m && cat /m/secret;
	mount -t overlay -o lowerdir=$outside overlay /m && cat /m/secret");
stays_inside('device nodes', "for n in 'b 8 0' 'b 7 0' 'b 259 0' 'c 1 1' 'c 1 2' 'c 10 200'; do
	mknod dev-x \$n && head -c 512 dev-x | od | head -n 2; rm -f dev-x; done");
stays_inside('core_pattern', "echo '|/bin/sh -c cat\\ $secret>$root/leak' >/proc/sys/kernel/core_pattern;
	ulimit -c unlimited; sh -c 'kill -SEGV \$\$'");
ok(!-e "$root/leak", '... no program was run on the host');
stays_inside('host links through /proc', "cat /proc/*/root/..$secret /proc/*/cwd/..$secret");

SKIP: {
	skip "$dir/escape is not built", 1 unless -x "$dir/escape";
	for (['the way out of a chroot', "chroot $name/secret"],
		['a race of renames', "race $name/secret"],
		['a race of a link', "swap $secret"], ['every descriptor', "fds $name/secret"]) {
		my ($what, $words) = @$_;
		my $result = stays_inside($what, "/escape/escape $words", '-b', "$dir:/escape");
		like($result->{out}, qr/^inside$/m, '... and it ran to its end')
			or diag($result->{err});
	}
}

# Files that the host replaces between the guest's first look at them and its open.
for my $volatile ([], ['-v']) {
	my @names = map { "$root/swapped-$_" } qw(link fifo file);
	my $none = '';

	UM::write_file($_, "first\n", 0644) for @names;
	my $job = UM::start(command => [UM::program(), 'run', '-q', @$volatile, $root, 'sh', '-c',
		'cd /; ls -l swapped-*; echo ready; read go; for f in swapped-*; do cat $f; done; echo end']);
	UM::wait_for(sub { UM::pump($job, \$none, 0.05); $job->{text} =~ /ready/ }, 20);
	symlink $secret, "$names[0].new";
	POSIX::mkfifo("$names[1].new", 0644);
	UM::write_file("$names[2].new", "second\n", 0644);
	rename "$_.new", $_ for @names;
	my $result = UM::finish($job, stdin => "go\n", time_limit => 30);
	my $with = @$volatile ? ' (-v)' : '';
	unlike($result->{out}, qr/SECRET|second/, "files that were swapped are not opened$with");
	like($result->{out}, qr/^end$/m, '... and nothing waits') or diag($result->{err});
	unlink @names;
}

# The device nodes and bits that a guest's root makes are none on the host.
my $nodes = UM::guest({ root => $root }, 'sh', '-c',
	'mknod /node c 1 3; cp /bin/busybox /suid; chmod 6755 /suid;
	stat -c "%F %a" /node /suid');
like($nodes->{out}, qr/character special file.*\nregular file 6755/, 'the guest sees what it made');
ok(!-c "$root/node", 'a device node is none on the host');
ok(!-u "$root/suid" && !-g "$root/suid", 'a setuid bit is none on the host');

# Nothing outside was touched.
opendir(my $all, $outside);
is(join(' ', sort grep { !/^\.\.?$/ } readdir $all), 'secret', 'nothing was made outside');
is(UM::read_file($secret), "SECRET\n", 'nothing was changed outside');

done_testing;
