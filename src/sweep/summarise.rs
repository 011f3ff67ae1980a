//! Counting what a sweep found.

use std::collections::BTreeMap;

use super::{Results, SweepOptions};
use crate::gathering::Grouped;
use crate::policy::{Finding, SourceRole};
use crate::report::summary::{
    self, BlockingRule, FindingCount, FindingsByDivision, Input, OverlapMatrix, RejectCount, Role,
    SourceCount, Summary, Totals,
};
use crate::report::words::Text;
use crate::standardise::division_name;

/// Counties listed one by one.
const COUNTIES: usize = 50;

/// The summary of a sweep, all but what the run cost.
pub(super) fn summarise(options: &SweepOptions, results: &Results) -> Summary {
    let members = results.matched.entities.grouped();
    Summary {
        format: summary::FORMAT,
        yiren_version: env!("CARGO_PKG_VERSION").to_string(),
        as_of: options.as_of.to_string(),
        model: summary::Model::of(
            results.matched.scorer.model(),
            results.matched.loaded.table.len() as u64,
        ),
        policy_version: options.policy.version().to_string(),
        inputs: inputs(options, results),
        totals: totals(results, &members),
        sources: sources(options, results, &members),
        overlap: overlap(options, results, &members),
        findings: findings(options, results),
        findings_by_division: by_division(results),
        rejects: rejects(results),
        weights: results.weights.clone(),
        cluster_sizes: summary::cluster_sizes(members.iter().map(|members| members.len() as u64)),
        blocking: blocking(results),
        examples: results.examples.clone(),
        run: summary::Run::default(),
    }
}

fn role(options: &SweepOptions, source: &str) -> Role {
    match options.policy.role_of(source) {
        SourceRole::Register(_) => Role::Register,
        SourceRole::Programme | SourceRole::Unknown => Role::Programme,
    }
}

fn inputs(options: &SweepOptions, results: &Results) -> Vec<Input> {
    let files = results
        .matched
        .loaded
        .inputs
        .files
        .iter()
        .zip(&results.matched.loaded.files);
    let mut inputs: Vec<Input> = files
        .map(|(file, read)| Input {
            file: file
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            source: file.source.to_string(),
            role: role(options, &file.source),
            rows: read.rows + read.rejected,
            rejected: read.rejected,
            bytes: file.bytes,
        })
        .collect();
    inputs.sort_by(|a, b| (&a.source, &a.file, a.bytes).cmp(&(&b.source, &b.file, b.bytes)));
    inputs
}

fn totals(results: &Results, members: &Grouped) -> Totals {
    let within = |size: usize| (size * (size - 1) / 2) as u64;
    Totals {
        records: results.matched.loaded.table.len() as u64,
        rejected: results.matched.loaded.rejects.len() as u64,
        entities: members.iter().len() as u64,
        entities_with_several_records: members.iter().filter(|members| members.len() > 1).count()
            as u64,
        links: members.iter().map(|members| within(members.len())).sum(),
        review_pairs: results.review.len() as u64,
        findings: results.findings.rows.len() as u64,
    }
}

fn sources(options: &SweepOptions, results: &Results, members: &Grouped) -> Vec<SourceCount> {
    let table = &results.matched.loaded.table;
    let mut counts: Vec<SourceCount> = table
        .sources
        .iter()
        .map(|source| SourceCount {
            source: source.clone(),
            label: options
                .policy
                .source(source)
                .map_or_else(Text::default, |known| {
                    Text::new(&*known.title.zh, &*known.title.en)
                }),
            role: role(options, source),
            ..SourceCount::default()
        })
        .collect();
    let mut here: BTreeMap<u16, u64> = BTreeMap::new();
    for members in members.iter() {
        here.clear();
        for &record in members {
            *here
                .entry(table.enrolments[record as usize].source)
                .or_default() += 1;
        }
        for (&source, &records) in &here {
            let count = &mut counts[usize::from(source)];
            count.records += records;
            count.persons += 1;
            count.persons_repeated += u64::from(records > 1);
            count.persons_elsewhere += u64::from(here.len() > 1);
        }
    }
    counts
}

fn overlap(options: &SweepOptions, results: &Results, members: &Grouped) -> OverlapMatrix {
    let table = &results.matched.loaded.table;
    let programme = |source: &&String| role(options, source) == Role::Programme;
    let names: Vec<String> = table.sources.iter().filter(programme).cloned().collect();
    let place: Vec<Option<usize>> = table
        .sources
        .iter()
        .map(|source| names.iter().position(|name| name == source))
        .collect();
    let entities = members.iter().map(|members| {
        let sources = members
            .iter()
            .map(|&record| usize::from(table.enrolments[record as usize].source));
        sources
            .filter_map(|source| place[source])
            .collect::<Vec<_>>()
    });
    OverlapMatrix::from_entities(names, entities)
}

fn findings(options: &SweepOptions, results: &Results) -> Vec<FindingCount> {
    let mut by_rule: BTreeMap<u16, Vec<&Finding>> = BTreeMap::new();
    for finding in &results.findings.rows {
        by_rule.entry(finding.rule).or_default().push(finding);
    }
    let mut counts = Vec::new();
    for (rule, found) in by_rule {
        let (Some(first), Some(rule)) =
            (found.first(), options.policy.rules().get(usize::from(rule)))
        else {
            continue;
        };
        let mut persons: Vec<u32> = found.iter().map(|finding| finding.entity).collect();
        persons.sort_unstable();
        persons.dedup();
        counts.push(FindingCount {
            kind: first.kind.name().to_string(),
            rule: rule.id.clone(),
            label: Text::new(&*rule.title.zh, &*rule.title.en),
            basis: Text::new(&*rule.basis.text.zh, &*rule.basis.text.en),
            severity: first.severity.name().to_string(),
            count: found.len() as u64,
            persons: persons.len() as u64,
            months: found.iter().map(|finding| u64::from(finding.months)).sum(),
            amount_fen: found.iter().map(|finding| finding.amount).sum(),
        });
    }
    counts
}

fn by_division(results: &Results) -> FindingsByDivision {
    let rows = &results.findings.rows;
    let mut kinds: Vec<_> = rows.iter().map(|finding| finding.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let counted = rows.iter().map(|finding| {
        let kind = kinds.binary_search(&finding.kind).unwrap_or(usize::MAX);
        (
            kind,
            results.matched.loaded.table.enrolments[finding.record_a as usize].division,
        )
    });
    let names = kinds.iter().map(|kind| kind.name().to_string()).collect();
    FindingsByDivision::from_counts(names, counted, COUNTIES, division_name)
}

fn rejects(results: &Results) -> Vec<RejectCount> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for reject in &results.matched.loaded.rejects {
        *counts.entry(reject.reason.code()).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(reason, rows)| RejectCount {
            reason: reason.to_string(),
            rows,
        })
        .collect()
}

fn blocking(results: &Results) -> summary::Blocking {
    let records = results.matched.loaded.table.len() as u64;
    let rules = results
        .matched
        .candidates
        .counts()
        .iter()
        .zip(&results.matched.scored.new_pairs);
    summary::Blocking {
        rules: rules
            .map(|(rule, &new_pairs)| BlockingRule {
                name: rule.name.clone(),
                keys: rule.keys,
                pairs: rule.pairs,
                new_pairs,
                largest_block: rule.largest_block,
                refined_blocks: rule.refined_blocks,
                cut_pairs: rule.cut_pairs,
            })
            .collect(),
        possible_pairs: records * records.saturating_sub(1) / 2,
        candidate_pairs: results.matched.scored.candidates,
    }
}
