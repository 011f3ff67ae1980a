//! Floating-point numbers as text: no exponent, and no digit that is not known.

use std::fmt::Write as _;

/// Digits that a spreadsheet keeps of a number.
const KEPT_DIGITS: usize = 15;

/// Appends the number as plain digits and tells whether all of them are known.
///
/// A whole number of more than 15 digits (an ID number or an account kept as a number) has lost
/// its last ones: a spreadsheet replaces what comes after the 15th by zeros, and a 64-bit float
/// holds whole numbers exactly up to 2⁵³ ≈ 9.0 × 10¹⁵ only. Those digits are written `*`, as in a
/// masked number, so that they are no evidence.
pub(super) fn push_float(text: &mut String, value: f64) -> bool {
    if !value.is_finite() {
        return true;
    }
    let start = text.len();
    let value = if value == 0.0 { 0.0 } else { value };
    // `Display` of a float never writes an exponent.
    let _ = write!(text, "{value}");
    let whole = value.fract() == 0.0;
    if !whole {
        return true;
    }
    let digits_start = start + usize::from(value < 0.0);
    let digits = text.len() - digits_start;
    if digits <= KEPT_DIGITS {
        return true;
    }
    let cut_by_spreadsheet = text
        .get(digits_start + KEPT_DIGITS..)
        .is_some_and(|tail| tail.bytes().all(|digit| digit == b'0'));
    let known = if cut_by_spreadsheet {
        KEPT_DIGITS
    } else if value.abs() <= 9_007_199_254_740_992.0 {
        return true;
    } else {
        KEPT_DIGITS + 1
    };
    text.truncate(digits_start + known);
    text.extend(std::iter::repeat_n('*', digits - known));
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_read() {
        for (value, expected, whole) in [
            (0.0, "0", true),
            (-0.0, "0", true),
            (320.0, "320", true),
            (-3.5, "-3.5", true),
            (0.1, "0.1", true),
            (13_800_138_000.0, "13800138000", true),
            (110_105_491_231_002.0, "110105491231002", true),
            (6_222_020_200_112_233.0, "6222020200112233", true),
            (110_105_194_912_310_000.0, "110105194912310***", false),
            (110_101_199_003_074_512.0, "1101011990030745**", false),
            (6.222_020_200_112_233e18, "6222020200112233***", false),
            (1e-7, "0.0000001", true),
            (f64::NAN, "", true),
            (f64::INFINITY, "", true),
        ] {
            let mut text = String::new();
            assert_eq!(push_float(&mut text, value), whole, "{value}");
            assert_eq!(text, expected);
        }
    }
}
