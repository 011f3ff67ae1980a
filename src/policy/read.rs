//! The policy file, read with all its errors at once.

mod values;

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use self::values::{Table, name, name_of};
use super::month::Period;
use super::rule::{
    Basis, By, Checked, FindingKind, Policy, Region, RegisterKind, Rule, Severity,
    SourceDefinition, SourceRole, Sources, Text,
};

/// One thing that is wrong with a policy file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Everything that is wrong with a policy file, in the file's order. Displays as one line an error,
/// `path:line:column: message`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct PolicyErrors {
    /// The file.
    pub path: String,
    /// At least one.
    pub errors: Vec<PolicyError>,
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.errors.iter().enumerate() {
            let separator = if i == 0 { "" } else { "\n" };
            let PolicyError {
                line,
                column,
                message,
            } = error;
            write!(f, "{separator}{}:{line}:{column}: {message}", self.path)?;
        }
        Ok(())
    }
}

/// The policy in `text`; see [`Policy::parse`].
pub(super) fn policy(text: &str, path: &str) -> Result<Policy, PolicyErrors> {
    let mut reader = Reader {
        text,
        errors: Vec::new(),
        policy: Policy {
            version: String::new(),
            sources: Vec::new(),
            rules: Vec::new(),
            slots: Vec::new(),
            regions: Vec::new(),
            national: Vec::new(),
        },
        slot_ids: Vec::new(),
    };
    let (root, syntax) = DeTable::parse_recoverable(text);
    for error in syntax {
        reader.error(error.span().unwrap_or(0..0), error.message());
    }
    // what a broken file seems to say is not worth complaining about as well
    if reader.errors.is_empty() {
        reader.root(&root);
    }
    if reader.errors.is_empty() {
        return Ok(reader.policy);
    }
    reader
        .errors
        .sort_by_key(|error| (error.line, error.column));
    Err(PolicyErrors {
        path: path.to_string(),
        errors: reader.errors,
    })
}

struct Reader<'t> {
    text: &'t str,
    errors: Vec<PolicyError>,
    policy: Policy,
    /// Rule id of each slot of the policy.
    slot_ids: Vec<String>,
}

const SOURCE_KEYS: &[&str] = &["id", "also", "role", "register", "title"];
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
    fn root(&mut self, root: &Spanned<DeTable<'_>>) {
        let root = Table {
            entries: root.get_ref(),
            at: 0,
            what: "the file",
        };
        self.only(root, &[&["version", "source", "rule", "region"]]);
        self.policy.version = self
            .required(root, "version", Self::string)
            .unwrap_or_default();
        for (table, at) in self.tables(root, "source") {
            self.source(table, at);
        }
        if self.policy.sources.is_empty() && self.errors.is_empty() {
            self.error(0..0, "no [[source]]: name the programmes and registers");
        }
        for (table, at) in self.tables(root, "rule") {
            self.rule(table, at, None);
        }
        let mut regions = self.tables(root, "region");
        // what encloses comes first, so that what is inside can build on it
        regions.sort_by_key(|(table, _)| {
            let code = table.get("code").and_then(|code| code.get_ref().as_str());
            code.map_or(0, str::len)
        });
        for (table, at) in regions {
            self.region(table, at);
        }
        // rules that came later do not hold in regions that came before
        let slots = self.policy.slots.len();
        self.policy.national.resize(slots, None);
        for region in &mut self.policy.regions {
            region.rules.resize(slots, None);
        }
        self.policy
            .regions
            .sort_by(|a, b| (b.code.len(), &a.code).cmp(&(a.code.len(), &b.code)));
    }

    fn source(&mut self, entries: &DeTable<'_>, at: usize) {
        let what = name("source", entries);
        let table = Table {
            entries,
            at,
            what: &what,
        };
        self.only(table, &[SOURCE_KEYS]);
        let id = self.required(table, "id", Self::string);
        let also: Vec<_> = self.strings(table, "also").unwrap_or_default();
        let role = self.required(table, "role", |reader, table, key| {
            let word = reader.string(table, key)?;
            match word.as_str() {
                "programme" => Some(SourceRole::Programme),
                "register" => reader
                    .required(table, "register", |reader, table, key| {
                        reader.word(table, key, RegisterKind::ALL, RegisterKind::name)
                    })
                    .map(SourceRole::Register),
                _ => {
                    let message = format!(
                        "{}: unknown role \"{word}\"; one of: programme, register",
                        table.what
                    );
                    reader.error(table.span(key), message);
                    None
                }
            }
        });
        if role == Some(SourceRole::Programme) && table.get("register").is_some() {
            let message = format!("{what}: a programme takes no \"register\"");
            self.error(table.span("register"), message);
        }
        let title = self.required(table, "title", |reader, table, key| {
            reader.text_pair(table, key, &[])
        });
        if let Some(id) = &id {
            let names = std::iter::once((id.as_str(), table.span("id"))).chain(
                also.iter()
                    .map(|(name, span)| (name.as_str(), span.clone())),
            );
            for (name, span) in names {
                let taken = self.policy.sources.iter().any(|source| {
                    std::iter::once(&source.id)
                        .chain(&source.also)
                        .any(|known| known.eq_ignore_ascii_case(name))
                });
                if taken {
                    let message = format!("{what}: another source is called \"{name}\" already");
                    self.error(span, message);
                }
            }
        }
        if self.policy.sources.len() == Sources::MOST {
            let message = format!("{what}: a policy can have {} sources", Sources::MOST);
            self.error(at..at, message);
            return;
        }
        // kept though it be incomplete, so that rules that name it are not blamed as well
        let empty = || Text {
            zh: String::new(),
            en: String::new(),
        };
        self.policy.sources.push(SourceDefinition {
            id: id.unwrap_or_default(),
            also: also.into_iter().map(|(name, _)| name).collect(),
            role: role.unwrap_or(SourceRole::Unknown),
            title: title.map_or_else(empty, |(title, _)| title),
        });
    }

    fn region(&mut self, entries: &DeTable<'_>, at: usize) {
        let what = name("region", entries);
        let table = Table {
            entries,
            at,
            what: &what,
        };
        self.only(table, &[&["code", "rule"]]);
        let Some(code) = self.required(table, "code", Self::string) else {
            return;
        };
        let digits = code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(1..=6).contains(&code.len()) {
            let message = format!("{what}: a code is the first 1 to 6 digits of a division");
            self.error(table.span("code"), message);
            return;
        }
        if self.policy.regions.iter().any(|other| other.code == code) {
            let message = format!("{what}: there is one already; put the rules together");
            self.error(table.span("code"), message);
            return;
        }
        let enclosing = self
            .policy
            .regions
            .iter()
            .filter(|other| code.starts_with(&other.code))
            .max_by_key(|other| other.code.len());
        let rules = enclosing.map_or(&self.policy.national, |region| &region.rules);
        let mut region = Region {
            code,
            rules: rules.clone(),
        };
        for (table, at) in self.tables(table, "rule") {
            self.rule(table, at, Some(&mut region));
        }
        self.policy.regions.push(region);
    }

    /// Reads one rule, a region's if there is one.
    fn rule(&mut self, entries: &DeTable<'_>, at: usize, mut region: Option<&mut Region>) {
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
            Some(region) => in_force(&region.rules)
                .and_then(|rule| self.policy.rules.get(usize::from(rule)))
                .cloned(),
        };
        let rule = self.rule_fields(table, id, base, region.as_deref());
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
    ) -> Option<Rule> {
        let what = table.what;
        // with a rule to start from, every key may be left out
        let missing = |reader: &mut Self, key: &str| {
            if base.is_none() && table.get(key).is_none() {
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
