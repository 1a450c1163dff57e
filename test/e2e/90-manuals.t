#!/bin/sh
# The manuals, the samples and --help tell of the same options, keys and
# commands.
. "${0%/*}/../lib.sh"
root=$(cd "${0%/*}/../.." && pwd)
t_begin
man=$root/man

# options FILE: the long and short options of a --help.
options() {
	sed -n 's/^  *\(-[^ ,]*\)\(, \(--[^ ]*\)\)\{0,1\}.*/\1 \3/p' "$1" |
		tr ' ' '\n' | sort -u | sed '/^$/d; s/=.*//'
}

# unknown_to PAGE OPTION...: those that the page does not have.
unknown_to() {
	page=$1
	shift
	for option in "$@"; do
		grep -Eq "Fl .*(${option#-}|^${option#-})( |,|\$)" "$page" ||
			echo "$option"
	done
}

"$DFS" --help >"$T/help"
is "$(unknown_to "$man/dfs.8" $(options "$T/help"))" '' \
	'dfs.8 has every option of dfs --help'
"$DFC" --help >"$T/help"
is "$(unknown_to "$man/dfc.1" $(options "$T/help"))" '' \
	'dfc.1 has every option of dfc --help'
commands=$(sed -n '/^$/,$s/^  \([a-z]*\)  .*/\1/p' "$T/help")
like "$commands" '*put*get*' 'dfc --help lists commands'
for command in $commands; do
	ok "dfc.1 has the command $command" \
		grep -Eq "^\.(It|Nm|Ic|Cm|Ss|Sx).* $command( |\$)" "$man/dfc.1"
	client "$command" --help
	exits 0 "$command --help succeeds"
	like "$out" "usage: dfc $command*" 'and tells its usage on stdout'
	is "$(awk 'length > 80' "$T/out")" '' 'in 80 columns'
	is "$(unknown_to "$man/dfc.1" $(options "$T/out"))" '' \
		"dfc.1 has every option of $command"
done

for status in $(sed -n 's/^	EXIT_[A-Z]* = \([0-9]*\),.*/\1/p' \
	"$root/shell/exit.h"); do
	ok "dfc.1 has the exit status $status" \
		grep -Eq "^\.It ([0-9]+ , )?$status( ,|\$)" "$man/dfc.1"
done
for variable in $(cat "$root"/shell/*.c | grep -o 'getenv("[A-Z_]*")' |
	sed 's/.*"\(.*\)".*/\1/' | sort -u); do
	ok "dfc.1 has the variable $variable" \
		grep -qx "\.It Ev $variable" "$man/dfc.1"
done
like "$status $variable" '143 TMPDIR' 'all of both'

# keys FILE: of a sample, where each stands commented out.
keys() {
	sed -n 's/^[#;] *\([a-z_]*\) *=.*/\1/p' "$1" | sort -u
}
"$DFS" -o user=nobody -k key -T "$T/x" 0 | sed -n 's/^\([a-z_]*\) *=.*/\1/p' | sort >"$T/keys"
ok 'dfs -T prints keys' test -s "$T/keys"
for key in $(cat "$T/keys"); do
	ok "dfs.conf.5 has $key" grep -Eq "^\.It .*$key" "$man/dfs.conf.5"
	ok "the sample dfs.conf has $key" grep -Eq "^[#;]? *$key *=" \
		"$root/etc/dfs.conf"
done
for key in $(keys "$root/etc/dfs.conf"); do
	ok "dfs knows the sample's key $key" grep -qx "$key" "$T/keys"
done
for key in $(keys "$root/etc/dfc.conf"); do
	ok "dfc.conf.5 has $key" grep -Eq "^\.It .*$key" "$man/dfc.conf.5"
done
user=$(id -un)
"$DFC" keygen "$T/key"
sed "s/^[#;] *\([a-z_]* *=\)/\1/; s/^user = .*/user = $user/; s,^key = .*,key = $T/key," \
	"$root/etc/dfs.conf" >"$T/all.conf"
ok 'the sample dfs.conf is right with every key in force' \
	"$DFS" -c "$T/all.conf" -t "$T/x" 0
ok 'the sample dfs.conf is right as it is' \
	"$DFS" -c "$root/etc/dfs.conf" -t "$T/x" 0
client -c "$root/etc/dfc.conf" list
[ "$status" -ne 2 ]
t_result $? 'the sample dfc.conf is right' || show_run

# What is promised, and what is said of failures, names its test.
tests=$(sed -n '/begin tests/,/end$/s/.* Ta Pa \(.*\)/\1/p' \
	"$man/dfs-consistency.7")
like "$tests" '*.t*.t*' 'dfs-consistency.7 names tests'
for test in $tests; do
	ok "there is a test/$test" test -f "$root/test/$test"
done
tests=$(sed -n '/shown by$/,/^A put/s/^    .\{44,\}  \([a-z0-9/]*\)$/\1/p' "$root/README" |
	grep -v '^-')
like "$tests" 'e2e/30*powercut*clock' 'so does the table of failures in README'
for test in $tests; do
	ok "there is a test $test" test -n \
		"$(find "$root/test" -path "*/$test*.t" | head -n 1)"
done
# Likewise each way in which others have fallen.
sed -n 's/^        \([a-z0-9]*\/[^ ]*\) *\([a-z_0-9]*\)$/\1 \2/p' \
	"$root/test/README" >"$T/tests"
[ "$(wc -l <"$T/tests")" -ge 36 ]
t_result $? 'test/README names tests of each kind of weakness'
while read -r file name; do
	if [ -z "$name" ]; then
		ok "there is a test/$file" test -f "$root/test/$file"
	else
		ok "test/$file has $name" grep -Eq \
			"^static void $name\(|^	+$name\(" "$root/test/$file"
	fi
done <"$T/tests"
t_end
