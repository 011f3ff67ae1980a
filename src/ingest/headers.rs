//! Headers as they are met in the field → canonical column names.
//!
//! The variants are data, in `headers.tsv` beside this file. Before the look-up a header is
//! folded: full-width forms to ASCII, letters to lower case, and everything that is no letter or
//! digit dropped, so that `Record ID`, `record_id` and `ＲＥＣＯＲＤ＿ＩＤ` are one.

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use super::mapping::ColumnMapping;

const TABLE: &str = include_str!("headers.tsv");

static VARIANTS: LazyLock<FxHashMap<String, Variant>> = LazyLock::new(|| {
    let mut variants = FxHashMap::default();
    for (column, name, rank) in entries() {
        variants.insert(fold(name), Variant { column, rank });
    }
    variants
});

/// Whether two headers are one, written twice.
fn same(first: Option<&String>, second: Option<&String>) -> bool {
    first.map(|header| fold(header)) == second.map(|header| fold(header))
}

/// What a header may stand for.
#[derive(Copy, Clone)]
struct Variant {
    column: &'static str,
    /// 0 for a sure variant; others count where there is no sure one, the smallest first.
    rank: usize,
}

/// The canonical columns, in the order of the documentation.
///
/// ```
/// let columns: Vec<_> = yiren::ingest::headers::canonical_columns().collect();
/// assert_eq!(&columns[..2], ["record_id", "national_id"]);
/// ```
pub fn canonical_columns() -> impl Iterator<Item = &'static str> {
    lines().filter_map(|line| line.split('\t').next())
}

/// The canonical column that a header stands for when it is the only one of its kind, if any.
///
/// ```
/// use yiren::ingest::headers::canonical;
/// assert_eq!(canonical(" 身份证号码 "), Some("national_id"));
/// assert_eq!(canonical("Birth Date"), Some("birth_date"));
/// assert_eq!(canonical("月保障金额（元）"), Some("monthly_amount"));
/// assert_eq!(canonical("备注"), None);
/// ```
pub fn canonical(header: &str) -> Option<&'static str> {
    variant(header).map(|variant| variant.column)
}

/// The columns of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Header {
    /// Name of each column: canonical, or its own.
    pub columns: Arc<[Box<str>]>,
    /// Position of `record_id`.
    pub record_id: usize,
    /// Own names of the columns that stand for none of the canonical ones.
    pub unknown: Vec<String>,
}

/// Why a header cannot be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum HeaderProblem {
    /// No column is the `record_id`.
    NoRecordId,
    /// Two headers stand for one column.
    SameColumn {
        column: String,
        first: String,
        second: String,
    },
}

/// The columns that the headers stand for. The user's mapping comes first, then sure variants,
/// then general ones; a header that another displaces keeps its own name.
pub(super) fn map(
    headers: &[String],
    mapping: Option<&ColumnMapping>,
) -> Result<Header, HeaderProblem> {
    // Strength of each header's claim: 0 for the user's word, 1 for a sure variant, more for a
    // general one.
    let claims: Vec<Option<(&str, usize)>> = headers
        .iter()
        .map(
            |header| match mapping.and_then(|mapping| mapping.column(header)) {
                Some(column) => Some((column, 0)),
                None => variant(header).map(|variant| (variant.column, variant.rank + 1)),
            },
        )
        .collect();

    let mut best: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
    for (position, claim) in claims.iter().enumerate() {
        let Some((column, strength)) = *claim else {
            continue;
        };
        match best.get(column) {
            Some(&(first, held))
                if held == strength
                    && (strength <= 1 || same(headers.get(first), headers.get(position))) =>
            {
                return Err(HeaderProblem::SameColumn {
                    column: column.to_owned(),
                    first: clean(headers.get(first).map_or("", String::as_str)).to_owned(),
                    second: clean(headers.get(position).map_or("", String::as_str)).to_owned(),
                });
            }
            Some(&(_, held)) if held <= strength => {}
            _ => {
                best.insert(column, (position, strength));
            }
        }
    }

    let mut names: Vec<Option<Box<str>>> = vec![None; headers.len()];
    let mut taken: FxHashMap<String, usize> = FxHashMap::default();
    for (column, (position, _)) in &best {
        taken.insert((*column).to_owned(), 1);
        if let Some(name) = names.get_mut(*position) {
            *name = Some(Box::from(*column));
        }
    }
    let record_id = best
        .get("record_id")
        .map(|(position, _)| *position)
        .ok_or(HeaderProblem::NoRecordId)?;

    let mut unknown = Vec::new();
    let columns: Arc<[Box<str>]> = headers
        .iter()
        .zip(names)
        .enumerate()
        .map(|(position, (header, name))| {
            name.unwrap_or_else(|| {
                let own = own_name(header, position, &mut taken);
                unknown.push(own.clone());
                own.into()
            })
        })
        .collect();
    Ok(Header {
        columns,
        record_id,
        unknown,
    })
}

/// How many of the headers are known; tells a header row from a title.
pub(super) fn known(headers: &[String], mapping: Option<&ColumnMapping>) -> usize {
    headers
        .iter()
        .filter(|header| {
            mapping.is_some_and(|mapping| mapping.column(header).is_some())
                || variant(header).is_some()
        })
        .count()
}

/// A header without the marks around it that are no part of it.
pub(super) fn clean(header: &str) -> &str {
    header.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0'))
}

/// The folded form by which headers are compared.
pub(super) fn fold(header: &str) -> String {
    header
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            _ => c,
        })
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Each name in the table with its column and rank.
fn entries() -> impl Iterator<Item = (&'static str, &'static str, usize)> {
    lines().flat_map(|line| {
        let column = line.split('\t').next().unwrap_or_default();
        line.split('\t')
            .enumerate()
            .map(move |(rank, name)| match name.strip_prefix('?') {
                Some(general) => (column, general, rank),
                None => (column, name, 0),
            })
    })
}

fn variant(header: &str) -> Option<Variant> {
    if let Some(variant) = VARIANTS.get(&fold(header)) {
        return Some(*variant);
    }
    // 月保障金额（元） is the amount, but 姓名（户主） beside 姓名 is not the name: a header with a
    // note comes after all the others.
    let note = header.find(['(', '（', '[', '【', '〔'])?;
    let variant = VARIANTS.get(&fold(header.get(..note)?))?;
    Some(Variant {
        column: variant.column,
        rank: variant.rank + 10_000,
    })
}

/// The header's own name in lower case, made unlike all the names taken.
fn own_name(header: &str, position: usize, taken: &mut FxHashMap<String, usize>) -> String {
    let mut name = clean(header).to_lowercase();
    if name.is_empty() {
        name = format!("column_{}", position + 1);
    }
    loop {
        match taken.get_mut(&name) {
            None => {
                taken.insert(name.clone(), 1);
                return name;
            }
            Some(times) => {
                *times += 1;
                name = format!("{name}_{times}");
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn mapped(headers: &[&str], mapping: Option<&ColumnMapping>) -> Result<Header, HeaderProblem> {
        let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
        map(&headers, mapping)
    }

    fn names(headers: &[&str], mapping: Option<&ColumnMapping>) -> Vec<String> {
        let header = mapped(headers, mapping).unwrap();
        header.columns.iter().map(|c| c.to_string()).collect()
    }

    #[test]
    fn the_table_names_every_variant_once() {
        let mut seen: FxHashMap<String, &str> = FxHashMap::default();
        for (column, name, _) in entries() {
            let folded = fold(name);
            assert!(!folded.is_empty(), "{name}");
            if let Some(before) = seen.insert(folded, column) {
                panic!("{name} is listed twice: {before} and {column}");
            }
        }
    }

    #[test]
    fn every_column_of_the_contract_is_there() {
        let columns: Vec<_> = canonical_columns().collect();
        assert_eq!(
            columns,
            [
                "record_id",
                "national_id",
                "documents",
                "name",
                "former_name",
                "sex",
                "ethnicity",
                "birth_date",
                "hukou_address",
                "hukou_division",
                "residence_address",
                "household_id",
                "relation_to_head",
                "mother_name",
                "phone",
                "bank_account",
                "status",
                "start_date",
                "end_date",
                "monthly_amount",
                "office_division",
                "updated_at",
                "op",
            ]
        );
        for column in columns {
            assert_eq!(canonical(column), Some(column));
        }
    }

    #[test]
    fn headers_of_the_field() {
        for (header, column) in [
            ("记录编号", "record_id"),
            ("RECORD ID", "record_id"),
            ("\u{feff}record_id", "record_id"),
            ("ｒｅｃｏｒｄ＿ｉｄ", "record_id"),
            ("身份证号", "national_id"),
            ("身 份 证 号", "national_id"),
            ("公民身份号码", "national_id"),
            ("证件号码", "national_id"),
            ("身份证", "national_id"),
            ("GMSFHM", "national_id"),
            ("姓名*", "name"),
            ("姓　名", "name"),
            ("曾用名", "former_name"),
            ("性别", "sex"),
            ("民族", "ethnicity"),
            ("出生日期", "birth_date"),
            ("出生年月", "birth_date"),
            ("户籍地址", "hukou_address"),
            ("户口所在地", "hukou_address"),
            ("户籍区划", "hukou_division"),
            ("户籍行政区划代码", "hukou_division"),
            ("现居住地址", "residence_address"),
            ("家庭住址", "residence_address"),
            ("户号", "household_id"),
            ("家庭编号", "household_id"),
            ("与户主关系", "relation_to_head"),
            ("母亲姓名", "mother_name"),
            ("联系电话", "phone"),
            ("手机", "phone"),
            ("银行账号", "bank_account"),
            ("银行卡号", "bank_account"),
            ("状态", "status"),
            ("救助状态", "status"),
            ("开始日期", "start_date"),
            ("享受开始时间", "start_date"),
            ("结束日期", "end_date"),
            ("终止日期", "end_date"),
            ("月保障金额", "monthly_amount"),
            ("月保障金额（元/月）", "monthly_amount"),
            ("补助金额", "monthly_amount"),
            ("金额", "monthly_amount"),
            ("经办区划", "office_division"),
            ("更新时间", "updated_at"),
        ] {
            assert_eq!(canonical(header), Some(column), "{header}");
        }
        for header in ["备注", "first_name", "dob", "", "，", "（元）"] {
            assert_eq!(canonical(header), None, "{header}");
        }
    }

    #[test]
    fn unknown_headers_keep_their_names() {
        let header = mapped(&["记录编号", " Remark ", "remark", ""], None).unwrap();
        let columns: Vec<_> = header.columns.iter().map(|c| &**c).collect();
        assert_eq!(columns, ["record_id", "remark", "remark_2", "column_4"]);
        assert_eq!(header.unknown, ["remark", "remark_2", "column_4"]);
        assert_eq!(header.record_id, 0);
    }

    #[test]
    fn two_sure_headers_of_one_column_are_an_error() {
        assert_eq!(
            mapped(&["record_id", "name", "姓名"], None),
            Err(HeaderProblem::SameColumn {
                column: "name".into(),
                first: "name".into(),
                second: "姓名".into(),
            })
        );
    }

    #[test]
    fn one_header_twice_is_an_error_if_it_is_known() {
        for header in ["姓名", "手机", "月保障金额（元）"] {
            assert!(mapped(&["id", header, header], None).is_err(), "{header}");
        }
        assert!(mapped(&["id", "备注", "备注"], None).is_ok());
    }

    #[test]
    fn a_general_header_gives_way_to_a_sure_one() {
        assert_eq!(
            names(&["序号", "电话", "记录编号", "联系电话"], None),
            ["序号", "电话", "record_id", "phone"]
        );
        assert_eq!(names(&["序号", "编号"], None), ["序号", "record_id"]);
        assert_eq!(
            names(&["id", "姓名（户主）", "姓名"], None),
            ["record_id", "姓名（户主）", "name"]
        );
    }

    #[test]
    fn the_users_mapping_comes_first() {
        let mapping: ColumnMapping = "record_id = \"Key No\"\nemail = \"E-Mail\""
            .parse()
            .unwrap();
        assert_eq!(
            names(&["record_id", "keyno", "e-mail"], Some(&mapping)),
            ["record_id_2", "record_id", "email"]
        );
    }

    #[test]
    fn a_header_without_record_id_is_a_problem() {
        assert_eq!(
            mapped(&["姓名", "性别"], None),
            Err(HeaderProblem::NoRecordId)
        );
        assert_eq!(mapped(&[], None), Err(HeaderProblem::NoRecordId));
    }
}
