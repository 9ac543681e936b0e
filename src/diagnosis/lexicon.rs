//! The part of `assets/` that facts need: TLS interceptors, block pages, other hosts, the layout of a log, and the
//! patterns that take a word out of a line. What a word or a product means for a case is decided by the causes.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

use super::pace::Pace;
use crate::log::{LauncherHint, LogLayout};
use crate::observations::ProbeId;

const LOG: &str = include_str!("../../assets/log.toml");
const HOSTS: &str = include_str!("../../assets/hosts.toml");
const LAUNCHERS: &str = include_str!("../../assets/launchers.toml");
const PRODUCTS: &str = include_str!("../../assets/products.toml");
const CHECKS: &str = include_str!("../../assets/checks.toml");
const INTERCEPTORS: &str = include_str!("../../assets/interceptors.toml");

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

/// A pattern with one group, or several of which one matches. Compiled when first needed, which is rarely.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
struct Capture {
    pattern: String,
    compiled: OnceLock<Option<Regex>>,
}

impl From<String> for Capture {
    fn from(pattern: String) -> Self {
        Self { pattern, compiled: OnceLock::new() }
    }
}

impl Capture {
    /// The text of the first group that matched; `None` also for a pattern that does not compile, which a test rules out.
    fn find(&self, text: &str) -> Option<String> {
        let captures = self.compiled()?.captures(text)?;
        captures.iter().skip(1).flatten().next().map(|m| m.as_str().trim().to_owned())
    }

    fn compiled(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.pattern).ok()).as_ref()
    }
}

/// An image of LocalStack's, by its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// What it is called.
    pub name: String,
    /// Names of images; `*` at either end stands for any text.
    images: Vec<String>,
    /// What it does about a license.
    pub license: Licensing,
    /// Whose versions its tags are.
    #[serde(default)]
    pub versions: Versions,
}

/// What a product does about a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Licensing {
    /// Quits without one.
    Always,
    /// Needs one from 2026.3 on.
    ByVersion,
    /// No instance of LocalStack.
    None,
}

/// Whose versions a product's tags are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Versions {
    /// LocalStack's.
    #[default]
    Localstack,
    /// The product's own: no rule about LocalStack's versions applies.
    Own,
}

impl Product {
    fn fits(&self, image: &str) -> bool {
        self.images.iter().any(|pattern| match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
            (Some(end), _) => image.ends_with(end),
            (_, Some(beginning)) => image.starts_with(beginning),
            _ => image == pattern,
        })
    }
}

#[derive(Deserialize)]
struct ProductFile {
    product: Vec<Product>,
}

/// Everything that facts look up.
#[derive(Debug)]
pub struct Lexicon {
    /// Products that take TLS connections apart.
    pub interceptors: Vec<Interceptor>,
    /// Block pages of DNS filters.
    pub block_pages: Vec<BlockPage>,
    /// Hosts besides the license server.
    pub hosts: Vec<OtherServer>,
    /// How LocalStack's log is laid out.
    pub layout: LogLayout,
    products: Vec<Product>,
    /// How long a start usually takes.
    pub pace: Pace,
    captures: BTreeMap<String, Capture>,
    /// The page about each check.
    docs: BTreeMap<ProbeId, String>,
}

#[derive(Deserialize)]
struct CheckFile {
    doc: BTreeMap<ProbeId, String>,
}

#[derive(Deserialize)]
struct LauncherFile {
    hint: Vec<LauncherHint>,
}

#[derive(Deserialize)]
struct LogFile {
    #[serde(flatten)]
    layout: BTreeMap<String, toml::Value>,
    captures: BTreeMap<String, Capture>,
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

impl Lexicon {
    /// Reads the files that are built in.
    ///
    /// # Errors
    /// When a file is not TOML of the expected form; the message names the file.
    pub fn load() -> Result<Self, String> {
        let log: LogFile = toml::from_str(LOG).map_err(|e| format!("assets/log.toml: {e}"))?;
        let layout: LogLayout = toml::Value::Table(log.layout.into_iter().collect())
            .try_into()
            .map_err(|e| format!("assets/log.toml: {e}"))?;
        let launchers: LauncherFile = toml::from_str(LAUNCHERS).map_err(|e| format!("assets/launchers.toml: {e}"))?;
        let layout = LogLayout { launchers: launchers.hint, ..layout };
        let interceptors: InterceptorFile =
            toml::from_str(INTERCEPTORS).map_err(|e| format!("assets/interceptors.toml: {e}"))?;
        let hosts: HostFile = toml::from_str(HOSTS).map_err(|e| format!("assets/hosts.toml: {e}"))?;
        let products: ProductFile = toml::from_str(PRODUCTS).map_err(|e| format!("assets/products.toml: {e}"))?;
        let checks: CheckFile = toml::from_str(CHECKS).map_err(|e| format!("assets/checks.toml: {e}"))?;
        Ok(Self {
            interceptors: interceptors.product,
            block_pages: interceptors.block_page,
            hosts: hosts.host,
            layout,
            pace: Pace::load()?,
            captures: log.captures,
            docs: checks.doc,
            products: products.product,
        })
    }

    /// Takes the word of this name out of a line, by the patterns of `assets/log.toml`. For example, `plan` of
    /// `Successfully activated license 1-2:pro` is `pro`.
    pub fn capture(&self, name: &str, text: &str) -> Option<String> {
        self.captures.get(name)?.find(text)
    }

    /// The product that an image of this name is.
    pub fn product(&self, image: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.fits(image))
    }

    /// The page of the documentation about a check.
    pub fn doc(&self, check: ProbeId) -> Option<&str> {
        self.docs.get(&check).map(String::as_str)
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_its_page() {
        let lexicon = Lexicon::load().unwrap();
        assert!(ProbeId::ALL.into_iter().chain(ProbeId::ON_REQUEST).all(|id| lexicon.doc(id).is_some()));
    }

    #[test]
    fn every_pattern_compiles_and_has_a_group() {
        let lexicon = Lexicon::load().unwrap();
        assert!(!lexicon.captures.is_empty());
        for (name, capture) in &lexicon.captures {
            assert!(capture.compiled().is_some_and(|c| c.captures_len() > 1), "{name}: {}", capture.pattern);
        }
    }
}
