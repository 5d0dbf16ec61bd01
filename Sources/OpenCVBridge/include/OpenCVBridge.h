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

/// A square to cut out, in pixels of the picture it is cut from, (0, 0) the top left corner of the first pixel.
typedef struct {
    /// The upright square around it; it may reach beyond the picture.
    int x, y, side;
    /// The square itself. With `angle` 0 it is taken to be the one above.
    double center_x, center_y, length;
    /// Radians, clockwise as one looks at the picture, by which its upper edge leans.
    double angle;
} vb_square;

/// Cuts a square out, turns it upright and resizes it to `out_side` x `out_side`; beyond the picture its border is
/// repeated. Three interleaved channels in and out.
/// `sharpness` receives the variance of the Laplacian of the result's gray picture.
int vb_crop_square(
    const uint8_t *pixels, int width, int height, size_t stride, const vb_square *square, uint8_t *out, int out_side,
    double *sharpness, vb_error *error);

/// Resizes the rectangle at (x, y), which may reach beyond the picture (black there), to `out_width` x `out_height` and
/// writes it as floats: (sample - mean) * scale. Three interleaved channels in and out.
int vb_cut_floats(
    const uint8_t *pixels, int width, int height, size_t stride, int x, int y, int rect_width, int rect_height,
    float mean, float scale, float *out, int out_width, int out_height, vb_error *error);

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
