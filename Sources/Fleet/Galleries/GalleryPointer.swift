import Foundation
import VisageConfiguration
import VisageCore

/// Which gallery is the fleet's, as an editor signs it.
struct GalleryPointer: Codable, Sendable, Equatable {
    static let purpose = "gallery"
    static let schemaVersion = 1
    static let maxBytes = 128 << 10
    /// Of one piece, below what brokers take.
    static let pieceSize = 512 << 10
    static let maxPieces = 256
    /// Files that a gallery may have; nothing else is ever written.
    static let names: Set<String> = ["gallery.json", "embeddings.bin", "others.bin", "svm.model", "head.json"]

    struct File: Codable, Sendable, Equatable {
        let name: String
        let size: Int
    }

    var schema = GalleryPointer.schemaVersion
    /// Grows with each gallery that is published; an older one is never taken after a newer one.
    let version: Int
    /// Who publishes it.
    let machine: String
    /// Where its pieces are; used in turn, so that one is complete while the next is being written.
    let slot: Int
    /// UTC, seconds since 1970.
    let time: Int
    /// That `gallery.json` has of itself.
    let checksum: String
    /// In the order in which the pieces have them.
    let files: [File]
    /// SHA-256 of each piece.
    let pieces: [String]

    /// What is made of bytes that fit.
    var size: Int { files.reduce(0) { $0 + $1.size } }

    var isSound: Bool {
        schema == Self.schemaVersion && (1...1_000_000_000_000).contains(version) && (0...1).contains(slot)
            && files.count <= Self.names.count && Set(files.map(\.name)).count == files.count
            && files.allSatisfy {
                Self.names.contains($0.name) && (0...Self.pieceSize * Self.maxPieces).contains($0.size)
            }
            && files.contains { $0.name == "gallery.json" } && pieces.count <= Self.maxPieces
            && (size + Self.pieceSize - 1) / Self.pieceSize == pieces.count && checksum.utf8.count <= 128
            && Configuration.Fleet.isName(machine)
    }

    static func subject(of piece: Int, _ machine: String, _ slot: Int) -> String {
        "gallery.piece.\(machine).\(slot).\(piece)"
    }
}
