#include "asm-um/archparam-arm64.h"
