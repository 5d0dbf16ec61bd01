import CFFmpeg
import VisageCore

/// Turns one kind of picture into planar 4:2:0, limited range, of the same size: owns a `SwsContext`.
final class PictureScaler {
    /// The properties of pictures that a scaler is made for; it converts all pictures that agree in these.
    struct Kind: Equatable {
        let width: Int
        let height: Int
        let format: AVPixelFormat
        let isFullRange: Bool
        let colorspace: AVColorSpace
        let matrix: PixelBuffer.Matrix

        init(_ picture: Picture) {
            width = picture.width
            height = picture.height
            format = picture.format
            isFullRange = picture.isFullRange
            colorspace = picture.frame.pointee.colorspace
            matrix = picture.matrix
        }
    }

    let kind: Kind
    private let context: OpaquePointer

    /// - Throws: `VisageError.source` if this pixel format cannot be converted.
    init(_ kind: Kind) throws {
        self.kind = kind
        guard let context = sws_alloc_context() else {
            throw VisageError(.engine, "There is no memory left to convert pictures.")
        }
        self.context = context
        let object = UnsafeMutableRawPointer(context)
        let options: [(String, Int)] = [
            ("srcw", kind.width), ("srch", kind.height), ("src_format", Int(kind.format.rawValue)),
            ("dstw", kind.width), ("dsth", kind.height), ("dst_format", Int(AV_PIX_FMT_YUV420P.rawValue)),
            ("src_range", kind.isFullRange ? 1 : 0), ("dst_range", 0), ("sws_flags", Int(SWS_BILINEAR)),
        ]
        for (name, value) in options { av_opt_set_int(object, name, Int64(value), 0) }
        guard sws_init_context(context, nil, nil) >= 0 else {
            let name = av_get_pix_fmt_name(kind.format).map { String(cString: $0) } ?? "unknown"
            throw VisageError(.source, "Pictures of the pixel format \(name) cannot be converted.")
        }
        // Only after initialization, which sets full range for gray pictures and ignores the options.
        let target = kind.matrix == .bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601
        sws_setColorspaceDetails(
            context, sws_getCoefficients(PictureScaler.coefficients(kind.colorspace) ?? target),
            kind.isFullRange ? 1 : 0,
            sws_getCoefficients(target), 0, 0, 1 << 16, 1 << 16)
    }

    deinit { sws_freeContext(context) }

    /// Fills `target`, which has the size of `picture`.
    func convert(_ picture: Picture, into target: PixelBuffer) {
        let (data, strides) = (picture.frame.pointee.data, picture.frame.pointee.linesize)
        let planes = target.planes
        _ = sws_scale(
            context,
            [UnsafePointer(data.0), UnsafePointer(data.1), UnsafePointer(data.2), UnsafePointer(data.3)],
            [strides.0, strides.1, strides.2, strides.3], 0, Int32(kind.height), planes.map(\.base),
            planes.map { Int32($0.stride) })
    }

    private static func coefficients(_ space: AVColorSpace) -> Int32? {
        switch space {
        case AVCOL_SPC_BT709: SWS_CS_ITU709
        case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: SWS_CS_ITU601
        case AVCOL_SPC_FCC: SWS_CS_FCC
        case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
        case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
        default: nil
        }
    }
}
