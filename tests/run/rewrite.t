#!/usr/bin/perl
# System call sites that become jumps (the switch `rewrite`, which does it for the ptrace gate):
# that they do, what the counts say, and that programs of this system do not notice.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

plan skip_all => UM::host_programs_missing() if UM::host_programs_missing();

my $um = UM::program();

# A bash script in a copy of this system, with these switches; its result.
sub run_script {
	my ($script, @switches) = @_;

	return UM::run(command => [$um, 'run', '-v', '-m', '512M', '-e', 'LC_ALL=C',
		'-e', 'HOME=/tmp',
		(map { ('-k', $_) } @switches), '/', UM::which('bash'), '-c',
		"mkdir -p /tmp/um-guest && cd /tmp/um-guest || exit 99\n$script"],
		stdin => '', time_limit => 120);
}

# The counts that um logs when it ends.
sub counts {
	my ($result) = @_;

	return $result->{err} =~ /system call sites:((?: \w+ \d+)+)/ ? (split ' ', $1) : ();
}

plan skip_all => 'bash is not installed' unless UM::which('bash');

my $loop = 'for ((i = 0; i < 50; i++)); do read -r x < /etc/passwd; done; echo "$i"';
my $result = run_script($loop, 'mode=ptrace', 'rewrite', 'loglevel=8');
if ($result->{err} =~ /keep code from being read\.\.\.failed/) {
	diag('the host has no execute-only memory: what reads its own code sees jumps');
}
my %count = counts($result);
is($result->{out}, "50\n", 'a loop of bash');
cmp_ok($count{sites} // 0, '>=', 3, 'sites have been rewritten')
	or diag(substr $result->{err}, -2000);
like($result->{err}, qr/call 0 at 0x[0-9a-f]+: sites/, 'read is one of them');

$result = run_script($loop, 'mode=ptrace', 'rewrite', 'norewrite', 'loglevel=8');
%count = counts($result);
is($result->{out}, "50\n", 'norewrite: a loop of bash');
is($count{sites}, 0, 'norewrite: no site is rewritten');
$result = run_script($loop, 'mode=ptrace', 'loglevel=8');
unlike($result->{err}, qr/system call sites:/, 'without the switch nothing is said');

# What programs do with their own code and others'.
sub program_says {
	my ($needs, $name, $want, $script) = @_;

	SKIP: {
		for (split ' ', $needs) {
			skip "$name: $_ is not installed", 2 unless UM::which($_);
		}
		my $result = run_script($script, 'mode=ptrace', 'rewrite', 'quiet');
		like($result->{out}, $want, $name)
			or diag(UM::status_text($result), "\n", substr($result->{out}, -2000), "\n",
				substr $result->{err}, -3000);
		is($result->{status}, 0, "$name: the status");
	}
}

program_says('python3', 'python3: threads that start processes', qr/^10 499500$/, <<'END');
python3 - <<X
import subprocess, threading
done = []
def start():
    done.append(subprocess.run(["true"]).returncode)
threads = [threading.Thread(target=start) for i in range(10)]
for t in threads: t.start()
for t in threads: t.join()
print(len(done), sum(range(1000)))
X
END
program_says('gcc', 'gcc: a compiler and its children', qr/^compiled$/, <<'END');
printf '#include <stdio.h>\nint main(void) { puts("compiled"); }\n' >a.c
for i in 1 2 3; do gcc -O2 a.c -o a.out || exit 1; done
./a.out
END
program_says('gdb gcc', 'gdb: breakpoints on system calls', qr/^4$/, <<'END');
printf '#include <unistd.h>\nint main(void) { for (int i = 0; i < 20; i++) getppid(); return 0; }\n' >b.c
gcc -g b.c -o b.out || exit 1
gdb -batch -ex 'break getppid' -ex run -ex 'ignore 1 15' -ex c -ex c -ex c ./b.out 2>/dev/null |
	grep -c '^Breakpoint 1, '
END
program_says('strace', 'strace: attached to a process that runs', qr/^read is seen$/, <<'END');
(while :; do read -r x < /etc/passwd; done) & pid=$!
sleep 0.3
timeout 1 strace -o log -e trace=read -p $pid 2>/dev/null
kill $pid
grep -q '^read(' log && echo read is seen
END
program_says('node', 'node: code made at run time', qr/^true$/, <<'END');
node -e 'const fs = require("fs"); let n = 0;
for (let i = 0; i < 300; i++) n += fs.readFileSync("/etc/passwd").length;
console.log(n > 0)'
END

done_testing();
