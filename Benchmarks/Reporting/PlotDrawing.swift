// A plot as SVG: plain shapes and text, readable on white and on any page that shows images.

extension Plot {
    private static let width = 760.0
    private static let height = 420.0
    private static let left = 78.0
    private static let right = 24.0
    private static let top = 44.0
    private static let bottom = 56.0
    private static let legendRow = 18.0
    /// Told apart by those who see no red or no green, after Okabe and Ito.
    private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]

    /// The whole file.
    public var svg: String {
        let points = curves.flatMap(\.points)
        let horizontal = PlotScale(x.scale, values: points.map(\.x))
        let vertical = PlotScale(y.scale, values: points.map(\.y))
        let total = Self.height + Double(curves.count) * Self.legendRow + 8
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.text(Self.width)) \(Self.text(total))\""
                + " font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
            Self.label(title, x: Self.left, y: 24, anchor: "start", size: 15),
        ]
        lines += grid(horizontal, vertical)
        for (index, curve) in curves.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            lines += Self.draw(curve, colour, horizontal, vertical)
            lines += Self.legend(curve.name, colour, row: index)
        }
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }

    private func grid(_ horizontal: PlotScale, _ vertical: PlotScale) -> [String] {
        let (right, bottom) = (Self.width - Self.right, Self.height - Self.bottom)
        var lines: [String] = []
        for tick in horizontal.ticks {
            let place = Self.across(horizontal.position(of: tick))
            lines.append(Self.line(place, Self.top, place, bottom, "#dddddd"))
            lines.append(Self.label(horizontal.label(tick), x: place, y: bottom + 18, anchor: "middle"))
        }
        for tick in vertical.ticks {
            let place = Self.up(vertical.position(of: tick))
            lines.append(Self.line(Self.left, place, right, place, "#dddddd"))
            lines.append(Self.label(vertical.label(tick), x: Self.left - 8, y: place + 4, anchor: "end"))
        }
        lines.append(Self.line(Self.left, bottom, right, bottom, "#444444"))
        lines.append(Self.line(Self.left, Self.top, Self.left, bottom, "#444444"))
        lines.append(Self.label(x.title, x: (Self.left + right) / 2, y: bottom + 40, anchor: "middle"))
        let middle = (Self.top + bottom) / 2
        lines.append(
            "<text transform=\"translate(18 \(Self.text(middle))) rotate(-90)\" text-anchor=\"middle\">"
                + "\(Self.escaped(y.title))</text>"
        )
        return lines
    }

    private static func draw(
        _ curve: Curve,
        _ colour: String,
        _ horizontal: PlotScale,
        _ vertical: PlotScale
    ) -> [String] {
        let places = curve.points.map { (across(horizontal.position(of: $0.x)), up(vertical.position(of: $0.y))) }
        let path = places.map { "\(text($0.0)),\(text($0.1))" }.joined(separator: " ")
        let line = "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>"
        let dots = places.map { "<circle cx=\"\(text($0.0))\" cy=\"\(text($0.1))\" r=\"3\" fill=\"\(colour)\"/>" }
        return [line] + dots
    }

    private static func legend(_ name: String, _ colour: String, row: Int) -> [String] {
        let place = height + Double(row) * legendRow
        return [
            "<rect x=\"\(text(left))\" y=\"\(text(place - 4))\" width=\"22\" height=\"4\" fill=\"\(colour)\"/>",
            label(name, x: left + 30, y: place + 2, anchor: "start"),
        ]
    }

    private static func across(_ position: Double) -> Double { left + position * (width - left - right) }
    private static func up(_ position: Double) -> Double { height - bottom - position * (height - top - bottom) }

    private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String) -> String {
        "<line x1=\"\(text(x1))\" y1=\"\(text(y1))\" x2=\"\(text(x2))\" y2=\"\(text(y2))\" stroke=\"\(colour)\"/>"
    }

    private static func label(_ words: String, x: Double, y: Double, anchor: String, size: Int = 12) -> String {
        "<text x=\"\(text(x))\" y=\"\(text(y))\" text-anchor=\"\(anchor)\" font-size=\"\(size)\">\(escaped(words))</text>"
    }

    private static func text(_ number: Double) -> String { Figure.fixed(number, 1) }

    private static func escaped(_ words: String) -> String {
        var result = ""
        for character in words {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
