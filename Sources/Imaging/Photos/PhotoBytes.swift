/// Bytes of a file, read with every place checked.
struct PhotoBytes {
    let raw: UnsafeRawBufferPointer

    var count: Int { raw.count }

    func byte(_ place: Int) -> Int? { place >= 0 && place < raw.count ? Int(raw[place]) : nil }

    /// An unsigned number of `size` bytes, at most 4.
    func number(_ place: Int, _ size: Int, isBig: Bool) -> Int? {
        guard place >= 0, place <= raw.count - size else { return nil }
        return (0..<size).reduce(0) { $0 | Int(raw[place + $1]) << (8 * (isBig ? size - 1 - $1 : $1)) }
    }

    func big(_ place: Int, _ size: Int) -> Int? { number(place, size, isBig: true) }
    func little(_ place: Int, _ size: Int) -> Int? { number(place, size, isBig: false) }

    /// Four characters.
    func tag(_ place: Int) -> String? {
        guard place >= 0, place <= raw.count - 4 else { return nil }
        return String(decoding: raw[place..<place + 4], as: UTF8.self)
    }

    /// The entries of a TIFF directory.
    /// - Parameters:
    ///   - start: of the TIFF header within the bytes.
    ///   - end: of what belongs to it.
    /// - Returns: by tag, the number of values and where the values or their address stand; nil if it is damaged.
    func tiffDirectory(at start: Int, end: Int) -> (isBig: Bool, entries: [Int: (type: Int, count: Int, place: Int)])? {
        guard let order = big(start, 2), order == 0x4949 || order == 0x4D4D else { return nil }
        let isBig = order == 0x4D4D
        guard number(start + 2, 2, isBig: isBig) == 42, let offset = number(start + 4, 4, isBig: isBig),
            let count = number(start + offset, 2, isBig: isBig), start + offset + 2 + 12 * count <= end
        else { return nil }
        var entries: [Int: (type: Int, count: Int, place: Int)] = [:]
        for index in 0..<count {
            let place = start + offset + 2 + 12 * index
            guard let tag = number(place, 2, isBig: isBig), let type = number(place + 2, 2, isBig: isBig),
                let values = number(place + 4, 4, isBig: isBig)
            else { return nil }
            entries[tag] = (type, values, place + 8)
        }
        return (isBig, entries)
    }
}
