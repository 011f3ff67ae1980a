//! The language that people are spoken to in.

use clap::ValueEnum;

/// Language of messages and help; what programs read is never translated.
#[derive(Copy, Clone, Debug, Eq, PartialEq, ValueEnum)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The one of two wordings that is in this language.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// The same language as the reports of the library know it.
    pub fn words(self) -> yiren::report::Language {
        match self {
            Language::Zh => yiren::report::Language::Zh,
            Language::En => yiren::report::Language::En,
        }
    }

    /// The language of the environment: Chinese if `LC_ALL`, `LC_MESSAGES` or `LANG`, the first
    /// that is set, begins with `zh`.
    pub fn of_environment() -> Language {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok());
        match set.into_iter().find(|value| !value.is_empty()) {
            Some(value) if value.to_lowercase().starts_with("zh") => Language::Zh,
            _ => Language::En,
        }
    }
}
