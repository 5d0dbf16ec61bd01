import Foundation
import Testing
import VisageCore

@Suite struct VisageErrorTests {
    @Test func exitCodesAreThoseOfTheDesign() {
        #expect(VisageError(.usage, "").exitCode == 64)
        #expect(VisageError(.configuration, "").exitCode == 78)
        let others: [VisageError.Code] = [
            .notFound, .unreadable, .unwritable, .model, .gallery, .source, .inUse, .engine,
        ]
        for code in others { #expect(VisageError(code, "").exitCode == 1) }
    }

    @Test func theCauseFollowsInBrackets() {
        #expect("\(VisageError(.model, "It is damaged"))" == "It is damaged")
        #expect("\(VisageError(.model, "It is damaged", cause: ""))" == "It is damaged")
        #expect("\(VisageError(.model, "It is damaged", cause: "bad magic"))" == "It is damaged (bad magic)")
    }

    /// Foundation's own sentence has nothing but numbers for some of these.
    @Test func theSystemsReasonIsInItsWords() {
        func reason(_ work: () throws -> Void) -> String? {
            do { try work() } catch { return error.systemReason }
            return nil
        }
        let file = URL(filePath: "/dev/null")
        #expect(
            reason {
                try FileManager.default.createDirectory(
                    at: file.appending(path: "folder/inner"), withIntermediateDirectories: true)
            } == "Not a directory")
        #expect(reason { _ = try Data(contentsOf: file.appending(path: "x")) } == "Not a directory")
        #expect(reason { try Data("text".utf8).write(to: URL(filePath: "/dev/full")) } == "No space left on device")
        #expect(
            reason {
                let program = Process()
                program.executableURL = URL(filePath: "/none")
                try program.run()
            } == "No such file or directory")
        #expect(VisageError(.engine, "").systemReason.isEmpty == false, "of any other error what Foundation says")
    }
}
