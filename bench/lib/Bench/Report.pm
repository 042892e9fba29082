# What bench/compare found, as tables, JSON and a chart.
#
# results: {row}{contender} = {values => [figure of each round], failed => reason}.  A figure that
# failed once is no figure: it is shown as "failed", with the reason below the table.
package Bench::Report;

use strict;
use warnings;

use JSON::PP;

use constant NAME_WIDTH => 18;

sub median {
	my @sorted = sort { $a <=> $b } @_;
	my $middle = @sorted >> 1;

	return undef unless @sorted;
	return @sorted % 2 ? $sorted[$middle] : ($sorted[$middle - 1] + $sorted[$middle]) / 2;
}

# The median of a contender's figures for a row; undef if it has none.
sub figure {
	my ($results, $row, $who) = @_;
	my $cell = $results->{ $row->{name} }{$who} // return undef;

	return defined $cell->{failed} ? undef : median(@{ $cell->{values} });
}

# How many times as long as native, the median of each round's quotient: what disturbs one round
# disturbs native in it too.
sub ratio {
	my ($results, $row, $who) = @_;
	my ($mine, $native) = map { $results->{ $row->{name} }{$_} } $who, 'native';

	return undef unless defined figure($results, $row, $who) &&
		defined figure($results, $row, 'native');
	my @both = grep { defined $mine->{values}[$_] && $native->{values}[$_] }
		0 .. $#{ $mine->{values} };
	return median(map { $mine->{values}[$_] / $native->{values}[$_] } @both);
}

sub three_digits {
	my ($x) = @_;

	return sprintf $x < 9.995 ? '%.2f' : $x < 99.95 ? '%.1f' : '%.0f', $x;
}

sub format_figure {
	my ($row, $x) = @_;
	my @units = $row->{kind} eq 'memory' ? ([1 << 20, 'MB'], [1 << 10, 'KB']) :
		([1e9, 's'], [1e6, 'ms'], [1e3, 'us'], [1, 'ns']);

	for (@units) {
		my ($size, $unit) = @$_;
		return three_digits($x / $size) . " $unit" if $x >= $size * 0.9995;
	}
	return three_digits($x / $units[-1][0]) . " $units[-1][1]";
}

sub cell_text {
	my ($results, $row, $who) = @_;
	my $x = figure($results, $row, $who);

	return format_figure($row, $x) if defined $x;
	return defined $results->{ $row->{name} }{$who}{failed} ? 'failed' : '-';
}

sub print_times {
	my ($results, $rows, $who) = @_;

	printf "%-*s" . '%12s' x @$who . "\n", NAME_WIDTH, 'median', @$who;
	for my $row (@$rows) {
		printf "%-*s" . '%12s' x @$who . "\n", NAME_WIDTH, $row->{name},
			map { cell_text($results, $row, $_) } @$who;
	}
}

# The peer with the least figure: (figure, name).
sub best_peer {
	my ($results, $row, $who) = @_;
	my @found = sort { $a->[0] <=> $b->[0] } grep { defined $_->[0] }
		map { [figure($results, $row, $_), $_] } grep { !/^(native$|um-)/ } @$who;

	return @found ? @{ $found[0] } : ();
}

# What is compared with the goal, and the goal as text.
sub judge {
	my ($results, $row, $who) = @_;
	my $mine = figure($results, $row, $who);

	return (undef, '') unless $row->{goal};
	return ($mine, format_figure($row, $row->{goal})) if $row->{absolute};
	return (ratio($results, $row, $who), three_digits($row->{goal})) unless $row->{base};
	my $base = figure($results, { name => $row->{base} }, $who);
	return ($mine && $base ? $mine / $base : undef, three_digits($row->{goal}) . '*');
}

# Whether x is small enough; empty if it was not measured, NO if that failed.
sub yes_or_no {
	my ($results, $row, $who, $x, $most) = @_;

	return $x <= $most ? 'yes' : 'NO' if defined $x;
	return defined $results->{ $row->{name} }{$who}{failed} ? 'NO' : '';
}

sub print_ratios {
	my ($results, $rows, $who, $judged) = @_;
	my @others = grep { $_ ne 'native' } @$who;

	printf "%-*s" . '%12s' x @others . "%10s %-5s %s\n", NAME_WIDTH, 'times native', @others,
		'goal', 'met', 'best peer beaten';
	for my $row (@$rows) {
		my ($peer, $name) = best_peer($results, $row, $who);
		my $mine = $judged && figure($results, $row, $judged);
		my ($judge, $goal) = $judged ? judge($results, $row, $judged) : (undef, '');

		printf "%-*s" . '%12s' x @others . "%10s %-5s %s\n", NAME_WIDTH, $row->{name},
			(map { my $r = ratio($results, $row, $_);
				defined $r ? three_digits($r) : '-' }
				@others),
			$goal,
			$goal eq '' ? '' : yes_or_no($results, $row, $judged, $judge, $row->{goal}),
			!$name || !$judged ? '' :
				yes_or_no($results, $row, $judged, $mine, $peer) . " ($name)";
	}
}

sub print_failures {
	my ($results, $rows, $who) = @_;

	for my $row (@$rows) {
		for my $name (@$who) {
			my $reason = $results->{ $row->{name} }{$name}{failed} // next;
			print "$row->{name}, $name: failed: $reason\n";
		}
	}
}

# Whom the goals are for: the reflect gate, or until it is there the other.
sub judged {
	my ($who) = @_;
	my ($judged) = grep { my $name = $_; grep { $_ eq $name } @$who } 'um-reflect', 'um-ptrace';

	return $judged;
}

sub print_all {
	my ($results, $rows, $who) = @_;
	my $judged = judged($who);

	print_times($results, $rows, $who);
	print "\n";
	if (@$who > 1 && grep { $_ eq 'native' } @$who) {
		print_ratios($results, $rows, $who, $judged);
		print "\nmet, beaten: $judged\n" if $judged;
		print "*: times its own beside-10\n" if grep { $_->{base} } @$rows;
		print "(the goals are um-reflect's)\n" if ($judged // '') eq 'um-ptrace';
	}
	print_failures($results, $rows, $who);
}

sub write_json {
	my ($path, $about, $results, $rows, $who) = @_;
	my %out = (%$about, contenders => $who, rows => []);

	for my $row (@$rows) {
		my %cells;
		for my $name (@$who) {
			my $cell = $results->{ $row->{name} }{$name} // next;
			my $median = figure($results, $row, $name);

			$cells{$name} = {
				values => [map { 0 + $_ } grep { defined } @{ $cell->{values} // [] }],
				median => defined $median ? 0 + $median : undef,
				failed => $cell->{failed} };
			$cells{$name}{times_native} = ratio($results, $row, $name);
		}
		push @{ $out{rows} }, { name => $row->{name}, goal => $row->{goal},
			goal_base => $row->{base},
			unit => $row->{kind} eq 'memory' ? 'bytes' : 'ns', results => \%cells };
	}
	open(my $file, '>', $path) or die "$path: $!\n";
	print $file JSON::PP->new->canonical->pretty->encode(\%out);
	close $file or die "$path: $!\n";
}

# Bars of the times native on a logarithmic scale, by gnuplot.  Why not, or undef.
sub write_chart {
	my ($path, $results, $rows, $who) = @_;
	my @others = grep { $_ ne 'native' } @$who;
	my @shown = grep {
		my $row = $_;
		grep { defined ratio($results, $row, $_) } @others
	} @$rows;

	return 'there is nothing to compare with native' unless @shown;
	open(my $plot, '|-', 'gnuplot 2>/dev/null') or return "gnuplot: $!";
	local $SIG{PIPE} = 'IGNORE';
	print $plot "\$data << EOD\n";
	print $plot join("\t", 'row', @others), "\n";
	for my $row (@shown) {
		print $plot join("\t", qq("$row->{name}"),
			map { ratio($results, $row, $_) // '?' } @others), "\n";
	}
	my $columns = @others + 1;
	my $width = 200 + 14 * @shown * ($columns + 1);
	$width = 800 if $width < 800;
	print $plot <<"END";
EOD
set terminal svg size $width,700 noenhanced background rgb 'white' font 'sans,14'
set bmargin 9
set output '$path'
set datafile missing '?'
set title 'times native (1 = as fast as the host; lower is better)'
set logscale y
set grid y
set key top left horizontal autotitle columnhead
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.9
set xtics rotate by -40 scale 0
set arrow from graph 0,first 1 to graph 1,first 1 nohead lw 2 lc rgb 'black' front
plot for [i=2:$columns] \$data using i:xtic(1)
END
	return close($plot) ? undef : 'gnuplot is not installed, or failed';
}

1;
