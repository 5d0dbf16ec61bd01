import VisageCore

/// Notices when whoever takes events does not come back from one.
struct MeteredSink: EventSink {
    let base: any EventSink
    let meter = WorkMeter()

    var wantsFrames: Bool { base.wantsFrames }

    func publish(_ event: CameraEvent) {
        meter.begin()
        defer { meter.end() }
        base.publish(event)
    }
}
