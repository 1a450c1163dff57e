#!/bin/sh
# Any one server of four down: everything works.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

random_file 50000 old
random_file 60000 gone
for down in 1 2 3 4; do
	client put old gone
	silent "put with all up, before dfs$down goes"
	kill_server $down
	client list
	says 0 "gone
old" '' "without dfs$down the listing is complete, and silent"
	cp old was
	rm old
	client get old
	silent "without dfs$down get is silent"
	ok "and right" cmp old was
	random_file 70000 old
	cp old was
	client put old
	one_line 0 "dfc: *dfs$down*" "put without dfs$down succeeds with one warning"
	client cat old
	exits 0 "what was put without dfs$down is read"
	ok 'and right' cmp "$T/out" was
	client rm gone
	one_line 0 "dfc: *dfs$down*" "rm without dfs$down succeeds with one warning"
	client list
	says 0 old '' 'and the name is gone'
	client put gone
	exits 0 'and can be put again'
	client status
	like "$out" "*dfs$down*" "status shows dfs$down"
	restart_server $down
	client cat old
	[ "$status" = 0 ] && cmp -s "$T/out" was
	t_result $? "dfs$down returns, and the newest version wins" || show_run
	client list
	says 0 "gone
old" '' 'and the listing is complete'
done
client put old
silent 'with all up again put is silent'
is "$(count_files 1) $(count_files 2) $(count_files 3) $(count_files 4)" \
	"$(for i in 1 2 3 4; do
		echo $(($(count_files $i old) + $(count_files $i gone)))
	done | tr '\n' ' ' | sed 's/ $//')" 'no other files anywhere'
is "$(count_files 1 old) $(count_files 2 old) $(count_files 3 old) \
$(count_files 4 old)" '2 2 2 2' 'two files of the newest version everywhere'
t_end
