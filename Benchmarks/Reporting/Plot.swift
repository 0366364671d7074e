// A picture of some curves, to be drawn as SVG.

public struct Plot: Sendable {
    public struct Curve: Sendable {
        public let name: String
        public let points: [Point]

        public init(_ name: String, _ points: [Point]) {
            self.name = name
            self.points = points
        }
    }

    public struct Point: Sendable, Equatable {
        public let x: Double
        public let y: Double

        public init(_ x: Double, _ y: Double) {
            self.x = x
            self.y = y
        }
    }

    public enum Scale: Sendable, Equatable {
        /// From zero.
        case linear
        case logarithmic
        /// Nines: 50 %, 90 %, 99 %, 99.9 % at equal distances.
        case percentile
    }

    public struct Axis: Sendable {
        public let title: String
        public let scale: Scale

        public init(_ title: String, _ scale: Scale) {
            self.title = title
            self.scale = scale
        }
    }

    /// Its file's name, without the extension.
    public let name: String
    public let title: String
    public let x: Axis
    public let y: Axis
    public let curves: [Curve]

    public init(_ name: String, title: String, x: Axis, y: Axis, curves: [Curve]) {
        self.name = name
        self.title = title
        self.x = x
        self.y = y
        self.curves = curves
    }
}
