#pragma once

#include <cstdio>
#include <exception>

#include "OpenCVBridge.h"

/// Runs `body` and turns whatever it throws into a message: an exception that reached Swift would end the process.
template <typename Body>
int guarded(vb_error *error, Body &&body) noexcept {
    try {
        body();
        return 0;
    } catch (const std::exception &exception) {
        if (error != nullptr) std::snprintf(error->message, sizeof error->message, "%s", exception.what());
    } catch (...) {
        if (error != nullptr) std::snprintf(error->message, sizeof error->message, "unknown C++ exception");
    }
    return -1;
}
