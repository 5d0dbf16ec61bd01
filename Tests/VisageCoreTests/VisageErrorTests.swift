import Testing
import VisageCore

@Suite struct VisageErrorTests {
    @Test func exitCodesAreThoseOfTheDesign() {
        #expect(VisageError(.usage, "").exitCode == 64)
        #expect(VisageError(.configuration, "").exitCode == 78)
        let others: [VisageError.Code] = [
            .notFound, .unreadable, .unwritable, .model, .gallery, .source, .inUse, .engine,
        ]
        for code in others { #expect(VisageError(code, "").exitCode == 1) }
    }

    @Test func theCauseFollowsInBrackets() {
        #expect("\(VisageError(.model, "It is damaged"))" == "It is damaged")
        #expect("\(VisageError(.model, "It is damaged", cause: ""))" == "It is damaged")
        #expect("\(VisageError(.model, "It is damaged", cause: "bad magic"))" == "It is damaged (bad magic)")
    }
}
