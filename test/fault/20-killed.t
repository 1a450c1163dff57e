#!/bin/sh
# dfc or a dfs is killed before each of its calls in turn.
. "${0%/*}/../lib.sh"
. "${0%/*}/rows.sh"
rows_begin

for op in put overwrite stdin rm begin; do
	walk client $op kill
done
for op in put overwrite rm get begin; do
	walk 2 $op kill
done

bytes=300000
walk client overwrite kill
walk client stdin kill
walk 3 overwrite kill
rows_end
