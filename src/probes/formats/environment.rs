//! Reads the variables out of a saved environment in whatever form people save one: printed by `env`, an env file, a JSON
//! object or list, a compose file or a piece of one, and what `docker inspect`, `kubectl get pod` or `kubectl set env --list`
//! print. Pure; which variables matter is decided by the caller.

use base64::prelude::{BASE64_STANDARD, Engine};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::secrets::Secrets;
use super::{dotenv, tree};
use crate::observations::Reference;

/// What can be read, for the message about a file in which nothing was understood.
pub(crate) const READABLE: &str = "NAME=value lines, a JSON object or list, a compose `environment` list or map, and what \
                                   `docker inspect`, `docker compose config` and `kubectl get pod` print";
/// The keys under which descriptions of containers keep their variables.
const SECTIONS: [&str; 5] = ["Env", "env", "environment", "Environment", "containerEnv"];
/// Sections are looked for this deep: a pod template of a list of workloads has its variables 9 levels down.
const DEEPEST: usize = 16;
/// What stands before `NAME=value` in shells, Dockerfiles and command lines.
const PREFIXES: [&str; 9] = ["export ", "declare -x ", "setx ", "set ", "ENV ", "ARG ", "--env ", "-e ", "$env:"];
/// Variables that every running process has and no env file sets: their presence tells that a process printed the text.
const OF_PROCESSES: [&str; 3] = ["PATH", "HOSTNAME", "PWD"];

/// A variable, as the text gives it.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: Setting,
}

/// The value of a variable.
#[derive(Debug, Clone)]
pub(crate) enum Setting {
    /// The text itself.
    Text(SecretString),
    /// A reference to where the text is kept. The variable is set, and its text cannot be known from here.
    Reference(Reference),
}

impl Setting {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(SecretString::from(text))
    }
}

/// The variables of one environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct GivenEnvironment {
    /// In the order of the text.
    pub(crate) variables: Vec<Given>,
    /// Whole sets of variables come along whose names are not in the text, such as a pod's `envFrom`.
    pub(crate) incomplete: bool,
}

impl GivenEnvironment {
    /// Names and texts of the variables whose text is known.
    pub(crate) fn texts(&self) -> Secrets {
        let text = |variable: &Given| match &variable.value {
            Setting::Text(text) => Some((variable.name.clone(), text.clone())),
            Setting::Reference(_) => None,
        };
        self.variables.iter().filter_map(text).collect()
    }

    /// Names of the variables that are references, each with the place where its text is kept.
    pub(crate) fn references(&self) -> impl Iterator<Item = (&str, &Reference)> {
        self.variables.iter().filter_map(|variable| match &variable.value {
            Setting::Text(_) => None,
            Setting::Reference(place) => Some((variable.name.as_str(), place)),
        })
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for GivenEnvironment {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(variables: I) -> Self {
        let given = |(name, text): (&str, &str)| Given { name: name.to_owned(), value: Setting::text(text) };
        Self { variables: variables.into_iter().map(given).collect(), incomplete: false }
    }
}

/// Reads a saved environment; nothing where the text holds none.
///
/// Of a text with several containers, those variables are taken that belong to LocalStack, else the first ones.
pub(crate) fn parse(text: &str) -> Option<GivenEnvironment> {
    // Blanks before the first line stay: in YAML they tell what belongs together.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text).trim_end();
    let first = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("$ "))?;
    let lines = || lines(text);
    let found = if entry(first).is_some() {
        lines()
    } else if let Some(list) = go_list(text) {
        list.into_iter().collect()
    } else {
        tree::parse(text).and_then(|tree| from_tree(&tree)).unwrap_or_else(lines)
    };
    found.variables.iter().any(|variable| is_usual_name(&variable.name)).then_some(found)
}

/// The environment of one container as its description gives it: the `env` and `envFrom` of a pod's container, the
/// `environment` of a compose service, the `Config` of `docker inspect`.
pub(crate) fn of_container(description: &Map<String, Value>) -> Option<GivenEnvironment> {
    let mut found = SECTIONS.iter().find_map(|key| description.get(*key).and_then(section));
    let more = description.get("envFrom").and_then(Value::as_array).is_some_and(|sets| !sets.is_empty());
    if more {
        found.get_or_insert_default().incomplete = true;
    }
    found
}

/// Names of variables are in capitals, nearly always: a text without one such name is no environment.
fn is_usual_name(name: &str) -> bool {
    name.bytes().any(|b| b.is_ascii_uppercase()) && !name.bytes().any(|b| b.is_ascii_lowercase())
}

/// `NAME=value` in a line, whatever stands before the name; nothing where the line is something else.
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let rest = PREFIXES.iter().find_map(|prefix| line.strip_prefix(prefix)).unwrap_or(line).trim_start();
    let (name, text) = rest.split_once('=')?;
    let name = name.trim_end();
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (letters && begins).then_some((name, text))
}

/// The lines of a text, by the rules of an env file; where a process printed them, quotes and number signs are part of the
/// value. Of a line that breaks the rules, such as one with an open quote, the rest of the line is the value.
fn lines(text: &str) -> GivenEnvironment {
    let raw: Vec<(&str, &str)> = text.lines().filter_map(entry).collect();
    let printed = raw.iter().any(|(name, _)| OF_PROCESSES.contains(name));
    if printed && !text.lines().any(|line| line.trim_start().starts_with("export ")) {
        return with_references(raw.into_iter().collect(), text);
    }
    let unprefixed = |line: &str| {
        let line = line.trim_start();
        PREFIXES.iter().find_map(|prefix| line.strip_prefix(prefix)).unwrap_or(line).to_owned()
    };
    let statements = text.lines().map(unprefixed).collect::<Vec<_>>().join("\n");
    let entries = dotenv::parse(&statements);
    let mut variables: Vec<Given> = entries
        .into_iter()
        .filter_map(|entry| Some(Given { name: entry.name, value: Setting::Text(entry.value?) }))
        .collect();
    for (name, text) in raw {
        if !variables.iter().any(|known| known.name == name) {
            variables.push(Given { name: name.to_owned(), value: Setting::text(text.trim()) });
        }
    }
    with_references(GivenEnvironment { variables, incomplete: false }, text)
}

/// Adds what `kubectl set env --list` and `kubectl describe` print of variables whose value is kept elsewhere:
/// `NAME from secret localstack-auth, key token` and `NAME:  <set to the key 'token' in secret 'localstack-auth'>`.
fn with_references(mut found: GivenEnvironment, text: &str) -> GivenEnvironment {
    for line in text.lines() {
        let line = line.trim_start_matches(['#', ' ', '\t']);
        let reference = line.split_once(" from ").filter(|(_, place)| place.contains(" key "));
        let described = line.split_once(':').and_then(|(name, rest)| {
            let (place, _) = rest.trim_start().strip_prefix("<set to ")?.split_once('>')?;
            Some((name, place))
        });
        let Some((name, place)) = reference.or(described) else { continue };
        if is_usual_name(name) && !name.contains(' ') {
            found.variables.push(Given { name: name.to_owned(), value: Setting::Reference(reference_of(place)) });
        }
    }
    found
}

/// The list that `docker inspect --format '{{.Config.Env}}'` prints: `[A=b C=d e]`, where the value of `C` has a space.
fn go_list(text: &str) -> Option<Vec<(&str, &str)>> {
    let inner = text.trim_start().strip_prefix('[')?.strip_suffix(']')?;
    if inner.contains(['"', '\'', '\n', '[']) || inner.contains(", ") {
        return None;
    }
    let starts = |word: &str| entry(word).is_some_and(|(name, _)| is_usual_name(name));
    let mut places: Vec<usize> = Vec::new();
    let mut at = 0;
    for word in inner.split(' ') {
        if starts(word) {
            places.push(at);
        }
        at += word.len() + 1;
    }
    let ends = places.iter().skip(1).map(|next| next.saturating_sub(1)).chain([inner.len()]);
    let list: Vec<(&str, &str)> =
        places.iter().zip(ends).filter_map(|(from, to)| entry(inner.get(*from..to)?)).collect();
    (!list.is_empty()).then_some(list)
}

/// The environment in a tree: the one of LocalStack's container, else the first; or the tree itself, where it is one.
fn from_tree(tree: &Value) -> Option<GivenEnvironment> {
    let mut best: Option<(usize, GivenEnvironment)> = None;
    collect(tree, "", 0, &mut best);
    best.map(|(_, found)| found).or_else(|| section(tree))
}

/// Looks for sections of variables below a node, and keeps the one that is most likely LocalStack's.
fn collect(node: &Value, key: &str, depth: usize, best: &mut Option<(usize, GivenEnvironment)>) {
    if depth > DEEPEST {
        return;
    }
    match node {
        Value::Array(items) => items.iter().for_each(|item| collect(item, key, depth + 1, best)),
        Value::Object(map) => {
            if let Some(found) = of_container(map).or_else(|| stored(map)) {
                let likely = likelihood(map, key, &found);
                if best.as_ref().is_none_or(|(most, _)| likely > *most) {
                    *best = Some((likely, found));
                }
            }
            for (key, value) in map {
                collect(value, key, depth + 1, best);
            }
        }
        _ => {}
    }
}

/// How many signs there are that these variables are LocalStack's; its image counts for more than all others.
fn likelihood(map: &Map<String, Value>, key: &str, found: &GivenEnvironment) -> usize {
    let named = |text: &str| text.to_ascii_lowercase().contains("localstack");
    let field = |name: &str| map.get(name).and_then(Value::as_str).is_some_and(named);
    let image = field("image") || field("Image");
    let name = named(key) || field("container_name") || field("name") || field("Name");
    let variable = found.variables.iter().any(|v| named(&v.name));
    4 * usize::from(image) + 2 * usize::from(name) + usize::from(variable)
}

/// The data of a Kubernetes ConfigMap, or of a Secret, whose values are encoded.
fn stored(map: &Map<String, Value>) -> Option<GivenEnvironment> {
    let kind = map.get("kind").and_then(Value::as_str)?;
    let encoded = kind == "Secret";
    let data = map.get("data").filter(|_| encoded || kind == "ConfigMap")?.as_object()?;
    let value = |text: &str| match BASE64_STANDARD.decode(text.trim()) {
        Ok(bytes) if encoded => String::from_utf8_lossy(&bytes).into_owned(),
        _ => text.to_owned(),
    };
    let given = |(name, text): (&String, &Value)| {
        Some(Given { name: name.clone(), value: Setting::text(&value(text.as_str()?)) })
    };
    let variables: Vec<Given> = data.iter().filter_map(given).collect();
    (!variables.is_empty()).then_some(GivenEnvironment { variables, incomplete: false })
}

/// A list or a mapping of variables; nothing where the value is something else.
fn section(value: &Value) -> Option<GivenEnvironment> {
    let variables: Vec<Given> = match value {
        Value::Object(map) => {
            let given =
                |(name, value): (&String, &Value)| Some(Given { name: name.clone(), value: scalar(name, value)? });
            map.iter().filter_map(given).collect()
        }
        Value::Array(items) => items.iter().filter_map(item).collect(),
        _ => return None,
    };
    (!variables.is_empty()).then_some(GivenEnvironment { variables, incomplete: false })
}

fn item(item: &Value) -> Option<Given> {
    match item {
        Value::String(text) => match entry(text) {
            Some((name, text)) => Some(Given { name: name.to_owned(), value: Setting::text(text) }),
            None if is_usual_name(text) => Some(Given { name: text.clone(), value: from_shell(text) }),
            None => None,
        },
        Value::Object(map) => {
            let field = |names: [&str; 3]| names.iter().find_map(|name| map.get(*name));
            let name = field(["name", "Name", "key"])?.as_str()?.to_owned();
            let value = match (map.get("valueFrom"), field(["value", "Value", "val"])) {
                (Some(Value::Object(from)), _) => source(from),
                (_, Some(value)) => scalar(&name, value)?,
                (_, None) => Setting::text(""),
            };
            Some(Given { name, value })
        }
        _ => None,
    }
}

/// In compose, a name without a value takes over what the shell has that starts it.
fn from_shell(name: &str) -> Setting {
    reference("shell", name, "")
}

fn reference(kind: &str, name: &str, key: &str) -> Setting {
    let (kind, name, key) = (kind.to_owned(), name.to_owned(), key.to_owned());
    Setting::Reference(Reference { kind, name, key, optional: false, exists: None })
}

/// Where a pod's variable comes from.
fn source(source: &Map<String, Value>) -> Setting {
    let Some((kind, place)) = source.iter().next() else { return reference("source", "", "") };
    let text = |name: &str| place.get(name).and_then(Value::as_str).unwrap_or_default();
    let found = match kind.as_str() {
        "secretKeyRef" => reference("secret", text("name"), text("key")),
        "configMapKeyRef" => reference("configmap", text("name"), text("key")),
        "fieldRef" => reference("field", text("fieldPath"), ""),
        other => reference(other, "", ""),
    };
    match found {
        Setting::Reference(found) => Setting::Reference(Reference {
            optional: place.get("optional").and_then(Value::as_bool).unwrap_or(false),
            ..found
        }),
        text => text,
    }
}

/// A reference in the words of `kubectl`: `secret ls, key token` or `the key 'token' in secret 'ls'`.
pub(super) fn reference_of(words: &str) -> Reference {
    let quoted: Vec<&str> = words.split('\'').skip(1).step_by(2).collect();
    let kind = ["secret", "config map"].into_iter().find(|kind| words.contains(kind)).unwrap_or("source");
    let (name, key) = match quoted.as_slice() {
        [key, name, ..] => (*name, *key),
        _ => {
            let (object, key) = words.split_once(", key ").or_else(|| words.split_once(" key ")).unwrap_or((words, ""));
            (object.rsplit(' ').next().unwrap_or_default(), key)
        }
    };
    let kind = if kind == "config map" { "configmap" } else { kind };
    let (kind, name, key) = (kind.to_owned(), name.to_owned(), key.trim().to_owned());
    Reference { kind, name, key, optional: words.contains("Optional: true"), exists: None }
}

fn scalar(name: &str, value: &Value) -> Option<Setting> {
    Some(match value {
        Value::Null => from_shell(name),
        Value::Bool(flag) => Setting::text(&flag.to_string()),
        Value::Number(number) => Setting::text(&number.to_string()),
        Value::String(text) => Setting::text(text),
        Value::Array(_) | Value::Object(_) => return None,
    })
}

#[cfg(test)]
mod tests;
