//! Hiding personal values in what is shown to many.
//!
//! What stays visible follows common practice in China: the first character of a name, the first
//! six and the last four characters of an ID number, of a phone number the first three and the
//! last four. Dates keep the year, addresses the part down to the township, and any other value
//! at most a quarter at each end.

/// Stands for a hidden character.
pub const HIDDEN: char = '*';
/// Stands for a hidden character that differs from the one at its place in the other value.
pub const HIDDEN_DIFFERENT: char = '≠';

/// The value of a canonical column with its personal part hidden. Spaces at the ends go. Values of columns
/// that say nothing of who the person is (sex, status, amounts, divisions) are returned as they are.
///
/// ```
/// use yiren::report::mask::mask;
/// assert_eq!(mask("national_id", "11010519491231002X"), "110105********002X");
/// assert_eq!(mask("name", "欧阳修文"), "欧***");
/// assert_eq!(mask("birth_date", "1949-12-31"), "1949-**-**");
/// ```
pub fn mask(column: &str, value: &str) -> String {
    let characters: Vec<char> = value.trim().chars().collect();
    let visible = visible(column, &characters);
    hide(&characters, &visible, |_| HIDDEN)
}

/// Both values masked; where they are equally long, a hidden character that differs from the other
/// value's is shown as [`HIDDEN_DIFFERENT`], so that a reader sees *that* and *where* they differ.
///
/// ```
/// use yiren::report::mask::mask_pair;
/// let (left, right) = mask_pair("name", "张建海", "张建梅");
/// assert_eq!((left.as_str(), right.as_str()), ("张*≠", "张*≠"));
/// ```
pub fn mask_pair(column: &str, left: &str, right: &str) -> (String, String) {
    let a: Vec<char> = left.trim().chars().collect();
    let b: Vec<char> = right.trim().chars().collect();
    if a.len() != b.len() {
        return (mask(column, left), mask(column, right));
    }
    let mark = |at: usize| {
        if a[at] == b[at] {
            HIDDEN
        } else {
            HIDDEN_DIFFERENT
        }
    };
    (
        hide(&a, &visible(column, &a), mark),
        hide(&b, &visible(column, &b), mark),
    )
}

fn hide(characters: &[char], visible: &[bool], mark: impl Fn(usize) -> char) -> String {
    characters
        .iter()
        .zip(visible)
        .enumerate()
        .map(|(at, (&character, &visible))| if visible { character } else { mark(at) })
        .collect()
}

fn visible(column: &str, characters: &[char]) -> Vec<bool> {
    match column {
        "name" | "former_name" | "mother_name" => ends(characters.len(), 1, 0, 1),
        "national_id" => ends(characters.len(), 6, 4, 4),
        "phone" => ends(characters.len(), 3, 4, 4),
        "birth_date" => year(characters),
        "hukou_address" | "residence_address" => to_township(characters),
        "sex" | "ethnicity" | "relation_to_head" | "status" | "start_date" | "end_date"
        | "monthly_amount" | "updated_at" | "hukou_division" | "office_division" => {
            vec![true; characters.len()]
        }
        _ => ends(characters.len(), 0, 4, 4),
    }
}

/// `head` characters at the start and `tail` at the end are visible if at least `hidden` are
/// left between; otherwise a quarter at each end.
fn ends(length: usize, head: usize, tail: usize, hidden: usize) -> Vec<bool> {
    let (head, tail) = match length >= head + tail + hidden {
        true => (head, tail),
        false => (head.min(length / 4), tail.min(length / 4)),
    };
    (0..length)
        .map(|at| at < head || at >= length - tail)
        .collect()
}

/// The first four digits in a row, and whatever is not a digit.
fn year(characters: &[char]) -> Vec<bool> {
    let digit = |c: char| c.is_numeric() || "〇零一二三四五六七八九十○".contains(c);
    let start = characters.iter().position(|&c| digit(c)).unwrap_or(0);
    let in_year = |at: usize| (start..start + 4).contains(&at);
    let starts_with_year =
        characters.len() >= start + 4 && characters[start..start + 4].iter().all(|&c| digit(c));
    let is_visible =
        |(at, &c): (usize, &char)| "-/.年月日 ".contains(c) || (starts_with_year && in_year(at));
    characters.iter().enumerate().map(is_visible).collect()
}

/// Everything up to the last division that is at most a township; two characters if there is none.
fn to_township(characters: &[char]) -> Vec<bool> {
    let is_end = |at: &usize| match characters[*at] {
        '省' | '市' | '县' | '旗' | '州' | '盟' | '乡' | '镇' => true,
        '区' => !matches!(characters[..*at].last(), Some('小' | '社')),
        _ => false,
    };
    // What follows the first township is hidden even if it looks like a division (王家镇市场).
    let first_township = characters.iter().position(|c| matches!(c, '乡' | '镇'));
    let last_division = (0..characters.len()).rev().find(is_end);
    // `(340825)` stands for a county whose name is not known.
    let code = characters.iter().position(|&c| c == ')');
    let end = first_township
        .or(last_division)
        .or(code)
        .map_or(2.min(characters.len() / 2), |at| at + 1);
    (0..characters.len()).map(|at| at < end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_what_practice_keeps() {
        let cases = [
            ("national_id", "110105194912310", "110105*****2310"),
            ("national_id", " 11010519491231002X ", "110105********002X"),
            ("national_id", "1234567890", "12******90"),
            ("national_id", "123", "***"),
            ("national_id", "", ""),
            ("name", "张伟", "张*"),
            ("name", "买买提·吐尔逊", "买******"),
            ("name", "张", "*"),
            ("mother_name", "李秀英", "李**"),
            ("phone", "13280939204", "132****9204"),
            ("phone", "8793920", "8*****0"),
            ("bank_account", "6256734486395641918", "***************1918"),
            ("household_id", "410526114000502", "***********0502"),
            ("documents", "passport:E12345678", "**************5678"),
            ("birth_date", "1962-05-07", "1962-**-**"),
            ("birth_date", "1962年5月7日", "1962年*月*日"),
            ("birth_date", "19620507", "1962****"),
            ("birth_date", "一九六二年五月七日", "一九六二年*月*日"),
            ("birth_date", "?", "*"),
            (
                "hukou_address",
                "青海省果洛藏族自治州甘德县江千乡万家村53号",
                "青海省果洛藏族自治州甘德县江千乡******",
            ),
            ("residence_address", "朝阳区阳光小区3号楼", "朝阳区*******"),
            ("residence_address", "万家村53号", "万家****"),
            ("residence_address", "(540628)万家村53号", "(540628)******"),
            ("sex", "男", "男"),
            ("status", "active", "active"),
            ("never_heard_of", "secret value", "********alue"),
        ];
        for (column, value, expected) in cases {
            assert_eq!(mask(column, value), expected, "{column} {value}");
        }
    }

    #[test]
    fn a_pair_shows_where_it_differs() {
        let cases = [
            (
                "national_id",
                "632623196312010130",
                "632623196312100130",
                "632623******≠≠0130",
            ),
            (
                "national_id",
                "632623196312010130",
                "632623196312010130",
                "632623********0130",
            ),
        ];
        for (column, left, right, expected) in cases {
            assert_eq!(mask_pair(column, left, right).0, expected, "{left} {right}");
        }
        let (left, right) = mask_pair("name", "张伟", "张伟民");
        assert_eq!((left.as_str(), right.as_str()), ("张*", "张**"));
    }

    proptest! {
        #[test]
        fn any_text_keeps_its_length_and_hides_half(
            column in "national_id|name|phone|bank_account|documents|household_id|mother_name|x",
            value in "\\PC{0,40}",
        ) {
            let value = value.trim();
            let masked = mask(&column, value);
            let length = value.chars().count();
            prop_assert_eq!(masked.chars().count(), length);
            let shown = value.chars().zip(masked.chars()).filter(|&(a, b)| a == b && a != HIDDEN).count();
            prop_assert!(shown * 4 <= length * 3, "{} of {}", shown, length);
        }

        #[test]
        fn dates_and_addresses_never_panic(value in "\\PC{0,20}", other in "\\PC{0,20}") {
            for column in ["birth_date", "hukou_address", "sex"] {
                let (left, right) = mask_pair(column, &value, &other);
                prop_assert_eq!(left.chars().count(), value.trim().chars().count());
                prop_assert_eq!(right.chars().count(), other.trim().chars().count());
            }
        }
    }
}
