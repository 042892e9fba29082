# What compares the rows of a test program in a guest with the same program's on the host.
package Rows;

use strict;
use warnings;

# What um does not claim to have: a row that says so may be skipped in the guest alone.
my $NOT_CLAIMED = qr/^no (\w+ namespaces|single steps by a flag of this CPU)$/;

my ($number, $failed) = (0, 0);

# {order => [names], rows => {name => [verdict, message]}, ...} of a TAP stream.
sub parse {
	my ($text) = @_;
	my (@order, %rows, $last);

	for (split /\n/, $text) {
		if (/^(not )?ok \d+ - (.*?)(?: # SKIP (.*))?$/) {
			$rows{$2} = [$1 ? 'failed' : defined $3 ? 'skipped' : 'ok', $3 // ''];
			push @order, $last = $2;
		} elsif (/^# (.*)/ && defined $last) {
			$rows{$last}[1] .= $1;
		}
	}
	return { order => \@order, rows => \%rows };
}

# One line of TAP; $skip is why it says nothing.
sub report {
	my ($good, $name, $message, $skip) = @_;

	$number++;
	$failed++ unless $good;
	print $good ? '' : 'not ', "ok $number - $name", defined $skip ? " # SKIP $skip" : '', "\n";
	print STDERR "# $name\n", map { "#   $_\n" } grep { length } split /\n/, $message
		unless $good;
}

# One row: the host's, the guest's (undef if it did not come that far) and how the guest ended.
sub compare {
	my ($label, $native, $guest, $ended) = @_;

	if (!$guest) {
		report(0, $label, "the guest did not come that far: $ended");
	} elsif ($native->[0] eq 'failed') {
		report(1, $label, '', "no oracle, the host itself fails: $native->[1]");
	} elsif ($guest->[0] eq 'failed') {
		report(0, $label, "guest: $guest->[1]\nhost: $native->[0]");
	} elsif ($guest->[0] eq 'skipped' && $guest->[1] =~ $NOT_CLAIMED) {
		report(1, $label, '', $guest->[1]);
	} elsif ($guest->[0] eq 'skipped' && $native->[0] ne 'skipped') {
		report(0, $label, "guest skips: $guest->[1]\nhost: ok");
	} else {
		report(1, $label, '', $guest->[0] eq 'skipped' ? $guest->[1] : undef);
	}
}

# How many rows were reported, and how many of them as failed.
sub count { return $number }
sub failures { return $failed }

1;
