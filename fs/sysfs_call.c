/* sysfs(2): file system types by number. */
#include "um/kmalloc.h"
#include "um/sched.h"
#include "um/syscall.h"
#include "um/uaccess.h"
#include "internal.h"

static long nr_types(void)
{
	return __stop_um_fs_types - __start_um_fs_types;
}

static long type_index(uaddr_t uname)
{
	char *name = getname(uname, 0);
	const struct fs_type *type;

	if (IS_ERR(name))
		return PTR_ERR(name);
	type = fs_type_find(name, strlen(name));
	kfree(name);
	return type ? type - __start_um_fs_types : -EINVAL;
}

static long type_name(unsigned long index, uaddr_t to)
{
	const char *name;

	if (index >= (unsigned long)nr_types())
		return -EINVAL;
	name = __start_um_fs_types[index].name;
	return copy_to_user(to, name, strlen(name) + 1);
}

SYSCALL_DEFINE3(sysfs, A_INT, int, option, A_HEX, unsigned long, arg1, A_PTR, uaddr_t, arg2)
{
	switch (option) {
	case 1:
		return type_index(arg1);
	case 2:
		return type_name((unsigned)arg1, arg2);
	case 3:
		return nr_types();
	}
	return -EINVAL;
}
