// Publishing takes events and frames from the cameras and gives them to others: the log keeps events on disk, the event
// socket and the frame sockets serve subscribers and viewers, and recorders write video files. Nothing here lets a slow
// reader or a slow disk hold up recognition.

/// The JSON Schema (2020-12) of every line on the event socket, with an example for each type.
public enum EventSchema {
    /// The file `events.schema.json` as it stands in the sources.
    public static var json: [UInt8] { PackageResources.events_schema_json }
}
