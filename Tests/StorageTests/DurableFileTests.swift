import Foundation
import Storage
import TestSupport
import Testing
import VisageCore

@Suite struct DurableFileTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func content(_ folder: URL? = nil) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: (folder ?? scratch.url).path).sorted()
    }

    @Test func aFileIsReplacedWhole() throws {
        let file = scratch.file("new/folder/file")
        try DurableFile.replace(Data("one".utf8), at: file)
        try DurableFile.replace(Data("two".utf8), at: file)
        #expect(try Data(contentsOf: file) == Data("two".utf8))
        #expect(try content(file.deletingLastPathComponent()) == ["file"])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func whereNothingCanBeWrittenTheErrorSaysSo() throws {
        try Data().write(to: scratch.file("file"))
        for work in [
            { try DurableFile.replace(Data(), at: scratch.file("file/x")) },
            { try DurableFile.makeFolder(scratch.file("file")) },
            { try DurableFile.rename(scratch.file("none"), to: scratch.file("x")) },
            { try DurableFile.exchange(scratch.file("none"), scratch.file("file")) },
            { try DurableFile.syncFolder(scratch.file("none")) },
        ] as [() throws -> Void] {
            #expect { try work() } throws: { ($0 as? VisageError)?.code == .unwritable }
        }
        #expect(try content() == ["file"])
    }

    @Test func removingWhatIsNotThereIsNoError() throws {
        try DurableFile.remove(scratch.file("none"))
        try DurableFile.makeFolder(scratch.file("a/b"))
        try DurableFile.remove(scratch.file("a"))
        #expect(try content() == [])
    }

    @Test func whatTheKilledHaveLeftGoes() async throws {
        let ended = try Program("true")
        try await ended.wait()
        let kept = [".b-1.jpg.\(ended.pid)", ".p-1.jpg.1", "p-1.jpg"]
        for name in kept + [".p-1.jpg.\(ended.pid)"] { try Data().write(to: scratch.file(name)) }
        DurableFile.clearUnfinished(in: scratch.url, prefix: "p-")
        #expect(try content() == kept)
    }
}

@Suite struct BoundedFileTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func cause(_ path: String, limit: Int = 1 << 20) -> String? {
        do {
            _ = try BoundedFile.read(URL(filePath: path), limit: limit)
            return nil
        } catch {
            return (error as? VisageError)?.cause
        }
    }

    @Test func filesUpToTheLimitAreRead() throws {
        let file = scratch.file("file")
        try Data(repeating: 7, count: 1 << 20).write(to: file)
        #expect(try BoundedFile.read(file, limit: 1 << 20).count == 1 << 20)
        #expect(cause(file.path, limit: (1 << 20) - 1) == "it is larger than 0 MiB")
    }

    /// Neither is waited for.
    @Test func pipesAndDevicesAreRefused() throws {
        let pipe = scratch.file("pipe").path
        try #require(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, "/dev/zero", scratch.url.path] { #expect(cause(path) == "it is not a regular file") }
        #expect {
            _ = try BoundedFile.read(scratch.file("none"), limit: 1)
        } throws: { ($0 as? VisageError)?.code == .notFound }
    }
}
