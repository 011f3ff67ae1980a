//! The policy file, read with all its errors at once.

mod rules;
mod values;

use std::fmt;

use toml::Spanned;
use toml::de::DeTable;

use self::values::{Table, name};
use super::rule::{Policy, Region, RegisterKind, SourceDefinition, SourceRole, Sources, Text};

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
}
