# The files that the rows about files and real work use: always the same ones, made once.
package Bench::Work;

use strict;
use warnings;

use File::Path qw(make_path remove_tree);

# Goes up when what is made here changes.
use constant VERSION => 3;
use constant { DIRS => 50, FILES_PER_DIR => 100, TEXT_FILES => 500, TEXT_SIZE => 100_000,
	INSERTS => 10_000, C_LINES => 2000 };

# Pseudo-random numbers that are the same on every machine.
my $state;
sub seed { $state = shift }
sub number {
	my ($below) = @_;

	$state = ($state * 1103515245 + 12345) & 0x7fffffff;
	return ($state >> 8) % $below;
}

my @words = qw(page table inode socket signal thread kernel buffer clock device frame queue lock
	timer stack handle vector region filter stream);

sub text {
	my ($size) = @_;
	my $text = '';

	while (length $text < $size) {
		$text .= join(' ', map { $words[number(scalar @words)] . number(1000) } 1 .. 8) .
			"\n";
	}
	return $text;
}

sub put {
	my ($path, @text) = @_;

	open(my $file, '>', $path) or die "$path: $!\n";
	print $file @text;
	close $file or die "$path: $!\n";
}

# A function of 20 lines, of the kinds of statements that C files have.  None is static, so that
# none is left out.
sub c_function {
	my ($i) = @_;
	my ($a, $b, $c) = map { number(97) + 3 } 1 .. 3;
	my $other = $i ? 'function' . number($i) : 'start';

	return <<"END";
int function$i(struct item *item, int count)
{
	int sum = $a;

	for (int i = 0; i < count; i++) {
		switch (item[i].kind % 4) {
		case 0:
			sum += item[i].value * $b;
			break;
		case 1:
			sum ^= item[i].value >> (i & 7);
			break;
		default:
			sum -= $other(item + i, count / 2);
		}
		if (sum > $c * count)
			sum %= $c;
		item[i].value = sum;
	}
	return sum;
}
END
}

sub c_source {
	my $functions = int((C_LINES - 10) / 22);
	my $text = "struct item {\n\tint kind, value;\n};\n\n" .
		"extern int start(struct item *item, int count);\n\n";

	$text .= c_function($_) . "\n" for 0 .. $functions - 1;
	$text .= "int run(struct item *item, int count)\n{\n\treturn function" . ($functions - 1) .
		"(item, count);\n}\n";
	return $text;
}

# 5,000 files of 1 to 4 KiB under git, if there is git.
sub make_files {
	my ($dir) = @_;

	for my $d (1 .. DIRS) {
		make_path("$dir/d$d");
		put("$dir/d$d/f$_.txt", text(1024 + number(3072))) for 1 .. FILES_PER_DIR;
	}
	local $ENV{GIT_CONFIG_GLOBAL} = '/dev/null';
	system("cd '$dir' && git init -q . && git add . && git -c user.name=bench " .
		"-c user.email=bench\@localhost -c gc.auto=0 commit -q -m files >/dev/null 2>&1");
}

sub make_texts {
	my ($dir) = @_;
	my @blocks = map { text(TEXT_SIZE / 10) } 1 .. 40;

	make_path($dir);
	for my $i (1 .. TEXT_FILES) {
		put("$dir/t$i", (map { $blocks[number(scalar @blocks)] } 1 .. 10),
			$i % 100 ? () : "a needle\n");
	}
}

sub make_inserts {
	my ($path) = @_;

	put($path, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, value INTEGER);\nBEGIN;\n",
		(map { sprintf "INSERT INTO t VALUES (%d, '%s%d', %d);\n", $_,
			$words[number(scalar @words)], number(10000), number(1 << 22) }
			1 .. INSERTS),
		"COMMIT;\n");
}

# Makes what is missing in `dir`.
sub make {
	my ($dir) = @_;
	my $made = "$dir/made." . VERSION;

	return if -e $made;
	print STDERR "compare: making files in $dir\n";
	remove_tree($dir);
	make_path($dir);
	seed(1);
	put("$dir/big.c", c_source());
	make_inserts("$dir/inserts.sql");
	make_files("$dir/files");
	make_texts("$dir/text");
	put($made, '');
}

# Reads all once, so that no contender is the one that waits for the disk.
sub read_all {
	my ($dir) = @_;

	system("find '$dir' -type f -exec cat {} + >/dev/null");
}

1;
