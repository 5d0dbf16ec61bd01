/// The arithmetic to run networks in. `auto` takes 8 bits where a network exists in these, and for the others bf16 where
/// the processor has it in hardware; accuracy is the same.
public enum InferencePrecision: String, Sendable, Codable, CaseIterable {
    case auto, f32, bf16
}
