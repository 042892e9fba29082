#include "asm-um/archparam-i386.h"
