//! How records were matched: weights, sizes of entities, blocking, the model.

use super::chart::{self, Segment};
use super::markup::{Attribute, Bits, Count, Markup, Percent, Probability, finite};
use super::page::{Page, about, close_table, number_cell, open_table};
use crate::report::summary::{Comparison, Level, Model, Summary, match_weight};
use crate::report::words::name_of;

/// Writes the histogram of match weights.
pub(super) fn weights(page: &mut Page, summary: &Summary) {
    let bins = &summary.weights.bins;
    if bins.is_empty() {
        return;
    }
    page.section("weights", "匹配权重的分布", "Match weights", |markup| {
        about(
            markup,
            "每对被比较的记录有一个权重（含先验）：0 表示“同一人”与“不同的人”可能性相等，每多一比特，比数翻一倍。两峰分得越开，判定越可靠。纵轴为对数刻度，条内各色按比例分配高度。",
            "Every pair that was compared has a weight (prior included): at 0, one person and two are equally likely; each bit doubles the odds. The further apart the two hills, the surer the verdicts. The scale upwards is logarithmic; within a bar the colours share its height in proportion.",
        );
        chart::legend(
            markup,
            &[
                ("fill-none", "不同的人", "no link"),
                ("fill-review", "待人工审核", "review"),
                ("fill-link", "同一人", "link"),
            ],
        );
        chart::histogram(markup, bins, &summary.model.thresholds);
        markup.raw("<details><summary>");
        markup.both("查看数字", "Show the numbers");
        markup.raw("</summary>\n");
        let columns = [
            ("n", "权重从", "Weight from"),
            ("n", "到", "to"),
            ("n", "记录对", "Pairs"),
            ("n", "待审核", "Review"),
            ("n", "同一人", "Linked"),
        ];
        open_table(markup, "short", &columns);
        for bin in bins {
            markup.raw("<tr>");
            for edge in [f64::from(bin.lower), f64::from(bin.lower) + 1.0] {
                markup.element("td", &[("class", &"n")], Bits(edge));
            }
            for count in [bin.pairs, bin.review, bin.linked] {
                number_cell(markup, count);
            }
            markup.raw("</tr>\n");
        }
        close_table(markup);
        markup.raw("</details>\n");
    });
}

/// Writes the entities by number of records.
pub(super) fn cluster_sizes(page: &mut Page, summary: &Summary) {
    page.section("sizes", "一人有几条记录", "Records a person", |markup| {
        about(
            markup,
            "记录特别多的“人”值得抽查：可能是误并。条形按对数刻度。",
            "A person with very many records deserves a look: several people may have been joined. Bars are on a logarithmic scale.",
        );
        let most = summary.cluster_sizes.iter().map(|row| row.clusters).max().unwrap_or(0);
        open_table(markup, "short", &[("n", "记录数", "Records"), ("chart", "", ""), ("n", "人", "Persons")]);
        for row in &summary.cluster_sizes {
            markup.raw("<tr>");
            number_cell(markup, row.size);
            markup.raw("<td class=\"chart\">");
            chart::bar(markup, &[(0.0, chart::log_share(row.clusters, most), "fill-link")], &[]);
            markup.raw("</td>");
            number_cell(markup, row.clusters);
            markup.raw("</tr>\n");
        }
        close_table(markup);
    });
}

/// Writes what each blocking rule brought.
pub(super) fn blocking(page: &mut Page, summary: &Summary) {
    let blocking = &summary.blocking;
    page.section("blocking", "候选记录对从哪里来", "Blocking rules", |markup| {
        about(
            markup,
            "只有至少符合一条分块规则的记录对才会被比较。过大的块用更多条件细分；细分后仍放不下的记录对计入“舍去”，不会悄悄丢掉。条形按对数刻度。",
            "Only pairs that meet at least one blocking rule are compared. A block that is too large is split by further keys; pairs that then fit nowhere are counted as cut, never dropped in silence. Bars are on a logarithmic scale.",
        );
        let share = blocking.candidate_pairs as f64 / blocking.possible_pairs.max(1) as f64;
        let (candidates, possible) = (Count(blocking.candidate_pairs), Count(blocking.possible_pairs));
        markup.raw("<p>");
        markup.both(
            format_args!("共比较 {candidates} 对，占全部可能的 {possible} 对的 {}。", Share(share)),
            format_args!("{candidates} pairs were compared, {} of the {possible} possible.", Share(share)),
        );
        markup.raw("</p>\n");
        let columns = [
            ("", "规则", "Rule"),
            ("n", "键", "Keys"),
            ("n", "记录对", "Pairs"),
            ("n", "新增", "New"),
            ("chart", "", ""),
            ("n", "最大块", "Largest block"),
            ("n", "细分的块", "Blocks split"),
            ("n", "舍去的对", "Pairs cut"),
        ];
        open_table(markup, "sortable blocking", &columns);
        let most = blocking.rules.iter().map(|rule| rule.pairs).max().unwrap_or(0);
        for rule in &blocking.rules {
            markup.raw("<tr><th scope=\"row\">");
            markup.value(&rule.name);
            markup.raw("</th>");
            for count in [rule.keys, rule.pairs, rule.new_pairs] {
                number_cell(markup, count);
            }
            markup.raw("<td class=\"chart\">");
            let segments: [Segment; 2] = [
                (0.0, chart::log_share(rule.pairs, most), "fill-none"),
                (0.0, chart::log_share(rule.new_pairs, most), "fill-link"),
            ];
            chart::bar(markup, &segments, &[]);
            markup.raw("</td>");
            for count in [rule.largest_block, rule.refined_blocks, rule.cut_pairs] {
                number_cell(markup, count);
            }
            markup.raw("</tr>\n");
        }
        close_table(markup);
        chart::legend(
            markup,
            &[
                ("fill-none", "符合该规则的记录对", "pairs the rule brings"),
                ("fill-link", "其中此前的规则未带来的", "of these, pairs no earlier rule brought"),
            ],
        );
    });
}

/// A share that may be far below a thousandth.
struct Share(f64);

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match finite(self.0) {
            share if share >= 0.001 || share <= 0.0 => Percent(share).fmt(f),
            share => write!(f, "{}%", Probability(share * 100.0)),
        }
    }
}

/// Writes the m and u probabilities and the weights that follow.
pub(super) fn model(page: &mut Page, model: &Model) {
    if model.comparisons.is_empty() {
        return;
    }
    page.section("model", "模型：每种比较结果的权重", "The model: what each agreement weighs", |markup| {
        about(
            markup,
            "m 是同一人的两条记录出现该结果的概率，u 是两个陌生人出现该结果的概率；权重为 log2(m/u)。向右支持同一人，向左支持不同的人。“亲属”等其他假设另列一条：一家人本来就有许多相同之处。",
            "m is how often two records of one person are on that level, u how often two strangers' are; the weight is log2(m/u). To the right speaks for one person, to the left for two. Rival hypotheses such as relatives have a bar of their own: a family has much in common.",
        );
        prior(markup, model);
        legend(markup, model);
        let labels: Vec<_> = model.rivals.iter().map(|rival| name_of(&rival.name)).collect();
        let headings: Vec<(String, String)> =
            labels.iter().map(|label| (format!("u（{}）", label.zh), format!("u ({})", label.en))).collect();
        let mut columns = vec![
            ("", "比较结果", "Level"),
            ("chart", "", ""),
            ("n", "比特", "Bits"),
            ("n", "m", "m"),
            ("n", "u", "u"),
        ];
        columns.extend(headings.iter().map(|(zh, en)| ("n", zh.as_str(), en.as_str())));
        markup.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"表格 Table\"><table class=\"model\"><thead><tr>");
        for &(class, zh, en) in &columns {
            markup.open("th", &[("scope", &"col"), ("class", &class)]);
            match zh == en {
                true => markup.text(zh),
                false => markup.both(zh, en),
            }
            markup.close("th");
        }
        markup.raw("</tr></thead>\n");
        let weights = model.comparisons.iter().flat_map(|comparison| &comparison.levels);
        let widest = weights
            .flat_map(|level| bars(model, level))
            .fold(1.0, |most: f64, (weight, _)| most.max(weight.abs()));
        for comparison in &model.comparisons {
            group(markup, model, comparison, widest, columns.len());
        }
        markup.raw("</table></div>\n");
    });
}

fn prior(markup: &mut Markup, model: &Model) {
    let odds = 1.0 / finite(model.prior);
    markup.raw("<p>");
    if odds.is_finite() && odds >= 1.0 {
        let odds = Count(odds.round() as u64);
        markup.both(
            format_args!("先验：随意两条记录约每 {odds} 对有一对是同一人。"),
            format_args!("Prior: of any two records, about one pair in {odds} is one person."),
        );
    }
    let thresholds = &model.thresholds;
    let (review, link) = (Bits(thresholds.review), Bits(thresholds.link));
    markup.raw(" ");
    markup.both(
        format_args!("权重 {link} 起判为同一人，{review} 起待人工审核。"),
        format_args!("Linked from {link} bits, to review from {review}."),
    );
    markup.raw("</p>\n");
}

fn legend(markup: &mut Markup, model: &Model) {
    let names: Vec<_> = model
        .rivals
        .iter()
        .map(|rival| name_of(&rival.name))
        .collect();
    let rivals = |language: fn(&crate::report::Text) -> &str, between: &str| {
        names.iter().map(language).collect::<Vec<_>>().join(between)
    };
    let (zh, en) = (rivals(|name| &name.zh, "、"), rivals(|name| &name.en, ", "));
    let (zh, en) = (format!("相对于{zh}"), format!("against {en}"));
    let mut entries = vec![
        ("fill-link", "支持同一人", "for one person"),
        ("fill-against", "支持不同的人", "for two persons"),
    ];
    if !model.rivals.is_empty() {
        entries.push(("fill-rival", zh.as_str(), en.as_str()));
    }
    chart::legend(markup, &entries);
}

/// The bars of a level: against strangers, then against each rival of the model.
fn bars(model: &Model, level: &Level) -> Vec<(f64, &'static str)> {
    let weight = finite(level.weight);
    let mut bars = vec![(
        weight,
        if weight >= 0.0 {
            "fill-link"
        } else {
            "fill-against"
        },
    )];
    let known = model
        .rivals
        .iter()
        .filter_map(|rival| level.rivals.get(&rival.name));
    bars.extend(known.map(|&u| (match_weight(level.m, u), "fill-rival")));
    bars
}

fn group(markup: &mut Markup, model: &Model, comparison: &Comparison, widest: f64, columns: usize) {
    markup.raw("<tbody><tr>");
    markup.open(
        "th",
        &[
            ("scope", &"rowgroup"),
            ("class", &"group"),
            ("colspan", &columns),
        ],
    );
    let name = name_of(&comparison.name);
    markup.words(if comparison.label.is_empty() {
        &name
    } else {
        &comparison.label
    });
    markup.raw("</th></tr>\n");
    for level in &comparison.levels {
        markup.raw("<tr><td>");
        markup.words(&level.label);
        let title = format!(
            "log2({} / {}) = {}",
            Probability(level.m),
            Probability(level.u),
            Bits(level.weight)
        );
        markup.raw("</td>");
        markup.open("td", &[("class", &"chart"), ("title", &title)]);
        let place = |weight: f64| 0.5 + 0.49 * weight / widest;
        let segments: Vec<Segment> = bars(model, level)
            .into_iter()
            .map(|(weight, class)| (0.5, place(weight), class))
            .collect();
        chart::bar(markup, &segments, &[(0.5, "axis")]);
        markup.raw("</td>");
        let number: [Attribute; 1] = [("class", &"n")];
        markup.element("td", &number, Bits(level.weight));
        markup.element("td", &number, Probability(level.m));
        markup.element("td", &number, Probability(level.u));
        for rival in &model.rivals {
            match level.rivals.get(&rival.name) {
                Some(&u) => markup.element("td", &number, Probability(u)),
                None => markup.element("td", &number, "–"),
            }
        }
        markup.raw("</tr>\n");
    }
    markup.raw("</tbody>\n");
}
