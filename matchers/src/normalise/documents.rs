//! Papers other than the ID number: `kind:number;kind:number`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::identifier::{self, IdForm, NationalId};
use super::text::{compact, is_placeholder};

/// One paper of a person.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize)]
pub struct Document {
    /// What paper it is.
    pub kind: DocumentKind,
    /// Its number in Unicode normal form KC and upper case, letters and digits only.
    pub number: Box<str>,
}

/// What a paper is. Numbers of different kinds never match.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize)]
pub enum DocumentKind {
    /// 出生医学证明: a letter and nine digits, given at birth; one a person.
    BirthCertificate,
    /// 残疾人证: the ID number, a digit of category, a digit of degree.
    DisabilityCard,
    /// 护照.
    Passport,
    /// 户口簿: one a household, so that it tells families apart, not persons.
    HouseholdBook,
    /// Any other, by its name in the data; empty if the number came without one.
    Other(Box<str>),
}

/// The papers that the text lists, in its order, each once. Entries are separated by `;`
/// or line ends, kind and number by `:`, full-width or not; the kind in English or Chinese.
/// Entries without a number, or with a placeholder or fewer than four characters for one,
/// are left out.
///
/// ```
/// use yiren_matchers::normalise::documents::{DocumentKind, parse};
/// let papers = parse("birth_certificate:u041939024；护照：E 1234 5678");
/// assert_eq!(papers.len(), 2);
/// assert_eq!(papers[0].kind, DocumentKind::BirthCertificate);
/// assert_eq!(&*papers[1].number, "E12345678");
/// ```
pub fn parse(raw: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    for entry in raw.split([';', '；', '\n', '\r']) {
        let (kind, number) = entry.split_once([':', '：']).unwrap_or(("", entry));
        if let Some(number) = normal_number(number) {
            let document = Document {
                kind: DocumentKind::parse(kind),
                number,
            };
            if !documents.contains(&document) {
                documents.push(document);
            }
        }
    }
    documents
}

fn normal_number(raw: &str) -> Option<Box<str>> {
    if is_placeholder(raw) {
        return None;
    }
    let text = compact(raw);
    if text.contains(['*', '?', '#']) {
        return None;
    }
    let number: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect();
    let mut chars = number.chars();
    let first = chars.next()?;
    let filler = chars.all(|c| c == first);
    (number.chars().count() >= SHORTEST && !filler).then(|| number.into_boxed_str())
}

const SHORTEST: usize = 4;

impl DocumentKind {
    /// The kind of this name, in English or Chinese.
    pub fn parse(raw: &str) -> DocumentKind {
        let name: String = compact(raw).to_lowercase().replace(['-', ' '], "_");
        match name.as_str() {
            "birth_certificate" | "birthcertificate" | "birth" | "出生证" | "出生证明"
            | "出生医学证明" | "出生医学证" | "出生證明" => {
                DocumentKind::BirthCertificate
            }
            "disability_card"
            | "disabilitycard"
            | "disability_certificate"
            | "disability"
            | "残疾证"
            | "残疾人证"
            | "中华人民共和国残疾人证"
            | "殘疾證" => DocumentKind::DisabilityCard,
            "passport" | "护照" | "護照" => DocumentKind::Passport,
            "household_book" | "householdbook" | "household_register" | "hukou" | "hukou_book"
            | "户口簿" | "户口本" | "户口册" | "居民户口簿" | "戶口簿" => {
                DocumentKind::HouseholdBook
            }
            _ => DocumentKind::Other(name.into_boxed_str()),
        }
    }

    /// The name of the kind in the canonical columns.
    pub fn as_str(&self) -> &str {
        match self {
            DocumentKind::BirthCertificate => "birth_certificate",
            DocumentKind::DisabilityCard => "disability_card",
            DocumentKind::Passport => "passport",
            DocumentKind::HouseholdBook => "household_book",
            DocumentKind::Other(name) => name,
        }
    }

    /// Whether the paper is one person's own.
    pub fn is_personal(&self) -> bool {
        !matches!(self, DocumentKind::HouseholdBook | DocumentKind::Other(_))
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Document {
    /// The ID number inside a disability card's number: its first eighteen characters of
    /// twenty (more on a replaced card). `None` for other papers, and where they are none.
    ///
    /// ```
    /// use yiren_matchers::normalise::documents::parse;
    /// let card = &parse("残疾证:11010519491231002X43")[0];
    /// assert_eq!(card.embedded_national_id().unwrap().as_str(), "11010519491231002X");
    /// ```
    pub fn embedded_national_id(&self) -> Option<NationalId> {
        if self.kind != DocumentKind::DisabilityCard || self.number.len() < 20 {
            return None;
        }
        identifier::parse(self.number.get(..18)?)
            .filter(|id| matches!(id.form(), IdForm::Valid | IdForm::CheckFailed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads() {
        for (raw, expected) in [
            ("", ""),
            ("无", ""),
            (";;", ""),
            ("passport:", ""),
            ("passport:无;护照:-;护照:000000000", ""),
            ("passport:E12****78", ""),
            (
                "birth_certificate:U041939024",
                "birth_certificate:U041939024",
            ),
            (
                "出生医学证明：ｕ０４１９３９０２４",
                "birth_certificate:U041939024",
            ),
            (
                "Birth Certificate : u041939024",
                "birth_certificate:U041939024",
            ),
            (
                "出生证:U041939024;birth_certificate:u041939024",
                "birth_certificate:U041939024",
            ),
            (
                "残疾人证:110105194912310 02x43",
                "disability_card:11010519491231002X43",
            ),
            (
                "户口本:410526001\n护照:E12345678",
                "household_book:410526001;passport:E12345678",
            ),
            ("军官证:军字第123456号", "军官证:军字第123456号"),
            ("E12345678", ":E12345678"),
        ] {
            let found: Vec<String> = parse(raw)
                .iter()
                .map(|d| format!("{}:{}", d.kind, d.number))
                .collect();
            assert_eq!(found.join(";"), expected, "{raw:?}");
        }
    }

    #[test]
    fn embedded_numbers() {
        for (raw, expected) in [
            ("残疾证:11010519491231002X43", Some("11010519491231002X")),
            ("残疾证:11010519491231002X43B1", Some("11010519491231002X")),
            ("残疾证:11010519491231002143", Some("110105194912310021")),
            ("残疾证:11010519491231002X", None),
            ("残疾证:ABCDEFGHIJKLMNOPQRST", None),
            ("残疾证:一二三四五六七八九", None),
            ("护照:11010519491231002X43", None),
        ] {
            let documents = parse(raw);
            let found = documents[0].embedded_national_id();
            assert_eq!(found.as_ref().map(NationalId::as_str), expected, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(raw in any::<String>(), listish in "[a-c:;：；0-9 残疾证]{0,40}") {
            for document in parse(&raw).iter().chain(&parse(&listish)) {
                let _ = document.embedded_national_id();
                prop_assert!(document.number.chars().count() >= SHORTEST);
            }
        }
    }
}
