/*
 * Epoll instances that watch each other: no circles, no deep chains, and not too many ways from
 * one file up, since a wakeup walks all of them.
 *
 * No chain is ever longer than MAX_NESTS, so the walks here may recurse.
 */
#include "epoll.h"

#define MAX_NESTS 4	/* links of a chain of instances: epoll_ctl(2), ELOOP */
#define TOO_DEEP (MAX_NESTS + 1)
#define MAX_STEPS 1000000	/* of a search for paths: no guest keeps K busy with one call */

/* How many chains of each length may lead up from a file: Linux's figures. */
static const int max_paths[MAX_NESTS + 1] = { 1000, 500, 100, 50, 10 };

static unsigned walk;	/* the number of the current walk: each instance is visited once */

/* The links of the longest chain below ep, TOO_DEEP if `looked_for` is in one. */
static int depth_below(struct eventpoll *ep, const struct eventpoll *looked_for)
{
	struct ep_item *item;
	int depth = 0;

	if (ep == looked_for)
		return TOO_DEEP;
	if (ep->visit == walk)
		return ep->depth;
	RB_FOREACH(item, ep_tree, &ep->items) {
		struct eventpoll *below = file_eventpoll(item->file);

		if (below)
			depth = max(depth, 1 + depth_below(below, looked_for));
	}
	ep->visit = walk;
	ep->depth = depth;
	return depth;
}

static int depth_above(struct eventpoll *ep)
{
	struct ep_item *item;
	int depth = 0;

	if (ep->visit == walk)
		return ep->depth;
	list_for_each_entry(item, &ep->file->epoll_links, file_link)
		depth = max(depth, 1 + depth_above(item->ep));
	ep->visit = walk;
	ep->depth = depth;
	return depth;
}

int ep_check_depth(struct eventpoll *ep, struct file *file)
{
	struct eventpoll *target = file_eventpoll(file);
	int depth;

	if (!target)
		return 0;
	walk++;
	depth = 1 + depth_below(target, ep);
	if (depth > MAX_NESTS)
		return -ELOOP;
	walk++;
	return depth + depth_above(ep) > MAX_NESTS ? -ELOOP : 0;
}

struct path_count {
	int paths[MAX_NESTS + 1];
	int steps;		/* that may still be made */
};

/* Counts the chains from a file up, by the links between their instances. */
static bool count_paths(struct file *file, int level, struct path_count *count)
{
	struct ep_item *item;

	if (level > MAX_NESTS)
		return false;
	list_for_each_entry(item, &file->epoll_links, file_link) {
		struct file *above = item->ep->file;

		if (!count->steps--)
			return false;
		if (list_empty(&above->epoll_links)) {
			if (++count->paths[level] > max_paths[level])
				return false;
		} else if (!count_paths(above, level + 1, count)) {
			return false;
		}
	}
	return true;
}

static bool file_paths_ok(struct file *file, int *steps)
{
	struct path_count count = { .steps = *steps };
	bool ok = count_paths(file, 0, &count);

	*steps = count.steps;
	return ok;
}

/* All files that are not instances themselves, below ep. */
static bool paths_below_ok(struct eventpoll *ep, int *steps)
{
	struct ep_item *item;

	if (ep->visit == walk)
		return true;
	ep->visit = walk;
	RB_FOREACH(item, ep_tree, &ep->items) {
		struct eventpoll *below = file_eventpoll(item->file);

		if (below ? !paths_below_ok(below, steps) : !file_paths_ok(item->file, steps))
			return false;
	}
	return true;
}

int ep_check_paths(struct eventpoll *ep, struct file *file)
{
	struct eventpoll *target = file_eventpoll(file);
	int steps = MAX_STEPS;
	bool ok;

	/* Most common by far: one level. */
	if (!target && list_empty(&ep->file->epoll_links))
		return 0;
	walk++;
	ok = target ? paths_below_ok(target, &steps) : file_paths_ok(file, &steps);
	return ok ? 0 : -EINVAL;
}
