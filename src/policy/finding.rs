//! What a rule found, and the file it goes into.

use std::borrow::Cow;
use std::io::Write;

use super::month::Period;
use super::rule::{FindingKind, Policy, Severity};

/// Two records that a rule says do not go together (or one, that lacks another).
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was found.
    pub kind: FindingKind,
    /// How grave it is, as the rule says.
    pub severity: Severity,
    /// The entity of `record_a`. Where a finding is between two, the other is that of `record_b`.
    pub entity: u32,
    /// The programme's record where a register is involved, else the earlier one in canonical order.
    pub record_a: u32,
    /// The other record; equal to `record_a` where there is none ([`FindingKind::RequirementMissing`]).
    pub record_b: u32,
    /// The months in question, half-open: those that overlap; those after death; for
    /// `repeat_enrolment` those between the two; for `requirement_missing` from the first to the
    /// last that lack it. `None` where a finding has no months (numbers and accounts).
    pub period: Option<Period>,
    /// How many months that is. Can be fewer than the period's only for `requirement_missing`.
    pub months: u32,
    /// Hundredths of a yuan in question: `months` times the smaller of the two monthly amounts
    /// where two programmes meet, times the programme's where a register or a missing requirement
    /// speaks against it; 0 for the other kinds. An amount that is not given counts as 0.
    pub amount: i64,
    /// Position of the rule in [`Policy::rules`].
    pub rule: u16,
    /// Match probability of the two records; 1 where there is only one.
    pub probability: f64,
}

impl Finding {
    /// The second record, if there is one.
    pub fn other(&self) -> Option<u32> {
        (self.record_b != self.record_a).then_some(self.record_b)
    }

    /// What findings are sorted by: kind, then records, then rule. No two findings share it.
    pub(super) fn order(&self) -> (FindingKind, u32, u32, u16) {
        (self.kind, self.record_a, self.record_b, self.rule)
    }
}

/// What records and entities are called outside.
pub trait FindingNames {
    /// Source of a record.
    fn source(&self, record: u32) -> Cow<'_, str>;
    /// Id of a record within its source.
    fn record_id(&self, record: u32) -> Cow<'_, str>;
    /// Id of an entity.
    fn entity_id(&self, entity: u32) -> Cow<'_, str>;
}

/// The name of a finding, 16 hexadecimal digits: the same for the same kind, rule and records, in every sweep.
/// `b` is `None` where there is no second record; `a` and `b` are (source, record id) as in [`Finding`].
///
/// FNV-1a over the parts, mixed by the finaliser of splitmix64: among ten million findings, two
/// share a name with a probability of about 3 in a million.
pub fn finding_id(
    kind: FindingKind,
    rule: &str,
    a: (&str, &str),
    b: Option<(&str, &str)>,
) -> String {
    format!("{:016x}", finding_number(kind, rule, a, b))
}

/// The number that [`finding_id`] writes.
pub fn finding_number(
    kind: FindingKind,
    rule: &str,
    a: (&str, &str),
    b: Option<(&str, &str)>,
) -> u64 {
    let b = b.unwrap_or(("", ""));
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in [kind.name(), rule, a.0, a.1, b.0, b.1] {
        // no text has a byte 0xff, so the parts cannot run into each other
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}

/// Writes `findings.csv`: a header and one row a finding, in the order given. Months are
/// `YYYY-MM` with `end` the first month no longer covered, amounts are yuan with two decimals,
/// probabilities have six; what a finding does not have is left empty.
///
/// # Errors
/// What `out` returns.
pub fn write_findings<W: Write>(
    out: W,
    policy: &Policy,
    findings: &[Finding],
    names: &dyn FindingNames,
) -> Result<(), csv::Error> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "finding_id",
        "kind",
        "severity",
        "entity_id",
        "source_a",
        "record_a",
        "source_b",
        "record_b",
        "start",
        "end",
        "months",
        "amount",
        "rule",
        "probability",
    ])?;
    for finding in findings {
        let rule = policy
            .rules()
            .get(usize::from(finding.rule))
            .map_or("", |rule| rule.id.as_str());
        let a = (
            names.source(finding.record_a),
            names.record_id(finding.record_a),
        );
        let b = finding
            .other()
            .map(|record| (names.source(record), names.record_id(record)));
        let b = b.as_ref().map(|b| (b.0.as_ref(), b.1.as_ref()));
        let (start, end) = match finding.period {
            Some(period) => (period.start().to_string(), period.end().to_string()),
            None => Default::default(),
        };
        csv.write_record([
            finding_id(finding.kind, rule, (&a.0, &a.1), b).as_str(),
            finding.kind.name(),
            finding.severity.name(),
            &names.entity_id(finding.entity),
            &a.0,
            &a.1,
            b.map_or("", |b| b.0),
            b.map_or("", |b| b.1),
            &start,
            &end,
            &finding.months.to_string(),
            &yuan(finding.amount),
            rule,
            &format!("{:.6}", finding.probability),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// Hundredths of a yuan as yuan with two decimals.
fn yuan(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let whole = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", whole / 100, whole % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_two_decimals() {
        for (hundredths, written) in [
            (0, "0.00"),
            (5, "0.05"),
            (123_456, "1234.56"),
            (-5, "-0.05"),
            (-100, "-1.00"),
            (i64::MIN, "-92233720368547758.08"),
        ] {
            assert_eq!(yuan(hundredths), written);
        }
    }

    #[test]
    fn ids_are_stable_and_tell_facts_apart() {
        let kind = FindingKind::DuplicateEnrolment;
        let id = finding_id(kind, "duplicate", ("dibao", "1"), Some(("dibao", "2")));
        // others keep these ids: the value must never change
        assert_eq!(id, "5d30c8fcc01cfa07");
        let others = [
            finding_id(
                FindingKind::RepeatEnrolment,
                "duplicate",
                ("dibao", "1"),
                Some(("dibao", "2")),
            ),
            finding_id(kind, "repeat", ("dibao", "1"), Some(("dibao", "2"))),
            finding_id(kind, "duplicate", ("dibao1", ""), Some(("dibao", "2"))),
            finding_id(kind, "duplicate", ("dibao", "1dibao"), Some(("", "2"))),
            finding_id(kind, "duplicate", ("dibao", "2"), Some(("dibao", "1"))),
            finding_id(kind, "duplicate", ("dibao", "1"), None),
        ];
        assert!(others.iter().all(|other| *other != id && other.len() == 16));
    }
}
