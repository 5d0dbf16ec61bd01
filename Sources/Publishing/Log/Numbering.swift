import Foundation

/// Which number comes next, and in which epoch.
struct Numbering: Sendable, Equatable {
    var epoch: LogEpoch
    /// The last number given.
    var last: Int64
    /// Up to here the disk knows that numbers may have been given.
    var reserved: Int64 = 0
    /// Whether the disk knows the epoch: it would give the numbers above `reserved` again.
    var isRecorded = false
    /// The token of the mark on disk.
    var token: String

    /// What the token is where there is no mark.
    static let noToken = "none"

    /// Finds out where the numbering stands.
    /// - Parameters:
    ///   - newest: the highest number in the database; nil if that cannot be opened
    ///   - isNew: there is no database, so that nothing can collide with it
    /// - Returns: the numbering, and a sentence for the journal if something is not as it should be
    static func resume(
        _ mark: SequenceMark.Contents, _ witness: SequenceWitness.Record?, newest: Int64?, isNew: Bool
    ) -> (numbering: Numbering, remark: String?) {
        // Nobody gives a thousand numbers a second for years: this is above all that are in a database that cannot be read.
        let unknown = isNew ? 0 : Int64(Date().timeIntervalSince1970 * 1_000)
        let token: String
        switch mark {
        case .record(let record): token = record.token
        case .missing, .damaged: token = noToken
        }
        // It is removed at every good end, so what is there is newer than the mark.
        if let witness, witness.token == token {
            var numbering = Numbering(epoch: witness.epoch, last: max(witness.last, newest ?? 0), token: token)
            if case .record(let record) = mark, record.epoch == witness.epoch {
                (numbering.reserved, numbering.isRecorded) = (record.reserved, true)
            }
            return (numbering, nil)
        }
        switch mark {
        case .missing:
            let remark = "their file of numbers is missing: a new epoch begins"
            return (
                Numbering(epoch: LogEpoch(), last: newest ?? unknown, token: token), newest ?? 0 > 0 ? remark : nil
            )
        case .damaged:
            return (
                Numbering(epoch: LogEpoch(), last: newest ?? unknown, token: token),
                "their file of numbers is damaged: a new epoch begins"
            )
        case .record(let record):
            // Written by version 0.1, which knew no epochs.
            guard let epoch = record.epoch else {
                return (
                    Numbering(epoch: LogEpoch(), last: max(record.reserved, newest ?? 0), token: token), nil
                )
            }
            if let last = record.last {
                return (
                    Numbering(
                        epoch: epoch, last: max(last, newest ?? 0), reserved: last, isRecorded: true, token: token), nil
                )
            }
            let last = max(record.reserved, newest ?? 0)
            let skipped = last - (newest ?? 0)
            return (
                Numbering(epoch: epoch.branch(after: newest ?? 0), last: last, token: token),
                "the machine or its memory was restarted while they were being sent, and it is not known which was the last: a new epoch begins, and \(skipped) numbers are skipped"
            )
        }
    }
}
