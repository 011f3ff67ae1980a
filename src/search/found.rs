//! What a search comes to: values for the command line and the service alike.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::collect::{Collected, Hits};
use super::highlight::matches;
use super::layout::status_of;
use super::plan::{Reach, plan};
use super::query::{DEEPEST, MOST_HITS, Meaning, Query, Word, born, county, read};
use super::{Search, SearchError};
use crate::standardise::division_name;
use crate::store::{Record, RecordKey, RecordState, View};
use crate::wire::{self, Code};

/// Where fewer records than this are met by what was typed, what may have been meant is looked for.
const FEW: u64 = 20;

/// Values of a facet that are told; of more, how many records they have.
const FACETS: usize = 20;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Found {
    /// The commit of the store that the index is at.
    pub commit: u64,
    /// The commit that the store is at: above the other, what came since is not found yet.
    pub store_commit: u64,
    /// How each word was understood.
    pub words: Vec<Read>,
    /// Whether some were found by what may have been meant, as little else was.
    pub widened: bool,
    /// How many records were found.
    pub total: u64,
    /// The page, from 1.
    pub page: usize,
    /// How many pages there are, of those that are listed.
    pub pages: usize,
    /// The hits of the page, the best first.
    pub hits: Vec<Hit>,
    /// How many of all are in each source.
    pub sources: Facet,
    /// How many of all were made in each county, by six-digit code; `0` where none is known.
    pub counties: Facet,
    /// How many of all are in each state.
    pub statuses: Facet,
}

/// A word and how it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Read {
    /// The word as it was typed.
    pub text: String,
    /// What it can mean: `name`, `pinyin`, `address`, `county`, `born`, `number`, `source`,
    /// `status`; none if it means nothing.
    #[serde(deserialize_with = "wire::codes")]
    pub meanings: Vec<Code>,
}

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Hit {
    /// Its place among all, from 1.
    pub place: usize,
    /// Its source.
    pub source: String,
    /// Its id within the source.
    pub record_id: String,
    /// The person that it is of; `None` if it is not resolved yet.
    pub entity: Option<String>,
    /// How well it meets the question: more is better; alone the order counts.
    pub rank: u32,
    /// Which cells met it, and where.
    pub matches: Vec<Match>,
    /// Its cells, by column.
    #[serde(with = "wire::map")]
    pub cells: Vec<(String, String)>,
}

/// A cell that meets a word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Match {
    /// The word, from 0.
    pub word: usize,
    /// The column; `record_id` for the id itself.
    pub column: String,
    /// How it meets it.
    pub how: How,
    /// Where, in characters of the cell: from, and up to.
    pub marks: Vec<(usize, usize)>,
}

/// How a cell meets a word.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It is the word, or the word with what cannot be read left open.
    Exact,
    /// The word is a part of it.
    Part,
    /// It begins with the word.
    Begins,
    /// It ends with the word.
    Ends,
    /// It is a date, a division or a state that the word names.
    Within,
    /// It sounds as the word does.
    Pinyin,
    /// The word begins its syllables.
    Initials,
    /// It sounds as the word does to many speakers.
    SoundsAlike,
    /// A character looks like the word's, or cannot be read.
    Similar,
    /// It is one character off.
    Near,
}

/// Counts of the values of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Facet {
    /// The commonest, the commonest first.
    pub values: Vec<Counted>,
    /// Records that have others.
    pub others: u64,
}

/// A value and how many records have it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Counted {
    /// The value.
    pub value: String,
    /// Its name, if it is a code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How many records.
    pub count: u64,
}

impl Search {
    /// What a question finds, as the index was when it was opened or last kept up, shown as `view`
    /// has it: a record that is no longer on file there is passed over. Reads only.
    ///
    /// # Errors
    /// A filter is none; nothing was asked; the index or the store cannot be read.
    pub fn find(&self, view: &View<'_>, query: &Query) -> Result<Found, SearchError> {
        let query = checked(query)?;
        let words = read(&query, &self.clerk);
        let filters = [&query.sources, &query.counties, &query.statuses];
        if words.is_empty() && query.born.is_none() && filters.iter().all(|all| all.is_empty()) {
            return Err(SearchError::Empty);
        }
        let first = (query.page.saturating_mul(query.limit)).min(DEEPEST);
        let mut collected = self.collect(&query, &words, Reach::Close, first)?;
        let as_typed = collected.total;
        if as_typed < FEW && !words.is_empty() {
            collected = self.collect(&query, &words, Reach::Wide, first)?;
        }
        let (store_commit, _) = view.commit()?;
        Ok(Found {
            commit: self.commit()?.unwrap_or(0),
            store_commit,
            widened: collected.total > as_typed,
            total: collected.total,
            page: query.page,
            pages: (collected.total as usize)
                .min(DEEPEST)
                .div_ceil(query.limit),
            hits: self.hits(view, &query, &words, &collected)?,
            words: words.iter().map(understood).collect(),
            sources: facet(collected.sources.into_iter(), |_| String::new()),
            counties: facet(
                collected
                    .counties
                    .into_iter()
                    .map(|(code, count)| (code.to_string(), count)),
                |code| code.parse().map_or_else(|_| String::new(), division_name),
            ),
            statuses: facet(collected.statuses.into_iter(), |_| String::new()),
        })
    }

    fn collect(
        &self,
        query: &Query,
        words: &[Word],
        reach: Reach,
        first: usize,
    ) -> Result<Collected, SearchError> {
        let failed = |error| self.failed(&error);
        let plan = plan(query, words, &self.fields, reach).map_err(failed)?;
        let searcher = self.reader.searcher();
        searcher.search(&*plan, &Hits { first }).map_err(failed)
    }

    /// The hits of the page.
    fn hits(
        &self,
        view: &View<'_>,
        query: &Query,
        words: &[Word],
        collected: &Collected,
    ) -> Result<Vec<Hit>, SearchError> {
        let before = (query.page - 1).saturating_mul(query.limit);
        let listed = collected.hits.iter().enumerate().skip(before);
        let listed: Vec<_> = listed.take(query.limit).collect();
        let keys: Vec<RecordKey> = listed.iter().map(|(_, hit)| RecordKey(hit.key)).collect();
        let generation = view.state()?.in_force();
        let mut hits = Vec::with_capacity(keys.len());
        for (((place, hit), key), record) in listed.into_iter().zip(&keys).zip(view.records(&keys)?)
        {
            let current = |record: &Record| record.state == RecordState::Current;
            let Some(record) = record.filter(current) else {
                continue;
            };
            let member = match generation {
                Some(generation) => view.member(generation, *key)?,
                None => None,
            };
            let Reverse(rank) = hit.rank;
            hits.push(Hit {
                place: place + 1,
                entity: member.map(|member| member.entity.to_string()),
                rank,
                matches: matches(words, &record, &self.clerk),
                cells: record
                    .cells
                    .iter()
                    .map(|(column, text)| (column.to_string(), text.to_string()))
                    .collect(),
                source: record.source.into_string(),
                record_id: record.record_id.into_string(),
            });
        }
        Ok(hits)
    }
}

/// The query with its numbers in bounds and its codes as the index has them.
fn checked(query: &Query) -> Result<Query, SearchError> {
    let mut query = query.clone();
    query.limit = query.limit.clamp(1, MOST_HITS);
    query.page = query.page.max(1);
    let wrong = |filter: &str, what, advice| SearchError::Filter {
        filter: filter.chars().take(40).collect(),
        what,
        advice,
    };
    if let Some(code) = query.counties.iter().find(|code| county(code).is_none()) {
        return Err(wrong(
            code,
            "division",
            "write its code, or how it begins: 41, 4105, 410526",
        ));
    }
    for status in &mut query.statuses {
        *status = match status_of(status) {
            Some(known) => super::layout::status_code(known).to_string(),
            None => {
                return Err(wrong(
                    status,
                    "state",
                    "one of applied, active, suspended, exited, deceased, unknown",
                ));
            }
        };
    }
    if query
        .born
        .as_deref()
        .is_some_and(|text| born(text).is_none())
    {
        return Err(SearchError::Filter {
            filter: "--born".to_string(),
            what: "date of birth",
            advice: "write a year, 1962, a month, 1962-05, a day, 1962-05-07, or years, 1960-1965",
        });
    }
    Ok(query)
}

fn understood(word: &Word) -> Read {
    let mut meanings: Vec<Code> = Vec::new();
    for meaning in &word.meanings {
        let code = match meaning {
            Meaning::Source(_) => "source",
            Meaning::Status(_) => "status",
            Meaning::Born(_) => "born",
            Meaning::Name(..) => "name",
            Meaning::Letters { .. } => "pinyin",
            Meaning::Place(_) | Meaning::Places(_) => "address",
            Meaning::County(_) => "county",
            Meaning::Number(_) => "number",
        };
        if !meanings.contains(&code) {
            meanings.push(code);
        }
    }
    Read {
        text: word.text.clone(),
        meanings,
    }
}

/// The commonest values, ties by value.
fn facet(counts: impl Iterator<Item = (String, u64)>, name: impl Fn(&str) -> String) -> Facet {
    let mut counts: Vec<(String, u64)> = counts.collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let others = counts.iter().skip(FACETS).map(|(_, count)| count).sum();
    let values = counts
        .into_iter()
        .take(FACETS)
        .map(|(value, count)| Counted {
            name: name(&value),
            value,
            count,
        });
    Facet {
        values: values.collect(),
        others,
    }
}
