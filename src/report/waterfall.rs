//! Two records with their reasons, masked, as the pages show them.

use yiren_matchers::comparison::MISSING;

use super::mask::mask_pair;
use super::summary::{Example, ExampleField, ExampleStep, RecordName, Verdict};
use super::words::Text;
use crate::scoring::Scorer;
use crate::standardise::display;
use crate::table::Table;

/// The reasons for the weight of two records, which have names, with what is known of both, masked.
pub fn waterfall(
    table: &Table,
    scorer: &Scorer,
    (a, b): (u32, u32),
    names: [RecordName; 2],
    verdict: Verdict,
    title: Text,
) -> Example {
    let parts = scorer.model().parts();
    let why = scorer.explain(table, a, b);
    let [left, right] = names;
    let both = |place: usize| {
        let field = &parts.fields[place];
        let text = |record: u32| {
            display(
                table.record(record).get(place),
                field.kind,
                &table.dictionaries,
            )
        };
        mask_pair(&field.column, &text(a), &text(b))
    };
    let steps = why
        .steps
        .iter()
        .filter(|step| step.level != MISSING)
        .map(|step| {
            let comparison = &parts.comparisons[step.comparison];
            let level = &comparison.levels[usize::from(step.level) - 1];
            let (left, right) = comparison
                .fields
                .first()
                .map_or_else(Default::default, |&place| both(place));
            ExampleStep {
                comparison: comparison.name.clone(),
                level: Text::new(&*level.label_zh, &*level.label),
                left,
                right,
                weight: step.weight + step.frequency,
            }
        });
    let mut steps: Vec<ExampleStep> = steps.collect();
    if why.other_rivals < -0.005 {
        steps.push(ExampleStep {
            comparison: "other_rivals".to_string(),
            level: Text::new("其他可能", "the other possibilities"),
            weight: why.other_rivals,
            ..ExampleStep::default()
        });
    }
    let shown: Vec<usize> = parts
        .comparisons
        .iter()
        .filter_map(|known| known.fields.first().copied())
        .collect();
    let fields = (0..parts.fields.len())
        .filter(|place| !shown.contains(place))
        .map(|place| {
            let (left, right) = both(place);
            ExampleField {
                column: parts.fields[place].column.clone(),
                left,
                right,
            }
        });
    Example {
        title,
        left,
        right,
        fields: fields
            .filter(|field| !(field.left.is_empty() && field.right.is_empty()))
            .collect(),
        verdict,
        against: parts.rivals[why.rival].name.clone(),
        prior_weight: why.prior,
        steps,
        weight: why.weight.0,
        probability: why.weight.probability().0,
    }
}
