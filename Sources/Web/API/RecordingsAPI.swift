import Foundation
import HTTPTypes
import Hummingbird
import NIOPosix

/// Recordings with ranges, so that a player can begin anywhere.
struct RecordingsAPI: Feature {
    let recordings: Recordings

    private static let chunk = 256 << 10

    var routes: [Route] {
        [
            Route(.get, "/api/v1/recordings/{camera}/{file}", .viewer, .data) { request, context in
                let (camera, name) = (context.parameters.get("camera") ?? "", context.parameters.get("file") ?? "")
                guard let file = recordings.open(camera, name) else {
                    throw WebFailure(.notFound, "There is no such recording; perhaps it has been deleted.")
                }
                return Self.response(FileHolder(file), request)
            }
        ]
    }

    private static func response(_ file: FileHolder, _ request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: "video/mp4", .acceptRanges: "bytes", .cacheControl: "private, no-cache",
        ]
        let range: ClosedRange<Int64>
        switch ByteRange.parse(request.headers[.range], size: file.size) {
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(file.size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        case .whole:
            guard file.size > 0 else { return Response(status: .ok, headers: headers) }
            return Response(status: .ok, headers: headers, body: body(file, 0...(file.size - 1)))
        case .part(let part): range = part
        }
        headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(file.size)"
        return Response(status: .partialContent, headers: headers, body: body(file, range))
    }

    private static func body(_ file: FileHolder, _ range: ClosedRange<Int64>) -> ResponseBody {
        ResponseBody(contentLength: Int(range.upperBound - range.lowerBound + 1)) { writer in
            var position = range.lowerBound
            while position <= range.upperBound {
                let count = Int(min(Int64(chunk), range.upperBound - position + 1))
                let from = position
                let bytes = try await NIOThreadPool.singleton.runIfActive { try file.read(count, at: from) }
                try await writer.write(bytes)
                position += Int64(bytes.readableBytes)
            }
            try await writer.finish(nil)
        }
    }
}

/// Closes the file with the answer.
private final class FileHolder: Sendable {
    private let file: Recordings.File

    init(_ file: Recordings.File) { self.file = file }

    deinit { close(file.descriptor) }

    var size: Int64 { file.size }

    /// - Throws: if nothing can be read: the file has become shorter, or the disk fails.
    func read(_ count: Int, at position: Int64) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        let read = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            max(0, pread(file.descriptor, bytes.baseAddress, count, off_t(position)))
        }
        guard read > 0 else { throw WebFailure(.internalServerError, "The recording cannot be read.") }
        return buffer
    }
}
