//! From words to a query of the index, in which every way to meet a word has its rank.
//!
//! Ranks are whole numbers that do not depend on how often a term is met, so that the order of
//! hits does not change when records that have nothing to do with the question come or go.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, FuzzyTermQuery,
    PhraseQuery, Query as Plan, RangeQuery, RegexQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use yiren_matchers::normalise::identifier::{self, IdForm};
use yiren_matchers::normalise::name::{PersonName, Script, UNKNOWN};
use yiren_matchers::normalise::phone;

use super::address::{Unit, fragment};
use super::layout::{ACCOUNT, DOCUMENT, Fields, HOUSEHOLD, NATIONAL_ID, PHONE, RECORD, backwards};
use super::names;
use super::query::{Meaning, Query, Span, Spelt, Word, beginning, born, county};

/// What each way to meet a word counts for. As they are exact, by pinyin, by initials, or near.
mod rank {
    pub const WHOLE: f32 = 100.0;
    pub const FORMER: f32 = 96.0;
    pub const PATTERN: f32 = 94.0;
    pub const PART: f32 = 84.0;
    pub const BORN: f32 = 80.0;
    pub const BEGINS: f32 = 78.0;
    pub const MOTHER: f32 = 76.0;
    pub const PLACE: f32 = 76.0;
    pub const COUNTY: f32 = 74.0;
    pub const ENDING: f32 = 72.0;
    pub const BEGINNING: f32 = 70.0;
    pub const SOUND: f32 = 60.0;
    pub const FORMER_SOUND: f32 = 58.0;
    pub const INITIALS: f32 = 40.0;
    pub const PLACES: f32 = 38.0;
    pub const SOUNDS_ALIKE: f32 = 30.0;
    pub const SIMILAR: f32 = 24.0;
    pub const NEAR: f32 = 16.0;
}

/// The shortest ending of a number that is looked for; shorter ones are met everywhere.
const SHORTEST_ENDING: usize = 4;

/// The shortest beginning of an ID number or a household.
const SHORTEST_BEGINNING: usize = 6;

/// Numbers this long are looked for with one digit wrong as well.
pub(super) const LONG: usize = 11;

/// The most letters that are taken for initials.
const MOST_INITIALS: usize = 24;

/// How widely is looked.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// For what was typed.
    Close,
    /// For what may have been meant as well.
    Wide,
}

type Boxed = Box<dyn Plan>;

/// The query that all words and all filters are met by.
pub(super) fn plan(
    query: &Query,
    words: &[Word],
    fields: &Fields,
    reach: Reach,
) -> tantivy::Result<Boxed> {
    let planner = Planner { fields, reach };
    let mut all: Vec<Boxed> = Vec::new();
    for word in words {
        let mut ways = Vec::new();
        for meaning in &word.meanings {
            planner.meaning(meaning, &mut ways)?;
        }
        all.push(match ways.is_empty() {
            true => Box::new(EmptyQuery),
            false => Box::new(DisjunctionMaxQuery::new(ways)),
        });
    }
    let any = |field: Field, values: &[String]| -> Option<Boxed> {
        let terms = values
            .iter()
            .map(|value| Term::from_field_text(field, value));
        (!values.is_empty()).then(|| Box::new(TermSetQuery::new(terms)) as Boxed)
    };
    let within = |field: Field, spans: Vec<Span>| -> Boxed {
        let ranges = spans.into_iter().map(|span| range(field, span));
        Box::new(BooleanQuery::union(ranges.collect()))
    };
    let mut filters: Vec<Boxed> = Vec::new();
    filters.extend(any(fields.source, &query.sources));
    filters.extend(any(fields.status, &query.statuses));
    if !query.counties.is_empty() {
        let spans = query.counties.iter().filter_map(|code| county(code));
        filters.push(within(fields.division, spans.collect()));
    }
    if let Some(text) = &query.born {
        filters.push(within(fields.born, born(text).into_iter().collect()));
    }
    if !query.within.divisions.is_empty() {
        let spans = query.within.divisions.iter();
        let spans = spans.filter_map(|digits| beginning(digits));
        filters.push(within(fields.division, spans.collect()));
    }
    if let Some(sources) = &query.within.sources {
        filters.push(any(fields.source, sources).unwrap_or_else(|| Box::new(EmptyQuery)));
    }
    all.extend(filters.into_iter().map(|filter| ranked(0.0, filter)));
    Ok(match all.is_empty() {
        true => ranked(0.0, Box::new(AllQuery)),
        false => Box::new(BooleanQuery::intersection(all)),
    })
}

struct Planner<'a> {
    fields: &'a Fields,
    reach: Reach,
}

impl Planner<'_> {
    /// Adds the ways to meet a meaning.
    fn meaning(&self, meaning: &Meaning, ways: &mut Vec<Boxed>) -> tantivy::Result<()> {
        let fields = self.fields;
        match meaning {
            Meaning::Source(sources) => {
                let terms = sources
                    .iter()
                    .map(|source| Term::from_field_text(fields.source, source));
                ways.push(ranked(0.0, Box::new(TermSetQuery::new(terms))));
            }
            Meaning::Status(status) => ways.push(ranked(0.0, term(fields.status, status))),
            Meaning::Born(span) => ways.push(ranked(rank::BORN, range(fields.born, *span))),
            Meaning::County(span) => ways.push(ranked(rank::COUNTY, range(fields.division, *span))),
            Meaning::Name(name, spelt) => self.name(name, *spelt, ways)?,
            Meaning::Letters { orders, name } => self.letters(orders, name.as_deref(), ways)?,
            Meaning::Place(units) => {
                ways.extend(self.place(units).map(|place| ranked(rank::PLACE, place)));
            }
            Meaning::Places(parts) if self.reach == Reach::Wide => {
                let parts: Vec<Boxed> = parts.iter().filter_map(|part| self.place(part)).collect();
                if !parts.is_empty() {
                    let all = Box::new(BooleanQuery::intersection(parts));
                    ways.push(ranked(rank::PLACES, all));
                }
            }
            Meaning::Places(_) => {}
            Meaning::Number(number) => self.number(number, ways)?,
        }
        Ok(())
    }

    fn name(&self, name: &PersonName, spelt: Spelt, ways: &mut Vec<Boxed>) -> tantivy::Result<()> {
        let fields = self.fields;
        let whole: String = name.chars().iter().collect();
        let ranks = [rank::WHOLE, rank::FORMER, rank::MOTHER];
        if name.has_unknown() {
            let pattern = whole.replace(UNKNOWN, ".");
            for (field, rank) in fields.names.into_iter().zip(ranks) {
                let rank = rank.min(rank::PATTERN);
                ways.push(ranked(rank, regex(&pattern, field)?));
            }
            return Ok(());
        }
        for (field, rank) in fields.names.into_iter().zip(ranks) {
            ways.push(ranked(rank, term(field, &whole)));
        }
        ways.push(ranked(rank::PART, term(fields.part, &whole)));
        let [present, former, _] = fields.names;
        let is_short = name.chars().len() == 1;
        if is_short || self.reach == Reach::Wide {
            ways.push(ranked(rank::BEGINS, regex(&format!("{whole}.*"), present)?));
        }
        if is_short || self.reach == Reach::Close || spelt == Spelt::Right {
            return Ok(());
        }
        self.sounds(
            &names::forms(name).sounds,
            [rank::SOUND, rank::FORMER_SOUND],
            ways,
        );
        let look_alikes = names::look_alikes(name);
        for field in [present, former] {
            let terms = look_alikes
                .iter()
                .map(|other| Term::from_field_text(field, other));
            ways.push(ranked(rank::SIMILAR, Box::new(TermSetQuery::new(terms))));
            ways.push(ranked(rank::NEAR, near(field, &whole)));
        }
        Ok(())
    }

    fn letters(
        &self,
        orders: &[String],
        name: Option<&PersonName>,
        ways: &mut Vec<Boxed>,
    ) -> tantivy::Result<()> {
        let fields = self.fields;
        let [present, former, mother] = fields.names;
        if let Some(name) = name {
            let whole: String = name.chars().iter().collect();
            for (field, rank) in [
                (present, rank::WHOLE),
                (former, rank::FORMER),
                (mother, rank::MOTHER),
                (fields.part, rank::PART),
            ] {
                ways.push(ranked(rank, term(field, &whole)));
            }
            let is_word = name.script() == Script::Latin && name.readings().is_empty();
            if self.reach == Reach::Wide && is_word && name.chars().len() > 3 {
                ways.push(ranked(rank::NEAR, near(present, &whole)));
            }
        }
        let all = |sounds: fn(&str) -> Vec<String>| -> Vec<String> {
            orders.iter().flat_map(|order| sounds(order)).collect()
        };
        self.sounds(
            &all(names::sounds_of),
            [rank::SOUND, rank::FORMER_SOUND],
            ways,
        );
        if self.reach == Reach::Close {
            return Ok(());
        }
        let [sound, _] = fields.sounds;
        for order in orders
            .iter()
            .filter(|order| (2..=MOST_INITIALS).contains(&order.len()))
        {
            let pattern = names::initials_pattern(order);
            ways.push(ranked(rank::INITIALS, regex(&pattern, sound)?));
        }
        self.sounds(&all(names::confused_sounds), [rank::SOUNDS_ALIKE; 2], ways);
        Ok(())
    }

    /// Names that sound so, present and former ones.
    fn sounds(&self, sounds: &[String], ranks: [f32; 2], ways: &mut Vec<Boxed>) {
        if sounds.is_empty() {
            return;
        }
        for (field, rank) in self.fields.sounds.into_iter().zip(ranks) {
            let terms = sounds
                .iter()
                .map(|sound| Term::from_field_text(field, sound));
            ways.push(ranked(rank, Box::new(TermSetQuery::new(terms))));
        }
    }

    fn place(&self, units: &[Unit]) -> Option<Boxed> {
        let field = self.fields.place;
        let terms: Vec<Term> = fragment(units)
            .iter()
            .map(|text| Term::from_field_text(field, text))
            .collect();
        match terms.as_slice() {
            [] => None,
            [only] => Some(Box::new(TermQuery::new(
                only.clone(),
                IndexRecordOption::Basic,
            ))),
            _ => Some(Box::new(PhraseQuery::new(terms))),
        }
    }

    fn number(&self, number: &str, ways: &mut Vec<Boxed>) -> tantivy::Result<()> {
        let Fields { front, back, .. } = *self.fields;
        let id = identifier::parse(number);
        if number.contains('*') {
            // Of what is hidden only the length is known.
            if let Some(id) = id.filter(|id| id.form() == IdForm::Masked) {
                let pattern = id.as_str().replace('*', ".");
                ways.push(ranked(
                    rank::PATTERN,
                    regex(&format!("{NATIONAL_ID}{pattern}"), front)?,
                ));
            }
            return Ok(());
        }
        let normal = |kind: char| match kind {
            NATIONAL_ID => id.map(|id| id.as_str().to_string()),
            PHONE => phone::parse(number).map(|number| (number % phone::FOREIGN).to_string()),
            _ => Some(number.to_string()),
        };
        for (kind, is_backwards) in [
            (NATIONAL_ID, false),
            (DOCUMENT, false),
            (HOUSEHOLD, false),
            (RECORD, false),
            (PHONE, true),
            (ACCOUNT, true),
        ] {
            let Some(text) = normal(kind) else { continue };
            let (field, text) = match is_backwards {
                true => (back, backwards(kind, &text)),
                false => (front, format!("{kind}{text}")),
            };
            ways.push(ranked(rank::WHOLE, term(field, &text)));
            let is_long = text.chars().count() > LONG;
            if self.reach == Reach::Wide && is_long && kind != RECORD && kind != HOUSEHOLD {
                ways.push(ranked(rank::NEAR, near(field, &text)));
            }
        }
        let len = number.chars().count();
        if len >= SHORTEST_ENDING {
            let kinds = format!("[{PHONE}{ACCOUNT}{DOCUMENT}{NATIONAL_ID}]");
            let ending: String = number.chars().rev().collect();
            ways.push(ranked(
                rank::ENDING,
                regex(&format!("{kinds}{ending}.*"), back)?,
            ));
            let kinds = match len >= SHORTEST_BEGINNING {
                true => format!("[{NATIONAL_ID}{DOCUMENT}{HOUSEHOLD}{RECORD}]"),
                false => format!("[{DOCUMENT}{RECORD}]"),
            };
            ways.push(ranked(
                rank::BEGINNING,
                regex(&format!("{kinds}{number}.*"), front)?,
            ));
        }
        Ok(())
    }
}

fn ranked(rank: f32, query: Boxed) -> Boxed {
    Box::new(ConstScoreQuery::new(query, rank))
}

fn term(field: Field, text: &str) -> Boxed {
    let term = Term::from_field_text(field, text);
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

/// Terms that match a pattern. What goes into patterns is letters and digits, of which none has a
/// meaning of its own there.
fn regex(pattern: &str, field: Field) -> tantivy::Result<Boxed> {
    Ok(Box::new(RegexQuery::from_pattern(pattern, field)?))
}

/// Terms that are one edit away.
fn near(field: Field, text: &str) -> Boxed {
    Box::new(FuzzyTermQuery::new(
        Term::from_field_text(field, text),
        1,
        true,
    ))
}

fn range(field: Field, span: Span) -> Boxed {
    let bound = |number| Bound::Included(Term::from_field_u64(field, number));
    Box::new(RangeQuery::new(bound(span.first), bound(span.last)))
}
