//! The true findings of one person, straight from the definitions (months half-open; an application is
//! no enrolment), on their own code path: the policy module is checked against this one.

use yiren_matchers::normalise::date::Date;

use super::enrolment::{Enrolment, Source};

/// A finding on two of the person's enrolments, by position.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub(super) struct Finding {
    pub kind: &'static str,
    pub first: usize,
    pub second: usize,
}

/// Every finding, ordered by the positions.
pub(super) fn findings(enrolments: &[Enrolment], as_of: Date) -> Vec<Finding> {
    let mut found = Vec::new();
    for (first, a) in enrolments.iter().enumerate() {
        for (second, b) in enrolments.iter().enumerate() {
            let kind = match (a.source, b.source) {
                _ if a.status == "applied" || b.status == "applied" || a.source.is_register() => {
                    None
                }
                (_, Source::Deaths) => paid_after(a, b, as_of).then_some("paid_after_death"),
                (Source::Dibao | Source::Tekun, Source::Payroll) => {
                    overlap(a, b, as_of).then_some("excluded_by_payroll")
                }
                (Source::Dibao, Source::Tekun) => {
                    overlap(a, b, as_of).then_some("exclusive_overlap")
                }
                (one, other) if one == other && first < second => Some(if overlap(a, b, as_of) {
                    "duplicate_enrolment"
                } else {
                    "repeat_enrolment"
                }),
                _ => None,
            };
            found.extend(kind.map(|kind| Finding {
                kind,
                first,
                second,
            }));
        }
    }
    found
}

/// Months covered, the last excluded.
fn months(enrolment: &Enrolment, as_of: Date) -> (i32, i32) {
    let start = enrolment.start.unwrap_or(as_of).month_number();
    (start, enrolment.end.unwrap_or(as_of).month_number())
}

fn overlap(a: &Enrolment, b: &Enrolment, as_of: Date) -> bool {
    let ((a_start, a_end), (b_start, b_end)) = (months(a, as_of), months(b, as_of));
    a_start.max(b_start) < a_end.min(b_end)
}

fn paid_after(enrolment: &Enrolment, death: &Enrolment, as_of: Date) -> bool {
    let (start, end) = months(enrolment, as_of);
    death
        .start
        .is_some_and(|day| start.max(day.month_number() + 1) < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(source: Source, start: (u16, u8, u8), end: Option<(u16, u8, u8)>) -> Enrolment {
        let date = |(y, m, d)| Date::new(y, m, d).unwrap();
        Enrolment {
            source,
            status: "active",
            start: Some(date(start)),
            end: end.map(date),
            amount: None,
            updated: date(start),
            repeated: false,
        }
    }

    #[test]
    fn month_arithmetic() {
        use Source::{Deaths, Dibao, Medical, Payroll, Tekun};
        let cases = [
            // The month it ends in is not covered, the month it starts in is.
            (
                made(Dibao, (2024, 1, 31), Some((2024, 3, 1))),
                made(Tekun, (2024, 3, 1), None),
                None,
            ),
            (
                made(Dibao, (2024, 1, 31), Some((2024, 4, 1))),
                made(Tekun, (2024, 3, 31), None),
                Some("exclusive_overlap"),
            ),
            // Still running: up to the month before the month of reckoning.
            (
                made(Dibao, (2024, 1, 1), None),
                made(Tekun, (2026, 6, 1), None),
                None,
            ),
            (
                made(Dibao, (2024, 1, 1), None),
                made(Tekun, (2026, 5, 31), None),
                Some("exclusive_overlap"),
            ),
            (
                made(Dibao, (2024, 1, 1), Some((2024, 2, 1))),
                made(Dibao, (2025, 1, 1), None),
                Some("repeat_enrolment"),
            ),
            (
                made(Dibao, (2024, 1, 1), None),
                made(Dibao, (2025, 1, 1), None),
                Some("duplicate_enrolment"),
            ),
            (
                made(Medical, (2024, 1, 1), None),
                made(Dibao, (2025, 1, 1), None),
                None,
            ),
            // Covers the month of death only, then one more.
            (
                made(Medical, (2024, 1, 1), Some((2025, 2, 9))),
                made(Deaths, (2025, 1, 3), None),
                None,
            ),
            (
                made(Medical, (2024, 1, 1), Some((2025, 3, 1))),
                made(Deaths, (2025, 1, 31), None),
                Some("paid_after_death"),
            ),
            (
                made(Dibao, (2024, 1, 1), None),
                made(Payroll, (2020, 1, 1), None),
                Some("excluded_by_payroll"),
            ),
            (
                made(Medical, (2024, 1, 1), None),
                made(Payroll, (2020, 1, 1), None),
                None,
            ),
        ];
        let as_of = Date::new(2026, 6, 30).unwrap();
        for (a, b, expected) in cases {
            let kinds = |pair: [&Enrolment; 2]| -> Vec<&str> {
                findings(&pair.map(Enrolment::clone), as_of)
                    .iter()
                    .map(|finding| finding.kind)
                    .collect()
            };
            let expected: Vec<&str> = expected.into_iter().collect();
            assert_eq!(kinds([&a, &b]), expected, "{a:?} {b:?}");
            assert_eq!(kinds([&b, &a]), expected, "{b:?} {a:?}");
            let applied = Enrolment {
                status: "applied",
                ..a.clone()
            };
            assert!(kinds([&applied, &b]).is_empty());
        }
    }
}
