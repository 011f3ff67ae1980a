//! Charts as SVG. Each stands beside or above a table with the same numbers, so none needs a pointer.

mod calibration;

pub(super) use calibration::{Corrected, calibration, interval};

use super::markup::{Attribute, Bits, Count, Markup, Percent, Px, finite};
use crate::report::evaluation;
use crate::report::summary::{Thresholds, WeightBin};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 44.0;

/// Part of a bar in a table cell: from, to (each 0 to 1 of the width), class of its colour.
pub(super) type Segment = (f64, f64, &'static str);

/// Writes bars below each other that fill their cell, and thin upright marks, each 0 to 1 of the width.
pub(super) fn bar(markup: &mut Markup, segments: &[Segment], marks: &[(f64, &'static str)]) {
    markup.raw("<svg class=\"bar\" viewBox=\"0 0 1000 20\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for &(at, class) in marks {
        upright(markup, at * 1000.0, 0.0, 20.0, class);
    }
    let thickness = 14.0 / segments.len().max(1) as f64;
    for (row, &(from, to, class)) in segments.iter().enumerate() {
        let (from, to) = (
            finite(from.min(to)).clamp(0.0, 1.0),
            finite(from.max(to)).clamp(0.0, 1.0),
        );
        // What is not nothing stays visible.
        let width = if to > from {
            ((to - from) * 1000.0).max(2.0)
        } else {
            0.0
        };
        rectangle(
            markup,
            from * 1000.0,
            3.0 + row as f64 * thickness,
            width,
            thickness,
            class,
        );
    }
    markup.raw("</svg>");
}

/// 0 to 1: how far a count goes on a logarithmic scale that ends at `most`; 1 is already visible.
pub(super) fn log_share(count: u64, most: u64) -> f64 {
    if count == 0 || most == 0 {
        return 0.0;
    }
    ((count as f64 + 1.0).log10() / (most as f64 + 1.0).log10()).min(1.0)
}

/// Writes the histogram of weights. The height of a bar is the number of its pairs on a
/// logarithmic scale; within a bar the colours share the height in proportion.
pub(super) fn histogram(markup: &mut Markup, bins: &[WeightBin], thresholds: &Thresholds) {
    let Some(lowest) = bins.iter().map(|bin| bin.lower).min() else {
        return;
    };
    let highest = bins.iter().map(|bin| bin.lower).max().unwrap_or(lowest);
    // In f64, since the edges may be as far apart as i32 goes.
    let (first, last) = (f64::from(lowest), f64::from(highest) + 1.0);
    let x = |weight: f64| LEFT + (finite(weight) - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    let most = bins.iter().map(|bin| bin.pairs).max().unwrap_or(0);
    let floor = HEIGHT - BOTTOM;
    let height = |count: u64| log_share(count, most) * (floor - TOP);

    open_plot(markup, "匹配权重直方图 Histogram of match weights");
    let mut power = 1u64;
    while power <= most {
        let y = floor - height(power);
        level(markup, y, &Count(power));
        power = match power.checked_mul(10) {
            Some(next) => next,
            None => break,
        };
    }
    for bin in bins {
        let whole = height(bin.pairs);
        let (from, to) = (x(f64::from(bin.lower)), x(f64::from(bin.lower) + 1.0));
        let other = bin
            .pairs
            .saturating_sub(bin.linked)
            .saturating_sub(bin.review);
        markup.open("g", &[]);
        markup.element(
            "title",
            &[],
            format_args!(
                "{} … {} bit: {} ({} / {} / {})",
                Bits(f64::from(bin.lower)),
                Bits(f64::from(bin.lower) + 1.0),
                Count(bin.pairs),
                Count(other),
                Count(bin.review),
                Count(bin.linked),
            ),
        );
        let mut top = floor;
        for (count, class) in [
            (other, "fill-none"),
            (bin.review, "fill-review"),
            (bin.linked, "fill-link"),
        ] {
            if count > 0 {
                let part = whole * (count as f64 / bin.pairs.max(1) as f64).min(1.0);
                top -= part;
                rectangle(
                    markup,
                    from + 0.5,
                    top,
                    (to - from - 1.0).max(1.0),
                    part,
                    class,
                );
            }
        }
        markup.close("g");
    }
    floor_line(markup);
    let step = tick_step(last - first);
    let mut tick = (first / step).ceil() * step;
    while tick <= last {
        label(markup, x(tick), floor + 18.0, "middle", &Whole(tick));
        tick += step;
    }
    axis_title(markup, "匹配权重（比特）", "match weight (bits)");
    // The lower threshold's label goes to the left, the upper one's to the right: they may be close.
    let marks = [
        (thresholds.review, "end", -5.0, "审核", "review"),
        (thresholds.link, "start", 5.0, "关联", "link"),
    ];
    for (weight, anchor, shift, zh, en) in marks {
        if (first..=last).contains(&weight) {
            threshold_mark(markup, x(weight), weight, (anchor, shift), (zh, en));
        }
    }
    markup.raw("</svg></div>\n");
}

/// Writes precision, recall and F1 by threshold.
pub(super) fn accuracy(markup: &mut Markup, thresholds: &evaluation::Thresholds) {
    let points = &thresholds.points;
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return;
    };
    let first = finite(first.threshold);
    let last = finite(last.threshold).max(first + 1.0);
    let x = |weight: f64| LEFT + (finite(weight) - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    let floor = HEIGHT - BOTTOM;
    let y = |share: f64| floor - finite(share).clamp(0.0, 1.0) * (floor - TOP);

    open_plot(
        markup,
        "精确率、召回率与 F1 Precision, recall and F1 by threshold",
    );
    for fifth in 0..=5u8 {
        let share = f64::from(fifth) / 5.0;
        level(markup, y(share), &Px(share));
    }
    let step = tick_step(last - first);
    let mut tick = (first / step).ceil() * step;
    while tick <= last {
        label(markup, x(tick), floor + 18.0, "middle", &Whole(tick));
        tick += step;
    }
    type Curve = (&'static str, fn(&evaluation::Accuracy) -> f64);
    let curves: [Curve; 3] = [
        ("curve precision", |accuracy| accuracy.precision),
        ("curve recall", |accuracy| accuracy.recall),
        ("curve f1", |accuracy| accuracy.f1),
    ];
    for (class, value) in curves {
        let place = |point: &evaluation::ThresholdPoint| {
            format!(
                "{},{}",
                Px(x(point.threshold)),
                Px(y(value(&point.accuracy)))
            )
        };
        let line: Vec<String> = points.iter().map(place).collect();
        markup.leaf(
            "polyline",
            &[("class", &class), ("points", &line.join(" "))],
        );
    }
    for point in points {
        let height = floor - TOP;
        let width = (x(first + 1.0) - x(first)).max(1.0);
        let left = (x(point.threshold) - width / 2.0).max(LEFT);
        let attributes: [Attribute; 5] = [
            ("x", &Px(left)),
            ("y", &Px(TOP)),
            ("width", &Px(width.min(WIDTH - RIGHT - left))),
            ("height", &Px(height)),
            ("fill", &"transparent"),
        ];
        markup.open("rect", &attributes);
        let accuracy = &point.accuracy;
        markup.element(
            "title",
            &[],
            format_args!(
                "≥ {} bit: P {}, R {}, F1 {}",
                Bits(point.threshold),
                Percent(accuracy.precision),
                Percent(accuracy.recall),
                Percent(accuracy.f1)
            ),
        );
        markup.close("rect");
    }
    floor_line(markup);
    axis_title(markup, "阈值（比特）", "threshold (bits)");
    let marks = [
        (thresholds.review, "end", -5.0, "审核", "review"),
        (thresholds.link, "start", 5.0, "关联", "link"),
    ];
    for (weight, anchor, shift, zh, en) in marks {
        if let Some(weight) = weight.filter(|weight| (first..=last).contains(weight)) {
            threshold_mark(markup, x(weight), weight, (anchor, shift), (zh, en));
        }
    }
    markup.raw("</svg></div>\n");
}

/// Writes a curve a pass: the largest move of each iteration, on a logarithmic scale from 1 down
/// to a millionth.
pub(super) fn convergence(markup: &mut Markup, passes: &[(&str, &[f64])]) {
    const DECADES: f64 = 6.0;
    let longest = passes.iter().map(|(_, moves)| moves.len()).max();
    let Some(longest) = longest.filter(|&longest| longest > 0) else {
        return;
    };
    let floor = HEIGHT - BOTTOM;
    let steps = (longest - 1).max(1) as f64;
    let x = |iteration: usize| LEFT + iteration as f64 / steps * (WIDTH - LEFT - RIGHT);
    let y = |moved: f64| {
        let decades = -finite(moved).clamp(1e-6, 1.0).log10();
        TOP + decades / DECADES * (floor - TOP)
    };
    open_plot(markup, "收敛过程 Convergence");
    for power in 0..=DECADES as i32 {
        let moved = 10f64.powi(-power);
        level(markup, y(moved), &format_args!("1e-{power}"));
    }
    for (rule, moves) in passes {
        let points: Vec<String> = moves
            .iter()
            .enumerate()
            .map(|(iteration, &moved)| format!("{},{}", Px(x(iteration)), Px(y(moved))))
            .collect();
        markup.open("g", &[]);
        markup.element("title", &[], rule);
        markup.leaf(
            "polyline",
            &[("class", &"curve pass"), ("points", &points.join(" "))],
        );
        markup.close("g");
    }
    let end: [Attribute; 3] = [
        ("x", &Px(WIDTH - RIGHT)),
        ("y", &Px(floor + 30.0)),
        ("text-anchor", &"end"),
    ];
    let iterations = format!("{longest} 次迭代");
    markup.svg_both(&end, &iterations, &format!("{longest} iterations"));
    markup.raw("</svg></div>\n");
}

/// Writes the key to the colours: class, Chinese, English.
pub(super) fn legend(markup: &mut Markup, entries: &[(&'static str, &str, &str)]) {
    markup.raw("<ul class=\"legend\">");
    for &(class, zh, en) in entries {
        markup.raw("<li><svg viewBox=\"0 0 22 12\" aria-hidden=\"true\">");
        if class.starts_with("curve") {
            markup.leaf("polyline", &[("class", &class), ("points", &"0,6 22,6")]);
        } else {
            rectangle(markup, 0.0, 0.0, 22.0, 12.0, class);
        }
        markup.raw("</svg>");
        markup.both(zh, en);
        markup.raw("</li>");
    }
    markup.raw("</ul>\n");
}

/// A whole number with a minus sign as wide as a plus.
struct Whole(f64);

impl std::fmt::Display for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0.0 { "−" } else { "" };
        write!(f, "{sign}{}", self.0.abs())
    }
}

/// A step of 1, 2 or 5 times a power of ten that gives at most some fifteen ticks.
fn tick_step(range: f64) -> f64 {
    let mut step = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if range / step <= 15.0 {
            break;
        }
        step *= factor;
    }
    step
}

fn open_plot(markup: &mut Markup, name: &'static str) {
    markup.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"图 Chart\">");
    let view = format_args!("0 0 {} {}", Px(WIDTH), Px(HEIGHT)).to_string();
    markup.open(
        "svg",
        &[
            ("class", &"plot"),
            ("viewBox", &view),
            ("role", &"img"),
            ("aria-label", &name),
        ],
    );
}

fn rectangle(markup: &mut Markup, x: f64, y: f64, width: f64, height: f64, class: &str) {
    let attributes: [Attribute; 5] = [
        ("class", &class),
        ("x", &Px(x)),
        ("y", &Px(y)),
        ("width", &Px(width)),
        ("height", &Px(height)),
    ];
    markup.leaf("rect", &attributes);
}

fn upright(markup: &mut Markup, x: f64, from: f64, to: f64, class: &str) {
    let attributes: [Attribute; 5] = [
        ("class", &class),
        ("x1", &Px(x)),
        ("x2", &Px(x)),
        ("y1", &Px(from)),
        ("y2", &Px(to)),
    ];
    markup.leaf("line", &attributes);
}

fn label(markup: &mut Markup, x: f64, y: f64, anchor: &str, text: &dyn std::fmt::Display) {
    markup.element(
        "text",
        &[("x", &Px(x)), ("y", &Px(y)), ("text-anchor", &anchor)],
        text,
    );
}

fn level(markup: &mut Markup, y: f64, text: &dyn std::fmt::Display) {
    let attributes: [Attribute; 5] = [
        ("class", &"grid"),
        ("x1", &Px(LEFT)),
        ("x2", &Px(WIDTH - RIGHT)),
        ("y1", &Px(y)),
        ("y2", &Px(y)),
    ];
    markup.leaf("line", &attributes);
    label(markup, LEFT - 8.0, y + 4.0, "end", text);
}

fn floor_line(markup: &mut Markup) {
    let y = HEIGHT - BOTTOM;
    let attributes: [Attribute; 5] = [
        ("class", &"axis"),
        ("x1", &Px(LEFT)),
        ("x2", &Px(WIDTH - RIGHT)),
        ("y1", &Px(y)),
        ("y2", &Px(y)),
    ];
    markup.leaf("line", &attributes);
}

fn axis_title(markup: &mut Markup, zh: &str, en: &str) {
    let middle = Px((LEFT + WIDTH - RIGHT) / 2.0);
    markup.svg_both(
        &[
            ("x", &middle),
            ("y", &Px(HEIGHT - 6.0)),
            ("text-anchor", &"middle"),
        ],
        zh,
        en,
    );
}

fn threshold_mark(
    markup: &mut Markup,
    x: f64,
    weight: f64,
    (anchor, shift): (&str, f64),
    (zh, en): (&str, &str),
) {
    upright(markup, x, TOP - 16.0, HEIGHT - BOTTOM, "mark");
    let attributes: [Attribute; 4] = [
        ("class", &"mark"),
        ("x", &Px(x + shift)),
        ("y", &Px(TOP - 8.0)),
        ("text-anchor", &anchor),
    ];
    let place = |word: &str| format!("{word} ≥ {}", Bits(weight));
    markup.svg_both(&attributes, &place(zh), &place(en));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for (range, step) in [
            (5.0, 1.0),
            (15.0, 1.0),
            (16.0, 2.0),
            (60.0, 5.0),
            (140.0, 10.0),
            (4e9, 5e8),
        ] {
            assert_eq!(tick_step(range), step, "{range}");
        }
    }

    #[test]
    fn log_scale_ends_at_the_most() {
        assert_eq!(
            [log_share(0, 9), log_share(9, 9), log_share(20, 9)],
            [0.0, 1.0, 1.0]
        );
        assert!(log_share(1, 999) > 0.05);
    }

    #[test]
    fn histogram_stays_in_the_plot_whatever_the_edges() {
        let bin = |lower| WeightBin {
            lower,
            pairs: u64::MAX,
            linked: 3,
            review: u64::MAX,
        };
        let thresholds = Thresholds {
            link: f64::NAN,
            review: f64::INFINITY,
        };
        for edges in [&[i32::MIN, 0, i32::MAX][..], &[5], &[]] {
            let bins: Vec<WeightBin> = edges.iter().map(|&lower| bin(lower)).collect();
            let mut markup = Markup::default();
            histogram(&mut markup, &bins, &thresholds);
            assert_eq!(markup.as_str().is_empty(), edges.is_empty());
            assert!(!markup.as_str().contains("NaN") && !markup.as_str().contains("inf"));
        }
    }
}
