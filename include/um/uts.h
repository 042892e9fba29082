/* The names that uname(2) gives.  kernel/sys.c */
#ifndef UM_UTS_H
#define UM_UTS_H

#include <linux/utsname.h>

extern struct new_utsname init_uts;
/* As sethostname(2) and setdomainname(2), without the permission check: at most 64 bytes. */
void uts_set_nodename(const char *name);
void uts_set_domainname(const char *name);
#define UM_RELEASE "6.1.0-umkit"	/* what the guest sees: the ABI level we follow */

#endif
