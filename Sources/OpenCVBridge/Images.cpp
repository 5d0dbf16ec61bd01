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
