//! The causes as data: loads `assets/`, checks that it holds together, and hands out its phrases.
//! What a cause means for a case is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Deserializer};

use super::answer::{Confidence, Severity};
use super::capture::Capture;
use super::facts::Signal;
use crate::log::{LogLayout, Phrase, PhraseSet};
use crate::observations::{LaunchMethod, Version};

macro_rules! causes {
    ($($id:literal),* $(,)?) => {
        /// The catalogue's files, in the order in which causes are listed and ranked.
        const FILES: &[(&str, &str)] = &[$(($id, include_str!(concat!("../../assets/causes/", $id, ".toml")))),*];
    };
}

causes![
    "activated",
    "activated-from-cache",
    "community-edition",
    "activation-disabled",
    "credentials-missing",
    "credentials-malformed",
    "credentials-invalid",
    "credentials-conflict",
    "license-expired",
    "license-inactive",
    "license-not-assigned",
    "license-no-seats",
    "license-not-found",
    "license-version-mismatch",
    "license-cache-invalid",
    "feature-not-licensed",
    "image-without-activation",
    "image-too-old",
    "server-unreachable",
    "server-unreachable-dns",
    "server-unreachable-tls",
    "server-intercepted",
    "server-error",
    "license-failure-unspecified",
    "starting",
    "not-running",
    "not-localstack",
    "endpoint-unreachable",
    "port-conflict",
    "unrelated-failure",
    "insufficient-evidence",
];

const REMARKS: &str = include_str!("../../assets/remarks.toml");
const LOG: &str = include_str!("../../assets/log.toml");
const HOSTS: &str = include_str!("../../assets/hosts.toml");
const INTERCEPTORS: &str = include_str!("../../assets/interceptors.toml");

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
    pub doc: Option<String>,
    /// Sentences about a case; the first whose placeholders are all known is used.
    pub summary: Vec<String>,
    /// What the cause means.
    pub explain: String,
    /// How it is recognised.
    pub recognised: String,
    /// Any one of these is enough.
    #[serde(default)]
    pub when: Vec<Clause>,
    /// What mends it, the best first.
    #[serde(default)]
    pub remedy: Vec<RemedyTemplate>,
}

impl Cause {
    /// The sentences that speak: those of the clause that decided, if it has some of its own.
    pub(super) fn sentences<'a>(&'a self, own: &'a [String]) -> &'a [String] {
        if own.is_empty() { &self.summary } else { own }
    }
}

/// One way to recognise a cause: everything in it must hold.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Clause {
    /// How sure it makes.
    pub confidence: Confidence,
    /// Phrases that must all stand in the same start.
    pub log: Vec<Phrase>,
    /// Phrases of which one must stand there.
    pub any: Vec<Phrase>,
    /// Phrases that end its time: what is said after the first of them does not count.
    pub before: Vec<Phrase>,
    /// Facts that must all hold.
    pub facts: Vec<Signal>,
    /// Facts of which one must hold.
    pub some: Vec<Signal>,
    /// Facts none of which may hold.
    pub no: Vec<Signal>,
    /// A line that ends a start or proves a success. What is not decisive counts only where nothing decisive was said.
    #[serde(default = "yes")]
    pub decisive: bool,
    /// Said by a LocalStack that quits: it was not activated, whatever else its start says.
    pub quits: bool,
    /// Differs from the cause's own word: `true`, `false` or `unknown`.
    pub activated: Option<ActivatedOverride>,
    /// Only ever a secondary finding, of this severity.
    pub remark: Option<Severity>,
    /// Sentences of its own, where the cause's would say too much.
    pub summary: Vec<String>,
}

const fn yes() -> bool {
    true
}

/// True, false, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivatedOverride(pub Option<bool>);

impl<'de> Deserialize<'de> for ActivatedOverride {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Known(bool),
            Word(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Known(known) => Ok(Self(Some(known))),
            Raw::Word(word) if word == "unknown" => Ok(Self(None)),
            Raw::Word(word) => Err(serde::de::Error::custom(format!("`{word}` is none of true, false, \"unknown\""))),
        }
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
    /// LocalStack versions that it fits.
    pub versions: Option<String>,
    /// Facts that must hold.
    pub facts: Vec<Signal>,
    /// Facts none of which may hold.
    pub no: Vec<Signal>,
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
    /// How grave.
    pub severity: Severity,
    /// Facts that must all hold.
    pub facts: Vec<Signal>,
    /// Facts none of which may hold.
    #[serde(default)]
    pub no: Vec<Signal>,
    /// Causes it says no more than.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Sentences about a case.
    pub summary: Vec<String>,
    /// What to do.
    #[serde(default)]
    pub remedy: Vec<RemedyTemplate>,
}

/// A product that takes TLS connections apart.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interceptor {
    /// Its name.
    pub name: String,
    /// Lower-case parts of the issuer names it uses.
    pub issuers: Vec<String>,
    /// What to do about it.
    #[serde(default)]
    pub advice: String,
}

/// Addresses that a DNS filter answers with in place of the right ones.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockPage {
    /// The filter's name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// A host that LocalStack asks besides the license server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherServer {
    /// Its URL.
    pub url: String,
    /// What lacks when it is out of reach.
    pub without: String,
}

/// All data the diagnosis works with.
#[derive(Debug)]
pub struct Catalogue {
    /// The causes, in listing order.
    pub causes: Vec<Cause>,
    /// Secondary remarks.
    pub remarks: Vec<Remark>,
    /// Products that take TLS connections apart.
    pub interceptors: Vec<Interceptor>,
    /// Block pages of DNS filters.
    pub block_pages: Vec<BlockPage>,
    /// Hosts besides the license server.
    pub hosts: Vec<OtherServer>,
    layout: LogLayout,
    pub(super) captures: BTreeMap<String, Capture>,
}

#[derive(Deserialize)]
struct LogFile {
    #[serde(flatten)]
    layout: BTreeMap<String, toml::Value>,
    captures: BTreeMap<String, Capture>,
}

#[derive(Deserialize)]
struct RemarkFile {
    remark: Vec<Remark>,
}

#[derive(Deserialize)]
struct InterceptorFile {
    product: Vec<Interceptor>,
    block_page: Vec<BlockPage>,
}

#[derive(Deserialize)]
struct HostFile {
    host: Vec<OtherServer>,
}

impl Catalogue {
    /// Loads and checks the catalogue that is built in.
    ///
    /// # Errors
    /// When a file cannot be read, or names something that is not there. The tests keep a released catalogue from that.
    pub fn load() -> Result<Self, String> {
        let mut causes = Vec::with_capacity(FILES.len());
        for (id, text) in FILES {
            let cause: Cause = toml::from_str(text).map_err(|e| format!("assets/causes/{id}.toml: {e}"))?;
            if cause.id != *id {
                return Err(format!("assets/causes/{id}.toml: its id is `{}`", cause.id));
            }
            causes.push(cause);
        }
        let log: LogFile = toml::from_str(LOG).map_err(|e| format!("assets/log.toml: {e}"))?;
        let layout = toml::Value::Table(log.layout.into_iter().collect())
            .try_into()
            .map_err(|e| format!("assets/log.toml: {e}"))?;
        let remarks: RemarkFile = toml::from_str(REMARKS).map_err(|e| format!("assets/remarks.toml: {e}"))?;
        let interceptors: InterceptorFile =
            toml::from_str(INTERCEPTORS).map_err(|e| format!("assets/interceptors.toml: {e}"))?;
        let hosts: HostFile = toml::from_str(HOSTS).map_err(|e| format!("assets/hosts.toml: {e}"))?;
        let catalogue = Self {
            hosts: hosts.host,
            causes,
            remarks: remarks.remark,
            interceptors: interceptors.product,
            block_pages: interceptors.block_page,
            layout,
            captures: log.captures,
        };
        catalogue.check()?;
        Ok(catalogue)
    }

    /// The cause of this id.
    pub fn cause(&self, id: &str) -> Option<&Cause> {
        self.causes.iter().find(|c| c.id == id)
    }

    /// Where a cause stands in the list.
    pub fn position(&self, id: &str) -> usize {
        self.causes.iter().position(|c| c.id == id).unwrap_or(usize::MAX)
    }

    /// Everything to look for in logs, compiled.
    ///
    /// # Errors
    /// When a phrase is empty or a pattern cannot be read.
    pub fn phrases(&self) -> Result<PhraseSet, String> {
        let clauses = self.causes.iter().flat_map(|c| &c.when);
        PhraseSet::new(clauses.flat_map(|w| w.log.iter().chain(&w.any).chain(&w.before)).cloned(), &self.layout)
    }

    /// What a line says about a placeholder, by the patterns of `assets/log.toml`.
    pub fn capture(&self, name: &str, text: &str) -> Option<String> {
        self.captures.get(name)?.find(text)
    }

    /// The product whose certificates carry one of these names.
    pub fn interceptor(&self, names: &[&str]) -> Option<&Interceptor> {
        let names: Vec<String> = names.iter().map(|n| n.to_ascii_lowercase()).collect();
        self.interceptors.iter().find(|p| p.issuers.iter().any(|i| names.iter().any(|n| n.contains(i.as_str()))))
    }

    /// The filter whose block page has this address.
    pub fn block_page(&self, address: &IpAddr) -> Option<&str> {
        self.block_pages.iter().find(|p| p.addresses.contains(address)).map(|p| p.name.as_str())
    }

    fn check(&self) -> Result<(), String> {
        let ids: BTreeSet<&str> = self.causes.iter().map(|c| c.id.as_str()).collect();
        for cause in &self.causes {
            for other in cause.refines.iter().chain(&cause.masks) {
                if !ids.contains(other.as_str()) || *other == cause.id {
                    return Err(format!("assets/causes/{}.toml: no cause `{other}` to refine or mask", cause.id));
                }
            }
            if cause.summary.is_empty() {
                return Err(format!("assets/causes/{}.toml: no summary", cause.id));
            }
            for remedy in &cause.remedy {
                let Some(range) = &remedy.versions else { continue };
                let readable =
                    range.split(',').all(|c| Version::parse(c.trim().trim_start_matches(['<', '>', '='])).is_some());
                if !readable {
                    return Err(format!("assets/causes/{}.toml: `{range}` is no version range", cause.id));
                }
            }
        }
        Ok(())
    }
}
