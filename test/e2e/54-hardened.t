#!/bin/sh
# What both programs are built with, as the system's loader will see it.
. "${0%/*}/../lib.sh"
t_begin
: "${FLAGS:=${DFS%/*}/build/flags}"

# header, segments, dynamic, symbols: what readelf says of the program.
header() {
	readelf -W -h "$program"
}
segments() {
	readelf -W -l "$program"
}
dynamic() {
	readelf -W -d "$program"
}
symbols() {
	readelf -W --dyn-syms "$program"
}

# has NAME PART PATTERN: a line of that part.
has() {
	$2 >"$T/said" 2>&1
	grep -Eq -- "$3" "$T/said"
	t_result $? "${program##*/}: $1" || diag "no $3 in: $(cat "$T/said")"
}

# lacks NAME PART PATTERN: no line, of a part that is not empty.
lacks() {
	$2 >"$T/said" 2>&1 && [ "$(wc -l <"$T/said")" -gt 5 ] &&
		! grep -Eq -- "$3" "$T/said"
	t_result $? "${program##*/}: $1" || diag "$3 in: $(cat "$T/said")"
}

for program in "$DFS" "$DFC"; do
	has 'its place in memory is random' header 'Type: +DYN'
	has 'and it is a program, not a library' dynamic 'FLAGS_1.*\bPIE\b'
	has 'its tables are read-only once it runs' segments 'GNU_RELRO'
	has 'all of them: nothing is bound later' dynamic \
		'(BIND_NOW|FLAGS_1.*\bNOW\b)'
	has 'the stack is no code' segments 'GNU_STACK.* RW +0x'
	lacks 'nothing can be both written and run' segments 'LOAD.* RWE '
	lacks 'its code is not changed by the loader' dynamic 'TEXTREL'
	lacks 'it brings no path for libraries' dynamic '\((RPATH|RUNPATH)\)'
	has 'the stack is guarded' symbols '__stack_chk_fail'
	# Only an optimized build can have that.
	if grep -q 'FORTIFY_SOURCE=[23]' "$FLAGS"; then
		has 'calls of the C library are checked' symbols \
			' __[a-z]*(printf|cpy|read|move)_chk'
	else
		lacks 'no checked calls were asked for' symbols ' __[a-z]*cpy_chk'
	fi
done
t_end
