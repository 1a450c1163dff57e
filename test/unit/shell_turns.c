/* Who waits for a turn gets it, in order, and never too many at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turns.h"

#define COUNT 5
#define MOST 2

struct owner {
	struct turn turn;
	bool came;
};

static struct loop loop;
static struct turns turns;
static struct owner owners[COUNT];

static void on_come(void *arg)
{
	((struct owner *)arg)->came = true;
}

/* A mask of those whose turn has come. */
static unsigned came(void)
{
	struct owner nobody = {.came = false};
	struct loop_timer tick = {.fire = on_come, .arg = &nobody};
	unsigned some = 0;

	loop_arm(&loop, &tick, 0);
	loop_turn(&loop);
	for (unsigned i = 0; i < COUNT; i++)
		if (owners[i].came)
			some |= 1u << i;
	return some;
}

static void begin(void)
{
	assert_int_equal(loop_init(&loop), ERR_OK);
	turns_init(&turns, &loop, MOST);
	for (unsigned i = 0; i < COUNT; i++) {
		owners[i] = (struct owner){0};
		turn_init(&owners[i].turn, on_come, &owners[i]);
		turns_take(&turns, &owners[i].turn);
	}
}

static void turns_come_in_order_two_at_a_time(void **state)
{
	(void)state;
	begin();
	assert_false(owners[0].came); /* not before the loop turns */
	assert_int_equal(came(), 3);
	assert_int_equal(came(), 3);
	turns_give(&turns, &owners[1].turn);
	assert_int_equal(came(), 7);
	turns_give(&turns, &owners[0].turn);
	turns_give(&turns, &owners[2].turn);
	assert_int_equal(came(), 31);
	loop_release(&loop);
}

static void who_waits_no_longer_is_passed_over(void **state)
{
	(void)state;
	begin();
	turns_give(&turns, &owners[1].turn); /* before it was told */
	turns_give(&turns, &owners[3].turn); /* while it waits */
	assert_int_equal(came(), 5);
	turns_give(&turns, &owners[0].turn);
	turns_give(&turns, &owners[2].turn);
	assert_int_equal(came(), 21);
	turns_give(&turns, &owners[4].turn);
	turns_give(&turns, &owners[4].turn); /* nothing to give */
	assert_int_equal(turns.left, MOST);
	loop_release(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_come_in_order_two_at_a_time),
		cmocka_unit_test(who_waits_no_longer_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
