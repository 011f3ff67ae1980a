//! One rule of the policy file, on its own or as a region's version of another.

use toml::de::DeTable;

use super::Reader;
use super::values::{Table, name, name_of};
use crate::policy::month::Period;
use crate::policy::rule::{
    Basis, By, Checked, FindingKind, Region, RegisterKind, Rule, Severity, SourceRole, Sources,
};

const RULE_KEYS: &[&str] = &["id", "kind", "severity", "from", "to", "title", "basis"];

/// What a kind takes beyond [`RULE_KEYS`].
fn keys_of(kind: FindingKind) -> &'static [&'static str] {
    match kind {
        FindingKind::DuplicateEnrolment
        | FindingKind::PaidAfterDeath
        | FindingKind::ExcludedByPayroll => &["programmes", "min_months"],
        FindingKind::RepeatEnrolment => &["programmes"],
        FindingKind::ExclusiveOverlap | FindingKind::OffsetOverlap => {
            &["programmes", "with", "by", "min_months"]
        }
        FindingKind::RequirementMissing => &["programmes", "requires", "by", "min_months"],
        FindingKind::ExcludedByRegister => &["programmes", "registers", "min_months"],
        FindingKind::SharedNationalId | FindingKind::SeveralNationalIds => &[],
        FindingKind::SharedAccount => &["programmes", "min_households"],
    }
}

impl Reader<'_> {
    /// Reads one rule, a region's if there is one.
    pub(super) fn rule(
        &mut self,
        entries: &DeTable<'_>,
        at: usize,
        mut region: Option<&mut Region>,
    ) {
        let what = name("rule", entries);
        let table = Table {
            entries,
            at,
            what: &what,
        };
        let errors_before = self.errors.len();
        let id = self.required(table, "id", Self::string);
        let off = region.is_some() && self.flag(table, "off").unwrap_or(false);
        let slot = id
            .as_ref()
            .and_then(|id| self.slot_ids.iter().position(|known| known == id));
        let in_force = |rules: &[Option<u16>]| rules.get(slot?).copied().flatten();
        let taken = match &region {
            None => slot.is_some(),
            // a region states a rule anew where what it has is not its own
            Some(region) => in_force(&region.rules)
                .and_then(|rule| self.policy.rules.get(usize::from(rule)))
                .is_some_and(|rule| rule.region.as_ref() == Some(&region.code)),
        };
        if taken {
            let message = format!("{what}: there is one already of this id");
            self.error(table.span("id"), message);
        }
        if off {
            self.only(table, &[&["id", "off"]]);
            match (&mut region, slot) {
                (Some(region), Some(slot)) => {
                    if let Some(rule) = region.rules.get_mut(slot) {
                        *rule = None;
                    }
                }
                _ => {
                    let message = format!("{what}: no such rule to turn off");
                    self.error(table.span("id"), message);
                }
            }
            return;
        }
        let base = match &region {
            None => None,
            // what an enclosing region turned off is taken up from the national rule
            Some(region) => in_force(&region.rules)
                .or_else(|| in_force(&self.policy.national))
                .and_then(|rule| self.policy.rules.get(usize::from(rule)))
                .cloned(),
        };
        // a version of a rule that could not be read itself is not blamed for leaving things out
        let orphan = region.is_some() && slot.is_some() && base.is_none() && errors_before > 0;
        let rule = self.rule_fields(table, id, base, region.as_deref(), orphan);
        let (Some(rule), true) = (rule, self.errors.len() == errors_before) else {
            // remembered all the same, so that a region's version is not taken for a new rule
            if slot.is_none() && region.is_none() {
                self.slot_ids.push(name_of(entries).unwrap_or_default());
                self.policy.slots.push(FindingKind::DuplicateEnrolment);
            }
            return;
        };
        let slot = slot.unwrap_or_else(|| {
            self.slot_ids.push(rule.id.clone());
            self.policy.slots.push(rule.kind);
            self.policy.slots.len() - 1
        });
        if self.policy.slots.get(slot) != Some(&rule.kind) {
            let message =
                format!("{what}: a region cannot change a rule's kind; give it another id");
            self.error(table.span("kind"), message);
        }
        let Ok(number) = u16::try_from(self.policy.rules.len()) else {
            return self.error(at..at, "a policy can have 65,536 rules");
        };
        let rules = region.map_or(&mut self.policy.national, |region| &mut region.rules);
        rules.resize(rules.len().max(slot + 1), None);
        if let Some(place) = rules.get_mut(slot) {
            *place = Some(number);
        }
        self.policy.rules.push(rule);
    }

    fn rule_fields(
        &mut self,
        table: Table<'_>,
        id: Option<String>,
        base: Option<Rule>,
        region: Option<&Region>,
        orphan: bool,
    ) -> Option<Rule> {
        let what = table.what;
        // with a rule to start from, every key may be left out
        let missing = |reader: &mut Self, key: &str| {
            if base.is_none() && !orphan && table.get(key).is_none() {
                reader.error(table.at..table.at, format!("{what}: \"{key}\" is missing"));
            }
        };
        for key in ["kind", "severity", "title", "basis"] {
            missing(self, key);
        }
        let kind = self.word(table, "kind", FindingKind::ALL, FindingKind::name);
        let kind = kind.or_else(|| base.as_ref().map(|base| base.kind));
        if let Some(kind) = kind {
            let off: &[&str] = if region.is_some() { &["off"] } else { &[] };
            self.only(table, &[RULE_KEYS, keys_of(kind), off]);
            for key in ["with", "requires", "registers"] {
                if keys_of(kind).contains(&key) {
                    missing(self, key);
                }
            }
            if keys_of(kind).contains(&"with") || keys_of(kind).contains(&"requires") {
                missing(self, "programmes");
            }
        }
        let severity = self.word(table, "severity", Severity::ALL, Severity::name);
        let title = self.text_pair(table, "title", &[]).map(|(title, _)| title);
        let basis = self
            .text_pair(table, "basis", &["checked"])
            .and_then(|(text, table)| {
                let checked = self.required(table, "checked", |reader, table, key| {
                    reader.word(table, key, Checked::ALL, Checked::name)
                })?;
                Some(Basis { text, checked })
            });
        let from = self.month(table, "from");
        let to = self.month(table, "to");
        let by = self.word(table, "by", By::ALL, By::name);
        let min_months = self.number(table, "min_months", 1);
        let min_households = self.number(table, "min_households", 2);
        let is_programme = |role| role == SourceRole::Programme;
        let is_register = |role| matches!(role, SourceRole::Register(_));
        let programmes = self.set(table, "programmes", "programme", is_programme);
        let with = self.set(table, "with", "programme", is_programme);
        let requires = self.set(table, "requires", "programme", is_programme);
        let registers = self.set(table, "registers", "register", is_register);

        let kind = kind?;
        let mut rule = match base {
            Some(base) => base,
            None => Rule {
                id: id?,
                kind,
                severity: severity?,
                effective: Period::ALWAYS,
                title: title.clone()?,
                basis: basis.clone()?,
                region: None,
                by: By::Person,
                min_months: 1,
                min_households: 3,
                programmes: self.all(is_programme),
                with: Sources::default(),
                registers: self.all(|role| match kind {
                    FindingKind::PaidAfterDeath => {
                        role == SourceRole::Register(RegisterKind::Deaths)
                    }
                    FindingKind::ExcludedByPayroll => {
                        role == SourceRole::Register(RegisterKind::Payroll)
                    }
                    _ => false,
                }),
            },
        };
        rule.kind = kind;
        rule.region = region.map(|region| region.code.clone());
        rule.severity = severity.unwrap_or(rule.severity);
        rule.title = title.unwrap_or(rule.title);
        rule.basis = basis.unwrap_or(rule.basis);
        rule.by = by.unwrap_or(rule.by);
        rule.min_months = min_months.unwrap_or(rule.min_months);
        rule.min_households = min_households.unwrap_or(rule.min_households);
        rule.programmes = programmes.unwrap_or(rule.programmes);
        rule.with = with.or(requires).unwrap_or(rule.with);
        rule.registers = registers.unwrap_or(rule.registers);
        let (from, to) = (
            from.unwrap_or(rule.effective.start()),
            to.unwrap_or(rule.effective.end()),
        );
        rule.effective = Period::new(from, to);
        if rule.effective.is_empty() {
            let key = if table.get("to").is_some() {
                "to"
            } else {
                "from"
            };
            let message = format!(
                "{what}: holds for no month: \"to\" must be in a later month than \"from\""
            );
            self.error(table.span(key), message);
        }
        if rule.programmes.0 & rule.with.0 != 0 {
            let key = if table.get("requires").is_some() {
                "requires"
            } else {
                "with"
            };
            let message = format!(
                "{what}: the same programme on both sides; \
                 for one programme twice there is \"duplicate_enrolment\""
            );
            self.error(table.span(key), message);
        }
        Some(rule)
    }

    /// All sources of some role.
    fn all(&self, wanted: impl Fn(SourceRole) -> bool) -> Sources {
        let mut all = Sources::default();
        for (position, source) in self.policy.sources.iter().enumerate() {
            if wanted(source.role) {
                all.insert(position);
            }
        }
        all
    }
}
