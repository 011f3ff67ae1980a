//! What a policy says: the sources, the rules, and where they hold.

use super::month::Period;
use super::read::{self, PolicyErrors};

/// The text of the shipped policy, `policy.toml`: what to start a policy of one's own from.
pub const SHIPPED: &str = include_str!("policy.toml");

/// Defines a closed list of words, the same in files as in output.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[$name] = &[$($name::$variant,)+];

            /// The word that files use.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// The one that files call so.
            pub fn from_name(name: &str) -> Option<$name> {
                match name { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// What a rule finds; see the [module](super) for what each takes.
    FindingKind {
        /// One person twice in one programme, months overlapping.
        DuplicateEnrolment = "duplicate_enrolment",
        /// One person twice in one programme, months not overlapping.
        RepeatEnrolment = "repeat_enrolment",
        /// Two programmes that exclude each other, months overlapping.
        ExclusiveOverlap = "exclusive_overlap",
        /// An enrolment that covers months later than that of death.
        PaidAfterDeath = "paid_after_death",
        /// A programme while on a payroll register.
        ExcludedByPayroll = "excluded_by_payroll",
        /// One ID number, two people.
        SharedNationalId = "shared_national_id",
        /// One person, several ID numbers.
        SeveralNationalIds = "several_national_ids",
        /// One account across unrelated households.
        SharedAccount = "shared_account",
        /// Two programmes whose amounts are to be set against each other.
        OffsetOverlap = "offset_overlap",
        /// Months of a programme without any of those it needs.
        RequirementMissing = "requirement_missing",
        /// A programme while on a register other than payroll.
        ExcludedByRegister = "excluded_by_register",
    }
}

words! {
    /// How grave a finding is, gravest first.
    Severity {
        /// Money is very likely paid that should not be.
        High = "high",
        /// To be asked about.
        Medium = "medium",
        /// To be looked at when convenient.
        Low = "low",
        /// Nothing is wrong with it by itself.
        Information = "information",
    }
}

words! {
    /// Whose months a rule sets side by side.
    By {
        /// One person's.
        Person = "person",
        /// Those of the people under one household number, and one person's.
        Household = "household",
    }
}

words! {
    /// How far the text that a rule cites was read when the rule was written.
    Checked {
        /// Read in the source.
        Read = "read",
        /// Read in an excerpt or a secondary page.
        Excerpt = "excerpt",
        /// Believed; to be confirmed.
        Unread = "unread",
    }
}

words! {
    /// What a register says of a person.
    RegisterKind {
        /// That the person died, on the start date.
        Deaths = "deaths",
        /// That the person is paid from public money, from start to end date.
        Payroll = "payroll",
        /// Who the person is and where registered.
        Population = "population",
        /// Something that rules of kind [`FindingKind::ExcludedByRegister`] ask about, from start to end date.
        Other = "other",
    }
}

/// What a source is.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum SourceRole {
    /// Enrols people; its records can be duplicates and overlaps.
    Programme,
    /// Describes people; its records are never enrolments.
    Register(RegisterKind),
    /// Not in the policy: matched, but its benefits are not judged.
    Unknown,
}

/// The same thing said in Chinese and in English.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Text {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What a rule rests on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Basis {
    /// Law and article.
    pub text: Text,
    /// Whether that was read.
    pub checked: Checked,
}

/// A source that the policy knows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourceDefinition {
    /// Its name in rules; a programme's name in output.
    pub id: String,
    /// Other names its files go by.
    pub also: Vec<String>,
    /// What it is; never [`SourceRole::Unknown`].
    pub role: SourceRole,
    /// Its full name.
    pub title: Text,
}

/// One rule, as it holds nationally or in one region.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    /// Its name; a region's version of a rule has the same.
    pub id: String,
    /// What it finds.
    pub kind: FindingKind,
    /// How grave that is.
    pub severity: Severity,
    /// The months it holds for.
    pub effective: Period,
    /// What an official reads of it.
    pub title: Text,
    /// Law and article.
    pub basis: Basis,
    /// Division code of the region whose version this is; `None` nationally.
    pub region: Option<String>,
    /// Whose months are set side by side.
    pub by: By,
    /// Fewer months than this are no finding; at least 1.
    pub min_months: u32,
    /// Fewer households than this are no finding; at least 2.
    pub min_households: u32,
    /// The programmes it is about.
    pub(super) programmes: Sources,
    /// The programmes excluded, set off, or (any one of them) required.
    pub(super) with: Sources,
    /// The registers it asks.
    pub(super) registers: Sources,
}

/// A set of the policy's sources, by position; a policy has at most 64.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Sources(pub(super) u64);

impl Sources {
    /// Sources that one policy may have.
    pub(super) const MOST: usize = 64;

    pub(super) fn insert(&mut self, position: usize) {
        self.0 |= 1 << position;
    }

    pub(super) fn contains(self, position: u8) -> bool {
        self.0 >> position & 1 == 1
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What does not go together, where and when. See the [module](super) for the file it is read from.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(super) version: String,
    pub(super) sources: Vec<SourceDefinition>,
    pub(super) rules: Vec<Rule>,
    /// One a rule id: its kind, which every region's version shares.
    pub(super) slots: Vec<FindingKind>,
    /// Longest code first, then by code; no code is there twice.
    pub(super) regions: Vec<Region>,
    /// The rule of each slot where no region's code fits.
    pub(super) national: Vec<Option<u16>>,
}

/// A part of the country with versions of its own.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub(super) code: String,
    /// The rule of each slot here, what encloses it being counted in.
    pub(super) rules: Vec<Option<u16>>,
}

impl Policy {
    /// The policy that yiren ships, version and all.
    #[expect(clippy::expect_used, reason = "built in, and parsed by a test")]
    pub fn shipped() -> Policy {
        Policy::parse(SHIPPED, "policy.toml").expect("the shipped policy is valid")
    }

    /// The policy in `text`, which came from the file `path` (named in errors only).
    ///
    /// # Errors
    /// Everything that is wrong with it, at once, each with its line and column.
    pub fn parse(text: &str, path: &str) -> Result<Policy, PolicyErrors> {
        read::policy(text, path)
    }

    /// Its version, as the file states it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The programmes and registers it knows, in the file's order.
    pub fn sources(&self) -> &[SourceDefinition] {
        &self.sources
    }

    /// All rules, each region's version of its own; [`Finding::rule`](super::Finding::rule) counts in here.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What a source is, by its name; see [`Policy::source`].
    pub fn role_of(&self, source: &str) -> SourceRole {
        self.source(source)
            .map_or(SourceRole::Unknown, |definition| definition.role)
    }

    /// The programme or register that a source belongs to. A source goes by the id or another name
    /// of it, whatever the case, and may add digits after `_`, `-`, `.` or a space: `dibao`,
    /// `Dibao_310000` and `低保-2026-06` are all Dibao, and a person in two of them is in Dibao twice.
    pub fn source(&self, source: &str) -> Option<&SourceDefinition> {
        self.sources.get(usize::from(self.position(source)?))
    }

    pub(super) fn position(&self, source: &str) -> Option<u8> {
        let is_separator = |c: char| matches!(c, '_' | '-' | '.' | ' ');
        let stem = source.trim_end_matches(|c: char| c.is_ascii_digit() || is_separator(c));
        let adds_digits = source[stem.len()..].starts_with(is_separator);
        let named = |name: &str| {
            self.sources.iter().position(|definition| {
                std::iter::once(&definition.id)
                    .chain(&definition.also)
                    .any(|known| known.eq_ignore_ascii_case(name))
            })
        };
        named(source)
            .or_else(|| adds_digits.then(|| named(stem)).flatten())
            .and_then(|position| u8::try_from(position).ok())
    }

    /// Which rules hold in a division: 0 nationally, else one more than the region's position.
    pub(super) fn place_of(&self, division: u32) -> u16 {
        if self.regions.is_empty() || division == 0 {
            return 0;
        }
        let division = format!("{division:06}");
        let found = self
            .regions
            .iter()
            .position(|region| division.starts_with(&region.code));
        found.map_or(0, |position| position as u16 + 1)
    }

    /// The rule that holds for a slot in a place, with its number.
    pub(super) fn rule_at(&self, slot: usize, place: u16) -> Option<(u16, &Rule)> {
        let rules = match place.checked_sub(1) {
            None => &self.national,
            Some(region) => &self.regions.get(usize::from(region))?.rules,
        };
        let number = (*rules.get(slot)?)?;
        Some((number, self.rules.get(usize::from(number))?))
    }
}
