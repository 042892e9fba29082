/* The port's constants, under the one name that generic code includes. */
#include "sysdep/archparam.h"
