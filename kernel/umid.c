/*
 * umid=NAME: this um's place among others, a directory ~/.umkit/NAME with a file `pid`, as long
 * as it runs.  A name that a living um has is refused.
 */
#include <stdio.h>

#include "um/boot.h"
#include "um/err.h"
#include "um/kmalloc.h"
#include "um/os.h"

#include "switches.h"

static char *umid_dir;

void umid_take(void)
{
	const char *home = os_getenv("HOME");
	char *parent, *pid_file;
	int holder, err;

	if (!boot.umid)
		return;
	parent = kasprintf("%s/.umkit", home ? home : "/tmp");
	umid_dir = kasprintf("%s/%s", parent, boot.umid);
	pid_file = kasprintf("%s/pid", umid_dir);
	holder = os_pid_file_holder(pid_file);
	if (holder > 0)
		um_die("umid=%s: is in use by process %d", boot.umid, holder);
	err = os_make_dir(parent);
	if (!err)
		err = os_make_dir(umid_dir);
	if (!err)
		err = os_pid_file_write(pid_file);
	if (err)
		um_die("umid=%s: %s: %s", boot.umid, umid_dir, os_strerror(-err));
	kfree(parent);
	kfree(pid_file);
}

void umid_release(void)
{
	char *pid_file;

	if (!umid_dir)
		return;
	pid_file = kasprintf("%s/pid", umid_dir);
	os_remove(pid_file);
	os_remove(umid_dir);
	kfree(pid_file);
}
