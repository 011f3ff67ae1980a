//! Which programmes a person is enrolled in, and when.

use yiren_matchers::normalise::date::Date;

use super::calendar::plus_days;
use super::people::{Household, Person, Relation, day_between};
use super::random::Rng;

/// A programme or register, in the order of its name.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Source {
    /// Register of deaths.
    Deaths,
    /// Minimum living guarantee (低保).
    Dibao,
    /// Disaster relief.
    Disaster,
    /// Education assistance.
    Education,
    /// Employment assistance.
    Employment,
    /// Housing assistance.
    Housing,
    /// Medical assistance.
    Medical,
    /// Register of public employees.
    Payroll,
    /// Register of residents (hukou); only if asked for.
    Population,
    /// Support of people in extreme hardship (特困).
    Tekun,
    /// Temporary assistance.
    Temporary,
}

impl Source {
    /// All, in the order of their names.
    pub const ALL: [Source; 11] = [
        Source::Deaths,
        Source::Dibao,
        Source::Disaster,
        Source::Education,
        Source::Employment,
        Source::Housing,
        Source::Medical,
        Source::Payroll,
        Source::Population,
        Source::Tekun,
        Source::Temporary,
    ];

    /// Name of the source and stem of its file.
    pub fn name(self) -> &'static str {
        match self {
            Source::Deaths => "deaths",
            Source::Dibao => "dibao",
            Source::Disaster => "disaster",
            Source::Education => "education",
            Source::Employment => "employment",
            Source::Housing => "housing",
            Source::Medical => "medical",
            Source::Payroll => "payroll",
            Source::Population => "population",
            Source::Tekun => "tekun",
            Source::Temporary => "temporary",
        }
    }

    /// Whether its records describe people and enrol nobody.
    pub fn is_register(self) -> bool {
        matches!(self, Source::Deaths | Source::Payroll | Source::Population)
    }
}

/// One enrolment, or one entry of a register.
#[derive(Clone, Debug)]
pub(super) struct Enrolment {
    pub source: Source,
    pub status: &'static str,
    /// For [`Source::Deaths`] the day of death.
    pub start: Option<Date>,
    pub end: Option<Date>,
    /// Yuan a month.
    pub amount: Option<u32>,
    pub updated: Date,
    /// A second time in the same programme.
    pub repeated: bool,
}

/// What decides how many enrolments there are.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub as_of: Date,
    pub records_per_person: f64,
    pub second_enrolment: f64,
    pub population_register: bool,
}

/// The records a person has, one at least; `records_per_person` on average, besides the population register.
pub(super) fn enrolments(
    person: &Person,
    household: &Household,
    plan: &Plan,
    rng: &mut Rng,
) -> Vec<Enrolment> {
    let mut weights = Source::ALL.map(|source| weight(source, person, household, plan.as_of));
    // 1 + binomial(8, p) has the mean 1 + 8 p.
    let extra = (plan.records_per_person - 1.0) / 8.0;
    let count = 1 + (0..8).filter(|_| rng.chance(extra)).count();
    let mut found: Vec<Enrolment> = Vec::with_capacity(count + 1);
    for _ in 0..count {
        let earlier: Vec<Source> = found
            .iter()
            .map(|e| e.source)
            .filter(|source| !source.is_register())
            .collect();
        let total: u32 = weights.iter().sum();
        if !earlier.is_empty() && (total == 0 || rng.chance(plan.second_enrolment)) {
            let source = *rng.pick(&earlier);
            found.push(enrolment(source, person, plan.as_of, true, rng));
        } else if total > 0 {
            let draw = rng.below(total);
            let mut end = 0;
            let drawn = weights.iter().position(|weight| {
                end += weight;
                draw < end
            });
            if let Some(position) = drawn {
                weights[position] = 0;
                found.push(enrolment(
                    Source::ALL[position],
                    person,
                    plan.as_of,
                    false,
                    rng,
                ));
            }
        }
    }
    // The dead are struck off the population register, but not always.
    let registered = if person.dead.is_some() { 0.1 } else { 0.97 };
    if plan.population_register && rng.chance(registered) {
        found.push(enrolment(
            Source::Population,
            person,
            plan.as_of,
            false,
            rng,
        ));
    }
    found
}

/// How likely the source is to hold the person, in any unit.
fn weight(source: Source, person: &Person, household: &Household, as_of: Date) -> u32 {
    let age = person.age(as_of);
    match source {
        Source::Dibao if household.on_dibao && !person.destitute => 2300,
        Source::Dibao => 110,
        Source::Tekun if person.destitute => 2400,
        Source::Tekun if age >= 60 || person.disabled => 18,
        Source::Tekun => 0,
        Source::Medical if age >= 60 || person.disabled => 420,
        Source::Medical => 330,
        Source::Housing if person.relation == Relation::Head => 190,
        Source::Housing => 110,
        Source::Education if (6..=22).contains(&age) => 480,
        Source::Education => 0,
        Source::Employment if (18..60).contains(&age) => 85,
        Source::Employment => 0,
        Source::Disaster | Source::Temporary => 115,
        Source::Deaths if person.dead.is_some() => 3600,
        Source::Payroll if person.official => 1200,
        Source::Deaths | Source::Payroll | Source::Population => 0,
    }
}

fn enrolment(
    source: Source,
    person: &Person,
    as_of: Date,
    repeated: bool,
    rng: &mut Rng,
) -> Enrolment {
    let none = Enrolment {
        source,
        status: "active",
        start: None,
        end: None,
        amount: None,
        updated: as_of,
        repeated,
    };
    let mut made = match (source, person.dead) {
        (Source::Deaths, dead) => Enrolment {
            status: "deceased",
            start: dead,
            ..none
        },
        (Source::Population, _) => Enrolment {
            start: Some(day_between(
                person.birth,
                plus_days(person.birth, 400).min(as_of),
                rng,
            )),
            ..none
        },
        (Source::Payroll, dead) => {
            let begin = plus_days(person.birth, 21 * 365 + 5);
            let last = dead.unwrap_or(as_of);
            let start = day_between(begin, last, rng);
            let left = dead.or_else(|| rng.chance(0.06).then(|| day_between(start, as_of, rng)));
            Enrolment {
                status: if left.is_some() { "exited" } else { "active" },
                start: Some(start),
                end: left,
                ..none
            }
        }
        (_, None) => span_of_the_living(none, person, as_of, rng),
        (_, Some(dead)) => span_of_the_dead(none, person, dead, as_of, rng),
    };
    made.amount = amount(source, rng);
    let known = made
        .end
        .or(made.start)
        .unwrap_or(as_of)
        .max(plus_days(as_of, -1500));
    made.updated = day_between(known, as_of, rng);
    made
}

/// Enrolments of the last eight years, not before the person can have had them.
fn first_day(source: Source, person: &Person, last: Date) -> Date {
    let earliest = match source {
        Source::Education => plus_days(person.birth, 6 * 365),
        Source::Employment => plus_days(person.birth, 17 * 365),
        _ => person.birth,
    };
    plus_days(last, -8 * 365).max(earliest)
}

fn span_of_the_living(none: Enrolment, person: &Person, as_of: Date, rng: &mut Rng) -> Enrolment {
    if rng.chance(0.02) {
        let start = day_between(plus_days(as_of, -90).max(person.birth), as_of, rng);
        return Enrolment {
            status: "applied",
            start: Some(start),
            ..none
        };
    }
    let start = day_between(first_day(none.source, person, as_of), as_of, rng);
    // Help in need ends soon; the rest runs for years.
    let (ends, shortest, longest) = match none.source {
        Source::Disaster | Source::Temporary => (0.55, 30, 700),
        _ => (0.27, 60, 1500),
    };
    let end = plus_days(start, rng.between(shortest, longest));
    if rng.chance(ends) && end <= as_of {
        Enrolment {
            status: "exited",
            start: Some(start),
            end: Some(end),
            ..none
        }
    } else {
        Enrolment {
            status: if rng.chance(0.02) {
                "suspended"
            } else {
                "active"
            },
            start: Some(start),
            ..none
        }
    }
}

/// Some programmes hear of a death at once, some late, some never; and some enrol the dead.
fn span_of_the_dead(
    none: Enrolment,
    person: &Person,
    dead: Date,
    as_of: Date,
    rng: &mut Rng,
) -> Enrolment {
    let start = Some(day_between(first_day(none.source, person, dead), dead, rng));
    match rng.one_of(&[0.40, 0.38, 0.17]) {
        Some(0) => {
            let end = plus_days(dead, rng.between(0, 20)).min(as_of);
            Enrolment {
                status: "deceased",
                start,
                end: Some(end),
                ..none
            }
        }
        Some(1) => Enrolment { start, ..none },
        Some(_) => {
            let end = plus_days(dead, rng.between(35, 700));
            if end > as_of {
                Enrolment { start, ..none }
            } else {
                Enrolment {
                    status: "exited",
                    start,
                    end: Some(end),
                    ..none
                }
            }
        }
        None => Enrolment {
            start: Some(day_between(plus_days(dead, 1).min(as_of), as_of, rng)),
            ..none
        },
    }
}

/// Yuan a month, in tens. Ranges are ours, of the order that programmes pay.
fn amount(source: Source, rng: &mut Rng) -> Option<u32> {
    let (low, high) = match source {
        Source::Deaths | Source::Population => return None,
        Source::Dibao => (18, 95),
        Source::Tekun => (60, 160),
        Source::Medical => (4, 60),
        Source::Housing => (10, 70),
        Source::Education => (8, 50),
        Source::Employment => (15, 110),
        Source::Disaster => (10, 120),
        Source::Temporary => (20, 200),
        Source::Payroll => (280, 980),
    };
    Some((low + rng.below(high - low + 1)) * 10)
}
