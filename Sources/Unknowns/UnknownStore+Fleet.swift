import Foundation
import Storage
import VisageCore

extension UnknownStore {
    /// Gives the people of a machine that joins a fleet ids that are unique there: each folder is renamed, and what is in it
    /// is read as of the new number from then on. Killed in between, the next start goes on.
    /// - Parameter machine: the number of this machine in the fleet.
    /// - Throws: `VisageError` (unreadable, unwritable).
    func join(machine: Int) throws {
        var isChanged = false
        for name in try names() {
            guard let number = UnknownPerson.number(of: name), UnknownNumber.machine(of: number) == 0 else { continue }
            let new = place(of: UnknownNumber.number(number, of: machine))
            guard rename(place(of: number).path, new.path) == 0 else {
                // Whoever has the number already, from an earlier time in the fleet, keeps it.
                if [EEXIST, ENOTEMPTY].contains(errno) { continue }
                throw VisageError(
                    .unwritable, "\(new.path) cannot be written", cause: String(cString: strerror(errno)))
            }
            isChanged = true
        }
        if isChanged { try DurableFile.syncFolder(folder) }
    }
}

extension UnknownPerson {
    /// The record of a person whose folder was renamed when the machine joined a fleet; nil if it is that of another person.
    func renamed(_ new: Int) -> UnknownPerson? {
        guard number != new else { return self }
        guard number == UnknownNumber.count(of: new) else { return nil }
        var person = self
        person.number = new
        person.also.append(number)
        // Those seen beside have been renamed, too.
        person.apart = apart.map {
            let machine = UnknownNumber.machine(of: $0)
            return machine == 0 ? UnknownNumber.number($0, of: UnknownNumber.machine(of: new)) : $0
        }
        return person
    }
}
