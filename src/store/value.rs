//! What the store keeps under its keys. Values are written by [postcard], whose format is stable;
//! a change to a type here is a new [format](super::FORMAT), but for fields that are added to the end of
//! [`Case`], which may be missing.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use crate::id::EntityId;

/// Milliseconds since the start of 1970, in UTC.
#[derive(
    Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Moment(pub i64);

/// The canonical columns by the number that stands for each in a record. Only ever longer.
const COLUMNS: [&str; 22] = [
    "national_id",
    "documents",
    "name",
    "former_name",
    "sex",
    "ethnicity",
    "birth_date",
    "hukou_address",
    "residence_address",
    "hukou_division",
    "office_division",
    "household_id",
    "relation_to_head",
    "mother_name",
    "phone",
    "bank_account",
    "status",
    "start_date",
    "end_date",
    "monthly_amount",
    "updated_at",
    "op",
];

/// What a source said of a person, as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The commit that brought this version.
    pub since: u64,
    /// When that was.
    pub at: Moment,
    /// Whether it is on file, or what became of it.
    pub state: RecordState,
    /// Its source.
    pub source: Box<str>,
    /// Its id within the source.
    pub record_id: Box<str>,
    /// Its cells that are not empty.
    pub cells: Cells,
}

/// Whether a record is on file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordState {
    /// It is.
    Current,
    /// Its source took it back.
    Deleted,
    /// Its person asked for its data to go. The version's digest stays, so that the audit can
    /// still be checked.
    Erased([u8; 16]),
}

/// The cells of a record that are not empty: canonical columns by number, others by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells {
    canonical: Vec<(u8, Box<str>)>,
    other: Vec<(Box<str>, Box<str>)>,
}

/// Columns of rows to come, in the order in which records keep them.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Number of each canonical column, with its place in the rows, by number.
    canonical: Vec<(u8, usize)>,
    /// The other columns, with their places, by name.
    other: Vec<(Box<str>, usize)>,
}

impl Columns {
    /// The columns of rows, of which no two have one name; those for which `take` is false are
    /// left out.
    pub fn of<'a>(names: impl Iterator<Item = &'a str>, take: impl Fn(&str) -> bool) -> Columns {
        let mut columns = Columns {
            canonical: Vec::new(),
            other: Vec::new(),
        };
        for (place, name) in names.enumerate().filter(|(_, name)| take(name)) {
            match COLUMNS.iter().position(|known| *known == name) {
                Some(number) => columns.canonical.push((number as u8, place)),
                None => columns.other.push((name.into(), place)),
            }
        }
        columns.canonical.sort_unstable();
        columns.other.sort_unstable();
        columns
    }

    /// The cells of a row that are not empty, of which `cell` gives the text by place.
    pub fn cells<'a>(&self, cell: impl Fn(usize) -> &'a str) -> Cells {
        let there = |place: usize| Some(cell(place)).filter(|text| !text.is_empty());
        let canonical = self.canonical.iter();
        let other = self.other.iter();
        Cells {
            canonical: canonical
                .filter_map(|&(number, place)| Some((number, there(place)?.into())))
                .collect(),
            other: other
                .filter_map(|(name, place)| Some((name.clone(), there(*place)?.into())))
                .collect(),
        }
    }
}

impl Cells {
    /// The cells of a row, in whatever order its columns are; empty ones are left out.
    pub fn of<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> Cells {
        let mut row = Cells::default();
        for (column, text) in cells.filter(|(_, text)| !text.is_empty()) {
            match COLUMNS.iter().position(|known| *known == column) {
                Some(number) => row.canonical.push((number as u8, text.into())),
                None => row.other.push((column.into(), text.into())),
            }
        }
        row.canonical.sort_unstable();
        row.other.sort_unstable();
        row
    }

    /// The text of a column; "" if it is empty.
    pub fn get(&self, column: &str) -> &str {
        let text = match COLUMNS.iter().position(|known| *known == column) {
            Some(number) => {
                let mut cells = self.canonical.iter();
                cells
                    .find(|(known, _)| usize::from(*known) == number)
                    .map(|(_, text)| text)
            }
            None => {
                let mut cells = self.other.iter();
                cells
                    .find(|(known, _)| **known == *column)
                    .map(|(_, text)| text)
            }
        };
        text.map_or("", |text| text)
    }

    /// All cells that are not empty: canonical columns first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let canonical = self.canonical.iter().filter_map(|(number, text)| {
            let column = COLUMNS.get(usize::from(*number))?;
            Some((*column, &**text))
        });
        canonical.chain(self.other.iter().map(|(column, text)| (&**column, &**text)))
    }

    /// The columns that records have by number, in the order of the numbers.
    pub fn canonical_columns() -> &'static [&'static str] {
        &COLUMNS
    }
}

/// A person, as far as the records say, or what became of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// The commit that brought the entity into being: of two, the one with the smaller is older.
    pub created: u64,
    /// The commit since which it is so.
    pub since: u64,
    /// When that was.
    pub at: Moment,
    /// What it is.
    pub state: EntityState,
}

/// What an entity is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntityState {
    /// Some records, in the order of (source, record id): never none.
    Members(Vec<u64>),
    /// No more: its records are in that one, or, if `None`, there are no records left.
    Retired(Option<EntityId>),
}

/// The entity of a record.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The entity.
    pub entity: EntityId,
    /// The commit since which it is so.
    pub since: u64,
}

/// What a person said of two records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The commit since which it holds.
    pub since: u64,
    /// When that was.
    pub at: Moment,
    /// What was said.
    pub kind: VerdictKind,
    /// Who said so.
    pub by: Box<str>,
    /// Why.
    pub why: Box<str>,
}

/// What a person can say of two records.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VerdictKind {
    /// They are one person.
    MustLink,
    /// They are two.
    CannotLink,
    /// Nothing any more: an earlier verdict is taken back.
    Withdrawn,
}

/// What a reader thought of two records. It is kept, and decides nothing: only a [`Verdict`] does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// The commit that brought it.
    pub since: u64,
    /// When that was.
    pub at: Moment,
    /// As what they read the pair.
    pub reading: OpinionReading,
    /// What they thought.
    pub kind: OpinionKind,
    /// The commit since which the verdict held that was read again; `None` where there was none.
    pub of: Option<u64>,
    /// Who.
    pub by: Box<str>,
    /// Why.
    pub why: Box<str>,
}

/// As what a pair is read.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OpinionReading {
    /// To be judged, and it was not.
    First,
    /// Again, by one who was not shown what the first reader said.
    Second,
    /// Because the first and the second differ.
    Third,
}

impl OpinionReading {
    /// Its code.
    pub fn name(self) -> &'static str {
        match self {
            OpinionReading::First => "first",
            OpinionReading::Second => "second",
            OpinionReading::Third => "third",
        }
    }
}

/// What an opinion is called in the audit.
pub const OPINION: &str = "opinion";

/// What a reader can think of two records.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OpinionKind {
    /// They are one person.
    Same,
    /// They are two.
    Different,
    /// It cannot be told.
    Unsure,
    /// Nothing any more: their earlier opinion is taken back.
    Withdrawn,
}

impl OpinionKind {
    /// Its code.
    pub fn name(self) -> &'static str {
        match self {
            OpinionKind::Same => "same",
            OpinionKind::Different => "different",
            OpinionKind::Unsure => "unsure",
            OpinionKind::Withdrawn => "withdrawn",
        }
    }
}

/// A finding as it is kept: see `findings.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredFinding {
    /// The commit that opened it.
    pub since: u64,
    /// When that was.
    pub at: Moment,
    /// Code of the kind.
    pub kind: Box<str>,
    /// Code of the severity.
    pub severity: Box<str>,
    /// The entity of the first record.
    pub entity: EntityId,
    /// The first record.
    pub a: u64,
    /// The second, if there is one.
    pub b: Option<u64>,
    /// First month, and the first no longer covered, as `YYYY-MM`; empty if it has none.
    pub period: (Box<str>, Box<str>),
    /// How many months.
    pub months: u32,
    /// Hundredths of a yuan.
    pub amount: i64,
    /// Id of the rule.
    pub rule: Box<str>,
    /// Match probability of the two records.
    pub probability: f64,
}

/// What a commit changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Whether everything that is derived may be otherwise since: a generation was put in force.
    pub everything: bool,
    /// Records that came, changed, were deleted or erased.
    pub records: Vec<u64>,
    /// Entities that are otherwise.
    pub entities: Vec<EntityId>,
    /// Findings that were opened, closed, or of which a person said something.
    pub findings: Vec<u64>,
}

/// What people make of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Case {
    /// The commit since which it is so.
    pub since: u64,
    /// When that was.
    pub at: Moment,
    /// How far it has come.
    pub status: CaseStatus,
    /// Who said so.
    pub by: Box<str>,
    /// Why.
    pub why: Box<str>,
    /// Who works on it; empty if nobody does.
    pub assignee: Box<str>,
    /// Day on which the person was told, as `YYYY-MM-DD`; empty if not yet.
    pub notified: Box<str>,
    /// Day until which they may answer; empty if none was set.
    pub respond_by: Box<str>,
    /// Day on which they answered; empty if they did not yet.
    pub answered: Box<str>,
    /// Why it was confirmed without waiting for an answer; empty if it was not.
    pub unheard: Box<str>,
}

/// What every version keeps of a case, in the order of its fields; what later ones added follows.
#[derive(Deserialize)]
struct FirstCase {
    since: u64,
    at: Moment,
    status: CaseStatus,
    by: Box<str>,
    why: Box<str>,
    assignee: Box<str>,
    notified: Box<str>,
    respond_by: Box<str>,
}

/// How far a case has come.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// Nobody has looked at it.
    #[default]
    Open,
    /// Somebody looks into it.
    UnderReview,
    /// It is so.
    Confirmed,
    /// It is not so, or it is allowed.
    Dismissed,
    /// It was so, and was set right.
    Resolved,
}

impl CaseStatus {
    /// All of them, in the order in which a case goes through them.
    pub const ALL: [CaseStatus; 5] = [
        CaseStatus::Open,
        CaseStatus::UnderReview,
        CaseStatus::Confirmed,
        CaseStatus::Dismissed,
        CaseStatus::Resolved,
    ];

    /// Its code.
    pub fn name(self) -> &'static str {
        match self {
            CaseStatus::Open => "open",
            CaseStatus::UnderReview => "under_review",
            CaseStatus::Confirmed => "confirmed",
            CaseStatus::Dismissed => "dismissed",
            CaseStatus::Resolved => "resolved",
        }
    }

    /// The status of a code.
    pub fn from_name(name: &str) -> Option<CaseStatus> {
        CaseStatus::ALL
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// What a request that may be sent again was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// When.
    pub at: Moment,
    /// Digest of the request: another request under the same key is refused.
    pub request: [u8; 16],
    /// The answer.
    pub body: Vec<u8>,
}

/// Bytes of a value.
pub(super) fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(value).map_err(|error| StoreError::Internal(error.to_string()))
}

/// A value from its bytes; `what` is named where they are damaged.
pub(super) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, StoreError> {
    postcard::from_bytes(bytes)
        .map_err(|error| StoreError::Damaged(format!("{what} cannot be read: {error}")))
}

/// A case from its bytes. Those written before cases had answers end where they would begin; an older
/// program passes over what it does not know.
pub(super) fn read_case(bytes: &[u8], what: &str) -> Result<Case, StoreError> {
    let damaged = |error| StoreError::Damaged(format!("{what} cannot be read: {error}"));
    let (first, rest) = postcard::take_from_bytes::<FirstCase>(bytes).map_err(damaged)?;
    let (answered, unheard) = match rest {
        [] => Default::default(),
        rest => postcard::from_bytes(rest).map_err(damaged)?,
    };
    Ok(Case {
        since: first.since,
        at: first.at,
        status: first.status,
        by: first.by,
        why: first.why,
        assignee: first.assignee,
        notified: first.notified,
        respond_by: first.respond_by,
        answered,
        unheard,
    })
}

/// The value that bytes begin with; `what` is named where they are damaged.
pub(super) fn read_first<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    what: &str,
) -> Result<T, StoreError> {
    postcard::take_from_bytes(bytes)
        .map(|(value, _)| value)
        .map_err(|error| StoreError::Damaged(format!("{what} cannot be read: {error}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_by_column() {
        let row = [
            ("name", "张伟"),
            ("备注", "x"),
            ("phone", ""),
            ("national_id", "1"),
        ];
        let cells = Cells::of(row.into_iter());
        for (column, text) in row {
            assert_eq!(cells.get(column), text, "{column}");
        }
        assert_eq!(cells.get("sex"), "");
        let all: Vec<_> = cells.iter().collect();
        assert_eq!(all, [("national_id", "1"), ("name", "张伟"), ("备注", "x")]);
        let reversed = Cells::of(row.into_iter().rev());
        assert_eq!(reversed, cells);
        let columns = Columns::of(row.iter().map(|(column, _)| *column), |_| true);
        assert_eq!(columns.cells(|place| row[place].1), cells);
        let columns = Columns::of(row.iter().map(|(column, _)| *column), |name| name != "备注");
        let without: Vec<_> = [("national_id", "1"), ("name", "张伟")].into();
        assert_eq!(
            columns
                .cells(|place| row[place].1)
                .iter()
                .collect::<Vec<_>>(),
            without
        );
    }

    #[test]
    fn cases_of_before_there_were_answers_are_read() {
        let case = Case {
            since: 7,
            at: Moment(1_700_000_000_000),
            status: CaseStatus::UnderReview,
            by: "Li".into(),
            why: "为何".into(),
            assignee: "Wang".into(),
            notified: "2026-01-05".into(),
            respond_by: "2026-02-05".into(),
            answered: "2026-01-20".into(),
            unheard: "abroad".into(),
        };
        let bytes = write(&case).unwrap();
        assert_eq!(read_case(&bytes, "case").unwrap(), case);
        let before = Case {
            answered: "".into(),
            unheard: "".into(),
            ..case
        };
        // Both are written as a length and so many bytes.
        let short = &bytes[..bytes.len() - (1 + 10) - (1 + 6)];
        assert_eq!(read_case(short, "case").unwrap(), before);
        for cut in [0, 1, 5, short.len() - 1, bytes.len() - 1] {
            assert!(read_case(&bytes[..cut], "case").is_err(), "{cut}");
        }
    }

    #[test]
    fn every_canonical_column_but_the_id_has_a_number() {
        let mut known: Vec<&str> = crate::ingest::headers::canonical_columns()
            .filter(|column| *column != "record_id")
            .collect();
        let mut numbered = COLUMNS.to_vec();
        known.sort_unstable();
        numbered.sort_unstable();
        assert_eq!(known, numbered);
    }
}
