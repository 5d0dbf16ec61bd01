import Publishing
import ServiceLifecycle

/// Publishes `stats` events every ten seconds.
struct StatisticsService: Service {
    let board: StatisticsBoard
    let hub: EventHub

    func run() async throws {
        for await _ in AsyncTimer(every: .seconds(10)).cancelOnGracefulShutdown() {
            for event in board.update() { hub.publish(event) }
        }
    }
}
