// The target is its header.
#include "cpjrt.h"
