import Testing
import VisageConfiguration

/// What a running daemon cannot take over.
@Suite struct RestartTests {
    private func fleet(_ change: (inout Configuration.Fleet) -> Void) -> Configuration {
        var configuration = Configuration()
        (configuration.fleet.servers, configuration.fleet.number) = (["tls://broker:4222"], 1)
        change(&configuration.fleet)
        return configuration
    }

    @Test func ofTheFleetOnlyWhatTheDaemonTakesFromIt() {
        let old = fleet { _ in }
        #expect(fleet { $0.number = 2 }.keysThatNeedRestart(changedFrom: old) == ["fleet"])
        #expect(fleet { $0.state = "/elsewhere" }.keysThatNeedRestart(changedFrom: old) == ["fleet"])
        #expect(fleet { $0.servers = [] }.keysThatNeedRestart(changedFrom: old) == ["fleet"])
        #expect(old.keysThatNeedRestart(changedFrom: Configuration()) == ["fleet"])
        let others = fleet {
            ($0.servers, $0.machine, $0.share) = (["tls://other:4222"], "house", [.events, .unknown])
        }
        #expect(others.keysThatNeedRestart(changedFrom: old) == [])
        var alone = Configuration()
        alone.fleet.state = "/elsewhere"
        #expect(alone.keysThatNeedRestart(changedFrom: Configuration()) == [], "without a fleet it says nothing")
        #expect(fleet { $0.number = 0 }.keysThatNeedRestart(changedFrom: Configuration()) == [])
    }

    @Test func wholeSections() {
        var new = Configuration()
        new.events.keepDays += 1
        new.state = "/elsewhere"
        new.log.level = .debug
        #expect(new.keysThatNeedRestart(changedFrom: Configuration()) == ["state", "events"])
    }
}
