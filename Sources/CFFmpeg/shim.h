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

/// Places a picture of planar 4:2:0 that is to be decoded, `rows` high with padding, into memory at `base` with rows of
/// `stride` bytes. When the decoder needs it no longer, `release` is called with `owner`. 0, or an error code.
static inline int visage_place_picture(
    AVFrame *frame, uint8_t *base, size_t bytes, int stride, int rows, void *owner, void (*release)(void *, uint8_t *)
) {
    frame->buf[0] = av_buffer_create(base, bytes, release, owner, 0);
    if (!frame->buf[0]) return AVERROR(ENOMEM);
    frame->linesize[0] = stride;
    frame->linesize[1] = frame->linesize[2] = stride / 2;
    frame->data[0] = base;
    frame->data[1] = base + (size_t)stride * rows;
    frame->data[2] = frame->data[1] + (size_t)stride / 2 * ((rows + 1) / 2);
    frame->extended_data = frame->data;
    return 0;
}

#endif
