//! Collects the names that identify somebody from a report's data: hosts, users, projects, directories, issuers.
//! A name is found by the JSON key that it stands under, or by the shape of a URL or a home directory around it.
//! Choosing the word that replaces a name is the job of `words`.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::words::{Anonymous, FORMAT_WORDS, Kind, is_public};

/// The host of a URL, and the host that a Python exception names.
static HOSTS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)(?:://(?:[^/@\s"']*@)?|\bhost=')\[?([A-Za-z0-9._-]+)"#).ok());
/// A user's directory, and what lies below it.
static HOMES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?:/home|/Users|\b[A-Za-z]:\\+Users)([/\\]+[^\s:;,"'`()\[\]]+)"#).ok());
/// A docker context's name.
static CONTEXTS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"docker context "([^"]+)""#).ok());

/// Parts of variable names whose values are kept: they configure LocalStack or its network path.
const KEPT_VARIABLES: [&str; 20] = [
    "LOCALSTACK",
    "LS_",
    "ACTIVATE",
    "PROXY",
    "DNS_",
    "CA_BUNDLE",
    "SSL_",
    "ENDPOINT",
    "LICENSE",
    "DEBUG",
    "PERSISTENCE",
    "SERVICES",
    "GATEWAY",
    "CONFIG_",
    "IMAGE_NAME",
    "DOCKER_",
    "HOSTNAME",
    "PATH",
    "PYTHON",
    "LANG",
];

impl Anonymous {
    /// Collects every name in a JSON value and in all values below it.
    pub(super) fn collect_names(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.collect_from_text(text),
            Value::Array(list) => list.iter().for_each(|item| self.collect_names(item)),
            Value::Object(map) => {
                self.collect_from_object(map);
                map.iter()
                    .filter(|(key, _)| !FORMAT_WORDS.contains(&key.as_str()))
                    .for_each(|(_, v)| self.collect_names(v));
                // Tagged values hold objects too.
                map.iter()
                    .filter(|(key, v)| FORMAT_WORDS.contains(&key.as_str()) && !v.is_string())
                    .for_each(|(_, v)| self.collect_names(v));
            }
            _ => {}
        }
    }

    fn collect_from_object(&mut self, map: &Map<String, Value>) {
        let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
        let list = |key: &str| {
            let items = map.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        if map.contains_key("launch") || (map.contains_key("image") && map.contains_key("exit_code")) {
            self.hide(Kind::Container, text("name"));
        }
        self.hide(Kind::Container, text("container"));
        self.hide(Kind::Project, text("project"));
        self.hide(Kind::Service, text("service"));
        if map.contains_key("persistent_cache") {
            self.hide(Kind::Service, text("name"));
        }
        self.hide(Kind::Network, text("mode").trim_start_matches("container:"));
        let directories = [text("working_dir").to_owned()].into_iter().chain(list("config_files"));
        for path in directories.chain(list("paths")).chain([text("path").to_owned()]) {
            self.directory(&path);
        }
        for entry in list("extra_hosts") {
            self.host(entry.split([':', '=']).next().unwrap_or_default());
        }
        self.host(text("license_host"));
        self.collect_from_variable(text("name"), text("value"));
        if map.contains_key("entry") {
            self.host(text("entry").trim_start_matches(['*', '.']));
        }
        let reference = text("reference");
        if !reference.is_empty() {
            self.collect_from_image(reference);
        }
        if map.contains_key("chain") {
            self.collect_from_chain(map);
        }
    }

    fn collect_from_variable(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_uppercase();
        if name.ends_with("NO_PROXY") {
            for entry in value.split([',', ' ']) {
                let bare = entry.trim_start_matches(['*', '.']);
                self.host(bare.split(':').next().unwrap_or_default());
            }
        } else if name.ends_with("PROXY") && !value.contains("://") || name.ends_with("HOST") || name == "HOSTNAME" {
            self.host(value.split(':').next().unwrap_or_default());
        }
    }

    /// The registry's host, and the namespaces of a mirror; what an image of LocalStack is called stays.
    fn collect_from_image(&mut self, reference: &str) {
        let path = reference.split('@').next().unwrap_or_default();
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let bare = part.split(':').next().unwrap_or_default();
            if part.contains('.') && parts.peek().is_some() {
                self.host(bare);
            } else if !["localstack", "snowflake", "sha256"].iter().any(|own| bare.contains(own)) {
                self.hide(Kind::Image, bare);
            }
        }
    }

    /// A chain that Mozilla's roots vouch for names public bodies; any other names its owner, or a product.
    fn collect_from_chain(&mut self, tls: &Map<String, Value>) {
        if tls.get("mozilla").and_then(|m| m.get("verdict")).and_then(Value::as_str) == Some("trusted") {
            return;
        }
        for certificate in tls.get("chain").and_then(Value::as_array).into_iter().flatten() {
            for key in ["subject", "issuer", "issuer_organization"] {
                let name = certificate.get(key).and_then(Value::as_str).unwrap_or_default();
                let lower = name.to_ascii_lowercase();
                if !is_public(name) && !self.products.iter().any(|product| lower.contains(product)) {
                    self.hide(Kind::Issuer, name);
                }
            }
        }
    }

    fn collect_from_text(&mut self, text: &str) {
        let found = |pattern: &LazyLock<Option<Regex>>| -> Vec<String> {
            let Some(pattern) = pattern.as_ref() else { return Vec::new() };
            pattern.captures_iter(text).filter_map(|c| Some(c.get(1)?.as_str().to_owned())).collect()
        };
        if text.contains("://") || text.contains("host='") {
            found(&HOSTS).iter().for_each(|host| self.host(host));
        }
        if text.contains("/home") || text.contains("Users") {
            for path in found(&HOMES) {
                let mut parts = path.split(['/', '\\']).filter(|p| !p.is_empty());
                self.hide(Kind::User, parts.next().unwrap_or_default());
                let below: Vec<&str> = parts.collect();
                self.directory(&format!("/{}", below.join("/")));
            }
        }
        if text.contains("docker context") {
            found(&CONTEXTS).iter().for_each(|name| self.hide(Kind::Host, name));
        }
    }

    /// A host, its first label, and the domain it is in.
    pub(super) fn host(&mut self, name: &str) {
        let name = name.trim().trim_end_matches('.');
        let numeric = name.parse::<std::net::IpAddr>().is_ok() || name.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let legal = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if name.is_empty() || numeric || !legal || is_public(name) {
            return;
        }
        self.hide(Kind::Host, name);
        let Some((first, domain)) = name.split_once('.') else { return };
        if domain.contains('.') {
            self.hide(Kind::Domain, domain);
        }
        // A short or common label (`proxy`, `db1`) stands for more than this host.
        if first.contains(['-', '_']) {
            self.hide(Kind::Host, first);
        }
    }

    /// The names in a path, without a file's.
    pub(super) fn directory(&mut self, path: &str) {
        let in_home = ["/home/", "/Users/", ":\\Users\\"].iter().find_map(|home| path.split_once(home));
        let below = match in_home {
            Some((_, rest)) => {
                let mut parts = rest.splitn(2, ['/', '\\']);
                self.hide(Kind::User, parts.next().unwrap_or_default());
                parts.next().unwrap_or_default()
            }
            None => path,
        };
        let parts: Vec<&str> = below.split(['/', '\\']).filter(|p| !p.is_empty()).collect();
        for (index, part) in parts.iter().enumerate() {
            let file = index + 1 == parts.len() && part.contains('.');
            // A bare word is the name of a file or nothing.
            let word = parts.len() == 1 && !path.starts_with('/');
            let known = part.starts_with('.') || part.to_ascii_lowercase().contains("localstack");
            if !(file || word || known) {
                self.hide(Kind::Directory, part);
            }
        }
    }
}

/// The value of a variable that is neither LocalStack's nor plain tells of its user and of nothing else.
pub(super) fn blank_variable(map: &mut Map<String, Value>) {
    let Some(name) = map.get("name").and_then(Value::as_str).map(str::to_ascii_uppercase) else { return };
    if KEPT_VARIABLES.iter().any(|word| name.contains(word)) {
        return;
    }
    for key in ["value", "written"] {
        let Some(Value::String(value)) = map.get_mut(key) else { continue };
        let plain = value.len() < 6 || value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let masked = value.contains("...") || value.contains("***");
        if !plain && !masked && !value.starts_with('$') {
            "(hidden)".clone_into(value);
        }
    }
}
