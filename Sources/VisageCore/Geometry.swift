import Foundation

/// A point in pixels of the original frame; x to the right, y down, (0, 0) the top left corner.
public struct Point: Sendable, Hashable, Codable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    public static func - (left: Point, right: Point) -> Point { Point(x: left.x - right.x, y: left.y - right.y) }
    public var length: Double { dot(self).squareRoot() }
    public func dot(_ other: Point) -> Double { x * other.x + y * other.y }
    public func middle(_ other: Point) -> Point { Point(x: (x + other.x) / 2, y: (y + other.y) / 2) }
}

/// A rectangle in pixels of the original frame; it may reach beyond the frame's edges.
public struct BoundingBox: Sendable, Hashable, Codable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public var center: Point { Point(x: x + width / 2, y: y + height / 2) }
    public var area: Double { max(0, width) * max(0, height) }
    public var shortSide: Double { min(width, height) }

    public func intersection(_ other: BoundingBox) -> Double {
        let overlapX = min(x + width, other.x + other.width) - max(x, other.x)
        let overlapY = min(y + height, other.y + other.height) - max(y, other.y)
        return max(0, overlapX) * max(0, overlapY)
    }

    /// Intersection over union (IoU), 0...1.
    public func overlap(_ other: BoundingBox) -> Double {
        let common = intersection(other)
        let union = area + other.area - common
        return union > 0 ? common / union : 0
    }

    /// The part of the box that lies within a frame of the given size; of zero size if none does.
    public func clipped(width frameWidth: Int, height frameHeight: Int) -> BoundingBox {
        let left = min(max(0, x), Double(frameWidth))
        let top = min(max(0, y), Double(frameHeight))
        let right = min(max(left, x + width), Double(frameWidth))
        let bottom = min(max(top, y + height), Double(frameHeight))
        return BoundingBox(x: left, y: top, width: right - left, height: bottom - top)
    }
}

/// The five points of a face, in pixels of the original frame. Right and left are the person's own.
public struct Landmarks: Sendable, Hashable, Codable {
    public var rightEye: Point
    public var leftEye: Point
    public var nose: Point
    public var rightMouth: Point
    public var leftMouth: Point

    public init(rightEye: Point, leftEye: Point, nose: Point, rightMouth: Point, leftMouth: Point) {
        self.rightEye = rightEye
        self.leftEye = leftEye
        self.nose = nose
        self.rightMouth = rightMouth
        self.leftMouth = leftMouth
    }

    /// By how many degrees the line from between the eyes to the middle of the mouth leans from the vertical; above 0 if
    /// the head leans clockwise, as seen in the picture.
    public var lean: Double {
        let down = rightMouth.middle(leftMouth) - rightEye.middle(leftEye)
        return atan2(-down.x, down.y) * 180 / .pi
    }
}

/// A face as a detector found it.
public struct Face: Sendable, Hashable {
    public var box: BoundingBox
    /// nil for detectors that give none.
    public var landmarks: Landmarks?
    /// The detector's confidence, 0...1.
    public var score: Double

    public init(box: BoundingBox, landmarks: Landmarks?, score: Double) {
        self.box = box
        self.landmarks = landmarks
        self.score = score
    }
}
