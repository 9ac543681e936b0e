//! Loads the causes and remarks that are built in, and hands out their phrases.

use serde::Deserialize;

use super::cause::{Cause, Remark};
use super::check;
use crate::diagnosis::lexicon::Lexicon;
use crate::log::PhraseSet;

macro_rules! causes {
    ($($id:literal),* $(,)?) => {
        /// The catalogue's files, in the order in which causes are listed and ranked.
        const FILES: &[(&str, &str)] = &[$(($id, include_str!(concat!("../../../assets/causes/", $id, ".toml")))),*];
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

const REMARKS: &str = include_str!("../../../assets/remarks.toml");

/// All data the diagnosis works with.
#[derive(Debug)]
pub struct Catalogue {
    /// The causes, in listing order.
    pub causes: Vec<Cause>,
    /// Findings that are no cause of their own.
    pub remarks: Vec<Remark>,
    /// What facts look up: products, hosts, patterns.
    pub lexicon: Lexicon,
}

#[derive(Deserialize)]
struct RemarkFile {
    remark: Vec<Remark>,
}

impl Catalogue {
    /// Loads and checks the catalogue that is built in.
    ///
    /// # Errors
    /// When a file cannot be read, or names something that does not exist. The tests rule that out for a release.
    pub fn load() -> Result<Self, String> {
        let mut causes = Vec::with_capacity(FILES.len());
        for (id, text) in FILES {
            let mut cause: Cause = toml::from_str(text).map_err(|e| format!("assets/causes/{id}.toml: {e}"))?;
            if cause.id != *id {
                return Err(format!("assets/causes/{id}.toml: its id is `{}`", cause.id));
            }
            cause.apply_defaults();
            causes.push(cause);
        }
        check::causes(&causes)?;
        let remarks: RemarkFile = toml::from_str(REMARKS).map_err(|e| format!("assets/remarks.toml: {e}"))?;
        Ok(Self { causes, remarks: remarks.remark, lexicon: Lexicon::load()? })
    }

    /// The cause of this id.
    pub fn cause(&self, id: &str) -> Option<&Cause> {
        self.causes.iter().find(|c| c.id == id)
    }

    /// The remark of this id.
    pub fn remark(&self, id: &str) -> Option<&Remark> {
        self.remarks.iter().find(|r| r.id == id)
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
        PhraseSet::new(
            clauses
                .flat_map(|w| w.log.iter().chain(&w.any).chain(&w.before))
                .chain(self.remarks.iter().flat_map(|r| &r.any))
                .cloned(),
            &self.lexicon.layout,
        )
    }
}
