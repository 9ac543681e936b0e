//! The variables of a container: in clear for other probes, and as they may be shown. `assets/variables.txt` lists the variables
//! whose values are shown; any other value is masked, because it can be a secret.

use std::collections::HashSet;
use std::sync::LazyLock;

use secrecy::SecretString;
use serde_json::Value;

use super::environment::GivenEnvironment;
use crate::observations::{CredentialKind, Reference, Variable};
use crate::probes::formats::secrets::Secrets;
use crate::scrub::Scrubber;
use crate::scrub::token::mask;
use crate::scrub::url::masked;

/// The most variables that are read; LocalStack's containers have about 60.
pub(crate) const MOST: usize = 500;
/// A value longer than this is cut: no setting is that long.
const LONGEST_VALUE: usize = 4 << 10;
/// LocalStack takes many of its settings with this before them too.
const PREFIX: &str = "LOCALSTACK_";
/// Names that carry secrets, whatever else they say.
const SECRET_WORDS: [&str; 7] = ["TOKEN", "API_KEY", "APIKEY", "SECRET", "PASSWORD", "PASSWD", "PRIVATE_KEY"];
/// Values that are addresses, in which a password may stand.
const ADDRESSES: [&str; 4] = ["API_ENDPOINT", "AWS_ENDPOINT_URL", "DOCKER_HOST", "_PROXY"];

/// Names whose values are shown.
static SHOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = include_str!("../../../assets/variables.txt").lines();
    lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// The environment of an inspect JSON.
pub(crate) struct Variables {
    /// The variables as they are shown, in the engine's order.
    pub(crate) masked: Vec<Variable>,
    /// The variables in clear.
    pub(crate) in_clear: Secrets,
    /// How many variables were left out, because there are too many.
    pub(crate) left_out: usize,
}

/// Reads the environment of a container's inspect JSON, and learns the secrets in it.
pub(crate) fn read(inspect: &Value, scrubber: &Scrubber) -> Variables {
    let raw = of(inspect);
    let all = raw.len();
    let masked = shown(raw, scrubber);
    Variables { left_out: all.saturating_sub(masked.len()), masked, in_clear: in_clear(inspect) }
}

/// Masks variables: of a value that is not known to be harmless, only its length is shown.
pub(crate) fn shown(raw: Vec<(&str, &str)>, scrubber: &Scrubber) -> Vec<Variable> {
    // Secrets are learnt first, or a value that stands before its name's would be shown; the real ones before all others.
    let real = |name: &str| CredentialKind::ALL.iter().any(|kind| kind.variable() == name);
    raw.iter().filter(|(name, _)| real(name)).for_each(|(_, value)| scrubber.learn_secret(cut(value)));
    bounded(raw.clone()).for_each(|(name, value)| learn(name, value, scrubber));
    bounded(raw).map(|(name, value)| variable(name, value, scrubber)).collect()
}

/// The variables of a saved environment as they may be shown; a reference as what it is.
pub(crate) fn given(environment: &GivenEnvironment, scrubber: &Scrubber) -> Vec<Variable> {
    let mut all = shown(environment.texts().iter().collect(), scrubber);
    let scrubbed = |reference: &Reference| Reference {
        kind: scrubber.text(&reference.kind),
        name: scrubber.text(&reference.name),
        key: scrubber.text(&reference.key),
        ..*reference
    };
    let variable = |(name, reference): (&str, &Reference)| Variable {
        name: scrubber.text(name),
        value: crate::observations::Value::From(scrubbed(reference)),
    };
    all.extend(environment.references().map(variable));
    all
}

/// Reads the environment of a container's or an image's inspect JSON in clear, in the engine's order.
pub(crate) fn in_clear(inspect: &Value) -> Secrets {
    bounded(of(inspect)).map(|(name, value)| (name.to_owned(), SecretString::from(cut(value).to_owned()))).collect()
}

/// `NAME=value` entries; an entry without a value takes the variable away, as the engine does.
pub(crate) fn of(inspect: &Value) -> Vec<(&str, &str)> {
    let list = inspect.pointer("/Config/Env").and_then(Value::as_array).into_iter().flatten();
    let entries: Vec<&str> = list.filter_map(Value::as_str).collect();
    // A set: whoever made the image may have put in a million of either kind.
    let removed: HashSet<&str> = entries.iter().filter(|e| !e.contains('=')).copied().collect();
    entries.iter().filter_map(|e| e.split_once('=')).filter(|(name, _)| !removed.contains(*name)).collect()
}

/// The first so many, and LocalStack's own wherever they stand: a flood of others must not hide the token.
fn bounded<'a>(variables: Vec<(&'a str, &'a str)>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let (mut ours, mut others) = (0, 0);
    variables.into_iter().filter(move |(name, _)| {
        let count = if is_localstacks(name) { &mut ours } else { &mut others };
        *count += 1;
        *count <= MOST / 2
    })
}

/// Only LocalStack's are hidden by value everywhere: a user's `DB_PASSWORD=localstack` would mask that word in every line.
fn learn(name: &str, value: &str, scrubber: &Scrubber) {
    if is_secret(name) && is_localstacks(name) {
        scrubber.learn_secret(cut(value));
    }
}

fn variable(name: &str, value: &str, scrubber: &Scrubber) -> Variable {
    let upper = name.to_ascii_uppercase();
    let bare = upper.strip_prefix(PREFIX).unwrap_or(&upper);
    let blank = value.trim().trim_matches(['"', '\'']).trim().is_empty();
    let value = if !blank && (is_secret(name) || !SHOWN.contains(bare)) {
        mask(cut(value))
    } else if bare != "NO_PROXY" && ADDRESSES.iter().any(|address| bare.ends_with(address)) {
        masked(value, scrubber)
    } else {
        scrubber.text(value)
    };
    Variable { name: scrubber.text(name), value: value.into() }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

fn is_localstacks(name: &str) -> bool {
    name.to_ascii_uppercase().starts_with("LOCALSTACK")
}

fn cut(text: &str) -> &str {
    let end = (0..=LONGEST_VALUE.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
