//! A cause, a remark and a remedy, as their TOML files tell them. `assets/causes/README.md` documents every field.

use serde::Deserialize;

use super::clause::{Clause, Defaults};
use crate::diagnosis::answer::Severity;
use crate::diagnosis::facts::Fact;
use crate::log::Phrase;
use crate::observations::LaunchMethod;

/// The class of a cause: what kind of trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Nothing is wrong with the license.
    Healthy,
    /// The token or key.
    Credentials,
    /// The license itself.
    License,
    /// The way to the license server.
    Network,
    /// The image.
    Image,
    /// A failure that has nothing to do with the license.
    NotLicense,
    /// Not a failure: not there, not ready, not known.
    State,
}

impl Class {
    /// Whether a cause of this class keeps LocalStack from being activated.
    pub const fn is_license_failure(self) -> bool {
        matches!(self, Self::Credentials | Self::License | Self::Network | Self::Image)
    }
}

/// A cause, as its file tells.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// The id; an interface.
    pub id: String,
    /// A few words.
    pub title: String,
    /// The class.
    pub class: Class,
    /// Whether LocalStack is activated when this is the cause; absent where that varies.
    pub activated: Option<bool>,
    /// More general causes that this one replaces.
    #[serde(default)]
    pub refines: Vec<String>,
    /// Causes that are mere symptoms of this one.
    #[serde(default)]
    pub masks: Vec<String>,
    /// Where to read more.
    pub doc: String,
    /// Sentences about a case; the first whose placeholders are all known is used.
    pub summary: Vec<String>,
    /// What the cause means.
    pub explain: String,
    /// How it is recognised.
    pub recognised: String,
    /// What its phrases have in common.
    #[serde(default)]
    pub defaults: Defaults,
    /// Any one of these is enough.
    #[serde(default)]
    pub when: Vec<Clause>,
    /// What mends it, the best first.
    #[serde(default)]
    pub remedy: Vec<RemedyTemplate>,
}

impl Cause {
    /// Completes the phrases with what the file says once for all of them.
    pub(super) fn apply_defaults(&mut self) {
        for clause in &mut self.when {
            clause.apply(&self.defaults);
        }
    }

    /// The sentences that speak: those of the clause that decided, if it has some of its own.
    pub(in crate::diagnosis) fn sentences<'a>(&'a self, own: &'a [String]) -> &'a [String] {
        if own.is_empty() { &self.summary } else { own }
    }
}

/// Something to do, with placeholders.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct RemedyTemplate {
    /// What it does.
    pub text: String,
    /// The line to type.
    pub command: Option<String>,
    /// The file to change.
    pub file: Option<String>,
    /// Where to read or click.
    pub url: Option<String>,
    /// Ways of starting that it fits; empty fits all.
    pub launch: Vec<LaunchMethod>,
    /// CI services that it fits, such as `GitHub Actions`; empty fits all.
    pub ci: Vec<String>,
    /// Languages of tests that it fits, such as `java`; empty fits all, and an unknown language fits each.
    pub language: Vec<String>,
    /// LocalStack versions that it fits.
    pub versions: Option<String>,
    /// Facts that must hold.
    pub facts: Vec<Fact>,
    /// Facts none of which may hold.
    pub no: Vec<Fact>,
    /// Where it fits, it is the last remedy that is told: the later ones would not help.
    pub last: bool,
    /// Told only where this placeholder is known.
    pub with: Option<String>,
    /// Told only where this placeholder is not known: the general form of a remedy that needs it.
    pub without: Option<String>,
}

/// Something worth knowing that is no cause.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// Its id.
    pub id: String,
    /// A few words.
    pub title: String,
    /// Where to read more.
    pub doc: String,
    /// What the finding means, for `explain`.
    pub explain: String,
    /// How grave.
    pub severity: Severity,
    /// Facts that must all hold.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// Facts of which one must hold.
    #[serde(default)]
    pub some: Vec<Fact>,
    /// Phrases of which one must stand in the start that is judged, as LocalStack's own words.
    #[serde(default)]
    pub any: Vec<Phrase>,
    /// A variable that must be set, with a value other than 0 or false; the prefix `LOCALSTACK_` may stand before it.
    #[serde(default)]
    pub variable: Option<String>,
    /// LocalStack versions that it is about, such as `>=2026.7`; an unknown version does not fit.
    #[serde(default)]
    pub versions: Option<String>,
    /// Facts none of which may hold.
    #[serde(default)]
    pub no: Vec<Fact>,
    /// Causes it says no more than.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Sentences about a case.
    pub summary: Vec<String>,
    /// What to do.
    #[serde(default)]
    pub remedy: Vec<RemedyTemplate>,
}
