#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "Guarded.hpp"

struct vb_image {
    cv::Mat pixels;
};

struct vb_bytes {
    std::vector<uint8_t> bytes;
};

int vb_set_threads(int threads, vb_error *error) {
    return guarded(error, [&] {
        cv::setNumThreads(threads);
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    });
}

int vb_image_decode(const uint8_t *bytes, size_t count, size_t max_pixels, vb_image **image, vb_error *error) {
    return guarded(error, [&] {
        if (count == 0) throw std::runtime_error("the file is empty");
        const cv::Mat raw(1, static_cast<int>(count), CV_8UC1, const_cast<uint8_t *>(bytes));
        cv::Mat pixels = cv::imdecode(raw, cv::IMREAD_COLOR);
        if (pixels.empty()) throw std::runtime_error("not a picture in a known format, or damaged");
        if (pixels.total() > max_pixels) throw std::runtime_error("the picture is too large");
        *image = new vb_image{pixels};
    });
}

int vb_image_make(const uint8_t *bgr, int width, int height, size_t stride, vb_image **image, vb_error *error) {
    return guarded(error, [&] {
        const cv::Mat view(height, width, CV_8UC3, const_cast<uint8_t *>(bgr), stride);
        *image = new vb_image{view.clone()};
    });
}

void vb_image_free(vb_image *image) { delete image; }
int vb_image_width(const vb_image *image) { return image->pixels.cols; }
int vb_image_height(const vb_image *image) { return image->pixels.rows; }
size_t vb_image_stride(const vb_image *image) { return image->pixels.step[0]; }
const uint8_t *vb_image_bytes(const vb_image *image) { return image->pixels.data; }

void vb_bytes_free(vb_bytes *bytes) { delete bytes; }
const uint8_t *vb_bytes_pointer(const vb_bytes *bytes) { return bytes->bytes.data(); }
size_t vb_bytes_count(const vb_bytes *bytes) { return bytes->bytes.size(); }

int vb_image_encode(
    const vb_image *image, const char *extension, int quality, vb_bytes **bytes, vb_error *error) {
    return guarded(error, [&] {
        std::vector<uint8_t> encoded;
        if (!cv::imencode(extension, image->pixels, encoded, {cv::IMWRITE_JPEG_QUALITY, quality}))
            throw std::runtime_error("the picture cannot be encoded");
        *bytes = new vb_bytes{std::move(encoded)};
    });
}

int vb_crop_square(
    const uint8_t *pixels, int width, int height, size_t stride, int x, int y, int side, double angle, uint8_t *out,
    int out_side, double *sharpness, vb_error *error) {
    return guarded(error, [&] {
        const cv::Mat picture(height, width, CV_8UC3, const_cast<uint8_t *>(pixels), stride);
        const cv::Rect square(x, y, side, side);
        const cv::Rect inside = square & cv::Rect(0, 0, width, height);
        if (inside.empty()) throw std::runtime_error("the face lies outside the picture");
        cv::Mat crop = picture(inside);
        if (inside != square) {
            cv::Mat padded;
            cv::copyMakeBorder(
                crop, padded, inside.y - y, y + side - inside.br().y, inside.x - x, x + side - inside.br().x,
                cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
            crop = padded;
        }
        cv::Mat result(out_side, out_side, CV_8UC3, out);
        // Averaging when shrinking, or fine detail turns into noise.
        const auto resize = [&](cv::Mat &to, cv::Size size) {
            cv::resize(crop, to, size, 0, 0, side > size.width ? cv::INTER_AREA : cv::INTER_LINEAR);
        };
        if (angle == 0) {
            resize(result, result.size());
        } else {
            const int wide = static_cast<int>(std::lround(out_side * std::sqrt(2.0)));
            cv::Mat scaled;
            resize(scaled, cv::Size(wide, wide));
            const float middle = (wide - 1) / 2.0F;
            cv::Mat turn = cv::getRotationMatrix2D(cv::Point2f(middle, middle), angle * 180 / CV_PI, 1);
            turn.at<double>(0, 2) -= (wide - out_side) / 2.0;
            turn.at<double>(1, 2) -= (wide - out_side) / 2.0;
            cv::warpAffine(scaled, result, turn, result.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
        }
        cv::Mat grey, detail;
        cv::cvtColor(result, grey, cv::COLOR_RGB2GRAY);
        cv::Laplacian(grey, detail, CV_32F);
        cv::Scalar mean, deviation;
        cv::meanStdDev(detail, mean, deviation);
        *sharpness = deviation[0] * deviation[0];
    });
}
