//! Administrative division codes.

use std::fmt;

use super::text::{is_invisible, nfkc};

/// A division of one of five levels, in 64 bits: province 2 digits, prefecture 4, county 6
/// (GB/T 2260), township 9 (GB/T 10114), village 12 (statistical codes).
///
/// Whether such a division exists, or ever did, is not asked: codes are abolished and new
/// ones made every year.
///
/// ```
/// use yiren_matchers::normalise::division::parse;
/// let code = parse("410526114000").unwrap();
/// assert_eq!((code.len(), code.county(), code.town()), (9, 410_526, Some(410_526_114)));
/// assert_eq!(parse("410500").unwrap().to_string(), "4105");
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct DivisionCode(u64);

/// The division that the text names by its code, or `None`: digits only, 2, 4, 6, 9 or 12 of
/// them, not all equal, the first not 0. Zeros that stand for "all of it" are dropped, so
/// that `410526`, `410526000` and `410526000000` are one county.
pub fn parse(raw: &str) -> Option<DivisionCode> {
    let text = raw.trim();
    let text = text.strip_suffix(".0").unwrap_or(text);
    let mut digits = 0u64;
    let mut len = 0;
    for c in nfkc(text).chars() {
        match c {
            '0'..='9' if len < VILLAGE => {
                digits = digits * 10 + (u64::from(c) - u64::from('0'));
                len += 1;
            }
            '\'' | '"' | '-' | ' ' => {}
            c if is_invisible(c) => {}
            _ => return None,
        }
    }
    DivisionCode::new(digits, len)
}

const PROVINCE: u8 = 2;
const PREFECTURE: u8 = 4;
const COUNTY: u8 = 6;
const TOWN: u8 = 9;
const VILLAGE: u8 = 12;

impl DivisionCode {
    fn new(mut digits: u64, mut len: u8) -> Option<DivisionCode> {
        // Constants each: this is done for every record, and a division by a variable is slow.
        let least = match len {
            PROVINCE => 10,
            PREFECTURE => 1000,
            COUNTY => 100_000,
            TOWN => 100_000_000,
            VILLAGE => 100_000_000_000,
            _ => return None,
        };
        if !(least..10 * least).contains(&digits) || (len >= COUNTY && is_filler(digits, len)) {
            return None;
        }
        while len > COUNTY && digits.is_multiple_of(1000) {
            (digits, len) = (digits / 1000, len - 3);
        }
        while (PREFECTURE..=COUNTY).contains(&len) && digits.is_multiple_of(100) {
            (digits, len) = (digits / 100, len - 2);
        }
        Some(DivisionCode(digits << 4 | u64::from(len)))
    }

    /// The code and its length in 44 bits; never 0.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The code that [`DivisionCode::bits`] gave, or `None` for any other value.
    pub fn from_bits(bits: u64) -> Option<DivisionCode> {
        let code = DivisionCode::new(bits >> 4, (bits & 15) as u8)?;
        (code.0 == bits).then_some(code)
    }

    /// The code as a number of [`DivisionCode::len`] digits.
    pub fn as_u64(self) -> u64 {
        self.0 >> 4
    }

    /// How many digits are known: 2, 4, 6, 9 or 12.
    #[expect(clippy::len_without_is_empty, reason = "no code is empty")]
    pub fn len(self) -> usize {
        usize::from(self.digits())
    }

    fn digits(self) -> u8 {
        (self.0 & 15) as u8
    }

    /// The first `len` digits; padded with zeros if fewer are known.
    fn prefix(self, len: u8) -> u64 {
        let known = self.digits();
        if known >= len {
            self.as_u64() / 10u64.pow(u32::from(known - len))
        } else {
            self.as_u64() * 10u64.pow(u32::from(len - known))
        }
    }

    /// The province, two digits.
    pub fn province(self) -> u32 {
        self.prefix(PROVINCE) as u32
    }

    /// Province and prefecture, four digits; `00` last if only the province is known.
    pub fn prefecture(self) -> u32 {
        self.prefix(PREFECTURE) as u32
    }

    /// Province, prefecture and county, six digits; `00` or `0000` last if less is known.
    pub fn county(self) -> u32 {
        self.prefix(COUNTY) as u32
    }

    /// The township (town, township, subdistrict), nine digits, if known.
    pub fn town(self) -> Option<u32> {
        (self.digits() >= TOWN).then(|| self.prefix(TOWN) as u32)
    }

    /// The village or residents' committee, twelve digits, if known.
    pub fn village(self) -> Option<u64> {
        (self.digits() >= VILLAGE).then(|| self.as_u64())
    }

    /// Whether `other` is this division or lies in it.
    pub fn contains(self, other: DivisionCode) -> bool {
        other.digits() >= self.digits() && other.prefix(self.digits()) == self.as_u64()
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_u64())
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// All digits equal, or 123456 first.
fn is_filler(digits: u64, len: u8) -> bool {
    let (first_six, ones) = match len {
        COUNTY => (digits, 111_111),
        TOWN => (digits / 1000, 111_111_111),
        _ => (digits / 1_000_000, 111_111_111_111),
    };
    first_six == 123_456 || digits.is_multiple_of(ones)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads() {
        for (raw, expected) in [
            ("41", "41"),
            ("4105", "4105"),
            ("410526", "410526"),
            ("410526114", "410526114"),
            ("410526114201", "410526114201"),
            ("410526114000", "410526114"),
            ("410526000000", "410526"),
            ("410526000", "410526"),
            ("410500", "4105"),
            ("410000", "41"),
            ("410000000000", "41"),
            ("4100", "41"),
            (" 410526 ", "410526"),
            ("４１０５２６", "410526"),
            ("'410526", "410526"),
            ("410526.0", "410526"),
            ("810000", "81"),
            ("659003109", "659003109"),
        ] {
            assert_eq!(
                parse(raw).map(|code| code.to_string()).as_deref(),
                Some(expected),
                "{raw:?}"
            );
        }
    }

    #[test]
    fn nothing_to_read() {
        for raw in [
            "",
            " ",
            "无",
            "0",
            "000000",
            "010526",
            "4",
            "410",
            "41052",
            "4105261",
            "4105261140001",
            "111111",
            "999999",
            "123456",
            "4.1E5",
            "410526x",
            "滑县",
            "-",
        ] {
            assert_eq!(parse(raw), None, "{raw:?}");
        }
    }

    #[test]
    fn levels() {
        let village = parse("410526114201").unwrap();
        assert_eq!(
            (village.province(), village.prefecture(), village.county()),
            (41, 4105, 410_526)
        );
        assert_eq!(
            (village.town(), village.village()),
            (Some(410_526_114), Some(410_526_114_201))
        );
        let province = parse("410000").unwrap();
        assert_eq!((province.len(), province.as_u64()), (2, 41));
        assert_eq!(
            (province.prefecture(), province.county(), province.town()),
            (4100, 410_000, None)
        );
        assert!(
            province.contains(village) && village.contains(village) && !village.contains(province)
        );
        assert!(!parse("410527").unwrap().contains(village));
    }

    proptest! {
        #[test]
        fn bits_are_reversible(raw in "[1-8][0-9](0{2}|[0-9]{2})(0{2}|[0-9]{2})((0{3}|[0-9]{3}){0,2})") {
            if let Some(code) = parse(&raw) {
                prop_assert_eq!(DivisionCode::from_bits(code.bits()), Some(code));
                prop_assert_eq!(parse(&code.to_string()).is_none_or(|again| again == code), true);
                prop_assert_eq!(code.to_string().len(), code.len());
            }
        }

        #[test]
        fn fillers_look_like_fillers(
            raw in "[1-9][0-9]{5}([0-9]{3}){0,2}|123456([0-9]{3}){0,2}",
            same in 1..=9_u8,
        ) {
            let length = raw.len();
            let (digits, same) = (raw.parse().unwrap(), same.to_string().repeat(length));
            let looks = raw.starts_with("123456") || raw.bytes().all(|c| raw.starts_with(char::from(c)));
            prop_assert_eq!(is_filler(digits, length as u8), looks);
            prop_assert!(is_filler(same.parse().unwrap(), length as u8));
        }

        #[test]
        fn garbage_never_panics(raw in any::<String>(), bits in any::<u64>()) {
            let _ = parse(&raw);
            prop_assert!(DivisionCode::from_bits(bits).is_none_or(|code| code.bits() == bits));
        }
    }
}
