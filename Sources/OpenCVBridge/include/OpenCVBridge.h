// OpenCV for Swift, as plain C: no C++ type and no C++ exception passes this header.
//
// Every function that can fail returns 0 on success and otherwise fills `error`. Pictures are 8 bit, rows
// `stride` bytes apart.
#ifndef VISAGE_OPENCV_BRIDGE_H
#define VISAGE_OPENCV_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char message[512];
} vb_error;

/// Keeps OpenCV's own pool at `threads` threads for the whole process.
int vb_set_threads(int threads, vb_error *error);

/// Cuts the square of `side` pixels at (x, y), which may reach beyond the picture (its border is repeated
/// there), and resizes it to `out_side` x `out_side`. Three interleaved channels in and out.
/// With an `angle` other than 0 (radians, clockwise in the picture) the square is turned back by it, and what is kept
/// is its middle of side / sqrt(2), which has no empty corners.
/// `sharpness` receives the variance of the Laplacian of the result's grey picture.
int vb_crop_square(
    const uint8_t *pixels, int width, int height, size_t stride, int x, int y, int side, double angle, uint8_t *out,
    int out_side, double *sharpness, vb_error *error);

/// A network of OpenCV's DNN module; not safe to use from two threads at once.
typedef struct vb_net vb_net;

/// Reads a network by its file name's ending: .onnx, .caffemodel (with `config`, the prototxt), .pb, .t7.
int vb_net_read(const char *model, const char *config, vb_net **net, vb_error *error);
void vb_net_free(vb_net *net);
/// Runs one batch. `input` is float NCHW with the four sizes in `shape`; `names` are the `count` output layers
/// (NULL: the last one). The outputs stay valid until the next run.
int vb_net_run(
    vb_net *net, const float *input, const int shape[4], const char *const *names, size_t count, vb_error *error);
const float *vb_net_output(const vb_net *net, size_t index, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
