//! The page of a training.

use yiren_matchers::model::Model;
use yiren_matchers::training::{PassReport, Trained};

use super::chart;
use super::markup::{Attribute, Count, Markup, Probability};
use super::page::{Page, about, close_table, number_cell, open_table};
use crate::report::words::{Text, name_of};

/// A difference between passes in one m beyond this is worth a look.
const FAR_APART: f64 = 0.1;

/// Writes how each pass went.
pub(super) fn passes(page: &mut Page, trained: &Trained) {
    page.section("passes", "逐轮估计", "Passes of EM", |markup| {
        about(
            markup,
            "每条分块规则各做一轮期望最大化（EM），规则自己决定的比较不参与该轮。图中为每次迭代概率的最大变动（对数刻度）：曲线应一路下降；停在高处说明没有收敛。",
            "Expectation–maximisation runs once for each blocking rule, without the comparisons that the rule itself decides. The chart shows the largest move of a probability at each iteration, on a logarithmic scale: curves should fall all the way; one that stays high has not converged.",
        );
        let moves: Vec<(&str, &[f64])> = trained
            .passes
            .iter()
            .map(|pass| (pass.rule.as_str(), pass.moves.as_slice()))
            .collect();
        chart::convergence(markup, &moves);
        let columns = [
            ("", "规则", "Rule"),
            ("n", "记录对", "Pairs"),
            ("n", "预计同一人", "Expected matches"),
            ("n", "迭代次数", "Iterations"),
            ("", "收敛", "Converged"),
        ];
        open_table(markup, "sortable", &columns);
        for pass in &trained.passes {
            markup.raw("<tr><th scope=\"row\">");
            markup.value(&pass.rule);
            markup.raw("</th>");
            number_cell(markup, pass.pairs);
            number_cell(markup, pass.matches.round() as u64);
            number_cell(markup, pass.moves.len() as u64);
            match pass.converged {
                true => markup.labelled("td", &[], "是", "yes"),
                false => markup.labelled("td", &[("class", &"differs")], "否", "no"),
            }
            markup.raw("</tr>\n");
        }
        close_table(markup);
    });
}

/// Writes what each pass estimated for m, beside what was taken.
pub(super) fn agreement(page: &mut Page, trained: &Trained) {
    page.section("agreement", "各轮是否一致", "Do the passes agree?", |markup| {
        about(
            markup,
            "条形为最后采用的 m，虚线为各轮各自的估计。虚线分散的比较，各轮看到的记录对不同，或者几项比较互相依赖：先弄清原因，再用这个模型。",
            "The bar is the m that was taken, the dashed lines are the passes' own. Where they lie far apart, the rules bring pairs of different kinds, or comparisons depend on each other: find out which before you use the model.",
        );
        let columns = [
            ("", "比较结果", "Level"),
            ("chart", "", ""),
            ("n", "m", "m"),
            ("n", "最低", "Lowest"),
            ("n", "最高", "Highest"),
        ];
        open_table(markup, "model", &columns);
        for place in 0..trained.parts.comparisons.len() {
            comparison(markup, trained, place);
        }
        close_table(markup);
    });
}

fn comparison(markup: &mut Markup, trained: &Trained, place: usize) {
    let comparison = &trained.parts.comparisons[place];
    markup.raw("<tr>");
    let heading: [Attribute; 3] = [
        ("scope", &"rowgroup"),
        ("class", &"group"),
        ("colspan", &"5"),
    ];
    markup.open("th", &heading);
    markup.words(&name_of(&comparison.name));
    if trained.disagreement[place] > FAR_APART {
        markup.raw(" <span class=\"differs\">");
        markup.both("（各轮不一致）", "(the passes disagree)");
        markup.raw("</span>");
    }
    markup.raw("</th></tr>\n");
    let levels = comparison
        .levels
        .iter()
        .zip(&trained.parts.parameters[place]);
    for (number, (level, parameters)) in levels.enumerate() {
        let own = |pass: &PassReport| Some(*pass.m[place].as_ref()?.get(number)?);
        let found: Vec<f64> = trained.passes.iter().filter_map(own).collect();
        markup.raw("<tr><td>");
        markup.words(&Text::new(&*level.label_zh, &*level.label));
        markup.raw("</td><td class=\"chart\">");
        let marks: Vec<(f64, &'static str)> = found.iter().map(|&m| (m, "mark")).collect();
        chart::bar(markup, &[(0.0, parameters.m, "fill-link")], &marks);
        markup.raw("</td>");
        let number: [Attribute; 1] = [("class", &"n")];
        markup.element("td", &number, Probability(parameters.m));
        for end in [
            found.iter().copied().reduce(f64::min),
            found.iter().copied().reduce(f64::max),
        ] {
            match end {
                Some(m) => markup.element("td", &number, Probability(m)),
                None => markup.element("td", &number, "–"),
            }
        }
        markup.raw("</tr>\n");
    }
}

/// Writes what the model was trained on.
pub(super) fn subtitle(page: &mut Page, trained: &Trained, records: u64, labelled_pairs: u64) {
    let parts = &trained.parts;
    let name = format!("{} {}", parts.name, parts.version);
    page.subtitle.both(
        format_args!("模型 {name} · {} 条记录", Count(records)),
        format_args!("Model {name} · {} records", Count(records)),
    );
    if labelled_pairs > 0 {
        page.subtitle.both(
            format_args!(" · m 取自 {} 对已标注的记录", Count(labelled_pairs)),
            format_args!(" · m from {} labelled pairs", Count(labelled_pairs)),
        );
    }
}

/// The model with the prior of the records it was trained on, for the chart of its weights.
pub(super) fn model_of(trained: &Trained, records: u64) -> crate::report::summary::Model {
    let model = Model::new(trained.parts.clone(), records);
    crate::report::summary::Model::of(&model, records)
}
