//! What the rules need to know, read from the canonical columns whatever the model.

use xxhash_rust::xxh3::xxh3_64;
use yiren_matchers::normalise::identifier::{self, IdForm};
use yiren_matchers::normalise::{account, date, division, text};

use crate::ingest::RowBatch;
use crate::record::{Enrolment, Status};

/// The canonical columns that an enrolment is read from.
pub const COLUMNS: [&str; 10] = [
    "status",
    "start_date",
    "end_date",
    "monthly_amount",
    "national_id",
    "household_id",
    "bank_account",
    "office_division",
    "hukou_division",
    "updated_at",
];
const STATUS: usize = 0;
const START: usize = 1;
const END: usize = 2;
const AMOUNT: usize = 3;
const NATIONAL_ID: usize = 4;
const HOUSEHOLD: usize = 5;
const ACCOUNT: usize = 6;
const DIVISIONS: [usize; 2] = [7, 8];
const UPDATED_AT: usize = 9;

/// Where the columns of an enrolment are in a batch.
pub(super) struct EnrolmentColumns([Option<usize>; COLUMNS.len()]);

impl EnrolmentColumns {
    pub fn of(batch: &RowBatch) -> EnrolmentColumns {
        EnrolmentColumns(COLUMNS.map(|column| batch.column(column)))
    }

    /// The enrolment of a row; its source is set later.
    pub fn read(&self, batch: &RowBatch, row: usize) -> Enrolment {
        read(|place| self.cell(batch, row, place))
    }

    /// When the source last changed the row, as a sortable number; 0 if it does not say.
    pub fn updated_at(&self, batch: &RowBatch, row: usize) -> u32 {
        changed(self.cell(batch, row, UPDATED_AT))
    }

    fn cell<'a>(&self, batch: &'a RowBatch, row: usize, place: usize) -> &'a str {
        self.0[place].map_or("", |column| batch.cell(row, column))
    }
}

/// The enrolment of a record whose raw cells `cell` gives by canonical column, "" for none; its
/// source is left 0.
pub fn enrolment<'a>(cell: impl Fn(&str) -> &'a str) -> Enrolment {
    read(|place| cell(COLUMNS[place]))
}

/// When a source says that it last changed a record, as a sortable number: later is greater, and
/// 0 is that it does not say.
pub fn changed(updated_at: &str) -> u32 {
    date::parse(updated_at).map_or(0, |date| date.bits())
}

fn read<'a>(cell: impl Fn(usize) -> &'a str) -> Enrolment {
    let end = date::parse(cell(END));
    let number = identifier::parse(cell(NATIONAL_ID)).filter(|id| id.form() == IdForm::Valid);
    let household = text::compact(cell(HOUSEHOLD));
    let division = DIVISIONS
        .iter()
        .find_map(|&column| division::parse(cell(column)));
    Enrolment {
        source: 0,
        status: status(cell(STATUS)),
        start: date::parse(cell(START)),
        end,
        end_unreadable: end.is_none() && !text::is_placeholder(cell(END)),
        monthly_amount: fen(cell(AMOUNT)),
        national_id: number.and_then(|id| id.packed()).map_or(0, |id| id.bits()),
        household: if text::is_placeholder(&household) {
            0
        } else {
            xxh3_64(household.as_bytes()).max(1)
        },
        account: account::parse(cell(ACCOUNT)).unwrap_or(0),
        division: division.map_or(0, |code| code.county()),
    }
}

/// The state that a word of the `status` column stands for.
fn status(word: &str) -> Status {
    const WORDS: &[(&str, Status)] = &[
        ("applied", Status::Applied),
        ("申请", Status::Applied),
        ("申请中", Status::Applied),
        ("审核中", Status::Applied),
        ("待审批", Status::Applied),
        ("active", Status::Active),
        ("在享", Status::Active),
        ("享受中", Status::Active),
        ("正常", Status::Active),
        ("在保", Status::Active),
        ("suspended", Status::Suspended),
        ("暂停", Status::Suspended),
        ("停发", Status::Suspended),
        ("缓发", Status::Suspended),
        ("exited", Status::Exited),
        ("退出", Status::Exited),
        ("已退出", Status::Exited),
        ("停保", Status::Exited),
        ("终止", Status::Exited),
        ("注销", Status::Exited),
        ("deceased", Status::Deceased),
        ("死亡", Status::Deceased),
        ("已故", Status::Deceased),
    ];
    let find = |word: &str| WORDS.iter().find(|(known, _)| *known == word);
    let found = find(word).or_else(|| find(&text::compact(word).to_lowercase()));
    found.map_or(Status::Unknown, |(_, status)| *status)
}

/// An amount of yuan in hundredths; 0 if it cannot be read.
fn fen(amount: &str) -> i64 {
    if amount.len() < 16
        && let Ok(yuan) = amount.parse::<u32>()
    {
        return 100 * i64::from(yuan);
    }
    let digits: String = text::compact(amount)
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
        .collect();
    digits
        .parse::<f64>()
        .map_or(0, |yuan| (yuan * 100.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_hundredths() {
        for (text, expected) in [
            ("290", 29000),
            ("1,060.50", 106_050),
            ("￥８００元", 80000),
            ("", 0),
            ("无", 0),
            ("-5", -500),
        ] {
            assert_eq!(fen(text), expected, "{text}");
        }
    }

    #[test]
    fn statuses_are_read_in_both_languages() {
        for (text, expected) in [
            ("active", Status::Active),
            (" Active ", Status::Active),
            ("在保", Status::Active),
            ("exited", Status::Exited),
            ("申请中", Status::Applied),
            ("deceased", Status::Deceased),
            ("??", Status::Unknown),
            ("", Status::Unknown),
        ] {
            assert_eq!(status(text), expected, "{text}");
        }
    }
}
