//! The citizen ID number (公民身份号码) of GB 11643.
//!
//! Eighteen characters: six of area, eight of birth date, three of sequence (odd for men,
//! even for women) and a check character, 0–9 or X. Numbers issued before 1999 have fifteen
//! digits: no century, no check character; they are brought to eighteen here.
//!
//! The number is strong evidence and fallible: one that fails its check, is masked, or lost a
//! digit is kept for comparison and marked as such in its [`IdForm`]. No number is refused
//! for its area code: codes abolished decades ago are met on people born later.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::codes::Sex;
use super::date::Date;

/// An ID number in its normal form: ASCII, 12 to 20 characters of `0`–`9`, `X` and, where
/// a digit is hidden, `*`. 22 bytes, no allocation.
///
/// ```
/// use yiren_matchers::normalise::identifier::{IdForm, parse};
/// let id = parse("110105 491231002").unwrap();
/// assert_eq!(id.as_str(), "11010519491231002X");
/// assert_eq!(id.form(), IdForm::Valid);
/// assert_eq!(id.birth_date().unwrap().to_string(), "1949-12-31");
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
pub struct NationalId {
    chars: [u8; MAX_LEN],
    len: u8,
    form: IdForm,
}

/// An eighteen-character number in 62 bits, from the top: area (20), birth date as eight digits
/// (27), sequence (10), value of the check character (4), and whether it is valid (1).
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
pub struct PackedId(u64);

/// The digits of 0 to 999, four bits each.
const THREE_DIGITS: [u16; 1000] = {
    let mut table = [0; 1000];
    let mut number = 0;
    while number < 1000 {
        table[number] = (((number / 100) << 8) | ((number / 10 % 10) << 4) | (number % 10)) as u16;
        number += 1;
    }
    table
};

impl PackedId {
    /// The number whose [`PackedId::bits`] those are.
    #[inline]
    pub(crate) fn from_own_bits(bits: u64) -> PackedId {
        PackedId(bits)
    }

    /// The 62 bits; never 0.
    #[inline]
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Whether the number is [`IdForm::Valid`]; else it is [`IdForm::CheckFailed`].
    #[inline]
    pub fn is_valid(self) -> bool {
        self.0 & 1 == 1
    }

    /// Area and birth date, as bits that are equal where these are.
    #[inline]
    pub fn area_and_birth(self) -> u64 {
        self.0 >> 15
    }

    /// The eighteen digits, four bits each, the last one lowest; X is 10.
    #[inline]
    pub fn digits(self) -> u128 {
        let three = |number: u64| u128::from(THREE_DIGITS[(number % 1000) as usize]);
        let (area, birth, sequence) =
            (self.0 >> 42, self.0 >> 15 & 0x7ff_ffff, self.0 >> 5 & 0x3ff);
        three(area / 1000) << 60
            | three(area) << 48
            | three(birth / 1_000_000) << 40
            | three(birth / 1000) << 28
            | three(birth) << 16
            | three(sequence) << 4
            | u128::from(self.0 >> 1 & 15)
    }
}

/// How far an ID number can be trusted.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize)]
pub enum IdForm {
    /// Eighteen long, a plausible birth date, the right check character.
    Valid,
    /// Eighteen long, but the check character is wrong or there is no such birth date.
    CheckFailed,
    /// Digits are hidden; the visible ones are evidence.
    Masked,
    /// Not eighteen long, or an X in an odd place: a digit was dropped or inserted.
    Irregular,
}

/// Room for an 18-character number with two characters too many.
const MAX_LEN: usize = 20;
/// The shortest text that is taken for an ID number at all.
const MIN_LEN: usize = 12;
const FULL_LEN: usize = 18;
const LEGACY_LEN: usize = 15;
/// A masked number showing fewer digits than this says too little to keep.
const MIN_VISIBLE: usize = 4;
/// Stands for a hidden digit.
pub(crate) const MASK: u8 = b'*';
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";

/// The ID number in its normal form, or `None` where the text holds none: empty, a
/// placeholder (无, all digits equal, 123456789…), shorter than 12 or longer than 20
/// characters, or with letters other than X.
///
/// White space, hyphens, quotes and other punctuation are dropped; full-width digits and
/// the look-alikes of X (×, Х, Χ) become ASCII; mask characters (`*`, `#`, `?`, ●, ■, `_`,
/// two X and more in a row) become `*`. A run of masks of another length than the digits it
/// hides is stretched or shortened so that the whole has eighteen characters. Numbers of
/// fifteen digits with a real birth date get the century 19 and the check character.
pub fn parse(raw: &str) -> Option<NationalId> {
    match raw.as_bytes().first_chunk() {
        Some(plain) if raw.len() == FULL_LEN && is_plain(plain) => NationalId::plain(plain),
        _ => parse_any(raw),
    }
}

/// Whether these are seventeen digits and a check character, as nearly all numbers are written.
fn is_plain(chars: &[u8; FULL_LEN]) -> bool {
    let [first17 @ .., check] = chars;
    first17.iter().all(u8::is_ascii_digit) && matches!(check, b'0'..=b'9' | b'X' | b'x')
}

fn parse_any(raw: &str) -> Option<NationalId> {
    let mut chars = [0; MAX_LEN];
    let mut len = 0;
    let mut push = |c: char| -> Option<()> {
        if let Some(symbol) = symbol(c)? {
            *chars.get_mut(len)? = symbol;
            len += 1;
        }
        Some(())
    };
    if raw.is_ascii() {
        raw.chars().try_for_each(&mut push)?;
    } else {
        raw.nfkc().try_for_each(&mut push)?;
    }
    NationalId::from_symbols(&mut chars, len)
}

/// What a character contributes: a symbol, nothing, or the end of the attempt.
fn symbol(c: char) -> Option<Option<u8>> {
    match c {
        '0'..='9' => Some(Some(c as u8)),
        'x' | 'X' | '×' | 'Х' | 'х' | 'Χ' | 'χ' => Some(Some(b'X')),
        '*' | '#' | '?' | '_' | '●' | '○' | '■' | '□' | '◆' | '★' | '☆' | '█' | '▇' | '※' | '•'
        | '∗' | '✱' => Some(Some(MASK)),
        c if c.is_alphanumeric() => None,
        _ => Some(None),
    }
}

impl NationalId {
    /// The number of characters that [`is_plain`].
    fn plain(chars: &[u8; FULL_LEN]) -> Option<NationalId> {
        let chars = chars.map(|c| c.to_ascii_uppercase());
        if is_filler(&chars) {
            return None;
        }
        let mut id = NationalId::of_full(chars, IdForm::Irregular);
        id.form = id.judge(false);
        Some(id)
    }

    fn of_full(full: [u8; FULL_LEN], form: IdForm) -> NationalId {
        let mut chars = [0; MAX_LEN];
        chars[..FULL_LEN].copy_from_slice(&full);
        NationalId {
            chars,
            len: FULL_LEN as u8,
            form,
        }
    }

    fn from_symbols(chars: &mut [u8; MAX_LEN], mut len: usize) -> Option<NationalId> {
        mask_runs_of_x(chars.get_mut(..len)?);
        let masked = chars.get(..len)?.contains(&MASK);
        let legacy = len == LEGACY_LEN && !chars.get(..len)?.ends_with(b"X");
        if masked && len != FULL_LEN && !legacy {
            len = fit_single_mask(chars, len)?;
        }
        if len < MIN_LEN || is_filler(chars.get(..len)?) {
            return None;
        }
        if legacy {
            len = upgrade(chars);
        }
        let mut id = NationalId {
            chars: *chars,
            len: len as u8,
            form: IdForm::Irregular,
        };
        id.chars.get_mut(len..)?.fill(0);
        id.form = id.judge(masked);
        Some(id)
    }

    fn judge(&self, masked: bool) -> IdForm {
        if masked {
            return IdForm::Masked;
        }
        let [first17 @ .., check] = self.bytes() else {
            return IdForm::Irregular;
        };
        if first17.len() != FULL_LEN - 1 || !first17.iter().all(u8::is_ascii_digit) {
            return IdForm::Irregular;
        }
        let birth = date_in(self.bytes()).is_some_and(Date::is_complete);
        if birth && check_digit(first17) == Some(*check) {
            IdForm::Valid
        } else {
            IdForm::CheckFailed
        }
    }

    /// How far the number can be trusted.
    pub fn form(&self) -> IdForm {
        self.form
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.chars.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The number in 62 bits, or `None` unless it is [`IdForm::Valid`] or
    /// [`IdForm::CheckFailed`]. Equal numbers pack equally, and order is kept.
    pub fn packed(&self) -> Option<PackedId> {
        if !matches!(self.form, IdForm::Valid | IdForm::CheckFailed) {
            return None;
        }
        let [first17 @ .., check] = self.bytes() else {
            return None;
        };
        let check = if *check == b'X' {
            10
        } else {
            u64::from(check - b'0')
        };
        let number = number(first17)?;
        let (area, birth, sequence) = (
            number / 100_000_000_000,
            number / 1000 % 100_000_000,
            number % 1000,
        );
        let valid = u64::from(self.form == IdForm::Valid);
        Some(PackedId(
            area << 42 | birth << 15 | sequence << 5 | check << 1 | valid,
        ))
    }

    /// The number that [`NationalId::packed`] gave.
    pub fn from_packed(packed: PackedId) -> NationalId {
        let mut chars = [0; FULL_LEN];
        let mut digits = packed.digits();
        for slot in chars.iter_mut().rev() {
            *slot = match (digits & 15) as u8 {
                10 => b'X',
                digit => b'0' + digit,
            };
            digits >>= 4;
        }
        let form = match packed.is_valid() {
            true => IdForm::Valid,
            false => IdForm::CheckFailed,
        };
        NationalId::of_full(chars, form)
    }

    /// The birth date inside, 1850 to 2100; without the parts that a mask hides, and `None`
    /// if there is no such day or the number is [`IdForm::Irregular`].
    pub fn birth_date(&self) -> Option<Date> {
        (self.form != IdForm::Irregular)
            .then(|| date_in(self.bytes()))
            .flatten()
    }

    /// The sex that the sequence number tells: odd for men, even for women. `None` if that
    /// digit is hidden or the number is [`IdForm::Irregular`].
    pub fn sex(&self) -> Option<Sex> {
        let last = self.sequence_digits()?.last()?;
        last.is_ascii_digit().then(|| {
            if last % 2 == 1 {
                Sex::Male
            } else {
                Sex::Female
            }
        })
    }

    /// The six digits of the area that issued the number; `None` if any is hidden or the
    /// number is [`IdForm::Irregular`]. Never changes with a move, and may be abolished.
    pub fn area(&self) -> Option<u32> {
        let area = self.aligned()?.get(..6)?;
        number(area).map(|area| area as u32)
    }

    /// The sequence number 0 to 999 among those born on one day in one area; `None` if any
    /// digit of it is hidden or the number is [`IdForm::Irregular`].
    pub fn sequence(&self) -> Option<u16> {
        number(self.sequence_digits()?).map(|sequence| sequence as u16)
    }

    fn sequence_digits(&self) -> Option<&[u8]> {
        self.aligned()?.get(14..17)
    }

    /// The eighteen characters, if each stands in its own place.
    pub(crate) fn aligned(&self) -> Option<&[u8; FULL_LEN]> {
        if self.form == IdForm::Irregular {
            return None;
        }
        self.bytes().try_into().ok()
    }
}

impl fmt::Display for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.as_str(), self.form)
    }
}

/// The check character, `0`–`9` or `X`, of seventeen ASCII digits; `None` for anything else.
///
/// Source: GB 11643-1999, which is ISO 7064 MOD 11-2: the digits times 2^17 … 2^1 mod 11,
/// summed mod 11, look up `10X98765432`.
///
/// ```
/// use yiren_matchers::normalise::identifier::check_digit;
/// assert_eq!(check_digit(b"11010519491231002"), Some(b'X'));
/// assert_eq!(check_digit(b"1101051949123100"), None);
/// ```
pub fn check_digit(first17: &[u8]) -> Option<u8> {
    if first17.len() != WEIGHTS.len() || !first17.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = first17
        .iter()
        .zip(WEIGHTS)
        .map(|(&c, weight)| u32::from(c - b'0') * weight)
        .sum();
    CHECK_CHARACTERS
        .get(sum as usize % CHECK_CHARACTERS.len())
        .copied()
}

/// Two X and more in a row hide digits; one alone is the check character.
fn mask_runs_of_x(chars: &mut [u8]) {
    for run in chars.chunk_by_mut(|a, b| a == b) {
        if run.len() > 1 && run.first() == Some(&b'X') {
            run.fill(MASK);
        }
    }
}

/// The length after the only run of masks was made to fill eighteen characters; the length
/// as it was if there are several runs or no room.
fn fit_single_mask(chars: &mut [u8; MAX_LEN], len: usize) -> Option<usize> {
    let start = chars.get(..len)?.iter().position(|&c| c == MASK)?;
    let end = chars.get(..len)?.iter().rposition(|&c| c == MASK)? + 1;
    let one_run = chars.get(start..end)?.iter().all(|&c| c == MASK);
    let visible = start + (len - end);
    if !one_run || visible >= FULL_LEN {
        return Some(len);
    }
    let mut fitted = [MASK; MAX_LEN];
    fitted
        .get_mut(..start)?
        .copy_from_slice(chars.get(..start)?);
    fitted
        .get_mut(FULL_LEN - (len - end)..FULL_LEN)?
        .copy_from_slice(chars.get(end..len)?);
    *chars = fitted;
    Some(FULL_LEN)
}

/// Whether the characters were typed to get past a form: too few are visible, no more than
/// two different ones, all counting up or down, or one digit only after the area.
fn is_filler(chars: &[u8]) -> bool {
    let visible = chars.iter().filter(|&&c| c != MASK).count();
    if visible < MIN_VISIBLE {
        return true;
    }
    let masked = visible != chars.len();
    let distinct = chars
        .iter()
        .filter(|c| c.is_ascii_digit())
        .fold(0u16, |set, c| set | 1 << (c - b'0'));
    let steps_by = |step: u8| {
        chars.windows(2).all(|pair| matches!(pair, [a, b] if a.is_ascii_digit() && (*a - b'0' + step) % 10 + b'0' == *b))
    };
    let flat = |digits: &[u8]| {
        digits
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a == b))
    };
    (!masked && distinct.count_ones() <= 2)
        || steps_by(1)
        || steps_by(9)
        || (!masked
            && chars
                .get(6..chars.len().min(FULL_LEN) - 1)
                .is_some_and(flat))
}

/// Brings fifteen characters with a real birth date to eighteen; the resulting length.
fn upgrade(chars: &mut [u8; MAX_LEN]) -> usize {
    let mut full = [0; MAX_LEN];
    let [a0, a1, a2, a3, a4, a5, rest @ ..] = *chars;
    let head = [a0, a1, a2, a3, a4, a5, b'1', b'9'];
    for (slot, c) in full
        .iter_mut()
        .zip(head.iter().chain(rest.iter().take(LEGACY_LEN - 6)))
    {
        *slot = *c;
    }
    let (first17, check) = full.split_at_mut(FULL_LEN - 1);
    let Some(check) = check.first_mut() else {
        return LEGACY_LEN;
    };
    if first17.contains(&MASK) {
        *check = MASK;
    } else if let (Some(character), true) = (
        check_digit(first17),
        date_in(first17).is_some_and(Date::is_complete),
    ) {
        *check = character;
    } else {
        return LEGACY_LEN;
    }
    *chars = full;
    FULL_LEN
}

/// The date in characters 6 to 13, as far as it is visible.
fn date_in(chars: &[u8]) -> Option<Date> {
    let year = number(chars.get(6..10)?)? as u16;
    let month = hidden_or_number(chars.get(10..12)?)?;
    let day = if month == 0 {
        0
    } else {
        hidden_or_number(chars.get(12..14)?)?
    };
    Date::new(year, month, day).filter(|date| super::date::PLAUSIBLE_YEARS.contains(&date.year()))
}

/// The two digits; 0 if either is hidden, `None` for `00` or an X.
fn hidden_or_number(two: &[u8]) -> Option<u8> {
    if two.contains(&MASK) {
        return Some(0);
    }
    number(two)
        .map(|value| value as u8)
        .filter(|&value| value > 0)
}

/// The value of a run of digits short enough for 64 bits.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, c| {
        c.is_ascii_digit().then(|| value * 10 + u64::from(c - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(raw: &str, expected: &str, form: IdForm) {
        let id = parse(raw).unwrap_or_else(|| panic!("{raw:?} gives nothing"));
        assert_eq!((id.as_str(), id.form()), (expected, form), "{raw:?}");
    }

    #[test]
    fn spellings_of_one_number() {
        for raw in [
            "11010519491231002X",
            "11010519491231002x",
            " 110105 19491231 002X ",
            "110105-19491231-002X",
            "'11010519491231002X",
            "\"11010519491231002X\"",
            "１１０１０５１９４９１２３１００２Ｘ",
            "11010519491231002×",
            "11010519491231002Х",
            "11010519491231002Χ",
            "\u{feff}11010519491231002X\u{200b}",
            "110105491231002",
            "110105 491231 002",
            "１１０１０５４９１２３１００２",
            "11010519491231002X\r\n",
        ] {
            check(raw, "11010519491231002X", IdForm::Valid);
        }
    }

    #[test]
    fn forms() {
        use IdForm::*;
        for (raw, expected, form) in [
            // Abolished and later area codes are as good as any.
            ("342401200101010015", "342401200101010015", CheckFailed),
            ("810000199408230021", "810000199408230021", Valid),
            // Wrong check character, impossible day, implausible year.
            ("110105194912310021", "110105194912310021", CheckFailed),
            ("110105194902300021", "110105194902300021", CheckFailed),
            ("110105174912310021", "110105174912310021", CheckFailed),
            // A digit dropped, a digit inserted, an X in an odd place.
            ("1101051949123102X", "1101051949123102X", Irregular),
            ("110105194912310022X", "110105194912310022X", Irregular),
            ("1101051949123100X2", "1101051949123100X2", Irregular),
            ("3507221977061200662", "3507221977061200662", Irregular),
            // A legacy number whose date does not exist stays as it came.
            ("110105490231002", "110105490231002", Irregular),
            // Masks of every kind, of the right length or not.
            ("110105********002X", "110105********002X", Masked),
            ("110105＊＊＊＊＊＊＊＊002x", "110105********002X", Masked),
            ("110105xxxxxxxx002x", "110105********002X", Masked),
            ("110105●●●●●●●●002X", "110105********002X", Masked),
            ("1101****002X", "1101**********002X", Masked),
            ("110105****************002X", "", Masked),
            ("1101051949123100**", "1101051949123100**", Masked),
            ("11010519491231****", "11010519491231****", Masked),
            ("110105******002", "11010519******002*", Masked),
            ("110105*****002X", "110105********002X", Masked),
        ] {
            if expected.is_empty() {
                assert_eq!(parse(raw), None, "{raw:?} has more than twenty characters");
            } else {
                check(raw, expected, form);
            }
        }
    }

    #[test]
    fn nothing_to_read() {
        for raw in [
            "",
            " ",
            "无",
            "不详",
            "-",
            "null",
            "0",
            "12345",
            "11010519491",
            "000000000000000000",
            "111111111111111111",
            "11111111111111111X",
            "123456789012345678",
            "012345678901234567",
            "987654321098765432",
            "110105000000000000",
            "121212121212121212",
            "******************",
            "1****************X",
            "XXXXXXXXXXXXXXXXXX",
            "110105194912310021110105",
            "父11010519491231002X",
            "1.10105E+17",
            "H12345678",
            "USA110105197001",
            "11010519491231002A",
            "11010519491231002X/110105194912310021",
        ] {
            assert_eq!(parse(raw), None, "{raw:?}");
        }
    }

    #[test]
    fn parts() {
        let id = parse("11010519491231002X").unwrap();
        assert_eq!(id.area(), Some(110_105));
        assert_eq!(id.sequence(), Some(2));
        assert_eq!(id.sex(), Some(Sex::Female));
        assert_eq!(id.birth_date(), Date::new(1949, 12, 31));
        let masked = parse("110105194912****3*").unwrap();
        assert_eq!(masked.birth_date(), Date::new(1949, 12, 0));
        assert_eq!(masked.sex(), Some(Sex::Male));
        assert_eq!(masked.sequence(), None);
        assert_eq!(masked.packed(), None);
        assert_eq!(
            parse("1101051949**31002X").unwrap().birth_date(),
            Date::new(1949, 0, 0)
        );
        assert_eq!(parse("110105194*1231002X").unwrap().birth_date(), None);
        let failed = parse("110105194902300021").unwrap();
        assert_eq!((failed.birth_date(), failed.area()), (None, Some(110_105)));
        let irregular = parse("1101051949123102X").unwrap();
        assert_eq!(
            (irregular.birth_date(), irregular.area(), irregular.sex()),
            (None, None, None)
        );
    }

    #[test]
    fn a_packed_number_tells_its_digits() {
        let packed = parse("11010519491231002X").unwrap().packed().unwrap();
        assert_eq!(packed.digits(), 0x11_0105_1949_1231_002a);
        assert_eq!(PackedId::from_own_bits(packed.bits()), packed);
    }

    proptest! {
        /// ISO 7064 MOD 11-2 by its other definition: the whole is 1 mod 11.
        #[test]
        fn check_digit_is_mod_11_2(digits in "[0-9]{17}") {
            let check = check_digit(digits.as_bytes()).unwrap();
            let check = if check == b'X' { 10 } else { u64::from(check - b'0') };
            let sum = digits.bytes().fold(0, |sum, c| (sum + u64::from(c - b'0')) * 2 % 11);
            prop_assert_eq!((sum + check) % 11, 1);
        }

        #[test]
        fn normal_forms_are_fixed_points(raw in "[0-9xX*# -]{10,22}") {
            if let Some(id) = parse(&raw) {
                prop_assert_eq!(parse(id.as_str()), Some(id));
            }
        }

        #[test]
        fn the_short_way_is_the_long_way(
            raw in "[1-8][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx]|[0-9]{17}[0-9Xx]|[1X]{18}|[0-9]{6}1{11}[0-9X]",
            step in 0..10_u8,
            first in 0..10_u8,
        ) {
            prop_assert_eq!(parse(&raw), parse_any(&raw));
            let counted: String = (0..18).map(|at| char::from(b'0' + (first + at * step) % 10)).collect();
            prop_assert_eq!(parse(&counted), parse_any(&counted));
        }

        #[test]
        fn packing_is_reversible(raw in "[1-8][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9]{4}[0-9X]") {
            if let Some(id) = parse(&raw) {
                let packed = id.packed().unwrap();
                prop_assert!(packed.bits() > 0 && packed.bits() < 1 << 62);
                prop_assert_eq!(NationalId::from_packed(packed), id);
                prop_assert_eq!(packed.is_valid(), id.form() == IdForm::Valid);
            }
        }

        #[test]
        fn legacy_numbers_upgrade_to_valid_ones(
            area in 110_000u32..660_000, year in 0u16..100, month in 1u8..=12, day in 1u8..=28, sequence in 0u16..1000,
        ) {
            let legacy = format!("{area}{year:02}{month:02}{day:02}{sequence:03}");
            let id = parse(&legacy).unwrap();
            prop_assert_eq!(id.form(), IdForm::Valid);
            prop_assert_eq!(id.birth_date(), Date::new(1900 + year, month, day));
            prop_assert_eq!((id.area(), id.sequence()), (Some(area), Some(sequence)));
        }

        #[test]
        fn garbage_never_panics(raw in any::<String>()) {
            if let Some(id) = parse(&raw) {
                let _ = (id.packed(), id.birth_date(), id.sex(), id.area(), id.sequence());
            }
        }
    }
}
