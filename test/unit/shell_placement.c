/* Where chunks are, and what is concluded of servers that are silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "placement.h"

#define COUNT 5

struct answers {
	struct view v;
	struct found f;
	struct record records[COUNT];
	struct held held[COUNT];
	struct placement p;
};

static const struct placement_name foo = {"foo", 3}; /* turn 0 of 4 */

/* `count` members, a version of y chunks that nobody has yet. */
static void begin(struct answers *a, unsigned count, uint8_t y)
{
	memset(a, 0, sizeof(*a));
	a->v.n = count;
	a->v.valid = a->v.members = mask_all(count);
	a->f.committed = true;
	a->f.version.y = y;
	a->f.version.tag.ctr = 1;
	for (unsigned i = 0; i < count; i++)
		a->held[i].list = &a->records[i];
}

static void holds(struct answers *a, unsigned server, unsigned first)
{
	struct record *r = &a->records[server];
	unsigned y = a->f.version.y;

	*r = (struct record){.v = a->f.version,
			     .state = RECORD_COMMITTED,
			     .first = (uint8_t)first,
			     .have = 3};
	a->held[server].count = 1;
	a->f.holders[first] |= UINT64_C(1) << server;
	a->f.holders[layout_next(first, y)] |= UINT64_C(1) << server;
}

static void is_away(struct answers *a, unsigned server)
{
	a->v.valid &= ~(UINT64_C(1) << server);
	a->v.members = a->v.valid;
}

/* "##..|.??.|..##|#..#": a row for each server. */
static void expect(struct answers *a, struct placement_name name,
		   unsigned count, const char *wanted)
{
	static const char letters[CELL_KINDS] = {'.', '#', 'x', '-',
						 'A', '?', '+'};
	char got[COUNT * (COUNT + 1) + 1];
	size_t at = 0;

	placement_find(&a->p, name, &a->v, &a->f, a->held, count);
	for (unsigned i = 0; i < count; i++) {
		for (unsigned k = 0; k < a->p.y; k++)
			got[at++] = letters[a->p.cells[i][k]];
		got[at++] = i + 1 < count ? '|' : '\0';
	}
	assert_string_equal(got, wanted);
}

static void what_is_there_is_shown_as_it_is(void **state)
{
	struct answers a;

	(void)state;
	begin(&a, 4, 4);
	for (unsigned i = 0; i < 4; i++)
		holds(&a, i, i);
	a.f.holders[1] &= ~UINT64_C(1);
	expect(&a, foo, 4, "#x..|.##.|..##|#..#");
	assert_int_equal(a.p.order, PLACEMENT_FORMULA);
	assert_int_equal(a.p.turn, 0);
}

static void a_silent_server_has_what_the_formula_gives_it(void **state)
{
	struct answers a;

	(void)state;
	for (unsigned away = 0; away < 4; away++) {
		char wanted[] = "##..|.##.|..##|#..#";

		begin(&a, 4, 4);
		for (unsigned i = 0; i < 4; i++)
			if (i != away)
				holds(&a, i, i);
		is_away(&a, away);
		for (unsigned k = 0; k < 4; k++)
			if (wanted[away * 5 + k] == '#')
				wanted[away * 5 + k] = 'A';
		expect(&a, foo, 4, wanted);
	}
}

static void so_it_is_with_three_of_four_silent(void **state)
{
	struct answers a;

	(void)state;
	begin(&a, 4, 4);
	holds(&a, 3, 3);
	for (unsigned i = 0; i < 3; i++)
		is_away(&a, i);
	expect(&a, foo, 4, "AA..|.AA.|..AA|#..#");
}

static void a_server_that_answers_lacks_its_place(void **state)
{
	struct answers a;

	(void)state;
	begin(&a, 4, 4);
	holds(&a, 0, 0);
	holds(&a, 2, 2);
	holds(&a, 3, 3);
	expect(&a, foo, 4, "##..|.--.|..##|#..#");
}

static void a_copy_is_turned(void **state)
{
	struct answers a;

	(void)state;
	begin(&a, 4, 4);
	for (unsigned i = 0; i < 3; i++)
		holds(&a, i, (i + 1) % 4);
	is_away(&a, 3);
	expect(&a, foo, 4, ".##.|..##|#..#|AA..");
	assert_int_equal(a.p.order, PLACEMENT_TURNED);
	assert_int_equal(a.p.turned, 1);
}

static void of_a_narrow_stripe_the_silent_one_is_found_by_order(void **state)
{
	struct answers a;
	static const struct placement_name name = {"foo", 3};
	unsigned x = layout_turn("foo", 3, 3);

	(void)state;
	begin(&a, 4, 3);
	holds(&a, 0, layout_first(0, x, 3));
	holds(&a, 3, layout_first(2, x, 3));
	is_away(&a, 2); /* dfs2 answers, and has nothing */
	placement_find(&a.p, name, &a.v, &a.f, a.held, 4);
	assert_int_equal(a.p.order, PLACEMENT_FORMULA);
	assert_int_equal(a.p.cells[2][layout_first(1, x, 3)], CELL_AWAY);
	for (unsigned k = 0; k < 3; k++)
		assert_int_equal(a.p.cells[1][k], CELL_NONE);
	is_away(&a, 1); /* now it may be either */
	placement_find(&a.p, name, &a.v, &a.f, a.held, 4);
	for (unsigned i = 1; i < 3; i++)
		assert_int_equal(a.p.cells[i][layout_first(1, x, 3)],
				 CELL_PERHAPS);
}

static void places_in_no_order_were_moved(void **state)
{
	struct answers a;
	unsigned x = layout_turn("foo", 3, 3);

	(void)state;
	begin(&a, 5, 3);
	holds(&a, 0, layout_first(0, x, 3));
	holds(&a, 2, layout_first(2, x, 3));
	holds(&a, 3, layout_first(1, x, 3));
	is_away(&a, 1);
	placement_find(&a.p, foo, &a.v, &a.f, a.held, 5);
	assert_int_equal(a.p.order, PLACEMENT_MOVED);
	for (unsigned k = 0; k < 3; k++)
		assert_int_equal(a.p.cells[1][k], CELL_NONE);
}

static void what_is_not_stored_has_a_plan(void **state)
{
	struct placement p;

	(void)state;
	placement_plan(&p, foo, 15, 4);
	assert_int_equal(p.y, 4);
	for (unsigned k = 0; k < 4; k++)
		assert_int_equal(
			mask_count(placement_servers(&p, k, CELL_PLANNED)), 2);
	assert_int_equal(p.cells[0][0], CELL_PLANNED);
	assert_int_equal(p.cells[0][1], CELL_PLANNED);
	placement_plan(&p, foo, 0, 4);
	assert_int_equal(p.y, 0);
}

static void sixty_four_servers_have_two_copies_of_each(void **state)
{
	struct placement p;

	(void)state;
	placement_plan(&p, foo, UINT64_MAX, LAYOUT_MAX);
	for (unsigned k = 0; k < LAYOUT_MAX; k++)
		assert_int_equal(
			mask_count(placement_servers(&p, k, CELL_PLANNED)), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_shown_as_it_is),
		cmocka_unit_test(a_silent_server_has_what_the_formula_gives_it),
		cmocka_unit_test(so_it_is_with_three_of_four_silent),
		cmocka_unit_test(a_server_that_answers_lacks_its_place),
		cmocka_unit_test(a_copy_is_turned),
		cmocka_unit_test(
			of_a_narrow_stripe_the_silent_one_is_found_by_order),
		cmocka_unit_test(places_in_no_order_were_moved),
		cmocka_unit_test(what_is_not_stored_has_a_plan),
		cmocka_unit_test(sixty_four_servers_have_two_copies_of_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
