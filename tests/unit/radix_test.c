/* Radix trees against a plain array. */
#include <stdbool.h>

#include "tap.h"
#include "um/radix.h"

#define N 5000

static unsigned long spread(unsigned i)
{
	/* Near 0, at the top, and scattered. */
	return i % 3 == 0 ? i : i % 3 == 1 ? ~0UL - i : (unsigned long)i * 0x9e3779b97f4a7c15UL;
}

static int items[N];
static bool there[N], tagged[N];

static bool lookups_agree(const struct radix_tree *t)
{
	for (unsigned i = 0; i < N; i++)
		if (radix_lookup(t, spread(i)) != (there[i] ? &items[i] : NULL))
			return false;
	return true;
}

static bool walk_agrees(const struct radix_tree *t, bool only_tagged)
{
	unsigned long index = 0, last = 0;
	unsigned found = 0, expected = 0;
	int *item;

	while ((item = radix_next(t, &index, only_tagged))) {
		unsigned i = (unsigned)(item - items);

		if (spread(i) != index || !there[i] || (only_tagged && !tagged[i]))
			return false;
		if (found++ && index <= last)
			return false;
		last = index;
		if (++index == 0)
			break;
	}
	for (unsigned i = 0; i < N; i++)
		expected += there[i] && (!only_tagged || tagged[i]);
	return found == expected;
}

static void change(struct radix_tree *t, unsigned i)
{
	switch (prandom() % 4) {
	case 0:
	case 1:
		radix_insert(t, spread(i), &items[i]);
		there[i] = true;
		break;
	case 2:
		radix_delete(t, spread(i));
		there[i] = tagged[i] = false;
		break;
	default:
		if (!there[i])
			break;
		tagged[i] = prandom() % 2;
		if (tagged[i])
			radix_tag(t, spread(i));
		else
			radix_untag(t, spread(i));
	}
}

int main(void)
{
	struct radix_tree *t = radix_new();
	unsigned long index = 0;
	bool same = true;

	ok(!radix_lookup(t, 0) && !radix_lookup(t, ~0UL) && !radix_next(t, &index, false), "empty");
	ok(!radix_insert(t, 7, &items[0]) && radix_insert(t, 7, &items[1]), "no second item");
	ok(radix_delete(t, 7) == &items[0] && !radix_delete(t, 7), "deleted once");
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 10000; i++)
			change(t, prandom() % N);
		same = same && lookups_agree(t) && walk_agrees(t, false) && walk_agrees(t, true);
	}
	ok(same, "random changes: lookups and ordered walks agree");
	for (unsigned i = 0; i < N; i++)
		radix_delete(t, spread(i));
	index = 0;
	ok(!radix_next(t, &index, false), "empty again");
	radix_free(t);
	return done();
}
