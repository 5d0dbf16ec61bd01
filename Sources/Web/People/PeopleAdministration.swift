import Administration
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Storage
import VisageConfiguration
import VisageCore

/// What the pages on people share: who there is, what is being changed, and photos that wait.
public struct PeopleAdministration: Sendable {
    let directory: Directory
    let trainings: Trainings
    let uploads: Uploads
    let sources: SourceTrial
    let recordings: String
    let command: VisageCommand

    /// - Parameters:
    ///   - path: of the configuration file.
    ///   - program: path of `visage`.
    ///   - logger: gets the audit lines.
    public init(_ configuration: Configuration, path: String, program: String, logger: Logger) {
        command = VisageCommand(program: program, configuration: path)
        directory = Directory(command, gallery: configuration.gallery, unknown: configuration.unknownFolder.path)
        trainings = Trainings(command) { logger.notice("audit: \(TerminalText.escaped($0))") }
        uploads = Uploads(
            URL(filePath: configuration.state, directoryHint: .isDirectory).appending(path: "web/uploads"))
        sources = SourceTrial(command)
        recordings = configuration.recording.folder
    }

    /// Begins a change for who asks.
    /// - Returns: 202 with the state.
    func begin(
        _ title: String, _ context: WebContext, _ words: [String], values: [String],
        finally: @escaping @Sendable () -> Void = {}
    ) async throws -> Response {
        try await trainings.begin(
            title, by: context.session?.user ?? "somebody", words, values: values, finally: finally)
        return try .json(await trainings.state, status: .accepted)
    }
}

/// What requests of these pages have in common.
enum PeopleRequest {
    /// A parameter of the path.
    static func value(_ name: String, _ context: WebContext) throws -> String {
        guard let text = context.parameters.get(name)?.removingPercentEncoding, !text.isEmpty, !text.contains("\0")
        else {
            throw WebFailure(.badRequest, "The address is not complete.")
        }
        return text
    }

    /// The name of a person in the path, which older galleries may have too.
    static func person(_ context: WebContext) throws -> String {
        let name = try value("name", context)
        try PersonName.checkFolder(name)
        return name
    }

    /// - Throws: `WebFailure` for a body that is not of this shape.
    static func body<Value: Decodable>(_ type: Value.Type, _ request: Request, _ context: WebContext) async throws
        -> Value
    {
        let buffer = try await BodyReader.collect(request.body, upTo: context.maxUploadSize, within: .seconds(20))
        do {
            return try JSONDecoder().decode(type, from: Data(buffer: buffer))
        } catch {
            throw WebFailure(.badRequest, "The request is not as the API describes it.")
        }
    }

    /// A new name.
    static func name(_ text: String) throws -> String {
        let name = text.trimmingCharacters(in: .whitespaces).precomposedStringWithCanonicalMapping
        try PersonName.check(name)
        return name
    }

    /// A picture file, as it is.
    static func picture(_ file: URL) async throws -> Response {
        let data: Data
        do {
            data = try await Task.detached { try BoundedFile.read(file, limit: Uploads.maxBytes) }.value
        } catch {
            throw WebFailure(.notFound, "This picture is not there any more.")
        }
        guard let kind = PictureKind(data) else { throw WebFailure(.notFound, "This is no picture.") }
        return Response(
            status: .ok,
            headers: [
                .contentType: kind.mediaType, .cacheControl: "private, max-age=300", .contentDisposition: "inline",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    /// A path with everything in it that is not a letter percent-encoded.
    static func path(_ parts: String...) -> String { "/" + parts.map(FormFields.encode).joined(separator: "/") }
}
