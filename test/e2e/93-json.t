#!/bin/sh
# --json: what every command writes is what dfc(1), "JSON", tells, and all of
# that is written by some command.
. "${0%/*}/../lib.sh"
root=$(cd "${0%/*}/../.." && pwd)
t_begin
dfs_conf 'quarantine = 1s' 'fence = 1s'
start_servers 4

# judge MANUAL NOTES: what is wrong with objects, each line "STATUS COMMAND"
# of NOTES followed by its output and an empty line.
cat >"$T/judge" <<'EOF'
use strict;
use warnings;
use JSON::PP;
my ($manual, $notes) = @ARGV;
my (%told, %seen, $type, $in);
open my $m, '<', $manual or die;
while (<$m>) {
	$in = /^\.Sh JSON/ if /^\.Sh/;
	next unless $in;
	if (/^\.It Ql (\S+)/) { $type = $1; $told{$type} = {}; }
	elsif (/^\.Ql (\S+)/) { $told{$type // ''}{$1} = 1; }
}
my $json = JSON::PP->new->utf8;
my ($label, $status, $last);
sub keys_of {
	my ($type, $o) = @_;
	if (ref $o eq 'ARRAY') { keys_of($type, $_) for @$o; return }
	return unless ref $o eq 'HASH';
	for my $k (keys %$o) {
		keys_of($type, $o->{$k});
		(my $plain = $k) =~ s/_hex$//;
		next if $told{''}{$k} && ($k eq 'v' || $k eq 'type');
		$seen{$type}{$plain} = 1;
		print "$label: $type has $k\n" unless $told{$type}{$plain};
	}
}
open my $n, '<', $notes or die;
while (<$n>) {
	chomp;
	if (!defined $label) { ($status, $label) = split / /, $_, 2; next }
	if ($_ eq '') {
		print "$label: no summary at the end\n"
			unless $last && $last->{type} eq 'summary';
		print "$label: exit $last->{exit}, and $status\n"
			if $last && $status ne '-' && $last->{exit} != $status;
		$label = $last = undef;
		next;
	}
	my $o = eval { $json->decode($_) };
	if (ref $o ne 'HASH') { print "$label: no object: $_\n"; next }
	print "$label: v: $_\n" unless ($o->{v} // '') eq '1';
	$type = $o->{type} // '';
	$seen{$type} //= {};
	if ($told{$type}) { keys_of($type, $o) }
	else { print "$label: type: $_\n" }
	$last = $o;
}
delete @told{'', 'line'}; # that one needs a terminal
for $type (sort keys %told) {
	print "no $type\n" unless $seen{$type};
	print "no $_ in $type\n"
		for grep { !$seen{$type}{$_} } sort keys %{$told{$type}};
}
EOF

: >"$T/notes"
note() {
	{ echo "$1 $2"; cat "$T/out"; echo; } >>"$T/notes"
}
json() {
	client --json "$@"
	note "$status" "$*"
}
# session LINE...: in a session of lines.
session() {
	printf '%s\n' "$@" | "$DFC" --json >"$T/out" 2>/dev/null
	note - "$*"
}

mkdir -p d/sub && echo one >d/one && echo two >d/sub/two
random_file 200000 big
odd=$(printf 'odd\377name')
cp d/one "$odd"
json put -r d big "$odd" nosuch
json put --skip-existing big
json put -n big
json get big nosuch -t got
json get -n big
json get -r --skip-existing -t got d
json list
json list nosuch
json ls -l
json ls -R d
json find --name 't*'
json tree
json du
json du big
json df
json sum big
json sum -c --sha256 big
json sum --sha256 big nosuch
json test -e big
json test -e nosuch
json stat big nosuch
json explain big nosuch
json explain --verify big
json status
json status -s
json check
json check --without dfs1 --without dfs2
json heal -n
json heal nosuch
json members
json cp big big2
json cp -r d e
json mv big2 big3
json mv nosuch big3
json mirror d mirrored
json rm d/one
json mirror -n --delete d mirrored
json mirror --delete d mirrored
json mirror -R mirrored m
json rm -n -r e
json rm -rf e m
json rm nosuch
json help
json help put
json help nosuch
json version
json keygen new.key
json completion fish
json cat big
json head big
json tail big
json get -o - big
json nosuch
json put
json ls --nosuch
for command in cd pwd lcd lpwd lls set source history quit; do
	json $command
done
session 'cd d' pwd lpwd set 'set jobs 3' 'set jobs' history 'lcd .' 'quit'
session lls
session 'ls nosuch'
kill_server 2
json put -o big d/sub/two
json status
json members
json df
json explain big
json check
json heal
session status status
restart_server 2
json heal
kill_server 1 3
json put -o big d/sub/two
json get big
json list
json ls
json df
json explain big
json status
restart_server 1 3
start_server 5
write_conf 5
json members
json members add dfs5

perl "$T/judge" "$root/man/dfc.1" "$T/notes" >"$T/wrong" 2>&1
is "$(cat "$T/wrong")" '' 'what --json writes is what the manual tells'
client ls --json odd*
ok 'a name that is not UTF-8 is in hex' \
	grep -q '"name_hex":"6f6464ff6e616d65"' "$T/out"
for command in $("$DFC" help | sed -n '/^$/,$s/^  \([a-z]*\)  .*/\1/p'); do
	ok "$command was run" grep -Eq "^[0-9-]+ (.* )?$command( |$)" "$T/notes"
done
dialogue 'history is a list of lines' -s 120x24 "$DFC" <<'EOF'
expect dfc>
send version\r
expect dfc 0
expect dfc>
send history --json\r
expect {"v":1,"type":"line","number":1,"text":"version"}
expect dfc>
ctrl D
exit 0
EOF
t_end
