//! Probability against truth.

use super::{
    Attribute, BOTTOM, Bits, Count, HEIGHT, LEFT, Markup, Percent, Px, RIGHT, TOP, WIDTH,
    axis_title, finite, floor_line, label, level, open_plot, rectangle, upright,
};
use crate::report::evaluation::{CalibrationBin, Fit};

/// Odds in bits at the edges of the plot; what is beyond stands at the edge.
const EDGE: f64 = 12.0;

/// Probabilities at the ticks of both scales.
const TICKS: [f64; 7] = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999];

/// 0 to 1: where a probability stands on the scale of odds.
fn place(probability: f64) -> f64 {
    let probability = finite(probability).clamp(0.0, 1.0);
    let bits = (probability / (1.0 - probability)).log2();
    (bits.clamp(-EDGE, EDGE) + EDGE) / (2.0 * EDGE)
}

/// Writes the true share of each bin by its mean probability, on scales of odds so that 0.99 and
/// 0.999 are as far apart as they matter, with 95 % intervals and the line of perfect agreement.
pub(in super::super) fn calibration(markup: &mut Markup, bins: &[CalibrationBin]) {
    let floor = HEIGHT - BOTTOM;
    let x = |probability: f64| LEFT + place(probability) * (WIDTH - LEFT - RIGHT);
    let y = |share: f64| floor - place(share) * (floor - TOP);
    open_plot(markup, "概率与真实比例 Probability and true share");
    for tick in TICKS {
        // To a tenth, so that 0.999 has all its digits and 0.5 none too many.
        let text = format!("{}%", (1000.0 * tick).round() / 10.0);
        level(markup, y(tick), &text);
        label(markup, x(tick), floor + 18.0, "middle", &text);
    }
    let corners = format!(
        "{},{} {},{}",
        Px(x(0.0)),
        Px(y(0.0)),
        Px(x(1.0)),
        Px(y(1.0))
    );
    markup.leaf(
        "polyline",
        &[("class", &"curve perfect"), ("points", &corners)],
    );
    for bin in bins {
        let (at, low, high) = (x(bin.predicted), y(bin.share.low), y(bin.share.high));
        let (fill, stroke) = match bin.verdict() {
            Fit::Fits => ("fill-link", "whisker link"),
            _ => ("fill-against", "whisker against"),
        };
        markup.open("g", &[]);
        markup.element(
            "title",
            &[],
            format_args!(
                "{} → {} ({} – {}): {} / {}",
                Percent(bin.predicted),
                Percent(bin.share.value),
                Percent(bin.share.low),
                Percent(bin.share.high),
                Count(bin.true_pairs),
                Count(bin.pairs),
            ),
        );
        upright(markup, at, low, high, stroke);
        let radius = 3.5 + (bin.pairs.max(1) as f64).log10();
        let attributes: [Attribute; 4] = [
            ("class", &fill),
            ("cx", &Px(at)),
            ("cy", &Px(y(bin.share.value))),
            ("r", &Px(radius)),
        ];
        markup.leaf("circle", &attributes);
        markup.close("g");
    }
    floor_line(markup);
    axis_title(markup, "模型给出的概率", "probability by the model");
    markup.raw("</svg></div>\n");
}

/// Writes an interval with its value in a table cell, on a scale from `from` to 1.
pub(in super::super) fn interval(
    markup: &mut Markup,
    (low, value, high): (f64, f64, f64),
    from: f64,
) {
    let place = |share: f64| {
        let share = (finite(share) - from) / (1.0 - from).max(1e-9);
        10.0 + 980.0 * share.clamp(0.0, 1.0)
    };
    markup.raw("<svg class=\"bar\" viewBox=\"0 0 1000 20\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    let (left, right) = (place(low), place(high));
    rectangle(
        markup,
        left,
        7.0,
        (right - left).max(4.0),
        6.0,
        "fill-interval",
    );
    upright(markup, place(value), 2.0, 18.0, "point");
    markup.raw("</svg>");
}

/// What a weight says once it is put right, for the text below the chart.
pub(in super::super) struct Corrected {
    /// Bits to add.
    pub intercept: f64,
    /// Factor.
    pub slope: f64,
}

impl std::fmt::Display for Corrected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let slope = finite(self.slope);
        let sign = if slope < 0.0 { '−' } else { '+' };
        write!(f, "{} {sign} {:.2} × w", Bits(self.intercept), slope.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_are_evenly_apart() {
        assert_eq!([place(0.0), place(0.5), place(1.0)], [0.0, 0.5, 1.0]);
        assert!((place(0.9) - 0.5 - (0.5 - place(0.1))).abs() < 1e-12);
        assert!((place(8.0 / 9.0) - place(0.8) - (place(0.8) - place(2.0 / 3.0))).abs() < 1e-12);
        assert_eq!(place(f64::NAN), 0.0);
    }
}
