//! The environment of a process in clear, on its way from whoever read it to the probes that compare it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Environment variables in clear, in the order of their source. A name can stand more than once; the last one counts.
///
/// It cannot be serialized, and its `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Secrets(Vec<(String, SecretString)>);

impl Secrets {
    /// The variables, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.expose_secret()))
    }
}

impl FromIterator<(String, SecretString)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (String, SecretString)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl FromIterator<(String, String)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        variables.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
