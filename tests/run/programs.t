#!/usr/bin/perl
# Unmodified programs of this system, in a throw-away copy of it: um run -v / PROGRAM.
# What is not installed is skipped.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Test::More;
use UM;

plan skip_all => UM::host_programs_missing() if UM::host_programs_missing();

my $um = UM::program();

# A script for this program in a directory of its own in the guest; what it prints must match.
sub program_says {
	my ($needs, $name, $want, $script, %args) = @_;

	SKIP: {
		for (split ' ', $needs) {
			skip "$name: $_ is not installed", 2 unless UM::which($_);
		}
		my $result = UM::run(command => [$um, 'run', '-q', '-v', '-m', '512M',
			'-e', 'LC_ALL=C',
			'-e', 'HOME=/tmp', '/', UM::which('bash') // '/bin/sh', '-c',
			"mkdir -p /tmp/um-guest && cd /tmp/um-guest || exit 99\n$script"],
			stdin => '', time_limit => $args{seconds} // 120);
		like($result->{out}, $want, $name)
			or diag(UM::status_text($result), "\n", substr($result->{out}, -2000), "\n",
				substr $result->{err}, -3000);
		is($result->{status}, 0, "$name: the status");
	}
}

program_says('bash', 'bash: pipelines and loops', qr/^3 5 7\n15\nyes\n3\n$/, <<'END');
for i in 3 5 7; do echo $i; done | sort -n | tr '\n' ' ' | sed 's/ $/\n/'
s=0; while read -r n; do ((s += n)); done < <(printf '%s\n' 3 5 7); echo $s
[[ abc =~ ^a.c$ ]] && echo yes
f() { local x=$1; return $x; }; f 3; echo $?
END
program_says('bash', 'bash: traps, jobs and here documents', qr/^in here\n1\nusr1\nended 7\nbye\n$/,
	<<'END');
cat <<X
in here
X
sleep 100 & jobs -r | wc -l; kill %1; wait %1 2>/dev/null
trap 'echo usr1' USR1; kill -USR1 $$
(exit 7) & wait $!; echo ended $?
trap 'echo bye' EXIT
END
program_says('cp sort', 'coreutils', qr/^5\n1 a\n2 b\n1 c\n600\nsame\nb\n10000\n$/, <<'END');
printf 'b\na\nb\nc\n' >f; expr 2 + 3; sort f | uniq -c | awk '{print $1, $2}'
cp f g; chmod 600 g; stat -c %a g; cmp f g && echo same; cut -c1 f | head -n 1
seq 1 10000 | shuf | sort -n | tail -n 1
mkdir -p d/e; mv g d/e; rm -r d; touch -d @0 f; ls -l f >/dev/null; df . >/dev/null; du -s . >/dev/null
END
program_says('find grep sed awk', 'find, grep, sed, awk', qr/^3\nb.c:main\nMAIN\n6 2.0\n$/,
	<<'END');
mkdir -p x/y; echo 'int x;' >x/a.c; echo main >x/y/b.c; echo 1 2 3 >x/y/n.c
find x -name '*.c' | wc -l
(cd x/y; grep -r main . | sed 's,^\./,,')
sed 's/m/M/;y/ain/AIN/' x/y/b.c
awk '{for(i=1;i<=NF;i++)s+=$i; printf "%d %.1f\n", s, s/NF}' x/y/n.c
END
program_says('tar gzip', 'tar and gzip: a round trip', qr/^identical\n700\nl -> f\n$/, <<'END');
mkdir -p t/s; head -c 300000 /dev/urandom >t/f; seq 1 20000 >t/s/g; chmod 700 t/s/g; ln -s f t/l; ln t/f t/h
tar czf t.tgz t && mkdir out && tar xzf t.tgz -C out
diff -r t out/t && echo identical; stat -c %a out/t/s/g
ls -l out/t/l | sed 's/.*l ->/l ->/'; rm -r t out; gzip -t t.tgz
END
my $python = '/usr/bin/python3';
program_says('python3', 'python3: threads', qr/^40000 \[0, 1, 4, 9, 16, 25, 36, 49\]\n$/, <<'END');
/usr/bin/python3 - <<'X'
import threading, concurrent.futures, queue
lock, total = threading.Lock(), 0
def add():
    global total
    for _ in range(10000):
        with lock: total += 1
ts = [threading.Thread(target=add) for _ in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]
with concurrent.futures.ThreadPoolExecutor(4) as e: squares = list(e.map(lambda n: n * n, range(8)))
print(total, squares)
X
END
program_says('python3', 'python3: subprocess, multiprocessing and asyncio',
	qr/^HELLO\n\[0, 2, 4\]\ntimeout\nasync 3\n$/, <<'END');
cat >p.py <<'X'
import subprocess, multiprocessing, asyncio
def twice(n): return 2 * n
if __name__ == '__main__':
    print(subprocess.run(['tr', 'a-z', 'A-Z'], input='hello', capture_output=True, text=True).stdout)
    with multiprocessing.Pool(2) as p: print(p.map(twice, range(3)))
    try: subprocess.run(['sleep', '100'], timeout=0.3)
    except subprocess.TimeoutExpired: print('timeout')
    async def main():
        p = await asyncio.create_subprocess_exec('sh', '-c', 'exit 3')
        await asyncio.sleep(0.01)
        return await p.wait()
    print('async', asyncio.run(main()), flush=True)
X
/usr/bin/python3 p.py
END
program_says('python3', 'python3: sqlite3', qr/^\(1000, 499500\)\nok\n$/, <<'END');
/usr/bin/python3 - <<'X'
import sqlite3
c = sqlite3.connect('db'); c.execute('pragma journal_mode=wal')
c.execute('create table t(n integer)')
c.executemany('insert into t values(?)', ((i,) for i in range(1000))); c.commit(); c.close()
c = sqlite3.connect('db')
print(c.execute('select count(*), sum(n) from t').fetchone())
print(c.execute('pragma integrity_check').fetchone()[0])
X
END
program_says('perl', 'perl', qr/^fork 5\nsorted 1 2 3\npipe out\n$/, <<'END');
perl -e '$|=1; my $p=fork; if(!$p){exit 5} waitpid $p,0; print "fork ",$?>>8,"\n";
print "sorted @{[sort {$a<=>$b} 3,1,2]}\n"; open my $f,"-|","echo out"; print "pipe ",<$f>;'
END
program_says('gcc', 'gcc: a program of several files', qr/^sum 5050, sqrt 12\.00, threads 4\n$/,
	<<'END', seconds => 240);
cat >a.h <<'X'
int sum(int n);
X
cat >a.c <<'X'
#include "a.h"
int sum(int n) { return n ? n + sum(n - 1) : 0; }
X
cat >main.c <<'X'
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include "a.h"
static atomic_int n;
static void *f(void *x) { n++; return x; }
int main(int argc, char **argv) { pthread_t t[4]; (void)argv;
for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, f, 0);
for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
printf("sum %d, sqrt %.2f, threads %d\n", sum(100), sqrt(143.0 + argc), n); return 0; }
X
gcc -O2 -c a.c && gcc -O2 -c main.c && gcc -o prog main.o a.o -lm -pthread && ./prog
END
program_says('git', 'git: init, commit, log', qr/^second\nfirst\n2\nclean\nother\n$/,
	<<'END', seconds => 240);
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q r 2>/dev/null && cd r && echo one >f && git add f && git commit -q -m first
echo two >>f && git commit -qa -m second
git log --format=%s; git show HEAD:f | wc -l; git status --porcelain | grep . || echo clean
git checkout -q -b other 2>/dev/null; git rev-parse --abbrev-ref HEAD; git fsck 2>/dev/null >/dev/null
END
program_says('make gcc', 'make -j2', qr/^8 done\n$/, <<'END', seconds => 240);
cat >Makefile <<'X'
all: $(foreach n,1 2 3 4 5 6 7 8,o$(n))
	@cat $^ | wc -l | sed 's/$$/ done/'
o%:
	@sleep 0.1; echo $* >$@
X
make -s -j2
END
program_says('bash ps', 'procps', qr/^1\nok\n$/, <<'END');
sleep 100 & ps -o pid,comm | grep -c sleep; free >/dev/null && uptime >/dev/null && echo ok; kill %1
END

# The host's files are as before.
ok(!-e '/tmp/um-guest', 'nothing of all that is on the host');

done_testing;
