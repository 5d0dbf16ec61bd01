import CV4L2
import Foundation
import VisageCore

/// Sets a camera's controls: exposure, gain and the like.
struct V4L2Controls {
    private let device: V4L2Device

    init(_ device: V4L2Device) { self.device = device }

    /// Sets those that are named.
    /// - Throws: `VisageError.configuration` when a name or value does not fit.
    func set(_ wanted: [String: Int]) throws {
        guard !wanted.isEmpty else { return }
        let all = all
        if let unknown = wanted.keys.sorted().first(where: { name in !all.contains { $0.name == name } }) {
            let known = all.filter(\.canBeSet).map(\.name).sorted().joined(separator: ", ")
            throw VisageError(
                .configuration,
                "the camera has no control \(unknown); " + (known.isEmpty ? "it has none" : "it has \(known)"),
                retry: .needsPerson)
        }
        // One control may free another for setting, as automatic exposure does when it is switched off: so those that
        // are not free wait until the others have been set.
        var waiting = all.filter { wanted[$0.name] != nil }
        while !waiting.isEmpty {
            let left = try waiting.filter { control in
                let now = V4L2Control(device, control.id) ?? control
                guard let value = wanted[control.name], now.canBeSet, !now.isInactive else { return true }
                try now.set(value, of: device)
                return false
            }
            guard left.count < waiting.count else { throw V4L2Controls.locked(left) }
            waiting = left
        }
    }

    private static func locked(_ controls: [V4L2Control]) -> VisageError {
        let names = controls.map(\.name).joined(separator: ", ")
        guard controls.contains(where: \.canBeSet) else {
            return VisageError(
                .configuration, "the control \(names) of the camera can only be read", retry: .needsPerson)
        }
        return VisageError(
            .configuration,
            "the control \(names) of the camera cannot be set now: another control, such as an automatic one, has it",
            retry: .needsPerson)
    }

    /// All with one number as their value, in the order of the driver.
    private var all: [V4L2Control] {
        var controls: [V4L2Control] = []
        var id: UInt32 = 0
        while let control = V4L2Control(device, id | VISAGE_V4L2_CTRL_FLAG_NEXT_CTRL), control.id > id {
            id = control.id
            if control.isNumber { controls.append(control) }
        }
        return controls
    }
}
