//! What an applicant already receives, and whether they may have what they apply for as well.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yiren_matchers::model::MatchWeight;
use yiren_matchers::normalise::date::Date;

use crate::explain::Explained;
use crate::id::EntityId;
use crate::policy::{self, Checked, Month, Policy, SourceRole};
use crate::record::Status;
use crate::resolve::{
    Candidate, Engine, ResolveError, Standing, Supposed, Supposition, suppose, suppose_same,
};
use crate::standardise::enrolment;
use crate::store::{
    Cells, EntityState, Moment, Record, RecordKey, RecordState, StoredFinding, View,
};

/// The record id of an applicant who has none yet.
const NO_ID: &str = "(applicant)";

/// Who asks for what.
#[derive(Clone, Debug)]
pub struct Applicant {
    /// The programme applied for.
    pub programme: String,
    /// Id of the application within the programme, if it has one there.
    pub record_id: Option<String>,
    /// What is known of the person, by canonical column.
    pub cells: Vec<(String, String)>,
}

/// What the records say of an applicant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Overlap {
    /// The commit that this is as of.
    pub commit: u64,
    /// When that commit was (milliseconds since 1970).
    #[schema(value_type = i64)]
    pub known_at: Moment,
    /// Day from which the applicant is supposed to receive what they apply for.
    pub as_of: String,
    /// The programme applied for.
    pub programme: String,
    /// Model in force.
    pub model: String,
    /// Policy in force.
    pub policy: String,
    /// Whether the applicant is on file: the decision about the likeliest person.
    pub decision: Decision,
    /// Who the applicant is or may be, the likeliest first.
    pub people: Vec<Person>,
    /// What the rules would find if the application were granted on that day.
    pub findings: Vec<Arising>,
}

/// What an applicant and someone on file are to each other.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// One person.
    SamePerson,
    /// A person has to look at the two.
    NeedsReview,
    /// Two people.
    Different,
}

impl From<Standing> for Decision {
    fn from(standing: Standing) -> Decision {
        match standing {
            Standing::SamePerson => Decision::SamePerson,
            Standing::NeedsReview => Decision::NeedsReview,
            Standing::Different => Decision::Different,
        }
    }
}

/// Someone on file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Person {
    /// The entity.
    pub entity: String,
    /// What the applicant and this person are to each other.
    pub decision: Decision,
    /// Match probability of the applicant and the likeliest of the person's records; absent where
    /// a person said so.
    pub probability: Option<f64>,
    /// The person's records.
    pub records: Vec<PersonRecord>,
    /// For a person to be reviewed: what the rules would find besides if the two were one.
    pub findings_if_same: Vec<Arising>,
}

/// A record of someone on file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonRecord {
    /// Its source.
    pub source: String,
    /// Its id within the source.
    pub record_id: String,
    /// What the source is.
    pub role: &'static str,
    /// The enrolment, where the source is a programme.
    pub enrolment: Option<Enrolled>,
    /// Office where the record was made, or else the division of the hukou.
    pub office: String,
    /// What the record says, by canonical column.
    pub fields: BTreeMap<String, String>,
    /// Match weight with the applicant, log2; absent where the two are not compared.
    pub weight: Option<f64>,
    /// Match probability with the applicant.
    pub probability: Option<f64>,
    /// The reasons for the weight.
    pub reasons: Option<Explained>,
    /// Whether the record is outside what the caller may see, so that only the enrolment is told.
    pub outside_scope: bool,
}

/// An enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Enrolled {
    /// Name of the programme.
    pub programme: String,
    /// Its state.
    pub status: &'static str,
    /// First day, as `YYYY-MM-DD`; empty if it is not known.
    pub start: String,
    /// Last day; empty if it still runs.
    pub end: String,
    /// Whether it runs on the day asked for; absent if its dates do not say.
    pub running: Option<bool>,
    /// Amount a month in hundredths of a yuan; 0 if not given.
    pub monthly_amount: i64,
}

/// A finding that would arise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Arising {
    /// Code of the kind.
    pub kind: String,
    /// Code of the severity.
    pub severity: String,
    /// Id of the rule.
    pub rule: String,
    /// What the rule says, in Chinese.
    pub title_zh: String,
    /// What the rule says, in English.
    pub title_en: String,
    /// What the rule rests on.
    pub basis: Legal,
    /// The other record, as `source:record_id`; empty where there is none.
    pub with: String,
    /// First month, as `YYYY-MM`; empty if there are no months to it.
    pub start: String,
    /// First month no longer covered.
    pub end: String,
    /// How many months up to and with the one asked for.
    pub months: u32,
    /// Hundredths of a yuan.
    pub amount: i64,
    /// Match probability of the two records.
    pub probability: f64,
}

/// The legal basis of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Legal {
    /// Law and article, in Chinese.
    pub zh: String,
    /// Law and article, in English.
    pub en: String,
    /// How far the text was read when the rule was written: `read`, `excerpt` or `unread`.
    pub checked: String,
}

/// What the records say of an applicant, supposing that what they apply for is granted from the day
/// `as_of` on and paid for its month. Where the applicant's fields give a status or a start they
/// are taken as given; else the enrolment is active and starts on that day. The answer is what
/// loading that record and sweeping as of the next month would find of it; nothing is written.
/// `reasons` asks for the waterfall of each compared record. Cost: that of loading one record.
pub fn check_overlap(
    view: &View<'_>,
    engine: &Engine,
    applicant: &Applicant,
    as_of: Date,
    reasons: bool,
) -> Result<Overlap, ResolveError> {
    let (commit, known_at) = view.commit()?;
    let supposition = granted(applicant, as_of);
    let counted = month_after(as_of);
    let supposed = suppose(view, engine, supposition.clone(), counted)?;
    let names = Names {
        view,
        policy: &engine.policy,
        as_of,
    };
    let findings = names.arising(&supposed, &BTreeMap::new())?;
    let mut people: Vec<Person> = Vec::new();
    for candidate in &supposed.candidates {
        let Some(entity) = candidate.entity else {
            continue;
        };
        // Records that are of one person today may be of several with the applicant, and the
        // other way round: those that the applicant joins are one.
        let (entity, decision) = match candidate.standing {
            Standing::SamePerson => (supposed.entity, Decision::SamePerson),
            standing => (entity, standing.into()),
        };
        let id = entity.to_string();
        let known = people
            .iter()
            .position(|person| person.entity == id && person.decision == decision);
        let place = known.unwrap_or_else(|| {
            people.push(Person {
                entity: id,
                decision,
                probability: None,
                records: Vec::new(),
                findings_if_same: Vec::new(),
            });
            people.len() - 1
        });
        let why = reasons
            .then(|| supposed.explain(engine, candidate.key))
            .flatten();
        let record = names.record(&candidate.record, candidate.weight, why);
        let person = &mut people[place];
        person.probability = match (person.probability, record.probability) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        person.records.push(record);
    }
    for person in &mut people {
        if person.decision != Decision::SamePerson {
            names.others(engine, person)?;
        }
    }
    for person in people
        .iter_mut()
        .filter(|person| person.decision == Decision::NeedsReview)
    {
        let likeliest = person.records.first();
        let candidate = supposed.candidates.iter().find(|candidate| {
            likeliest.is_some_and(|record| {
                record.source == *candidate.record.source
                    && record.record_id == *candidate.record.record_id
            })
        });
        if let Some(Candidate { key, .. }) = candidate {
            let same = suppose_same(view, engine, supposition.clone(), *key, counted)?;
            person.findings_if_same = names.arising(&same, &supposed.findings)?;
        }
    }
    people.sort_by(|a, b| {
        let chance = |person: &Person| person.probability.unwrap_or(-1.0);
        let by_chance = chance(b).total_cmp(&chance(a));
        a.decision
            .cmp(&b.decision)
            .then(by_chance)
            .then_with(|| a.entity.cmp(&b.entity))
    });
    Ok(Overlap {
        commit,
        known_at,
        as_of: as_of.to_string(),
        programme: applicant.programme.clone(),
        model: engine.made.model_version.clone(),
        policy: engine.made.policy_version.clone(),
        decision: people
            .first()
            .map_or(Decision::Different, |person| person.decision),
        people,
        findings,
    })
}

/// The record that would be loaded if the application were granted.
fn granted(applicant: &Applicant, as_of: Date) -> Supposition {
    let given = |column: &str| {
        let mut cells = applicant.cells.iter();
        cells.any(|(known, text)| known == column && !text.trim().is_empty())
    };
    let day = as_of.to_string();
    let mut cells: Vec<(&str, &str)> = applicant
        .cells
        .iter()
        .map(|(column, text)| (&**column, &**text))
        .collect();
    if !given("start_date") {
        cells.push(("start_date", &day));
    }
    if !given("status") {
        cells.push(("status", "active"));
    }
    Supposition {
        source: applicant.programme.as_str().into(),
        record_id: applicant.record_id.as_deref().unwrap_or(NO_ID).into(),
        cells: Cells::of(cells.into_iter()),
    }
}

/// The first day of the month after that of a day, so that the month of the day counts as covered.
fn month_after(day: Date) -> Date {
    let next = Month::of(day).map(Month::next);
    let first = next.and_then(|month| {
        let number = month.number();
        let (year, month) = (number.div_euclid(12), number.rem_euclid(12) + 1);
        Date::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?, 1)
    });
    first.unwrap_or(day)
}

/// Names records, programmes and rules.
struct Names<'a> {
    view: &'a View<'a>,
    policy: &'a Policy,
    as_of: Date,
}

impl Names<'_> {
    fn record(&self, record: &Record, weight: Option<f64>, why: Option<Explained>) -> PersonRecord {
        let known = enrolment(|column| record.cells.get(column));
        let role = self.policy.role_of(&record.source);
        let programme = self.policy.source(&record.source);
        let running = known
            .start
            .filter(|_| !known.end_unreadable)
            .map(|start| start <= self.as_of && known.end.is_none_or(|end| end >= self.as_of));
        let day = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
        let enrolment = (role == SourceRole::Programme).then(|| Enrolled {
            programme: programme.map_or_else(String::new, |known| known.id.clone()),
            status: status(known.status),
            start: day(known.start),
            end: day(known.end),
            running,
            monthly_amount: known.monthly_amount,
        });
        PersonRecord {
            source: record.source.to_string(),
            record_id: record.record_id.to_string(),
            role: match role {
                SourceRole::Programme => "programme",
                SourceRole::Register(_) => "register",
                SourceRole::Unknown => "unknown",
            },
            enrolment,
            office: office(record).to_string(),
            fields: record
                .cells
                .iter()
                .map(|(column, text)| (column.to_string(), text.to_string()))
                .collect(),
            weight,
            probability: weight.map(|weight| MatchWeight(weight).probability().0),
            reasons: why,
            outside_scope: false,
        }
    }

    /// Adds the records of a person that are no candidates themselves.
    fn others(&self, engine: &Engine, person: &mut Person) -> Result<(), ResolveError> {
        let Some(id) = EntityId::parse(&person.entity) else {
            return Ok(());
        };
        let entity = self.view.entity(engine.generation, id)?;
        let Some(EntityState::Members(members)) = entity.map(|entity| entity.state) else {
            return Ok(());
        };
        let keys: Vec<RecordKey> = members.into_iter().map(RecordKey).collect();
        for record in self.view.records(&keys)?.into_iter().flatten() {
            let known = person.records.iter().any(|known| {
                *known.source == *record.source && *known.record_id == *record.record_id
            });
            if !known && record.state == RecordState::Current {
                person.records.push(self.record(&record, None, None));
            }
        }
        Ok(())
    }

    /// The findings of the supposed record that are not among those known already.
    fn arising(
        &self,
        supposed: &Supposed,
        known: &BTreeMap<u64, StoredFinding>,
    ) -> Result<Vec<Arising>, ResolveError> {
        let mut arising = Vec::new();
        for (number, finding) in &supposed.findings {
            if known.contains_key(number) {
                continue;
            }
            let other = match finding.a == supposed.key.0 {
                true => finding.b,
                false => Some(finding.a),
            };
            let other = match other {
                Some(other) => self.view.record(RecordKey(other))?,
                None => None,
            };
            let with = other.map_or_else(String::new, |record| {
                format!("{}:{}", record.source, record.record_id)
            });
            arising.push(Arising::of(self.policy, finding, with));
        }
        arising.sort_by(|a, b| {
            let key = |finding: &Arising| {
                (
                    finding.kind.clone(),
                    finding.rule.clone(),
                    finding.with.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        Ok(arising)
    }
}

impl Arising {
    /// A finding with the words of its rule; `with` names the other record.
    pub fn of(policy: &Policy, finding: &StoredFinding, with: String) -> Arising {
        let rule = policy.rules().iter().find(|rule| *rule.id == *finding.rule);
        let text = |pick: fn(&policy::Rule) -> &str| {
            rule.map_or_else(String::new, |rule| pick(rule).to_string())
        };
        Arising {
            kind: finding.kind.to_string(),
            severity: finding.severity.to_string(),
            rule: finding.rule.to_string(),
            title_zh: text(|rule| &rule.title.zh),
            title_en: text(|rule| &rule.title.en),
            basis: Legal {
                zh: text(|rule| &rule.basis.text.zh),
                en: text(|rule| &rule.basis.text.en),
                checked: rule
                    .map_or(Checked::Unread, |rule| rule.basis.checked)
                    .name()
                    .to_string(),
            },
            with,
            start: finding.period.0.to_string(),
            end: finding.period.1.to_string(),
            months: finding.months,
            amount: finding.amount,
            probability: finding.probability,
        }
    }
}

/// The division of the office that made a record, or, failing that, of its hukou; "" if unknown.
pub fn office(record: &Record) -> &str {
    match record.cells.get("office_division") {
        "" => record.cells.get("hukou_division"),
        office => office,
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Unknown => "unknown",
        Status::Applied => "applied",
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Exited => "exited",
        Status::Deceased => "deceased",
    }
}
