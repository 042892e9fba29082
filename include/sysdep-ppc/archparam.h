#include "asm-um/archparam-ppc.h"
