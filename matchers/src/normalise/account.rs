//! Bank account numbers.

use std::borrow::Cow;

use super::text::nfkc;

/// The account in 64 bits, or `None` where the text holds none: empty, a placeholder (all
/// digits equal or counting up), masked, in scientific notation, or with fewer than 6
/// characters or 4 digits.
///
/// An account of digits only is its own value, without leading zeros, if that is below
/// 2^63; a longer one, or one with letters, is the FNV-1a hash of its normal form with the
/// highest bit set, so that the two kinds never meet. Two accounts of the second kind are
/// equal by accident once in 2^63. The normal form is NFKC, upper case, letters and digits.
///
/// Source of the hash: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm", 64 bits.
///
/// ```
/// use yiren_matchers::normalise::account::parse;
/// assert_eq!(parse("6222 0212 3456 7890 128"), Some(6_222_021_234_567_890_128));
/// assert_eq!(parse("nl91-abna-0417164300"), parse("NL91ABNA0417164300"));
/// assert_eq!(parse("0000000000000000000"), None);
/// ```
pub fn parse(raw: &str) -> Option<u64> {
    if raw.len() > LONGEST {
        return None;
    }
    // Nearly all are written as they are to be read.
    let normal = match raw.bytes().all(|c| c.is_ascii_digit()) {
        true => Cow::Borrowed(raw),
        false => Cow::Owned(normal_form(raw)?),
    };
    let digits = normal.bytes().all(|c| c.is_ascii_digit());
    if normal.len() < SHORTEST
        || normal.chars().filter(char::is_ascii_digit).count() < 4
        || is_filler(&normal)
    {
        return None;
    }
    match normal.parse::<u64>() {
        Ok(value) if digits && value < HASHED => Some(value),
        _ => Some(fnv1a(normal.as_bytes()) | HASHED),
    }
}

/// The letters and digits of an account that is whole, as far as the text tells.
fn normal_form(raw: &str) -> Option<String> {
    let text = nfkc(raw).to_uppercase();
    let text = text.trim();
    if is_scientific(text) || text.contains(['*', '?', '#', '●', '■']) {
        return None;
    }
    let text = text.strip_suffix(".0").unwrap_or(text);
    Some(text.chars().filter(|c| c.is_alphanumeric()).collect())
}

/// The highest bit: set in accounts that are hashes.
pub const HASHED: u64 = 1 << 63;

const SHORTEST: usize = 6;
/// In bytes; a cell longer than this holds no account.
const LONGEST: usize = 200;

/// Of the kind of `6.21226E+18`, from which a spreadsheet has lost the last digits.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once('E') else {
        return false;
    };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    mantissa.contains('.')
        && mantissa.bytes().all(|c| c.is_ascii_digit() || c == b'.')
        && !exponent.is_empty()
        && exponent.bytes().all(|c| c.is_ascii_digit())
}

fn is_filler(normal: &str) -> bool {
    let pairs = || normal.as_bytes().windows(2);
    pairs().all(|pair| matches!(pair, [a, b] if a == b))
        || pairs().all(|pair| {
            matches!(pair, [a, b] if a.is_ascii_digit() && b.is_ascii_digit() && (*a - b'0' + 1) % 10 == *b - b'0')
        })
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads() {
        for (raw, expected) in [
            ("6261817281057360239", 6_261_817_281_057_360_239),
            ("'6261817281057360239", 6_261_817_281_057_360_239),
            (
                "６２６１８１７２８１０５７３６０２３９",
                6_261_817_281_057_360_239,
            ),
            ("6261-8172-8105-7360-239", 6_261_817_281_057_360_239),
            ("0000626181", 626_181),
            ("626181.0", 626_181),
            ("9223372036854775807", 9_223_372_036_854_775_807),
        ] {
            assert_eq!(parse(raw), Some(expected), "{raw:?}");
        }
    }

    #[test]
    fn hashes_what_is_no_number() {
        for raw in [
            "9999999999999999998",
            "62618172810573602391",
            "NL91ABNA0417164300",
            "账号62618172",
        ] {
            assert!(parse(raw).unwrap() >= HASHED, "{raw:?}");
        }
        assert_eq!(parse("NL91 ABNA 0417 1643 00"), parse("nl91abna0417164300"));
        assert_ne!(parse("NL91ABNA0417164300"), parse("NL91ABNA0417164301"));
        // The published test values of FNV-1a.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn nothing_to_read() {
        for raw in [
            "",
            " ",
            "无",
            "-",
            "0",
            "12345",
            "000000",
            "1111111111111111111",
            "1234567890123456789",
            "6222****1234",
            "6.22202E+18",
            "6.22202E18",
            "无账号",
            "现金发放",
            "????????",
        ] {
            assert_eq!(parse(raw), None, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn numbers_are_themselves(number in 1_000_000_000_000_000_000u64..HASHED) {
            if let Some(parsed) = parse(&number.to_string()) {
                prop_assert_eq!(parsed, number);
            }
        }

        #[test]
        fn digits_are_read_as_all_else(raw in "[0-9]{0,24}|1{5,20}|0{1,9}7{5,9}|0{0,3}12345678901?") {
            prop_assert_eq!(parse(&raw), parse(&format!(" {raw}")));
        }

        #[test]
        fn garbage_never_panics(raw in any::<String>()) {
            let _ = parse(&raw);
        }
    }
}
