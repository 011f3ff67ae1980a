//! The tests that a condition can make of two values of one kind.

use thiserror::Error;

use crate::normalise::identifier::{IdForm, NationalId, PackedId};
use crate::normalise::name::PersonName;
use crate::normalise::name::hong_kong::HongKongName;
use crate::normalise::western::WesternName;
use crate::record::{Dictionaries, FieldKind, Value};
use crate::similarity::{
    address, dates, hong_kong_name, identifier, jaro_winkler, levenshtein, name, number, text,
    western,
};

/// A symmetric yes-or-no question about two values of one field kind.
#[derive(Copy, Clone, Debug)]
pub enum Test {
    /// Equal in normal form.
    Exact,
    /// A test of two ID numbers.
    Identifier(IdentifierTest),
    /// A test of two names that needs no number.
    Name(fn(&PersonName, &PersonName) -> bool),
    /// A test of two Hong Kong names.
    HongKongName(fn(&HongKongName, &HongKongName) -> bool),
    /// Names at least this similar, 0 to 1.
    NameSimilarity(f64),
    /// A relation of two dates that needs no number.
    Date(dates::Relation),
    /// Dates at most so many days apart.
    Days(u32),
    /// A relation of two addresses.
    Address(address::Relation),
    /// A test of two relations to the head of household.
    Relation(RelationTest),
    /// The same division down to so many digits of the code.
    Division(u32),
    /// A paper of the same kind and number in both lists.
    SharedDocument,
    /// At most so many digits of two numbers inserted, deleted, replaced or swapped.
    NumberEdits(u32),
    /// At most so many characters of two texts inserted, deleted, replaced or swapped.
    TextEdits(u32),
    /// Texts of at least so many characters, both.
    TextLength(u32),
    /// Texts with at least this Jaro–Winkler similarity, 0 to 1.
    TextJaroWinkler(f64),
    /// Texts with at least this Levenshtein similarity, 0 to 1.
    TextLevenshtein(f64),
    /// A test of two texts that needs no number.
    Text(fn(&[char], &[char]) -> bool),
    /// A test of two Western names that needs no number.
    Western(fn(&WesternName, &WesternName) -> bool),
    /// At most so many characters of two Western names inserted, deleted, replaced or swapped.
    WesternEdits(u32),
    /// Western names with at least this Jaro–Winkler similarity, 0 to 1.
    WesternJaroWinkler(f64),
    /// Western names with at least this similarity of their best words, 0 to 1.
    WesternMongeElkan(f64),
}

/// A test of two ID numbers.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum IdentifierTest {
    /// One is masked, and at least so many digits that both show are equal, none different.
    Masked(u32),
    /// One is masked, and at least so many digits that both show are different.
    MaskedDiffer(u32),
    /// At most so many characters inserted, deleted, replaced or swapped.
    Edits(u32),
    /// Equal area and birth date, another sequence number.
    SameAreaAndBirth,
    /// Both have the right length, a possible birth date and the right check digit.
    BothValid,
}

/// A test of two relations to the head of household.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum RelationTest {
    /// The same role, of which a household has one: head, spouse.
    UniqueRole,
    /// Roles of one generation.
    SameGeneration,
}

/// A test that the kind of field does not know.
#[derive(Debug, Error, PartialEq)]
#[error("`{test}` is not a test of a {kind}; there are: {known}")]
pub struct UnknownTest {
    test: String,
    kind: &'static str,
    known: String,
}

/// Tests by the word that a model file uses.
type Words<T> = &'static [(&'static str, T)];

const NAME_TESTS: Words<fn(&PersonName, &PersonName) -> bool> = &[
    ("unknown_compatible", name::unknown_compatible),
    ("same_pinyin", name::same_pinyin),
    ("fuzzy_pinyin", name::fuzzy_pinyin),
    ("one_glyph", name::one_glyph),
    ("one_sound", name::one_sound),
    ("one_keystroke", name::one_keystroke),
    ("one_edit", name::one_edit),
    ("transposed", name::transposed),
    ("same_surname", name::same_surname),
    ("same_given", name::same_given),
    ("generation_char", name::generation_char),
    ("contained", name::contained),
];

const HONG_KONG_NAME_TESTS: Words<fn(&HongKongName, &HongKongName) -> bool> = &[
    ("both_in_characters", hong_kong_name::both_in_characters),
    ("same_characters", hong_kong_name::same_characters),
    ("cantonese", hong_kong_name::cantonese),
    ("homophones", hong_kong_name::homophones),
    ("cantonese_surname", hong_kong_name::cantonese_surname),
    ("cantonese_given", hong_kong_name::cantonese_given),
    ("one_syllable", hong_kong_name::one_syllable),
    ("contained", hong_kong_name::contained),
    ("surname_only", hong_kong_name::surname_only),
    ("both_english", hong_kong_name::both_english),
    ("same_english", hong_kong_name::same_english),
];

const DATE_TESTS: Words<dates::Relation> = {
    use dates::Relation;
    &[
        ("same_known_parts", Relation::SameKnownParts),
        ("day_month_swapped", Relation::DayMonthSwapped),
        ("one_digit", Relation::OneDigit),
        ("digits_transposed", Relation::DigitsTransposed),
        ("lunar_offset", Relation::LunarOffset),
        ("same_year_month", Relation::SameYearMonth),
        ("same_month_day", Relation::SameMonthDay),
        ("same_year", Relation::SameYear),
        ("default", Relation::Default),
    ]
};

const ADDRESS_TESTS: Words<address::Relation> = {
    use address::Relation;
    &[
        ("door", Relation::Door),
        ("door_loose", Relation::DoorLoose),
        ("group", Relation::Group),
        ("village", Relation::Village),
        ("town", Relation::Town),
        ("county", Relation::County),
        ("prefecture", Relation::Prefecture),
        ("province", Relation::Province),
    ]
};

const WESTERN_TESTS: Words<fn(&WesternName, &WesternName) -> bool> = &[
    ("reordered", western::reordered),
    ("contained", western::contained),
    ("contained_loosely", western::contained_loosely),
    ("nickname", western::nickname),
    ("initial", western::initial),
    ("same_first", western::same_first),
    ("same_last", western::same_last),
    ("shared_word", western::shared_word),
    ("same_sound", western::same_sound),
];

/// A test of two texts as characters.
type TextTest = fn(&[char], &[char]) -> bool;

const TEXT_TESTS: Words<TextTest> = &[("contained", text::contained)];
const POSTCODE_TESTS: Words<TextTest> = &[("district", text::same_postal_district)];
const EMAIL_TESTS: Words<TextTest> = &[("local", text::same_local), ("domain", text::same_domain)];

impl Test {
    /// Reads a test of a field of that kind: a word, and `<=` or `>=` with a number where the
    /// test needs one.
    pub fn parse(text: &str, kind: FieldKind) -> Result<Test, UnknownTest> {
        let unknown = || UnknownTest {
            test: text.to_string(),
            kind: kind.word(),
            known: known_tests(kind),
        };
        if text == "exact" {
            return Ok(Test::Exact);
        }
        let mut words = text.split_whitespace();
        let (Some(word), operator, number) = (words.next(), words.next(), words.next()) else {
            return Err(unknown());
        };
        let number = number
            .and_then(|number| number.parse::<f64>().ok())
            .filter(|number| *number >= 0.0);
        let at_most = number
            .filter(|_| operator == Some("<="))
            .map(|number| number as u32);
        let at_least = number.filter(|_| operator == Some(">="));
        let test = match kind {
            FieldKind::NationalId => match word {
                "masked" => {
                    at_least.map(|digits| Test::Identifier(IdentifierTest::Masked(digits as u32)))
                }
                "masked_differ" => at_least
                    .map(|digits| Test::Identifier(IdentifierTest::MaskedDiffer(digits as u32))),
                "edits" => at_most.map(|edits| Test::Identifier(IdentifierTest::Edits(edits))),
                "same_area_and_birth" => Some(Test::Identifier(IdentifierTest::SameAreaAndBirth)),
                "both_valid" => Some(Test::Identifier(IdentifierTest::BothValid)),
                _ => None,
            },
            FieldKind::PersonName => match word {
                "similarity" => at_least.map(Test::NameSimilarity),
                _ => by_word(NAME_TESTS, word).map(Test::Name),
            },
            FieldKind::HongKongName => by_word(HONG_KONG_NAME_TESTS, word).map(Test::HongKongName),
            FieldKind::Date => match word {
                "days" => at_most.map(Test::Days),
                _ => by_word(DATE_TESTS, word).map(Test::Date),
            },
            FieldKind::Address => by_word(ADDRESS_TESTS, word).map(Test::Address),
            FieldKind::Relation => match word {
                "unique_role" => Some(Test::Relation(RelationTest::UniqueRole)),
                "same_generation" => Some(Test::Relation(RelationTest::SameGeneration)),
                _ => None,
            },
            FieldKind::Division => match word {
                "town" => Some(Test::Division(9)),
                "county" => Some(Test::Division(6)),
                "prefecture" => Some(Test::Division(4)),
                "province" => Some(Test::Division(2)),
                _ => None,
            },
            FieldKind::Documents => (word == "shared").then_some(Test::SharedDocument),
            FieldKind::Phone | FieldKind::Account => {
                at_most.filter(|_| word == "edits").map(Test::NumberEdits)
            }
            FieldKind::Text | FieldKind::Code | FieldKind::Postcode | FieldKind::Email => {
                match word {
                    "edits" => at_most.map(Test::TextEdits),
                    "length" => at_least.map(|length| Test::TextLength(length as u32)),
                    "jaro_winkler" => at_least.map(Test::TextJaroWinkler),
                    "levenshtein" => at_least.map(Test::TextLevenshtein),
                    _ => by_word(text_tests(kind), word).map(Test::Text),
                }
            }
            FieldKind::WesternName => match word {
                "edits" => at_most.map(Test::WesternEdits),
                "jaro_winkler" => at_least.map(Test::WesternJaroWinkler),
                "monge_elkan" => at_least.map(Test::WesternMongeElkan),
                _ => by_word(WESTERN_TESTS, word).map(Test::Western),
            },
            FieldKind::Sex | FieldKind::Ethnicity => None,
        };
        test.filter(|_| words.next().is_none()).ok_or_else(unknown)
    }

    /// About how many nanoseconds the test takes: what is cheap is tried first.
    pub fn cost(&self) -> u32 {
        match self {
            Test::Exact | Test::Relation(_) => 1,
            Test::Identifier(IdentifierTest::BothValid | IdentifierTest::SameAreaAndBirth) => 1,
            Test::Division(_) => 2,
            Test::Date(_) | Test::Days(_) | Test::TextLength(_) => 3,
            Test::Identifier(_) | Test::SharedDocument | Test::Address(_) => 6,
            Test::Name(_) | Test::HongKongName(_) | Test::Western(_) => 8,
            Test::NumberEdits(_) | Test::Text(_) => 10,
            _ => 30,
        }
    }

    /// Whether more than the two values, and the lengths of texts, may have to be looked at: what a
    /// dictionary holds of them.
    pub(crate) fn looks_up(&self) -> bool {
        !matches!(self, Test::Exact | Test::TextLength(_))
    }

    /// Whether the test holds; neither value is missing.
    #[inline]
    pub fn holds(&self, a: Value, b: Value, dictionaries: &Dictionaries) -> bool {
        if a == b && matches!(self, Test::Exact) {
            return true;
        }
        self.holds_unequal(a, b, dictionaries).unwrap_or(false)
    }

    fn holds_unequal(&self, a: Value, b: Value, dictionaries: &Dictionaries) -> Option<bool> {
        Some(match *self {
            Test::Exact => false,
            Test::Identifier(test) => match a.packed_id().zip(b.packed_id()) {
                Some((a, b)) => test.holds_packed(a, b),
                None => test.holds(
                    &dictionaries.get_national_id(a)?,
                    &dictionaries.get_national_id(b)?,
                ),
            },
            Test::Name(test) => test(dictionaries.name(a)?, dictionaries.name(b)?),
            Test::HongKongName(test) => test(
                dictionaries.hong_kong_name(a)?,
                dictionaries.hong_kong_name(b)?,
            ),
            Test::NameSimilarity(least) => {
                name::similarity(dictionaries.name(a)?, dictionaries.name(b)?) >= least
            }
            Test::Date(relation) => relation.holds(a.date()?, b.date()?),
            Test::Days(most) => dates::days_apart(a.date()?, b.date()?)? <= most,
            Test::Address(relation) => {
                relation.holds(&dictionaries.address(a)?, &dictionaries.address(b)?)
            }
            Test::Relation(RelationTest::UniqueRole) => a == b && a.relation()?.is_unique_role(),
            Test::Relation(RelationTest::SameGeneration) => {
                a.relation()?.generation() == b.relation()?.generation()
            }
            Test::Division(digits) => {
                let (a, b) = (a.division()?, b.division()?);
                match digits {
                    9 => a.town()? == b.town()?,
                    6 => a.county() == b.county(),
                    4 => a.prefecture() == b.prefecture(),
                    _ => a.province() == b.province(),
                }
            }
            Test::SharedDocument => {
                let (a, b) = (
                    dictionaries.document_list(a)?,
                    dictionaries.document_list(b)?,
                );
                a.iter().any(|document| b.contains(document))
            }
            Test::NumberEdits(most) => number::edits_within(a.bits(), b.bits(), most),
            Test::TextEdits(most) => {
                let (a, b) = (dictionaries.characters(a)?, dictionaries.characters(b)?);
                levenshtein::osa_within(&a, &b, most as usize).is_some()
            }
            Test::TextLength(least) => {
                let long = |value: Value| {
                    let length = dictionaries.texts.length(value.index()?);
                    Some(length >= least as usize)
                };
                long(a)? && long(b)?
            }
            Test::TextJaroWinkler(least) => {
                let (a, b) = (dictionaries.characters(a)?, dictionaries.characters(b)?);
                jaro_winkler::jaro_winkler(&a, &b) >= least
            }
            Test::TextLevenshtein(least) => {
                let (a, b) = (dictionaries.characters(a)?, dictionaries.characters(b)?);
                levenshtein::similarity(&a, &b) >= least
            }
            Test::Text(test) => test(&dictionaries.characters(a)?, &dictionaries.characters(b)?),
            Test::Western(test) => {
                test(dictionaries.western_name(a)?, dictionaries.western_name(b)?)
            }
            Test::WesternEdits(most) => {
                let (a, b) = (dictionaries.western_name(a)?, dictionaries.western_name(b)?);
                levenshtein::osa_within(a.chars(), b.chars(), most as usize).is_some()
            }
            Test::WesternJaroWinkler(least) => {
                let (a, b) = (dictionaries.western_name(a)?, dictionaries.western_name(b)?);
                jaro_winkler::jaro_winkler(a.chars(), b.chars()) >= least
            }
            Test::WesternMongeElkan(least) => {
                western::monge_elkan(dictionaries.western_name(a)?, dictionaries.western_name(b)?)
                    >= least
            }
        })
    }
}

impl IdentifierTest {
    /// The same answer as [`IdentifierTest::holds`] without unpacking the numbers.
    fn holds_packed(self, a: PackedId, b: PackedId) -> bool {
        match self {
            IdentifierTest::Masked(_) | IdentifierTest::MaskedDiffer(_) => false,
            IdentifierTest::Edits(most @ 0..=2) => {
                identifier::packed_edits(a, b).is_some_and(|edits| edits <= most)
            }
            IdentifierTest::Edits(_) => {
                self.holds(&NationalId::from_packed(a), &NationalId::from_packed(b))
            }
            IdentifierTest::SameAreaAndBirth => a.area_and_birth() == b.area_and_birth(),
            IdentifierTest::BothValid => a.is_valid() && b.is_valid(),
        }
    }

    fn holds(self, a: &NationalId, b: &NationalId) -> bool {
        match self {
            IdentifierTest::Masked(digits) => {
                identifier::masked_agreement(a, b).is_some_and(|seen| seen >= digits)
            }
            IdentifierTest::MaskedDiffer(digits) => {
                identifier::masked_difference(a, b).is_some_and(|differ| differ >= digits)
            }
            IdentifierTest::Edits(most) => identifier::edits_within(a, b, most).is_some(),
            IdentifierTest::SameAreaAndBirth => identifier::same_area_and_birth(a, b),
            IdentifierTest::BothValid => a.form() == IdForm::Valid && b.form() == IdForm::Valid,
        }
    }
}

fn by_word<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, test)| *test)
}

/// The tests of a kind that is held as text.
fn text_tests(kind: FieldKind) -> Words<TextTest> {
    match kind {
        FieldKind::Postcode => POSTCODE_TESTS,
        FieldKind::Email => EMAIL_TESTS,
        _ => TEXT_TESTS,
    }
}

fn known_tests(kind: FieldKind) -> String {
    let mut known = vec!["exact"];
    match kind {
        FieldKind::NationalId => known.extend([
            "masked >= N",
            "masked_differ >= N",
            "edits <= N",
            "same_area_and_birth",
            "both_valid",
        ]),
        FieldKind::PersonName => {
            known.extend(NAME_TESTS.iter().map(|(name, _)| *name));
            known.push("similarity >= X");
        }
        FieldKind::HongKongName => known.extend(HONG_KONG_NAME_TESTS.iter().map(|(name, _)| *name)),
        FieldKind::Date => {
            known.extend(DATE_TESTS.iter().map(|(name, _)| *name));
            known.push("days <= N");
        }
        FieldKind::Address => known.extend(ADDRESS_TESTS.iter().map(|(name, _)| *name)),
        FieldKind::Relation => known.extend(["unique_role", "same_generation"]),
        FieldKind::Division => known.extend(["town", "county", "prefecture", "province"]),
        FieldKind::Documents => known.push("shared"),
        FieldKind::Phone | FieldKind::Account => known.push("edits <= N"),
        FieldKind::Text | FieldKind::Code | FieldKind::Postcode | FieldKind::Email => {
            known.extend([
                "edits <= N",
                "length >= N",
                "jaro_winkler >= X",
                "levenshtein >= X",
            ]);
            known.extend(text_tests(kind).iter().map(|(name, _)| *name));
        }
        FieldKind::WesternName => {
            known.extend(WESTERN_TESTS.iter().map(|(name, _)| *name));
            known.extend(["edits <= N", "jaro_winkler >= X", "monge_elkan >= X"]);
        }
        FieldKind::Sex | FieldKind::Ethnicity => {}
    }
    known.join(", ")
}
