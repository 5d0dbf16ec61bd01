import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

@Suite struct FacesFolderTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func put(_ paths: String...) throws {
        for path in paths {
            let file = scratch.file(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: file)
        }
    }

    @Test func everyFolderIsAPersonInOrder() throws {
        try put(
            "Zoe/b.jpg", "Zoe/a.jpg", "Ann Lee/1.png", "Bob/x.jpg", "Bob/y.jpg", "Bob/.hidden.jpg",
            "readme.txt")
        let folder = try FacesFolder(scratch.url)
        #expect(folder.people.map(\.name) == ["Ann Lee", "Bob", "Zoe"])
        #expect(
            folder.people.map { $0.photos.map(\.lastPathComponent) } == [
                ["1.png"], ["x.jpg", "y.jpg"], ["a.jpg", "b.jpg"],
            ])
        #expect(folder.photoCount == 5)
    }

    @Test func foldersWithoutPhotosAndHiddenOnesAreNobody() throws {
        try put("Ann/1.jpg", ".cache/2.jpg", "Bob/inner/3.jpg")
        try FileManager.default.createDirectory(at: scratch.file("Empty"), withIntermediateDirectories: true)
        #expect(try FacesFolder(scratch.url).people.map(\.name) == ["Ann"])
    }

    @Test func aNameIsTheSameHoweverItsAccentsAreWritten() throws {
        try put("Zoe\u{308}/1.jpg")
        #expect(
            try FacesFolder(scratch.url).people.map { Array($0.name.unicodeScalars) } == [
                Array("Zo\u{eb}".unicodeScalars)
            ])
    }

    @Test func aNameInTwoFoldersIsOnePerson() throws {
        try put("Zoe\u{308}/1.jpg", "Zo\u{eb}/2.jpg", "Zo\u{eb}/3.jpg", "Ann/1.jpg")
        try FileManager.default.createDirectory(at: scratch.file("Empty"), withIntermediateDirectories: true)
        let folder = try FacesFolder(scratch.url)
        #expect(folder.people.map(\.name) == ["Ann", "Zo\u{eb}"] && folder.people.map(\.photos.count) == [1, 3])
        #expect(try folder.places(of: "Zo\u{eb}").count == 2 && folder.places(of: "Empty").count == 1)
        for name in ["..", ".", "", "../\(scratch.url.lastPathComponent)/Ann", "Ann/1.jpg"] {
            #expect(try folder.places(of: name).isEmpty)
        }
    }

    /// Data sets are often links to where the photos are.
    @Test func linkedFoldersAndPhotosCount() throws {
        try put("store/Ann/1.jpg", "photo.jpg", "faces/Bob/1.jpg")
        let files = FileManager.default
        try files.createSymbolicLink(
            at: scratch.file("faces/Ann"), withDestinationURL: scratch.file("store/Ann"))
        try files.createSymbolicLink(
            at: scratch.file("faces/Bob/2.jpg"), withDestinationURL: scratch.file("photo.jpg"))
        let folder = try FacesFolder(scratch.file("faces"))
        #expect(folder.people.map(\.name) == ["Ann", "Bob"])
        #expect(folder.photoCount == 3)
    }

    @Test func aMissingOrEmptyFolderIsNamed() throws {
        for url in [scratch.file("nowhere"), scratch.url] {
            #expect {
                _ = try FacesFolder(url)
            } throws: { error in
                (error as? VisageError)?.code == .notFound && "\(error)".contains(url.path)
            }
        }
        try put("file")
        #expect(throws: VisageError.self) { try FacesFolder(scratch.file("file")) }
    }
}
