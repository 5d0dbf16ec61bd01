/// All keys of an event stand side by side in one JSON object; those of its content depend on the type, and absent ones are
/// not written.
extension Event: Codable {
    private enum Key: String, CodingKey {
        case schema, seq, run, type, time, camera, stats, status
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(schema, forKey: .schema)
        try container.encodeIfPresent(seq, forKey: .seq)
        try container.encode(run, forKey: .run)
        try container.encode(type, forKey: .type)
        try container.encode(time, forKey: .time)
        try container.encodeIfPresent(camera, forKey: .camera)
        // Each part writes its keys into the same object.
        switch content {
        case .hello(let hello): try hello.encode(to: encoder)
        case .appeared(let sighting): try sighting.encode(to: encoder)
        case .identified(let sighting, let finding), .unknown(let sighting, let finding):
            try sighting.encode(to: encoder)
            try finding.encode(to: encoder)
        case .revised(let sighting, let finding, let revision):
            try sighting.encode(to: encoder)
            try finding.encode(to: encoder)
            try revision.encode(to: encoder)
        case .lost(let sighting, let finding, let departure):
            try sighting.encode(to: encoder)
            try finding?.encode(to: encoder)
            try departure.encode(to: encoder)
        case .sourceUp: break
        case .sourceDown(let down): try down.encode(to: encoder)
        case .frame(let frame): try frame.encode(to: encoder)
        case .stats(let stats): try container.encode(stats, forKey: .stats)
        case .status(let status): try container.encode(status, forKey: .status)
        case .gap(let gap): try gap.encode(to: encoder)
        case .error(let failure): try failure.encode(to: encoder)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        schema = try container.decode(Int.self, forKey: .schema)
        seq = try container.decodeIfPresent(Int64.self, forKey: .seq)
        run = try container.decode(String.self, forKey: .run)
        time = try container.decode(String.self, forKey: .time)
        camera = try container.decodeIfPresent(String.self, forKey: .camera)
        switch try container.decode(EventType.self, forKey: .type) {
        case .hello: content = .hello(try Hello(from: decoder))
        case .appeared: content = .appeared(try Sighting(from: decoder))
        case .identified: content = .identified(try Sighting(from: decoder), try Finding(from: decoder))
        case .unknown: content = .unknown(try Sighting(from: decoder), try Finding(from: decoder))
        case .revised:
            content = .revised(
                try Sighting(from: decoder), try Finding(from: decoder), try Revision(from: decoder))
        case .lost:
            content = .lost(
                try Sighting(from: decoder), try Finding(ifPresentIn: decoder), try Departure(from: decoder))
        case .sourceUp: content = .sourceUp
        case .sourceDown: content = .sourceDown(try SourceDown(from: decoder))
        case .frame: content = .frame(try FrameContent(from: decoder))
        case .stats: content = .stats(try container.decode(Stats.self, forKey: .stats))
        case .status: content = .status(try container.decode(Status.self, forKey: .status))
        case .gap: content = .gap(try Gap(from: decoder))
        case .error: content = .error(try Failure(from: decoder))
        }
    }
}
