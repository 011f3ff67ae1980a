//! The model's part of a summary.

use yiren_matchers::model as fs;

use super::{Comparison, Level, Model, Rival, Thresholds, match_weight};
use crate::report::words::Text;

impl Model {
    /// What the pages show of a model that is used on so many records.
    pub fn of(model: &fs::Model, records: u64) -> Model {
        let parts = model.parts();
        let pairs_per_record = (records.max(2) - 1) as f64 / 2.0;
        let rival = |rival: &fs::Rival| Rival {
            name: rival.name.clone(),
            prior: (rival.pairs_per_record / pairs_per_record).min(1.0),
        };
        Model {
            name: parts.name.clone(),
            version: parts.version.clone(),
            prior: model.prior().exp2(),
            rivals: parts.rivals.iter().skip(1).map(rival).collect(),
            thresholds: Thresholds {
                link: parts.thresholds.link.0,
                review: parts.thresholds.review.0,
            },
            comparisons: comparisons(parts),
        }
    }
}

fn comparisons(parts: &fs::ModelParts) -> Vec<Comparison> {
    let all = parts.comparisons.iter().zip(&parts.parameters);
    all.map(|(comparison, parameters)| {
        let levels = comparison
            .levels
            .iter()
            .zip(parameters)
            .map(|(level, parameters)| {
                let rivals = parts.rivals.iter().zip(&parameters.against).skip(1);
                let u = parameters.against[0];
                Level {
                    label: Text::new(&*level.label_zh, &*level.label),
                    m: parameters.m,
                    u,
                    rivals: rivals.map(|(rival, &p)| (rival.name.clone(), p)).collect(),
                    weight: match_weight(parameters.m, u),
                }
            });
        Comparison {
            name: comparison.name.clone(),
            label: Text::default(),
            levels: levels.collect(),
        }
    })
    .collect()
}
