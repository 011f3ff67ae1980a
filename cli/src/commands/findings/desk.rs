//! Findings of a store, or of a service.

use std::fmt::Write as _;

use anyhow::anyhow;
use serde::Deserialize;
use serde_json::{Map, Value};
use yiren::policy::Policy;
use yiren::query::{
    Filter, FindingCase, Listed, SettleError, Settling, each_finding, finding, finding_case,
    settle, settle_finding,
};
use yiren::resolve::Engine;
use yiren::store::{Case, Durability, Look, Store};

use super::{Asking, FindingId, StoreOrServer};
use crate::commands::recording::{By, Durability as Synced, day, now};
use crate::commands::server::Server;
use crate::commands::stored::{engine_of, open, open_to_look};
use crate::language::Language;

/// Findings on a page of a service.
const PAGE: usize = 1_000;

/// Where findings are.
pub enum Desk {
    /// In a store.
    Store(Box<(Store, Engine)>),
    /// With a service.
    Server(Server),
}

/// A page of a service.
#[derive(Deserialize)]
struct Page {
    findings: Vec<Listed>,
    next: Option<String>,
}

impl Desk {
    /// To look.
    pub fn to_look(place: &StoreOrServer, language: Language) -> anyhow::Result<Desk> {
        Desk::at(place, |folder| {
            let store = open_to_look(folder, language)?;
            let engine = engine_of(&store)?;
            Ok((store, engine))
        })
    }

    /// To change something.
    pub fn to_write(place: &StoreOrServer) -> anyhow::Result<Desk> {
        Desk::at(place, open)
    }

    fn at(
        place: &StoreOrServer,
        open: impl Fn(&std::path::Path) -> anyhow::Result<(Store, Engine)>,
    ) -> anyhow::Result<Desk> {
        match (&place.store, &place.server) {
            (Some(folder), None) => Ok(Desk::Store(Box::new(open(folder)?))),
            (None, Some(server)) => Ok(Desk::Server(Server::at(server)?)),
            _ => Err(anyhow!("give --store or --server")),
        }
    }

    /// The rules in force; of a service the shipped ones, for the names of programmes.
    pub fn policy(&self) -> Policy {
        match self {
            Desk::Store(desk) => desk.1.policy.clone(),
            Desk::Server(_) => Policy::shipped(),
        }
    }

    /// Calls `each` with every finding that a filter lets through, in a steady order.
    pub fn each(&self, filter: &Filter, each: &mut dyn FnMut(Listed)) -> anyhow::Result<()> {
        let server = match self {
            Desk::Store(desk) => {
                let (store, engine) = &**desk;
                return Ok(each_finding(
                    &store.view(),
                    engine,
                    filter,
                    &|_, _| true,
                    each,
                )?);
            }
            Desk::Server(server) => server,
        };
        let asked = parameters(filter);
        let mut cursor = String::new();
        loop {
            let told = server.get(&format!("/v1/findings?limit={PAGE}{asked}{cursor}"))?;
            let page: Page = serde_json::from_value(told)?;
            page.findings.into_iter().for_each(&mut *each);
            let Some(next) = page.next else {
                return Ok(());
            };
            cursor = format!("&cursor={next}");
        }
    }

    /// One finding with its case; `None` if there is no such.
    pub fn case(&self, id: FindingId) -> anyhow::Result<Option<FindingCase>> {
        match self {
            Desk::Store(desk) => {
                let (store, engine) = &**desk;
                let view = store.view();
                Ok(finding_case(&view, engine, id.0, &|_, _| true)?)
            }
            Desk::Server(server) => match server.get(&format!("/v1/findings/{id}")) {
                Ok(told) => Ok(Some(serde_json::from_value(told)?)),
                Err(error) if error.to_string().contains("(not_found)") => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// Records what is said of a finding; the outer `None` if there is no such in force, the inner error
    /// if due process refuses it.
    pub fn settle(
        &self,
        id: FindingId,
        said: &Settling,
        actor: &By,
    ) -> anyhow::Result<Option<Result<Settled, yiren::query::Refusal>>> {
        match self {
            Desk::Store(desk) => {
                let (store, engine) = &**desk;
                let known = || finding(&store.view(), engine, id.0, &|_, _| true);
                let Some(before) = known()? else {
                    return Ok(None);
                };
                // Today, whatever day others verbs are asked about: what lies ahead has not happened.
                let recording = actor.recording(None, Synced::Synced)?;
                match settle_finding(store, engine, id.0, said, &recording) {
                    Ok(_) => {}
                    Err(SettleError::Refused(refusal)) => return Ok(Some(Err(refusal))),
                    Err(SettleError::Store(error)) => return Err(error.into()),
                }
                let after = known()?;
                Ok(after.map(|after| Ok(Settled { before, after })))
            }
            Desk::Server(server) => {
                let Some(case) = self.case(id)?.filter(|case| case.closed.is_none()) else {
                    return Ok(None);
                };
                // The service refuses the same; asked here first, it can be said in the reader's language.
                if let Err(refusal) = settle(Some(&Case::from(&case)), said, day(None)?) {
                    return Ok(Some(Err(refusal)));
                }
                let told = server.patch(&format!("/v1/findings/{id}"), &body(said))?;
                let after = serde_json::from_value(told)?;
                let before = case.finding;
                Ok(Some(Ok(Settled { before, after })))
            }
        }
    }

    /// Notes in the audit of a store who looked at what, before it is printed. A service does so itself.
    pub fn note(
        &self,
        asking: &Asking,
        actor: &By,
        verb: &str,
        shown: Vec<String>,
    ) -> anyhow::Result<()> {
        let Desk::Store(desk) = self else {
            return Ok(());
        };
        let (store, _) = &**desk;
        if store.is_writable() {
            store.note_look(&Look {
                at: now(),
                actor: actor.name(),
                what: verb.to_string(),
                purpose: asking.purpose.clone(),
                query: String::new(),
                shown,
                unmasked: true,
            })?;
            store.file_looks(now(), Durability::Synced)?;
        }
        Ok(())
    }
}

/// A finding before and after something was said of it.
pub struct Settled {
    /// As it was.
    pub before: Listed,
    /// As it is.
    pub after: Listed,
}

/// The parameters of a filter, each after a `&`.
fn parameters(filter: &Filter) -> String {
    let given = [
        ("kind", filter.kind.clone()),
        ("county", filter.county.clone()),
        ("programme", filter.programme.clone()),
        (
            "status",
            filter.status.map(|status| status.name().to_string()),
        ),
        ("assignee", filter.assignee.clone()),
        ("overdue", filter.overdue.map(|day| day.to_string())),
        ("person", filter.person.as_ref().map(ToString::to_string)),
    ];
    let given = given.into_iter();
    let given = given.filter_map(|(name, value)| Some((name, value?)));
    given
        .map(|(name, value)| format!("&{name}={}", encoded(&value)))
        .collect()
}

/// A value as it stands in an address.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            other => {
                let _ = write!(text, "%{other:02X}");
            }
        }
    }
    text
}

fn body(said: &Settling) -> Value {
    let mut body = Map::new();
    let given = [
        (
            "status",
            said.status.map(|status| status.name().to_string()),
        ),
        ("why", Some(said.why.clone())),
        ("assignee", said.assignee.clone()),
        ("notified", said.notified.clone()),
        ("respond_by", said.respond_by.clone()),
        ("answered", said.answered.clone()),
        ("unheard", said.unheard.clone()),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            body.insert(name.to_string(), value.into());
        }
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_an_address() {
        for (value, expected) in [
            ("Li-1._~", "Li-1._~"),
            ("a b&c", "a%20b%26c"),
            ("李", "%E6%9D%8E"),
        ] {
            assert_eq!(encoded(value), expected);
        }
    }
}
