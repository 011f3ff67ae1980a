//! `yiren search`: people found by half-remembered facts.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::bail;
use clap::Args;
use console::style;
use serde_json::json;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use yiren::id::short_hash;
use yiren::query::{source_words, sources_named};
use yiren::report::words::name_of;
use yiren::search::{Facet, Found, Hit, How, Kept, Match, Query, Search};
use yiren::standardise::division_name;
use yiren::store::{Durability, Look, Store};
use yiren_matchers::normalise::codes::Sex;
use yiren_matchers::normalise::{date, division};

use super::looking::{Looking, print_json};
use super::recording::now;
use super::stored::open_to_look;
use crate::Outcome;
use crate::language::Language;
use crate::pager;

/// Columns of a terminal that lines are made for.
const WIDTH: usize = 96;

/// Values of a facet that are told.
const FACETS: usize = 6;

/// Find people by names, pinyin, initials, addresses, numbers or how they end, years of birth
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  yiren search --store DIR 张?华 1962
  yiren search --store DIR zhwei 滑县 低保
  yiren search --server http://127.0.0.1:7770 5670 --county 4105 --purpose \"case 12\"")]
pub struct Find {
    /// What is known, in any order; all of it must be met: 张?华 1962, zhwei 滑县, 5670 低保
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    #[command(flatten)]
    looking: Looking,
    /// Only records of this source; may be repeated
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,
    /// Only records made in this division, by its code or how that begins; may be repeated
    #[arg(long, value_name = "CODE")]
    county: Vec<String>,
    /// Only enrolments in this state (active, suspended, exited, ...); may be repeated
    #[arg(long, value_name = "STATE")]
    status: Vec<String>,
    /// Only people born then: 1962, 1962-05, 1962-05-07 or 1960-1965
    #[arg(long, value_name = "WHEN")]
    born: Option<String>,
    /// Records of a page
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
    /// Page
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    page: u16,
    /// Make the index of the search anew first, whatever state it is in
    #[arg(long)]
    rebuild: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(verb: &Find, language: Language) -> anyhow::Result<Outcome> {
    let place = &verb.looking.place;
    let found = match (&place.server, &place.store) {
        (Some(server), _) => ask(verb, server, language)?,
        (None, Some(folder)) => look(verb, folder, language)?,
        (None, None) => None,
    };
    let Some(found) = found else {
        return Ok(Outcome::Done);
    };
    match verb.json {
        true => print_json(&found)?,
        false => pager::print(&describe(&found, language))?,
    }
    Ok(match found.total {
        0 => Outcome::Nothing,
        _ => Outcome::Done,
    })
}

/// What a service finds.
fn ask(verb: &Find, server: &str, language: Language) -> anyhow::Result<Option<Found>> {
    if verb.rebuild {
        bail!(
            "{}",
            language.pick(
                "服务自行更新检索索引；--rebuild 只用于库（--store）",
                "a service keeps its index itself; --rebuild is for a store (--store)"
            )
        );
    }
    let asked = json!({
        "text": verb.text.join(" "),
        "source": verb.source,
        "county": verb.county,
        "status": verb.status,
        "born": verb.born,
        "limit": verb.limit,
        "page": verb.page,
    });
    let look = verb.looking.at("search", &[], language);
    look.ask(server, "/v1/search", asked)
}

/// What is found in a store; `None` where nothing was asked but to make the index anew.
fn look(verb: &Find, folder: &Path, language: Language) -> anyhow::Result<Option<Found>> {
    let store = open_to_look(folder, language)?;
    let view = store.view();
    let search = index(verb.rebuild, folder, &store, language)?;
    let asks = !verb.text.is_empty()
        || verb.born.is_some()
        || [&verb.source, &verb.county, &verb.status]
            .iter()
            .any(|filters| !filters.is_empty());
    if verb.rebuild && !asks {
        return Ok(None);
    }
    let names = source_words(&view)?;
    let query = Query {
        text: verb.text.join(" "),
        sources: sources_named(&verb.source, &names),
        counties: verb.county.clone(),
        statuses: verb.status.clone(),
        born: verb.born.clone(),
        limit: verb.limit.into(),
        page: verb.page.into(),
        names,
        ..Query::default()
    };
    let found = search.find(&view, &query)?;
    drop(view);
    note(verb, &store, &found)?;
    Ok(Some(found))
}

/// The index, brought up to the store.
fn index(
    rebuild: bool,
    folder: &Path,
    store: &Store,
    language: Language,
) -> anyhow::Result<Search> {
    let view = store.view();
    if rebuild {
        let (search, records) = Search::rebuild(folder, &view)?;
        match language {
            Language::Zh => eprintln!("已重建检索索引：{records} 条记录"),
            Language::En => eprintln!("the index of the search was made anew: {records} records"),
        }
        return Ok(search);
    }
    let search = Search::open(folder)?;
    if search.keep_up(&view)? == Kept::Held {
        eprintln!(
            "{}",
            language.pick(
                "提示：另一进程正在更新检索索引，最近的变动可能查不到",
                "note: another process is updating the index of the search: the latest changes may not be found yet"
            )
        );
    }
    Ok(search)
}

/// Notes in the audit whose records were shown, where the store can be written.
fn note(verb: &Find, store: &Store, found: &Found) -> anyhow::Result<()> {
    if !store.is_writable() {
        return Ok(());
    }
    let shown = found.hits.iter().map(|hit| match &hit.entity {
        Some(entity) => entity.clone(),
        None => format!("{}:{}", hit.source, hit.record_id),
    });
    let purpose = match &*verb.looking.purpose.purpose {
        "" => "command line",
        purpose => purpose,
    };
    store.note_look(&Look {
        at: now(),
        actor: verb.looking.actor.name(),
        what: "search".to_string(),
        purpose: purpose.to_string(),
        query: short_hash('Q', &verb.text.join(" ")),
        shown: shown.collect(),
        unmasked: true,
    })?;
    store.file_looks(now(), Durability::Synced)?;
    Ok(())
}

fn describe(found: &Found, language: Language) -> String {
    let mut text = String::new();
    let (total, page, pages) = (found.total, found.page, found.pages.max(1));
    let records = if total == 1 { "record" } else { "records" };
    let _ = match language {
        Language::Zh => writeln!(text, "找到 {total} 条记录，第 {page}/{pages} 页"),
        Language::En => writeln!(text, "{total} {records}, page {page} of {pages}"),
    };
    let unknown: Vec<&str> = found
        .words
        .iter()
        .filter(|word| word.meanings.is_empty())
        .map(|word| &*word.text)
        .collect();
    if !unknown.is_empty() {
        let label = language.pick("未能识别", "not understood");
        let _ = writeln!(text, "{label}: {}", unknown.join(" "));
    }
    if found.widened {
        let _ = writeln!(
            text,
            "{}",
            language.pick(
                "所输入的匹配不多，其后附有音近、形近、差一字或拼音缩写相符者",
                "few match as typed: after them come sound-alikes, look-alikes, near misses and initials"
            )
        );
    }
    for hit in &found.hits {
        text.push('\n');
        text.push_str(&hit_lines(hit, language));
    }
    if found.total > 0 {
        text.push('\n');
        let facets = [
            (language.pick("来源", "source"), &found.sources),
            (language.pick("县区", "county"), &found.counties),
            (language.pick("状态", "state"), &found.statuses),
        ];
        for (label, facet) in facets {
            facet_lines(label, facet, language, &mut text);
        }
    }
    text
}

/// One line that says who it is, and one for each cell that was met.
fn hit_lines(hit: &Hit, language: Language) -> String {
    let cell = |column: &str| {
        let mut cells = hit.cells.iter();
        cells
            .find(|(known, _)| known == column)
            .map_or("", |(_, text)| text)
    };
    let sex = match Sex::parse(cell("sex")) {
        Some(Sex::Male) => language.pick("男", "M"),
        Some(Sex::Female) => language.pick("女", "F"),
        None => "",
    };
    let county = ["office_division", "hukou_division"]
        .into_iter()
        .find_map(|column| division::parse(cell(column)));
    let county = county.map_or_else(String::new, |code| division_name(code.county()));
    let born = date::parse(cell("birth_date"));
    let born = born.map_or_else(|| cell("birth_date").to_string(), |date| date.to_string());
    let mut line = format!("{:>4}  ", hit.place);
    for (value, width) in [(cell("name"), 12), (sex, 2), (&*born, 10), (&*county, 12)] {
        line.push_str(&padded(&clipped(value, width), width + 2));
    }
    let _ = write!(line, "{}:{}", hit.source, hit.record_id);
    if let Some(entity) = &hit.entity {
        let _ = write!(line, "  {entity}");
    }
    let mut text = format!("{}\n", line.trim_end());
    let words = language.words();
    let mut columns: Vec<(&str, Vec<&Match>)> = Vec::new();
    for found in &hit.matches {
        match columns
            .iter_mut()
            .find(|(column, _)| *column == found.column)
        {
            Some((_, matches)) => matches.push(found),
            None => columns.push((&found.column, vec![found])),
        }
    }
    for (column, matches) in columns {
        let raw = match column {
            "record_id" => &*hit.record_id,
            column => cell(column),
        };
        let label = name_of(column).get(words).to_string();
        let mut how: Vec<&str> = matches
            .iter()
            .map(|found| how(found.how, language))
            .collect();
        how.dedup();
        let _ = writeln!(
            text,
            "      {}{}  {}",
            padded(&label, 18),
            marked(raw, &matches),
            style(format!("({})", how.join(", "))).dim()
        );
    }
    text
}

/// The text with what was met in brackets.
fn marked(raw: &str, matches: &[&Match]) -> String {
    let mut marks: Vec<(usize, usize)> = matches
        .iter()
        .flat_map(|found| found.marks.iter().copied())
        .collect();
    marks.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (start, end) in marks {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    let chars: Vec<char> = raw.chars().collect();
    let part = |from: usize, to: usize| -> String {
        let chars = chars.get(from..to.min(chars.len())).unwrap_or_default();
        chars
            .iter()
            .map(|c| if c.is_control() { ' ' } else { *c })
            .collect()
    };
    let (mut text, mut at) = (String::new(), 0);
    for (start, end) in joined {
        text.push_str(&part(at, start));
        let met = format!("[{}]", part(start, end));
        text.push_str(&style(met).bold().to_string());
        at = end;
    }
    text.push_str(&part(at, chars.len()));
    text
}

fn how(how: How, language: Language) -> &'static str {
    let (zh, en) = match how {
        How::Exact => ("一致", "exact"),
        How::Part => ("包含", "part"),
        How::Begins => ("开头", "begins"),
        How::Ends => ("末尾", "ends"),
        How::Within => ("符合", "within"),
        How::Pinyin => ("同音", "pinyin"),
        How::Initials => ("拼音缩写", "initials"),
        How::SoundsAlike => ("音近", "sounds alike"),
        How::Similar => ("形近", "looks alike"),
        How::Near => ("差一字", "one off"),
    };
    language.pick(zh, en)
}

fn facet_lines(label: &str, facet: &Facet, language: Language, text: &mut String) {
    let words = language.words();
    let mut parts: Vec<String> = Vec::new();
    for counted in facet.values.iter().take(FACETS) {
        let name = match (&*counted.name, &*counted.value) {
            ("", "0") => language.pick("不详", "not known").to_string(),
            ("", value) => name_of(value).get(words).to_string(),
            (name, value) => format!("{name} {value}"),
        };
        parts.push(format!("{name} {}", counted.count));
    }
    let told: u64 = facet
        .values
        .iter()
        .take(FACETS)
        .map(|counted| counted.count)
        .sum();
    let all: u64 = facet.values.iter().map(|counted| counted.count).sum();
    let others = facet.others + all - told;
    if others > 0 {
        parts.push(format!("{} {others}", language.pick("其他", "others")));
    }
    let mut line = padded(label, 8);
    for (place, part) in parts.iter().enumerate() {
        let last = place + 1 == parts.len();
        let part = format!("{part}{}", if last { "" } else { " · " });
        if line.width() + part.trim_end().width() > WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            line = padded("", 8);
        }
        line.push_str(&part);
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

/// The text with spaces after it, to so many columns of the terminal.
fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// As much of a text as fits into so many columns.
fn clipped(text: &str, width: usize) -> String {
    if text.width() <= width && !text.contains(char::is_control) {
        return text.to_string();
    }
    let (mut clipped, mut columns) = (String::new(), 0);
    for c in text.chars().filter(|c| !c.is_control()) {
        columns += c.width().unwrap_or(0);
        if columns >= width {
            clipped.push('…');
            break;
        }
        clipped.push(c);
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_as_wide_as_a_terminal_shows_them() {
        for (text, width, expected) in [
            ("张伟", 6, "张伟  "),
            ("张伟", 4, "张伟"),
            ("买买提·吐尔逊", 8, "买买提·…"),
            ("a\nb", 8, "ab      "),
            ("", 2, "  "),
        ] {
            let shown = padded(&clipped(text, width), width);
            assert_eq!(shown.trim_end(), expected.trim_end(), "{text}");
            assert!(shown.width() <= width, "{text}");
        }
    }

    #[test]
    fn marks_that_meet_are_one() {
        let of = |marks: &[(usize, usize)]| Match {
            column: "name".to_string(),
            word: 0,
            how: How::Exact,
            marks: marks.to_vec(),
        };
        console::set_colors_enabled(false);
        let (a, b) = (of(&[(0, 1), (3, 4)]), of(&[(1, 2)]));
        assert_eq!(marked("安坪村一组", &[&a, &b]), "[安坪]村[一]组");
        assert_eq!(marked("安", &[&of(&[(0, 9)])]), "[安]");
        assert_eq!(marked("安坪", &[]), "安坪");
    }
}
