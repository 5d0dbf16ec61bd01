import VisageCore

/// Measures for how long the publishing of an event has not returned.
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
