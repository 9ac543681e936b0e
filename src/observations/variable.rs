//! One environment variable of an instance, with its value or the place that the value is taken from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One environment variable, its value masked when it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// The value of a variable: its text, or a reference where only the reference can be seen.
///
/// A text is stored as a string, a reference as an object. A variable that is given by reference was given: it is not
/// missing, even though its value is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// The text, scrubbed; a token is masked as `ls-...efb9`.
    Shown(String),
    /// The value is taken from another object when the instance starts, such as a key of a Kubernetes secret.
    From(Reference),
}

/// Where a value is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The kind of the object: `secret`, `configmap`, `field`.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// The key within the object.
    pub key: String,
    /// The instance starts without the value where the object or the key does not exist.
    pub optional: bool,
    /// Whether object and key exist; `None` where that could not be asked.
    pub exists: Option<bool>,
}

impl Value {
    /// The text of the value, if it can be seen.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Shown(text) => Some(text),
            Self::From(_) => None,
        }
    }
}

impl Default for Value {
    fn default() -> Self {
        Self::Shown(String::new())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Shown(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Shown(text.to_owned())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown(text) => f.write_str(text),
            Self::From(Reference { kind, name, key, .. }) if key.is_empty() => write!(f, "(from {kind} {name})"),
            Self::From(Reference { kind, name, key, .. }) => write!(f, "(from {kind} {name}, key {key})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_stored_as_a_string_and_a_reference_as_an_object() {
        let key = |exists| Reference {
            kind: "secret".to_owned(),
            name: "localstack-auth-token".to_owned(),
            key: "token".to_owned(),
            optional: false,
            exists,
        };
        for (value, text) in [(Value::from("ls-...9e7c"), true), (Value::From(key(Some(false))), false)] {
            let variable = Variable { name: "LOCALSTACK_AUTH_TOKEN".to_owned(), value };
            let stored = serde_json::to_value(&variable).unwrap();
            assert_eq!(stored["value"].is_string(), text);
            assert_eq!(serde_json::from_value::<Variable>(stored).unwrap(), variable);
        }
        assert_eq!(Value::From(key(None)).to_string(), "(from secret localstack-auth-token, key token)");
    }
}
