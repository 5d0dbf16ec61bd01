import Foundation
import TestSupport
import Testing

/// A way to start `visaged` that must fail with one line.
struct BadRun: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let exitCode: Int32
    /// Parts of the line.
    let says: [String]
    /// Makes what is bad, in the daemon's folder.
    let prepare: @Sendable (inout DaemonUnderTest.Options, URL) async throws -> Void

    init(
        _ name: String, _ exitCode: Int32 = 1, says: String...,
        prepare: @escaping @Sendable (inout DaemonUnderTest.Options, URL) async throws -> Void
    ) {
        testDescription = name
        self.exitCode = exitCode
        self.says = says
        self.prepare = prepare
    }

    /// A configuration with one line too many, the ninth.
    init(line: String, says: String...) {
        testDescription = line
        exitCode = 78
        self.says = says
        prepare = { options, _ in options.more.append(line) }
    }

    func check(_ material: Material) async throws {
        let folder = try ScratchFolder()
        var options = DaemonUnderTest.Options(material)
        options.more = ["log: {level: error}"]
        try await prepare(&options, folder.url)
        let file = folder.file("visaged.yaml")
        try Data(options.configuration.utf8).write(to: file)
        let before = try files(in: folder.url)
        let outcome = try await Program.run(Programs.visaged, ["--config", file.path])
        expect(outcome, exitCode, "visaged: ", says)
        #expect(try files(in: folder.url) == before, "something half-written is left")
    }

    private func files(in folder: URL) throws -> [String] {
        let all = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return all.filter { path in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(
                atPath: folder.appending(path: path).path, isDirectory: &isFolder)
            return !isFolder.boolValue
        }.sorted()
    }
}

/// A good failure: the exit code, and one line that says who speaks and what is wrong.
func expect(_ outcome: Program.Outcome, _ exitCode: Int32, _ speaker: String, _ says: [String]) {
    #expect(outcome.exitCode == exitCode, "\(outcome)")
    #expect(outcome.complaints.count == 1, "\(outcome)")
    #expect(outcome.errors.hasPrefix(speaker) && outcome.errors.hasSuffix("\n"), "\(outcome)")
    for part in says { #expect(outcome.errors.contains(part), "\(outcome)") }
}

/// Changes a file in place.
func change(_ file: URL, _ body: (inout Data) throws -> Void) throws {
    var data = try Data(contentsOf: file)
    try body(&data)
    try data.write(to: file)
}
