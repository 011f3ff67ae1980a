//! The conditions of a comparison in one row, as they are tried.

use super::condition::{Clause, Condition};
use super::test::{IdentifierTest, Test};
use super::{Comparison, LevelIndex, MISSING, Pair};
use crate::record::Value;
use crate::similarity::{address, dates, identifier};

/// What a [`Comparison`] asks of two records that have its fields, one question after the other in
/// memory: the levels are lists of lists, and following those takes longer than most questions.
///
/// Questions about the same ID numbers, dates or addresses are answered together, the first time that
/// one of them is asked. Those of the first group are asked first, and where they decide the level
/// alone, it is looked up.
#[derive(Clone, Debug)]
pub(crate) struct Flat {
    questions: Vec<Question>,
    groups: Vec<Group>,
    /// The fields of which both records must have one, as bits.
    fields: u64,
    /// The level by what the first group answers, [`ASK`] where that is not enough; empty where there
    /// is none, or it is about two fields.
    levels: Vec<LevelIndex>,
}

#[derive(Copy, Clone, Debug)]
struct Question {
    ask: Ask,
    /// The level that the comparison comes to if this is the last clause of a condition and holds;
    /// else there is a next clause.
    level: Option<LevelIndex>,
    /// Where the next condition begins.
    otherwise: u32,
}

#[derive(Copy, Clone, Debug)]
enum Ask {
    /// Holds.
    Always,
    Clause(Clause),
    /// An answer of a group.
    Answer {
        group: u8,
        bit: u32,
        negated: bool,
    },
}

/// Questions that are answered together: about two fields of either record, or one.
#[derive(Clone, Debug)]
struct Group {
    fields: (u8, u8),
    about: About,
}

#[derive(Clone, Debug)]
enum About {
    /// Bits: the relations, [`EQUAL`], and for each limit whether they are at most so many days apart.
    Dates { limits: Vec<u32> },
    /// Bits: the relations.
    Addresses,
    /// Bits: the tests, and [`SAME_ID`].
    Identifiers(Identifiers),
}

/// The tests of a group about ID numbers, and the bits of those that hold of two packed ones.
#[derive(Clone, Debug, Default)]
struct Identifiers {
    tests: Vec<IdentifierTest>,
    /// By the edits between them, the last one for more than two.
    by_edits: [Answers; 4],
    same_area_and_birth: Answers,
    both_valid: Answers,
}

/// What a group answers about a value of either record: bits, and [`BOTH`] if there are the two values.
type Answers = u32;

/// Groups, limits of days of a group, and tests of ID numbers, at most; others are asked one by one.
const GROUPS: usize = 8;
const LIMITS: usize = 4;
const TESTS: usize = 8;

/// About how many nanoseconds a group takes to answer about a value of either record.
const GROUP_COST: u32 = 15;

const EQUAL: u32 = 1 << dates::Relation::COUNT;
/// Bits about dates.
const DATE_BITS: u32 = dates::Relation::COUNT + 1 + LIMITS as u32;
/// Bits about ID numbers.
const ID_BITS: u32 = TESTS as u32 + 1;
const SAME_ID: u32 = 1 << TESTS;
const BOTH: u32 = 1 << 31;

/// Instead of a level: there is more to ask.
const ASK: LevelIndex = LevelIndex::MAX;

impl Flat {
    /// The same questions in the same order.
    pub(crate) fn of(comparison: &Comparison) -> Flat {
        let conditions: Vec<(&Condition, LevelIndex)> = comparison.conditions().collect();
        let clauses = conditions.iter().flat_map(|(when, _)| when.clauses());
        let groups = Group::all(clauses);
        let mut questions = Vec::new();
        for (condition, level) in conditions {
            let clauses = condition.clauses();
            let otherwise = (questions.len() + clauses.len().max(1)) as u32;
            let question = |ask, last: bool| Question {
                ask,
                level: last.then_some(level),
                otherwise,
            };
            let asks = clauses.iter().map(|clause| Ask::of(clause, &groups));
            let last = clauses.len().saturating_sub(1);
            questions.extend(
                (0..)
                    .zip(asks)
                    .map(|(place, ask)| question(ask, place == last)),
            );
            if clauses.is_empty() {
                questions.push(question(Ask::Always, true));
            }
        }
        let own = comparison.fields.iter();
        let mut flat = Flat {
            questions,
            fields: own.fold(0, |set, &field| set | 1 << field),
            levels: Vec::new(),
            groups,
        };
        if let Some(first) = flat.groups.first()
            && first.fields.0 == first.fields.1
        {
            let all = 0..1 << first.bits();
            flat.levels = all.map(|answers| flat.decided(answers | BOTH)).collect();
        }
        flat
    }

    /// The level that the answers of the first group decide whatever those to other questions are, or
    /// [`ASK`].
    fn decided(&self, answers: Answers) -> LevelIndex {
        let mut place = 0;
        while let Some(question) = self.questions.get(place) {
            let next = question.otherwise as usize;
            let condition = &self.questions[place..next];
            let of_first = |ask: &Ask| matches!(ask, Ask::Always | Ask::Answer { group: 0, .. });
            let known = condition.iter().filter(|question| of_first(&question.ask));
            let mut known = known.map(|question| question.ask.is_answered([answers, 0]));
            match (known.all(|holds| holds), condition.last()) {
                (false, _) | (_, None) => place = next,
                (true, Some(last)) => {
                    let all = condition.iter().all(|question| of_first(&question.ask));
                    return last.level.filter(|_| all).unwrap_or(ASK);
                }
            }
        }
        MISSING
    }

    /// About how many nanoseconds all questions take, groups and what they read aside.
    pub(crate) fn cost(&self) -> u32 {
        let clause = |question: &Question| match question.ask {
            Ask::Clause(clause) => clause.test.cost(),
            Ask::Always | Ask::Answer { .. } => 0,
        };
        let groups = self.groups.iter().map(|group| match group.fields {
            (a, b) if a == b => GROUP_COST,
            _ => 2 * GROUP_COST,
        });
        groups.chain(self.questions.iter().map(clause)).sum()
    }

    /// The level of a pair, as [`Comparison::level`].
    #[inline]
    pub(crate) fn level(&self, pair: &Pair<'_>) -> LevelIndex {
        if pair.left.fields() & self.fields == 0 || pair.right.fields() & self.fields == 0 {
            return MISSING;
        }
        let mut answers = [[0; 2]; GROUPS];
        let mut asked = 0_u32;
        if !self.levels.is_empty() {
            let found = self.groups[0].answers(pair);
            if found[0] & BOTH != 0 {
                let level = self.levels[(found[0] & !BOTH) as usize];
                if level != ASK {
                    return level;
                }
            }
            answers[0] = found;
            asked = 1;
        }
        self.walk(|ask| match *ask {
            Ask::Always => true,
            Ask::Clause(clause) => clause.holds(pair),
            Ask::Answer { group, .. } => {
                let place = usize::from(group);
                if asked >> group & 1 == 0 {
                    asked |= 1 << group;
                    answers[place] = self.groups[place].answers(pair);
                }
                ask.is_answered(answers[place])
            }
        })
    }

    /// The level if the questions are so answered.
    #[inline]
    fn walk(&self, mut holds: impl FnMut(&Ask) -> bool) -> LevelIndex {
        let mut place = 0;
        while let Some(question) = self.questions.get(place) {
            if holds(&question.ask) {
                match question.level {
                    Some(level) => return level,
                    None => place += 1,
                }
            } else {
                place = question.otherwise as usize;
            }
        }
        MISSING
    }
}

impl Ask {
    /// How a clause is asked.
    fn of(clause: &Clause, groups: &[Group]) -> Ask {
        let answered = (0..).zip(groups).find_map(|(place, group)| {
            let of_these = group.fields == fields_of(clause);
            Some((place, group.bit(&clause.test).filter(|_| of_these)?))
        });
        match answered {
            None => Ask::Clause(*clause),
            Some((group, bit)) => Ask::Answer {
                group,
                bit,
                negated: clause.negated,
            },
        }
    }

    /// Whether it holds by the answers of its group, which are two if it is about two fields: either
    /// record can have either.
    #[inline]
    fn is_answered(&self, answers: [Answers; 2]) -> bool {
        match *self {
            Ask::Answer { bit, negated, .. } => answers
                .iter()
                .any(|answers| answers & BOTH != 0 && (answers & bit != 0) != negated),
            Ask::Always => true,
            Ask::Clause(_) => false,
        }
    }
}

/// The fields of a clause, the lower one first.
fn fields_of(clause: &Clause) -> (u8, u8) {
    let (a, b) = (clause.left, clause.right);
    (a.min(b), a.max(b))
}

impl Group {
    /// The groups of the questions of a comparison.
    fn all<'a>(clauses: impl Iterator<Item = &'a Clause>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for clause in clauses {
            let fields = fields_of(clause);
            let about = match clause.test {
                Test::Date(_) | Test::Days(_) => About::Dates { limits: Vec::new() },
                Test::Address(_) => About::Addresses,
                Test::Identifier(_) => About::Identifiers(Identifiers::default()),
                _ => continue,
            };
            // The values of a field are of one kind.
            let known = groups.iter().position(|group| group.fields == fields);
            let place = known.unwrap_or(groups.len());
            if known.is_none() {
                groups.push(Group { fields, about });
            }
            match (&clause.test, &mut groups[place].about) {
                (Test::Days(limit), About::Dates { limits })
                    if limits.len() < LIMITS && !limits.contains(limit) =>
                {
                    limits.push(*limit);
                }
                (Test::Identifier(test), About::Identifiers(identifiers)) => identifiers.add(*test),
                _ => {}
            }
        }
        groups.truncate(GROUPS);
        groups
    }

    /// How many bits its answers have.
    fn bits(&self) -> u32 {
        match self.about {
            About::Dates { .. } => DATE_BITS,
            About::Addresses => address::Relation::COUNT,
            About::Identifiers(_) => ID_BITS,
        }
    }

    /// The bit of the answer to a test; `None` if it has none.
    fn bit(&self, test: &Test) -> Option<u32> {
        match (&self.about, test) {
            (About::Dates { .. }, Test::Date(relation)) => Some(relation.bit()),
            (About::Dates { .. }, Test::Exact) => Some(EQUAL),
            (About::Dates { limits }, Test::Days(days)) => {
                let place = limits.iter().position(|limit| limit == days);
                place.map(|place| EQUAL << (place + 1))
            }
            (About::Addresses, Test::Address(relation)) => Some(relation.bit()),
            (About::Identifiers(_), Test::Exact) => Some(SAME_ID),
            (About::Identifiers(identifiers), Test::Identifier(test)) => identifiers.bit(test),
            _ => None,
        }
    }

    /// The answers about the first field of the left record and the second of the right, and, of two
    /// fields, the other way round.
    #[inline]
    fn answers(&self, pair: &Pair<'_>) -> [Answers; 2] {
        let (a, b) = self.fields;
        match a == b {
            true => [self.one_way(pair, a, a), 0],
            false => [self.one_way(pair, a, b), self.one_way(pair, b, a)],
        }
    }

    #[inline]
    fn one_way(&self, pair: &Pair<'_>, left: u8, right: u8) -> Answers {
        let a = pair.left.get(usize::from(left));
        let b = pair.right.get(usize::from(right));
        if a.is_null() || b.is_null() {
            return 0;
        }
        let answers = match &self.about {
            About::Dates { limits } => a.date().zip(b.date()).map(|(a, b)| {
                let found = dates::relations(a, b);
                let equal = if a == b { EQUAL } else { 0 };
                let within = limits.iter().zip(1..).fold(0, |within, (&limit, place)| {
                    let holds = found.days.is_some_and(|days| days <= limit);
                    within | (u32::from(holds) * EQUAL) << place
                });
                found.bits | equal | within
            }),
            About::Addresses => {
                let addresses = pair
                    .dictionaries
                    .address(a)
                    .zip(pair.dictionaries.address(b));
                addresses.map(|(a, b)| address::relations(&a, &b))
            }
            About::Identifiers(identifiers) => Some(identifiers.answers(a, b, pair)),
        };
        BOTH | answers.unwrap_or(0)
    }
}

impl Identifiers {
    /// Adds a test, if it is not there, can be answered together with others, and there is room.
    fn add(&mut self, test: IdentifierTest) {
        let alone = matches!(test, IdentifierTest::Edits(3..));
        if alone || self.tests.len() == TESTS || self.tests.contains(&test) {
            return;
        }
        let bit = 1 << self.tests.len();
        self.tests.push(test);
        match test {
            IdentifierTest::Edits(most) => {
                let within = self.by_edits.iter_mut().take(most as usize + 1);
                within.for_each(|bits| *bits |= bit);
            }
            IdentifierTest::SameAreaAndBirth => self.same_area_and_birth = bit,
            IdentifierTest::BothValid => self.both_valid = bit,
            // A packed number has every digit.
            IdentifierTest::Masked(_) | IdentifierTest::MaskedDiffer(_) => {}
        }
    }

    fn bit(&self, test: &IdentifierTest) -> Option<Answers> {
        let place = self.tests.iter().position(|known| known == test);
        place.map(|place| 1 << place)
    }

    #[inline]
    fn answers(&self, a: Value, b: Value, pair: &Pair<'_>) -> Answers {
        let same = if a == b { SAME_ID } else { 0 };
        let Some((x, y)) = a.packed_id().zip(b.packed_id()) else {
            let tests = self.tests.iter().enumerate();
            return tests.fold(same, |bits, (place, test)| {
                let holds = Test::Identifier(*test).holds(a, b, pair.dictionaries);
                bits | Answers::from(holds) << place
            });
        };
        let one = |bits, holds| if holds { bits } else { 0 };
        let edits = identifier::packed_edits(x, y).unwrap_or(3) as usize;
        same | self.by_edits[edits]
            | one(
                self.same_area_and_birth,
                x.area_and_birth() == y.area_and_birth(),
            )
            | one(self.both_valid, x.is_valid() && y.is_valid())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::comparison::{Level, Sights};
    use crate::normalise::address::AddressNormaliser;
    use crate::normalise::codes::Sex;
    use crate::normalise::date::Date;
    use crate::normalise::identifier;
    use crate::record::{Dictionaries, Field, FieldKind, Value};
    use crate::rows::{Looks, Rows};

    const CLAUSES: [&str; 33] = [
        "exact",
        "not exact",
        "default",
        "not default",
        "one_digit",
        "not same_year",
        "same_known_parts",
        "days <= 0",
        "days <= 31",
        "not days <= 366",
        "days <= 5479",
        "not days <= 9000",
        "days <= 100000",
        "days <= 4294967295",
        "born~other: exact",
        "born~other: same_year",
        "not born~other: one_digit",
        "other~born: days <= 40",
        "other: exact",
        "other: same_month_day",
        "home: village",
        "not home: door",
        "home~office: county",
        "sex: exact",
        "number: exact",
        "not number: exact",
        "number: masked >= 8",
        "number: edits <= 1",
        "not number: edits <= 2",
        "number: edits <= 3",
        "number: masked_differ >= 2",
        "number: same_area_and_birth",
        "number: both_valid",
    ];

    /// Numbers of which some are one, two or three edits apart, masked, or too short.
    const NUMBERS: [&str; 8] = [
        "11010519491231002X",
        "11010519491231003X",
        "110105194912310021",
        "110105194912130038",
        "110105********002X",
        "11010519491231****",
        "1101051949123102X",
        "320311197605032119",
    ];

    fn fields() -> Vec<Field> {
        let kinds = [
            ("born", FieldKind::Date),
            ("other", FieldKind::Date),
            ("home", FieldKind::Address),
            ("office", FieldKind::Address),
            ("sex", FieldKind::Sex),
            ("number", FieldKind::NationalId),
        ];
        let field = |(name, kind): (&str, FieldKind)| Field {
            name: name.to_string(),
            kind,
            column: name.to_string(),
            years: None,
        };
        kinds.map(field).to_vec()
    }

    fn condition(clauses: &[usize]) -> Condition {
        let clauses: Vec<&str> = clauses.iter().map(|&clause| CLAUSES[clause]).collect();
        Condition::parse(&clauses.join(" and "), &fields(), 0).unwrap()
    }

    fn date() -> impl Strategy<Value = Value> {
        let date = (1961..=1963_u16, 0..=2_u8, 0..=3_u8)
            .prop_filter_map("no such day", |(year, month, day)| {
                Date::new(year, month, day)
            });
        proptest::option::weighted(0.8, date)
            .prop_map(|date| date.map_or(Value::NULL, Value::from_date))
    }

    /// Two dates, the places of two addresses among four, the sex, and the place of a number in [`NUMBERS`].
    type Record = (Value, Value, [Option<usize>; 2], Value, Option<usize>);

    fn record() -> impl Strategy<Value = Record> {
        let place = || proptest::option::weighted(0.8, 0..4_usize);
        let sex = prop_oneof![Just(Sex::Male), Just(Sex::Female)].prop_map(Value::from_sex);
        let number = proptest::option::weighted(0.8, 0..NUMBERS.len());
        (date(), date(), [place(), place()], sex, number)
    }

    fn conditions(clauses: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<usize>>> {
        let condition = proptest::collection::vec(clauses, 1..4);
        proptest::collection::vec(condition, 0..3)
    }

    proptest! {
        #[test]
        fn the_level_is_that_of_the_conditions(
            missing in conditions(0..CLAUSES.len()),
            // Some of them about one date alone, some about ID numbers and little else.
            levels in prop_oneof![
                proptest::collection::vec(conditions(0..14), 1..8),
                proptest::collection::vec(conditions(22..CLAUSES.len()), 1..8),
                proptest::collection::vec(conditions(0..CLAUSES.len()), 1..8),
            ],
            one_date in any::<bool>(),
            own in proptest::sample::select(vec![vec![0], vec![0, 1], vec![5], vec![0, 1, 2, 4]]),
            records in proptest::array::uniform8(record()),
        ) {
            let level = |conditions: &Vec<Vec<usize>>| Level {
                name: String::new(),
                label: String::new(),
                label_zh: String::new(),
                when: conditions.iter().map(|clauses| condition(clauses)).collect(),
            };
            let missing: &[Vec<usize>] = if one_date { &[] } else { &missing };
            let comparison = Comparison {
                name: "test".to_string(),
                fields: own,
                missing_when: missing.iter().map(|clauses| condition(clauses)).collect(),
                levels: levels.iter().map(level).collect(),
            };
            let mut dictionaries = Dictionaries::default();
            let normaliser = AddressNormaliser::new();
            let addresses = ["滑县赵营镇安坪村1组119号", "滑县赵营镇安坪村2组", "滑县", "浠水县巴河镇"];
            let addresses = addresses.map(|raw| {
                dictionaries.add_address(normaliser.parse(raw, None).unwrap())
            });
            let mut rows = Rows::new(&fields());
            for &(a, b, places, e, number) in &records {
                let number = number.map(|place| identifier::parse(NUMBERS[place]).unwrap());
                let number = number.map_or(Value::NULL, |id| dictionaries.national_id(id));
                let [c, d] = places.map(|place| place.map_or(Value::NULL, |place| addresses[place]));
                rows.push(&[a, b, c, d, e, number]);
            }
            let flat = Flat::of(&comparison);
            let Sights { looks, sights } = Sights::of(std::slice::from_ref(&comparison));
            let looks = Looks::new(&fields(), &looks);
            for left in 0..8 {
                for right in 0..8 {
                    let (left, right) = (rows.row(left), rows.row(right));
                    let pair = Pair { left, right, dictionaries: &dictionaries };
                    let level = comparison.level(&pair);
                    prop_assert_eq!(flat.level(&pair), level);
                    let at_sight = sights[0].place(looks.states(left, right));
                    prop_assert!(sights[0].possible[at_sight] >> level & 1 == 1);
                }
            }
        }
    }

    #[test]
    fn as_many_alternatives_as_a_model_may_hold_are_gone_through() {
        let fields = [Field {
            name: "sex".to_string(),
            kind: FieldKind::Sex,
            column: "sex".to_string(),
            years: None,
        }];
        let level = |text: &str, alternatives: usize| Level {
            name: text.to_string(),
            label: String::new(),
            label_zh: String::new(),
            when: vec![Condition::parse(text, &fields, 0).unwrap(); alternatives],
        };
        let comparison = Comparison {
            name: "sex".to_string(),
            fields: vec![0],
            missing_when: vec![Condition::parse("not exact", &fields, 0).unwrap()],
            levels: vec![level("exact and not exact", 40_000), level("else", 1)],
        };
        let mut rows = Rows::new(&fields);
        rows.push(&[Value::from_sex(Sex::Male)]);
        rows.push(&[Value::from_sex(Sex::Female)]);
        let flat = Flat::of(&comparison);
        for (left, right, expected) in [(0, 0, 2), (0, 1, MISSING)] {
            let pair = Pair {
                left: rows.row(left),
                right: rows.row(right),
                dictionaries: &Dictionaries::default(),
            };
            assert_eq!(flat.level(&pair), expected);
            assert_eq!(comparison.level(&pair), expected);
        }
    }
}
