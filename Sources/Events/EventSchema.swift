/// The JSON Schema (2020-12) of every line on the event socket, with an example for each type.
public enum EventSchema {
    /// The file `events.schema.json` as it stands in the sources.
    public static var json: [UInt8] { PackageResources.events_schema_json }
}
