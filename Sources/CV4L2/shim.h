// Video4Linux and libv4l2 for Swift: what it cannot import, a variadic function and macros that compute, as plain ones.
#ifndef VISAGE_CV4L2_SHIM_H
#define VISAGE_CV4L2_SHIM_H

#include <libv4l2.h>
#include <linux/videodev2.h>
#include <stdio.h>

static inline int visage_v4l2_ioctl(int fd, unsigned long request, void *argument) {
    return v4l2_ioctl(fd, request, argument);
}

/// From then on libv4l2 writes its messages to `file` and not to standard error.
static inline void visage_v4l2_log_to(FILE *file) { v4l2_log_file = file; }

static const unsigned long VISAGE_VIDIOC_QUERYCAP = VIDIOC_QUERYCAP;
static const unsigned long VISAGE_VIDIOC_ENUM_FMT = VIDIOC_ENUM_FMT;
static const unsigned long VISAGE_VIDIOC_ENUM_FRAMESIZES = VIDIOC_ENUM_FRAMESIZES;
static const unsigned long VISAGE_VIDIOC_ENUM_FRAMEINTERVALS = VIDIOC_ENUM_FRAMEINTERVALS;
static const unsigned long VISAGE_VIDIOC_G_FMT = VIDIOC_G_FMT;
static const unsigned long VISAGE_VIDIOC_TRY_FMT = VIDIOC_TRY_FMT;
static const unsigned long VISAGE_VIDIOC_S_FMT = VIDIOC_S_FMT;
static const unsigned long VISAGE_VIDIOC_G_PARM = VIDIOC_G_PARM;
static const unsigned long VISAGE_VIDIOC_S_PARM = VIDIOC_S_PARM;
static const unsigned long VISAGE_VIDIOC_REQBUFS = VIDIOC_REQBUFS;
static const unsigned long VISAGE_VIDIOC_QUERYBUF = VIDIOC_QUERYBUF;
static const unsigned long VISAGE_VIDIOC_QBUF = VIDIOC_QBUF;
static const unsigned long VISAGE_VIDIOC_DQBUF = VIDIOC_DQBUF;
static const unsigned long VISAGE_VIDIOC_STREAMON = VIDIOC_STREAMON;
static const unsigned long VISAGE_VIDIOC_STREAMOFF = VIDIOC_STREAMOFF;
static const unsigned long VISAGE_VIDIOC_QUERYCTRL = VIDIOC_QUERYCTRL;
static const unsigned long VISAGE_VIDIOC_QUERYMENU = VIDIOC_QUERYMENU;
static const unsigned long VISAGE_VIDIOC_S_CTRL = VIDIOC_S_CTRL;

static const unsigned int VISAGE_V4L2_CTRL_FLAG_NEXT_CTRL = V4L2_CTRL_FLAG_NEXT_CTRL;

#endif
