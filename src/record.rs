//! Records as programmes and registers keep them.

use serde::{Deserialize, Serialize};
use yiren_matchers::normalise::date::Date;

/// What the rules need to know of one record: when, how much, and what it shares with others.
/// Records are numbered in the order of (source, record id), so a smaller number breaks ties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Position of the source in the sweep's sorted list of sources.
    pub source: u16,
    /// State of the enrolment; see [`Status`].
    pub status: Status,
    /// First day, if given and readable; in the deaths register, the day of death.
    pub start: Option<Date>,
    /// Last day, if given and readable; `None` means still running.
    pub end: Option<Date>,
    /// Whether an end was given that cannot be read, so that `end: None` says nothing.
    pub end_unreadable: bool,
    /// Amount a month, in hundredths of a yuan; 0 if not given.
    pub monthly_amount: i64,
    /// Whole, valid ID number, as the bits of its packed form; 0 if there is none.
    pub national_id: u64,
    /// Household, as a number that is equal where the household id is equal; 0 if there is none.
    pub household: u64,
    /// Bank account, as a number that is equal where the account is equal; 0 if there is none.
    pub account: u64,
    /// Six-digit division where the record was made (or, failing that, of the hukou); 0 if unknown.
    pub division: u32,
}

impl Enrolment {
    /// Bytes of an enrolment as [`Enrolment::to_bytes`] writes it.
    pub const BYTES: usize = 45;

    /// The enrolment in a fixed number of bytes, all but its source.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let date = |date: Option<Date>| date.map_or(0, Date::bits).to_le_bytes();
        let mut bytes = [0; Self::BYTES];
        bytes[0] = self.status as u8 | u8::from(self.end_unreadable) << 7;
        bytes[1..5].copy_from_slice(&date(self.start));
        bytes[5..9].copy_from_slice(&date(self.end));
        bytes[9..17].copy_from_slice(&self.monthly_amount.to_le_bytes());
        bytes[17..25].copy_from_slice(&self.national_id.to_le_bytes());
        bytes[25..33].copy_from_slice(&self.household.to_le_bytes());
        bytes[33..41].copy_from_slice(&self.account.to_le_bytes());
        bytes[41..45].copy_from_slice(&self.division.to_le_bytes());
        bytes
    }

    /// The enrolment that [`Enrolment::to_bytes`] wrote, of a source.
    pub fn from_bytes(bytes: &[u8; Self::BYTES], source: u16) -> Enrolment {
        let four = |at: usize| bytes[at..].first_chunk().copied().map(u32::from_le_bytes);
        let four = |at: usize| four(at).unwrap_or(0);
        let eight = |at: usize| bytes[at..].first_chunk().copied().map(u64::from_le_bytes);
        let eight = |at: usize| eight(at).unwrap_or(0);
        Enrolment {
            source,
            status: Status::from_number(bytes[0] & 0x7f),
            start: Date::from_bits(four(1)),
            end: Date::from_bits(four(5)),
            end_unreadable: bytes[0] >> 7 == 1,
            monthly_amount: eight(9).cast_signed(),
            national_id: eight(17),
            household: eight(25),
            account: eight(33),
            division: four(41),
        }
    }
}

/// State of an enrolment, from the `status` column.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Not given, or not a known word.
    #[default]
    Unknown,
    /// Asked for, not yet granted: never counts as an enrolment.
    Applied,
    /// Being paid.
    Active,
    /// Stopped for the time being.
    Suspended,
    /// Ended.
    Exited,
    /// Ended because the person died; also the status of every record of the deaths register.
    Deceased,
}

impl Status {
    /// All states, each at its own number.
    const ALL: [Status; 6] = [
        Status::Unknown,
        Status::Applied,
        Status::Active,
        Status::Suspended,
        Status::Exited,
        Status::Deceased,
    ];

    fn from_number(number: u8) -> Status {
        let known = Status::ALL.get(usize::from(number));
        known.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date() -> impl Strategy<Value = Option<Date>> {
        let day = (1..=9999_u16, 1..=12_u8, 1..=31_u8);
        day.prop_map(|(year, month, day)| Date::new(year, month, day))
    }

    proptest! {
        #[test]
        fn enrolments_come_back_as_they_were(
            source in any::<u16>(),
            status in proptest::sample::select(&Status::ALL[..]),
            (start, end) in (date(), date()),
            end_unreadable in any::<bool>(),
            monthly_amount in any::<i64>(),
            numbers in any::<[u64; 3]>(),
            division in any::<u32>(),
        ) {
            let [national_id, household, account] = numbers;
            let enrolment = Enrolment {
                source,
                status,
                start,
                end,
                end_unreadable,
                monthly_amount,
                national_id,
                household,
                account,
                division,
            };
            let bytes = enrolment.to_bytes();
            prop_assert_eq!(Enrolment::from_bytes(&bytes, source), enrolment);
        }
    }
}
