//! What part of the country and of the programmes a caller is there for.

use serde::{Deserialize, Serialize};

/// Divisions and programmes; an empty list is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Division codes (GB/T 2260) or the first digits of some: `31` is all of Shanghai.
    #[serde(default)]
    pub divisions: Vec<String>,
    /// Programmes and registers, by the policy's names for them.
    #[serde(default)]
    pub programmes: Vec<String>,
}

impl Scope {
    /// Whether something of a division and a programme is inside. What names no division, or no
    /// programme that the policy knows, is inside only where all are.
    pub fn holds(&self, division: &str, programme: Option<&str>) -> bool {
        let digits: String = division.chars().filter(char::is_ascii_digit).collect();
        let here = self.divisions.is_empty()
            || self
                .divisions
                .iter()
                .any(|code| digits.starts_with(code.as_str()));
        let ours = self.programmes.is_empty()
            || programme
                .is_some_and(|programme| self.programmes.iter().any(|known| known == programme));
        here && ours
    }

    /// Whether it is the whole country and all programmes.
    pub fn is_whole(&self) -> bool {
        self.divisions.is_empty() && self.programmes.is_empty()
    }

    /// A scope of codes and names as they are written on the command line or in a token.
    ///
    /// # Errors
    /// A division that is no code.
    pub fn parse(divisions: &[String], programmes: &[String]) -> Result<Scope, String> {
        for code in divisions {
            let digits = code.bytes().all(|byte| byte.is_ascii_digit());
            if !digits || !(1..=12).contains(&code.len()) {
                return Err(format!(
                    "`{code}` is no division code; give its first digits, such as 31 or 310115"
                ));
            }
        }
        Ok(Scope {
            divisions: divisions.to_vec(),
            programmes: programmes.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_hold_what_begins_with_a_code_and_is_of_a_programme() {
        let scope = |divisions: &[&str], programmes: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
            Scope::parse(&owned(divisions), &owned(programmes)).unwrap()
        };
        let cases = [
            (scope(&[], &[]), "", None, true),
            (scope(&["31"], &[]), "310115", None, true),
            (scope(&["31"], &[]), "320115", None, false),
            (scope(&["310115"], &[]), "31", None, false),
            (scope(&["310115"], &[]), "310115001002", None, true),
            (scope(&["31"], &[]), "", None, false),
            (scope(&[], &["dibao"]), "310115", Some("dibao"), true),
            (scope(&[], &["dibao"]), "310115", Some("tekun"), false),
            (scope(&[], &["dibao"]), "310115", None, false),
            (
                scope(&["31", "32"], &["dibao", "tekun"]),
                "320500",
                Some("tekun"),
                true,
            ),
        ];
        for (scope, division, programme, expected) in cases {
            assert_eq!(
                scope.holds(division, programme),
                expected,
                "{scope:?} {division} {programme:?}"
            );
        }
        assert!(Scope::parse(&["上海".to_string()], &[]).is_err());
        assert!(Scope::parse(&[String::new()], &[]).is_err());
    }
}
