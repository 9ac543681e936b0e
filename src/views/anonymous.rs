//! Hides who and where: hosts, users, projects, directories, private addresses, each always as the same made-up word.
//! What LocalStack itself is called stays, so that what is left is judged as before.

mod names;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An identifier shorter than this is hidden in paths alone: in other text it is most likely a word.
const SHORTEST: usize = 3;
/// So many identifiers are hidden; a report has some dozen.
const MOST: usize = 1_000;

/// Keys whose texts are words of the format itself.
const FORMAT_WORDS: [&str; 11] =
    ["kind", "state", "status", "method", "outcome", "verdict", "fault", "stream", "place", "shape", "flaws"];

/// Words that identify nobody: what LocalStack, its tools and everybody call things.
const ORDINARY: &str = "localstack local stack main aws lstk cli pro snowflake full azure community \
    app apps web api backend frontend service services server infra test tests testing demo dev develop development \
    local-dev stage staging prod production default host hosts bridge none container containers docker compose podman \
    desktop colima rancher orbstack project projects src code work workspace workspaces repo repos git github gitlab \
    runner runners builds build ci home users user root admin ubuntu debian vscode codespace codespaces node jenkins \
    circleci travis var opt srv tmp etc usr lib mnt data volume volumes cache caches library documents desktop \
    downloads dev-container mirror proxy internal example localhost localdomain unknown machine compose.yaml \
    compose.yml docker-compose.yml docker-compose.yaml license.json auth.json default.env image images pod pods log logs \
    engine license network config the and for not from with";

/// Domains that are public: LocalStack's, and those that its start speaks of.
const PUBLIC: [&str; 24] = [
    "localstack.cloud",
    "localstack.com",
    "amazonaws.com",
    "aws.amazon.com",
    "docker.com",
    "docker.io",
    "ghcr.io",
    "quay.io",
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "pypi.org",
    "pythonhosted.org",
    "python.org",
    "jsdelivr.net",
    "host.docker.internal",
    "gateway.docker.internal",
    "host.containers.internal",
    "public.ecr.aws",
    "mozilla.org",
    "w3.org",
    "example.com",
    "example.org",
    "svc.cluster.local",
];

/// What is known of this machine and its user before anything is looked at.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Names of the machine.
    pub hosts: Vec<String>,
    /// Names of the user.
    pub users: Vec<String>,
    /// Directories, such as the home and the working directory.
    pub directories: Vec<String>,
}

/// Replaces identifiers, the same one always by the same word.
#[derive(Debug, Default)]
pub struct Anonymous {
    words: Vec<Hidden>,
    counts: BTreeMap<Kind, usize>,
    addresses: BTreeMap<IpAddr, IpAddr>,
    products: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Host,
    Domain,
    User,
    Container,
    Project,
    Service,
    Network,
    Directory,
    Image,
    Issuer,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Domain => "domain",
            Self::User => "user",
            Self::Container => "container",
            Self::Project => "project",
            Self::Service => "service",
            Self::Network => "network",
            Self::Directory => "dir",
            Self::Image => "image",
            Self::Issuer => "issuer",
        }
    }
}

#[derive(Debug)]
struct Hidden {
    text: String,
    shown: String,
    /// In other text it would hide ordinary words.
    in_paths_alone: bool,
}

impl Anonymous {
    /// Knows this identity. `products` are names in certificates that identify a product and not its user, in lower case.
    pub fn new(identity: &Identity, products: Vec<String>) -> Self {
        let mut new = Self { products, ..Self::default() };
        for name in &identity.hosts {
            new.host(name);
            new.hide(Kind::Host, name.split('.').next().unwrap_or_default());
        }
        identity.users.iter().for_each(|name| new.hide(Kind::User, name));
        identity.directories.iter().for_each(|path| new.directory(path));
        new
    }

    /// The same data with identifiers replaced; those that it holds are taken up first.
    ///
    /// # Errors
    /// When there are more names than can be kept apart, or what is left cannot be read back, which would be a fault of ours.
    pub fn of<T: Serialize + DeserializeOwned>(&mut self, data: &T) -> Result<T, String> {
        let mut value = serde_json::to_value(data).map_err(|e| e.to_string())?;
        self.collect_names(&value);
        if self.words.len() >= MOST {
            return Err(format!("more than {MOST} names are in it, and not all would be left out"));
        }
        self.replace(&mut value, "");
        // By way of text: data has one reader, of bytes, which is not built twice.
        let bytes = serde_json::to_vec(&value).map_err(|e| e.to_string())?;
        serde_json::from_slice(&bytes).map_err(|e| format!("what is left cannot be read: {e}"))
    }

    /// From now on this is hidden, unless it is a word that identifies nobody.
    fn hide(&mut self, kind: Kind, text: &str) {
        let text = text.trim();
        let ordinary = |part: &str| {
            part.len() < 2 || part.bytes().all(|b| b.is_ascii_digit()) || ORDINARY.split_whitespace().any(|w| w == part)
        };
        let lower = text.to_ascii_lowercase();
        let harmless = ordinary(&lower) || lower.split(['-', '_', '.', ' ']).all(ordinary);
        let known = self
            .words
            .iter()
            .any(|h| h.text.eq_ignore_ascii_case(text) && !(h.in_paths_alone && kind != Kind::Directory));
        if harmless || known || self.words.len() >= MOST {
            return;
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let shown = format!("{}-{count}", kind.word());
        let in_paths_alone = kind == Kind::Directory || text.len() < SHORTEST;
        self.words.push(Hidden { text: text.to_owned(), shown, in_paths_alone });
        // The longest first: `proxy.corp.example` before `corp.example`.
        self.words.sort_by_key(|h| std::cmp::Reverse(h.text.len()));
    }

    fn replace(&mut self, value: &mut Value, key: &str) {
        match value {
            Value::String(text) if !FORMAT_WORDS.contains(&key) => *text = self.text(text),
            Value::Array(list) => match list.as_mut_slice() {
                // A viewpoint and what was seen from it: a word of the format.
                [Value::String(_), seen @ Value::Object(_)] => self.replace(seen, key),
                list => list.iter_mut().for_each(|item| self.replace(item, key)),
            },
            Value::Object(map) => {
                names::blank_variable(map);
                map.iter_mut().for_each(|(key, item)| self.replace(item, key));
            }
            _ => {}
        }
    }

    /// The text with identifiers and private addresses replaced.
    pub fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut before = None;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let at_word = !before.is_some_and(char::is_alphanumeric);
            let taken = if at_word { self.word(rest, before, &mut out) } else { 0 };
            let taken = if taken > 0 {
                taken
            } else {
                out.push(first);
                first.len_utf8()
            };
            let (done, left) = rest.split_at(taken);
            before = done.chars().next_back();
            rest = left;
        }
        out
    }

    /// Writes what stands for the beginning of `rest`, and tells how much of it that was.
    fn word(&mut self, rest: &str, before: Option<char>, out: &mut String) -> usize {
        let run = |allowed: fn(char) -> bool| rest.find(|c| !allowed(c)).unwrap_or(rest.len());
        let name = rest.get(..run(|c| c.is_ascii_alphanumeric() || ".-".contains(c))).unwrap_or_default();
        let name = name.trim_end_matches(['.', '-']);
        if is_public(name) {
            out.push_str(name);
            return name.len();
        }
        let number = rest.get(..run(|c| c.is_ascii_hexdigit() || ".:".contains(c))).unwrap_or_default();
        for candidate in [number, number.trim_end_matches([':', '.']), number.split(':').next().unwrap_or_default()] {
            if candidate.len() > 2
                && let Ok(address) = candidate.parse()
            {
                out.push_str(&self.address(address).to_string());
                return candidate.len();
            }
        }
        let in_path = matches!(before, Some('/' | '\\'));
        let found = self.words.iter().find(|hidden| {
            let here = rest.get(..hidden.text.len()).is_some_and(|t| t.eq_ignore_ascii_case(&hidden.text));
            let ends = !rest.get(hidden.text.len()..).and_then(|r| r.chars().next()).is_some_and(char::is_alphanumeric);
            here && ends && (in_path || !hidden.in_paths_alone)
        });
        found.map_or(0, |hidden| {
            out.push_str(&hidden.shown);
            hidden.text.len()
        })
    }

    /// A private address becomes another one of the same range; all else stays.
    fn address(&mut self, address: IpAddr) -> IpAddr {
        let count = u16::try_from(self.addresses.len() + 1).unwrap_or(u16::MAX);
        let [high, low] = count.to_be_bytes();
        let other = match address {
            IpAddr::V4(v4) => match v4.octets() {
                [10, ..] => IpAddr::from([10, 0, high, low]),
                [172, second @ 16..=31, ..] => IpAddr::from([172, second, high, low]),
                [192, 168, ..] => IpAddr::from([192, 168, high, low]),
                [169, 254, ..] => IpAddr::from([169, 254, high, low]),
                [100, second @ 64..=127, ..] => IpAddr::from([100, second, high, low]),
                _ => return address,
            },
            IpAddr::V6(v6) => match v6.segments() {
                [first, ..] if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 => {
                    IpAddr::from([first & 0xffc0, 0, 0, 0, 0, 0, 0, count])
                }
                _ => return address,
            },
        };
        *self.addresses.entry(address).or_insert(other)
    }
}

/// Whether a host name is one that everybody knows.
fn is_public(name: &str) -> bool {
    let under = |domain: &&str| {
        name.len() >= domain.len()
            && name.get(name.len() - domain.len()..).is_some_and(|end| end.eq_ignore_ascii_case(domain))
            && (name.len() == domain.len() || name.get(..name.len() - domain.len()).is_some_and(|b| b.ends_with('.')))
    };
    PUBLIC.iter().any(under)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Vec<String> {
        let identity = Identity {
            hosts: vec!["build-box.acme.example.net".into()],
            users: vec!["alice".into()],
            directories: vec!["/home/alice/clients/acme/shop".into()],
        };
        let list: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        Anonymous::new(&identity, Vec::new()).of(&list).unwrap()
    }

    #[test]
    fn the_same_name_is_the_same_word_everywhere() {
        let texts = of(&[
            "on build-box.acme.example.net and build-box, by alice.",
            "/home/alice/clients/acme/shop/compose.yaml",
            "via http://proxy.acme.example.net:3128 and proxy.acme.example.net, not xproxy.acme.example.net",
            "malice is no user; shop is a word",
        ]);
        assert_eq!(
            texts,
            [
                "on host-1 and host-2, by user-1.",
                "/home/user-1/dir-1/dir-2/dir-3/compose.yaml",
                "via http://host-3:3128 and host-3, not xproxy.domain-1",
                "malice is no user; shop is a word",
            ]
        );
    }

    #[test]
    fn more_names_than_can_be_kept_apart_are_an_error_and_no_half_hidden_text() {
        let urls: Vec<String> = (0..1_200).map(|n| format!("https://box{n}.globex{n}.net/")).collect();
        assert!(
            Anonymous::new(&Identity::default(), Vec::new()).of(&urls).unwrap_err().contains("more than 1000 names")
        );
    }

    #[test]
    fn what_is_localstacks_and_what_is_public_stays() {
        let texts = [
            "https://api.localstack.cloud/v1 at 52.72.45.10:443, 127.0.0.1, ::1, 0.0.0.0, 198.18.0.1",
            "container localstack-main of localstack/localstack-pro:4.14.0 on host.docker.internal",
            "/root/.localstack/default.env and /var/lib/localstack/cache/license.json",
            "2026-11-24T11:52:07.712 DEBUG --- [  MainThread] l.p.c.b.licensingv2: step 1",
        ];
        assert_eq!(of(&texts), texts);
    }

    #[test]
    fn private_addresses_stay_in_their_range() {
        let texts = of(&["10.1.2.3:53 10.1.2.3 172.20.9.9 192.168.178.1. fd12:3456::1 fe80::9"]);
        assert_eq!(texts, ["10.0.0.1:53 10.0.0.1 172.20.0.2 192.168.0.3. fd00::4 fe80::5"]);
    }
}
