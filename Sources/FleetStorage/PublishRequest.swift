import Foundation
import Storage
import VisageCore

/// How `visage fleet publish` asks visage-fleet: a file in the folder of the fleet's state, and another with the answer.
public struct PublishRequest: Sendable {
    /// What came of it.
    public struct Answer: Codable, Sendable {
        /// Of the gallery that was published.
        public let version: Int?
        /// Why it was not.
        public let problem: String?
    }

    private let file: URL
    private let answerFile: URL

    /// - Parameter state: `fleet.state`.
    public init(state: String) {
        let folder = URL(filePath: state, directoryHint: .isDirectory)
        file = folder.appending(path: "publish")
        answerFile = folder.appending(path: "published")
    }

    /// - Throws: `VisageError` (unwritable).
    public func ask() throws {
        try DurableFile.remove(answerFile)
        try DurableFile.replace(Data(), at: file)
    }

    /// Whether somebody has asked.
    public var isWaiting: Bool { access(file.path, F_OK) == 0 }

    /// - Throws: `VisageError` (unwritable).
    public func answer(_ problem: String?, version: Int? = nil) throws {
        try DurableFile.replace(JSONEncoder().encode(Answer(version: version, problem: problem)), at: answerFile)
        try DurableFile.remove(file)
    }

    /// nil while there is none.
    public var answer: Answer? {
        guard !isWaiting, let data = try? BoundedFile.read(answerFile, limit: 64 << 10) else { return nil }
        return try? JSONDecoder().decode(Answer.self, from: data)
    }

    /// Takes the request back, if nobody has heard it yet.
    public func cancel() { try? DurableFile.remove(file) }
}
