//! Findings kept up to date against all findings computed anew.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use proptest::prelude::*;
use rustc_hash::FxHasher;

use super::*;

/// The shipped policy; then with rules by household between programmes; with requirements; with both.
static POLICIES: LazyLock<[Policy; 4]> = LazyLock::new(|| {
    const BETWEEN: &str = "
        [[rule]]
        id = 'apart'
        kind = 'exclusive_overlap'
        programmes = ['dibao']
        with = ['tekun']
        by = 'household'
        TITLE
        [[rule]]
        id = 'offset'
        kind = 'offset_overlap'
        programmes = ['dibao', 'tekun']
        with = ['housing']
        by = 'household'
        min_months = 2
        TITLE";
    const NEEDS: &str = "
        [[rule]]
        id = 'needs'
        kind = 'requirement_missing'
        programmes = ['housing']
        requires = ['dibao', 'tekun']
        by = 'household'
        TITLE";
    // what is replaced in a region makes the place of the record that decides matter
    const REGION: &str = "
        [[region]]
        code = '31'
        [[region.rule]]
        id = 'dibao-tekun'
        by = 'household'
        [[region.rule]]
        id = 'shared-account'
        min_households = 2
        [[region.rule]]
        id = 'shared-number'
        off = true
        [[region.rule]]
        id = 'education-needs'
        kind = 'requirement_missing'
        programmes = ['education']
        requires = ['tekun']
        by = 'household'
        TITLE";
    let title = "severity = 'low'\ntitle = { zh = '题', en = 'title' }\n\
                 basis = { zh = '法', en = 'law', checked = 'read' }";
    [
        String::new(),
        BETWEEN.to_string(),
        NEEDS.to_string(),
        [BETWEEN, NEEDS, REGION].concat(),
    ]
    .map(|rules| {
        let text = format!("{SHIPPED}\n{}", rules.replace("TITLE", title));
        Policy::parse(&text, "test.toml").unwrap_or_else(|errors| panic!("{errors}"))
    })
});

/// In no order: the order of records is that of their names.
const NAMES: &[&str] = &[
    "tekun",
    "dibao",
    "housing",
    "payroll",
    "education",
    "dibao_310000",
    "deaths",
    "elsewhere",
    "population",
];

fn as_of() -> Date {
    date(2022, 1, 1)
}

type Name = (String, String);

#[derive(Clone, Debug)]
struct Entry {
    entity: u32,
    enrolment: Enrolment,
    /// Stands for the columns that no rule looks at.
    revision: u32,
}

/// All records, under (source, record id), and so in canonical order.
#[derive(Clone, Debug, Default)]
struct Town {
    records: Records,
    /// Entities whose records were read, in order.
    read: RefCell<Vec<u32>>,
    /// How many more answers there are before an error.
    answers: Option<Cell<u32>>,
}

#[derive(Debug, Eq, PartialEq)]
struct Broken;

type Records = BTreeMap<Name, Entry>;

/// Differs with the revision of either record, and with their order.
fn probability(records: &Records, a: &Name, b: &Name) -> f64 {
    let mut hasher = FxHasher::default();
    for name in [a, b] {
        name.hash(&mut hasher);
        records[name].revision.hash(&mut hasher);
    }
    (hasher.finish() >> 11) as f64 / (1_u64 << 53) as f64
}

impl Town {
    fn answer(&self) -> Result<(), Broken> {
        let Some(left) = &self.answers else {
            return Ok(());
        };
        left.set(left.get().checked_sub(1).ok_or(Broken)?);
        Ok(())
    }

    /// Puts a record in place of the one there, if there is one, and notes both.
    fn put(&mut self, name: Name, entry: Entry, changed: &mut Changed<u32>) {
        changed.record(entry.entity, &entry.enrolment);
        if let Some(before) = self.records.insert(name, entry) {
            changed.record(before.entity, &before.enrolment);
        }
    }

    /// Moves the records that `moves` says to another entity.
    fn assign(&mut self, to: u32, moves: impl Fn(usize, u32) -> bool, changed: &mut Changed<u32>) {
        for (place, entry) in self.records.values_mut().enumerate() {
            if entry.entity != to && moves(place, entry.entity) {
                changed.record(entry.entity, &entry.enrolment);
                entry.entity = to;
                changed.record(entry.entity, &entry.enrolment);
            }
        }
    }

    fn name_at(&self, place: usize) -> Option<Name> {
        let place = place % self.records.len().max(1);
        self.records.keys().nth(place).cloned()
    }

    fn make(&mut self, change: Change, changed: &mut Changed<u32>) {
        match change {
            Change::Put(source, id, entity, enrolment) => {
                let name = (NAMES[source].to_string(), id.to_string());
                let entry = Entry {
                    entity,
                    enrolment,
                    revision: 0,
                };
                self.put(name, entry, changed);
            }
            Change::Edit(place, enrolment) => {
                if let Some(name) = self.name_at(place) {
                    let entry = &self.records[&name];
                    let entry = Entry {
                        entity: entry.entity,
                        enrolment: enrolment.unwrap_or(entry.enrolment.clone()),
                        revision: entry.revision + 1,
                    };
                    self.put(name, entry, changed);
                }
            }
            Change::Remove(place) => {
                if let Some(name) = self.name_at(place)
                    && let Some(gone) = self.records.remove(&name)
                {
                    changed.record(gone.entity, &gone.enrolment);
                }
            }
            Change::Move(place, to) => {
                let place = place % self.records.len().max(1);
                self.assign(to, |other, _| other == place, changed);
            }
            Change::Merge(from, to) => self.assign(to, |_, entity| entity == from, changed),
            Change::Split(from, to, which) => {
                let goes = |place: usize| which >> (place % 16) & 1 == 1;
                self.assign(to, |place, entity| entity == from && goes(place), changed);
            }
        }
    }

    /// What is to be seen in a store: all findings under their anchors, computed at once.
    fn all(&self, policy: &Policy) -> Kept {
        let mut sources: Vec<String> = self.records.keys().map(|name| name.0.clone()).collect();
        sources.dedup();
        let names: Vec<&Name> = self.records.keys().collect();
        let source_of = |name: &Name| sources.iter().position(|source| *source == name.0);
        let enrolments: Vec<Enrolment> = self
            .records
            .iter()
            .map(|(name, entry)| Enrolment {
                source: source_of(name).expect("listed") as u16,
                ..entry.enrolment.clone()
            })
            .collect();
        let entity_of: Vec<u32> = self.records.values().map(|entry| entry.entity).collect();
        let records = &self.records;
        let name = |record: u32| names[record as usize];
        let found = evaluate(
            policy,
            &sources,
            &enrolments,
            &entity_of,
            as_of(),
            &|a, b| probability(records, name(a), name(b)),
        );
        let mut kept = Kept::default();
        for finding in &found.rows {
            let anchor = finding.anchor(&enrolments, &entity_of);
            let b = finding.other().map(name);
            let row = row(policy, finding, finding.entity, name(finding.record_a), b);
            assert!(kept.entry(anchor).or_default().insert(row));
        }
        kept
    }

    /// What [`reevaluate`] says, and how often it asked for a probability.
    fn again(
        &self,
        policy: &Policy,
        changed: &Changed<u32>,
    ) -> Result<(Reevaluated<u32>, usize), Broken> {
        let mut asked = 0;
        let found = reevaluate(policy, self, changed, as_of(), |a, b| {
            self.answer()?;
            asked += 1;
            Ok(probability(&self.records, &name_of(a), &name_of(b)))
        })?;
        Ok((found, asked))
    }
}

fn name_of(member: &Member) -> Name {
    (member.source.clone(), member.record_id.clone())
}

impl Population for Town {
    type Entity = u32;
    type Error = Broken;

    /// Last record first, to show that the order does not matter.
    fn members(&self, entity: u32) -> Result<Vec<Member>, Broken> {
        self.answer()?;
        self.read.borrow_mut().push(entity);
        let members = self.records.iter().rev();
        let members = members.filter(|(_, entry)| entry.entity == entity);
        Ok(members
            .map(|(name, entry)| Member {
                source: name.0.clone(),
                record_id: name.1.clone(),
                enrolment: entry.enrolment.clone(),
            })
            .collect())
    }

    fn holders(&self, shared: Shared, value: u64) -> Result<Vec<u32>, Broken> {
        self.answer()?;
        assert_ne!(value, 0);
        let of = |enrolment: &Enrolment| match shared {
            Shared::NationalId => enrolment.national_id,
            Shared::Account => enrolment.account,
            Shared::Household => enrolment.household,
        };
        let holders = self.records.values().rev();
        let holders = holders.filter(|entry| of(&entry.enrolment) == value);
        Ok(holders.map(|entry| entry.entity).collect())
    }
}

/// Id, entity, and all else that a finding says.
type Row = (String, u32, String);
type Kept = BTreeMap<Anchor<u32>, BTreeSet<Row>>;

fn row(policy: &Policy, finding: &Finding, entity: u32, a: &Name, b: Option<&Name>) -> Row {
    let rule = policy.rules()[usize::from(finding.rule)].id.as_str();
    let b = b.map(|b| (b.0.as_str(), b.1.as_str()));
    // numbers of one evaluation
    let rest = Finding {
        entity: 0,
        record_a: 0,
        record_b: 0,
        ..*finding
    };
    let id = finding_id(finding.kind, rule, (&a.0, &a.1), b);
    (id, entity, format!("{a:?} {b:?} {rest:?}"))
}

/// As a store would apply it.
fn apply(kept: &mut Kept, policy: &Policy, found: &Reevaluated<u32>) -> usize {
    for anchor in &found.replaced {
        kept.remove(anchor);
    }
    let mut pairs = 0;
    for named in found.findings() {
        assert!(found.replaced.contains(&named.anchor));
        pairs += usize::from(named.b.is_some());
        let b = named.b.map(|(b, _)| name_of(b));
        let (finding, a) = (named.finding, name_of(named.a));
        let row = row(policy, finding, named.entity, &a, b.as_ref());
        assert!(kept.entry(named.anchor).or_default().insert(row));
    }
    pairs
}

#[derive(Clone, Debug)]
enum Change {
    /// Source, id, entity: adds the record or puts it in place of another, moving it as well.
    Put(usize, u8, u32, Enrolment),
    /// With nothing, what changes is no matter of the rules.
    Edit(usize, Option<Enrolment>),
    Remove(usize),
    Move(usize, u32),
    /// Into an entity without records, this gives it another name.
    Merge(u32, u32),
    Split(u32, u32, u16),
}

const PEOPLE: u32 = 7;

fn an_enrolment() -> impl Strategy<Value = Enrolment> {
    let month = |month: i32| date((2020 + month / 12) as u16, (month % 12 + 1) as u8, 15);
    let status = prop_oneof![
        6 => Just(Status::Active),
        1 => Just(Status::Exited),
        1 => Just(Status::Applied),
    ];
    (
        (
            status,
            prop::option::weighted(0.95, 0..30_i32),
            prop::option::weighted(0.6, 0..14_i32),
            1..4_i64,
        ),
        (0..5_u64, 0..3_u64, 0..4_u64),
        prop_oneof![Just(0), Just(310_115), Just(420_101)],
    )
        .prop_map(
            move |(
                (status, start, length, amount),
                (household, account, national_id),
                division,
            )| {
                let end = length.map(|length| start.unwrap_or(9) + length);
                Enrolment {
                    source: 7,
                    status,
                    start: start.map(month),
                    end: end.map(month),
                    end_unreadable: false,
                    monthly_amount: amount * 100,
                    national_id,
                    household,
                    account,
                    division,
                }
            },
        )
}

fn a_put() -> impl Strategy<Value = Change> {
    // ids of which the order as text is not that as numbers
    (0..NAMES.len(), 8..12_u8, 0..PEOPLE, an_enrolment())
        .prop_map(|(source, id, entity, enrolment)| Change::Put(source, id, entity, enrolment))
}

fn a_change() -> impl Strategy<Value = Change> {
    let place = 0..40_usize;
    prop_oneof![
        3 => a_put(),
        3 => (place.clone(), prop::option::weighted(0.8, an_enrolment()))
            .prop_map(|(place, enrolment)| Change::Edit(place, enrolment)),
        2 => place.clone().prop_map(Change::Remove),
        2 => (place, 0..PEOPLE).prop_map(|(place, to)| Change::Move(place, to)),
        1 => (0..PEOPLE, 0..PEOPLE).prop_map(|(from, to)| Change::Merge(from, to)),
        1 => (0..PEOPLE, 0..PEOPLE, any::<u16>())
            .prop_map(|(from, to, which)| Change::Split(from, to, which)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn equals_all_computed_anew(
        policy in 0..POLICIES.len(),
        first in prop::collection::vec(a_put(), 0..20),
        steps in prop::collection::vec(prop::collection::vec(a_change(), 1..4), 1..8),
    ) {
        let policy = &POLICIES[policy];
        let mut town = Town::default();
        for put in first {
            town.make(put, &mut Changed::default());
        }
        let mut kept = town.all(policy);
        for step in steps {
            let mut changed = Changed::default();
            for change in step {
                town.make(change, &mut changed);
            }
            town.read.borrow_mut().clear();
            let (found, asked) = town.again(policy, &changed).expect("nothing breaks");
            prop_assert!(found.replaced.is_sorted());
            prop_assert_eq!(apply(&mut kept, policy, &found), asked);
            prop_assert_eq!(&kept, &town.all(policy));
            let ids: Vec<&String> = kept.values().flatten().map(|row| &row.0).collect();
            prop_assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
            let mut read = town.read.take();
            read.sort_unstable();
            prop_assert!(read.windows(2).all(|pair| pair[0] < pair[1]), "read twice: {:?}", read);
        }
    }
}

/// The town of these records, each in the form of [`record`](super::record) and named by its place.
fn town(lines: &[&str]) -> Town {
    let mut town = Town::default();
    for (place, line) in lines.iter().enumerate() {
        let (entity, enrolment) = record(line);
        let source = SOURCES[usize::from(enrolment.source)].to_string();
        let entry = Entry {
            entity,
            enrolment,
            revision: 0,
        };
        let name = (source, format!("{place:04}"));
        town.put(name, entry, &mut Changed::default());
    }
    town
}

/// What is read and what is replaced if the first record changes in a column that no rule looks at.
fn touched_by_the_first(policy: &Policy, lines: &[&str]) -> (Vec<u32>, Vec<Anchor<u32>>) {
    let town = town(lines);
    let (entity, enrolment) = record(lines[0]);
    let mut changed = Changed::default();
    changed.record(entity, &enrolment);
    let (found, _) = town.again(policy, &changed).expect("nothing breaks");
    let mut read = town.read.take();
    read.sort_unstable();
    (read, found.replaced)
}

#[test]
fn reads_and_replaces_no_more_than_it_must() {
    use Anchor::{Account, Entity, Household, NationalId};
    let lines = [
        "dibao 1 2021-01 - 1 id=5 household=7 account=3",
        "tekun 1 2021-01 - 1 id=6 household=8 account=4",
        "tekun 2 2021-01 - 1 id=5",
        "tekun 3 2021-01 - 1 account=3",
        "tekun 4 2021-01 - 1 account=4",
        // of these, the family's: one needs another programme, one does not, one is only asked for
        "housing 5 2021-01 - 1 household=7",
        "dibao 6 2021-01 - 1 household=7",
        "housing 7 2021-01 - 1 household=7 status=applied",
        "housing 5 2021-01 - 1 household=9",
        "dibao 6 2021-01 - 1 household=10",
        // in the family of one who needs it; of one who does not; and far away
        "dibao 8 2021-01 - 1 household=9",
        "dibao 9 2021-01 - 1 household=10",
        "dibao 10 2021-01 - 1 id=6 household=8",
        "dibao 11 2021-01 - 1",
    ];
    let groups = [Entity(1), NationalId(5), Account(3), Account(4)];
    let (read, replaced) = touched_by_the_first(&POLICIES[0], &lines);
    assert_eq!((read, replaced), (vec![1, 2, 3, 4], groups.to_vec()));

    let (read, replaced) = touched_by_the_first(&POLICIES[1], &lines);
    assert_eq!(read, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(replaced, [&groups[..], &[Household(7)]].concat());

    let (read, replaced) = touched_by_the_first(&POLICIES[2], &lines);
    assert_eq!(read, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(
        replaced,
        [&groups[..1], &[Entity(5)], &groups[1..]].concat()
    );
}

#[test]
fn one_finding_has_one_anchor() {
    let policy = &POLICIES[1];
    let anchors = |lines: &[&str]| town(lines).all(policy).into_keys().collect::<Vec<_>>();
    // a pair of one person in one household is the person's alone
    let one = [
        "dibao 1 2021-01 - 1 household=7",
        "tekun 1 2021-01 - 1 household=7",
    ];
    assert_eq!(anchors(&one), [Anchor::Entity(1)]);
    let two = [one[0], "tekun 2 2021-01 - 1 household=7"];
    assert_eq!(anchors(&two), [Anchor::Household(7)]);
    assert_eq!(
        Anchor::Entity(1).map(|entity| entity + 1),
        Anchor::Entity(2)
    );
}

/// Beyond [`PEERS`](crate::policy) records in a group, which are compared depends on all of them.
#[test]
fn giants_are_judged_whole() {
    let policy = &POLICIES[3];
    let lines: Vec<String> = (0..300)
        .map(|place| {
            let source = ["dibao", "housing", "tekun"][place % 3];
            let entity = if place % 2 == 0 { 0 } else { place / 7 };
            format!(
                "{source} {entity} 2021-01 - 1 household={}",
                1 + place / 290
            )
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut town = town(&lines);
    let mut kept = town.all(policy);
    let changes = [
        Change::Remove(3),
        Change::Move(250, 90),
        Change::Move(298, 0),
        Change::Merge(4, 5),
        Change::Split(0, 91, 0x3333),
    ];
    for change in changes {
        let mut changed = Changed::default();
        town.make(change, &mut changed);
        let (found, asked) = town.again(policy, &changed).expect("nothing breaks");
        assert_eq!(apply(&mut kept, policy, &found), asked);
        assert!(kept == town.all(policy));
    }
}

#[test]
fn an_error_comes_through() {
    let lines = [
        "dibao 1 2021-01 - 1 id=5 household=7 account=3",
        "tekun 1 2021-01 - 1 id=6 household=8 account=4",
        "tekun 2 2021-01 - 1 id=5",
        "housing 3 2021-01 - 1 household=7",
    ];
    let mut town = town(&lines);
    let (entity, enrolment) = record(lines[0]);
    let mut changed = Changed::default();
    changed.record(entity, &enrolment);
    let broken = (0..100).find(|&answers| {
        town.answers = Some(Cell::new(answers));
        town.again(&POLICIES[3], &changed).is_ok()
    });
    // 3 people, 2 households, 1 number, 2 accounts; dibao with tekun, dibao with housing, two
    // numbers, and one number of two: each can break
    assert_eq!(broken, Some(12));
}

/// A store that contradicts itself gets findings that are wrong, but no panic.
#[test]
fn contradictions_are_survived() {
    struct Odd;
    impl Population for Odd {
        type Entity = u32;
        type Error = Infallible;
        fn members(&self, entity: u32) -> Result<Vec<Member>, Infallible> {
            let enrolment = Enrolment {
                source: 900,
                household: 2,
                account: 3,
                national_id: 4,
                ..record("housing 1 2021-01 - 1").1
            };
            let member = Member {
                source: "housing".to_string(),
                record_id: "the same".to_string(),
                enrolment,
            };
            Ok(vec![member; entity as usize % 3])
        }
        fn holders(&self, _: Shared, value: u64) -> Result<Vec<u32>, Infallible> {
            Ok(vec![value as u32, 1, 1, 5])
        }
    }
    let mut changed = Changed::default();
    assert!(changed.is_empty());
    changed.record(9, &Enrolment::default());
    assert!(!changed.is_empty());
    changed.households.insert(77);
    for policy in POLICIES.iter() {
        let found = reevaluate(policy, &Odd, &changed, as_of(), |_, _| Ok(0.5));
        let Ok(found) = found;
        assert!(found.replaced.contains(&Anchor::Entity(9)));
    }
    let nothing = reevaluate(&POLICIES[3], &Odd, &Changed::default(), as_of(), |_, _| {
        Ok(0.5)
    });
    let Ok(nothing) = nothing;
    assert!(nothing.replaced.is_empty() && nothing.findings().next().is_none());
}
