//! Pictures of what a model does: precision and recall by threshold, and a score bit by bit.

use std::fmt::Write as _;

use crate::{AtThreshold, Thresholds};

const WIDTH: f32 = 640.0;
const HEIGHT: f32 = 320.0;
const MARGIN: f32 = 40.0;

/// Colours that the colour-blind can tell apart (Okabe and Ito 2008).
const BLUE: &str = "#0072b2";
const ORANGE: &str = "#d55e00";
const GREEN: &str = "#009e73";
const GREY: &str = "#777";

/// What a curve shows of the rates at a threshold.
type Value = fn(&AtThreshold) -> f64;

/// Precision, recall and F1 of pairs by threshold, with the thresholds of the model marked.
#[must_use]
pub fn curve_svg(curve: &[AtThreshold], thresholds: Thresholds) -> String {
    let bits = curve.iter().map(|at| at.bits);
    let (low, high) = bits
        .fold((thresholds.lower_bits, thresholds.upper_bits + 1.0), |(l, h), b| {
            (l.min(b), h.max(b))
        });
    let x = |bits: f32| MARGIN + (bits - low) / (high - low) * (WIDTH - 2.0 * MARGIN);
    let y = |share: f64| HEIGHT - MARGIN - share as f32 * (HEIGHT - 2.0 * MARGIN);
    let mut svg = Svg::new(WIDTH, HEIGHT, "Precision and recall by threshold in bits");
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        svg.line([MARGIN, y(share), WIDTH - MARGIN, y(share)], "#ddd");
        svg.text([MARGIN - 6.0, y(share) + 4.0], "end", GREY, &format!("{share}"));
    }
    for (name, bits) in [("lower", thresholds.lower_bits), ("upper", thresholds.upper_bits)] {
        svg.line([x(bits), MARGIN, x(bits), HEIGHT - MARGIN], GREY);
        svg.text([x(bits), MARGIN - 6.0], "middle", GREY, &format!("{name} {bits}"));
    }
    let lines: [(&str, &str, Value); 3] = [
        ("precision", BLUE, |at| at.pairs.precision()),
        ("recall", ORANGE, |at| at.pairs.recall()),
        ("F1", GREEN, |at| at.pairs.f1()),
    ];
    for (i, (name, colour, value)) in lines.into_iter().enumerate() {
        let points = curve.iter().map(|at| format!("{:.1},{:.1}", x(at.bits), y(value(at))));
        let points: Vec<String> = points.collect();
        svg.raw(format_args!(
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
            points.join(" ")
        ));
        svg.text([MARGIN + 80.0 * i as f32, HEIGHT - 8.0], "start", colour, name);
    }
    svg.text([WIDTH - MARGIN, HEIGHT - 8.0], "end", GREY, "bits");
    svg.end()
}

/// Height of one bar of a waterfall.
const BAR: f32 = 24.0;
/// Room for the names of comparisons.
const NAMES: f32 = 190.0;

/// The score of a pair as a waterfall: one bar a part, the first from nothing, and the sum. Parts are in bits.
#[must_use]
pub fn waterfall_svg(parts: &[(&str, f32)], thresholds: Thresholds) -> String {
    let mut bars = Vec::with_capacity(parts.len() + 1);
    let mut sum = 0.0;
    for (name, bits) in parts {
        bars.push((*name, sum, sum + bits));
        sum += bits;
    }
    bars.push(("Σ", 0.0, sum));
    let Thresholds { upper_bits, lower_bits } = thresholds;
    let ends =
        bars.iter().flat_map(|(_, from, to)| [*from, *to]).chain([upper_bits, lower_bits, 0.0]);
    let (low, high) = ends.fold((f32::MAX, f32::MIN), |(l, h), b| (l.min(b), h.max(b)));
    let x =
        |bits: f32| NAMES + (bits - low) / (high - low).max(1.0) * (WIDTH - NAMES - MARGIN - 20.0);
    let height = MARGIN + BAR * bars.len() as f32 + 12.0;
    let mut svg = Svg::new(WIDTH, height, "Score of a pair, bit by bit");
    for (name, bits) in [("0", 0.0), ("review", lower_bits), ("same", upper_bits)] {
        svg.line([x(bits), MARGIN - 8.0, x(bits), height - 8.0], "#bbb");
        if bits != 0.0 || lower_bits != 0.0 {
            svg.text([x(bits), MARGIN - 14.0], "middle", GREY, name);
        }
    }
    for (i, (name, from, to)) in bars.into_iter().enumerate() {
        let top = MARGIN + BAR * i as f32;
        let colour = if to >= from { BLUE } else { ORANGE };
        let (left, right) = (x(f32::min(from, to)), x(f32::max(from, to)));
        svg.raw(format_args!(
            r#"<rect x="{left:.1}" y="{:.1}" width="{:.1}" height="{:.1}" fill="{colour}"/>"#,
            top + 3.0,
            (right - left).max(1.0),
            BAR - 6.0
        ));
        svg.text([NAMES - 8.0, top + 17.0], "end", "#222", name);
        svg.text([right + 6.0, top + 17.0], "start", "#222", &format!("{:+.1}", to - from));
    }
    svg.end()
}

/// A picture as text.
struct Svg(String);

impl Svg {
    fn new(width: f32, height: f32, title: &str) -> Self {
        let mut svg = Self(String::new());
        svg.raw(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="12" role="img"><title>{title}</title><rect width="100%" height="100%" fill="white"/>"#
        ));
        svg
    }

    fn raw(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.0.write_fmt(text);
        self.0.push('\n');
    }

    fn line(&mut self, [x1, y1, x2, y2]: [f32; 4], colour: &str) {
        self.raw(format_args!(
            r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" stroke="{colour}"/>"#
        ));
    }

    fn text(&mut self, [x, y]: [f32; 2], anchor: &str, colour: &str, text: &str) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.raw(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="{colour}">{text}</text>"#
        ));
    }

    fn end(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waterfall_has_a_bar_a_part_and_one_for_the_sum() {
        let thresholds = Thresholds { upper_bits: 5.0, lower_bits: 1.5 };
        let svg =
            waterfall_svg(&[("prior", -9.0), ("name <&>", 12.5), ("place", -0.5)], thresholds);
        // One rectangle is the ground.
        assert_eq!(svg.matches("<rect").count(), 1 + 3 + 1);
        assert!(
            svg.contains("name &lt;&amp;&gt;") && svg.contains("+12.5") && svg.contains("+3.0")
        );
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    }
}
