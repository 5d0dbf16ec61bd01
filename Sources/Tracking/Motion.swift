import VisageCore

/// Where a face is and how it moves: a Kalman filter with constant velocity for the box's center and size, each of
/// the four on its own. Noise is a fraction of the face's size, as in SORT and ByteTrack, so that a face near the
/// camera may move more pixels than one far away.
struct Motion {
    /// One coordinate: position and velocity a second, with their covariance.
    private struct Axis {
        var position: Double
        var velocity = 0.0
        var positionVariance: Double
        var covariance = 0.0
        var velocityVariance: Double

        mutating func predict(_ seconds: Double, noise: Double) {
            position += velocity * seconds
            positionVariance += seconds * (2 * covariance + seconds * velocityVariance)
            covariance += seconds * velocityVariance
            // White noise on the acceleration.
            positionVariance += noise * seconds * seconds * seconds / 3
            covariance += noise * seconds * seconds / 2
            velocityVariance += noise * seconds
        }

        mutating func correct(_ measured: Double, variance: Double) {
            let total = positionVariance + variance
            let gain = positionVariance / total
            let velocityGain = covariance / total
            let error = measured - position
            position += gain * error
            velocity += velocityGain * error
            velocityVariance -= velocityGain * covariance
            covariance *= 1 - gain
            positionVariance *= 1 - gain
        }
    }

    /// Standard deviations of acceleration and of detected positions, as fractions of the face's size.
    private static let acceleration = 4.0
    private static let jitter = 0.04
    /// Seconds after its last detection for which a face is predicted to keep moving.
    private static let coasting = 0.5

    private var x: Axis
    private var y: Axis
    private var width: Axis
    private var height: Axis
    private var coasted = 0.0

    init(_ box: BoundingBox) {
        let size = max(1, box.shortSide)
        let variance = (Self.jitter * size) * (Self.jitter * size)
        func axis(_ value: Double) -> Axis {
            Axis(position: value, positionVariance: variance, velocityVariance: size * size)
        }
        x = axis(box.center.x)
        y = axis(box.center.y)
        width = axis(box.width)
        height = axis(box.height)
    }

    var box: BoundingBox {
        let (w, h) = (max(1, width.position), max(1, height.position))
        return BoundingBox(x: x.position - w / 2, y: y.position - h / 2, width: w, height: h)
    }

    /// Predicts the state `seconds` later, without a detection.
    mutating func predict(_ seconds: Double) {
        let noise = Self.acceleration * Self.acceleration * size * size
        // A longer step would extrapolate a hidden face out of the frame.
        let step = min(seconds, max(0, Self.coasting - coasted))
        coasted += seconds
        x.predict(step, noise: noise)
        y.predict(step, noise: noise)
        width.predict(step, noise: noise / 16)
        height.predict(step, noise: noise / 16)
    }

    mutating func correct(_ box: BoundingBox) {
        let deviation = Self.jitter * max(1, box.shortSide)
        coasted = 0
        x.correct(box.center.x, variance: deviation * deviation)
        y.correct(box.center.y, variance: deviation * deviation)
        width.correct(box.width, variance: deviation * deviation)
        height.correct(box.height, variance: deviation * deviation)
    }

    private var size: Double { max(1, min(width.position, height.position)) }
}
