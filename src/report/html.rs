//! Pages: one file each, no network, both languages.
//!
//! A page shows everything without its script: the language is switched by radio buttons and
//! CSS, charts are drawn here as SVG. The script only picks the reader's language, keeps `lang`
//! of the page right and sorts tables.

mod case;
mod chart;
mod diagram;
mod evaluation;
mod examples;
mod findings;
mod glossary;
mod markup;
mod matching;
mod overview;
mod page;
mod training;

use super::case::CasePage;
use super::diagram::Diagram;
use super::evaluation::Evaluation;
use super::summary::Summary;
use page::Page;
use yiren_matchers::training::Trained;

/// The page of a sweep (`report.html`). A function of the summary without its [`super::Run`].
///
/// Never fails: numbers that are none are shown as 0, and every value is escaped.
pub fn render(summary: &Summary) -> String {
    let mut page = Page::new(
        "社会救助身份核对报告",
        "Identity check across social-assistance records",
    );
    overview::subtitle(&mut page, summary);
    overview::figures(&mut page, summary);
    findings::findings(&mut page, summary);
    findings::counties(&mut page, summary);
    overview::sources(&mut page, summary);
    overview::overlap(&mut page, summary);
    examples::examples(&mut page, summary);
    matching::weights(&mut page, summary);
    matching::cluster_sizes(&mut page, summary);
    matching::blocking(&mut page, summary);
    matching::model(&mut page, &summary.model);
    overview::inputs(&mut page, summary);
    glossary::glossary(&mut page, glossary::Terms::Sweep);
    page.finish()
}

/// The page of an evaluation.
///
/// Never fails: numbers that are none are shown as 0.
pub fn render_evaluation(evaluation: &Evaluation) -> String {
    let mut page = Page::new("身份匹配准确度评估", "Accuracy of identity resolution");
    evaluation::figures(&mut page, evaluation);
    evaluation::thresholds(&mut page, evaluation);
    evaluation::calibration(&mut page, evaluation);
    evaluation::groups(&mut page, evaluation);
    evaluation::errors(&mut page, evaluation);
    evaluation::cluster_sizes(&mut page, evaluation);
    glossary::glossary(&mut page, glossary::Terms::Evaluation);
    page.finish()
}

/// The page of a training on so many records, m coming from so many labelled pairs if any.
///
/// Never fails: numbers that are none are shown as 0.
pub fn render_training(trained: &Trained, records: u64, labelled_pairs: u64) -> String {
    let mut page = Page::new("模型训练报告", "Training of a model");
    training::subtitle(&mut page, trained, records, labelled_pairs);
    training::passes(&mut page, trained);
    training::agreement(&mut page, trained);
    matching::model(&mut page, &training::model_of(trained, records));
    page.finish()
}

/// The page of things and what ties them: a picture and the same in tables. Shows values as they
/// are given.
///
/// Never fails: a line to a thing that is not there is left out.
pub fn render_diagram(diagram: &Diagram) -> String {
    let mut page = Page::new("关系网络", "Who shares what");
    diagram::subtitle(&mut page, diagram);
    diagram::picture(&mut page, diagram);
    diagram::tables(&mut page, diagram);
    page.finish()
}

/// The page of a case. Shows values as they are given.
///
/// Never fails: numbers that are none are shown as 0.
pub fn render_case(case: &CasePage) -> String {
    let mut page = Page::new("核查案卷", "Case file");
    case::subtitle(&mut page, case);
    case::findings(&mut page, case);
    case::persons(&mut page, case);
    case::reasons(&mut page, case);
    case::audit(&mut page, case);
    page.finish()
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test that cannot go on has failed")]
mod tests;
