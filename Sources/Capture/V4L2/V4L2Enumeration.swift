import CV4L2
import VisageCore

/// Asks a device what it offers.
extension V4L2Device {
    /// The formats of it that this program reads, with their sizes.
    func offers(near wanted: V4L2Offer.Size) -> [V4L2Offer] {
        var offers: [V4L2Offer] = []
        for index in 0..<V4L2Device.maxEntries {
            var format = v4l2_fmtdesc()
            format.index = index
            format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
            guard ask(VISAGE_VIDIOC_ENUM_FMT, &format) == 0 else { break }
            guard let known = V4L2Format(code: format.pixelformat) else { continue }
            offers.append(
                V4L2Offer(
                    format: known, code: format.pixelformat, sizes: sizes(of: format.pixelformat, near: wanted),
                    isEmulated: format.flags & UInt32(V4L2_FMT_FLAG_EMULATED) != 0))
        }
        return offers
    }

    /// The rates of one format and size.
    func intervals(of offer: V4L2Offer, _ size: V4L2Offer.Size) -> V4L2Offer.Intervals {
        var listed: [V4L2Interval] = []
        for index in 0..<V4L2Device.maxEntries {
            var interval = v4l2_frmivalenum()
            interval.index = index
            interval.pixel_format = offer.code
            (interval.width, interval.height) = (UInt32(size.width), UInt32(size.height))
            guard ask(VISAGE_VIDIOC_ENUM_FRAMEINTERVALS, &interval) == 0 else { break }
            guard interval.type == V4L2_FRMIVAL_TYPE_DISCRETE.rawValue else {
                let range = interval.stepwise
                return .between(shortest: V4L2Interval(range.min), longest: V4L2Interval(range.max))
            }
            listed.append(V4L2Interval(interval.discrete))
        }
        return listed.isEmpty ? .unknown : .listed(listed)
    }

    private func sizes(of code: UInt32, near wanted: V4L2Offer.Size) -> V4L2Offer.Sizes {
        var listed: [V4L2Offer.Size] = []
        for index in 0..<V4L2Device.maxEntries {
            var size = v4l2_frmsizeenum()
            size.index = index
            size.pixel_format = code
            guard ask(VISAGE_VIDIOC_ENUM_FRAMESIZES, &size) == 0 else { break }
            guard size.type == V4L2_FRMSIZE_TYPE_DISCRETE.rawValue else {
                let range = size.stepwise
                return .between(
                    width: .init(Int(range.min_width), Int(range.max_width), step: Int(range.step_width)),
                    height: .init(Int(range.min_height), Int(range.max_height), step: Int(range.step_height)))
            }
            listed.append(V4L2Offer.Size(Int(size.discrete.width), Int(size.discrete.height)))
        }
        return .listed(listed.isEmpty ? tried(code, wanted) : listed)
    }

    /// Older drivers do not list their sizes, but say what they would make of one.
    private func tried(_ code: UInt32, _ wanted: V4L2Offer.Size) -> [V4L2Offer.Size] {
        var format = v4l2_format()
        format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        format.fmt.pix.pixelformat = code
        (format.fmt.pix.width, format.fmt.pix.height) = (UInt32(wanted.width), UInt32(wanted.height))
        guard ask(VISAGE_VIDIOC_TRY_FMT, &format) == 0, format.fmt.pix.pixelformat == code else { return [] }
        return [V4L2Offer.Size(Int(format.fmt.pix.width), Int(format.fmt.pix.height))]
    }

    /// Drivers end their lists themselves; this ends those of one that does not.
    private static let maxEntries: UInt32 = 256
}

extension V4L2Interval {
    init(_ fraction: v4l2_fract) { self.init(fraction.numerator, fraction.denominator) }
}
