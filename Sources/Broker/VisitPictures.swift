import Logging
import VisageCore

/// The pictures of visits that are on their way: first a frame as it comes, then the best view, cut out of the recording.
struct VisitPictures {
    private let settings: BrokerSettings
    private let logger: Logger
    private var frames: [PictureRequest] = []
    /// Of each camera's last visit.
    private var bestViews: [String: BestViewRequest] = [:]
    /// The sockets of the cameras' clean frames.
    var cleanSockets: [String: String] = [:]

    init(_ settings: BrokerSettings, logger: Logger) {
        (self.settings, self.logger) = (settings, logger)
    }

    /// What to wait at.
    var descriptors: [Int32] { frames.map(\.descriptor) + bestViews.values.compactMap(\.descriptor) }

    /// When something is due without a descriptor's saying so; nil: never.
    /// - Parameter now: what is due already has been seen to
    func deadline(after now: MonotonicTime) -> MonotonicTime? {
        bestViews.values.map(\.deadline).filter { $0 > now }.min()
    }

    /// Asks for a frame of a visit that has begun, which is the camera's last one now.
    mutating func request(of camera: String) {
        bestViews[camera] = nil
        guard !frames.contains(where: { $0.camera == camera }) else { return }
        let socket: String? =
            switch settings.picture {
            case .none: nil
            case .clean: cleanSockets[camera]
            case .annotated: settings.frames.isEmpty ? nil : "\(settings.frames)/\(camera).frames.sock"
            }
        guard let socket else { return }
        guard let request = PictureRequest(camera: camera, socket: socket) else {
            return logger.debug("No picture: no frames are served on \(socket)", metadata: ["camera": "\(camera)"])
        }
        frames.append(request)
    }

    /// Asks for the best view of a visit that has ended.
    mutating func request(_ view: BestView) {
        guard settings.picture != .none, !settings.recordings.isEmpty else { return }
        bestViews[view.camera] = BestViewRequest(view, program: settings.visage, folder: settings.recordings)
    }

    /// Takes the pictures that have come.
    /// - Parameter mayStart: whether a best view may be cut now. While events of the past are read, each camera's newest
    ///   visit replaces the one before.
    mutating func take(mayStart: Bool) -> [Message] {
        takeFrames() + takeBestViews(mayStart: mayStart)
    }

    private mutating func takeFrames() -> [Message] {
        var messages: [Message] = []
        frames.removeAll { request in
            guard let picture = request.read() else { return false }
            if picture.isEmpty {
                logger.debug("No picture came", metadata: ["camera": "\(request.camera)"])
            } else {
                messages.append(Message(settings.topics.picture(request.camera), picture, retained: true))
            }
            return true
        }
        return messages
    }

    /// One at a time, because the daemon's cameras come first.
    private mutating func takeBestViews(mayStart: Bool) -> [Message] {
        var messages: [Message] = []
        for (camera, request) in bestViews {
            let isFree = !bestViews.values.contains { $0.isRunning }
            guard let picture = request.work(mayStart: mayStart && isFree) else { continue }
            bestViews[camera] = nil
            if picture.isEmpty {
                logger.debug("The best view is not in the recordings", metadata: ["camera": "\(camera)"])
            } else {
                // A frame that comes later is not better.
                frames.removeAll { $0.camera == camera }
                messages.append(Message(settings.topics.picture(camera), picture, retained: true))
            }
        }
        return messages
    }
}
