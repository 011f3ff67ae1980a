//! Pairs explained step by step.

use super::chart::{self, Segment};
use super::markup::{Bits, Markup, Probability, finite};
use super::overview::source_label;
use super::page::{Page, about};
use crate::report::mask::{HIDDEN, HIDDEN_DIFFERENT};
use crate::report::summary::{Example, ExampleField, ExampleStep, Summary, Thresholds, Verdict};
use crate::report::words::{Text, name_of};

/// Writes the worked examples as waterfalls.
pub(super) fn examples(page: &mut Page, summary: &Summary) {
    if summary.examples.is_empty() {
        return;
    }
    page.section("examples", "判定举例", "Worked examples", |markup| {
        about(
            markup,
            "每个例子从“随意两条记录是同一人”的可能性（先验）出发，逐项加上各项比较的权重：向右（蓝）支持同一人，向左（橙红）支持不同的人。每多一比特，可能性的比数翻一倍。越过两条虚线，分别为待人工审核和判为同一人。个人信息已遮蔽：* 为遮蔽的字符，≠ 为遮蔽且两边不同的字符。",
            "Each example starts from how likely any two records are one person (the prior) and adds the weight of every comparison: to the right (blue) for one person, to the left (vermilion) for two. Each bit doubles the odds. Past the dashed lines a pair goes to review, and past the second it is linked. Personal values are masked: * is a hidden character, ≠ a hidden one that differs between the two.",
        );
        for example in &summary.examples {
            write(markup, summary, example, &Text::default());
        }
    });
}

/// Writes one example, with a note below its heading if there is one.
pub(super) fn write(markup: &mut Markup, summary: &Summary, example: &Example, note: &Text) {
    let (class, verdict) = match example.verdict {
        Verdict::Link => ("example link", "link"),
        Verdict::Review => ("example review", "review"),
        Verdict::NonLink => ("example", "non_link"),
    };
    markup.open("article", &[("class", &class)]);
    markup.raw("<span class=\"verdict\">");
    markup.words(&name_of(verdict));
    markup.raw("</span><h3>");
    if !example.title.is_empty() {
        markup.words(&example.title);
    } else {
        markup.both("两条记录", "Two records");
    }
    markup.raw("</h3>\n<p class=\"small\">");
    for (record, letter) in [(&example.left, "A "), (&example.right, " · B ")] {
        markup.text(letter);
        markup.words(&source_label(summary, &record.source));
        markup.raw(" ");
        markup.value(&record.record_id);
    }
    markup.raw(" — ");
    markup.both("是同一人的概率 ", "probability of one person ");
    markup.text(Probability(example.probability));
    if !example.against.is_empty() {
        let rival = name_of(&example.against);
        markup.both(
            format_args!("，相对于“{}”的假设", rival.zh),
            format_args!(", against the hypothesis “{}”", rival.en),
        );
    }
    markup.raw("</p>\n");
    if !note.is_empty() {
        markup.raw("<p>");
        markup.words(note);
        markup.raw("</p>\n");
    }
    table(markup, summary, example);
    markup.raw("</article>\n");
}

fn table(markup: &mut Markup, summary: &Summary, example: &Example) {
    let scale = Scale::of(example, &summary.model.thresholds);
    markup.raw("<table><thead><tr>");
    let columns = [
        ("what", "比较", "Comparison"),
        ("value", "A", "A"),
        ("value", "B", "B"),
        ("chart", "", ""),
        ("n weight", "比特", "Bits"),
    ];
    for (class, zh, en) in columns {
        markup.open("th", &[("scope", &"col"), ("class", &class)]);
        markup.words(&Text::new(zh, en));
        markup.close("th");
    }
    markup.raw("</tr></thead><tbody>\n");
    let prior = finite(example.prior_weight);
    row(markup, &scale, (0.0, prior), prior, |markup| {
        heading(markup, "先验", "Prior")
    });
    let mut sum = prior;
    for step in &example.steps {
        let next = sum + finite(step.weight);
        row(markup, &scale, (sum, next), step.weight, |markup| {
            compared(markup, summary, step)
        });
        sum = next;
    }
    markup.raw("</tbody><tbody class=\"total\">");
    row(
        markup,
        &scale,
        (0.0, finite(example.weight)),
        example.weight,
        |markup| {
            heading(markup, "合计", "Sum");
        },
    );
    markup.raw("</tbody><tbody class=\"beside\">\n");
    for field in &example.fields {
        beside(markup, field);
    }
    markup.raw("</tbody></table>\n");
}

/// A row of what is known of the two records and not compared by itself.
fn beside(markup: &mut Markup, field: &ExampleField) {
    markup.raw("<tr><th scope=\"row\" class=\"what\">");
    markup.words(&name_of(&field.column));
    markup.raw("</th>");
    for value in [&field.left, &field.right] {
        markup.raw("<td class=\"value\">");
        match field.column.as_str() {
            "status" => markup.words(&name_of(value)),
            _ => masked(markup, value),
        }
        markup.raw("</td>");
    }
    markup.raw("<td class=\"blank\" colspan=\"2\"></td></tr>\n");
}

fn heading(markup: &mut Markup, zh: &str, en: &str) {
    markup.labelled("th", &[("scope", &"row"), ("class", &"what")], zh, en);
    markup.raw("<td class=\"value\"></td><td class=\"value\"></td>");
}

fn compared(markup: &mut Markup, summary: &Summary, step: &ExampleStep) {
    markup.raw("<th scope=\"row\" class=\"what\">");
    let known = summary
        .model
        .comparisons
        .iter()
        .find(|one| one.name == step.comparison);
    match known
        .map(|one| &one.label)
        .filter(|label| !label.is_empty())
    {
        Some(label) => markup.words(label),
        None => markup.words(&name_of(&step.comparison)),
    }
    markup.raw("<span class=\"sub\">");
    markup.words(&step.level);
    markup.raw("</span></th>");
    for value in [&step.left, &step.right] {
        markup.raw("<td class=\"value\">");
        masked(markup, value);
        markup.raw("</td>");
    }
}

fn row(
    markup: &mut Markup,
    scale: &Scale,
    (from, to): (f64, f64),
    weight: f64,
    cells: impl FnOnce(&mut Markup),
) {
    markup.raw("<tr>");
    cells(markup);
    markup.raw("<td class=\"chart\">");
    let class = if to >= from {
        "fill-link"
    } else {
        "fill-against"
    };
    let segment: Segment = (scale.place(from), scale.place(to), class);
    // The lines fill the cell, so that they go on from row to row; the bar keeps its height.
    chart::bar(markup, &[], &scale.marks);
    chart::bar(markup, &[segment], &[]);
    markup.raw("</td><td class=\"n weight\">");
    markup.text(Bits(weight));
    markup.raw("</td></tr>\n");
}

/// Writes a masked value, so that what is hidden steps back and what differs stands out.
fn masked(markup: &mut Markup, value: &str) {
    let class = |c: char| match c {
        HIDDEN => "hidden",
        HIDDEN_DIFFERENT => "differs",
        _ => "",
    };
    markup.raw("<bdi>");
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        let end = rest
            .find(|c| class(c) != class(first))
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        match class(first) {
            "" => markup.text(run),
            class => markup.element("span", &[("class", &class)], run),
        }
        rest = after;
    }
    markup.raw("</bdi>");
}

/// From bits to a place in the chart column, the same in every row of an example.
struct Scale {
    lowest: f64,
    highest: f64,
    marks: Vec<(f64, &'static str)>,
}

impl Scale {
    fn of(example: &Example, thresholds: &Thresholds) -> Self {
        let mut sum = finite(example.prior_weight);
        let mut reached = vec![0.0, sum, finite(example.weight)];
        for step in &example.steps {
            sum += finite(step.weight);
            reached.push(sum);
        }
        let lines = [
            (0.0, "axis"),
            (finite(thresholds.review), "mark"),
            (finite(thresholds.link), "mark"),
        ];
        reached.extend(lines.iter().map(|(weight, _)| weight));
        let lowest = reached.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = reached.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut scale = Scale {
            lowest,
            highest,
            marks: Vec::new(),
        };
        scale.marks = lines
            .map(|(weight, class)| (scale.place(weight), class))
            .to_vec();
        scale
    }

    fn place(&self, weight: f64) -> f64 {
        let range = self.highest - self.lowest;
        // A little room at both ends, so that lines at the edge are seen.
        if range > 0.0 {
            0.01 + 0.98 * (weight - self.lowest) / range
        } else {
            0.5
        }
    }
}
