import CV4L2
import VisageCore

/// What a device has agreed to deliver.
package struct V4L2Mode: Sendable, Hashable {
    package let format: V4L2Format
    package let size: V4L2Offer.Size
    /// From one row of the first plane to the next, bytes.
    package let stride: Int
    /// Luma 0...255 instead of 16...235.
    package let isFullRange: Bool
    /// Else BT.601.
    package let isBT709: Bool
    /// As read back; nil if the driver does not say.
    package let interval: V4L2Interval?

    /// - Parameter stride: bytes; where it is too small, as drivers have it that do not set it, what a row takes counts
    package init(
        format: V4L2Format, size: V4L2Offer.Size, stride: Int = 0, isFullRange: Bool = false, isBT709: Bool = false,
        interval: V4L2Interval? = nil
    ) {
        self.format = format
        self.size = size
        self.stride = max(stride, format == .yuyv ? 2 * size.width : size.width)
        self.isFullRange = isFullRange
        self.isBT709 = isBT709
        self.interval = interval
    }

    /// Such as "1280x720 MJPG at 30 fps".
    package var description: String {
        let rate = interval?.fps.map { fps in
            let tenths = (fps * 10).rounded() / 10
            return " at " + (tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)") + " fps"
        }
        return "\(size.width)x\(size.height) \(format.name)" + (rate ?? "")
    }

    /// Sets the best mode for what is wanted.
    /// - Throws: `VisageError` if the device has none, or will not be set.
    init(_ device: V4L2Device, _ settings: V4L2Settings) throws {
        let wanted = V4L2Offer.Size(settings.width, settings.height)
        guard
            let choice = V4L2FormatChoice.best(
                of: device.offers(near: wanted), width: wanted.width, height: wanted.height, fps: settings.fps,
                intervals: device.intervals)
        else {
            let known = V4L2Format.allCases.map(\.name).joined(separator: ", ")
            throw VisageError(.source, "the camera offers no pictures in a format that can be read: \(known)")
        }
        let pixels = try V4L2Mode.set(choice, of: device)
        // What a range or matrix that is left to the default means, the kernel defines for each color space.
        let byDefault = pixels.quantization == V4L2_QUANTIZATION_DEFAULT.rawValue
        let isFullRange =
            byDefault
            ? pixels.colorspace == V4L2_COLORSPACE_JPEG.rawValue
            : pixels.quantization == V4L2_QUANTIZATION_FULL_RANGE.rawValue
        let isBT709 =
            pixels.ycbcr_enc == V4L2_YCBCR_ENC_DEFAULT.rawValue
            ? pixels.colorspace == V4L2_COLORSPACE_REC709.rawValue
            : pixels.ycbcr_enc == V4L2_YCBCR_ENC_709.rawValue
        self.init(
            format: choice.format, size: V4L2Offer.Size(Int(pixels.width), Int(pixels.height)),
            stride: Int(pixels.bytesperline), isFullRange: isFullRange, isBT709: isBT709,
            interval: V4L2Mode.setInterval(choice.interval ?? V4L2Interval(fps: settings.fps), of: device))
    }

    /// - Returns: what the driver made of it.
    private static func set(_ choice: V4L2FormatChoice, of device: V4L2Device) throws -> v4l2_pix_format {
        var format = v4l2_format()
        format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        (format.fmt.pix.width, format.fmt.pix.height) = (UInt32(choice.size.width), UInt32(choice.size.height))
        format.fmt.pix.pixelformat = choice.code
        format.fmt.pix.field = V4L2_FIELD_ANY.rawValue
        try device.demand(
            VISAGE_VIDIOC_S_FMT, &format,
            to: "be set to \(choice.size.width)x\(choice.size.height) \(choice.format.name)")
        guard format.fmt.pix.pixelformat == choice.code, format.fmt.pix.width > 0, format.fmt.pix.height > 0 else {
            throw VisageError(
                .source,
                "the camera offers \(choice.format.name) and gives "
                    + "\(format.fmt.pix.width)x\(format.fmt.pix.height) \(V4L2Format.text(format.fmt.pix.pixelformat))")
        }
        return format.fmt.pix
    }

    /// Not every driver can; its rate is then what it is.
    /// - Returns: what it is now, as far as the driver says.
    private static func setInterval(_ interval: V4L2Interval, of device: V4L2Device) -> V4L2Interval? {
        var parameters = v4l2_streamparm()
        parameters.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        guard device.ask(VISAGE_VIDIOC_G_PARM, &parameters) == 0 else { return nil }
        if parameters.parm.capture.capability & UInt32(V4L2_CAP_TIMEPERFRAME) != 0 {
            parameters.parm.capture.timeperframe = v4l2_fract(
                numerator: interval.numerator, denominator: interval.denominator)
            // What it takes it writes back; what it refuses leaves the old one in force.
            if device.ask(VISAGE_VIDIOC_S_PARM, &parameters) != 0,
                device.ask(VISAGE_VIDIOC_G_PARM, &parameters) != 0
            {
                return nil
            }
        }
        let found = V4L2Interval(parameters.parm.capture.timeperframe)
        return found.fps == nil ? nil : found
    }
}
