//! The parts of a compose file that decide how LocalStack starts, with the line of each, as they are written.
//! Texts are kept as they are written, before interpolation and merging, and every text can be a secret.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Options;

use crate::observations::FileLine;

/// Nodes of a document, aliases counted each time: enough for 10,000 variables in long form.
const MOST_NODES: usize = 100_000;
/// Aliases of a document; they are what bombs are made of.
const MOST_ALIASES: usize = 1_000;
/// Nesting of a document.
const DEEPEST: usize = 48;

/// A compose file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Document {
    /// Its services, in order.
    pub(crate) services: Services,
    /// Other files that are read as projects of their own, in order.
    pub(crate) include: Includes,
    /// Its networks, by name.
    pub(crate) networks: Option<BTreeMap<String, Value>>,
}

/// The files that are included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Includes(pub(crate) Vec<Include>);

/// A project that is included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Include {
    /// Its files, merged in order.
    pub(crate) paths: Vec<String>,
    /// The folder its paths are relative to; that of its first file when not given.
    pub(crate) folder: Option<String>,
    /// The env files it fills variables from; its folder's `.env` when not given.
    pub(crate) env_files: Option<Vec<String>>,
    /// Where it is named.
    pub(crate) at: FileLine,
}

/// The services of a file, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Services(pub(crate) Vec<Service>);

/// A service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Service {
    /// Its name.
    pub(crate) name: String,
    /// Where it begins.
    pub(crate) at: FileLine,
    /// Image.
    pub(crate) image: Option<Placed>,
    /// Name of the container.
    pub(crate) container_name: Option<String>,
    /// `host` and the like.
    pub(crate) network_mode: Option<String>,
    /// The names of its networks; none where the default network is meant.
    pub(crate) networks: Vec<String>,
    /// How its image is built, if it is.
    pub(crate) build: Option<Build>,
    /// Variables.
    pub(crate) environment: Environment,
    /// Env files.
    pub(crate) env_files: EnvFiles,
    /// Published ports.
    pub(crate) ports: List,
    /// Volumes.
    pub(crate) volumes: List,
    /// The service it takes the rest from.
    pub(crate) extends: Option<Extends>,
}

/// How an image is built.
#[derive(Debug, Clone, Default)]
pub(crate) struct Build {
    /// The folder that is sent to the builder.
    pub(crate) context: String,
    /// The Dockerfile, relative to it.
    pub(crate) dockerfile: String,
    /// The stage that is built; the last one when not given.
    pub(crate) target: Option<String>,
    /// Build arguments.
    pub(crate) args: BTreeMap<String, String>,
}

/// A text and where it stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Placed {
    /// The text.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) at: FileLine,
}

/// The variables of a service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// Where `environment:` stands, if it does.
    pub(crate) at: Option<FileLine>,
    /// The variables, in order.
    pub(crate) settings: Vec<Setting>,
}

/// One variable.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// Its name.
    pub(crate) name: String,
    /// Its text; nothing when it is passed on from the shell.
    pub(crate) text: Option<String>,
    /// Where it stands.
    pub(crate) at: FileLine,
    /// Which surroundings it is filled from.
    pub(crate) scope: usize,
}

/// The env files of a service, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct EnvFiles(pub(crate) Vec<EnvFile>);

/// An env file.
#[derive(Debug, Clone, Default)]
pub(crate) struct EnvFile {
    /// Its path.
    pub(crate) path: String,
    /// Where it is named.
    pub(crate) at: FileLine,
    /// It may be missing.
    pub(crate) optional: bool,
    /// Which surroundings it is filled from.
    pub(crate) scope: usize,
}

/// Published ports in the short form `[address:][published:]target[/protocol]`, or volumes as `[source:]target[:mode]`.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    /// Where the section stands, if it does.
    pub(crate) at: Option<FileLine>,
    /// Its items, in order.
    pub(crate) items: Vec<String>,
}

/// The service another one takes its settings from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extends {
    /// Its name.
    pub(crate) service: String,
    /// Its file, when it is another one.
    pub(crate) file: Option<String>,
    /// Where this is said.
    pub(crate) at: FileLine,
    /// Which surroundings the file is read in.
    pub(crate) scope: usize,
    /// The folder the file is relative to.
    pub(crate) folder: PathBuf,
}

/// Why a file makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The line, 0 when not known.
    pub(crate) line: u64,
    /// What is wrong, without a piece of the file.
    pub(crate) says: String,
}

/// Reads a compose file; `path` is put into every place.
///
/// # Errors
/// When it is no YAML, or has another shape than a compose file.
pub(crate) fn parse(text: &str, path: &str) -> Result<Document, Fault> {
    let mut document = serde_saphyr::from_str_with_options::<Document>(text, options())
        .map_err(|error| fault(error.without_snippet()))?;
    for service in &mut document.services.0 {
        let settings = service.environment.settings.iter_mut().map(|s| &mut s.at);
        let files = service.env_files.0.iter_mut().map(|f| &mut f.at);
        let sections = [&mut service.environment.at, &mut service.ports.at, &mut service.volumes.at];
        let named = service.image.as_mut().map(|i| &mut i.at).into_iter();
        let named = named.chain(service.extends.as_mut().map(|e| &mut e.at)).chain([&mut service.at]);
        let own = sections.into_iter().flatten().chain(named);
        settings.chain(files).chain(own).for_each(|at| path.clone_into(&mut at.path));
    }
    document.include.0.iter_mut().for_each(|i| path.clone_into(&mut i.at.path));
    Ok(document)
}

impl Service {
    /// Takes over what a later file, or a service that extends this one, says of it.
    pub(crate) fn merge(&mut self, later: Self) {
        let Self {
            image, container_name, network_mode, environment, env_files, ports, volumes, networks, build, ..
        } = later;
        self.image = image.or(self.image.take());
        self.container_name = container_name.or(self.container_name.take());
        self.network_mode = network_mode.or(self.network_mode.take());
        self.networks.extend(networks);
        self.build = build.or(self.build.take());
        self.environment.merge(environment);
        self.env_files.0.extend(env_files.0);
        self.ports.merge(ports);
        self.volumes.merge(volumes);
        self.extends = later.extends.or(self.extends.take());
    }
}

impl List {
    fn merge(&mut self, later: Self) {
        self.at = self.at.take().or(later.at);
        self.items.extend(later.items);
    }
}

impl Environment {
    fn merge(&mut self, later: Self) {
        let mut known: HashMap<String, usize> =
            self.settings.iter().enumerate().map(|(at, s)| (s.name.clone(), at)).collect();
        self.at = self.at.take().or(later.at);
        for setting in later.settings {
            let slot = known.get(&setting.name).and_then(|at| self.settings.get_mut(*at));
            if let Some(slot) = slot {
                *slot = setting;
            } else {
                known.insert(setting.name.clone(), self.settings.len());
                self.settings.push(setting);
            }
        }
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::Error,
        budget: serde_saphyr::budget! {
            max_nodes: MOST_NODES,
            max_aliases: MOST_ALIASES,
            max_depth: DEEPEST,
        },
    }
}

/// The error in words. Its own text can quote a scalar of the file, and such a scalar can be a token.
fn fault(error: &serde_saphyr::Error) -> Fault {
    use serde_saphyr::Error;
    let says = match error {
        Error::AliasError { error, .. } => fault(error).says,
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            format!("expected {expected}")
        }
        Error::MultipleDocuments { .. } => "there is more than one document in the file".to_owned(),
        Error::DuplicateMappingKey { .. } => "the same key stands twice in one mapping".to_owned(),
        Error::Budget { .. } => "the file is too large, too deep, or refers to itself too often".to_owned(),
        Error::ExternalMessage { msg, .. } | Error::Message { msg, .. } => msg.clone(),
        Error::Unexpected { expected, .. } => format!("expected {expected}"),
        Error::UnknownAnchor { .. } => "an alias has no anchor".to_owned(),
        other => before_location(&other.to_string()),
    };
    let location = error.location();
    let column = location.map_or(0, |l| l.column());
    let says = if column == 0 { says } else { format!("{says} (column {column})") };
    Fault { line: location.map_or(0, |l| l.line()), says }
}

fn before_location(text: &str) -> String {
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(text: &str) -> Service {
        parse(text, "c.yml").unwrap().services.0.into_iter().next().unwrap()
    }

    fn settings(service: &Service) -> Vec<(&str, Option<&str>, u64)> {
        service.environment.settings.iter().map(|s| (s.name.as_str(), s.text.as_deref(), s.at.line)).collect()
    }

    #[test]
    fn maps_lists_and_merges_keep_text_and_line() {
        let text = "x-env: &env\n  A: ${A:-}\nservices:\n  ls:\n    image: x\n    environment:\n      <<: *env\n      \
                    B: 0123\n      C: yes\n      D: 4.10\n      E:\n      F: ''\n      A: own\n";
        let service = service(text);
        assert_eq!((service.at.line, service.environment.at.as_ref().map(|a| a.line)), (4, Some(6)));
        let mut found = settings(&service);
        found.sort_unstable();
        let expected = [
            ("A", Some("own"), 13),
            ("B", Some("0123"), 8),
            ("C", Some("yes"), 9),
            ("D", Some("4.10"), 10),
            ("E", None, 11),
            ("F", Some(""), 12),
        ];
        assert_eq!(found, expected);
        let merged = "x: &e\n  A: b\nservices:\n  ls:\n    environment:\n      <<: *e\n";
        assert_eq!(settings(&self::service(merged)), [("A", Some("b"), 2)]);
        let list = "services:\n  ls:\n    environment:\n      - A=b=c\n      - D\n";
        assert_eq!(settings(&self::service(list)), [("A", Some("b=c"), 4), ("D", None, 5)]);
    }

    #[test]
    fn short_and_long_forms_come_to_the_same() {
        let text = "services:\n  ls:\n    ports:\n      - 4566\n      - \"127.0.0.1:4566:4566\"\n      - target: 443\n        \
                    published: \"443\"\n        host_ip: 127.0.0.1\n    volumes:\n      - v:/a:ro\n      - type: bind\n        \
                    source: ./b\n        target: /b\n      - {type: tmpfs, target: /c, tmpfs: {size: 1}}\n    env_file:\n      \
                    - .env\n      - path: b.env\n        required: false\n";
        let service = service(text);
        assert_eq!(service.ports.items, ["4566", "127.0.0.1:4566:4566", "127.0.0.1:443:443"]);
        assert_eq!(service.volumes.items, ["v:/a:ro", "./b:/b"]);
        let files: Vec<_> = service.env_files.0.iter().map(|f| (f.path.as_str(), f.at.line, f.optional)).collect();
        assert_eq!(files, [(".env", 16, false), ("b.env", 17, true)]);
        let single = self::service("services:\n  ls:\n    env_file: x.env\n    extends: base\n");
        assert_eq!(single.env_files.0.first().map(|f| (f.path.as_str(), f.at.line)), Some(("x.env", 3)));
        assert_eq!(single.extends.map(|e| e.service), Some("base".into()));
    }

    #[test]
    fn faults_have_line_and_column_and_no_piece_of_the_file() {
        let cases = [
            ("services:\n\ta: {}\n", 2, "column 2"),
            ("services:\n  a:\n    image: x\n   environment: []\n", 4, "column 4"),
            ("services:\n  a:\n    environment: marked-secret\n", 3, "a list or a mapping of variables"),
            ("services:\n  a: marked-secret\n", 2, "expected a service"),
            ("services:\n  a:\n    environment:\n      A: [marked-secret]\n", 4, "column 10"),
            ("services: {a: {image: \"marked-secret}\n", 1, "column"),
            ("services:\n  a: *marked-secret\n", 2, "no anchor"),
            ("services: {}\n---\nservices: {}\n", 3, "more than one document"),
            ("services:\n  a: {}\n  a: {}\n", 3, "twice"),
            ("services:\n  a:\n    ports: [[1]]\n", 3, "not a list"),
            ("marked-secret", 1, "mapping"),
        ];
        for (text, line, says) in cases {
            let fault = parse(text, "c.yml").unwrap_err();
            assert!(fault.line == line && fault.says.contains(says), "{text:?} gave {fault:?}");
            assert!(!fault.says.contains("marked"), "{fault:?}");
        }
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, before) in ["b", "c", "d", "e", "f", "g"].into_iter().zip(["a", "b", "c", "d", "e", "f"]) {
            bomb.push_str(&format!("{name}: &{name} [{}]\n", format!("*{before}, ").repeat(10)));
        }
        bomb.push_str("services:\n  a:\n    environment: *g\n");
        assert!(parse(&bomb, "c.yml").unwrap_err().says.contains("too large"));
        assert!(parse(&format!("services: {}", "[".repeat(5000)), "c.yml").is_err());
    }

    #[test]
    fn ten_thousand_variables_are_read() {
        let mut text = "services:\n  ls:\n    environment:\n".to_owned();
        (0..10_000).for_each(|n| text.push_str(&format!("      V{n}: x\n")));
        assert_eq!(service(&text).environment.settings.len(), 10_000);
    }
}
