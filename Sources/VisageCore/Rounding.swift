extension Double {
    /// Rounded to four decimals, as similarities, rates and qualities are reported: more would be noise.
    public var roundedToFourDecimals: Double { (self * 10_000).rounded() / 10_000 }
}
