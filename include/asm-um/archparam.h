/* The port's constants, under the one name that generic code includes, and what holds where the
 * port says nothing. */
#ifndef __UM_ARCHPARAM_H
#define __UM_ARCHPARAM_H

#include "sysdep/archparam.h"

#ifndef ARCH_CLONE_TLS_LAST
#define ARCH_CLONE_TLS_LAST 0	/* clone's 4th argument is tls, the 5th child_tid */
#endif
/* AT_HWCAP and AT_HWCAP2 that guests are told: less than the host's where K does not carry the
 * state of a feature from one host thread to another. */
#ifndef ARCH_HWCAP
#define ARCH_HWCAP(host) (host)
#endif
#ifndef ARCH_HWCAP2
#define ARCH_HWCAP2(host) (host)
#endif

#endif
