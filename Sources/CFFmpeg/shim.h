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
static inline int visage_averror_no_decoder(void) { return AVERROR_DECODER_NOT_FOUND; }
static inline int visage_averror_unauthorized(void) { return AVERROR_HTTP_UNAUTHORIZED; }
static inline int visage_averror_forbidden(void) { return AVERROR_HTTP_FORBIDDEN; }
static inline int visage_averror_not_found(void) { return AVERROR_HTTP_NOT_FOUND; }
static inline int visage_averror_refused(void) { return AVERROR_HTTP_OTHER_4XX; }
static inline int visage_averror_server(void) { return AVERROR_HTTP_SERVER_ERROR; }
static inline int64_t visage_nopts(void) { return AV_NOPTS_VALUE; }

#endif
