#include "asm-um/archparam-riscv64.h"
