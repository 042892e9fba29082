#include "asm-um/archparam-x86_64.h"
