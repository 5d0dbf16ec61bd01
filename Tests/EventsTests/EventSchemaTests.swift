import Events
import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct EventSchemaTests {
    let validator: EventSchemaValidator

    init() throws { validator = try EventSchemaValidator(schema: EventSchema.json) }

    @Test func everyTypeHasAnExampleThatFitsAndComesBackAsItWas() throws {
        var types: Set<EventType> = []
        for line in try validator.examples() {
            try validator.check(line)
            let event = try JSONDecoder().decode(Event.self, from: Data(line.utf8))
            types.insert(event.type)
            let again = try event.line()
            try validator.check(again)
            let before = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary
            let after = try JSONSerialization.jsonObject(with: Data(again.utf8)) as? NSDictionary
            #expect(before == after)
        }
        #expect(types == Set(EventType.allCases))
    }

    @Test(arguments: [
        #"{"schema":1,"run":"r","type":"gap","time":"2026-03-01T09:30:12.004Z","dropped":1}"#,
        #"{"schema":1,"run":"r","type":"gap","time":"2026-03-01T09:30:12.004Z","dropped":1,"since":0,"seq":4}"#,
        #"{"schema":1,"run":"r","type":"gap","time":"2026-03-01T09:30:12.004","dropped":1,"since":0}"#,
        #"{"schema":1,"run":"r","type":"source.up","time":"2026-03-01T09:30:12.004Z","camera":"c"}"#,
        #"{"schema":1,"run":"r","type":"error","time":"2026-03-01T09:30:12.004Z","reason":"x"}"#,
        #"{"schema":1,"run":"r","type":"error","time":"2026-03-01T09:30:12.004Z","reason":"x","code":"odd"}"#,
        #"{"schema":1,"run":"r","type":"error","time":"2026-03-01T09:30:12.004Z","reason":"x","code":"bad_request","embedding":[0.1]}"#,
        #"{"schema":1,"run":"r","type":"party","time":"2026-03-01T09:30:12.004Z"}"#,
    ])
    func refusesWhatDoesNotFit(line: String) {
        #expect(throws: EventSchemaValidator.Problem.self) { try validator.check(line) }
    }

    @Test func anUnknownKeywordIsLoud() throws {
        let odd = try EventSchemaValidator(schema: Array(#"{"maxLength": 3}"#.utf8))
        #expect(throws: EventSchemaValidator.Problem.self) { try odd.check(#""ab""#) }
    }

    @Test func readersMayIgnoreKeysTheyDoNotKnow() throws {
        let line =
            #"{"schema":1,"run":"r","type":"error","time":"2026-03-01T09:30:12.004Z","reason":"x","code":"bad_request","new":1}"#
        try validator.check(line)
        #expect(try JSONDecoder().decode(Event.self, from: Data(line.utf8)).reason == "x")
    }

    @Test func everyErrorCodeFitsAndUnknownOnesCanBeRead() throws {
        func line(_ code: String) -> String {
            #"{"schema":1,"run":"r","type":"error","time":"2026-03-01T09:30:12.004Z","reason":"x","code":"\#(code)"}"#
        }
        for code in Event.ErrorCode.all { try validator.check(line(code.rawValue)) }
        let newer = try JSONDecoder().decode(Event.self, from: Data(line("of_a_newer_version").utf8))
        #expect(newer.code?.rawValue == "of_a_newer_version" && newer.reason == "x")
    }

    @Test func describesEveryExample() throws {
        for line in try validator.examples() {
            let event = try JSONDecoder().decode(Event.self, from: Data(line.utf8))
            let text = EventDescription.line(event, timeZone: .gmt)
            #expect(text.hasPrefix("2026-03-01 09:30:"), "\(text)")
            #expect(!text.contains("\n"))
        }
        let event = Event.sample(.identified, track: 3, name: "Barack Obama")
        #expect(EventDescription.text(event) == "track 3 is Barack Obama (similarity 0.80)")
    }
}
