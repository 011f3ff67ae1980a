//! How alike two texts, postal codes or e-mail addresses are.

/// Every word of the text with fewer is in the other: *bristol* and *bristol city of*. The words
/// are those between spaces.
pub fn contained(a: &[char], b: &[char]) -> bool {
    let words = |text: &[char]| text.split(|&c| c == ' ').count();
    let (short, long) = if words(a) <= words(b) { (a, b) } else { (b, a) };
    let mut words = short.split(|&c| c == ' ');
    words.all(|word| long.split(|&c| c == ' ').any(|other| other == word))
}

/// The same district: codes with a letter and at least five characters without the last three
/// (the inward code of the United Kingdom's), others in the first three.
pub fn same_postal_district(a: &[char], b: &[char]) -> bool {
    postal_district(a) == postal_district(b)
}

/// The part of a postal code that [`same_postal_district`] compares.
pub fn postal_district(code: &[char]) -> &[char] {
    let keep = match code.iter().any(|c| c.is_alphabetic()) {
        true if code.len() >= 5 => code.len() - 3,
        _ => code.len().min(3),
    };
    &code[..keep]
}

/// The same part before the `@`.
pub fn same_local(a: &[char], b: &[char]) -> bool {
    local_part(a) == local_part(b)
}

/// The part before the last `@`; all of a text without one.
pub fn local_part(address: &[char]) -> &[char] {
    let at = address.iter().rposition(|&c| c == '@');
    &address[..at.unwrap_or(address.len())]
}

/// The same part after the `@`, and both have one.
pub fn same_domain(a: &[char], b: &[char]) -> bool {
    let domain = |text: &[char]| text.len() - local_part(text).len();
    domain(a) > 0 && a[local_part(a).len()..] == b[local_part(b).len()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    type TextTest = fn(&[char], &[char]) -> bool;

    #[test]
    fn tests_of_texts() {
        let cases: &[(TextTest, &str, &str, bool)] = &[
            (contained, "bristol", "bristol city of", true),
            (contained, "city of", "bristol city of", true),
            (contained, "york", "new yorkshire", false),
            (same_postal_district, "HP143PY", "HP149XX", true),
            (same_postal_district, "W1H7HD", "W1A7HD", false),
            (same_postal_district, "2161", "2165", true),
            (same_postal_district, "W1", "W1", true),
            (same_local, "a@x.com", "a@y.com", true),
            (same_local, "a", "a@y.com", true),
            (same_domain, "a@x.com", "b@x.com", true),
            (same_domain, "a", "b", false),
            (same_domain, "a@", "b@", true),
        ];
        for (place, (test, a, b, expected)) in cases.iter().enumerate() {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(
                test(&chars(a), &chars(b)),
                *expected,
                "case {place}: {a}, {b}"
            );
            assert_eq!(
                test(&chars(b), &chars(a)),
                *expected,
                "case {place} turned round"
            );
        }
    }
}
