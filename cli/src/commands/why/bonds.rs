//! What is between records, in words and bars.

use yiren::query::Bond;

use crate::language::Language;
use crate::lines::{Cell, bar, cell, figure, room, row};

/// Columns of a bar on either side of its middle.
const SHORT_BAR: usize = 5;

/// Writes what is between records, one line a pair; of the weakest it says so.
pub fn bonds<'a>(
    text: &mut String,
    bonds: impl Iterator<Item = &'a Bond>,
    weakest: Option<&Bond>,
    language: Language,
) {
    let bonds: Vec<&Bond> = bonds.collect();
    let most = bonds.iter().map(|bond| bond.weight.abs().min(60.0));
    let most = most.fold(0.0, f64::max);
    for bond in bonds {
        let mut notes = Vec::new();
        notes.extend(match bond.said {
            Some("must_link") => Some(language.pick("人工判定同一人", "a person said: one")),
            Some(_) => Some(language.pick("人工判定两人", "a person said: two")),
            None => None,
        });
        if weakest.is_some_and(|weakest| weakest.records == bond.records) {
            notes.push(language.pick("最弱的一环", "the weakest link"));
        }
        if !bond.kept && bond.verdict != "non-link" {
            notes.push(language.pick("未由分块规则放到一起", "no blocking rule brings it"));
        }
        let number = figure(&format!("{:+.1}", bond.weight), 6);
        let bars = bar(bond.weight, most, SHORT_BAR);
        let pair = bond.records.join(" — ");
        let verdict = match bond.verdict {
            "link" => language.pick("认定", "link"),
            "review" => language.pick("人工", "review"),
            _ => language.pick("不足", "weak"),
        };
        row(
            text,
            2,
            &[
                Cell::exact(&number),
                Cell::exact(&bars),
                cell(verdict, 6),
                cell(&pair, 50),
                cell(
                    &notes.join("; "),
                    room().saturating_sub(2 + 6 + 2 * SHORT_BAR + 1 + 6 + 50 + 8),
                ),
            ],
        );
    }
}
