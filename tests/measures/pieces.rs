//! Candidate pairs against their definition, word for word, over small random tables.

use std::collections::BTreeMap;

use proptest::prelude::*;
use yiren::id::record_hash;
use yiren::index::{CandidatePart, Candidates};
use yiren::record::Enrolment;
use yiren::schema::parse_model;
use yiren::table::Table;
use yiren_matchers::blocking::{BlockingRule, RefineKey};
use yiren_matchers::model::ModelParts;
use yiren_matchers::record::Value;
use yiren_matchers::rows::Rows;

/// Two telephones are two keys of one rule; the rest refines them.
const MODEL: &str = r#"
format = 1
name = "pieces"
version = "1"
[population]
matches_per_record = 0.4
reference_records = 1000
[thresholds]
report = -12.0
review = -4.0
link = 2.0
[[field]]
name = "phone"
kind = "phone"
[[field]]
name = "other_phone"
kind = "phone"
[[field]]
name = "home"
kind = "account"
[[field]]
name = "street"
kind = "account"
[[comparison]]
name = "phone"
fields = ["phone"]
levels = [
  { name = "exact", label = "same", label_zh = "同", when = "exact", m = 0.9, u = 0.1 },
  { name = "else", label = "other", label_zh = "异", when = "else", m = 0.1, u = 0.9 },
]
[[blocking]]
name = "phones"
key = ["phone|other_phone.value"]
refine = ["home.value", "street.value"]
[[blocking]]
name = "home"
key = ["home.value"]
refine = ["phone|other_phone.value"]
"#;

/// Values of the four fields, 0 where missing, and the source.
type Record = ([u64; 4], u16);

fn table(records: &[Record], model: &ModelParts) -> Table {
    let mut records = records.to_vec();
    records.sort_by_key(|(_, source)| *source);
    let mut table = Table {
        rows: Rows::new(&model.fields),
        sources: vec!["dibao".into(), "medical".into()],
        ..Table::default()
    };
    for (place, (values, source)) in records.iter().enumerate() {
        table.rows.push(&values.map(Value::from_number));
        table.ids.push(&format!("R{place:03}"));
        table.enrolments.push(Enrolment {
            source: *source,
            ..Enrolment::default()
        });
    }
    table
}

/// The definition: under a shared key, in one piece and within its reach.
struct Definition<'a> {
    table: &'a Table,
    model: &'a ModelParts,
    rule: &'a BlockingRule,
}

impl Definition<'_> {
    fn keys(&self, record: u32) -> Vec<u64> {
        let mut keys = Vec::new();
        let table = self.table;
        let (values, fields) = (table.record(record), &self.model.fields);
        self.rule
            .keys(values, &table.dictionaries, fields, &mut keys);
        keys
    }

    fn path(&self, record: u32) -> Vec<RefineKey> {
        let mut path = Vec::new();
        let table = self.table;
        let (values, fields) = (table.record(record), &self.model.fields);
        self.rule
            .path(values, &table.dictionaries, fields, &mut path);
        path
    }

    fn is_pair_under(&self, a: u32, b: u32, key: u64) -> bool {
        let with_key = (0..self.table.len() as u32).filter(|&one| self.keys(one).contains(&key));
        let mut members: Vec<u32> = with_key.collect();
        for part in 0..self.rule.refine.len() {
            if members.len() <= self.rule.cap(self.model.block_cap) {
                return true;
            }
            if self.path(a)[part] != self.path(b)[part] {
                return false;
            }
            members.retain(|&one| self.path(one)[part] == self.path(a)[part]);
        }
        if members.len() <= self.rule.cap(self.model.block_cap) {
            return true;
        }
        members.sort_by_key(|&one| {
            let hash = record_hash(self.table.source(one), self.table.record_id(one));
            (hash, one)
        });
        let place = |record| members.iter().position(|&one| one == record).unwrap();
        place(a).abs_diff(place(b)) <= (self.rule.cap(self.model.block_cap) / 2).max(1)
    }
}

fn record() -> impl Strategy<Value = Record> {
    (
        [0..3u64, 0..3u64, 0..4u64, 0..3u64].prop_map(|values| values.map(|value| value * 7)),
        0..2u16,
    )
}

proptest! {
    #[test]
    fn candidates_are_those_of_the_definition(
        records in proptest::collection::vec(record(), 0..40),
        cap in 1..9usize,
        parts in 0..3usize,
        unique_sources: bool,
    ) {
        let mut model = parse_model(MODEL, "pieces").unwrap();
        model.block_cap = cap;
        model.unique_sources = unique_sources;
        model.blocking.iter_mut().for_each(|rule| rule.refine.truncate(parts));
        let table = table(&records, &model);
        let candidates = Candidates::find(&table, &model, None).unwrap();
        let mut found = vec![Vec::new(); model.blocking.len()];
        let mut part = CandidatePart::default();
        for place in 0..candidates.parts() {
            candidates.read(place, &mut part).unwrap();
            part.pairs().for_each(|pair| found[usize::from(pair.rule)].push((pair.a, pair.b)));
        }
        for (place, rule) in model.blocking.iter().enumerate() {
            let definition = Definition { table: &table, model: &model, rule };
            let mut expected = Vec::new();
            let (mut brought, mut cut, mut of_key) = (0, 0, BTreeMap::<u64, u64>::new());
            for b in 0..table.len() as u32 {
                for key in definition.keys(b) {
                    *of_key.entry(key).or_default() += 1;
                }
                for a in 0..b {
                    let keys = definition.keys(b);
                    let shared = definition.keys(a).into_iter().filter(|key| keys.contains(key));
                    let under: Vec<bool> =
                        shared.map(|key| definition.is_pair_under(a, b, key)).collect();
                    brought += under.iter().filter(|is_pair| **is_pair).count() as u64;
                    cut += under.iter().filter(|is_pair| !**is_pair).count() as u64;
                    let apart = unique_sources && table.same_source(a, b);
                    if under.contains(&true) && !apart {
                        expected.push((a, b));
                    }
                }
            }
            expected.sort_unstable();
            prop_assert_eq!(&found[place], &expected, "{}", rule.name);
            let counts = &candidates.counts()[place];
            prop_assert_eq!((counts.pairs, counts.cut_pairs), (brought, cut));
            prop_assert_eq!(counts.keys, of_key.len() as u64);
            let over = of_key.values().filter(|&&records| records > cap as u64).count();
            prop_assert_eq!(counts.refined_blocks, over as u64);
            for block in &counts.largest {
                prop_assert_eq!(block.neighbours_only, block.largest_piece > cap as u64);
            }
        }
    }

    /// What makes it possible to keep the pairs up to date: with a record more, those within the
    /// window change by few.
    #[test]
    fn a_record_more_changes_few_pairs(
        records in proptest::collection::vec(Just(([7, 0, 0, 0], 0)), 12..40),
        cap in 2..8usize,
    ) {
        let mut model = parse_model(MODEL, "pieces").unwrap();
        model.block_cap = cap;
        let reach = cap / 2;
        let pairs = |records: &[Record]| {
            let table = table(records, &model);
            let found = Candidates::find(&table, &model, None).unwrap();
            let mut part = CandidatePart::default();
            found.read(0, &mut part).unwrap();
            part.distinct().map(|pair| (pair.a, pair.b)).collect::<Vec<_>>()
        };
        let (before, after) = (pairs(&records[1..]), pairs(&records));
        let lost = before.iter().filter(|pair| !after.contains(pair)).count();
        let gained = after.iter().filter(|pair| !before.contains(pair)).count();
        prop_assert!(lost <= reach, "{lost}");
        prop_assert!(gained <= 2 * reach, "{gained}");
        prop_assert!(after.len() >= before.len());
    }
}
