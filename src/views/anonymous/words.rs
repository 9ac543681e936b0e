//! The words that replace names and private addresses in a text. The same name always gets the same word.
//! Names of LocalStack, of its tools and of public services are kept, so that the diagnosis of the text stays the same.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// An identifier shorter than this is hidden in paths alone: in other text it is most likely a word.
const SHORTEST: usize = 3;
/// So many identifiers are hidden; a report has some dozen.
pub(super) const MOST: usize = 1_000;

/// Keys whose texts are words of the format itself.
pub(super) const FORMAT_WORDS: [&str; 11] =
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

/// Replaces names by words: `build-box` by `host-1`, wherever it stands.
#[derive(Debug, Default)]
pub struct Anonymous {
    pub(super) words: Vec<Hidden>,
    counts: BTreeMap<Kind, usize>,
    addresses: BTreeMap<IpAddr, IpAddr>,
    pub(super) products: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
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
pub(super) struct Hidden {
    text: String,
    shown: String,
    /// In other text it would hide ordinary words.
    in_paths_alone: bool,
}

impl Anonymous {
    /// Hides a name from now on, unless it is an ordinary word that identifies nobody.
    pub(super) fn hide(&mut self, kind: Kind, text: &str) {
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
pub(super) fn is_public(name: &str) -> bool {
    let under = |domain: &&str| {
        name.len() >= domain.len()
            && name.get(name.len() - domain.len()..).is_some_and(|end| end.eq_ignore_ascii_case(domain))
            && (name.len() == domain.len() || name.get(..name.len() - domain.len()).is_some_and(|b| b.ends_with('.')))
    };
    PUBLIC.iter().any(under)
}
