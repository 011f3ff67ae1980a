//! Which group each record is of.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use yiren_matchers::normalise::codes::{Sex, ethnicity_name, ethnicity_romanised};
use yiren_matchers::normalise::date::Date;
use yiren_matchers::record::{Field, FieldKind, Value};

use super::{Group, LEAST, LeftOut};
use crate::report::matching::{Matching, Truth, pairs_of};
use crate::report::provinces::province;
use crate::report::words::Text;

/// Code of the group of those whose group is not known.
pub(super) const UNKNOWN: &str = "unknown";

/// Code of the groups too small to stand by themselves.
const OTHERS: &str = "others";

/// First year of life of each age group, and the year after the last.
const AGES: [u32; 7] = [0, 6, 18, 40, 60, 80, 130];

/// Han in GB/T 3304.
const HAN: u32 = 1;

/// A property that persons are grouped by.
pub(super) struct Attribute {
    /// The question.
    pub by: &'static str,
    /// Group of each record.
    pub of: Vec<Option<u32>>,
    /// Code and label of a group.
    pub name: fn(u32) -> (String, Text),
    /// If set, groups of few true pairs are put together, all but this one.
    pub gather_all_but: Option<u32>,
}

/// The groups with their names, and where each is.
pub(super) struct Names {
    pub groups: Vec<Group>,
    pub place_of: FxHashMap<Option<u32>, usize>,
}

/// The properties that persons can be grouped by, or why they cannot.
pub(super) fn attributes(
    matching: &Matching<'_>,
    as_of: Date,
) -> impl Iterator<Item = Result<Attribute, LeftOut>> {
    let fields = &matching.parts().fields;
    let place = |fits: &dyn Fn(&Field) -> bool| fields.iter().position(fits);
    let sex = place(&|field| field.kind == FieldKind::Sex);
    let birth = place(&|field| {
        let names = [&field.name, &field.column];
        field.kind == FieldKind::Date
            && names
                .iter()
                .any(|name| name.contains("birth") || *name == "dob")
    });
    let ethnicity = place(&|field| field.kind == FieldKind::Ethnicity);
    let table = matching.table;
    let values = |place: usize, group: &dyn Fn(Value) -> Option<u32>| {
        let value = |record| table.record(record).get(place);
        let known = |value: Value| (!value.is_null()).then_some(value);
        (0..table.len() as u32)
            .map(|record| known(value(record)).and_then(group))
            .collect::<Vec<_>>()
    };
    let made = [
        sex.map(|place| Attribute {
            by: "sex",
            of: values(place, &|value| value.sex().map(|sex| sex as u32)),
            name: sex_name,
            gather_all_but: None,
        })
        .ok_or("sex"),
        birth
            .map(|place| Attribute {
                by: "age",
                of: values(place, &|value| age_group(value.date()?, as_of)),
                name: age_name,
                gather_all_but: None,
            })
            .ok_or("age"),
        ethnicity
            .map(|place| Attribute {
                by: "ethnicity",
                of: values(place, &|value| u32::try_from(value.bits()).ok()),
                name: ethnicity_label,
                gather_all_but: Some(HAN),
            })
            .ok_or("ethnicity"),
        Ok(Attribute {
            by: "region",
            of: table
                .enrolments
                .iter()
                .map(|enrolment| enrolment.division / 10_000)
                .map(|province| (province > 0).then_some(province))
                .collect(),
            name: province_label,
            gather_all_but: None,
        }),
    ];
    made.into_iter().map(|attribute| {
        let left_out = |by: &str, reason: &str| LeftOut {
            by: by.to_string(),
            reason: reason.to_string(),
        };
        match attribute {
            Ok(made) if made.of.iter().all(Option::is_none) => {
                Err(left_out(made.by, "not_in_data"))
            }
            Ok(made) => Ok(made),
            Err(by) => Err(left_out(by, "not_in_model")),
        }
    })
}

impl Attribute {
    /// Empty groups for all that persons are of: in the order of their codes, then the others,
    /// then the unknown.
    pub fn names(&self, group_of: &[Option<u32>], truth: &Truth) -> Names {
        let mut pairs: BTreeMap<u32, u64> = BTreeMap::new();
        for (group, members) in group_of.iter().zip(&truth.members) {
            if let Some(group) = group {
                *pairs.entry(*group).or_default() += pairs_of(members.len() as u64);
            }
        }
        let small = |group: u32, pairs: u64| {
            self.gather_all_but.is_some_and(|kept| kept != group) && pairs < LEAST
        };
        let mut groups = Vec::new();
        let mut place_of = FxHashMap::default();
        for (&group, _) in pairs
            .iter()
            .filter(|(group, pairs)| !small(**group, **pairs))
        {
            let (code, label) = (self.name)(group);
            place_of.insert(Some(group), groups.len());
            groups.push(named(code, label));
        }
        let rest: Vec<u32> = pairs
            .iter()
            .filter(|(group, pairs)| small(**group, **pairs))
            .map(|(&group, _)| group)
            .collect();
        if !rest.is_empty() {
            for &group in &rest {
                place_of.insert(Some(group), groups.len());
            }
            let count = rest.len();
            let label = Text::new(format!("其他（{count} 个）"), format!("{count} others"));
            groups.push(named(OTHERS.to_string(), label));
        }
        if group_of.iter().any(Option::is_none) {
            place_of.insert(None, groups.len());
            groups.push(named(UNKNOWN.to_string(), Text::new("未知", "unknown")));
        }
        Names { groups, place_of }
    }
}

fn named(group: String, label: Text) -> Group {
    Group {
        group,
        label,
        ..Group::default()
    }
}

fn sex_name(sex: u32) -> (String, Text) {
    match sex == Sex::Male as u32 {
        true => ("male".to_string(), Text::new("男", "male")),
        false => ("female".to_string(), Text::new("女", "female")),
    }
}

/// The age group on a day of someone born on another; by the years alone where the day is not
/// known. `None` before birth, and past any age that is reached.
fn age_group(birth: Date, as_of: Date) -> Option<u32> {
    let years = u32::from(as_of.year()).checked_sub(u32::from(birth.year()))?;
    let day = |date: Date| (date.month(), date.day());
    let later = birth.is_complete() && day(birth) > day(as_of);
    let age = years.checked_sub(u32::from(later))?;
    let group = AGES.partition_point(|&first| first <= age);
    (group < AGES.len()).then(|| group as u32 - 1)
}

fn age_name(group: u32) -> (String, Text) {
    let edge = |at: usize| AGES.get(at).copied().unwrap_or_default();
    let (first, next) = (edge(group as usize), edge(group as usize + 1));
    if group as usize + 2 == AGES.len() {
        let label = Text::new(format!("{first} 岁以上"), format!("{first} and over"));
        return (format!("{first}+"), label);
    }
    let code = format!("{first}-{}", next - 1);
    let span = format!("{first}–{}", next - 1);
    (code, Text::new(format!("{span} 岁"), span))
}

fn ethnicity_label(code: u32) -> (String, Text) {
    let known = u8::try_from(code).ok();
    let names = known.and_then(|code| ethnicity_name(code).zip(ethnicity_romanised(code)));
    match names {
        Some((zh, en)) => (format!("{code:02}"), Text::new(zh, en)),
        None => (format!("{code:02}"), Text::same(code.to_string())),
    }
}

fn province_label(code: u32) -> (String, Text) {
    (format!("{code:02}"), province(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_turn_on_the_birthday() {
        let day = |year, month, day| Date::new(year, month, day).unwrap();
        let as_of = day(2026, 6, 30);
        let cases = [
            (day(2026, 6, 30), Some("0-5")),
            (day(2026, 7, 1), None),
            (day(2020, 7, 1), Some("0-5")),
            (day(2020, 6, 30), Some("6-17")),
            (day(2008, 7, 1), Some("6-17")),
            (day(2008, 6, 30), Some("18-39")),
            (day(1966, 6, 30), Some("60-79")),
            (day(1946, 6, 30), Some("80+")),
            (day(1898, 1, 1), Some("80+")),
            (day(1890, 1, 1), None),
        ];
        for (birth, group) in cases {
            let found = age_group(birth, as_of).map(|group| age_name(group).0);
            assert_eq!(found.as_deref(), group, "{birth}");
        }
    }

    #[test]
    fn groups_are_named_in_both_languages() {
        for (_, label) in [
            sex_name(1),
            sex_name(2),
            age_name(0),
            age_name(5),
            ethnicity_label(5),
            province_label(65),
        ] {
            assert!(!label.zh.is_empty() && !label.en.is_empty() && label.zh != label.en);
        }
        assert_eq!(ethnicity_label(5).1, Text::new("维吾尔族", "Uygur"));
        assert_eq!(province_label(99).1, Text::same("99"));
    }
}
