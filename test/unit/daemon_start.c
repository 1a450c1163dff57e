/* The store's start: what it finds, takes in, removes, leaves alone. */
#include "store_kit.h"

#include <sys/socket.h>
#include <sys/un.h>

static struct record only_record(struct kit *k, const char *name)
{
	struct msg_query_answer a = kit_query(k, name);

	assert_int_equal(a.count, 1);
	return a.records[0];
}

static void describe(struct kit *k, struct msg_store *d)
{
	store_describe(k->store, d);
}

static uint8_t state_of(struct kit *k)
{
	struct msg_store d;

	describe(k, &d);
	return d.state;
}

static struct outcome join(struct kit *k, uint8_t state)
{
	struct msg_join m = {.state = state, .cluster = k->cluster};
	struct msg_store d;
	struct outcome o;

	describe(k, &d);
	memcpy(m.store, d.stamp.store, sizeof(m.store));
	m.cluster.n = 4;
	store_join(k->store, &m, &o);
	return o;
}

static void refused(struct kit *k, enum err e, const char *word)
{
	assert_int_equal(kit_try(k), e);
	if (!strstr(k->message, word) || !strstr(k->message, k->set.dir) ||
	    strchr(k->message, '\n'))
		fail_msg("message: %s", k->message);
}

/* ---- states */

static void a_new_store_is_blank_and_then_joining(void **state)
{
	struct kit *k = *state;
	struct msg_store d, again;

	describe(k, &d);
	assert_int_equal(d.state, STORE_BLANK);
	assert_int_equal(d.flags, 0);
	kit_again(k);
	describe(k, &again);
	assert_memory_equal(d.stamp.store, again.stamp.store, STORE_ID_SIZE);
	assert_int_equal(kit_stage(k, "f", 1, 10), ST_OK);
	describe(k, &d);
	assert_int_equal(d.state, STORE_JOINING);
	assert_memory_equal(d.cluster.id, k->cluster.id, STORE_ID_SIZE);
	assert_int_equal(d.cluster.epoch, 1);
	assert_int_equal(d.flags, STORE_STAGES);
	kit_again(k);
	describe(k, &again);
	assert_int_equal(again.state, STORE_JOINING);
	assert_memory_equal(d.stamp.store, again.stamp.store, STORE_ID_SIZE);
	assert_memory_equal(&d.cluster, &again.cluster, sizeof(d.cluster));
}

static void a_refused_change_leaves_a_store_blank(void **state)
{
	struct kit *k = *state;
	struct cluster_id cluster = k->cluster;

	memset(k->cluster.id, 0, sizeof(k->cluster.id));
	assert_int_equal(kit_stage(k, "f", 1, 10), ST_OTHER_CLUSTER);
	k->cluster = cluster;
	assert_int_equal(kit_abort(k, "f", 1), ST_OK);
	assert_int_equal(state_of(k), STORE_BLANK);
	assert_int_equal(kit_rm(k, "f", 1), ST_OK);
	assert_int_equal(state_of(k), STORE_JOINING);
}

static void another_cluster_is_refused(void **state)
{
	struct kit *k = *state;

	kit_put(k, "f", 1, 10);
	k->cluster.id[0] ^= 1;
	assert_int_equal(kit_stage(k, "f", 2, 10), ST_OTHER_CLUSTER);
	assert_int_equal(kit_commit(k, "f", 2, 10), ST_OTHER_CLUSTER);
	assert_int_equal(kit_abort(k, "f", 2), ST_OTHER_CLUSTER);
	k->cluster.id[0] ^= 1;
	k->cluster.epoch = 2;
	assert_int_equal(kit_stage(k, "f", 2, 10), ST_OTHER_CLUSTER);
	assert_string_equal(kit_states(k, "f"), "c");
}

static void a_join_outlives_a_restart(void **state)
{
	struct kit *k = *state;
	struct msg_store d;

	assert_int_equal(join(k, STORE_MEMBER).status, ST_OK);
	assert_int_equal(state_of(k), STORE_MEMBER);
	kit_again(k);
	describe(k, &d);
	assert_int_equal(d.state, STORE_MEMBER);
	assert_int_equal(d.cluster.n, 4);
	assert_int_equal(join(k, STORE_LEAVING).status, ST_OK);
	kit_again(k);
	assert_int_equal(state_of(k), STORE_LEAVING);
}

static void a_join_for_another_store_is_refused(void **state)
{
	struct kit *k = *state;
	struct msg_join m = {.state = STORE_MEMBER, .cluster = k->cluster};
	struct outcome o;

	m.cluster.n = 4;
	store_join(k->store, &m, &o);
	assert_int_equal(o.status, ST_STALE);
	assert_non_null(o.text);
	assert_int_equal(state_of(k), STORE_BLANK);
}

static void a_join_to_a_lower_cluster_drops_the_stages(void **state)
{
	struct kit *k = *state;
	struct msg_join m = {.state = STORE_MEMBER, .cluster = k->cluster};
	struct msg_store d;
	struct outcome o;
	unsigned dirs;

	assert_int_equal(kit_stage(k, "a/f", 1, 10), ST_OK);
	assert_int_equal(kit_stage(k, "a/f", 2, 10), ST_OK);
	assert_int_equal(kit_stage(k, "g", 1, 100000), ST_OK);
	describe(k, &d);
	memcpy(m.store, d.stamp.store, sizeof(m.store));
	m.cluster.n = 4;
	m.cluster.id[0]--;
	store_join(k->store, &m, &o);
	assert_int_equal(o.status, ST_REFUSED);
	m.carried_r = true;
	store_join(k->store, &m, &o);
	assert_int_equal(o.status, ST_OK);
	describe(k, &d);
	assert_int_equal(d.state, STORE_MEMBER);
	assert_int_equal(d.flags, 0);
	assert_memory_equal(d.cluster.id, m.cluster.id, STORE_ID_SIZE);
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 0);
	assert_string_equal(kit_states(k, "g"), "");
}

static void a_joining_store_waits_out_its_quarantine(void **state)
{
	struct kit *k = *state;
	struct msg_join m = {.state = STORE_MEMBER,
			     .cluster = k->cluster,
			     .heal = true,
			     .floor = 77};
	struct msg_status_answer a;
	struct msg_store d;
	struct outcome o;

	kit_put(k, "f", 1, 10);
	kit_close(k);
	k->set.quarantine_ms = 3600000;
	kit_open(k);
	describe(k, &d);
	memcpy(m.store, d.stamp.store, sizeof(m.store));
	m.cluster.n = 4;
	store_join(k->store, &m, &o);
	assert_int_equal(o.status, ST_REFUSED);
	store_status(k->store, &a);
	assert_in_range(a.quarantine_s, 3000, 3600);
	kit_close(k);
	k->set.quarantine_ms = 0;
	kit_open(k);
	store_join(k->store, &m, &o);
	assert_int_equal(o.status, ST_OK);
	describe(k, &d);
	assert_int_equal(d.state, STORE_MEMBER);
	assert_int_equal(d.floor, 77);
}

/* ---- DIR */

static void a_second_daemon_is_refused(void **state)
{
	struct kit *k = *state;
	struct kit other = *k;

	refused(&other, ERR_BUSY, "another daemon");
	kit_again(k);
}

static void a_directory_is_made_only_where_that_is_wanted(void **state)
{
	struct kit *k = *state;
	struct kit other = *k;
	char dir[KIT_DIR_MAX + 16];

	(void)snprintf(dir, sizeof(dir), "%s/new", k->dir);
	other.set.dir = dir;
	other.set.create = false;
	refused(&other, ERR_ABSENT, "No such file");
	assert_int_equal(mkdir(dir, 0700), 0);
	refused(&other, ERR_ABSENT, "not a store");
	other.set.create = true;
	kit_open(&other);
	kit_close(&other);
	other.set.create = false;
	kit_open(&other);
	kit_close(&other);
	(void)snprintf(dir, sizeof(dir), "%s/no/where", k->dir);
	other.set.create = true;
	refused(&other, ERR_SYS, "No such file");
}

static void what_is_no_directory_is_refused(void **state)
{
	struct kit *k = *state;
	struct kit other = *k;
	char path[KIT_DIR_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/file", k->dir);
	kit_make_file(path, "x");
	other.set.dir = path;
	refused(&other, ERR_SYS, "Not a directory");
	(void)snprintf(path, sizeof(path), "%s/loop", k->dir);
	assert_int_equal(symlink("loop", path), 0);
	refused(&other, ERR_SYS, "symbolic links");
}

static void a_state_that_is_none_is_refused(void **state)
{
	struct kit *k = *state;

	kit_close(k);
	assert_int_equal(unlink(kit_path(k, "@state")), 0);
	assert_int_equal(symlink("hello", kit_path(k, "@state")), 0);
	refused(k, ERR_FORMAT, "--rejoin");
	assert_int_equal(unlink(kit_path(k, "@state")), 0);
	kit_make_file(kit_path(k, "@state"), "x");
	refused(k, ERR_FORMAT, "@state");
	assert_int_equal(unlink(kit_path(k, "@state")), 0);
	kit_open(k);
	assert_int_equal(state_of(k), STORE_BLANK);
}

static void versions_without_a_state_need_rejoin(void **state)
{
	struct kit *k = *state;

	kit_put(k, "some/f", 1, 100);
	kit_close(k);
	assert_int_equal(unlink(kit_path(k, "@state")), 0);
	refused(k, ERR_FORMAT, "--rejoin");
	assert_int_equal(access(kit_path(k, "@state"), F_OK), -1);
	k->set.rejoin = true;
	kit_open(k);
	assert_int_equal(state_of(k), STORE_BLANK);
	assert_string_equal(kit_states(k, "some/f"), "c");
}

static void rejoin_makes_another_store_of_it(void **state)
{
	struct kit *k = *state;
	struct msg_store d, after;

	assert_int_equal(join(k, STORE_MEMBER).status, ST_OK);
	kit_put(k, "f", 1, 100);
	describe(k, &d);
	kit_close(k);
	k->set.rejoin = true;
	kit_open(k);
	describe(k, &after);
	assert_int_equal(after.state, STORE_JOINING);
	assert_memory_equal(d.cluster.id, after.cluster.id, STORE_ID_SIZE);
	assert_memory_not_equal(d.stamp.store, after.stamp.store,
				STORE_ID_SIZE);
	kit_get(k, "f", 1, 100);
}

/* Copies the state to a new directory, as a restore would; moves the rest. */
static void restore(struct kit *k)
{
	char old[KIT_DIR_MAX + 16], target[STATE_TEXT_SIZE + 1] = "";

	(void)snprintf(old, sizeof(old), "%s.old", k->dir);
	assert_int_equal(rename(k->dir, old), 0);
	assert_int_equal(mkdir(k->dir, 0700), 0);
	(void)snprintf(old, sizeof(old), "%s.old/@state", k->dir);
	assert_int_equal(readlink(old, target, STATE_TEXT_SIZE),
			 STATE_TEXT_SIZE);
	assert_int_equal(unlink(old), 0);
	assert_int_equal(symlink(target, kit_path(k, "@state")), 0);
	(void)snprintf(old, sizeof(old), "%s.old/f", k->dir);
	assert_int_equal(rename(old, kit_path(k, "f")), 0);
	(void)snprintf(old, sizeof(old), "%s.old", k->dir);
	assert_int_equal(rmdir(old), 0);
}

static void a_restored_copy_comes_up_joining(void **state)
{
	struct kit *k = *state;
	struct msg_store d, after;

	assert_int_equal(join(k, STORE_MEMBER).status, ST_OK);
	kit_put(k, "f", 1, 100);
	describe(k, &d);
	kit_close(k);
	restore(k);
	log_set_level(LOG_LEVEL_ERROR);
	kit_open(k);
	describe(k, &after);
	assert_int_equal(after.state, STORE_JOINING);
	assert_memory_not_equal(d.stamp.store, after.stamp.store,
				STORE_ID_SIZE);
	kit_again(k);
	describe(k, &d);
	assert_int_equal(d.state, STORE_JOINING);
	assert_memory_equal(d.stamp.store, after.stamp.store, STORE_ID_SIZE);
	kit_get(k, "f", 1, 100);
}

static void adopt_says_that_it_was_moved(void **state)
{
	struct kit *k = *state;
	struct msg_store d, after;

	assert_int_equal(join(k, STORE_MEMBER).status, ST_OK);
	kit_put(k, "f", 1, 100);
	describe(k, &d);
	kit_close(k);
	restore(k);
	k->set.adopt = true;
	kit_open(k);
	k->set.adopt = false;
	kit_again(k);
	describe(k, &after);
	assert_int_equal(after.state, STORE_MEMBER);
	assert_memory_equal(d.stamp.store, after.stamp.store, STORE_ID_SIZE);
}

/* ---- litter */

static void acknowledged_stages_survive(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_stage(k, "f", 1, 0), ST_OK);
	assert_int_equal(kit_stage(k, "g", 1, 1000), ST_OK);
	assert_int_equal(kit_stage(k, "h", 1, 1000000), ST_OK);
	kit_again(k);
	assert_string_equal(kit_states(k, "f"), "s");
	assert_string_equal(kit_states(k, "g"), "s");
	kit_get(k, "h", 1, 1000000);
	assert_int_equal(kit_commit(k, "h", 1, 1000000), ST_OK);
	kit_get(k, "h", 1, 1000000);
}

/* Spoils one file of a stage; the stage must be gone after a start. */
static void spoil(struct kit *k, unsigned how)
{
	struct record r;
	char path[KIT_PATH_MAX + 32];
	unsigned dirs;
	int fd;

	assert_int_equal(kit_stage(k, "dir/f", 1, 1000), ST_OK);
	r = only_record(k, "dir/f");
	(void)snprintf(path, sizeof(path), "%s",
		       kit_version_path(k, "dir/f", &r, (int)(how % 2)));
	kit_close(k);
	switch (how / 2) {
	case 0:
		assert_int_equal(unlink(path), 0);
		break;
	case 1:
		assert_int_equal(truncate(path, 249), 0);
		break;
	case 2:
		assert_int_equal(truncate(path, 251), 0);
		break;
	default:
		fd = open(path, O_WRONLY);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, "\xff\xff\xff", 3, 100), 3);
		close(fd);
	}
	kit_open(k);
	assert_string_equal(kit_states(k, "dir/f"), "");
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 0);
}

static void a_stage_that_is_not_whole_goes(void **state)
{
	for (unsigned how = 0; how < 8; how++)
		spoil(*state, how);
}

/* Makes an empty version directory of a name, whatever else it has. */
static void make_version_dir(struct kit *k, const char *name,
			     enum record_state s, uint64_t ctr)
{
	struct record r = {.v = kit_version(ctr, 1000, DIGEST_XXH3),
			   .state = s,
			   .place = RECORD_NO_PLACE};

	if (s == RECORD_TOMBSTONE)
		r.v = kit_tombstone(ctr);
	if (s == RECORD_STAGED || s == RECORD_COMMITTED)
		r.place = 1;
	assert_int_equal(mkdir(kit_version_path(k, name, &r, -1), 0700), 0);
}

static void what_lies_below_a_commit_is_retired(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	kit_put(k, "f", 5, 1000);
	assert_int_equal(kit_stage(k, "f", 9, 1000), ST_OK);
	kit_close(k);
	make_version_dir(k, "f", RECORD_COMMITTED, 1);
	make_version_dir(k, "f", RECORD_STAGED, 2);
	make_version_dir(k, "f", RECORD_WITNESS, 3);
	make_version_dir(k, "f", RECORD_TOMBSTONE, 4);
	kit_open(k);
	assert_string_equal(kit_states(k, "f"), "sc");
	assert_int_equal(kit_files(k, &dirs), 4);
	assert_int_equal(dirs, 3);
	kit_close(k);
	make_version_dir(k, "f", RECORD_TOMBSTONE, 10);
	kit_open(k);
	assert_string_equal(kit_states(k, "f"), "d");
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 2);
}

static void a_removal_that_was_cut_short_is_finished(void **state)
{
	struct kit *k = *state;
	struct record r, to;
	char old[KIT_PATH_MAX + 32];
	unsigned dirs;

	kit_put(k, "f", 1, 1000);
	r = only_record(k, "f");
	kit_close(k);
	(void)snprintf(old, sizeof(old), "%s",
		       kit_version_path(k, "f", &r, -1));
	to = (struct record){.v = kit_tombstone(2),
			     .state = RECORD_TOMBSTONE,
			     .place = RECORD_NO_PLACE};
	assert_int_equal(rename(old, kit_version_path(k, "f", &to, -1)), 0);
	assert_int_equal(kit_files(k, NULL), 2);
	kit_open(k);
	assert_string_equal(kit_states(k, "f"), "d");
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 2);
}

static void pieces_and_empty_directories_go(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	kit_put(k, "f", 1, 10);
	kit_close(k);
	assert_int_equal(mkdir(kit_path(k, "@tmp"), 0700), 0);
	kit_make_file(kit_path(k, "@tmp/0000000000000001"), "x");
	assert_int_equal(symlink("x", kit_path(k, "@state.new")), 0);
	assert_int_equal(mkdir(kit_path(k, "a"), 0700), 0);
	assert_int_equal(mkdir(kit_path(k, "a/b"), 0700), 0);
	assert_int_equal(mkdir(kit_path(k, "f/g"), 0700), 0);
	kit_open(k);
	assert_int_equal(kit_files(k, &dirs), 2);
	assert_int_equal(dirs, 2);
	assert_int_equal(kit_counted[2], 1);
	kit_get(k, "f", 1, 10);
}

/* ---- foreign things */

static void make_socket(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
}

static void make_foreign(struct kit *k)
{
	struct record r = only_record(k, "f");
	char path[KIT_PATH_MAX + 32];

	assert_int_equal(mkdir(kit_path(k, "lost+found"), 0700), 0);
	assert_int_equal(mkdir(kit_path(k, "shared"), 0755), 0);
	kit_make_file(kit_path(k, "stray"), "x");
	kit_make_file(kit_path(k, "shared/notes"), "x");
	kit_make_file(kit_path(k, "f/stray"), "x");
	(void)snprintf(path, sizeof(path), "%s/stray",
		       kit_version_path(k, "f", &r, -1));
	kit_make_file(path, "x");
	assert_int_equal(mkdir(kit_path(k, "@x-unknown"), 0700), 0);
	assert_int_equal(mkdir(kit_path(k, "f/@x-unknown"), 0700), 0);
	kit_make_file(kit_path(k, "f/@x-unknown/x"), "x");
	assert_int_equal(symlink("f", kit_path(k, "link")), 0);
	assert_int_equal(symlink("..", kit_path(k, "up")), 0);
	assert_int_equal(mkfifo(kit_path(k, "fifo"), 0600), 0);
	assert_int_equal(chdir(k->dir), 0);
	make_socket("socket");
	assert_int_equal(chdir("/"), 0);
}

static void foreign_things_stay(void **state)
{
	struct kit *k = *state;
	char names[64] = "";
	struct msg_name all = kit_name("");
	uint8_t data[4096];
	size_t len = 0;
	struct wbuf b;
	unsigned files, dirs, others;

	kit_put(k, "f", 1, 100);
	make_foreign(k);
	files = kit_files(k, &dirs);
	others = kit_counted[2];
	for (int i = 0; i < 2; i++) {
		unsigned dirs_now;

		kit_again(k);
		assert_int_equal(kit_files(k, &dirs_now), files);
		assert_int_equal(dirs_now, dirs);
		assert_int_equal(kit_counted[2], others);
		kit_get(k, "f", 1, 100);
	}
	wbuf_init(&b, data, sizeof(data));
	assert_false(store_list(k->store, &all, names, &len, &b));
	assert_int_equal(len, 1);
	kit_put(k, "f", 2, 100);
	assert_int_equal(kit_files(k, NULL), files);
	kit_again(k);
	assert_string_equal(kit_states(k, "f"), "c");
	kit_get(k, "f", 2, 100);
}

static void a_foreign_thing_in_the_way_refuses_that_name_only(void **state)
{
	struct kit *k = *state;
	char outside[KIT_PATH_MAX + 32];

	kit_put(k, "f", 1, 100);
	kit_make_file(kit_path(k, "stray"), "x");
	(void)snprintf(outside, sizeof(outside), "%s.outside", k->dir);
	assert_int_equal(mkdir(outside, 0700), 0);
	assert_int_equal(symlink(outside, kit_path(k, "link")), 0);
	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(kit_stage(k, "stray", 1, 10), ST_LIMIT);
	assert_int_equal(kit_stage(k, "stray/x", 1, 100000), ST_LIMIT);
	assert_int_equal(kit_stage(k, "link", 1, 10), ST_LIMIT);
	assert_int_equal(kit_stage(k, "link/x", 1, 10), ST_LIMIT);
	assert_int_equal(kit_rm(k, "link/x", 1), ST_LIMIT);
	kit_put(k, "g", 1, 10);
	assert_int_equal(kit_files(k, NULL), 5);
	assert_int_equal(rmdir(outside), 0);
}

static void the_lost_and_found_of_a_file_system_is_not_used(void **state)
{
	struct kit *k = *state;

	k->store->tree.mounted = true;
	assert_int_equal(kit_stage(k, "lost+found", 1, 10), ST_LIMIT);
	assert_int_equal(kit_stage(k, "lost+found/x", 1, 10), ST_LIMIT);
	assert_int_equal(kit_rm(k, "lost+found/x", 1), ST_LIMIT);
	kit_put(k, "lost+foundling", 1, 10);
	kit_put(k, "x/lost+found", 1, 10);
	assert_int_equal(access(kit_path(k, "lost+found"), F_OK), -1);
}

/* The same with the walk for systems without openat2(2). */
static void links_are_not_followed_component_by_component(void **state)
{
	struct kit *k = *state;

	k->store->tree.beneath = false;
	a_foreign_thing_in_the_way_refuses_that_name_only(state);
	kit_put(k, "a/b/c", 1, 100000);
	kit_get(k, "a/b/c", 1, 100000);
	kit_again(k);
	kit_get(k, "a/b/c", 1, 100000);
}

static void a_first_start_removes_no_directory(void **state)
{
	struct kit *k = *state;

	kit_close(k);
	assert_int_equal(unlink(kit_path(k, "@state")), 0);
	assert_int_equal(mkdir(kit_path(k, "empty"), 0700), 0);
	kit_open(k);
	assert_int_equal(access(kit_path(k, "empty"), F_OK), 0);
}

#define START_TEST(f) \
	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		START_TEST(a_new_store_is_blank_and_then_joining),
		START_TEST(a_refused_change_leaves_a_store_blank),
		START_TEST(another_cluster_is_refused),
		START_TEST(a_join_outlives_a_restart),
		START_TEST(a_join_for_another_store_is_refused),
		START_TEST(a_join_to_a_lower_cluster_drops_the_stages),
		START_TEST(a_joining_store_waits_out_its_quarantine),
		START_TEST(a_second_daemon_is_refused),
		START_TEST(a_directory_is_made_only_where_that_is_wanted),
		START_TEST(what_is_no_directory_is_refused),
		START_TEST(a_state_that_is_none_is_refused),
		START_TEST(versions_without_a_state_need_rejoin),
		START_TEST(rejoin_makes_another_store_of_it),
		START_TEST(a_restored_copy_comes_up_joining),
		START_TEST(adopt_says_that_it_was_moved),
		START_TEST(acknowledged_stages_survive),
		START_TEST(a_stage_that_is_not_whole_goes),
		START_TEST(what_lies_below_a_commit_is_retired),
		START_TEST(a_removal_that_was_cut_short_is_finished),
		START_TEST(pieces_and_empty_directories_go),
		START_TEST(foreign_things_stay),
		START_TEST(a_foreign_thing_in_the_way_refuses_that_name_only),
		START_TEST(the_lost_and_found_of_a_file_system_is_not_used),
		START_TEST(links_are_not_followed_component_by_component),
		START_TEST(a_first_start_removes_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
