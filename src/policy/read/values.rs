//! Single values of the policy file, each read or complained of.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use yiren_matchers::normalise::date::Date;

use super::{PolicyError, Reader};
use crate::policy::month::Month;
use crate::policy::rule::{SourceRole, Sources, Text};

/// A table of the file, and what to call it in errors.
#[derive(Copy, Clone)]
pub(super) struct Table<'a> {
    pub(super) entries: &'a DeTable<'a>,
    pub(super) at: usize,
    pub(super) what: &'a str,
}

impl<'a> Table<'a> {
    pub(super) fn get(self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.entries.get(key)
    }

    /// Where `key` is, or failing that the table.
    pub(super) fn span(self, key: &str) -> Range<usize> {
        self.get(key).map_or(self.at..self.at, |value| value.span())
    }
}

impl Reader<'_> {
    pub(super) fn error(&mut self, span: Range<usize>, message: impl Into<String>) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.errors.push(PolicyError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        });
    }

    /// Complains of every key that is not in one of `known`.
    pub(super) fn only(&mut self, table: Table<'_>, known: &[&[&str]]) {
        for key in table.entries.keys() {
            if !known
                .iter()
                .any(|keys| keys.contains(&key.get_ref().as_ref()))
            {
                let known = known.concat().join(", ");
                let message = format!(
                    "{}: unknown key \"{}\"; known here: {known}",
                    table.what,
                    key.get_ref()
                );
                self.error(key.span(), message);
            }
        }
    }

    /// What `read` gets, or a complaint if the key is not there.
    pub(super) fn required<'a, T>(
        &mut self,
        table: Table<'a>,
        key: &str,
        read: impl FnOnce(&mut Self, Table<'a>, &str) -> Option<T>,
    ) -> Option<T> {
        if table.get(key).is_none() {
            let message = format!("{}: \"{key}\" is missing", table.what);
            self.error(table.at..table.at, message);
            return None;
        }
        read(self, table, key)
    }

    /// Complains that a value is not what it should be.
    fn expected(&mut self, table: Table<'_>, key: &str, expected: &str) {
        let message = format!("{}: \"{key}\" must be {expected}", table.what);
        self.error(table.span(key), message);
    }

    pub(super) fn string(&mut self, table: Table<'_>, key: &str) -> Option<String> {
        let value = table.get(key)?.get_ref().as_str().map(str::trim);
        if let Some(text) = value.filter(|text| !text.is_empty()) {
            return Some(text.to_string());
        }
        self.expected(table, key, "a text, not empty");
        None
    }

    pub(super) fn flag(&mut self, table: Table<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?.get_ref().as_bool();
        if value.is_none() {
            self.expected(table, key, "true or false");
        }
        value
    }

    pub(super) fn number(&mut self, table: Table<'_>, key: &str, least: u32) -> Option<u32> {
        let value = table.get(key)?.get_ref().as_integer();
        let number =
            value.and_then(|value| u32::from_str_radix(value.as_str(), value.radix()).ok());
        let number = number.filter(|number| *number >= least);
        if number.is_none() {
            self.expected(table, key, &format!("a whole number, {least} or more"));
        }
        number
    }

    pub(super) fn month(&mut self, table: Table<'_>, key: &str) -> Option<Month> {
        let value = table.get(key)?.get_ref().as_datetime();
        let month = value
            .filter(|value| value.time.is_none())
            .and_then(|value| value.date)
            .and_then(|date| Date::new(date.year, date.month, date.day))
            .and_then(Month::of);
        if month.is_none() {
            self.expected(table, key, "a date such as 2014-05-01, without quotes");
        }
        month
    }

    /// One of the words of `all`.
    pub(super) fn word<T: Copy>(
        &mut self,
        table: Table<'_>,
        key: &str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Option<T> {
        table.get(key)?;
        let word = self.string(table, key)?;
        let found = all.iter().copied().find(|known| name(*known) == word);
        if found.is_none() {
            let words: Vec<_> = all.iter().copied().map(name).collect();
            let message = format!(
                "{}: unknown {key} \"{word}\"; one of: {}",
                table.what,
                words.join(", ")
            );
            self.error(table.span(key), message);
        }
        found
    }

    /// Texts with where they stand.
    pub(super) fn strings(
        &mut self,
        table: Table<'_>,
        key: &str,
    ) -> Option<Vec<(String, Range<usize>)>> {
        let value = table.get(key)?;
        let texts = value.get_ref().as_array().and_then(|array| {
            let text = |item: &Spanned<DeValue<'_>>| {
                Some((item.get_ref().as_str()?.to_string(), item.span()))
            };
            array.iter().map(text).collect()
        });
        if texts.is_none() {
            self.expected(table, key, "a list of texts, such as [\"dibao\"]");
        }
        texts
    }

    /// Sources of some role by their ids; at least one.
    pub(super) fn set(
        &mut self,
        table: Table<'_>,
        key: &str,
        role: &str,
        wanted: impl Fn(SourceRole) -> bool,
    ) -> Option<Sources> {
        let names = self.strings(table, key)?;
        if names.is_empty() {
            self.expected(table, key, "a list that is not empty");
            return None;
        }
        let mut set = Sources::default();
        for (name, span) in names {
            let found = self
                .policy
                .sources
                .iter()
                .position(|source| source.id == name);
            let known = found.and_then(|position| self.policy.sources.get(position));
            match (found, known.map(|source| source.role)) {
                // an unreadable role has been complained of
                (Some(position), Some(found)) if wanted(found) || found == SourceRole::Unknown => {
                    set.insert(position);
                }
                (Some(_), _) => {
                    self.error(span, format!("{}: \"{name}\" is not a {role}", table.what));
                }
                (None, _) => {
                    let message = format!("{}: no [[source]] has the id \"{name}\"", table.what);
                    self.error(span, message);
                }
            }
        }
        Some(set)
    }

    /// `{ zh = "...", en = "..." }`, and the table it is, which may have `more` keys.
    pub(super) fn text_pair<'a>(
        &mut self,
        table: Table<'a>,
        key: &str,
        more: &[&str],
    ) -> Option<(Text, Table<'a>)> {
        let value = table.get(key)?;
        let Some(entries) = value.get_ref().as_table() else {
            self.expected(table, key, "a table such as { zh = \"...\", en = \"...\" }");
            return None;
        };
        let inner = Table {
            entries,
            at: value.span().start,
            what: table.what,
        };
        self.only(inner, &[&["zh", "en"], more]);
        let zh = self.required(inner, "zh", Self::string);
        let en = self.required(inner, "en", Self::string);
        Some((Text { zh: zh?, en: en? }, inner))
    }

    /// The tables of an array of tables, each with where it is.
    pub(super) fn tables<'a>(
        &mut self,
        table: Table<'a>,
        key: &str,
    ) -> Vec<(&'a DeTable<'a>, usize)> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        let tables = value.get_ref().as_array().and_then(|array| {
            let table = |item: &'a Spanned<DeValue<'a>>| {
                Some((item.get_ref().as_table()?, item.span().start))
            };
            array.iter().map(table).collect::<Option<Vec<_>>>()
        });
        tables.unwrap_or_else(|| {
            let message = format!("\"{key}\" must be written as [[{key}]]");
            self.error(table.span(key), message);
            Vec::new()
        })
    }
}

/// What a table calls itself.
pub(super) fn name_of(entries: &DeTable<'_>) -> Option<String> {
    let id = entries.get("id").or_else(|| entries.get("code"))?;
    id.get_ref().as_str().map(|id| id.trim().to_string())
}

/// What to call a table in errors.
pub(super) fn name(what: &str, entries: &DeTable<'_>) -> String {
    match name_of(entries) {
        Some(id) => format!("{what} \"{id}\""),
        None => what.to_string(),
    }
}
