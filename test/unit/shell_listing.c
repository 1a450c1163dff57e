/* The merge of the servers' lists. */
#include "list_kit.h"

#include "clock.h"
#include "listing.h"

static uint8_t greeting[GREETING_SIZE];
static char told[4096];	 /* names with a mark, a blank behind each */
static bool any;	 /* name was told */
static unsigned tell_ms; /* how long the taker of names takes for each */

/* Server i's names, and then what it does. */
static void serve(unsigned i, const char *names, enum fake_what then)
{
	serve_below(i, "", names, then);
}

static void tell(void *arg, const struct listing_name *n)
{
	size_t at = strlen(told);

	(void)arg;
	any = true;
	snprintf(told + at, sizeof(told) - at, "%.*s%s ", (int)n->len, n->text,
		 n->listed == LISTED_WHOLE ? "" : "!");
	usleep(tell_ms * 1000);
}

/* One listing of these servers; fills in the rest of the query. */
static enum listing_end list(struct listing_query q, unsigned ms,
			     struct cache *keep, struct view *v)
{
	static struct settings settings;
	static struct cluster cluster;
	struct loop loop;
	enum listing_end end;

	told[0] = '\0';
	set_servers(&settings);
	assert_int_equal(loop_init(&loop), ERR_OK);
	assert_int_equal(cluster_init(&cluster, &loop, &settings, NULL),
			 ERR_OK);
	cluster.cache = keep;
	cluster_open(&cluster);
	q.cluster = &cluster;
	q.prefix = "";
	q.each = tell;
	q.until_ms = ms ? loop.now_ms + ms : 0;
	end = listing_run(&q, v);
	cluster_release(&cluster);
	loop_release(&loop);
	end_servers();
	return end;
}

static enum listing_end list_all(struct view *v)
{
	return list((struct listing_query){0}, 0, NULL, v);
}

static void names_of_all_servers_come_once_and_in_order(void **state)
{
	struct view v;

	(void)state;
	serve(0, "B a a.1 b zz", FAKE_HOLD);
	serve(1, "a a/x b c", FAKE_HOLD);
	serve(2, "B a/x c d zz", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	assert_string_equal(told, "B a a.1 a/x b c d zz ");
	assert_int_equal(mask_count(v.members), SERVERS);
}

static void a_server_cut_in_the_middle_is_left_out_from_there(void **state)
{
	struct view v;

	(void)state;
	serve(0, "a b c", FAKE_HOLD);
	serve(1, "a b", FAKE_END);
	serve(2, "c d", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	assert_string_equal(told, "a b c d ");
	assert_int_equal(v.members, 5);
}

static void a_list_goes_on_where_a_slow_reader_lost_it(void **state)
{
	static struct list rest;
	struct list *l = &lists[2];
	const struct fake_step *scripts[] = {l->script, rest.script};
	struct view v;

	(void)state;
	serve(0, "a b d", FAKE_HOLD);
	serve(1, "a b c", FAKE_HOLD);
	put_names(l, 2, "a b", FAKE_END);
	put_names(&rest, 2, "c d", FAKE_HOLD);
	l->script[0] = (struct fake_step){FAKE_SEND, greeting, GREETING_SIZE};
	l->script[1] = (struct fake_step){FAKE_TAKE, NULL, LIST_SIZE};
	l->script[2] = (struct fake_step){FAKE_REPLY, l->bytes, l->len};
	l->script[3] = (struct fake_step){FAKE_PAUSE, NULL, 500};
	l->script[4] = (struct fake_step){FAKE_END, NULL, 0};
	memcpy(rest.script, l->script, sizeof(rest.script));
	rest.script[1].len = LIST_SIZE + 1; /* behind "b" */
	rest.script[2] = (struct fake_step){FAKE_REPLY, rest.bytes, rest.len};
	rest.script[3] = (struct fake_step){FAKE_HOLD, NULL, 0};
	fake_start(&l->fake, scripts, 2);
	tell_ms = 600;
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	tell_ms = 0;
	assert_string_equal(told, "a b c d ");
	assert_int_equal(v.members, 7);
}

static void names_out_of_order_end_a_servers_part(void **state)
{
	struct view v;

	(void)state;
	serve(0, "a b", FAKE_HOLD);
	serve(1, "b a zzz", FAKE_HOLD);
	serve(2, "a c", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	assert_string_equal(told, "a b c ");
	assert_int_equal(v.members, 5);
}

static void the_same_name_twice_is_out_of_order(void **state)
{
	struct view v;

	(void)state;
	serve(0, "a", FAKE_HOLD);
	serve(1, "a a", FAKE_HOLD);
	serve(2, "a", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_PROVEN);
	assert_string_equal(told, "a ");
	assert_int_equal(v.members, 5);
}

/* What a mirror or a get -r would write to. */
static void names_that_lead_out_of_a_directory_are_never_told(void **state)
{
	static const char *const bad[] = {"../x a",  "/etc/x a", "a/../../x b",
					  "a/./x b", "a//x b",	 "a/ b"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct view v;

		serve(0, bad[i], FAKE_HOLD);
		serve(1, "a b", FAKE_HOLD);
		serve(2, "a b", FAKE_HOLD);
		assert_int_equal(list_all(&v), LISTING_PROVEN);
		assert_string_equal(told, "a b ");
		assert_int_equal(v.members, 6);
	}
}

static void names_of_liars_alone_are_no_listing(void **state)
{
	struct view v;

	(void)state;
	for (unsigned i = 0; i < SERVERS; i++)
		serve(i, "../x a", FAKE_HOLD);
	assert_int_equal(list_all(&v), LISTING_NONE);
	assert_string_equal(told, "");
}

static void too_few_members_mark_every_name(void **state)
{
	struct view v;

	(void)state;
	serve(0, "a b", FAKE_HOLD);
	serve(1, "b", FAKE_END);
	serve(2, "c", FAKE_END);
	/* What was told before the two were lost counted all three. */
	assert_int_equal(list_all(&v), LISTING_UNPROVEN);
	assert_int_equal(v.members, 1);
	assert_non_null(strstr(told, "a"));
}

/* Server 2 sends its first name, and no more. */
static void serve_stalling(const char *first)
{
	put_names(&lists[2], 2, first, FAKE_END);
	serve_script(2, 0,
		     (const struct fake_step[]){
			     {FAKE_REPLY, lists[2].bytes, lists[2].len},
			     {FAKE_HOLD, NULL, 0}});
}

static void a_listing_ends_in_time_with_what_the_others_have(void **state)
{
	uint64_t begun = clock_ms();
	struct view v;

	(void)state;
	serve(0, "a b d", FAKE_HOLD);
	serve(1, "a c e", FAKE_HOLD);
	serve_stalling("a");
	assert_int_equal(list((struct listing_query){0}, 300, NULL, &v),
			 LISTING_UNPROVEN);
	assert_string_equal(told, "a b c d e ");
	assert_in_range(clock_ms() - begun, 250, 900);
}

static void one_that_stalls_before_its_list_does_not_hold_it_up(void **state)
{
	const struct fake_step silent[] = {{FAKE_HOLD, NULL, 0},
					   {FAKE_HOLD, NULL, 0}};
	uint64_t begun = clock_ms();
	struct view v;

	(void)state;
	serve(0, "a b", FAKE_HOLD);
	serve(1, "b c", FAKE_HOLD);
	serve_script(2, 0, silent);
	assert_int_equal(list((struct listing_query){0}, 300, NULL, &v),
			 LISTING_UNPROVEN);
	assert_string_equal(told, "a b c ");
	assert_in_range(clock_ms() - begun, 250, 900);
}

static void a_listing_in_time_is_proven_as_any(void **state)
{
	struct view v;

	(void)state;
	serve(0, "a b", FAKE_HOLD);
	serve(1, "b c", FAKE_HOLD);
	serve(2, "", FAKE_HOLD);
	assert_int_equal(list((struct listing_query){0}, 5000, NULL, &v),
			 LISTING_PROVEN);
	assert_string_equal(told, "a b c ");
}

static void enough_is_enough_and_proven(void **state)
{
	struct cache cache = {0};
	struct view v;

	(void)state;
	serve(0, "a b", FAKE_HOLD);
	serve(1, "b c", FAKE_HOLD);
	serve(2, "a d", FAKE_HOLD);
	any = false;
	assert_int_equal(
		list((struct listing_query){.enough = &any}, 0, &cache, &v),
		LISTING_PROVEN);
	assert_string_equal(told, "a ");
	/* Of half a list nothing is kept. */
	assert_null(cache.prefix);
	cache_drop(&cache);
}

static void what_is_kept_is_told_again_without_the_servers(void **state)
{
	struct cache cache = {0};
	struct view v;

	(void)state;
	serve(0, "a b", FAKE_HOLD);
	serve(1, "b c", FAKE_HOLD);
	serve(2, "a d", FAKE_HOLD);
	assert_int_equal(list((struct listing_query){0}, 0, &cache, &v),
			 LISTING_PROVEN);
	/* These have other names, and are asked by nobody. */
	serve(0, "x", FAKE_HOLD);
	serve(1, "x", FAKE_HOLD);
	serve(2, "x", FAKE_HOLD);
	v = (struct view){0};
	assert_int_equal(
		list((struct listing_query){.remembered = true}, 0, &cache, &v),
		LISTING_PROVEN);
	assert_string_equal(told, "a b c d ");
	assert_int_equal(mask_count(v.members), SERVERS);
	/* Who does not want it so gets what is there now. */
	serve(0, "x", FAKE_HOLD);
	serve(1, "x", FAKE_HOLD);
	serve(2, "x", FAKE_HOLD);
	assert_int_equal(list((struct listing_query){0}, 0, &cache, &v),
			 LISTING_PROVEN);
	assert_string_equal(told, "x ");
	cache_drop(&cache);
}

static void a_listing_that_was_late_is_not_kept(void **state)
{
	struct cache cache = {0};
	struct view v;

	(void)state;
	serve(0, "a", FAKE_HOLD);
	serve(1, "b", FAKE_HOLD);
	serve_stalling("a");
	assert_int_equal(list((struct listing_query){0}, 200, &cache, &v),
			 LISTING_UNPROVEN);
	assert_null(cache.prefix);
	cache_drop(&cache);
}

/* There was no time for a second look: another listing is to take it. */
static void a_name_that_may_be_whole_is_not_kept_as_incomplete(void **state)
{
	struct cache cache = {0};
	struct view v;

	(void)state;
	serve(0, "a b!", FAKE_HOLD);
	serve(1, "a b!", FAKE_HOLD);
	serve(2, "a b!", FAKE_HOLD);
	assert_int_equal(list((struct listing_query){0}, 5000, &cache, &v),
			 LISTING_PROVEN);
	assert_string_equal(told, "a b! ");
	assert_null(cache.prefix);
	cache_drop(&cache);
}

static int make_greeting(void **state)
{
	(void)state;
	fake_greeting(greeting);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_all_servers_come_once_and_in_order),
		cmocka_unit_test(
			a_server_cut_in_the_middle_is_left_out_from_there),
		cmocka_unit_test(a_list_goes_on_where_a_slow_reader_lost_it),
		cmocka_unit_test(names_out_of_order_end_a_servers_part),
		cmocka_unit_test(the_same_name_twice_is_out_of_order),
		cmocka_unit_test(
			names_that_lead_out_of_a_directory_are_never_told),
		cmocka_unit_test(names_of_liars_alone_are_no_listing),
		cmocka_unit_test(too_few_members_mark_every_name),
		cmocka_unit_test(
			a_listing_ends_in_time_with_what_the_others_have),
		cmocka_unit_test(
			one_that_stalls_before_its_list_does_not_hold_it_up),
		cmocka_unit_test(a_listing_in_time_is_proven_as_any),
		cmocka_unit_test(enough_is_enough_and_proven),
		cmocka_unit_test(
			what_is_kept_is_told_again_without_the_servers),
		cmocka_unit_test(a_listing_that_was_late_is_not_kept),
		cmocka_unit_test(
			a_name_that_may_be_whole_is_not_kept_as_incomplete),
	};

	return cmocka_run_group_tests(tests, make_greeting, NULL);
}
