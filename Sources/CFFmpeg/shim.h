// FFmpeg's libraries for Swift. Macros that Swift cannot import are given as inline functions.
#ifndef VISAGE_CFFMPEG_SHIM_H
#define VISAGE_CFFMPEG_SHIM_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/sha.h>
#include <libswscale/swscale.h>

static inline int visage_averror(int posix_code) { return AVERROR(posix_code); }
static inline int visage_averror_eof(void) { return AVERROR_EOF; }
static inline int visage_averror_exit(void) { return AVERROR_EXIT; }
static inline int visage_averror_invaliddata(void) { return AVERROR_INVALIDDATA; }
static inline int64_t visage_nopts(void) { return AV_NOPTS_VALUE; }

#endif
