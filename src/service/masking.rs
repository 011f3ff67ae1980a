//! What a caller may see of what was found.

use std::collections::BTreeMap;

use super::access::Scope;
use crate::explain::Explained;
use crate::policy::Policy;
use crate::query::{Arising, Enrolled, Overlap, PersonRecord};
use crate::report::mask::{HIDDEN, mask};

/// A value as it is shown to those who have not stated why they need more: names keep their first
/// and last character (`张*三`), ID numbers their first three and last four. Spaces in a name go:
/// `张 伟` would keep both of its characters.
pub fn masked(column: &str, value: &str) -> String {
    let is_name = matches!(column, "name" | "former_name" | "mother_name");
    let squeezed: String;
    let value = match is_name {
        true => {
            squeezed = value.split_whitespace().collect();
            squeezed.as_str()
        }
        false => value,
    };
    let keep = |first: usize, last: usize| {
        let characters: Vec<char> = value.trim().chars().collect();
        let hidden = characters.len().saturating_sub(first + last);
        characters
            .iter()
            .enumerate()
            .map(|(at, &character)| {
                let shown = at < first || at >= first + hidden;
                if shown && hidden > 0 {
                    character
                } else {
                    HIDDEN
                }
            })
            .collect()
    };
    match column {
        _ if is_name && value.chars().count() > 2 => keep(1, 1),
        "national_id" => keep(3, 4),
        column => mask(column, value),
    }
}

/// Masks the fields of a record.
pub fn mask_fields(fields: &mut BTreeMap<String, String>) {
    for (column, value) in fields {
        *value = masked(column, value);
    }
}

/// Masks the values that reasons name.
pub fn mask_reasons(reasons: &mut Explained) {
    for step in &mut reasons.steps {
        let parts = |text: &str| {
            let parts: Vec<String> = text
                .split(" / ")
                .map(|part| masked(&step.column, part))
                .collect();
            parts.join(" / ")
        };
        (step.left, step.right) = (parts(&step.left), parts(&step.right));
    }
}

/// Whether a record is within a scope, by its office and the programme or register of its source.
pub fn is_inside(scope: &Scope, policy: &Policy, source: &str, office: &str) -> bool {
    let programme = policy.source(source).map(|known| known.id.as_str());
    scope.holds(office, programme)
}

/// Takes from an answer what the caller may not see.
pub fn restrict(answer: &mut Overlap, scope: &Scope, policy: &Policy, unmasked: bool) {
    let mut outside: Vec<(String, String)> = Vec::new();
    for record in answer
        .people
        .iter_mut()
        .flat_map(|person| &mut person.records)
    {
        if !is_inside(scope, policy, &record.source, &record.office) {
            let name = format!("{}:{}", record.source, record.record_id);
            outside.push((name, record.source.clone()));
            reduce(record);
            continue;
        }
        if !unmasked {
            mask_fields(&mut record.fields);
            record.reasons.iter_mut().for_each(mask_reasons);
        }
    }
    let of_people = answer
        .people
        .iter_mut()
        .flat_map(|person| &mut person.findings_if_same);
    for finding in of_people.chain(&mut answer.findings) {
        hide_name(finding, &outside, scope, policy);
    }
}

/// Leaves of a record that there is an enrolment, since when, and the office to call.
fn reduce(record: &mut PersonRecord) {
    record.outside_scope = true;
    record.record_id.clear();
    record.fields.clear();
    record.reasons = None;
    record.weight = None;
    record.enrolment = record.enrolment.take().map(|enrolment| Enrolled {
        status: "",
        end: String::new(),
        monthly_amount: 0,
        ..enrolment
    });
}

/// Leaves of the name of a record outside the scope its source.
fn hide_name(finding: &mut Arising, outside: &[(String, String)], scope: &Scope, policy: &Policy) {
    if let Some((_, source)) = outside.iter().find(|(name, _)| *name == finding.with) {
        finding.with.clone_from(source);
        return;
    }
    // A record of another person, such as one who shares the number, of which nothing is known here.
    let is_shown = finding.with.is_empty() || scope.is_whole();
    if !is_shown
        && let Some((source, _)) = finding.with.split_once(':')
        && !is_inside(scope, policy, source, "")
        && !scope.divisions.is_empty()
    {
        finding.with = source.to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_what_does_not_tell_who_it_is() {
        let cases = [
            ("name", "张建三", "张*三"),
            ("name", "欧阳建三", "欧**三"),
            ("name", "张三", "张*"),
            ("name", "张 三", "张*"),
            ("former_name", "欧阳　建三", "欧**三"),
            ("name", "张", "*"),
            ("mother_name", "李小红", "李*红"),
            ("national_id", "110101196205071234", "110***********1234"),
            ("national_id", "110", "***"),
            ("status", "active", "active"),
            ("phone", "13800138000", "138****8000"),
            ("name", "", ""),
        ];
        for (column, value, expected) in cases {
            assert_eq!(masked(column, value), expected, "{column} {value}");
        }
    }
}
