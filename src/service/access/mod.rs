//! Who may do what: roles and what they allow, scopes and what they let see.

pub mod keys;
pub mod scope;
pub mod tokens;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use scope::Scope;

/// What a caller is there for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides on applications.
    Approver,
    /// Looks into possible fraud.
    Investigator,
    /// Looks after the matching: verdicts, sweeps.
    Steward,
    /// A programme's system, which sends its records and follows what changes.
    Loader,
    /// Reads findings, metrics and what changed; sees no unmasked value.
    Auditor,
    /// Runs the service.
    Admin,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 6] = [
        Role::Approver,
        Role::Investigator,
        Role::Steward,
        Role::Loader,
        Role::Auditor,
        Role::Admin,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Approver => "approver",
            Role::Investigator => "investigator",
            Role::Steward => "steward",
            Role::Loader => "loader",
            Role::Auditor => "auditor",
            Role::Admin => "admin",
        }
    }

    /// Whether the role may do something.
    pub fn may(self, what: Permission) -> bool {
        use Role::{Admin, Approver, Auditor, Investigator, Loader, Steward};
        let allowed: &[Role] = match what {
            Permission::Overlap => &[Approver, Investigator],
            Permission::Look => &[Approver, Investigator, Steward, Auditor],
            Permission::Unmask => &[Approver, Investigator],
            Permission::Load => &[Loader],
            Permission::ReadFindings => &[Approver, Investigator, Steward, Auditor],
            Permission::SettleFindings => &[Investigator],
            Permission::Judge => &[Investigator, Steward],
            Permission::Sweep => &[Steward, Admin],
            Permission::Follow => &[Loader, Auditor, Admin],
            Permission::Measure => &[Auditor, Admin],
        };
        allowed.contains(&self)
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Role, String> {
        let found = Role::ALL.into_iter().find(|role| role.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
            format!("`{text}` is no role; there are {}", names.join(", "))
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that only some may do.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Ask what an applicant already receives.
    Overlap,
    /// Look at persons and records.
    Look,
    /// See values whole; asked for by a look, not by a route.
    Unmask,
    /// Bring, change and take away records.
    Load,
    /// Read findings.
    ReadFindings,
    /// Say what became of a finding.
    SettleFindings,
    /// Say that two records are one person, or two.
    Judge,
    /// Sweep the store.
    Sweep,
    /// Follow what changes.
    Follow,
    /// Read metrics.
    Measure,
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Name for the audit: of a key, or of the subject of a token.
    pub name: Arc<str>,
    /// What they may do.
    pub role: Role,
    /// Of what.
    pub scope: Scope,
}

impl Caller {
    /// How long a name of a caller may be.
    pub const NAME: usize = 100;
}
