import CV4L2
import Foundation
import VisageCore

/// One of a camera's controls, as the driver describes it.
package struct V4L2Control {
    let id: UInt32
    package let name: String
    private let query: v4l2_queryctrl

    /// nil if there is no such control.
    init?(_ device: V4L2Device, _ id: UInt32) {
        var query = v4l2_queryctrl()
        query.id = id
        guard device.ask(VISAGE_VIDIOC_QUERYCTRL, &query) == 0 else { return nil }
        self.id = query.id
        self.query = query
        name = V4L2Control.spelling(text(query.name))
    }

    /// The name as `v4l2-ctl` spells it: lower case, with one _ for whatever lies between letters and digits.
    package static func spelling(_ name: String) -> String {
        name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "_")
    }

    /// Headings and long texts are not.
    var isNumber: Bool {
        let types = [
            V4L2_CTRL_TYPE_INTEGER, V4L2_CTRL_TYPE_BOOLEAN, V4L2_CTRL_TYPE_MENU, V4L2_CTRL_TYPE_INTEGER_MENU,
            V4L2_CTRL_TYPE_BITMASK, V4L2_CTRL_TYPE_BUTTON,
        ]
        return types.contains { $0.rawValue == query.type } && !has(V4L2_CTRL_FLAG_DISABLED)
    }

    var canBeSet: Bool { !has(V4L2_CTRL_FLAG_READ_ONLY) }
    /// It has no effect, or cannot be set, as long as another control is as it is.
    var isInactive: Bool { has(V4L2_CTRL_FLAG_INACTIVE) || has(V4L2_CTRL_FLAG_GRABBED) }

    /// - Throws: `VisageError.configuration` if the value is not one of its own.
    func set(_ value: Int, of device: V4L2Device) throws {
        guard fits(value, device) else { throw refusal(of: value, device) }
        var control = v4l2_control(id: id, value: Int32(truncatingIfNeeded: value))
        let code = device.ask(VISAGE_VIDIOC_S_CTRL, &control)
        switch code {
        case 0: return
        case ERANGE, EINVAL: throw refusal(of: value, device)
        default: throw V4L2Failure.using(device.path, code, to: "set \(name) to \(value)")
        }
    }

    private func refusal(of value: Int, _ device: V4L2Device) -> VisageError {
        VisageError(
            .configuration, "the camera's control \(name) takes \(range(device)), not \(value)", retry: .needsPerson)
    }

    private func fits(_ value: Int, _ device: V4L2Device) -> Bool {
        switch query.type {
        case V4L2_CTRL_TYPE_BUTTON.rawValue: true
        case V4L2_CTRL_TYPE_BITMASK.rawValue: value >= 0 && value <= Int(UInt32(bitPattern: query.maximum))
        default: value >= Int(query.minimum) && value <= Int(query.maximum)
        }
    }

    /// What it takes, in words.
    private func range(_ device: V4L2Device) -> String {
        switch query.type {
        case V4L2_CTRL_TYPE_MENU.rawValue:
            let items = (query.minimum...max(query.minimum, query.maximum)).compactMap { index in
                var item = v4l2_querymenu()
                (item.id, item.index) = (id, UInt32(bitPattern: index))
                return device.ask(VISAGE_VIDIOC_QUERYMENU, &item) == 0 ? "\(index) (\(text(item.name)))" : nil
            }
            return items.joined(separator: ", ")
        case V4L2_CTRL_TYPE_BITMASK.rawValue: return "0 to \(UInt32(bitPattern: query.maximum))"
        default:
            let step = query.step > 1 ? " in steps of \(query.step)" : ""
            return "\(query.minimum) to \(query.maximum)\(step)"
        }
    }

    private func has(_ flag: Int32) -> Bool { query.flags & UInt32(bitPattern: flag) != 0 }
}
