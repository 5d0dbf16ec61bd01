import Events

extension FleetStatus.Machine {
    init(_ status: MachineStatus) {
        self.init(machine: status.machine, number: status.number)
        (seen, version, daemon, gallery, share) = (
            status.time, status.version, status.daemon, status.gallery, status.share
        )
        cameras = status.cameras.map { .init(camera: $0.camera, up: $0.isUp, fps: $0.fps) }
        (lag, problem) = (status.events?.lag, status.events?.problem)
    }
}
