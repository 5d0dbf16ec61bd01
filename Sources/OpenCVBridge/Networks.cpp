#include <algorithm>
#include <opencv2/dnn.hpp>

#include "Guarded.hpp"

struct vb_net {
    cv::dnn::Net net;
    std::vector<cv::Mat> outputs;
};

int vb_net_read(const char *model, const char *config, vb_net **net, vb_error *error) {
    return guarded(error, [&] {
        const std::string name(model);
        const auto ends = [&](const std::string &ending) {
            return name.size() >= ending.size()
                && name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
        };
        // OpenCV parses .t7 lazily enough that a wrong file is only seen at the first run.
        cv::dnn::Net read = ends(".t7") ? cv::dnn::readNetFromTorch(name)
                                        : cv::dnn::readNet(name, config != nullptr ? config : "");
        if (read.empty()) throw std::runtime_error("the network is empty");
        read.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        read.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        *net = new vb_net{read, {}};
    });
}

void vb_net_free(vb_net *net) { delete net; }

int vb_net_run(
    vb_net *net, const float *input, const int shape[4], const char *const *names, size_t count, vb_error *error) {
    return guarded(error, [&] {
        const cv::Mat blob(4, shape, CV_32F, const_cast<float *>(input));
        net->net.setInput(blob);
        std::vector<cv::Mat> outputs;
        if (names == nullptr) {
            outputs.push_back(net->net.forward());
        } else {
            net->net.forward(outputs, std::vector<cv::String>(names, names + count));
        }
        net->outputs.clear();
        for (const cv::Mat &output : outputs)
            net->outputs.push_back(output.isContinuous() && output.depth() == CV_32F ? output : output.clone());
    });
}

const float *vb_net_output(const vb_net *net, size_t index, size_t *count) {
    if (index >= net->outputs.size() || net->outputs[index].depth() != CV_32F) {
        *count = 0;
        return nullptr;
    }
    *count = net->outputs[index].total() * net->outputs[index].channels();
    return net->outputs[index].ptr<float>();
}
