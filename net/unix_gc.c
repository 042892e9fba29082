/*
 * Sockets that only each other's queues still hold: a socket sent through itself, or two through
 * each other, then closed.  No close will ever free them, so they are looked for.
 *
 * A candidate is a socket whose file has no references but those in queues.  Those that are in
 * the queue of something other than a candidate are reachable, and so is all that their queues
 * hold; the rest is garbage, and the files in its queues are put.  Nothing sleeps until that is
 * decided.
 */
#include "unix.h"

#include "um/kmalloc.h"

#define CLOSES_SHARE 8

struct garbage {
	struct list_head node;
	struct scm_files *files;
};

static void each_in_queue(struct unix_sock *u, void (*fn)(struct unix_sock *child, void *arg),
			  void *arg)
{
	struct unix_buf *buf;

	list_for_each_entry(buf, &u->queue, node) {
		for (int i = 0; buf->files && i < buf->files->count; i++) {
			struct socket *sock = file_socket(buf->files->file[i]);

			if (sock && sock->family == K_AF_UNIX)
				fn(unix_sk(sock), arg);
		}
	}
}

/* Calls fn for each socket in flight in u's queue, and in those of connections not yet accepted. */
static void each_child(struct unix_sock *u, void (*fn)(struct unix_sock *child, void *arg),
		       void *arg)
{
	struct unix_sock *embryo;

	each_in_queue(u, fn, arg);
	list_for_each_entry(embryo, &u->accept_queue, accept_node)
		each_in_queue(embryo, fn, arg);
}

static void mark_candidates(void)
{
	struct unix_sock *u;

	list_for_each_entry(u, &unix_all, all_node) {
		u->gc_refs = u->inflight;
		u->gc_mark = u->inflight > 0 && u->sock.file && u->sock.file->refs == u->inflight ?
				     GC_CANDIDATE :
				     GC_OUT;
	}
}

static void drop_ref(struct unix_sock *child, void *arg __maybe_unused)
{
	child->gc_refs--;
}

static void reach(struct unix_sock *child, void *arg)
{
	if (child->gc_mark != GC_CANDIDATE)
		return;
	child->gc_mark = GC_REACHED;
	list_add_tail(&child->gc_node, arg);
}

static void mark_reachable(void)
{
	LIST_HEAD(todo);
	struct unix_sock *u;

	list_for_each_entry(u, &unix_all, all_node)
		if (u->gc_mark == GC_CANDIDATE)
			each_child(u, drop_ref, NULL);
	list_for_each_entry(u, &unix_all, all_node)
		if (u->gc_mark == GC_CANDIDATE && u->gc_refs > 0)
			reach(u, &todo);
	while (!list_empty(&todo)) {
		u = list_first_entry(&todo, struct unix_sock, gc_node);
		list_del(&u->gc_node);
		each_child(u, reach, &todo);
	}
}

static void take_files(struct unix_sock *u, struct list_head *garbage)
{
	struct garbage *g;
	struct unix_buf *buf;

	list_for_each_entry(buf, &u->queue, node) {
		if (!buf->files)
			continue;
		g = kzalloc_type(struct garbage);
		g->files = unix_detach(buf);
		list_add_tail(&g->node, garbage);
	}
}

static void collect(struct list_head *garbage)
{
	struct unix_sock *u, *embryo;

	list_for_each_entry(u, &unix_all, all_node) {
		if (u->gc_mark != GC_CANDIDATE)
			continue;
		take_files(u, garbage);
		list_for_each_entry(embryo, &u->accept_queue, accept_node)
			take_files(embryo, garbage);
	}
}

/* Called at each close.  A search looks at all sockets, so with many in flight it is made only
 * every so many closes: its cost per close, and the garbage left meanwhile, stay bounded. */
void unix_gc(void)
{
	static unsigned closes;
	LIST_HEAD(garbage);
	struct garbage *g;

	if (!unix_socks_inflight || ++closes < unix_socks_inflight / CLOSES_SHARE)
		return;
	closes = 0;
	mark_candidates();
	mark_reachable();
	collect(&garbage);
	while (!list_empty(&garbage)) {
		g = list_first_entry(&garbage, struct garbage, node);
		list_del(&g->node);
		scm_files_free(g->files);
		kfree(g);
	}
}
