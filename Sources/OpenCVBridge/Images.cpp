#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>

#include "Guarded.hpp"

int vb_set_threads(int threads, vb_error *error) {
    return guarded(error, [&] {
        cv::setNumThreads(threads);
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    });
}

namespace {

/// The rectangle of a picture, with a border added where it reaches beyond.
cv::Mat cut(const cv::Mat &picture, const cv::Rect &rectangle, int border) {
    const cv::Rect inside = rectangle & cv::Rect(0, 0, picture.cols, picture.rows);
    if (inside.empty()) throw std::runtime_error("the face lies outside the picture");
    const cv::Mat crop = picture(inside);
    if (inside == rectangle) return crop;
    cv::Mat padded;
    cv::copyMakeBorder(
        crop, padded, inside.y - rectangle.y, rectangle.br().y - inside.br().y, inside.x - rectangle.x,
        rectangle.br().x - inside.br().x, border | cv::BORDER_ISOLATED);
    return padded;
}

}  // namespace

int vb_crop_square(
    const uint8_t *pixels, int width, int height, size_t stride, const vb_square *square, uint8_t *out, int out_side,
    double *sharpness, vb_error *error) {
    return guarded(error, [&] {
        const cv::Mat picture(height, width, CV_8UC3, const_cast<uint8_t *>(pixels), stride);
        const cv::Rect around(square->x, square->y, square->side, square->side);
        const cv::Mat crop = cut(picture, around, cv::BORDER_REPLICATE);
        cv::Mat result(out_side, out_side, CV_8UC3, out);
        if (square->angle == 0) {
            // Averaging when shrinking, or fine detail turns into noise.
            const int method = square->side > out_side ? cv::INTER_AREA : cv::INTER_LINEAR;
            cv::resize(crop, result, result.size(), 0, 0, method);
        } else {
            // Averaged to about the result's scale first; then each pixel of the result looks up where it comes from.
            const double wanted = out_side / square->length;
            cv::Mat scaled = crop;
            if (wanted < 1) {
                const int side = std::max(1, static_cast<int>(std::lround(square->side * wanted)));
                cv::resize(crop, scaled, cv::Size(side, side), 0, 0, cv::INTER_AREA);
            }
            const double factor = static_cast<double>(scaled.cols) / square->side;
            const double step = factor / wanted;
            const double along = step * std::cos(square->angle), across = step * std::sin(square->angle);
            // From the middle of a pixel to the middle of a pixel.
            const double half = (out_side - 1) / 2.0;
            const double x = (square->center_x - square->x) * factor - 0.5;
            const double y = (square->center_y - square->y) * factor - 0.5;
            const cv::Matx23d back(
                along, -across, x - half * (along - across), across, along, y - half * (along + across));
            cv::warpAffine(
                scaled, result, back, result.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
        }
        cv::Mat gray, detail;
        cv::cvtColor(result, gray, cv::COLOR_RGB2GRAY);
        cv::Laplacian(gray, detail, CV_32F);
        cv::Scalar mean, deviation;
        cv::meanStdDev(detail, mean, deviation);
        *sharpness = deviation[0] * deviation[0];
    });
}

int vb_cut_floats(
    const uint8_t *pixels, int width, int height, size_t stride, int x, int y, int rect_width, int rect_height,
    float mean, float scale, float *out, int out_width, int out_height, vb_error *error) {
    return guarded(error, [&] {
        const cv::Mat picture(height, width, CV_8UC3, const_cast<uint8_t *>(pixels), stride);
        const cv::Mat crop = cut(picture, cv::Rect(x, y, rect_width, rect_height), cv::BORDER_CONSTANT);
        cv::Mat resized, result(out_height, out_width, CV_32FC3, out);
        cv::resize(crop, resized, result.size(), 0, 0, cv::INTER_AREA);
        resized.convertTo(result, CV_32F, scale, -mean * scale);
    });
}
