//! Compares two snapshots: what differs between a place where LocalStack works and one where it does not.
//!
//! The subjects are in the order in which they usually explain the difference: the token first, this machine last. A subject
//! is compared only where both snapshots have seen it; what one of them lacks is listed as not compared.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::observations::{
    ConnectionPath, Container, CredentialKind, LicenseFile, Observation, Proxy, Snapshot, Tls, Viewpoint,
};

/// The differing variables that are listed.
const MOST_VARIABLES: usize = 40;

/// What two snapshots differ in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Comparison {
    /// The differences, the likeliest reason first.
    pub differences: Vec<Difference>,
    /// What only one of the two has seen.
    pub not_compared: Vec<String>,
}

/// One subject that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What differs, such as `image` or `variable DEBUG`.
    pub subject: String,
    /// How it is in the first snapshot.
    pub first: String,
    /// How it is in the second snapshot.
    pub second: String,
}

/// Reads one subject out of a snapshot; nothing where it was not seen.
type Read = fn(&Snapshot) -> Option<String>;

/// Compares two snapshots.
pub fn compare(first: &Snapshot, second: &Snapshot) -> Comparison {
    let before_variables: [(&str, Read); 3] = [("credential", credential), ("image", image), ("version", version)];
    let after_variables: [(&str, Read); 13] = [
        ("proxy of this machine", |s| proxy(&s.host)),
        ("proxy of the container", |s| proxy(&s.inside)),
        ("certificate, from this machine", |s| issuer(&s.host)),
        ("certificate, with the container's settings", |s| issuer(&s.inside)),
        ("resolvers of this machine", |s| resolvers(s, Viewpoint::Host)),
        ("resolvers of the container", |s| resolvers(s, Viewpoint::Container)),
        ("answer of the license server", answer),
        ("cached licenses", licenses),
        ("start", |s| s.container().map(|c| c.launch.method().name().to_owned())),
        ("network of the container", |s| s.container().map(|c| c.network.mode.clone())),
        ("mounts", |s| s.container().map(|c| or_none(c.settings.mounts.join(", ")))),
        ("engine", |s| s.engine.value().map(|e| format!("{} {}", e.name, e.version))),
        ("machine", machine),
    ];
    let mut found = Comparison::default();
    found.subjects(&before_variables, first, second);
    found.variables(first.container(), second.container());
    found.subjects(&after_variables, first, second);
    found
}

impl Comparison {
    fn subjects(&mut self, subjects: &[(&str, Read)], first: &Snapshot, second: &Snapshot) {
        for (subject, read) in subjects {
            match (read(first), read(second)) {
                (Some(a), Some(b)) if a != b => {
                    self.differences.push(Difference { subject: (*subject).to_owned(), first: a, second: b });
                }
                (Some(_), None) | (None, Some(_)) => self.not_compared.push((*subject).to_owned()),
                _ => {}
            }
        }
    }

    /// Compares the environment, name by name. Credentials have a row of their own.
    fn variables(&mut self, first: Option<&Container>, second: Option<&Container>) {
        let (Some(first), Some(second)) = (first, second) else { return };
        let is_credential = |name: &str| CredentialKind::ALL.iter().any(|kind| kind.variable() == name);
        let names = first.environment.iter().chain(&second.environment).map(|variable| variable.name.as_str());
        let names: BTreeSet<&str> = names.filter(|name| !is_credential(name)).collect();
        let value = |container: &Container, name| {
            container.variable(name).map_or_else(|| "not set".to_owned(), |variable| variable.value.to_string())
        };
        let differing = names.into_iter().map(|name| Difference {
            subject: format!("variable {name}"),
            first: value(first, name),
            second: value(second, name),
        });
        self.differences.extend(differing.filter(|d| d.first != d.second).take(MOST_VARIABLES));
    }
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

/// The credential that LocalStack uses, masked, and what is wrong with it.
fn credential(snapshot: &Snapshot) -> Option<String> {
    let seen = snapshot.credentials.value().filter(|credentials| credentials.process_seen)?;
    let used = CredentialKind::ALL.into_iter().find_map(|kind| seen.in_process(kind));
    Some(used.map_or_else(
        || "none".to_owned(),
        |used| {
            let flaw = used.shape.flaws().first().map(|flaw| format!(" ({})", flaw.words())).unwrap_or_default();
            let blank = if used.shape.is_blank() { " is blank" } else { "" };
            format!("{} {}{blank}{flaw}", used.kind.variable(), used.masked).trim_end().to_owned()
        },
    ))
}

fn image(snapshot: &Snapshot) -> Option<String> {
    Some(snapshot.container()?.image.as_ref()?.reference.clone())
}

fn version(snapshot: &Snapshot) -> Option<String> {
    let info = snapshot.endpoint.value().and_then(|e| e.info.as_ref()).map(|info| info.version.clone());
    let run = snapshot.logs.value().and_then(|log| log.runs.last()).and_then(|run| run.version.clone());
    info.filter(|version| !version.is_empty()).or(run).or_else(|| snapshot.container()?.version.clone())
}

fn proxy(path: &ConnectionPath) -> Option<String> {
    let Proxy { used, bypassed_by, .. } = path.proxy.value()?;
    let used = used.as_ref().map(|used| format!("{}={}", used.variable, used.url));
    let bypassed = bypassed_by.as_ref().map(|rule| format!("{} has {}", rule.variable, rule.entry));
    Some(or_none(used.into_iter().chain(bypassed).collect::<Vec<_>>().join(", ")))
}

fn issuer(path: &ConnectionPath) -> Option<String> {
    let Tls { chain, fault, .. } = path.tls.value()?;
    let leaf = chain.first().map(|leaf| format!("issued by {}", leaf.issuer));
    let fault = fault.as_ref().map(|fault| fault.words().to_owned());
    Some(leaf.into_iter().chain(fault).collect::<Vec<_>>().join(", "))
}

/// Each resolver with its status. Addresses are left out: the same name has others from one lookup to the next.
fn resolvers(snapshot: &Snapshot, from: Viewpoint) -> Option<String> {
    let dns = snapshot.path(from).dns.value()?;
    let each = dns.resolvers.iter().map(|resolver| {
        let status = if resolver.addresses().is_empty() { resolver.worse().word() } else { "answers" };
        format!("{} {status}", resolver.server)
    });
    let hosts = (!dns.hosts_file.is_empty()).then(|| format!("hosts file {:?}", dns.hosts_file));
    Some(or_none(each.chain(hosts).collect::<Vec<_>>().join(", ")))
}

fn answer(snapshot: &Snapshot) -> Option<String> {
    match &snapshot.host.https {
        Observation::Seen { value, .. } => Some(format!("HTTP {}", value.status)),
        Observation::Failed { error, .. } => Some(error.detail.clone()),
        _ => None,
    }
}

fn licenses(snapshot: &Snapshot) -> Option<String> {
    let day = |at: Option<Timestamp>| at.map_or_else(|| "?".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
    let each = snapshot.cache.value()?.iter().map(|file| match &file.content {
        LicenseFile::License(license) => format!(
            "{} ({}, {}, expires {}, asks again after {})",
            file.path,
            license.plan,
            license.status,
            day(license.expires),
            day(license.reactivate_after)
        ),
        LicenseFile::Corrupt { why } | LicenseFile::Unreadable { why } => format!("{} ({why})", file.path),
    });
    Some(or_none(each.collect::<Vec<_>>().join(", ")))
}

fn machine(snapshot: &Snapshot) -> Option<String> {
    let machine = &snapshot.target.machine;
    let ci = machine.ci.as_ref().map(|ci| format!(", {}", ci.name)).unwrap_or_default();
    (!machine.os.is_empty()).then(|| format!("{} {}{ci}", machine.os, machine.arch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::{Credential, Credentials, Image, Instances, Place, PlaceKind, TokenShape, Variable};

    fn snapshot(image: &str, token: Option<&str>, variables: &[(&str, &str)]) -> Snapshot {
        let at = Timestamp::UNIX_EPOCH;
        let environment =
            variables.iter().map(|(n, v)| Variable { name: (*n).to_owned(), value: (*v).into() }).collect();
        let chosen = Some(Container { image: Some(Image::parse(image)), environment, ..Container::default() });
        let credential = |masked: &str| Credential {
            kind: CredentialKind::AuthToken,
            name: "LOCALSTACK_AUTH_TOKEN".to_owned(),
            place: Place { kind: PlaceKind::Process, at: None },
            shape: TokenShape::WellFormed { prefix: "ls-".to_owned() },
            masked: masked.to_owned(),
            same_as_process: None,
        };
        let process = token.map(credential).into_iter().collect();
        Snapshot {
            instances: Observation::seen(at, Instances { chosen, ..Instances::default() }),
            credentials: Observation::seen(at, Credentials { process_seen: true, process, ..Credentials::default() }),
            ..Snapshot::default()
        }
    }

    #[test]
    fn only_what_differs_is_listed_and_the_token_comes_first() {
        let here = snapshot("localstack/localstack-pro:4.14.0", Some("ls-...9e7c"), &[("DEBUG", "0"), ("A", "1")]);
        let there = snapshot("localstack/localstack:4.14.0", None, &[("A", "1"), ("B", "2")]);
        let found = compare(&here, &there);
        let rows: Vec<_> = found.differences.iter().map(|d| (&*d.subject, &*d.first, &*d.second)).collect();
        assert_eq!(
            rows,
            [
                ("credential", "LOCALSTACK_AUTH_TOKEN ls-...9e7c", "none"),
                ("image", "localstack/localstack-pro:4.14.0", "localstack/localstack:4.14.0"),
                ("variable B", "not set", "2"),
                ("variable DEBUG", "0", "not set"),
            ]
        );
        assert_eq!(found.not_compared, [""; 0]);
        assert_eq!(compare(&here, &here), Comparison::default());
        let unseen = Snapshot { credentials: Observation::NotAsked, ..here.clone() };
        assert_eq!(compare(&here, &unseen).not_compared, ["credential"]);
    }
}
