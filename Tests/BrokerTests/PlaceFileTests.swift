import Broker
import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct PlaceFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private var state: URL { folder.url.appending(path: "a/b", directoryHint: .isDirectory) }

    @Test func readsWhatItHasWritten() throws {
        var content = PlaceFile.Content()
        do {
            let file = try PlaceFile(in: state)
            #expect(file.content == content && file.problem == nil)
            (content.place.seq, content.place.epoch, content.retained) = (42, "e", ["a/b"])
            content.place.people = ["Ada": "2026-03-01"]
            _ = content.place.presence.keep(["door"])
            try file.save(content)
        }
        #expect(try PlaceFile(in: state).content == content)
        var status = stat()
        #expect(stat(state.appending(path: "place.json").path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(stat(state.path, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }

    @Test func onlyOneProgramHasIt() throws {
        let first = try PlaceFile(in: state)
        let error = #expect(throws: VisageError.self) { try PlaceFile(in: self.state) }
        #expect(error?.code == .inUse)
        withExtendedLifetime(first) {}
    }

    @Test(arguments: ["", "{", "[]", #"{"schema":2,"place":{},"retained":[]}"#, "\0\0"])
    func whatIsDamagedIsPutAside(text: String) throws {
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: state.appending(path: "place.json"))
        let file = try PlaceFile(in: state)
        #expect(file.content == PlaceFile.Content() && file.problem?.contains("place.json.damaged") == true)
        #expect(FileManager.default.fileExists(atPath: state.appending(path: "place.json.damaged").path))
    }
}
