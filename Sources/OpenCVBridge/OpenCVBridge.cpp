#include "OpenCVBridge.h"
